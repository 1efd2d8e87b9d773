/* SIGINT and SIGTERM as something to wait for: an interrupted replay removes what it made. */
#ifndef BUGFORBUG_SUITES_INTERRUPT_H
#define BUGFORBUG_SUITES_INTERRUPT_H

/*
 * Blocks both signals; the descriptor (close-on-exec) is readable when one has come, and nobody
 * reads it, so that every replay of this process sees it. -1 with errno where there is none.
 */
int interrupt_open(void);

#endif
