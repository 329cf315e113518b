/* The log of what was asked and what was sent when: one JSON object a line, one write each. */
#ifndef BENCH_SIM_SIM_LOG_H
#define BENCH_SIM_SIM_LOG_H

#include "sim/sim_reply.h"

/* {"request":1,"method":"POST","path":"/v1/chat/completions","headers":{...},"body":"..."} */
void sim_log_request(const struct sim_reply *reply);
/* {"request":1,"planned_ms":100,"sent_ms":100.081,"bytes":57}, from the moment the request was read
 * whole; planned_ms is null where nothing was planned. */
void sim_log_send(const struct sim_reply *reply, int64_t sent_ns, size_t bytes);

#endif
