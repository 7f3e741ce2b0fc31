/* SPDX-License-Identifier: MIT */
/* The machine's clocks. All instants are int64_t nanoseconds; none is ever a double. */
#pragma once

#include <stdint.h>

#define NS_PER_S INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_US INT64_C(1000)

/* CLOCK_BOOTTIME now: steady, counts suspend, never set. */
int64_t clock_boottime_ns(void);
/* CLOCK_MONOTONIC now: the same without suspend; for those outside who ask for it (systemd). */
int64_t clock_monotonic_ns(void);

/* CLOCK_REALTIME less CLOCK_BOOTTIME now: changes only when the wall clock is set or slewed. */
int64_t clock_realtime_minus_boottime_ns(void);
