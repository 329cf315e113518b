#include "unit.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"
#include "sim/sim_model.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define JOBS 12

/* Jobs on a loop of their own, and the order in which things happened to them. */
struct run {
	struct loop *loop;
	struct sim_settings settings;
	struct sim_model *model;
	struct sim_job jobs[JOBS];
	int taken[JOBS], finished[JOBS];
	int taken_count, finished_count;
	int stop_after;       /* so many finished jobs */
	int64_t token_ns[64]; /* plan of the tokens of job 0 */
	struct loop_timer timer;
};

static int index_of(const struct run *run, const struct sim_job *job)
{
	return (int)(job - run->jobs);
}

static void on_taken(struct sim_job *job)
{
	struct run *run = job->context;
	run->taken[run->taken_count++] = index_of(run, job);
}

static void on_token(struct sim_job *job)
{
	struct run *run = job->context;
	if (job == &run->jobs[0] && job->made <= 64)
		run->token_ns[job->made - 1] = job->planned_ns;
}

static void on_finished(struct sim_job *job)
{
	struct run *run = job->context;
	run->finished[run->finished_count++] = index_of(run, job);
	if (run->finished_count == run->stop_after)
		loop_stop(run->loop);
}

static const struct sim_job_events events = {
	.taken = on_taken, .token = on_token, .finished = on_finished};

static struct run *begin(const char *settings)
{
	struct error error = {0};
	struct run *run = memory_new(sizeof *run);
	sim_defaults(&run->settings);
	run->settings.ttft_ns = run->settings.tpot_ns = CLOCK_MS_NS;
	run->settings.output_tokens = 4;
	assert_true(sim_set_all(&run->settings, settings, &error));
	run->loop = loop_new(&error);
	run->model = sim_model_new(run->loop, &run->settings);
	return run;
}

static struct sim_job *submit_with(struct run *run, int index, const char *prompt, bool cache)
{
	struct sim_job *job = &run->jobs[index];
	sim_ask_free(&job->ask);
	sim_answer_free(&job->answer);
	*job = (struct sim_job){.events = &events, .context = run};
	job->ask.prompt = memory_text(prompt);
	job->ask.prompt_size = strlen(prompt);
	job->ask.max_tokens = -1;
	job->ask.cache = cache;
	job->ask.greedy = true;
	sim_model_submit(run->model, job);
	return job;
}

static struct sim_job *submit(struct run *run, int index, const char *prompt)
{
	return submit_with(run, index, prompt, true);
}

static void run_until(struct run *run, int finished)
{
	run->stop_after = finished;
	if (run->finished_count < finished)
		loop_run(run->loop);
}

static void end(struct run *run)
{
	for (int i = 0; i < JOBS; i++) {
		sim_model_cancel(&run->jobs[i]);
		sim_ask_free(&run->jobs[i].ask);
		sim_answer_free(&run->jobs[i].answer);
	}
	sim_model_free(run->model);
	loop_free(run->loop);
	free(run);
}

static void test_first_come_first_served(void **state)
{
	struct run *run = begin("slots=2");
	for (int i = 0; i < 7; i++)
		submit(run, i, "hello");
	struct sim_model_totals totals = sim_model_totals(run->model);
	assert_int_equal(totals.running + totals.waiting, 7);
	run_until(run, 7);
	for (int i = 0; i < 7; i++)
		assert_int_equal(run->taken[i], i);
	/* Nobody is taken before a slot is free. */
	for (int i = 2; i < 7; i++)
		assert_true(run->jobs[i].taken_ns >= run->jobs[i - 2].last_ns);
	totals = sim_model_totals(run->model);
	assert_int_equal(totals.running, 0);
	assert_int_equal(totals.waiting, 0);
	assert_int_equal(totals.finished, 7);
	assert_int_equal(totals.output_tokens, 28);
	assert_int_equal(totals.longest, run->jobs[0].prompt_tokens + 4);
	end(run);
}

