/* A finished or running request as the values of db/statements/request.sql and timeline.sql. */
#ifndef BENCH_STORE_ROW_H
#define BENCH_STORE_ROW_H

#include "base/clock.h"
#include "base/text.h"
#include "store/recorder.h"

#define ROW_REQUEST_COLUMNS 69
#define ROW_TIMELINE_COLUMNS 8
#define ROW_TEXTS 20 /* 8 are cleaned, 4 of them made before; 4 arrays, made anew at most once */

struct row {
	struct store_value request[ROW_REQUEST_COLUMNS];
	/* of "timeline", or of "timeline_clear" where there are no token events any more; NULL
	 * where there never were any. Of one that has grown since it was kept: "timeline_grown" */
	struct store_value timeline[ROW_TIMELINE_COLUMNS];
	bool grown;
	const char *timeline_name;
	size_t timeline_count;
	/* what the values point at, beside the words of the context and the exchange */
	char started_at[CLOCK_UTC_SIZE], flags[256], answer_digest[TEXT_DIGEST_SIZE];
	char *texts[ROW_TEXTS];
	size_t text_count;
};

struct row_place {
	int64_t run;
	int64_t origin_ns;      /* what times count from */
	int64_t origin_wall_ns; /* the same moment since 1970 */
	bool keep_text;
};

/* Times that stand before the request's start cannot be and become NULL. The row borrows from
 * context and exchange until it is freed, and must not be moved. */
void row_build(struct row *row, const struct row_place *place,
	const struct recorder_context *context, const struct exchange *exchange);
void row_free(struct row *row);
/* The timeline anew, and all of it where that is wanted. */
void row_build_timeline(struct row *row, const struct row_place *place,
	const struct recorder_context *context, const struct exchange *exchange, bool whole);
/* The row frees the text. */
void row_own(struct row *row, char *text);

/* Whether it may be kept as it is: valid UTF-8 without a secret. */
bool row_text_is_clean(const char *text, size_t size);
/* A copy as it may be kept. Free with free(). */
char *row_clean_text(const char *text, size_t size, size_t *clean_size);

#endif
