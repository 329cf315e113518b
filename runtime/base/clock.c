#include "base/clock.h"

#include <string.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
	struct timespec now;
	if (clock_gettime(id, &now) != 0)
		return 0;
	return (int64_t)now.tv_sec * CLOCK_SECOND_NS + now.tv_nsec;
}

int64_t clock_now_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_wall_ns(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t clock_boot_ns(void)
{
	return read_clock(CLOCK_BOOTTIME);
}

static void put_digits(char *out, int count, int value)
{
	for (; count-- > 0; value /= 10)
		out[count] = (char)('0' + value % 10);
}

/* By hand: each request that is kept has one, and strftime takes as long as all else of its row. */
void clock_format_utc(int64_t wall_ns, char out[CLOCK_UTC_SIZE])
{
	static const char form[] = "0000-00-00T00:00:00.000Z";
	int64_t seconds = wall_ns / CLOCK_SECOND_NS;
	int64_t rest = wall_ns % CLOCK_SECOND_NS;
	if (rest < 0) {
		seconds--;
		rest += CLOCK_SECOND_NS;
	}
	time_t when = (time_t)seconds;
	struct tm utc;
	out[0] = '\0';
	if (gmtime_r(&when, &utc) == NULL)
		return;
	memcpy(out, form, sizeof form);
	put_digits(out, 4, utc.tm_year + 1900);
	put_digits(out + 5, 2, utc.tm_mon + 1);
	put_digits(out + 8, 2, utc.tm_mday);
	put_digits(out + 11, 2, utc.tm_hour);
	put_digits(out + 14, 2, utc.tm_min);
	put_digits(out + 17, 2, utc.tm_sec);
	put_digits(out + 20, 3, (int)(rest / CLOCK_MS_NS));
}
