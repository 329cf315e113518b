#include "unit.h"

#include "base/secret.h"
#include "base/secret_names.h"
#include "cli/secrets.h"

#include <stdlib.h>
#include <string.h>

#define WORDS 2

static void remember(const char *first, const char *second, const char *script)
{
	char *argv[] = {(char *)"bench", (char *)first, (char *)second};
	struct options options = {.value_count = 0};
	secrets_remember(&options, 1 + WORDS, argv, script);
}

static void assert_hidden(const char *text, const char *hidden)
{
	char *redacted = secret_redacted(text);
	assert_string_equal(redacted, hidden);
	free(redacted);
}

static void keys_in_addresses(void **state)
{
	remember(
		"http://user:pass-one@h:1/v1", "openai+https://h/v1?api_key=key-two&x=plain#m", "");
	assert_hidden("pass-one key-two plain user", "[secret] [secret] plain user");
	remember("a=http://u:pass-five@h,b=http://u:pass-six@h:2/",
		"see http://h https://pass-nine@h", "");
	assert_hidden("pass-five pass-six pass-nine", "[secret] [secret] [secret]");
	remember("http://token-three@h", "", "");
	assert_hidden("token-three", "[secret]");
	remember("http://u:pass/three?@h/v1", "openai://u:pass@four@h:1/?x=1@y#m@q4", "");
	assert_hidden("pass/three? pass@four m@q4", "[secret] [secret] m@q4");
	remember("http://h:8000/a@b",
		"http://h/?a=1;api%5Fkey=key-a&accessToken=key-b&maxTokens=1024k", "");
	assert_hidden("8000/a@b key-a key-b 1024k", "8000/a@b [secret] [secret] 1024k");
}

static void keys_in_flags(void **state)
{
	remember("--api-key", "key-four", "");
	remember("--my-token=key-five", "", "");
	assert_hidden("key-four key-five", "[secret] [secret]");
	remember("--header", "X-Corp-Token=key-six", "");
	remember("--header=Authorization: Bearer key-seven", "X-Team=blue-team", "");
	assert_hidden("key-six key-seven blue-team", "[secret] [secret] blue-team");
}

/* What only looks like a key must not vanish from every row. */
static void numbers_and_other_names(void **state)
{
	remember("--max-tokens", "25600", "");
	remember("--token", "12345", "");
	remember("--question", "monkey", "");
	assert_hidden("25600 12345 monkey", "25600 12345 monkey");
}

static void judged(const char *name, bool is_name, bool is_field)
{
	assert_int_equal(secret_is_name(name, strlen(name)), is_name);
	assert_int_equal(secret_is_field(name, strlen(name)), is_field);
	assert_int_equal(secret_is_query_name(name, strlen(name)), is_name);
}

/* What is one among data is one everywhere. */
static void names_of_secrets(void **state)
{
	static const char *const everywhere[] = {"api_key", "X-Api-Key", "apikey", "accessToken",
		"hf_token", "client-secret", "password", "Proxy-Authorization", "private_key",
		"credentials", "DB_PASSWD", "x.auth.token"};
	static const char *const not_in_data[] = {"key", "eos_token", "prompt_cache_key", "Cookie",
		"X-Amz-Signature", "sig", "auth", "appKey", "jwt", "pwd", "X-Amz-Credential"};
	static const char *const nowhere[] = {
		"max_tokens", "tokenizer", "question", "keys", "author", "model", "", "_", "y"};
	for (size_t i = 0; i < sizeof everywhere / sizeof *everywhere; i++)
		judged(everywhere[i], true, true);
	for (size_t i = 0; i < sizeof not_in_data / sizeof *not_in_data; i++)
		judged(not_in_data[i], true, false);
	for (size_t i = 0; i < sizeof nowhere / sizeof *nowhere; i++)
		judged(nowhere[i], false, false);
	assert_true(secret_is_query_name("api%5Fkey", 9));
	assert_true(secret_is_query_name("code", 4));
	static const char long_name[] =
		"the_name_of_a_parameter_that_is_longer_than_anybody_would_think_of_it_api%5Fkey";
	assert_true(secret_is_query_name(long_name, sizeof long_name - 1));
	assert_false(secret_is_query_name("language_code", 13));
}

static void kinds_of_server_are_none(void **state)
{
	secrets_spare_kinds();
	setenv("OPENAI_API_KEY", "ollama", 1);
	remember("--token", "vLLM", "");
	assert_hidden("ollama://h#m vLLM", "ollama://h#m vLLM");
	setenv("OPENAI_API_KEY", "ollama-key", 1);
	remember("", "", "");
	unsetenv("OPENAI_API_KEY");
	assert_hidden("ollama://h ollama-key", "ollama://h [secret]");
}

static void keys_in_scripts(void **state)
{
	remember("", "",
		"headers = { Authorization = \"Bearer sk-six-123\" }\n"
		"x = { api_key = \"sk-seven-123\" }\ny = { api_key = 'sk-eight-123' }\n"
		"z = { api_key = opt.api_key }\n-- Bearer of news");
	assert_hidden("sk-six-123 sk-seven-123 sk-eight-123 opt.api_key of news",
		"[secret] [secret] [secret] opt.api_key of news");
}

static void keys_in_the_environment(void **state)
{
	setenv("OPENAI_API_KEY", "sk-nine-123", 1);
	remember("", "", "");
	assert_hidden("sk-nine-123", "[secret]");
	unsetenv("OPENAI_API_KEY");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_in_addresses),
		cmocka_unit_test(keys_in_flags),
		cmocka_unit_test(numbers_and_other_names),
		cmocka_unit_test(names_of_secrets),
		cmocka_unit_test(kinds_of_server_are_none),
		cmocka_unit_test(keys_in_scripts),
		cmocka_unit_test(keys_in_the_environment),
	};
	return RUN(tests);
}
