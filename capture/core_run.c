/* SPDX-License-Identifier: MIT */
#include "capture/core_private.h"

/* Two fixes at this speed, or one well above it, are motion. */
#define MOTION_AT_ONCE_MPS 1.0

static void begin_run(struct core *core, int64_t boottime_ns)
{
        const struct track_point *begin = track_motion_begin(&core->track);

        core->run_open = true;
        /* Where it was not seen to start, what lies behind is not due any more. */
        core->run_start_m = begin->speed_mps > 0 ? track_last(&core->track)->travelled_m : begin->travelled_m;
        core_decide(core, CORE_RUN_BEGIN, boottime_ns)->utc_ns = begin->fix.utc_ns;
        for (unsigned i = 0; i < core->config.camera_count; i++)
                trigger_init(&core->cameras[i].trigger, core->config.spacing_m, core->run_start_m);
}

/* The run ends while the van drives and nobody knows where: after the last extrapolation, or, since the clock broke, from now on. Frames
 * are due, how many nobody knows. */
static void tell_blind_end(struct core *core, int64_t boottime_ns)
{
        const struct track_point *last = track_last(&core->track);
        int64_t from_ns = last ? last->boottime_ns + core->track.settings.horizon_ns : boottime_ns;
        enum gap_reason reason = core->hole_reason;

        if (!last || last->speed_mps <= 0 || (from_ns >= boottime_ns && !core->clock_broke))
                return;
        if (core->clock_broke) {
                from_ns = boottime_ns;
                reason = GAP_TIME_STEP;
        }
        for (unsigned i = 0; i < core->config.camera_count; i++) {
                core_gap_add(core, i, reason, core->cameras[i].trigger.mark, from_ns, &core->match);
                core->cameras[i].gap.to_utc_ns = clock_map_to_utc(&core->clock, boottime_ns);
        }
}

void core_end_run(struct core *core, int64_t boottime_ns)
{
        const struct track_point *last = track_last(&core->track);
        struct core_decision *decision;

        if (!core->run_open)
                return;
        for (unsigned i = 0; i < core->config.camera_count; i++)
                while (core->cameras[i].pending_count > 0)
                        core_tag_first(core, i, boottime_ns);
        tell_blind_end(core, boottime_ns);
        core_gaps_emit(core, boottime_ns);
        core->run_open = false;
        decision = core_decide(core, CORE_RUN_END, boottime_ns);
        decision->utc_ns = clock_map_to_utc(&core->clock, boottime_ns);
        decision->travelled_m = last ? last->travelled_m - core->run_start_m : 0;
}

/* Also without any fix: a van that drove into a garage does not say that it stands. */
int64_t core_run_deadline_ns(const struct core *core)
{
        return core->run_open ? core->moved_boottime_ns + ns_from_s(core->config.run_end_parked_s) : INT64_MAX;
}

void core_see_motion(struct core *core, bool restarted, int64_t boottime_ns)
{
        const struct track_point *last = track_last(&core->track);

        if (last->speed_mps <= 0 || restarted) {
                core->moving_fixes = 0;
                return;
        }
        core->moving_fixes++;
        if (core->moving_fixes < 2 && last->speed_mps < MOTION_AT_ONCE_MPS)
                return;
        core->moved_boottime_ns = boottime_ns;
        if (!core->run_open)
                begin_run(core, boottime_ns);
}
