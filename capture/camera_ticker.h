/* SPDX-License-Identifier: MIT */
/* A thread that ticks at a steady rate on CLOCK_BOOTTIME: the clockwork of the made-up cameras. */
#pragma once

#include <stdint.h>

struct camera_ticker;

/* tick is called on the ticker's thread at each due instant. Numbers count the due instants from 1; those that a
 * slow tick or a suspended machine passed over by a whole period are left out. 0 or negative errno. */
int camera_ticker_start(double rate_hz, void (*tick)(void *userdata, uint64_t number, int64_t due_boottime_ns),
                        void *userdata, struct camera_ticker **ret_ticker);
/* Waits for a tick under way; none after it. Not from within tick. NULL allowed. */
void camera_ticker_stop(struct camera_ticker *ticker);
