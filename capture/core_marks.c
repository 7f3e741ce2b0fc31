/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>

#include "capture/core_private.h"

/* A frame later than that after its exposure does not come any more. */
#define FRAME_DELIVERY_NS (1 * NS_PER_S)
/* The nearest frame is good enough for a mark within this share of the spacing. */
#define FRAME_REACH 0.5
/* A gap that grows while no event comes is told again that often: marks may be many. */
#define GAP_RETOLD_NS (1 * NS_PER_S)

static const struct frame_info *nearest_frame(const struct camera_state *camera, int64_t crossing_boottime_ns)
{
        const struct frame_info *best = NULL;
        int64_t best_ns = INT64_MAX;

        for (unsigned i = 0; i < camera->ring_count; i++) {
                int64_t away_ns = llabs(camera->ring[i].exposure_mid_boottime_ns - crossing_boottime_ns);

                if (camera->ring[i].number > camera->taken_number && away_ns < best_ns) {
                        best = &camera->ring[i];
                        best_ns = away_ns;
                }
        }
        return best;
}

/* Is a frame at that instant near enough to the mark? */
static bool reaches_mark(const struct core *core, const struct camera_state *camera, const struct frame_info *frame)
{
        struct pose pose;

        return track_at(&core->track, frame->exposure_mid_boottime_ns, &pose) &&
               fabs(pose.travelled_m - camera->trigger.next_m) <= FRAME_REACH * camera->trigger.spacing_m;
}

static void take_frame(struct core *core, unsigned index, const struct frame_info *frame, int64_t boottime_ns)
{
        struct camera_state *camera = &core->cameras[index];
        struct core_decision *decision = core_decide(core, CORE_ENCODE, boottime_ns);

        decision->camera = index;
        decision->frame_number = frame->number;
        decision->exposure_mid_boottime_ns = frame->exposure_mid_boottime_ns;
        camera->pending[(camera->pending_first + camera->pending_count++) % CORE_PENDING_FRAMES] =
                (struct shot){.frame = *frame, .mark = camera->trigger.mark, .spacing_m = camera->trigger.spacing_m};
        camera->taken_number = frame->number;
}

/* How long after an instant a frame that serves it may come. */
static int64_t patience_ns(const struct core *core, unsigned index)
{
        double rate_hz = core->config.cameras[index].rate_hz;

        return FRAME_DELIVERY_NS + (rate_hz > 0 ? ns_from_s(1.0 / rate_hz) : 0);
}

/* Did the camera deliver nothing around that instant, which its newest frame has passed? */
static bool was_silent(const struct core *core, unsigned index, int64_t boottime_ns)
{
        const struct camera_state *camera = &core->cameras[index];
        unsigned after = 0;

        while (camera->ring[after].exposure_mid_boottime_ns < boottime_ns)
                after++;
        if (after == 0)
                return camera->ring_count < camera->ring_limit; /* it only just began */
        return camera->ring[after].exposure_mid_boottime_ns - camera->ring[after - 1].exposure_mid_boottime_ns >=
               patience_ns(core, index);
}

/* The next mark is crossed at an instant that frames have passed: takes the nearest, or says why there is none. */
static void settle_mark(struct core *core, unsigned index, int64_t crossing_boottime_ns, int64_t boottime_ns)
{
        struct camera_state *camera = &core->cameras[index];
        const struct frame_info *frame = nearest_frame(camera, crossing_boottime_ns);

        if (frame && camera->pending_count < CORE_PENDING_FRAMES && reaches_mark(core, camera, frame)) {
                take_frame(core, index, frame, boottime_ns);
        } else {
                struct map_match match = core_match_at(core, crossing_boottime_ns);
                enum gap_reason reason = GAP_NO_FRAME;

                if (crossing_boottime_ns >= core->blind_from_ns && crossing_boottime_ns <= core->blind_to_ns)
                        reason = core->hole_reason;
                else if (was_silent(core, index, crossing_boottime_ns))
                        reason = GAP_CAMERA_STALLED;
                core_gap_add(core, index, reason, camera->trigger.mark, crossing_boottime_ns, &match);
        }
        trigger_advance(&camera->trigger);
}

