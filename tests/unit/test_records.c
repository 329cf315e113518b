#include "unit.h"

#include "base/records.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A file that is gone from its folder at once. */
static int file_of(const char *bytes, size_t size)
{
	char path[] = "/tmp/bench-records-XXXXXX";
	int descriptor = mkstemp(path);
	assert_true(descriptor >= 0);
	unlink(path);
	for (size_t at = 0; at < size;) {
		ssize_t wrote = write(descriptor, bytes + at, size - at);
		assert_true(wrote > 0);
		at += (size_t)wrote;
	}
	return descriptor;
}

static struct records *open_text(const char *text, enum records_form form)
{
	struct error error;
	struct records *records = records_open(file_of(text, strlen(text)), form, &error);
	assert_non_null(records);
	return records;
}

/* Each record with its line, joined: "1:a|3:b|" and "!LINE MESSAGE" or "." at the end. */
static char *all_of(const char *text, enum records_form form)
{
	struct records *records = open_text(text, form);
	struct buffer record = BUFFER_EMPTY, all = BUFFER_EMPTY;
	struct error error;
	int64_t line;
	enum records_result result;
	for (int64_t number = 1;
		(result = records_read(records, number, &record, &line, &error)) == RECORDS_FOUND;
		number++)
		buffer_format(&all, "%d:%s|", (int)line, buffer_string(&record));
	if (result == RECORDS_FAILED)
		buffer_format(&all, "!%d %s", (int)line, error.message);
	else
		buffer_byte(&all, '.');
	buffer_free(&record);
	records_close(records);
	return buffer_detach(&all, NULL);
}

static void expect(const char *wanted, const char *text, enum records_form form)
{
	char *all = all_of(text, form);
	if (strncmp(all, wanted, strlen(wanted)) != 0 ||
		(strchr(wanted, '!') == NULL && strlen(all) != strlen(wanted)))
		fail_msg("%s\n  wanted %s\n  got    %s", text, wanted, all);
	free(all);
}

static void only_lf_ends_a_line(void **state)
{
	expect("1:a|3:b\xe2\x80\xa8"
	       "c\xc2\x85"
	       "d|4:e|.",
		"\xef\xbb\xbf"
		"a\r\n\r\nb\xe2\x80\xa8"
		"c\xc2\x85"
		"d\ne",
		RECORDS_LINES);
	expect("1:a\rb|.", "a\rb\n", RECORDS_LINES);
	expect("1:a|2:b,c|.", "a\r\r\nb,c\r\r\n", RECORDS_QUOTED);
	expect("3:  x |.", "\n \t\r\n  x \n\n\n", RECORDS_LINES);
	expect(".", "", RECORDS_LINES);
	expect(".", "\n\r\n", RECORDS_LINES);
	expect(".", "\xef\xbb\xbf", RECORDS_JSON);
}

static void a_quoted_line_end_ends_no_record(void **state)
{
	expect("1:a,b|2:\"x\ny \"\" z\",1|4:c,d|.", "a,b\r\n\"x\ny \"\" z\",1\nc,d",
		RECORDS_QUOTED);
	expect("1:\"\n\n\"|.", "\"\n\n\"\n", RECORDS_QUOTED);
	expect("1:a|!2 a quote", "a\nb \"\nc\n", RECORDS_QUOTED);
}

static void a_list_is_cut_into_its_elements(void **state)
{
	expect("1:{\"a\":1}|1:{\"b\":[2,{}]}|.", " [{\"a\":1},{\"b\":[2,{}]}]", RECORDS_JSON);
	expect("2:1 |3:\"],\\\"[\"|4:{\n}\n|.", "[\n1 ,\n\"],\\\"[\",\n{\n}\n]\n\n", RECORDS_JSON);
	expect("1:\"\\\\\"|1:2|.", "[\"\\\\\",2]", RECORDS_JSON);
	expect(".", "[ ]", RECORDS_JSON);
	expect("1:1|1:|.", "[1,]", RECORDS_JSON); /* which is no JSON: for the reader to refuse */
	expect("1:|1:1|.", "[,1]", RECORDS_JSON);
	expect("1:1|!2 the list", "[1,\n", RECORDS_JSON);
	expect("!1 the list", "[", RECORDS_JSON);
	expect("1:1|!2 there is more", "[1]\n[2]", RECORDS_JSON);
	expect("1:{\"a\":1}|2:{\"b\":2}|.", "{\"a\":1}\n{\"b\":2}\n", RECORDS_JSON);
}

static void expect_refusal(const char *word, const char *bytes, size_t size, enum records_form form)
{
	struct error error = {0};
	assert_null(records_open(file_of(bytes, size), form, &error));
	if (strstr(error.message, word) == NULL)
		fail_msg("not \"%s\", but \"%s\"", word, error.message);
}

