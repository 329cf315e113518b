/* Only where all is linked into one file. libcurl readies OpenSSL when it starts, whether anybody
 * will ask for https or not: a megabyte of its tables and two million instructions. OpenSSL calls
 * the same function by itself before it makes the first connection, so the linker (--wrap) leads
 * both here, and what libcurl asked for is done then. */
#include <openssl/ssl.h>

int start_openssl(uint64_t options, const OPENSSL_INIT_SETTINGS *settings) __asm__(
	"__real_OPENSSL_init_ssl");
int start_openssl_later(uint64_t options, const OPENSSL_INIT_SETTINGS *settings) __asm__(
	"__wrap_OPENSSL_init_ssl");

int start_openssl_later(uint64_t options, const OPENSSL_INIT_SETTINGS *settings)
{
	static uint64_t put_off; /* what libcurl asked for, whose call is the first */
	if (put_off != 0)
		return start_openssl(put_off | options, settings);
	put_off = options;
	return 1;
}
