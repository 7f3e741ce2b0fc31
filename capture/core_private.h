/* SPDX-License-Identifier: MIT */
/* What the parts of the core share; for core*.c only. Pure, as all of the core.
 *
 *   core.c        events in, decisions out, deadlines
 *   core_fixes.c  a report of gpsd: is it used, and what does it change?
 *   core_run.c    when a run begins and ends
 *   core_marks.c  the marks: which frame, or which gap
 *   core_tags.c   a frame's position, time, direction and street
 *   core_gaps.c   what is missing, and why */
#pragma once

#include <math.h>

#include "base/clock.h"
#include "capture/core.h"
#include "capture/trigger.h"

/* In one call all that pends may be tagged or discarded, a gap between each two of them, and the frames of the ring asked for. */
#define DECISIONS (CONFIG_MAX_CAMERAS * (4 * CORE_PENDING_FRAMES + 4 * CORE_RING_FRAMES + 32) + 16)

/* A frame on its way: asked for, waiting for the fix that places it; or tagged a moment ago. */
struct shot {
        struct frame_info frame;
        int64_t mark;
        double spacing_m; /* in force when it was taken */
};

struct camera_state {
        struct trigger trigger;
        struct frame_info ring[CORE_RING_FRAMES];
        unsigned ring_count;   /* newest last */
        unsigned ring_limit;   /* of ring_count, at present: 1 to CORE_RING_FRAMES; 0: no frame came yet */
        uint64_t taken_number; /* the newest frame taken, so that none serves two marks */
        int64_t newest_mid_ns; /* of all frames, also before the camera started anew */
        struct shot pending[CORE_PENDING_FRAMES];
        unsigned pending_first, pending_count;
        struct shot tagged[CORE_LOST_MEMORY];
        unsigned tagged_next;
        uint64_t sequence;
        int64_t captured_utc_ns, captured_boottime_ns; /* of the last tag */
        struct gap gap;                                /* the last; number 0: none yet */
        int64_t gap_mark;                              /* the last mark that it counts */
        bool gap_changed;
        int64_t gap_told_ns; /* when its last version was told; INT64_MIN before the first */
};

struct core {
        struct config config;
        const struct road_network *network;
        struct map_matcher *matcher;
        struct clock_map clock;
        struct track track;
        struct camera_state cameras[CONFIG_MAX_CAMERAS];
        struct map_match match; /* at the last fix taken */
        int64_t last_utc_ns;    /* epoch of the last fix looked at */
        bool seen_utc;
        enum gap_reason hole_reason; /* why the last fixes were refused */
        int64_t realtime_minus_boottime_ns;
        bool seen_realtime;
        int64_t now_boottime_ns;   /* the newest instant that the core was told */
        int64_t fix_boottime_ns;   /* arrival of the last fix, good or bad */
        int64_t taken_boottime_ns; /* arrival of the last fix taken */
        int64_t blind_from_ns,
                blind_to_ns; /* the last interval in which no fix and no extrapolation told where the van was */
        bool run_open, clock_broke;
        unsigned moving_fixes;
        int64_t moved_boottime_ns; /* last motion seen */
        uint64_t gap_number;
        double run_start_m;
        struct core_status status;
        struct core_decision decisions[DECISIONS];
        unsigned decision_first, decision_count;
};

static inline int64_t ns_from_s(double seconds)
{
        return (int64_t)llround(seconds * (double)NS_PER_S);
}

/* core.c: a decision, all zero but for its kind and instant, for the caller to fill. */
struct core_decision *core_decide(struct core *core, enum core_decision_kind kind, int64_t boottime_ns);

/* core_fixes.c */
void core_on_fix(struct core *core, const struct fix *fix, int64_t boottime_ns);
void core_on_pps(struct core *core, const struct gpsd_report *report, int64_t realtime_minus_boottime_ns,
                 int64_t boottime_ns);

/* core_run.c */
/* After a fix was taken: it may begin a run. restarted: nothing before it bears its speed out. */
void core_see_motion(struct core *core, bool restarted, int64_t boottime_ns);
void core_end_run(struct core *core, int64_t boottime_ns); /* nothing when none is open */
int64_t core_run_deadline_ns(const struct core *core);     /* when it ends by itself; INT64_MAX: no run */

/* core_marks.c */
void core_work(struct core *core, int64_t boottime_ns); /* after an event: all that it settles */
void core_work_at_deadline(struct core *core, int64_t boottime_ns);
int64_t core_mark_deadline_ns(const struct core *core, unsigned index);

/* core_tags.c */
struct map_observation core_observation(const struct pose *pose, int64_t boottime_ns);
struct map_match core_match_at(const struct core *core, int64_t boottime_ns);
void core_tag_first(struct core *core, unsigned index, int64_t boottime_ns);
void core_tag_settled(struct core *core, unsigned index, int64_t boottime_ns);

/* core_gaps.c */
/* Counts a mark as missed: the last gap grows if it has the same reason and ends with the mark before, else another begins. Its metres are
 * the spacing in force. */
void core_gap_add(struct core *core, unsigned index, enum gap_reason reason, int64_t mark, int64_t boottime_ns,
                  const struct map_match *at);
/* The same for the mark, the exposure and the spacing of a shot that is not to be. */
void core_gap_add_shot(struct core *core, unsigned index, enum gap_reason reason, const struct shot *shot,
                       const struct map_match *at);
bool core_gap_grows(const struct core *core, unsigned index, enum gap_reason reason, int64_t mark);
void core_gap_emit(struct core *core, unsigned index, int64_t boottime_ns);
void core_gaps_emit(struct core *core, int64_t boottime_ns); /* all that changed */
