/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "capture/core_private.h"

/* A frame whose exposure lies that far in the future has a wrong time. */
#define FRAME_EARLY_NS (100 * NS_PER_MS)

struct core_decision *core_decide(struct core *core, enum core_decision_kind kind, int64_t boottime_ns)
{
        struct core_decision *decision = &core->decisions[(core->decision_first + core->decision_count) % DECISIONS];

        assert(core->decision_count < DECISIONS);
        core->decision_count++;
        memset(decision, 0, sizeof(*decision));
        decision->kind = kind;
        decision->boottime_ns = boottime_ns;
        return decision;
}

bool core_next(struct core *core, struct core_decision *ret_decision)
{
        if (core->decision_count == 0)
                return false;
        *ret_decision = core->decisions[core->decision_first];
        core->decision_first = (core->decision_first + 1) % DECISIONS;
        core->decision_count--;
        return true;
}

static struct track_settings track_settings(const struct config *config)
{
        return (struct track_settings){.standstill_speed_mps = config->standstill_speed_mps,
                                       .horizon_ns = ns_from_s(config->extrapolation_limit_s)};
}

int core_create(const struct config *config, const struct road_network *network, struct core **ret_core)
{
        struct map_matcher_settings settings = {.radius_m = config->match_radius_m,
                                                .course_speed_mps = config->match_course_speed_mps};
        struct core *core = calloc(1, sizeof(*core));
        int r;

        if (!core)
                return -ENOMEM;
        r = map_matcher_create(network, &settings, &core->matcher);
        if (r < 0) {
                free(core);
                return r;
        }
        core->config = *config;
        core->network = network;
        core_reset(core);
        *ret_core = core;
        return 0;
}

void core_destroy(struct core *core)
{
        if (!core)
                return;
        map_matcher_destroy(core->matcher);
        free(core);
}

void core_reset(struct core *core)
{
        struct config config = core->config;
        const struct road_network *network = core->network;
        struct map_matcher *matcher = core->matcher;
        struct clock_map_settings clock_settings = {.latency_ns = ns_from_s(config.gpsd_latency_s)};
        struct track_settings settings = track_settings(&config);

        memset(core, 0, sizeof(*core));
        core->config = config;
        core->network = network;
        core->matcher = matcher;
        map_matcher_reset(matcher);
        clock_map_init(&core->clock, &clock_settings);
        track_init(&core->track, &settings);
}

void core_report(struct core *core, const struct gpsd_report *report, int64_t realtime_minus_boottime_ns,
                 int64_t now_boottime_ns)
{
        core_advance(core, now_boottime_ns);
        now_boottime_ns = core->now_boottime_ns; /* it may have waited for its turn while the core was told of frames */
        if (report->kind == GPSD_REPORT_PPS)
                core_on_pps(core, report, realtime_minus_boottime_ns, now_boottime_ns);
        if (report->kind == GPSD_REPORT_FIX)
                core_on_fix(core, &report->fix, now_boottime_ns);
        core->realtime_minus_boottime_ns = realtime_minus_boottime_ns;
        core->seen_realtime = true;
}

/* Room for one more in a ring of that many. */
static void make_room(struct camera_state *camera, unsigned ring_frames)
{
        unsigned keep;

        camera->ring_limit = ring_frames > 0 && ring_frames < CORE_RING_FRAMES ? ring_frames : CORE_RING_FRAMES;
        keep = camera->ring_limit - 1;
        if (camera->ring_count <= keep)
                return;
        memmove(camera->ring, camera->ring + camera->ring_count - keep, sizeof(camera->ring[0]) * keep);
        camera->ring_count = keep;
}

void core_frame(struct core *core, unsigned index, const struct frame_info *frame, int64_t now_boottime_ns)
{
        struct camera_state *camera = &core->cameras[index];

        core_advance(core, now_boottime_ns);
        /* A timestamp that steps back, or lies ahead, is of no use. */
        if (frame->exposure_mid_boottime_ns <= camera->newest_mid_ns ||
            frame->exposure_mid_boottime_ns > now_boottime_ns + FRAME_EARLY_NS)
                return;
        camera->newest_mid_ns = frame->exposure_mid_boottime_ns;
        if (camera->ring_count > 0 && frame->number <= camera->ring[camera->ring_count - 1].number) {
                camera->ring_count = 0; /* the camera started anew */
                camera->taken_number = 0;
        }
        make_room(camera, frame->ring_frames);
        camera->ring[camera->ring_count++] = *frame;
        core_work(core, now_boottime_ns);
}

void core_configure(struct core *core, const struct config *config, int64_t now_boottime_ns)
{
        const struct track_point *last;
        struct pose pose;
        double now_m;

        core_advance(core, now_boottime_ns);
        core->config = *config;
        core->track.settings = track_settings(config);
        last = track_last(&core->track);
        now_m = track_at(&core->track, now_boottime_ns, &pose) ? pose.travelled_m : (last ? last->travelled_m : 0);
        for (unsigned i = 0; core->run_open && i < core->config.camera_count; i++)
                trigger_set_spacing(&core->cameras[i].trigger, config->spacing_m, now_m);
        core_work(core, now_boottime_ns);
}

int64_t core_deadline_boottime_ns(const struct core *core)
{
        int64_t deadline_ns = core_run_deadline_ns(core);

        for (unsigned i = 0; core->run_open && i < core->config.camera_count; i++) {
                int64_t camera_ns = core_mark_deadline_ns(core, i);

                if (camera_ns < deadline_ns)
                        deadline_ns = camera_ns;
        }
        return deadline_ns;
}

void core_advance(struct core *core, int64_t now_boottime_ns)
{
        if (now_boottime_ns > core->now_boottime_ns)
                core->now_boottime_ns = now_boottime_ns;
        for (;;) {
                int64_t deadline_ns = core_deadline_boottime_ns(core);

                if (deadline_ns > now_boottime_ns)
                        return;
                core_work_at_deadline(core, deadline_ns);
                if (core_run_deadline_ns(core) <= deadline_ns)
                        core_end_run(core, deadline_ns);
        }
}

void core_stop(struct core *core, int64_t now_boottime_ns)
{
        core_advance(core, now_boottime_ns);
        core_end_run(core, now_boottime_ns);
}

void core_get_status(const struct core *core, struct core_status *ret_status)
{
        const struct track_point *last = track_last(&core->track);
        int64_t fresh_ns = core->track.settings.horizon_ns + NS_PER_S;

        *ret_status = core->status;
        ret_status->run_open = core->run_open;
        ret_status->moving = last && last->speed_mps > 0 && core->now_boottime_ns - last->boottime_ns <= fresh_ns;
        ret_status->has_fix = core->status.fix.mode >= 2 && core->now_boottime_ns - core->fix_boottime_ns <= fresh_ns;
        ret_status->travelled_m = last && core->run_open ? last->travelled_m - core->run_start_m : 0;
        ret_status->clock_error_ns = clock_map_error_ns(&core->clock);
        ret_status->has_utc = clock_map_ready(&core->clock);
        ret_status->boottime_minus_utc_ns = ret_status->has_utc ? clock_map_to_boottime(&core->clock, 0) : 0;
}
