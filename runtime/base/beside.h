/* A file that is made anew beside the one whose place it takes when it is whole: until then the old
 * one stays, also where whoever makes it is interrupted, or the disk is full. */
#ifndef BENCH_BASE_BESIDE_H
#define BENCH_BASE_BESIDE_H

struct beside {
	char *name;  /* of the empty file to write to */
	char *place; /* to rename it to: where a link leads */
};

/* With the owner and the rights of the file at `path`, if there is one. A signal that ends the
 * process takes it away. Both names are NULL where `path` is to be written itself: it is a device,
 * a pipe, or a link to what is not there yet, or nothing new may lie beside it. They live until the
 * next call; path NULL: none is made, and no signal takes the last one away any more. */
struct beside beside_make(const char *path);

#endif
