/* libcurl readies OpenSSL when it starts, whether anybody will ask for https or not, and the
 * distribution's an SSH library, too: a megabyte of tables and three million instructions. OpenSSL
 * does the same by itself before it makes the first connection. So both calls come here (as in
 * stamp.c; where all is linked into one file, by the linker's --wrap): what OpenSSL was asked for
 * is done with the next call, and nobody ever asks by SSH. */
#include <openssl/ssl.h>

#include <stdbool.h>

#define OURS __attribute__((visibility("default")))

#ifdef BENCH_STATIC
#define CALLED "__wrap_OPENSSL_init_ssl"
int start_openssl(uint64_t options, const OPENSSL_INIT_SETTINGS *settings) __asm__(
	"__real_OPENSSL_init_ssl");
#else
#include <dlfcn.h>
#define CALLED "OPENSSL_init_ssl"

static int start_openssl(uint64_t options, const OPENSSL_INIT_SETTINGS *settings)
{
	int (*start)(uint64_t, const OPENSSL_INIT_SETTINGS *);
	*(void **)&start = dlsym(RTLD_NEXT, CALLED);
	return start != NULL ? start(options, settings) : 0;
}

OURS int libssh2_init(int flags);

int libssh2_init(int flags)
{
	(void)flags;
	return 0;
}

/* A library of libcurl's for mail and directories brings GnuTLS, which asks this before it starts
 * by itself: its GNUTLS_SKIP_GLOBAL_INIT. */
OURS int skip_gnutls(void) __asm__("_gnutls_global_init_skip");

int skip_gnutls(void)
{
	return 1;
}
#endif

OURS int start_openssl_later(uint64_t options, const OPENSSL_INIT_SETTINGS *settings) __asm__(
	CALLED);

int start_openssl_later(uint64_t options, const OPENSSL_INIT_SETTINGS *settings)
{
	static bool asked; /* by libcurl, whose call is the first */
	static uint64_t put_off;
	if (asked)
		return start_openssl(put_off | options, settings);
	asked = true;
	put_off = options;
	return 1;
}
