/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/table.h"

static const struct table_column columns[] = {{"street", false}, {"m", true}, {"why", false}};

static void test_columns(void **state)
{
        char *text = NULL;
        size_t size;
        FILE *stream = open_memstream(&text, &size);
        struct table *table = table_create(stream, columns, 3);

        table_cell(table, "Rue de l'Église");
        table_number(table, 7.25, 1);
        table_cell(table, "x");
        table_cell(table, "e\xcc\x81"); /* one letter wide */
        table_number(table, NAN, 1);
        table_cell(table, NULL);
        table_cellf(table, "a\033[2J\n\xc2\x9b%d", 3);
        table_number(table, -12345, 0);
        table_cell(table, "");
        table_finish(table);
        fclose(stream);
        assert_string_equal(text,
                            "street                m  why\n"
                            "Rue de l'Église     7.2  x\n"
                            "e\xcc\x81                     -  -\n"
                            "a?[2J???3        -12345  -\n");
        free(text);
}

static void test_titles_without_rows(void **state)
{
        char *text = NULL;
        size_t size;
        FILE *stream = open_memstream(&text, &size);

        table_finish(table_create(stream, columns, 3));
        fclose(stream);
        assert_string_equal(text, "street  m  why\n");
        free(text);
}

static void test_discarding(void **state)
{
        char *text = NULL;
        size_t size;
        FILE *stream = open_memstream(&text, &size);

        table_discard(table_create(stream, columns, 3));
        fclose(stream);
        assert_string_equal(text, "");
        free(text);
}

/* The titles come once, and all rows. */
static void test_many_rows(void **state)
{
        char *text = NULL, *line;
        size_t size, lines = 0;
        FILE *stream = open_memstream(&text, &size);
        struct table *table = table_create(stream, columns, 3);

        for (int i = 0; i < 5000; i++) {
                table_cellf(table, "%d", i);
                table_number(table, i, 0);
                table_cell(table, "x");
        }
        table_finish(table);
        fclose(stream);
        for (line = text; (line = strchr(line, '\n')); line++)
                lines++;
        assert_int_equal(lines, 5001);
        assert_null(strstr(text + 1, "street"));
        assert_non_null(strstr(text, "\n4999    4999  x\n"));
        free(text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_columns),
                cmocka_unit_test(test_titles_without_rows),
                cmocka_unit_test(test_discarding),
                cmocka_unit_test(test_many_rows),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
