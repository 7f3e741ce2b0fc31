/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "capture/core_private.h"

void core_gap_emit(struct core *core, unsigned index, int64_t boottime_ns)
{
        struct camera_state *camera = &core->cameras[index];
        struct core_decision *decision = core_decide(core, CORE_GAP, boottime_ns);

        decision->camera = index;
        decision->gap = camera->gap;
        camera->gap_changed = false;
        camera->gap_told_ns = boottime_ns;
}

bool core_gap_grows(const struct core *core, unsigned index, enum gap_reason reason, int64_t mark)
{
        const struct camera_state *camera = &core->cameras[index];

        return camera->gap.number > 0 && camera->gap.reason == reason && camera->gap_mark + 1 == mark;
}

static void gap_begin(struct core *core, unsigned index, enum gap_reason reason, int64_t utc_ns,
                      const struct map_match *at)
{
        struct gap *gap = &core->cameras[index].gap;

        *gap = (struct gap){.number = ++core->gap_number,
                            .reason = reason,
                            .from_utc_ns = utc_ns,
                            .to_utc_ns = utc_ns,
                            .from = *at};
        if (at->on_road && core->network) {
                struct road_segment segment;

                road_network_segment(core->network, at->index, &segment);
                snprintf(gap->source_id, sizeof(gap->source_id), "%s", segment.source_id);
        }
        core->cameras[index].gap_told_ns = INT64_MIN;
        core->status.gaps++;
}

static void add_mark(struct core *core, unsigned index, enum gap_reason reason, int64_t mark, double spacing_m,
                     int64_t boottime_ns, const struct map_match *at)
{
        struct camera_state *camera = &core->cameras[index];
        int64_t utc_ns = clock_map_to_utc(&core->clock, boottime_ns);

        if (!core_gap_grows(core, index, reason, mark)) {
                if (camera->gap_changed)
                        core_gap_emit(core, index, boottime_ns);
                gap_begin(core, index, reason, utc_ns, at);
        }
        camera->gap.to = *at;
        if (utc_ns > camera->gap.to_utc_ns)
                camera->gap.to_utc_ns = utc_ns;
        camera->gap.marks++;
        camera->gap.metres += spacing_m;
        camera->gap_mark = mark;
        camera->gap_changed = true;
}

void core_gap_add(struct core *core, unsigned index, enum gap_reason reason, int64_t mark, int64_t boottime_ns,
                  const struct map_match *at)
{
        add_mark(core, index, reason, mark, core->cameras[index].trigger.spacing_m, boottime_ns, at);
}

void core_gap_add_shot(struct core *core, unsigned index, enum gap_reason reason, const struct shot *shot,
                       const struct map_match *at)
{
        add_mark(core, index, reason, shot->mark, shot->spacing_m, shot->frame.exposure_mid_boottime_ns, at);
}

/* Tells all gaps that changed. */
void core_gaps_emit(struct core *core, int64_t boottime_ns)
{
        for (unsigned i = 0; i < core->config.camera_count; i++)
                if (core->cameras[i].gap_changed)
                        core_gap_emit(core, i, boottime_ns);
}

/* Takes the shot at that place out of those that wait. */
static struct shot remove_pending(struct camera_state *camera, unsigned i)
{
        unsigned at = (camera->pending_first + i) % CORE_PENDING_FRAMES;
        struct shot shot = camera->pending[at];

        for (; i + 1 < camera->pending_count; i++) {
                unsigned next = (camera->pending_first + i + 1) % CORE_PENDING_FRAMES;

                camera->pending[at] = camera->pending[next];
                at = next;
        }
        camera->pending_count--;
        return shot;
}

/* exposure_mid_boottime_ns: 0 unknown. */
static bool is_of(const struct shot *shot, uint64_t number, int64_t exposure_mid_boottime_ns)
{
        return shot->frame.number == number &&
               (exposure_mid_boottime_ns == 0 || shot->frame.exposure_mid_boottime_ns == exposure_mid_boottime_ns);
}

/* Removes a frame from those that wait, or from those just tagged, which are no frames of the run then; the newest first. */
static bool take_lost(struct core *core, unsigned index, uint64_t number, int64_t exposure_mid_boottime_ns,
                      struct shot *ret_shot)
{
        struct camera_state *camera = &core->cameras[index];

        for (unsigned i = camera->pending_count; i-- > 0;)
                if (is_of(&camera->pending[(camera->pending_first + i) % CORE_PENDING_FRAMES], number,
                          exposure_mid_boottime_ns)) {
                        *ret_shot = remove_pending(camera, i);
                        return true;
                }
        for (unsigned i = 1; number > 0 && i <= CORE_LOST_MEMORY; i++) {
                struct shot *shot = &camera->tagged[(camera->tagged_next + CORE_LOST_MEMORY - i) % CORE_LOST_MEMORY];

                if (is_of(shot, number, exposure_mid_boottime_ns)) {
                        *ret_shot = *shot;
                        shot->frame.number = 0;
                        core->status.frames--;
                        return true;
                }
        }
        return false;
}

void core_lost(struct core *core, unsigned index, uint64_t frame_number, int64_t exposure_mid_boottime_ns,
               enum gap_reason reason, int64_t now_boottime_ns)
{
        struct map_match match;
        struct shot shot;

        core_advance(core, now_boottime_ns);
        if (!take_lost(core, index, frame_number, exposure_mid_boottime_ns, &shot))
                return;
        match = core_match_at(core, shot.frame.exposure_mid_boottime_ns);
        core_gap_add_shot(core, index, reason, &shot, &match);
        core_work(core, now_boottime_ns);
        core_gaps_emit(core, now_boottime_ns); /* after the end of the run too */
}
