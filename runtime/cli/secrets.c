#include "cli/secrets.h"

#include "base/memory.h"
#include "base/secret.h"
#include "base/secret_names.h"
#include "embedded.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A number is no secret, and would be missed wherever it stands. */
static void remember(const char *text, size_t size)
{
	if (strspn(text, "0123456789.") >= size)
		return;
	char *value = memory_bytes(text, size);
	secret_add(value);
	free(value);
}

static void remember_variable(const char *name)
{
	const char *value = name != NULL ? getenv(name) : NULL;
	if (value != NULL)
		secret_add(value);
}

/* Up to the last @ of the host's part; a password that nobody escaped goes on behind a / ? or #. */
static void scan_userinfo(const char *start)
{
	size_t authority = strcspn(start, "/?#, ");
	const char *colon = memchr(start, ':', authority);
	const char *at = memrchr(start, '@', authority);
	if (at == NULL && colon != NULL && !isdigit((unsigned char)colon[1]))
		at = memchr(colon, '@', strcspn(colon, ", "));
	if (at == NULL)
		return;
	const char *from = colon != NULL && colon < at ? colon + 1 : start;
	remember(from, (size_t)(at - from));
}

/* "scheme://user:password@host/path?api_key=value&...", any number of them in a word. */
static void scan_addresses(const char *word)
{
	const char *first = strstr(word, "://");
	if (first == NULL)
		return;
	for (const char *at = first; at != NULL; at = strstr(at + 3, "://"))
		scan_userinfo(at + 3);
	for (const char *query = strpbrk(first, "?&;"); query != NULL;
		query = strpbrk(query, "?&;")) {
		query++;
		size_t name = strcspn(query, "=&;#");
		if (query[name] != '=')
			continue;
		const char *value = query + name + 1;
		if (secret_is_query_name(query, name))
			remember(value, strcspn(value, "&#, "));
	}
}

/* "X-Api-Token=value" and "Authorization: Bearer value". */
static void scan_named(const char *word, bool (*is_secret)(const char *name, size_t size))
{
	size_t name = strcspn(word, "=:");
	if (word[name] == '\0' || !is_secret(word, name))
		return;
	const char *value = word + name + 1;
	const char *scheme = strrchr(value, ' ');
	value = scheme != NULL ? scheme + 1 : value;
	remember(value, strlen(value));
}

/* Flags whose value has a name of its own. */
static const struct named_flag {
	const char *flag;
	bool (*is_secret)(const char *name, size_t size);
} named_flags[] = {{"--header", secret_is_name}, {"--note", secret_is_field}};

/* Of a flag with its value, or of one and the word behind it ("" where there is none). */
static void scan_named_flag(const char *word, const char *next)
{
	for (size_t i = 0; i < sizeof named_flags / sizeof *named_flags; i++) {
		const struct named_flag *named = &named_flags[i];
		size_t size = strlen(named->flag);
		if (strncmp(word, named->flag, size) != 0)
			continue;
		const char *value = word[size] == '=' ? word + size + 1 : next;
		if (word[size] == '=' || word[size] == '\0')
			scan_named(value, named->is_secret);
	}
}

static void scan_words(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *next = i + 1 < argc ? argv[i + 1] : "";
		scan_addresses(argv[i]);
		if (strncmp(argv[i], "--", 2) != 0)
			continue;
		scan_named_flag(argv[i], next);
		size_t name = strcspn(argv[i] + 2, "=");
		if (!secret_is_name(argv[i] + 2, name))
			continue;
		if (argv[i][2 + name] == '=')
			remember(argv[i] + 3 + name, strlen(argv[i] + 3 + name));
		else if (next[0] != '-')
			remember(next, strlen(next));
	}
}

static bool is_token_byte(char byte)
{
	return isalnum((unsigned char)byte) || (byte != '\0' && strchr("-._~+/=", byte) != NULL);
}

/* "Bearer sk-..." in a script. */
static void scan_bearer(const char *script)
{
	for (const char *at = script; (at = strstr(at, "Bearer ")) != NULL;) {
		at += strlen("Bearer ");
		size_t size = 0;
		while (is_token_byte(at[size]))
			size++;
		if (size >= 8)
			remember(at, size);
	}
}

/* Behind "api_key", "X-Api-Key" or "apikey"; NULL when this "api" begins no such name. */
static const char *behind_key_name(const char *api)
{
	const char *rest = api + strlen("api");
	if (*rest == '_' || *rest == '-')
		rest++;
	return strncasecmp(rest, "key", 3) == 0 ? rest + 3 : NULL;
}

/* api_key = "sk-..." or ["X-Api-Key"] = 'sk-...' in a script. */
static void scan_api_key(const char *script)
{
	for (const char *at = script; (at = strcasestr(at, "api")) != NULL; at++) {
		const char *behind = behind_key_name(at);
		if (behind == NULL)
			continue;
		const char *value = behind + strspn(behind, " \t=\"']");
		if (value == behind || (value[-1] != '"' && value[-1] != '\''))
			continue;
		size_t size = strcspn(value, "\"'\n");
		if (size >= 8)
			remember(value, size);
	}
}

/* Where no key is wanted people give a name: OPENAI_API_KEY=ollama, a gateway's provider. */
void secrets_spare_kinds(void)
{
	static const char folder[] = "lib/bench/dialect/";
	for (size_t i = 0; i < embedded_count; i++) {
		const char *path = embedded_files[i].path;
		if (strncmp(path, folder, sizeof folder - 1) == 0)
			secret_spare(
				path + sizeof folder - 1, strcspn(path + sizeof folder - 1, "."));
	}
}

void secrets_remember(const struct options *options, int argc, char **argv, const char *script)
{
	remember_variable("OPENAI_API_KEY");
	for (size_t i = 0; i < options->value_count; i++)
		if (strcmp(options->values[i].flag->name, "allow-env") == 0)
			remember_variable(options->values[i].text);
	scan_words(argc, argv);
	scan_bearer(script);
	scan_api_key(script);
}
