/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "capture/core_private.h"

void core_gap_close(struct camera_state *camera)
{
        camera->gap_open = false;
}

void core_gap_emit(struct core *core, unsigned index, int64_t boottime_ns)
{
        struct camera_state *camera = &core->cameras[index];
        struct core_decision *decision = core_decide(core, CORE_GAP, boottime_ns);

        decision->camera = index;
        decision->gap = camera->gap;
        camera->gap_changed = false;
        camera->gap_told_ns = boottime_ns;
}

/* Counts one mark as missed: the gap that is open grows, or another begins. */
void core_gap_add(struct core *core, unsigned index, enum gap_reason reason, int64_t boottime_ns,
                  const struct map_match *at)
{
        struct camera_state *camera = &core->cameras[index];
        struct gap *gap = &camera->gap;
        int64_t utc_ns = clock_map_to_utc(&core->clock, boottime_ns);

        if (!camera->gap_open || gap->reason != reason) {
                if (camera->gap_changed)
                        core_gap_emit(core, index, boottime_ns);
                camera->gap_told_ns = INT64_MIN;
                *gap = (struct gap){
                        .number = ++core->gap_number, .reason = reason, .from_utc_ns = utc_ns, .to_utc_ns = utc_ns};
                gap->from = *at;
                if (at->on_road && core->network) {
                        struct road_segment segment;

                        road_network_segment(core->network, at->index, &segment);
                        snprintf(gap->source_id, sizeof(gap->source_id), "%s", segment.source_id);
                }
                core->status.gaps++;
        }
        gap->to = *at;
        if (utc_ns > gap->to_utc_ns)
                gap->to_utc_ns = utc_ns;
        gap->marks++;
        gap->metres += camera->trigger.spacing_m;
        camera->gap_open = camera->gap_changed = true;
}

/* Tells all gaps that changed. */
void core_gaps_emit(struct core *core, int64_t boottime_ns)
{
        for (unsigned i = 0; i < core->config.camera_count; i++)
                if (core->cameras[i].gap_changed)
                        core_gap_emit(core, i, boottime_ns);
}

/* Removes a frame from those that wait, or from those just tagged. */
static bool find_lost(struct camera_state *camera, uint64_t number, struct shot *ret_shot)
{
        for (unsigned i = 0; i < camera->pending_count; i++) {
                unsigned at = (camera->pending_first + i) % CORE_PENDING_FRAMES;

                if (camera->pending[at].frame.number != number)
                        continue;
                *ret_shot = camera->pending[at];
                for (; i + 1 < camera->pending_count; i++) {
                        unsigned next = (camera->pending_first + i + 1) % CORE_PENDING_FRAMES;

                        camera->pending[at] = camera->pending[next];
                        at = next;
                }
                camera->pending_count--;
                return true;
        }
        for (unsigned i = 0; number > 0 && i < CORE_LOST_MEMORY; i++)
                if (camera->tagged[i].frame.number == number) {
                        *ret_shot = camera->tagged[i];
                        camera->tagged[i].frame.number = 0;
                        return true;
                }
        return false;
}

void core_lost(struct core *core, unsigned index, uint64_t frame_number, enum gap_reason reason,
               int64_t now_boottime_ns)
{
        struct map_match match;
        struct shot shot;

        core_advance(core, now_boottime_ns);
        if (!find_lost(&core->cameras[index], frame_number, &shot))
                return;
        match = core_match_at(core, shot.frame.mid_boottime_ns);
        core_gap_add(core, index, reason, shot.frame.mid_boottime_ns, &match);
        core_work(core, now_boottime_ns);
        core_gaps_emit(core, now_boottime_ns); /* after the end of the run too */
}
