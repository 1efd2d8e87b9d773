/* A replay that is recorded: the candidate's conversation as a file, by the way that a recording
 * takes (capture, decoder, redaction), so that both are comparable. */
#ifndef BUGFORBUG_SUITES_REPLAY_RECORD_H
#define BUGFORBUG_SUITES_REPLAY_RECORD_H

#include "corpus/decode.h"
#include "suites/replay/replay.h"

/*
 * Replays, and writes the candidate's conversation to `out`; options->sink is not used. The secrets
 * that a replay takes from the environment are replaced in it, as in any recording. Returns an enum
 * replay_status; there is no file unless it is REPLAY_DONE. *report is what the file holds; NULL:
 * not asked for. The capture lies beside `out` for as long as it takes.
 */
int replay_record(const struct conversation *baseline, const struct replay_options *options,
                  const char *out, struct replay_result *result, struct decode_report *report,
                  struct err *e);

#endif