static void other_encodings_are_named(void **state)
{
	expect_refusal("UTF-16", "\xff\xfe\x61", 3, RECORDS_LINES);
	expect_refusal("UTF-16", "\xfe\xff\0a", 4, RECORDS_JSON);
	expect_refusal("UTF-16", "a\0b\0", 4, RECORDS_LINES);
	expect_refusal("UTF-16", "\0[\0]", 4, RECORDS_JSON);
	expect_refusal("gunzip", "\x1f\x8b\x08", 3, RECORDS_LINES);
	expect_refusal("unzstd", "\x28\xb5\x2f\xfd\x04", 5, RECORDS_JSON);
	expect_refusal("unxz", "\3757zXZ\0", 6, RECORDS_JSON);
	expect_refusal("workbook", "PK\x03\x04\x14", 5, RECORDS_QUOTED);
	expect_refusal("Parquet", "PAR1\x15", 5, RECORDS_JSON);
	expect_refusal(
		"git lfs pull", "version https://git-lfs.github.com/spec/v1\n", 43, RECORDS_LINES);
	expect_refusal("Arrow", "ARROW1\0\0", 8, RECORDS_JSON);
	expect_refusal("PDF", "%PDF-1.7\n", 9, RECORDS_LINES);
	expect_refusal("web page", "\n\n<!DOCTYPE html>\n<html>", 24, RECORDS_LINES);
	expect_refusal("web page", "<!doctype html><html>", 21, RECORDS_QUOTED);
	expect("1:PAR1 is a word|.", "PAR1 is a word\n", RECORDS_LINES);
	expect_refusal("CR alone", "a\rb", 3, RECORDS_LINES);
	expect_refusal("CR alone", "prompt\ra\r", 9, RECORDS_QUOTED);
	expect("1:a|.", "a\r", RECORDS_LINES);
	expect("1:{}\r|.", "[{}\r]\r", RECORDS_JSON);
}

static int64_t number_in(const char *text)
{
	const char *at = strpbrk(text, "0123456789");
	return at != NULL ? strtoll(at, NULL, 10) : -1;
}

static void any_record_is_found_again(enum records_form form)
{
	struct buffer text = BUFFER_EMPTY, record = BUFFER_EMPTY;
	struct error error;
	int64_t line;
	buffer_text(&text, form == RECORDS_JSON ? "[" : "");
	for (int i = 1; i <= 20000; i++)
		buffer_format(&text, "\n%s\"%d%*s\"", form == RECORDS_JSON && i > 1 ? "," : "", i,
			i % 100 == 0 ? 3000 : i % 70, "");
	buffer_text(&text, form == RECORDS_JSON ? "]" : "");
	struct records *records = open_text(buffer_string(&text), form);
	/* before anything was read, backwards, and far behind the end */
	for (int64_t number = 20000; number > 0; number -= 997) {
		assert_int_equal(
			records_read(records, number, &record, &line, &error), RECORDS_FOUND);
		assert_int_equal(number_in(buffer_string(&record)), number);
		assert_int_equal(line, number + 1);
	}
	assert_int_equal(records_read(records, 20001, &record, &line, &error), RECORDS_END);
	assert_int_equal(records_read(records, 0, &record, &line, &error), RECORDS_END);
	for (int64_t i = 0; i < 3000; i++) {
		int64_t number = i * 7919 % 20000 + 1;
		assert_int_equal(
			records_read(records, number, &record, &line, &error), RECORDS_FOUND);
		assert_int_equal(number_in(buffer_string(&record)), number);
	}
	records_close(records);
	buffer_free(&text);
	buffer_free(&record);
}

static void records_are_found_by_number(void **state)
{
	any_record_is_found_again(RECORDS_LINES);
	any_record_is_found_again(RECORDS_QUOTED);
	any_record_is_found_again(RECORDS_JSON);
}

static void a_file_that_changes_is_refused(void **state)
{
	int descriptor = file_of("a\nb\n", 4);
	int other = dup(descriptor);
	struct error error;
	int64_t line;
	struct buffer record = BUFFER_EMPTY;
	struct records *records = records_open(descriptor, RECORDS_LINES, &error);
	assert_int_equal(records_read(records, 1, &record, &line, &error), RECORDS_FOUND);
	assert_int_equal(ftruncate(other, 2), 0);
	assert_int_equal(records_read(records, 2, &record, &line, &error), RECORDS_FAILED);
	assert_non_null(strstr(error.message, "changed"));
	close(other);
	records_close(records);
	buffer_free(&record);
}

static void one_record_has_a_limit(void **state)
{
	size_t size = RECORDS_LIMIT + 2;
	char *bytes = malloc(size);
	assert_non_null(bytes);
	memset(bytes, 'x', size);
	bytes[0] = 'a';
	bytes[1] = '\n';
	struct error error;
	int64_t line;
	struct buffer record = BUFFER_EMPTY;
	struct records *records = records_open(file_of(bytes, size), RECORDS_LINES, &error);
	assert_int_equal(records_read(records, 2, &record, &line, &error), RECORDS_FOUND);
	records_close(records);
	bytes[1] = 'x';
	records = records_open(file_of(bytes, size), RECORDS_LINES, &error);
	assert_int_equal(records_read(records, 1, &record, &line, &error), RECORDS_FAILED);
	assert_int_equal(line, 1);
	assert_non_null(strstr(error.message, "64 MiB"));
	records_close(records);
	buffer_free(&record);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_lf_ends_a_line),
		cmocka_unit_test(a_quoted_line_end_ends_no_record),
		cmocka_unit_test(a_list_is_cut_into_its_elements),
		cmocka_unit_test(other_encodings_are_named),
		cmocka_unit_test(records_are_found_by_number),
		cmocka_unit_test(a_file_that_changes_is_refused),
		cmocka_unit_test(one_record_has_a_limit),
	};
	return RUN(tests);
}
