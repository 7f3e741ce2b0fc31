/* SPDX-License-Identifier: MIT */
/* A table of text for people: columns as wide as what is in them, numbers to the right. The first rows settle the widths, so that a long
 * answer starts at once and takes no memory. Control characters are shown as "?". An allocation that fails ends the process. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct table_column {
        const char *title;
        bool right; /* numbers */
};

struct table;

/* columns must outlive the table. */
struct table *table_create(FILE *stream, const struct table_column *columns, size_t count);
/* The next cell of the row, the next row after the last; NULL or "" is shown as "-". */
void table_cell(struct table *table, const char *text);
__attribute__((format(printf, 2, 3))) void table_cellf(struct table *table, const char *format, ...);
/* A number with so many decimals; "-" when it is not finite. */
void table_number(struct table *table, double value, int decimals);
/* "along" for 1, "against" for -1, "-" for 0: not known. */
void table_direction(struct table *table, int direction);
/* Prints what is left, the titles too if there was no row, and frees. */
void table_finish(struct table *table);
/* Frees without printing what is left: the answer has failed. */
void table_discard(struct table *table);

/* Puts "?" for control characters, which could do anything to a terminal. */
void table_blank_controls(char *text);
