/* A full disk has no page left on which to say that the run failed for it, unless some are kept. */
#include "store/recorder_internal.h"

#include "store/store_internal.h"

#include <fcntl.h>
#include <unistd.h>

#define MOST (256 << 10) /* bytes: the end of a run, its warnings and its summary */
#define LEAST (8 << 10)

void reserve_take(struct recorder *recorder)
{
	int file = store_nameless_beside(store_path(recorder->store));
	off_t size = MOST;
	while (file >= 0 && size >= LEAST && fallocate(file, 0, 0, size) != 0)
		size /= 2;
	recorder->reserve = file;
}

void reserve_give_back(struct recorder *recorder)
{
	if (recorder->reserve >= 0)
		close(recorder->reserve);
	recorder->reserve = -1;
}
