/* SPDX-License-Identifier: MIT */
#include "capture/sensor_clock.h"

#include <string.h>

#include "base/clock.h"

const char *sensor_clock_base_text(enum sensor_clock_base base)
{
        static const char *const texts[] = {"BOOTTIME", "MONOTONIC", "REALTIME", "arrival"};

        return texts[base];
}

void sensor_clock_init(struct sensor_clock *clock)
{
        memset(clock, 0, sizeof(*clock));
}

enum sensor_clock_verdict sensor_clock_observe(struct sensor_clock *clock, const struct sensor_clock_frame *frame,
                                               struct sensor_clock_stamp *ret_stamp)
{
        int64_t monotonic_ns = frame->stamp_ns + frame->now_boottime_ns - frame->now_monotonic_ns;

        *ret_stamp = (struct sensor_clock_stamp){.boottime_ns = frame->now_boottime_ns, .problem = ""};
        clock->report.frames++;
        clock->report.settled = clock->report.frames >= SENSOR_CLOCK_SETTLE;
        clock->report.base = SENSOR_CLOCK_MONOTONIC;
        if (frame->stamp_ns > 0 && frame->stamp_ns <= frame->now_monotonic_ns &&
            frame->now_monotonic_ns - frame->stamp_ns < NS_PER_S)
                ret_stamp->boottime_ns = monotonic_ns;
        if (ret_stamp->boottime_ns <= clock->last_boottime_ns)
                return SENSOR_CLOCK_DROP;
        clock->last_boottime_ns = ret_stamp->boottime_ns;
        return SENSOR_CLOCK_TAKEN;
}

void sensor_clock_get_report(const struct sensor_clock *clock, struct sensor_clock_report *ret_report)
{
        *ret_report = clock->report;
}

int64_t sensor_clock_exposure_mid_boottime_ns(int64_t boottime_ns, int64_t exposure_ns, int64_t frame_duration_ns,
                                              int64_t readout_ns, int64_t offset_ns)
{
        return boottime_ns + exposure_ns / 2 + readout_ns / 2 + offset_ns;
}
