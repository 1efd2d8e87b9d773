/* bugforbug: the program's table of contents. Each command lives with its stage. */
#include "recorder/base/opts.h"

#define BUGFORBUG_VERSION "0.1.0"

/* name, synopsis, summary */
#define COMMANDS(X)                                                                                \
    X(record, "[-o FILE] [--listen URL] [--upstream URL] [-- COMMAND ARG...]",                     \
      "records what a Docker client and a daemon say to each other")                               \
    X(import, "[-o FILE] [--port N] CAPTURE", "makes a conversation of a pcap file")               \
    X(diff, "[--rules FILE]... [--report FORMAT[=FILE]]... [--fail-on LEVEL] BASELINE CANDIDATE",  \
      "compares two recordings, and says what differs")                                            \
    X(check, "PATH...", "are these conversations whole, and free of secrets?")                     \
    X(replay, "--against URL [-o FILE] [--pace recorded|none|X] FILE...",                          \
      "says a conversation again, to another daemon")                                              \
    X(test,                                                                                        \
      "--against URL [--only FINDING] [--fail-on LEVEL] [--report FORMAT[=FILE]]... "              \
      "SUITE|FILE...",                                                                             \
      "replays conversations, and says what differs")

#define DECLARE(name, synopsis, summary)                                                           \
    int cmd_##name(const struct command *self, int argc, char **argv);
COMMANDS(DECLARE)

#define ROW(name, synopsis, summary) {#name, synopsis, summary, cmd_##name},
static const struct command commands[] = {COMMANDS(ROW){0}};

int main(int argc, char **argv)
{
    return command_main(commands, BUGFORBUG_VERSION, argc, argv);
}
