/* SPDX-License-Identifier: MIT */
#include "config/edit_distance.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define MAX_WORD 63

static unsigned smaller(unsigned a, unsigned b)
{
        return a < b ? a : b;
}

unsigned edit_distance(const char *a, const char *b)
{
        size_t a_length = strlen(a), b_length = strlen(b);
        unsigned rows[3][MAX_WORD + 1];
        unsigned *before = rows[0], *above = rows[1], *row = rows[2];

        if (a_length > MAX_WORD || b_length > MAX_WORD)
                return UINT_MAX;
        for (size_t j = 0; j <= b_length; j++)
                above[j] = (unsigned)j;
        for (size_t i = 1; i <= a_length; i++) {
                unsigned *free_row = before;

                row[0] = (unsigned)i;
                for (size_t j = 1; j <= b_length; j++) {
                        bool differs = a[i - 1] != b[j - 1];

                        row[j] = smaller(above[j - 1] + differs, smaller(above[j], row[j - 1]) + 1);
                        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                                row[j] = smaller(row[j], before[j - 2] + 1);
                }
                before = above;
                above = row;
                row = free_row;
        }
        return above[b_length];
}
