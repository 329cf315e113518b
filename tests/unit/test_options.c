#include "unit.h"

#include "cli/options.h"

#include <string.h>

#define WORDS_MAX 16

struct line {
	struct options options;
	struct error error;
	bool parsed;
	char text[256];
	char *words[WORDS_MAX];
};

/* Parses "bench " and the words of `text`. */
static void parse(struct line *line, const char *text)
{
	memset(line, 0, sizeof *line);
	strncpy(line->text, text, sizeof line->text - 1);
	int count = 0;
	line->words[count++] = (char *)"bench";
	for (char *word = strtok(line->text, " "); word != NULL; word = strtok(NULL, " "))
		line->words[count++] = word;
	line->parsed = options_parse(&line->options, count, line->words, &line->error);
}

static void done(struct line *line)
{
	options_free(&line->options);
}

static void assert_refused(const char *text, const char *words)
{
	struct line line;
	parse(&line, text);
	assert_false(line.parsed);
	assert_int_equal(line.error.code, ERROR_USAGE);
	assert_string_equal(line.error.message, words);
	done(&line);
}

static void flags_before_and_after(void **state)
{
	static const char *const forms[] = {"--db x show 7 --format csv",
		"show --db=x --format=csv 7", "--format csv --db=x show 7",
		"show --format csv --db y --db x -- 7"};
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		struct line line;
		parse(&line, forms[i]);
		assert_true(line.parsed);
		assert_string_equal(line.options.command->name, "show");
		assert_string_equal(options_text(&line.options, "db"), "x");
		assert_string_equal(options_text(&line.options, "format"), "csv");
		assert_int_equal(line.options.argument_count, 1);
		assert_string_equal(line.options.arguments[0], "7");
		done(&line);
	}
}

static void a_comment_in_sql_is_no_flag(void **state)
{
	char *words[] = {(char *)"bench", (char *)"sql", (char *)"-- how many?\nSELECT 1", NULL};
	struct options options = {0};
	assert_true(options_parse(&options, 3, words, NULL));
	assert_int_equal(options.argument_count, 1);
	assert_string_equal(options.arguments[0], words[2]);
	options_free(&options);
}

static void json_is_a_format(void **state)
{
	struct line line;
	parse(&line, "list --json");
	assert_true(line.parsed);
	assert_string_equal(options_text(&line.options, "format"), "json");
	assert_true(options_has(&line.options, "json"));
	assert_false(options_has(&line.options, "label"));
	done(&line);
}

static void a_file_means_run(void **state)
{
	static const char *const forms[] = {
		"a.lua --times 3", "--times 3 a.lua", "run --times 3 a.lua", "run a.lua --times 3"};
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		struct line line;
		parse(&line, forms[i]);
		assert_true(line.parsed);
		assert_string_equal(line.options.command->name, "run");
		assert_string_equal(options_take_scenario(&line.options), "a.lua");
		assert_int_equal(line.options.argument_count, 0);
		assert_int_equal(line.options.unknown_count, 2);
		assert_string_equal(line.options.unknown[0], "--times");
		assert_string_equal(line.options.unknown[1], "3");
		done(&line);
	}
}

/* Behind a switch of the script's stands the file: it is the word that is a file. */
static void the_file_behind_a_switch(void **state)
{
	struct line line;
	parse(&line, "run --question why --loud " TESTS "/CMakeLists.txt");
	assert_true(line.parsed);
	assert_int_equal(line.options.argument_count, 0);
	assert_string_equal(options_take_scenario(&line.options), TESTS "/CMakeLists.txt");
	assert_int_equal(line.options.unknown_count, 3);
	assert_string_equal(line.options.unknown[2], "--loud");
	assert_null(options_take_scenario(&line.options));
	done(&line);
}

static void negative_numbers_are_values(void **state)
{
	struct line line;
	parse(&line, "run a.lua --shift -1.5 --label -3");
	assert_true(line.parsed);
	assert_string_equal(line.options.unknown[1], "-1.5");
	assert_string_equal(options_text(&line.options, "label"), "-3");
	done(&line);
}

