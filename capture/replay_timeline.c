/* SPDX-License-Identifier: MIT */
#include "capture/replay_timeline.h"

#include "base/clock.h"
#include "geotag/fix.h"

#define INTERVAL_MAX_NS (2 * NS_PER_S)

void replay_timeline_init(struct replay_timeline *timeline, int64_t latency_ns)
{
        *timeline = (struct replay_timeline){.latency_ns = latency_ns, .interval_ns = NS_PER_S};
}

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

/* gpspipe puts the local date and time before the seconds: "2026-05-12 08:00:00 ". */
static size_t date_and_time(const char *line, size_t length)
{
        static const char pattern[] = "dddd-dd-dd dd:dd:dd ";
        size_t i = 0;

        while (pattern[i] && i < length && (pattern[i] == 'd' ? is_digit(line[i]) : line[i] == pattern[i]))
                i++;
        return pattern[i] ? 0 : i;
}

size_t replay_prefix(const char *line, size_t length, int64_t *ret_unix_ns)
{
        int64_t seconds = 0, fraction_ns = 0, scale_ns = NS_PER_S / 10;
        size_t begin = date_and_time(line, length), i = begin, digits;

        for (; i < length && is_digit(line[i]) && i < begin + 11; i++)
                seconds = seconds * 10 + (line[i] - '0');
        if (i == begin || i >= length || line[i] != '.' || seconds >= TIME_MAX_NS / NS_PER_S)
                return 0;
        digits = ++i;
        for (; i < length && is_digit(line[i]); i++, scale_ns /= 10)
                fraction_ns += (line[i] - '0') * scale_ns;
        if (i == digits)
                return 0;
        digits = i;
        while (i < length && (line[i] == ':' || line[i] == ' ' || line[i] == '\t'))
                i++;
        if (i == digits)
                return 0;
        *ret_unix_ns = seconds * NS_PER_S + fraction_ns;
        return i;
}

/* The epoch before stepped back, and this one goes on from what was before that: it was a late solution, not a step. */
static void forget_late_epoch(struct replay_timeline *timeline, int64_t epoch_ns)
{
        if (timeline->stepped && epoch_ns > timeline->before_step_epoch_ns &&
            epoch_ns - timeline->before_step_epoch_ns <= INTERVAL_MAX_NS) {
                timeline->last_epoch_ns = timeline->before_step_epoch_ns;
                timeline->shift_ns = timeline->before_step_shift_ns;
        }
        timeline->stepped = false;
}

static int64_t arrival_after_step_back_ns(struct replay_timeline *timeline, int64_t epoch_ns)
{
        int64_t arrival_ns = timeline->last_arrival_ns + timeline->interval_ns;

        timeline->stepped = true;
        timeline->before_step_epoch_ns = timeline->last_epoch_ns;
        timeline->before_step_shift_ns = timeline->shift_ns;
        timeline->shift_ns = arrival_ns - epoch_ns - timeline->latency_ns;
        return arrival_ns;
}

static int64_t arrival_from_epoch_ns(struct replay_timeline *timeline, int64_t epoch_ns)
{
        int64_t step_ns, arrival_ns;

        if (timeline->seen_epoch && epoch_ns == timeline->last_epoch_ns)
                return timeline->last_arrival_ns;
        forget_late_epoch(timeline, epoch_ns);
        step_ns = epoch_ns - timeline->last_epoch_ns;
        if (timeline->seen_epoch && step_ns < 0) {
                arrival_ns = arrival_after_step_back_ns(timeline, epoch_ns);
        } else {
                if (timeline->seen_epoch && step_ns <= INTERVAL_MAX_NS)
                        timeline->interval_ns = step_ns;
                arrival_ns = epoch_ns + timeline->latency_ns + timeline->shift_ns;
        }
        if (arrival_ns > TIME_MAX_NS)
                arrival_ns = TIME_MAX_NS;
        timeline->last_epoch_ns = epoch_ns;
        timeline->seen_epoch = true;
        return arrival_ns;
}

int64_t replay_timeline_timed_ns(struct replay_timeline *timeline, int64_t epoch_ns, int64_t prefix_ns)
{
        int64_t arrival_ns = prefix_ns != INT64_MIN ? prefix_ns : arrival_from_epoch_ns(timeline, epoch_ns);

        if (!timeline->begun || arrival_ns > timeline->last_arrival_ns)
                timeline->last_arrival_ns = arrival_ns;
        timeline->begun = true;
        return timeline->last_arrival_ns;
}

int64_t replay_timeline_peek_ns(const struct replay_timeline *timeline, int64_t epoch_ns, int64_t prefix_ns)
{
        struct replay_timeline copy = *timeline;

        return replay_timeline_timed_ns(&copy, epoch_ns, prefix_ns);
}

int64_t replay_timeline_timeless_ns(struct replay_timeline *timeline, int64_t next_arrival_ns)
{
        if (timeline->begun) {
                timeline->last_arrival_ns += timeline->interval_ns;
                if (timeline->last_arrival_ns > next_arrival_ns)
                        timeline->last_arrival_ns = next_arrival_ns;
        }
        return timeline->last_arrival_ns;
}
