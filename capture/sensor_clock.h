/* SPDX-License-Identifier: MIT */
/* A camera's time stamps -> CLOCK_BOOTTIME. Pure; reads no clock: the caller does, when a frame arrives.
 *
 * libcamera says that SensorTimestamp is CLOCK_BOOTTIME at the start of the first row's exposure (control_ids_core.yaml). Many pipelines
 * fill it from the V4L2 buffer instead, which is CLOCK_MONOTONIC in steps of 1 us (Linux, Documentation/userspace-api/media/v4l/buffer.rst),
 * uvcvideo can be told to take CLOCK_REALTIME (its parameter "clock"), and some give none. So it is measured and not believed: of the clocks that
 * there are, it is the one under which frames arrive a little after their stamp. The age of a frame under a clock is that clock when it
 * arrives, less its stamp; it fits from -2 ms (the clocks are read one after the other) to 1 s or 4 frames, whichever is longer.
 *
 * BOOTTIME and MONOTONIC are apart by the time that the board was asleep. A board that never slept has one for the other; where they are
 * apart by less than frames need to arrive, either fits: the report says so (ambiguous), and the one under which the ages are smaller is taken. REALTIME
 * fits as well where a board without a clock chip booted in 1970: it comes last.
 *
 * A stamp that is wrong among others that are right (it repeats, steps back, lies in the future, or is too old) costs its frame, which is
 * to be dropped: the next one serves as well, and a guess would put a picture in a wrong place. The same goes for stamps from before the
 * board slept or the wall clock was set, which nobody can translate any more. When SENSOR_CLOCK_PATIENCE in a row are wrong, the clock is
 * chosen anew; where the board slept while two clocks told the same, at once. When none fits, or the camera gives no stamps at all,
 * frames are taken to have begun one exposure and one frame's duration before they arrived (exposure, read-out, transfer), or as long
 * before as they did when there were stamps, and called estimated. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SENSOR_CLOCK_SETTLE 8 /* frames until a clock is settled; it is used from the first on */
#define SENSOR_CLOCK_PATIENCE                                                                                          \
        8 /* stamps in a row that are wrong until the clock is chosen anew; at least SENSOR_CLOCK_SETTLE */

enum sensor_clock_base {
        SENSOR_CLOCK_BOOTTIME,
        SENSOR_CLOCK_MONOTONIC,
        SENSOR_CLOCK_REALTIME,
        SENSOR_CLOCK_ARRIVAL, /* none: no stamps, or stamps that fit no clock */
};
const char *sensor_clock_base_text(enum sensor_clock_base base); /* "BOOTTIME", "MONOTONIC", "REALTIME", "arrival" */

/* What is known of a frame when it arrives. Instants and durations in ns. */
struct sensor_clock_frame {
        int64_t stamp_ns;          /* as the camera gave it, whatever its clock; 0 or less: none */
        int64_t exposure_ns;       /* 0 unknown: half of the frame's duration is assumed */
        int64_t frame_duration_ns; /* from one frame to the next; 0 unknown: 33 ms are assumed */
        /* The clocks now, read in this order, one right after the other, as soon as the frame is there. */
        int64_t now_boottime_ns, now_monotonic_ns, now_realtime_ns;
};

enum sensor_clock_verdict {
        SENSOR_CLOCK_TAKEN,     /* the stamp is believed */
        SENSOR_CLOCK_ESTIMATED, /* from the arrival: no stamp, or none that is of any clock */
        SENSOR_CLOCK_DROP,      /* nobody knows when it was exposed: drop the frame */
};

struct sensor_clock_stamp {
        int64_t boottime_ns; /* start of the first row's exposure; later than that of the frame before. Not of SENSOR_CLOCK_DROP */
        const char *problem; /* static text, of SENSOR_CLOCK_DROP: "its time stamp repeats", ...; otherwise "" */
};

/* What doctor and the log say. */
struct sensor_clock_report {
        enum sensor_clock_base base;
        bool settled;      /* SENSOR_CLOCK_SETTLE frames agreed */
        bool ambiguous;    /* another clock fits as well, and would put frames elsewhere by asleep_ns at most */
        int64_t offset_ns; /* CLOCK_BOOTTIME less the stamps' clock, at the last frame; 0 of arrival */
        int64_t asleep_ns; /* CLOCK_BOOTTIME less CLOCK_MONOTONIC, at the last frame */
        int64_t age_min_ns,
                age_mean_ns; /* from stamp to arrival; of the last frames, and 0 without any. Of arrival: what is assumed */
        uint64_t frames, estimated; /* all; those from their arrival */
        uint64_t missing, repeated, stepped_back, future, too_old,
                doubtful; /* stamps that cost their frame, by reason */
        unsigned changes; /* how often the clock was chosen anew, the first time not counted */
};

struct sensor_clock {
        enum sensor_clock_base base;
        bool chosen, ever_chosen;
        unsigned agreed; /* frames that base gave a time, since it was chosen; at most SENSOR_CLOCK_SETTLE */
        unsigned wrong;  /* frames in a row that it did not */
        /* Of each clock: how many frames in a row it fits, up to the last, and the smallest age of those. */
        unsigned run[3];
        int64_t run_age_ns[3];
        int64_t seen_stamp_ns, seen_boottime_ns[3]; /* of the last frame, whatever became of it; under each clock */
        int64_t offset_ns[3];                       /* CLOCK_BOOTTIME less that clock */
        int64_t doubtful_until_ns[3]; /* stamps up to there are from before the board slept, or that clock was set */
        int64_t last_boottime_ns;     /* of the last frame that was not dropped */
        int64_t usual_age_ns;         /* of frames when there were stamps; 0: there were none */
        struct sensor_clock_report report;
};

/* The camera starts, or starts again. */
void sensor_clock_init(struct sensor_clock *clock);
/* The next frame of the camera. ret_stamp is written whatever the verdict. */
enum sensor_clock_verdict sensor_clock_observe(struct sensor_clock *clock, const struct sensor_clock_frame *frame,
                                               struct sensor_clock_stamp *ret_stamp);
void sensor_clock_get_report(const struct sensor_clock *clock, struct sensor_clock_report *ret_report);

/* The middle of a frame's exposure, in time and over its rows: start of the first row's exposure, half the exposure, half the read-out (rolling
 * shutter: the middle row starts that much later than the first). readout_ns: first row to last; 0: a global shutter, or not known. offset_ns: what the
 * camera's stamps are to be corrected by (timestamp_offset of its settings). exposure_ns: 0 unknown, half of frame_duration_ns is assumed then. */
int64_t sensor_clock_exposure_mid_boottime_ns(int64_t boottime_ns, int64_t exposure_ns, int64_t frame_duration_ns,
                                              int64_t readout_ns, int64_t offset_ns);

#ifdef __cplusplus
}
#endif