/* Before a command, behind it, and behind its own words. */
static void help_and_version_stand_anywhere(void **state)
{
	static const char *const forms[] = {"-h", "list -h", "run x.lua --label l -h"};
	static const char *const versions[] = {
		"--version", "list --version", "run x.lua --version"};
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		struct line line;
		parse(&line, forms[i]);
		assert_true(line.parsed && line.options.short_help && !line.options.version);
		done(&line);
		parse(&line, versions[i]);
		assert_true(line.parsed && line.options.version && !line.options.short_help);
		done(&line);
	}
	struct line line;
	parse(&line, "-- show --version");
	assert_true(line.parsed && !line.options.version);
	assert_string_equal(line.options.command->name, "show");
	assert_string_equal(line.options.arguments[0], "--version");
	done(&line);
}

static void values_are_checked(void **state)
{
	assert_refused("list --format cvs",
		"--format is one of table|md|csv|json|jsonl, not \"cvs\". Did you mean csv?");
	assert_refused(
		"list --format pdf", "--format is one of table|md|csv|json|jsonl, not \"pdf\"");
	assert_refused("run a.lua --seed x", "--seed needs a number, not \"x\"");
	assert_refused("run a.lua --label", "--label needs a value: --label TEXT");
	assert_refused("show --requests=yes", "--requests takes no value");
	struct line line;
	parse(&line, "run a.lua --script-time 10");
	assert_false(line.parsed);
	assert_non_null(strstr(line.error.message, "--script-time"));
	done(&line);
	parse(&line, "run a.lua --script-memory much");
	assert_false(line.parsed);
	assert_non_null(strstr(line.error.message, "--script-memory: "));
	done(&line);
}

static void near_misses(void **state)
{
	assert_refused("lst", "there is no command \"lst\". Did you mean list?  (bench -h)");
	assert_refused("list --scenari=x", "list has no flag --scenari. Did you mean --scenario?");
	assert_refused("list --zzzzzz", "list has no flag --zzzzzz  (bench list --help has all)");
	assert_refused("--zzzzzz", "bench has no flag --zzzzzz  (bench --help has all)");
	assert_refused("list x", "list takes flags alone, not \"x\"  (bench list --help has all)");
	assert_refused("calibrate x",
		"calibrate takes flags alone, not \"x\"  (bench calibrate --help has all)");
	assert_refused("list -x", "list has no flag -x  (bench list --help has all)");
	assert_refused("list --csv=x", "list has no flag --csv. Did you mean --format csv?");
	assert_refused("list --csvcsvcsvcsvcsvcsvcsvcsvcsvcsvcsvcsvcsvcsvcsvcsvcsvcsvcsvcsvcsvcsv",
		"list has no flag --csvcsvcsvcsvcsvcsvcsvcsvcsvcsvcsvcsvcsvcsvcsvcsvcsvcsvcsvcsvcsv"
		"csv  (bench list --help has all)");
	/* a flag of another command is none of this one */
	assert_refused(
		"list --requests", "list has no flag --requests  (bench list --help has all)");
	assert_refused("--db x.db", "say what to do: bench -h shows the commands");
}

static void an_optional_value(void **state)
{
	struct line line;
	parse(&line, "sql --query --format csv");
	assert_true(line.parsed);
	assert_string_equal(options_text(&line.options, "query"), "");
	assert_string_equal(options_text(&line.options, "format"), "csv");
	done(&line);
	parse(&line, "sql --query slow");
	assert_string_equal(options_text(&line.options, "query"), "slow");
	done(&line);
}

/* Two flags of one name: of different commands, or the later one stands for all others. */
static void are_told_apart(const struct options_flag *flag, const struct options_flag *other)
{
	if (strcmp(flag->name, other->name) != 0)
		return;
	assert_string_not_equal(flag->commands, "*");
	if (strcmp(other->commands, "*") == 0)
		return;
	for (const struct options_command *c = options_commands; c->name != NULL; c++)
		assert_false(options_flag_belongs(flag, c->name) &&
			     options_flag_belongs(other, c->name));
}

