#include "base/units.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define ROUNDED_UP 0.9995 /* of a unit has three digits as the whole one: 999.6 ms is 1 s */

struct unit {
	const char *name;
	double size;
};

static const struct unit durations[] = {
	{"ns", 1},
	{"us", 1e3},
	{"\xC2\xB5s", 1e3},
	{"\xCE\xBCs", 1e3},
	{"ms", 1e6},
	{"s", 1e9},
	{"m", 60e9},
	{"h", 3600e9},
	{"d", 86400e9},
	{NULL, 0},
};

static const struct unit sizes[] = {
	{"B", 1},
	{"KB", 1e3},
	{"MB", 1e6},
	{"GB", 1e9},
	{"KiB", 1024.0},
	{"MiB", 1048576.0},
	{"GiB", 1073741824.0},
	{NULL, 0},
};

static const char *skip_spaces(const char *text)
{
	while (*text == ' ')
		text++;
	return text;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A plain decimal, whatever the locale: "12", "1.5", ".5". */
static bool read_decimal(const char **text, double *value)
{
	const char *p = *text;
	double whole = 0, scale = 1;
	int digits = 0;
	for (; is_digit(*p); p++, digits++)
		whole = whole * 10 + (*p - '0');
	if (*p == '.') {
		for (p++; is_digit(*p); p++, digits++) {
			whole = whole * 10 + (*p - '0');
			scale *= 10;
		}
	}
	*value = whole / scale;
	*text = p;
	return digits > 0;
}

/* The longest unit that stands here: "ms" is not "m". */
static const struct unit *read_unit(const char **text, const struct unit *units)
{
	const struct unit *found = NULL;
	size_t longest = 0;
	for (const struct unit *unit = units; unit->name != NULL; unit++) {
		size_t length = strlen(unit->name);
		if (length > longest && strncmp(*text, unit->name, length) == 0) {
			found = unit;
			longest = length;
		}
	}
	*text += longest;
	return found;
}

/* Sums "1m30s"; false where anything is not a number with one of the units. */
static bool read_sum(const char *text, const struct unit *units, double *sum)
{
	*sum = 0;
	const char *p = skip_spaces(text);
	if (*p == '\0')
		return false;
	while (*p != '\0') {
		double value;
		if (!read_decimal(&p, &value))
			return false;
		p = skip_spaces(p);
		const struct unit *unit = read_unit(&p, units);
		if (unit == NULL)
			return false;
		*sum += value * unit->size;
		p = skip_spaces(p);
	}
	return true;
}

static bool to_integer(double value, int64_t *out)
{
	if (!(value < 9.2e18))
		return false;
	*out = llround(value);
	return true;
}

bool units_parse_duration(const char *text, int64_t *ns, struct error *error)
{
	double sum;
	if (!read_sum(text, durations, &sum) || !to_integer(sum, ns))
		return error_set(error, ERROR_USAGE,
			"\"%s\" is no duration; write a number and a unit, like 800ms, 1.5s, 2m or "
			"1m30s",
			text);
	return true;
}

bool units_parse_bytes(const char *text, int64_t *bytes, struct error *error)
{
	double sum;
	if (!read_sum(text, sizes, &sum) || !to_integer(sum, bytes))
		return error_set(error, ERROR_USAGE,
			"\"%s\" is no size; write a number and a unit, like 64MB or 512KiB", text);
	return true;
}

void units_format_duration(int64_t ns, char *out, size_t size)
{
	static const struct unit steps[] = {{"h", 3600e9}, {"min", 60e9}, {"s", 1e9}, {"ms", 1e6},
		{"\xC2\xB5s", 1e3}, {"ns", 1}};
	const struct unit *step = steps;
	double value = fabs((double)ns);
	while (step->size * ROUNDED_UP > value && step->size > 1)
		step++;
	value /= step->size;
	snprintf(out, size, value < 1000 ? "%s%.3g %s" : "%s%.0f %s", ns < 0 ? "-" : "", value,
		step->name);
}