/* The plan: prefill + ttft, then one interval after the other, whatever the loop does. */
static void test_plan_is_absolute(void **state)
{
	struct run *run = begin("ttft=10ms@tpot=3ms@prefill_tps=1000@output_tokens=20");
	struct sim_job *job = submit(run, 0, "one two three four five"); /* 5 tokens: 5 ms */
	run_until(run, 1);
	int64_t first = run->token_ns[0];
	assert_int_equal(first - job->taken_ns, 15 * CLOCK_MS_NS);
	for (int i = 0; i < 20; i++)
		assert_int_equal(run->token_ns[i], first + i * 3 * CLOCK_MS_NS);
	assert_true(job->first_ns >= first);
	assert_true(job->last_ns >= run->token_ns[19]);
	end(run);
}

static void test_jitter_is_seeded(void **state)
{
	int64_t gaps[2][16];
	for (int round = 0; round < 2; round++) {
		struct run *run = begin("tpot=2ms@jitter=0.4@output_tokens=16@seed=5");
		submit(run, 0, "hello");
		run_until(run, 1);
		for (int i = 0; i < 16; i++)
			gaps[round][i] = run->token_ns[i] - run->token_ns[0];
		end(run);
	}
	assert_memory_equal(gaps[0], gaps[1], sizeof gaps[0]);
	bool varied = false;
	for (int i = 2; i < 16; i++)
		varied = varied || gaps[0][i] - gaps[0][i - 1] != gaps[0][1];
	assert_true(varied);
}

static void test_prefix_cache(void **state)
{
	struct run *run = begin("slots=2");
	submit(run, 0, "the sky is blue today");
	run_until(run, 1);
	assert_int_equal(run->jobs[0].cached_tokens, 0);
	/* The same again: all but the last token, which gives the first of the answer. */
	submit(run, 1, "the sky is blue today");
	run_until(run, 2);
	assert_int_equal(run->jobs[1].prompt_tokens, 5);
	assert_int_equal(run->jobs[1].cached_tokens, 4);
	assert_int_equal(run->jobs[1].slot, run->jobs[0].slot);
	/* A common beginning, up to the last whole token of it. */
	submit(run, 2, "the sky is black");
	run_until(run, 3);
	assert_int_equal(run->jobs[2].cached_tokens, 3);
	/* Nothing in common: the slot that was not used for longer, and no token. */
	submit(run, 3, "why not");
	run_until(run, 4);
	assert_int_equal(run->jobs[3].cached_tokens, 0);
	assert_int_not_equal(run->jobs[3].slot, run->jobs[2].slot);
	end(run);
}

/* A second turn finds prompt and answer of the first in the cache. */
static void test_cache_holds_the_answer(void **state)
{
	struct run *run = begin("output_tokens=3");
	struct sim_job *job = submit(run, 0, "question:");
	struct buffer second = BUFFER_EMPTY;
	run_until(run, 1);
	buffer_text(&second, "question:");
	for (size_t i = 0; i < job->answer.count; i++)
		buffer_append(&second, job->answer.pieces[i].text, job->answer.pieces[i].size);
	buffer_text(&second, "! and then?");
	int64_t first_tokens = job->prompt_tokens;
	submit(run, 1, second.data);
	run_until(run, 2);
	assert_int_equal(run->jobs[1].cached_tokens, first_tokens + 3);
	buffer_free(&second);
	end(run);
}

static void test_cache_can_be_off(void **state)
{
	for (int who = 0; who < 2; who++) {
		struct run *run = begin(who == 0 ? "slots=1@cache=false" : "slots=1");
		for (int i = 0; i < 2; i++) {
			submit_with(run, i, "the same", who == 0);
			run_until(run, i + 1);
			assert_int_equal(run->jobs[i].cached_tokens, 0);
		}
		end(run);
	}
}

static void test_load_comes_first(void **state)
{
	struct run *run = begin("load=30ms");
	assert_false(sim_model_is_loaded(run->model));
	submit(run, 0, "hello");
	submit(run, 1, "hello");
	run_until(run, 2);
	assert_true(sim_model_is_loaded(run->model));
	for (int i = 0; i < 2; i++) {
		const struct sim_job *job = &run->jobs[i];
		assert_true(job->loaded_ns - job->submitted_ns >= 29 * CLOCK_MS_NS);
		assert_true(job->taken_ns >= job->loaded_ns);
	}
	submit(run, 2, "hello");
	assert_int_equal(run->jobs[2].state, SIM_JOB_PREFILL); /* taken at once */
	run_until(run, 3);
	/* Kept for no time at all: the next one loads again, and finds no cache. */
	sim_model_keep(run->model, 0);
	assert_false(sim_model_is_loaded(run->model));
	submit(run, 3, "hello");
	run_until(run, 4);
	assert_true(run->jobs[3].loaded_ns - run->jobs[3].submitted_ns >= 29 * CLOCK_MS_NS);
	assert_int_equal(run->jobs[3].cached_tokens, 0);
	end(run);
}