static void the_table_is_whole(void **state)
{
	for (const struct options_flag *flag = options_flags; flag->name != NULL; flag++) {
		assert_non_null(flag->commands);
		assert_true((flag->type == OPTIONS_SWITCH) == (flag->value == NULL));
		for (const struct options_flag *other = flag + 1; other->name != NULL; other++)
			are_told_apart(flag, other);
	}
	for (const struct options_command *c = options_commands; c->name != NULL; c++)
		assert_non_null(c->help);
}

static void a_format_has_the_names_that_people_try(void **state)
{
	static const char *const names[][2] = {{"list --format markdown", "md"},
		{"compare 1 --format=text", "table"}, {"show 1 --format ndjson", "jsonl"},
		{"report 1 --format xml", "junit"}};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct line line;
		parse(&line, names[i][0]);
		assert_true(line.parsed);
		assert_string_equal(options_text(&line.options, "format"), names[i][1]);
		done(&line);
	}
	assert_refused(
		"list --format xml", "--format is one of table|md|csv|json|jsonl, not \"xml\"");
}

/* A command's own flag stands for the one of all commands. */
static void a_flag_of_one_command(void **state)
{
	struct line line;
	parse(&line, "report 1 --format junit");
	assert_true(line.parsed);
	assert_string_equal(options_text(&line.options, "format"), "junit");
	done(&line);
	parse(&line, "compare 1 --format junit");
	assert_true(line.parsed);
	done(&line);
	parse(&line, "compare 1 --format html");
	assert_false(line.parsed);
	done(&line);
	parse(&line, "list --format junit");
	assert_false(line.parsed);
	done(&line);
	parse(&line, "list --format csv");
	assert_true(line.parsed);
	done(&line);
}

/* Once the scenario is known, what stands behind the value of its flag is one more value. */
static void several_values(void **state)
{
	struct line line;
	parse(&line, "run a.lua --goodput ttft:500 tpot:50 --rate 3");
	assert_true(line.parsed);
	assert_int_equal(line.options.argument_count, 1);
	assert_int_equal(line.options.unknown_count, 5);
	assert_string_equal(line.options.unknown[2], "tpot:50");
	done(&line);
	parse(&line, "run --times 3 a.lua");
	assert_string_equal(line.options.arguments[0], "a.lua");
	assert_int_equal(line.options.unknown_count, 2);
	done(&line);
	parse(&line, "run a.lua 5");
	assert_int_equal(line.options.argument_count, 2);
	done(&line);
}

static void as_json(void **state)
{
	struct line line;
	struct buffer json = BUFFER_EMPTY;
	parse(&line, "run \x01.lua --note x=\"1\" --note y=2 --strict --times 3");
	options_json(&json, &line.options);
	const char *start = "{\"command\":\"run\",\"arguments\":[\"\\u0001.lua\"],"
			    "\"unknown\":[\"--times\",\"3\"],";
	assert_memory_equal(json.data, start, strlen(start));
	assert_non_null(strstr(json.data, "\"note\":[\"x=\\\"1\\\"\",\"y=2\"],\"strict\":true"));
	assert_int_equal(json.data[json.size - 1], '}');
	buffer_free(&json);
	done(&line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags_before_and_after),
		cmocka_unit_test(a_comment_in_sql_is_no_flag),
		cmocka_unit_test(json_is_a_format),
		cmocka_unit_test(a_file_means_run),
		cmocka_unit_test(the_file_behind_a_switch),
		cmocka_unit_test(negative_numbers_are_values),
		cmocka_unit_test(help_and_version_stand_anywhere),
		cmocka_unit_test(values_are_checked),
		cmocka_unit_test(near_misses),
		cmocka_unit_test(an_optional_value),
		cmocka_unit_test(the_table_is_whole),
		cmocka_unit_test(a_format_has_the_names_that_people_try),
		cmocka_unit_test(a_flag_of_one_command),
		cmocka_unit_test(several_values),
		cmocka_unit_test(as_json),
	};
	return RUN(tests);
}
