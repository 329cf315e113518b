/* The scripted mode: answers that a file gives byte by byte (PLAY.md). */
#ifndef BENCH_SIM_PLAY_H
#define BENCH_SIM_PLAY_H

#include "base/error.h"
#include "sim/sim_reply.h"

struct play;
/* NULL when the file cannot be read or has a line that means nothing; the message names
 * the line. */
struct play *play_read(const char *path, struct error *error);
void play_free(struct play *play);

/* Takes the request when the file has an answer for it; false: it is the timing model's. */
bool play_answer(struct play *play, struct sim_reply *reply);

#endif
