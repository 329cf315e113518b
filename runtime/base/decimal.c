#include "base/decimal.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANTISSA_BITS 53
#define DIGITS 17 /* always read back */

char *decimal_before(char *at, uint64_t value)
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324"
				    "25262728293031323334353637383940414243444546474849"
				    "50515253545556575859606162636465666768697071727374"
				    "75767778798081828384858687888990919293949596979899";
	for (; value > UINT32_MAX; value /= 100)
		at = memcpy(at - 2, pairs + value % 100 * 2, 2);
	uint32_t rest = (uint32_t)value; /* the usual case, and the faster one */
	for (; rest >= 100; rest /= 100)
		at = memcpy(at - 2, pairs + rest % 100 * 2, 2);
	if (rest >= 10)
		return memcpy(at - 2, pairs + rest * 2, 2);
	*--at = (char)('0' + rest);
	return at;
}

static void by_printf(double value, char out[DECIMAL_SIZE])
{
	for (int digits = 15; digits <= DIGITS; digits++) {
		snprintf(out, DECIMAL_SIZE, "%.*g", digits, value);
		if (strtod(out, NULL) == value)
			return;
	}
}

#ifdef __SIZEOF_INT128__
/* What printf and strtod do for numbers of any size takes thousands of instructions, and a sheet
 * has twenty numbers a row. From a thousandth to 1e15, without an exponent, 128 bits hold the
 * number exactly, and so the question whether fewer digits still read back. */
__extension__ typedef unsigned __int128 wide;

#define LEAST 1e-3
#define MOST 1e15

static const uint64_t powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000,
	1000000000, 10000000000, 100000000000, 1000000000000, 10000000000000, 100000000000000,
	1000000000000000, 10000000000000000, 100000000000000000, 1000000000000000000,
	10000000000000000000U};

/* mantissa / 2^shift, and the same times 10^places with 17 digits, still over 2^shift. */
struct exact {
	uint64_t mantissa;
	int shift, places;
	wide scaled;
};

static struct exact exact_of(double value)
{
	int exponent, places = DIGITS - 1;
	uint64_t mantissa = (uint64_t)ldexp(frexp(value, &exponent), MANTISSA_BITS);
	while (value >= (double)powers[DIGITS - places])
		places--;
	for (double rest = value; rest < 1; places++)
		rest *= 10;
	return (struct exact){
		mantissa, MANTISSA_BITS - exponent, places, (wide)mantissa * powers[places]};
}

/* The number in units of 10^dropped of the last digit, rounded half to even; whether that reads
 * back: it is less than half a step of the mantissa away. As much it cannot be: halfway to the next
 * fraction has more digits. */
static bool round_off(const struct exact *exact, int dropped, uint64_t *digits)
{
	wide unit = (wide)powers[dropped] << exact->shift;
	uint64_t whole = (uint64_t)(exact->scaled >> exact->shift);
	*digits = whole / powers[dropped];
	wide away = exact->scaled - *digits * unit;
	if (away > unit - away || (away == unit - away && *digits % 2 == 1)) {
		++*digits;
		away = unit - away;
	}
	return away < powers[exact->places] / 2;
}

/* digits / 10^places, without zeros at its end; a fraction. */
static void write_fraction(bool negative, uint64_t digits, int places, char out[DECIMAL_SIZE])
{
	char text[DECIMAL_SIZE], *at = text + sizeof text;
	*--at = '\0';
	for (; digits % 10 == 0; places--)
		digits /= 10;
	for (; places > 0; places--, digits /= 10)
		*--at = (char)('0' + digits % 10);
	*--at = '.';
	at = decimal_before(at, digits);
	if (negative)
		*--at = '-';
	memcpy(out, at, (size_t)(text + sizeof text - at));
}

static bool by_whole_numbers(double value, char out[DECIMAL_SIZE])
{
	double size = fabs(value);
	if (!(size >= LEAST && size < MOST) || size == floor(size))
		return false;
	struct exact exact = exact_of(size);
	if (exact.mantissa == (uint64_t)1 << (MANTISSA_BITS - 1))
		return false; /* the next one below is nearer than the next one above */
	uint64_t digits;
	int dropped = 2;
	while (!round_off(&exact, dropped, &digits) && dropped > 0)
		dropped--;
	write_fraction(value < 0, digits, exact.places - dropped, out);
	return true;
}
#else
static bool by_whole_numbers(double value, char out[DECIMAL_SIZE])
{
	(void)value;
	(void)out;
	return false;
}
#endif

void decimal_shortest(double value, char out[DECIMAL_SIZE])
{
	if (!by_whole_numbers(value, out))
		by_printf(value, out);
}
