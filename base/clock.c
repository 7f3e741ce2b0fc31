/* SPDX-License-Identifier: MIT */
#include "base/clock.h"

#include <time.h>

static int64_t read_clock_ns(clockid_t id)
{
        struct timespec now;

        clock_gettime(id, &now); /* cannot fail: all of these clocks exist since Linux 2.6.39 */
        return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

int64_t clock_boottime_ns(void)
{
        return read_clock_ns(CLOCK_BOOTTIME);
}

int64_t clock_monotonic_ns(void)
{
        return read_clock_ns(CLOCK_MONOTONIC);
}

int64_t clock_realtime_minus_boottime_ns(void)
{
        /* Boottime is read on both sides, so that being preempted in between does not look like a step of the wall clock. */
        int64_t before_ns = read_clock_ns(CLOCK_BOOTTIME);
        int64_t realtime_ns = read_clock_ns(CLOCK_REALTIME);
        int64_t after_ns = read_clock_ns(CLOCK_BOOTTIME);

        return realtime_ns - (before_ns + (after_ns - before_ns) / 2);
}
