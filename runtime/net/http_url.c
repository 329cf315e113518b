/* URLs, as libcurl reads them. */
#include "net/http_state.h"

#include "base/memory.h"

#include <locale.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

static bool is_ascii(const char *text)
{
	while (*text != '\0' && (unsigned char)*text < 0x80)
		text++;
	return *text == '\0';
}

/* libidn2 reads a name by the character set of the locale. */
static CURLUcode get_punycode(CURLU *url, char **host)
{
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	locale_t before = uselocale(utf8);
	CURLUcode code = curl_url_get(url, CURLUPART_HOST, host, CURLU_PUNYCODE);
	uselocale(before);
	if (utf8 != (locale_t)0)
		freelocale(utf8);
	return code;
}

/* A name of other letters becomes its IDNA form; a build without IDNA leaves it alone. */
static CURLUcode get_host(CURLU *url, char **host)
{
	char *punycode = NULL;
	CURLUcode code = curl_url_get(url, CURLUPART_HOST, host, 0);
	if (code != CURLUE_OK || is_ascii(*host) || get_punycode(url, &punycode) != CURLUE_OK)
		return code;
	curl_free(*host);
	*host = punycode;
	return curl_url_set(url, CURLUPART_HOST, punycode, 0);
}

char *http_host_in_ascii(const char *host)
{
	char *ascii = NULL;
	CURLU *url = is_ascii(host) ? NULL : curl_url();
	if (url != NULL && curl_url_set(url, CURLUPART_HOST, host, 0) == CURLUE_OK &&
		get_host(url, &ascii) != CURLUE_OK) {
		curl_free(ascii);
		ascii = NULL;
	}
	char *copy = memory_text(ascii != NULL ? ascii : host);
	curl_free(ascii);
	curl_url_cleanup(url);
	return copy;
}

/* Brackets of an IPv6 address are the URL's, not the host's. */
static bool copy_host(char out[256], const char *host)
{
	size_t size = strlen(host);
	if (size >= 2 && host[0] == '[' && host[size - 1] == ']') {
		host++;
		size -= 2;
	}
	if (size == 0 || size >= 256)
		return false;
	memcpy(out, host, size);
	out[size] = '\0';
	return true;
}

/* libcurl forgets it where it copies a URL, as it does for each transfer (7.88). */
static unsigned zone_of(CURLU *url)
{
	char *zone = NULL;
	unsigned index = 0;
	if (curl_url_get(url, CURLUPART_ZONEID, &zone, 0) == CURLUE_OK)
		index = if_nametoindex(zone);
	curl_free(zone);
	return index;
}

static bool read_parts(struct http_target *target)
{
	CURLU *url = target->parsed;
	char *scheme = NULL, *host = NULL, *port = NULL;
	bool read = curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
		    get_host(url, &host) == CURLUE_OK &&
		    curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK;
	if (read) {
		target->tls = strcmp(scheme, "https") == 0;
		target->port = atoi(port);
		target->zone = zone_of(url);
		read = (target->tls || strcmp(scheme, "http") == 0) &&
		       copy_host(target->host, host);
	}
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	return read;
}

struct http_target *http_target_new(const char *url, struct error *error)
{
	struct http_target *target = memory_new(sizeof *target);
	target->users = 1;
	target->url = memory_text(url);
	target->parsed = curl_url();
	CURLUcode code = CURLUE_OUT_OF_MEMORY;
	if (target->parsed != NULL)
		code = curl_url_set(target->parsed, CURLUPART_URL, url, 0);
	if (code == CURLUE_OK && read_parts(target))
		return target;
	if (code != CURLUE_OK)
		error_set(error, ERROR_USAGE, "this is no URL: %s", curl_url_strerror(code));
	else
		error_set(error, ERROR_USAGE, "only http:// and https:// with a host can be asked");
	http_target_leave(target);
	return NULL;
}

struct http_target *http_target_share(struct http_target *target)
{
	target->users++;
	return target;
}

void http_target_leave(struct http_target *target)
{
	if (target == NULL || --target->users > 0)
		return;
	curl_url_cleanup(target->parsed);
	free(target->url);
	free(target->pin);
	free(target);
}

char *http_target_shown(const struct http_target *target)
{
	static const CURLUPart hidden[] = {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_OPTIONS,
		CURLUPART_QUERY, CURLUPART_FRAGMENT};
	char *shown = NULL;
	CURLU *url = target != NULL ? curl_url_dup(target->parsed) : NULL;
	for (size_t i = 0; url != NULL && i < sizeof hidden / sizeof *hidden; i++)
		curl_url_set(url, hidden[i], NULL, 0);
	if (url != NULL)
		curl_url_get(url, CURLUPART_URL, &shown, 0);
	char *copy = memory_text(shown != NULL ? shown : "the given URL");
	curl_free(shown);
	curl_url_cleanup(url);
	return copy;
}
