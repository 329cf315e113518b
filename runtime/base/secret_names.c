#include "base/secret_names.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *ending;
	bool is_field; /* says enough among data, too */
} names[] = {
	{"key", false},
	{"token", false},
	{"auth", false},
	{"bearer", false},
	{"cookie", false},
	{"cookies", false},
	{"credential", false},
	{"jwt", false},
	{"pwd", false},
	{"sig", false},
	{"signature", false},
	{"accesskey", true},
	{"accesstoken", true},
	{"apikey", true},
	{"apikeys", true},
	{"apitoken", true},
	{"authorization", true},
	{"authtoken", true},
	{"bearertoken", true},
	{"credentials", true},
	{"hftoken", true},
	{"passphrase", true},
	{"passwd", true},
	{"password", true},
	{"privatekey", true},
	{"refreshtoken", true},
	{"secret", true},
	{"secretkey", true},
	{"sessiontoken", true},
};

static bool stands_between(char byte)
{
	return byte == '-' || byte == '_' || byte == '.' || byte == ' ';
}

static bool ends_in(const char *name, size_t size, const char *ending)
{
	size_t left = strlen(ending);
	while (left > 0 && size > 0) {
		char byte = name[--size];
		if (stands_between(byte))
			continue;
		if (tolower((unsigned char)byte) != ending[--left])
			return false;
	}
	return left == 0;
}

static bool is_listed(const char *name, size_t size, bool among_data)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if ((names[i].is_field || !among_data) && ends_in(name, size, names[i].ending))
			return true;
	return false;
}

bool secret_is_name(const char *name, size_t size)
{
	return is_listed(name, size, false);
}

bool secret_is_field(const char *name, size_t size)
{
	return is_listed(name, size, true);
}

/* Of a long name the ending says enough. Azure's functions take their key as "code". */
bool secret_is_query_name(const char *name, size_t size)
{
	char plain[64];
	size_t length = 0;
	if (size > sizeof plain) {
		name += size - sizeof plain;
		size = sizeof plain;
	}
	for (size_t i = 0; i < size; i++) {
		char hex[3] = {0};
		if (name[i] == '%' && i + 2 < size)
			memcpy(hex, name + i + 1, 2);
		bool escaped = isxdigit((unsigned char)hex[0]) && isxdigit((unsigned char)hex[1]);
		plain[length++] = escaped ? (char)strtol(hex, NULL, 16) : name[i];
		i += escaped ? 2 : 0;
	}
	return secret_is_name(plain, length) ||
	       (length == strlen("code") && strncasecmp(plain, "code", length) == 0);
}