/* The next mark was passed in a hole of the fixes, or while the van crept: nobody knows when. */
static void miss_in_hole(struct core *core, unsigned index, const struct track_point *last)
{
        struct trigger *trigger = &core->cameras[index].trigger;
        bool crept = track_crept(&core->track, trigger->next_m);
        enum gap_reason reason = crept ? GAP_CREPT : core->hole_reason;
        struct map_match match = core_match_at(core, core->blind_from_ns);

        if (!crept && core->blind_from_ns > 0 && !core_gap_grows(core, index, reason, trigger->mark))
                core_gap_add(core, index, reason, trigger->mark, core->blind_from_ns, &match);
        else
                core_gap_add(core, index, reason, trigger->mark, last->boottime_ns, &core->match);
        trigger_advance(trigger);
}

/* Does what the next mark of a camera calls for by now; false when it waits for frames, fixes or time. */
static bool work_on_mark(struct core *core, unsigned index, int64_t boottime_ns)
{
        struct camera_state *camera = &core->cameras[index];
        const struct track_point *last = track_last(&core->track);
        int64_t crossing_ns;

        if (!track_crossing(&core->track, camera->trigger.next_m, &crossing_ns)) {
                if (!last || camera->trigger.next_m > last->travelled_m)
                        return false;
                miss_in_hole(core, index, last);
                return true;
        }
        if (camera->ring_count > 0 && camera->ring[camera->ring_count - 1].exposure_mid_boottime_ns >= crossing_ns) {
                settle_mark(core, index, crossing_ns, boottime_ns);
                return true;
        }
        if (boottime_ns >= crossing_ns + patience_ns(core, index)) {
                struct map_match match = core_match_at(core, crossing_ns);

                core_gap_add(core, index, GAP_CAMERA_STALLED, camera->trigger.mark, crossing_ns, &match);
                trigger_advance(&camera->trigger);
                return true;
        }
        return false;
}

static void work_on_cameras(struct core *core, int64_t boottime_ns)
{
        for (unsigned i = 0; i < core->config.camera_count; i++) {
                core_tag_settled(core, i, boottime_ns);
                while (work_on_mark(core, i, boottime_ns))
                        ;
        }
}

/* After an event: all that it settles. */
void core_work(struct core *core, int64_t boottime_ns)
{
        if (!core->run_open)
                return;
        work_on_cameras(core, boottime_ns);
        core_gaps_emit(core, boottime_ns);
}

/* At a deadline: what falls due then. A gap that grows mark by mark is told at its begin and now and then. */
void core_work_at_deadline(struct core *core, int64_t boottime_ns)
{
        work_on_cameras(core, boottime_ns);
        for (unsigned i = 0; i < core->config.camera_count; i++) {
                const struct camera_state *camera = &core->cameras[i];

                if (camera->gap_changed &&
                    (camera->gap_told_ns == INT64_MIN || boottime_ns - camera->gap_told_ns >= GAP_RETOLD_NS))
                        core_gap_emit(core, i, boottime_ns);
        }
}

int64_t core_mark_deadline_ns(const struct core *core, unsigned index)
{
        const struct camera_state *camera = &core->cameras[index];
        int64_t deadline_ns = INT64_MAX, crossing_ns;

        if (camera->pending_count > 0)
                deadline_ns = camera->pending[camera->pending_first].frame.exposure_mid_boottime_ns +
                              ns_from_s(core->config.fix_wait_s);
        if (track_crossing(&core->track, camera->trigger.next_m, &crossing_ns) &&
            crossing_ns + patience_ns(core, index) < deadline_ns)
                deadline_ns = crossing_ns + patience_ns(core, index);
        return deadline_ns;
}
