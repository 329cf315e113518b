#include "unit.h"

#include "base/clock.h"

static void utc_is_written_with_its_zone(void **state)
{
	char out[CLOCK_UTC_SIZE];
	clock_format_utc(INT64_C(1795640119) * CLOCK_SECOND_NS + 123456789, out);
	assert_string_equal(out, "2026-11-25T20:55:19.123Z");
	clock_format_utc(0, out);
	assert_string_equal(out, "1970-01-01T00:00:00.000Z");
	clock_format_utc(-1, out);
	assert_string_equal(out, "1969-12-31T23:59:59.999Z");
}

static void monotonic_time_never_steps_back(void **state)
{
	int64_t before = clock_now_ns();
	for (int i = 0; i < 10000; i++) {
		int64_t now = clock_now_ns();
		assert_true(now >= before);
		before = now;
	}
	assert_true(clock_boot_ns() >= before);
	assert_true(clock_wall_ns() > INT64_C(1700000000) * CLOCK_SECOND_NS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utc_is_written_with_its_zone),
		cmocka_unit_test(monotonic_time_never_steps_back),
	};
	return RUN(tests);
}
