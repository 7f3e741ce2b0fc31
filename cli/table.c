/* SPDX-License-Identifier: MIT */
#include "cli/table.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define MAX_COLUMNS 16
#define ROWS_HELD 512
#define BETWEEN "  "

struct table {
        FILE *stream;
        const struct table_column *columns;
        size_t count;
        size_t widths[MAX_COLUMNS];
        struct text cells; /* each with its NUL */
        size_t cell_count; /* in cells */
        bool titles_printed;
};

/* Characters, as a terminal counts them: continuation bytes are none, combining accents are none. */
static size_t width_of(const char *text)
{
        const unsigned char *s = (const unsigned char *)text;
        size_t width = 0;

        for (; *s; s++) {
                bool combining = (s[0] == 0xcc && s[1] >= 0x80) || (s[0] == 0xcd && s[1] >= 0x80 && s[1] <= 0xaf);

                width += (*s & 0xc0) != 0x80 && !combining;
        }
        return width;
}

struct table *table_create(FILE *stream, const struct table_column *columns, size_t count)
{
        struct table *table = calloc(1, sizeof(*table));

        if (!table || count == 0 || count > MAX_COLUMNS)
                abort();
        table->stream = stream;
        table->columns = columns;
        table->count = count;
        for (size_t i = 0; i < count; i++)
                table->widths[i] = width_of(columns[i].title);
        return table;
}

static void print_blanks(struct table *table, size_t count)
{
        fprintf(table->stream, "%*s", (int)count, "");
}

static void print_cell(struct table *table, size_t column, const char *text)
{
        size_t width = width_of(text);
        size_t blanks = table->widths[column] > width ? table->widths[column] - width : 0;
        bool last = column + 1 == table->count;

        if (column > 0)
                fputs(BETWEEN, table->stream);
        if (table->columns[column].right)
                print_blanks(table, blanks);
        fputs(text, table->stream);
        if (!table->columns[column].right && !last)
                print_blanks(table, blanks);
        if (last)
                fputc('\n', table->stream);
}

static void flush_rows(struct table *table)
{
        const char *cell = table->cells.data;

        for (size_t i = 0; !table->titles_printed && i < table->count; i++)
                print_cell(table, i, table->columns[i].title);
        table->titles_printed = true;
        for (size_t i = 0; i < table->cell_count; i++) {
                print_cell(table, i % table->count, cell);
                cell += strlen(cell) + 1;
        }
        text_clear(&table->cells);
        table->cell_count = 0;
}

/* U+0080 to U+009F are control characters too. */
void table_blank_controls(char *text)
{
        for (unsigned char *s = (unsigned char *)text; *s; s++) {
                if (*s < 0x20 || *s == 0x7f)
                        *s = '?';
                else if (s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0)
                        s[0] = s[1] = '?';
        }
}

void table_cell(struct table *table, const char *text)
{
        size_t column = table->cell_count % table->count, start = table->cells.length, width;

        text_add(&table->cells, text && *text ? text : "-");
        table_blank_controls(table->cells.data + start);
        width = width_of(table->cells.data + start);
        text_add_bytes(&table->cells, "", 1);
        if (width > table->widths[column])
                table->widths[column] = width;
        table->cell_count++;
        if (table->cell_count == ROWS_HELD * table->count)
                flush_rows(table);
}

void table_cellf(struct table *table, const char *format, ...)
{
        char *text = NULL;
        va_list args;

        va_start(args, format);
        if (vasprintf(&text, format, args) < 0)
                abort();
        va_end(args);
        table_cell(table, text);
        free(text);
}

void table_number(struct table *table, double value, int decimals)
{
        if (isfinite(value))
                table_cellf(table, "%.*f", decimals, value);
        else
                table_cell(table, NULL);
}

void table_direction(struct table *table, int direction)
{
        if (direction == 0)
                table_cell(table, NULL);
        else
                table_cell(table, direction > 0 ? "along" : "against");
}

void table_finish(struct table *table)
{
        while (table->cell_count % table->count != 0)
                table_cell(table, "");
        flush_rows(table);
        table_discard(table);
}

void table_discard(struct table *table)
{
        text_finish(&table->cells);
        free(table);
}
