/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/core_private.h"

/* Older than any receiver that this software was written for: gpsd moves what lies before into the present GPS weeks. */
#define UTC_FLOOR_NS (INT64_C(1483228800) * NS_PER_S) /* 2017-01-01 */
/* A larger step of GNSS time is not a correction: one of the two times was wrong, and the run's name with it. */
#define RUN_STEP_NS (10 * NS_PER_S)
/* A pulse is told at once: one stamped at another time was stamped by another clock. */
#define PPS_DELIVERY_NS (2 * NS_PER_S)

static const char *verdict_text(enum track_verdict verdict)
{
        static const char *const texts[] = {
                [TRACK_TAKEN] = "taken",
                [TRACK_NO_POSITION] = "no position",
                [TRACK_NOT_ADVANCING] = "not advancing",
                [TRACK_FROZEN] = "frozen",
                [TRACK_JUMP] = "jump",
                [TRACK_RESTARTED] = "taken",
        };

        return texts[verdict];
}

/* GNSS time stepped: false when the step is so large that the run cannot go on; what it still has to say, it says by the clock it had. */
static bool follow_step(struct core *core, const struct clock_map *clock_before, int64_t boottime_ns)
{
        struct core_decision *decision = core_decide(core, CORE_NOTE, boottime_ns);

        snprintf(decision->note, sizeof(decision->note), "GNSS time stepped by %+.3f s",
                 (double)core->clock.last_step_ns / (double)NS_PER_S);
        if (llabs(core->clock.last_step_ns) <= RUN_STEP_NS)
                return true;
        core->clock_broke = core->run_open;
        if (core->run_open) {
                core->clock = *clock_before;
        } else {
                struct track_settings settings = core->track.settings;

                track_init(&core->track, &settings);
                map_matcher_reset(core->matcher);
        }
        return !core->clock_broke;
}

/* After a silence, also one that ends with all that was held up: from when to when was the van's place not known? */
static void note_blindness(struct core *core, int64_t before_boottime_ns, int64_t now_boottime_ns)
{
        int64_t horizon_ns = core->track.settings.horizon_ns;

        if (before_boottime_ns != INT64_MAX && now_boottime_ns - core->taken_boottime_ns > horizon_ns) {
                core->blind_from_ns = before_boottime_ns + horizon_ns;
                core->blind_to_ns = now_boottime_ns;
        }
        core->taken_boottime_ns = now_boottime_ns;
}

static void observe(struct core *core)
{
        const struct track_point *last = track_last(&core->track);
        struct map_observation observation;
        struct pose pose;

        if (!track_at(&core->track, last->boottime_ns, &pose))
                return;
        observation = core_observation(&pose, last->boottime_ns);
        map_matcher_observe(core->matcher, &observation, &core->match);
}

/* Why a fix is not used, or "taken". */
static const char *use_fix(struct core *core, const struct fix *fix, int64_t boottime_ns)
{
        const struct track_point *before;
        struct clock_map clock_before = core->clock;
        enum clock_map_verdict clock;
        enum track_verdict verdict;
        int64_t before_ns;

        if (fix->mode < 2)
                return "no fix";
        if (!fix_has(fix, FIX_TIME))
                return "no time";
        if (fix->utc_ns < UTC_FLOOR_NS)
                return "date too old";
        if (!fix_has(fix, FIX_POSITION))
                return "no position";
        if (core->seen_utc && fix->utc_ns == core->last_utc_ns)
                return "not advancing";
        core->seen_utc = true;
        core->last_utc_ns = fix->utc_ns;
        clock = clock_map_add_arrival(&core->clock, fix->utc_ns, boottime_ns);
        if (clock == CLOCK_MAP_UNSURE)
                return "time unsure";
        if (clock == CLOCK_MAP_STEPPED && !follow_step(core, &clock_before, boottime_ns))
                return "time stepped";
        before = track_last(&core->track);
        before_ns = before ? before->boottime_ns : INT64_MAX;
        verdict = track_add(&core->track, fix, clock_map_to_boottime(&core->clock, fix->utc_ns));
        if (verdict == TRACK_JUMP || verdict == TRACK_FROZEN)
                core->hole_reason = GAP_POSITION_JUMP;
        if (verdict == TRACK_TAKEN || verdict == TRACK_RESTARTED) {
                note_blindness(core, before_ns, boottime_ns);
                observe(core);
                core_see_motion(core, verdict == TRACK_RESTARTED, boottime_ns);
        }
        return verdict_text(verdict);
}

void core_on_fix(struct core *core, const struct fix *fix, int64_t boottime_ns)
{
        bool was_open = core->run_open;
        const char *verdict = use_fix(core, fix, boottime_ns);
        bool taken = strcmp(verdict, "taken") == 0;

        core->status.fix = *fix;
        core->fix_boottime_ns = boottime_ns;
        core->status.fixes_taken += taken;
        core->status.fixes_refused += !taken;
        if (was_open || core->run_open) {
                struct core_decision *decision = core_decide(core, CORE_FIX, boottime_ns);

                decision->fix = *fix;
                decision->arrival_boottime_ns = boottime_ns;
                decision->verdict = verdict;
        }
        core_work(core, boottime_ns);
        if (taken)
                core->hole_reason = GAP_NO_FIX;
        if (core->clock_broke)
                core_end_run(core, boottime_ns);
}

/* gpsd stamps a pulse by the wall clock: of use only if nobody set that clock since the report before. */
void core_on_pps(struct core *core, const struct gpsd_report *report, int64_t realtime_minus_boottime_ns,
                 int64_t boottime_ns)
{
        int64_t pulse_ns = report->pps_realtime_ns - realtime_minus_boottime_ns;

        if (core->seen_realtime && llabs(realtime_minus_boottime_ns - core->realtime_minus_boottime_ns) <= NS_PER_MS &&
            llabs(boottime_ns - pulse_ns) <= PPS_DELIVERY_NS)
                clock_map_add_pps(&core->clock, report->pps_utc_ns, pulse_ns);
}
