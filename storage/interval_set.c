/* SPDX-License-Identifier: MIT */
#include "storage/interval_set.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_CAPACITY 16

static int compare(const void *a, const void *b)
{
        double from_a = ((const struct interval *)a)->from, from_b = ((const struct interval *)b)->from;

        return (from_a > from_b) - (from_a < from_b);
}

void interval_set_merge(struct interval_set *set)
{
        size_t kept = 0;

        if (set->count < 2)
                return;
        qsort(set->items, set->count, sizeof(*set->items), compare);
        for (size_t i = 1; i < set->count; i++) {
                struct interval *last = &set->items[kept], *item = &set->items[i];

                if (item->from > last->to)
                        set->items[++kept] = *item;
                else if (item->to > last->to)
                        last->to = item->to;
        }
        set->count = kept + 1;
}

/* Room for one more. Many passes over one street give few stretches: merging comes before growing. */
static int reserve(struct interval_set *set)
{
        size_t capacity = set->capacity ? set->capacity * 2 : FIRST_CAPACITY;
        struct interval *items;

        if (set->count < set->capacity)
                return 0;
        interval_set_merge(set);
        if (set->count < set->capacity / 2)
                return 0;
        items = reallocarray(set->items, capacity, sizeof(*items));
        if (!items)
                return -ENOMEM;
        set->items = items;
        set->capacity = capacity;
        return 0;
}

int interval_set_add(struct interval_set *set, double from, double to)
{
        int r;

        if (!(from < to))
                return 0;
        r = reserve(set);
        if (r == 0)
                set->items[set->count++] = (struct interval){from, to};
        return r;
}

/* Place of the first item that ends after `at`. */
static size_t first_after(const struct interval_set *set, double at)
{
        size_t low = 0, high = set->count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (set->items[middle].to > at)
                        high = middle;
                else
                        low = middle + 1;
        }
        return low;
}

double interval_set_covered(const struct interval_set *set, double from, double to)
{
        double covered = 0;

        for (size_t i = first_after(set, from); i < set->count && set->items[i].from < to; i++) {
                double begin = set->items[i].from > from ? set->items[i].from : from;
                double end = set->items[i].to < to ? set->items[i].to : to;

                covered += end - begin;
        }
        return covered;
}

int interval_set_hole(const struct interval_set *set, double from, double to, struct interval *ret_hole)
{
        size_t i = first_after(set, from);

        if (i < set->count && set->items[i].from <= from) {
                from = set->items[i].to;
                i++;
        }
        if (!(from < to))
                return 0;
        ret_hole->from = from;
        ret_hole->to = i < set->count && set->items[i].from < to ? set->items[i].from : to;
        return 1;
}

void interval_set_finish(struct interval_set *set)
{
        free(set->items);
        *set = (struct interval_set){0};
}
