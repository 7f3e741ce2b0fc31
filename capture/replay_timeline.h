/* SPDX-License-Identifier: MIT */
/* When did the reports of a log arrive? For logs without arrival times, and for those with the prefix of gpspipe. Pure.
 *
 * Without: arrival = the fix's epoch + the latency that the clock map is told. A time that is absent or steps back advances by the
 * nominal interval, that between the last two epochs (1 s at first), but not past the next time that is known. A single late epoch
 * among newer ones (a receiver that sends two solutions) is no step. Arrivals never step back. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct replay_timeline {
        int64_t latency_ns;
        int64_t last_arrival_ns, last_epoch_ns, interval_ns;
        int64_t shift_ns;                                   /* added since a time stepped back */
        int64_t before_step_epoch_ns, before_step_shift_ns; /* stepped: what held before the last epoch stepped back */
        bool stepped;
        bool begun, seen_epoch;
};

void replay_timeline_init(struct replay_timeline *timeline, int64_t latency_ns);

/* Splits "1599153712.123456: {...}" or "1599153712.123456 {...}", with or without "2020-09-03 17:21:52 " before it: the length of the prefix, and its time. 0: no such prefix. */
size_t replay_prefix(const char *line, size_t length, int64_t *ret_unix_ns);

/* Arrival of a report that has a time of its own: by its prefix (INT64_MIN: none), else by its epoch. */
int64_t replay_timeline_timed_ns(struct replay_timeline *timeline, int64_t epoch_ns, int64_t prefix_ns);
/* Arrival of a fix without time, given when the next timed report arrives (INT64_MAX: there is none, or its time steps back). */
int64_t replay_timeline_timeless_ns(struct replay_timeline *timeline, int64_t next_arrival_ns);
/* What replay_timeline_timed_ns would say, without saying it. */
int64_t replay_timeline_peek_ns(const struct replay_timeline *timeline, int64_t epoch_ns, int64_t prefix_ns);
