/* What is wrong with a request, said as each kind of server says it. */
#ifndef BENCH_SIM_SIM_FAULT_H
#define BENCH_SIM_SIM_FAULT_H

#include "sim/sim_reply.h"

enum sim_fault_kind {
	SIM_FAULT_NO_PATH,
	SIM_FAULT_METHOD, /* field: the methods that are allowed */
	SIM_FAULT_EMPTY_BODY,
	SIM_FAULT_BAD_JSON, /* number: its size when its end is missing, else -1 */
	SIM_FAULT_MISSING,  /* field */
	SIM_FAULT_TYPE,     /* field, expected */
	SIM_FAULT_OPTION,   /* field, expected: a wrong type among Ollama's options */
	SIM_FAULT_VALUE,    /* field, expected: a sentence */
	SIM_FAULT_TOO_LONG, /* number: prompt tokens, limit: context */
	SIM_FAULT_TOO_MANY, /* number: max_tokens, limit: context */
	SIM_FAULT_MODEL,    /* field: the name that was asked for */
	SIM_FAULT_BUSY,
	SIM_FAULT_LOADING,    /* of llama-server alone */
	SIM_FAULT_UNSUPPORTED /* field: what; of Ollama alone */
};

struct sim_fault {
	enum sim_fault_kind kind;
	const char *field;
	const char *expected;
	int64_t number, limit;
};

/* Answers with it; always false, so that `return sim_fault(...)` reads well. */
bool sim_fault(struct sim_reply *reply, const struct sim_fault *fault);

#endif