static void look_whether_loaded(void *context)
{
	struct run *run = context;
	assert_true(sim_model_is_loaded(run->model));
}

static void test_who_comes_meanwhile_delays_no_load(void **state)
{
	struct run *run = begin("load=30ms");
	submit(run, 0, "hello");
	run->timer.fn = look_whether_loaded;
	run->timer.context = run;
	loop_timer_set(run->loop, &run->timer, clock_now_ns() + 31 * CLOCK_MS_NS);
	nanosleep(&(struct timespec){.tv_nsec = 2 * CLOCK_MS_NS}, NULL);
	submit(run, 1, "hello");
	run_until(run, 2);
	end(run);
}

static void test_another_context_loads_again(void **state)
{
	struct run *run = begin("load=10ms");
	submit(run, 0, "hello");
	run_until(run, 1);
	struct sim_job *job = &run->jobs[1];
	*job = (struct sim_job){.events = &events, .context = run};
	job->ask = (struct sim_ask){
		.prompt = memory_text("hello"), .prompt_size = 5, .max_tokens = -1, .context = 100};
	sim_model_submit(run->model, job);
	run_until(run, 2);
	assert_true(job->loaded_ns - job->submitted_ns >= 9 * CLOCK_MS_NS);
	end(run);
}

static void test_prompt_is_cut_to_the_context(void **state)
{
	struct run *run = begin("context=16@output_tokens=40");
	submit(run, 0, "a b c d e f g h i j k l m n o p q r s t u v w x y z");
	run_until(run, 1);
	assert_int_equal(run->jobs[0].prompt_tokens, 15);
	assert_int_equal(run->jobs[0].answer.count, 1);
	assert_int_equal(run->jobs[0].answer.end, SIM_END_LENGTH);
	end(run);
}

static void cancel_two(void *context)
{
	struct run *run = context;
	assert_int_equal(sim_model_totals(run->model).running, 1);
	assert_int_equal(sim_model_totals(run->model).waiting, 2);
	sim_model_cancel(&run->jobs[1]);
	sim_model_cancel(&run->jobs[1]); /* twice is nothing */
	assert_int_equal(sim_model_totals(run->model).waiting, 1);
	run->settings.tpot_ns = CLOCK_MS_NS;
	sim_model_cancel(&run->jobs[0]);
	assert_ptr_equal(sim_model_slot(run->model, 0), &run->jobs[2]);
}

/* Slot and place in the queue are free at once. */
static void test_cancel(void **state)
{
	struct run *run = begin("slots=1@tpot=60s@output_tokens=5");
	submit(run, 0, "runs");
	submit(run, 1, "waits");
	submit(run, 2, "waits too");
	run->timer.fn = cancel_two;
	run->timer.context = run;
	loop_timer_set(run->loop, &run->timer, clock_now_ns() + 20 * CLOCK_MS_NS);
	run_until(run, 1);
	assert_int_equal(run->finished[0], 2);
	assert_int_equal(run->taken_count, 2);
	struct sim_model_totals totals = sim_model_totals(run->model);
	assert_int_equal(totals.running + totals.waiting, 0);
	assert_int_equal(totals.finished, 1);
	assert_null(sim_model_slot(run->model, 0));
	end(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_come_first_served),
		cmocka_unit_test(test_plan_is_absolute),
		cmocka_unit_test(test_jitter_is_seeded),
		cmocka_unit_test(test_prefix_cache),
		cmocka_unit_test(test_cache_holds_the_answer),
		cmocka_unit_test(test_cache_can_be_off),
		cmocka_unit_test(test_load_comes_first),
		cmocka_unit_test(test_who_comes_meanwhile_delays_no_load),
		cmocka_unit_test(test_another_context_loads_again),
		cmocka_unit_test(test_prompt_is_cut_to_the_context),
		cmocka_unit_test(test_cancel),
	};
	return RUN(tests);
}
