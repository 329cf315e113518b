/* What a token is here: an optional single space and up to five ASCII letters or digits, or any
 * other single character (so CJK counts one token per character), or one ill-formed byte, or one of
 * the template's marks (<|im_start|> and such). About 4 bytes per token of English. Splitting is
 * greedy from the left, hence tokens of a text are a prefix of the tokens of any continuation that
 * does not lengthen its last word. */
#ifndef BENCH_SIM_SIM_TOKENS_H
#define BENCH_SIM_SIM_TOKENS_H

#include <stddef.h>
#include <stdint.h>

size_t sim_tokens_next(const char *text, size_t size); /* bytes of the first token; size > 0 */
int64_t sim_tokens_count(const char *text, size_t size);
/* How many tokens end within the first `limit` bytes. */
int64_t sim_tokens_within(const char *text, size_t size, size_t limit);
/* The bytes of the first `count` tokens. */
size_t sim_tokens_bytes(const char *text, size_t size, int64_t count);

/* A token's number is its bytes, most significant first, hence below 2^48 and reversible; the marks
 * have numbers from 2^48. A longer text, which is several tokens, has that of its last 6 bytes. */
#define SIM_TOKENS_TEXT 16
int64_t sim_tokens_id(const char *token, size_t size);
/* The bytes written (no NUL); 0 when it is no token. */
size_t sim_tokens_text(int64_t id, char out[SIM_TOKENS_TEXT]);

#endif
