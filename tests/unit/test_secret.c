#include "unit.h"

#include "base/secret.h"

#include <stdlib.h>
#include <string.h>

static void gone(const char *text, const char *secret)
{
	char *clean = secret_redacted(text);
	assert_null(strstr(clean, secret));
	assert_non_null(strstr(clean, "[secret]"));
	free(clean);
}

static void a_value_vanishes_in_every_form(void **state)
{
	assert_false(secret_add("abc")); /* too short to tell from text */
	assert_int_equal(secret_count(), 0);
	assert_true(secret_add("sk-test-CANARY/123+\"x"));
	assert_true(secret_count() > 0);
	gone("Incorrect API key provided: sk-test-CANARY/123+\"x.", "CANARY");
	gone("GET /v1?key=sk-test-CANARY%2F123%2B%22x&y=1", "CANARY");
	gone("GET /v1?key=sk-test-CANARY%2f123%2b%22x", "CANARY");
	gone("GET /sk-test-CANARY/123%2B%22x", "CANARY");
	gone("<p>sk-test-CANARY/123+&quot;x</p>", "CANARY");
	gone("{\"message\":\"sk-test-CANARY/123+\\\"x\"}", "CANARY");
	gone("{\"message\":\"sk-test-CANARY\\/123+\\\"x\"}", "CANARY");
	gone("raw: \"{\\\"key\\\":\\\"sk-test-CANARY/123+\\\\\\\"x\\\"}\"", "CANARY");
	gone("{\"message\":\"sk-test-CANARY/123\\u002B\\u0022x\"}", "CANARY");
	gone("raw: \"{\\\"key\\\":\\\"sk-test-CANARY/123\\\\u002B\\\\u0022x\\\"}\"", "CANARY");
	gone("Basic c2stdGVzdC1DQU5BUlkvMTIzKyJ4", "c2stdGVzdC1DQU5B");
	gone("Basic dTpzay10ZXN0LUNBTkFSWS8xMjMrIng=", "ay10ZXN0LUNBTkFSWS8x"); /* u: */
	gone("Basic dXM6c2stdGVzdC1DQU5BUlkvMTIzKyJ4", "c2stdGVzdC1DQU5B");     /* us: */
	gone("Basic dXNlOnNrLXRlc3QtQ0FOQVJZLzEyMysieDpvcmc=",
		"LXRlc3QtQ0FOQVJZLzEy"); /* use:, :org */
	gone("twice sk-test-CANARY/123+\"x sk-test-CANARY/123+\"x", "CANARY");
	assert_true(secret_add("it's CANARY & co"));
	gone("<p>it&#39;s CANARY &amp; co</p>", "CANARY");
	gone("<p>it&#x27;s CANARY &amp; co</p>", "CANARY");
	gone("key=it%27s+CANARY+%26+co", "CANARY");
	assert_null(secret_redacted(NULL));
}

/* Replaced, it would be found again in what stands for it. */
static void the_word_secret_is_none(void **state)
{
	assert_true(secret_add("secret"));
	char *clean = secret_redacted("no secret");
	assert_string_equal(clean, "no secret");
	free(clean);
}

static void what_is_remembered_has_an_end(void **state)
{
	static char value[100001];
	memset(value, '%', sizeof value - 1);
	int taken = 0;
	for (; taken < 1000 && secret_add(value); taken++)
		value[taken] = 'x';
	assert_in_range(taken, 8, 100);
	assert_true(secret_add("hunter3"));
	gone("hunter3", "hunter3");
}

static void a_longer_secret_is_not_half_hidden(void **state)
{
	secret_add("hunter2");
	secret_add("hunter2-and-more");
	char *clean = secret_redacted("x hunter2-and-more y hunter2 z");
	assert_string_equal(clean, "x [secret] y [secret] z");
	free(clean);
}

static void what_is_cut_off_ends_before_the_half_of_one(void **state)
{
	static const char text[] = "key: swordfish and chips";
	secret_add("swordfish");
	secret_add("sh and salt");
	assert_int_equal(secret_whole(text, 14), 14); /* all of one, and "sh" is too little */
	assert_int_equal(secret_whole(text, 13), 5);
	assert_int_equal(secret_whole(text, 9), 5);
	assert_int_equal(secret_whole(text, 8), 8);
	assert_int_equal(
		secret_whole(text, 18), 5); /* without "sh and" there is half of the other */
	assert_int_equal(secret_whole(text, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_vanishes_in_every_form),
		cmocka_unit_test(a_longer_secret_is_not_half_hidden),
		cmocka_unit_test(what_is_cut_off_ends_before_the_half_of_one),
		cmocka_unit_test(the_word_secret_is_none),
		cmocka_unit_test(what_is_remembered_has_an_end),
	};
	return RUN(tests);
}
