#include "base/clock.h"

#include <stdio.h>
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
#ifdef CLOCK_BOOTTIME
	return read_clock(CLOCK_BOOTTIME);
#else
	return clock_now_ns();
#endif
}

void clock_format_utc(int64_t wall_ns, char out[CLOCK_UTC_SIZE])
{
	int64_t seconds = wall_ns / CLOCK_SECOND_NS;
	int64_t rest = wall_ns % CLOCK_SECOND_NS;
	if (rest < 0) {
		seconds--;
		rest += CLOCK_SECOND_NS;
	}
	time_t when = (time_t)seconds;
	struct tm utc;
	char date[24];
	if (gmtime_r(&when, &utc) == NULL ||
		strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc) == 0) {
		out[0] = '\0';
		return;
	}
	snprintf(out, CLOCK_UTC_SIZE, "%s.%03dZ", date, (int)(rest / CLOCK_MS_NS));
}
