/* What libcurl does where memory is gone: 7.88 crashes in places, and leaves out what it could not
 * copy, a header or the proxy, in others. So it allocates as we do, and the program ends. */
#include "net/http.h"

#include "base/memory.h"

#include <curl/curl.h>
#include <stdlib.h>

static void *allocate(size_t size)
{
	return memory_resize(NULL, 1, size);
}

static void *allocate_zeroed(size_t count, size_t size)
{
	return memory_new(count * size);
}

static void *reallocate(void *memory, size_t size)
{
	return memory_resize(memory, 1, size);
}

bool http_init_libcurl(void)
{
	return curl_global_init_mem(CURL_GLOBAL_DEFAULT, allocate, free, reallocate, memory_text,
		       allocate_zeroed) == CURLE_OK;
}
