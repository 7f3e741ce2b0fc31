/* SPDX-License-Identifier: MIT */
/* The lines of a log as replay reads them: prefix, gpsd report or event, and on into the core. Whatever comes, what the core then decides is
 * sane: positions on Earth, times of one camera that grow, no frame tagged twice. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "capture/core.h"
#include "capture/events.h"
#include "capture/replay_timeline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FRAME_PERIOD_NS (100 * NS_PER_MS)
/* Frames told between two lines, at most: a log may jump over years. */
#define FRAMES_MAX 40

struct drive {
        struct core *core;
        struct gpsd_parser *parser;
        struct gpsd_sky sky;
        struct replay_timeline timeline;
        int64_t now_ns, captured_utc_ns;
        uint64_t frames, tagged;
};

static void require(int condition)
{
        if (!condition)
                abort();
}

static void look_at_tag(struct drive *drive, const struct core_decision *decision)
{
        const struct picture_tag *tag = &decision->tag;

        require(fabs(tag->latitude_deg) <= 90 && fabs(tag->longitude_deg) <= 180);
        require(tag->captured_utc_ns > drive->captured_utc_ns);
        require(decision->frame_number > drive->tagged);
        require(isnan(tag->image_direction_deg) || (tag->image_direction_deg >= 0 && tag->image_direction_deg < 360));
        require(tag->speed_mps >= 0 && isfinite(tag->travelled_m));
        drive->captured_utc_ns = tag->captured_utc_ns;
        drive->tagged = decision->frame_number;
}

static void drain(struct drive *drive)
{
        struct core_decision decision;

        while (core_next(drive->core, &decision)) {
                if (decision.kind == CORE_TAG)
                        look_at_tag(drive, &decision);
                if (decision.kind == CORE_GAP)
                        require(decision.gap.marks > 0 && decision.gap.to_utc_ns >= decision.gap.from_utc_ns);
                if (decision.kind != CORE_RUN_END)
                        continue;
                core_reset(drive->core);
                drive->sky = (struct gpsd_sky){0};
                drive->captured_utc_ns = INT64_MIN;
        }
}

static void tell_frames(struct drive *drive, int64_t until_ns)
{
        for (int i = 0; i < FRAMES_MAX && drive->now_ns + FRAME_PERIOD_NS < until_ns; i++) {
                drive->now_ns += FRAME_PERIOD_NS;
                drive->frames++;
                core_frame(drive->core, 0,
                           &(struct frame_info){.number = drive->frames,
                                                .exposure_mid_boottime_ns = drive->now_ns - 40 * NS_PER_MS,
                                                .gain = NAN},
                           drive->now_ns);
                drain(drive);
        }
        if (until_ns > drive->now_ns)
                drive->now_ns = until_ns;
}

static void tell_report(struct drive *drive, const char *line, size_t length, int64_t prefix_ns)
{
        struct gpsd_report report;
        bool timed;

        if (gpsd_parser_read(drive->parser, line, length, &report) < 0)
                return;
        timed = report.kind == GPSD_REPORT_FIX && fix_has(&report.fix, FIX_TIME);
        if (timed || prefix_ns != INT64_MIN)
                tell_frames(drive,
                            replay_timeline_timed_ns(&drive->timeline, timed ? report.fix.utc_ns : 0, prefix_ns));
        else if (report.kind == GPSD_REPORT_FIX)
                tell_frames(drive, replay_timeline_timeless_ns(&drive->timeline, INT64_MAX));
        gpsd_sky_take(&drive->sky, &report);
        core_report(drive->core, &report, 0, drive->now_ns);
        drain(drive);
}

static void tell_line(struct drive *drive, const char *line, size_t length)
{
        int64_t prefix_ns = INT64_MIN;
        size_t prefix = replay_prefix(line, length, &prefix_ns);
        struct event event;

        require(prefix <= length);
        if (event_parse(line, length, &event) == 0) {
                if (event.kind == EVENT_GPSD)
                        tell_report(drive, event.report, event.report_length, INT64_MIN);
                if (event.kind == EVENT_LOST)
                        core_lost(drive->core, 0, event.number, event.exposure_mid_boottime_ns, event.reason,
                                  drive->now_ns);
                drain(drive);
                event_finish(&event);
                return;
        }
        tell_report(drive, line + prefix, length - prefix, prefix_ns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct drive drive = {.captured_utc_ns = INT64_MIN};
        const char *at = (const char *)data, *end = at + size;
        struct config config;

        config_defaults(&config);
        require(core_create(&config, NULL, &drive.core) == 0 && gpsd_parser_create(&drive.parser) == 0);
        replay_timeline_init(&drive.timeline, 100 * NS_PER_MS);
        while (at < end) {
                const char *newline = memchr(at, '\n', (size_t)(end - at));
                size_t length = (size_t)((newline ? newline : end) - at);

                tell_line(&drive, at, length);
                at += length + 1;
        }
        core_stop(drive.core, drive.now_ns);
        drain(&drive);
        core_destroy(drive.core);
        gpsd_parser_destroy(drive.parser);
        return 0;
}
