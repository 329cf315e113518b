#include "unit.h"

#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"

#include <string.h>

static void fills_and_returns_false(void **state)
{
	struct error error = {0};
	assert_false(error_set(&error, ERROR_USAGE, "no %s in %d", "x", 7));
	assert_int_equal(error.code, ERROR_USAGE);
	assert_string_equal(error.message, "no x in 7");
	assert_false(error_set(&error, ERROR_STORE, "then: %s", error.message));
	assert_string_equal(error.message, "then: no x in 7");
	assert_false(error_set(NULL, ERROR_USAGE, "nobody listens"));
}

static void cuts_at_a_whole_character(void **state)
{
	struct error error;
	for (size_t shift = 0; shift < 3; shift++) {
		char long_text[4000];
		size_t size = shift;
		memset(long_text, 'a', shift);
		for (; size + 3 < sizeof long_text; size += 3)
			memcpy(long_text + size, "\xE5\xA4\xA9", 3);
		long_text[size] = '\0';
		error_set(&error, ERROR_SYSTEM, "%s", long_text);
		size_t kept = strlen(error.message);
		assert_true(kept > sizeof error.message - 5);
		assert_true(text_is_utf8(error.message, kept));
	}
}

static void cuts_no_secret_in_half(void **state)
{
	struct error error;
	char long_text[4000];
	memset(long_text, 'a', sizeof long_text - 1);
	strcpy(long_text + sizeof error.message - 12, "sk-test-CANARY-123");
	assert_true(secret_add("sk-test-CANARY-123"));
	error_set(&error, ERROR_SYSTEM, "%s", long_text);
	assert_int_equal(strlen(error.message), sizeof error.message - 12);
}

/* A file name in another encoding: the rest of the message stays. */
static void cuts_nothing_else(void **state)
{
	struct error error;
	char long_text[4000];
	memset(long_text, 'a', sizeof long_text - 1);
	long_text[sizeof long_text - 1] = '\0';
	error_set(&error, ERROR_SYSTEM, "caf\xE9: %s", long_text);
	assert_int_equal(strlen(error.message), sizeof error.message - 1);
}

static void keeps_what_stands_behind_a_nul(void **state)
{
	struct error error;
	char long_text[4000];
	memset(long_text, '\0', sizeof long_text);
	error_set_text(&error, ERROR_SCRIPT, "a\0b", 3);
	assert_string_equal(error.message, "a b");
	error_set_text(&error, ERROR_SCRIPT, "", 0);
	assert_string_equal(error.message, "");
	error_set_text(&error, ERROR_SCRIPT, long_text, sizeof long_text);
	assert_int_equal(strlen(error.message), sizeof error.message - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fills_and_returns_false),
		cmocka_unit_test(cuts_at_a_whole_character),
		cmocka_unit_test(cuts_no_secret_in_half),
		cmocka_unit_test(cuts_nothing_else),
		cmocka_unit_test(keeps_what_stands_behind_a_nul),
	};
	return RUN(tests);
}
