/* SPDX-License-Identifier: MIT */
/* Stretches of a line, united: where they overlap or touch they become one. Pure. */
#pragma once

#include <stddef.h>

struct interval {
        double from, to; /* from < to */
};

struct interval_set {
        struct interval *items; /* in order and apart once merged */
        size_t count, capacity;
};

/* Ignored unless from < to. 0 or -ENOMEM (the set is as it was). */
int interval_set_add(struct interval_set *set, double from, double to);
/* Puts the items in order and unites them. */
void interval_set_merge(struct interval_set *set);
/* Of a merged set: how much of from to `to` it covers. */
double interval_set_covered(const struct interval_set *set, double from, double to);
/* Of a merged set: the first stretch within from to `to` that it does not cover; returns 0 when there is none. */
int interval_set_hole(const struct interval_set *set, double from, double to, struct interval *ret_hole);
void interval_set_finish(struct interval_set *set);
