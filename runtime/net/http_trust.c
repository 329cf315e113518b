/* Which certificates are trusted: those that SSL_CERT_FILE names, as for OpenSSL, Python and Go;
 * else those of this machine, also where libcurl was built on another. */
#include "net/http_state.h"

#include <stdlib.h>
#include <unistd.h>

/* Where the distributions keep them in one file. */
static const char *const usual[] = {
	"/etc/ssl/certs/ca-certificates.crt",                /* Debian, Arch, Gentoo, Alpine */
	"/etc/pki/tls/certs/ca-bundle.crt",                  /* Fedora */
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", /* Red Hat */
	"/etc/ssl/ca-bundle.pem",                            /* openSUSE */
	"/etc/ssl/cert.pem",                                 /* Alpine, BSD */
};

static bool can_read(const char *path)
{
	return path != NULL && access(path, R_OK) == 0;
}

const char *http_trusted_file(void)
{
	const char *named = getenv("SSL_CERT_FILE");
	if (named != NULL && *named)
		return named;
	const curl_version_info_data *built = curl_version_info(CURLVERSION_NOW);
	if (can_read(built->cainfo))
		return NULL;
	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		if (can_read(usual[i]))
			return usual[i];
	return NULL;
}
