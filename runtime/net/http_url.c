/* URLs, as libcurl reads them. */
#include "net/http_state.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libcurl looks up the IDNA form; a build without IDNA leaves the name alone. */
static CURLUcode get_host(CURLU *url, char **host)
{
	CURLUcode code = curl_url_get(url, CURLUPART_HOST, host, CURLU_PUNYCODE);
	if (code == CURLUE_LACKS_IDN)
		code = curl_url_get(url, CURLUPART_HOST, host, 0);
	return code;
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

static bool read_parts(CURLU *url, struct http_url *out)
{
	char *scheme = NULL, *host = NULL, *port = NULL;
	bool read = curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
		    get_host(url, &host) == CURLUE_OK &&
		    curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK;
	if (read) {
		out->tls = strcmp(scheme, "https") == 0;
		out->port = atoi(port);
		read = (out->tls || strcmp(scheme, "http") == 0) && copy_host(out->host, host);
	}
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	return read;
}

bool http_url_parse(const char *text, struct http_url *out, struct error *error)
{
	*out = (struct http_url){.port = 0};
	CURLU *url = curl_url();
	CURLUcode code = url ? curl_url_set(url, CURLUPART_URL, text, 0) : CURLUE_OUT_OF_MEMORY;
	bool read = code == CURLUE_OK && read_parts(url, out);
	curl_url_cleanup(url);
	if (read)
		return true;
	if (code != CURLUE_OK)
		return error_set(error, ERROR_USAGE, "this is no URL: %s", curl_url_strerror(code));
	return error_set(error, ERROR_USAGE, "only http:// and https:// with a host can be asked");
}

char *http_url_shown(const char *text)
{
	static const CURLUPart hidden[] = {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_OPTIONS,
		CURLUPART_QUERY, CURLUPART_FRAGMENT};
	char *shown = NULL, *copy = NULL;
	CURLU *url = curl_url();
	if (url && curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK) {
		for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
			curl_url_set(url, hidden[i], NULL, 0);
		curl_url_get(url, CURLUPART_URL, &shown, 0);
	}
	copy = memory_text(shown ? shown : "the given URL");
	curl_free(shown);
	curl_url_cleanup(url);
	return copy;
}
