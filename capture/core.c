/* SPDX-License-Identifier: MIT */
#include "capture/core.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "capture/trigger.h"

/* A frame later than that after its exposure does not come any more. */
#define FRAME_DELIVERY_NS (1 * NS_PER_S)
/* A frame whose exposure lies that far in the future has a wrong time. */
#define FRAME_EARLY_NS (100 * NS_PER_MS)
/* The nearest frame is good enough for a mark within this share of the spacing. */
#define FRAME_REACH 0.5
/* Older than any receiver that this software was written for: gpsd moves what lies before into the present GPS weeks. */
#define UTC_FLOOR_NS (INT64_C(1483228800) * NS_PER_S) /* 2017-01-01 */
/* A larger step of GNSS time is not a correction: one of the two times was wrong, and the run's name with it. */
#define RUN_STEP_NS (10 * NS_PER_S)
/* A pulse is told at once: one stamped at another time was stamped by another clock. */
#define PPS_DELIVERY_NS (2 * NS_PER_S)
/* Two fixes at this speed, or one well above it, are motion. */
#define MOTION_AT_ONCE_MPS 1.0
/* A gap that grows while no event comes is told again that often: marks may be many. */
#define GAP_RETOLD_NS (1 * NS_PER_S)
/* In one call all that pends may be tagged or discarded, a gap between each two of them, and the frames of the ring asked for. */
#define DECISIONS (CONFIG_MAX_CAMERAS * (4 * CORE_PENDING_FRAMES + 4 * CORE_RING_FRAMES + 32) + 16)

struct ring_frame {
        uint64_t number;
        int64_t mid_boottime_ns, exposure_ns;
        double gain;
};

/* A frame on its way: asked for, waiting for the fix that places it; or tagged a moment ago. */
struct shot {
        struct ring_frame frame;
        int64_t mark;
        double mark_m;
};

struct camera_state {
        struct trigger trigger;
        struct ring_frame ring[CORE_RING_FRAMES];
        unsigned ring_count;   /* newest last */
        uint64_t taken_number; /* the newest frame taken, so that none serves two marks */
        int64_t newest_mid_ns; /* of all frames, also before the camera started anew */
        struct shot pending[CORE_PENDING_FRAMES];
        unsigned pending_first, pending_count;
        struct shot tagged[CORE_LOST_MEMORY];
        unsigned tagged_next;
        uint64_t sequence;
        int64_t captured_utc_ns, captured_boottime_ns; /* of the last tag */
        struct gap gap;                                /* the last; number 0: none yet */
        bool gap_open, gap_changed;
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

static struct core_decision *decide(struct core *core, enum core_decision_kind kind, int64_t boottime_ns)
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

static int64_t ns_from_s(double seconds)
{
        return (int64_t)llround(seconds * (double)NS_PER_S);
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

/* --- gaps --- */

static void gap_close(struct camera_state *camera)
{
        camera->gap_open = false;
}

static void gap_emit(struct core *core, unsigned index, int64_t boottime_ns)
{
        struct camera_state *camera = &core->cameras[index];
        struct core_decision *decision = decide(core, CORE_GAP, boottime_ns);

        decision->camera = index;
        decision->gap = camera->gap;
        camera->gap_changed = false;
        camera->gap_told_ns = boottime_ns;
}

/* Counts one mark as missed: the gap that is open grows, or another begins. */
static void gap_add(struct core *core, unsigned index, enum gap_reason reason, int64_t boottime_ns,
                    const struct map_match *at)
{
        struct camera_state *camera = &core->cameras[index];
        struct gap *gap = &camera->gap;
        int64_t utc_ns = clock_map_to_utc(&core->clock, boottime_ns);

        if (!camera->gap_open || gap->reason != reason) {
                if (camera->gap_changed)
                        gap_emit(core, index, boottime_ns);
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
static void gaps_emit(struct core *core, int64_t boottime_ns)
{
        for (unsigned i = 0; i < core->config.camera_count; i++)
                if (core->cameras[i].gap_changed)
                        gap_emit(core, i, boottime_ns);
}

/* --- where --- */

static struct map_observation observation_of(const struct pose *pose, int64_t boottime_ns)
{
        return (struct map_observation){.boottime_ns = boottime_ns,
                                        .latitude_deg = pose->latitude_deg,
                                        .longitude_deg = pose->longitude_deg,
                                        .accuracy_m = pose->accuracy_m,
                                        .course_deg = pose->course_deg,
                                        .speed_mps = pose->speed_mps,
                                        .travelled_m = pose->travelled_m};
}

static struct map_match match_at(const struct core *core, int64_t boottime_ns)
{
        struct map_match match = {0};
        struct map_observation observation;
        struct pose pose;

        if (!track_at(&core->track, boottime_ns, &pose))
                return core->match;
        observation = observation_of(&pose, boottime_ns);
        map_matcher_locate(core->matcher, &observation, &match);
        return match;
}

/* Moves the tag from the antenna to the camera: the lever arm turned by the heading. Not known before the heading is. */
static void apply_lever_arm(const struct config_camera *camera, struct picture_tag *tag)
{
        double heading_rad = tag->heading_deg * (M_PI / 180.0), east_m, north_m;
        struct plane plane;

        if (isfinite(tag->altitude_msl_m))
                tag->altitude_msl_m += camera->up_m;
        if (isfinite(tag->altitude_hae_m))
                tag->altitude_hae_m += camera->up_m;
        if (!isfinite(tag->heading_deg))
                return;
        east_m = camera->forward_m * sin(heading_rad) + camera->right_m * cos(heading_rad);
        north_m = camera->forward_m * cos(heading_rad) - camera->right_m * sin(heading_rad);
        plane_init(&plane, tag->latitude_deg, tag->longitude_deg);
        plane_to_geodetic(&plane, east_m, north_m, &tag->latitude_deg, &tag->longitude_deg);
}

static void tag_street(const struct core *core, struct picture_tag *tag)
{
        struct road_segment segment;

        if (!core->network)
                return;
        snprintf(tag->network_version, sizeof(tag->network_version), "%s", road_network_version(core->network));
        if (!tag->match.on_road)
                return;
        road_network_segment(core->network, tag->match.index, &segment);
        snprintf(tag->source_id, sizeof(tag->source_id), "%s", segment.source_id);
        snprintf(tag->street, sizeof(tag->street), "%s", segment.street ? segment.street : "");
}

static void tag_pose(struct picture_tag *tag, const struct pose *pose)
{
        const struct fix *fix = pose->fix;

        tag->position_source = pose->extrapolated ? POSITION_EXTRAPOLATED : POSITION_INTERPOLATED;
        tag->latitude_deg = pose->latitude_deg;
        tag->longitude_deg = pose->longitude_deg;
        tag->altitude_msl_m = pose->altitude_msl_m;
        tag->altitude_hae_m = pose->altitude_hae_m;
        tag->speed_mps = pose->speed_mps;
        tag->course_deg = pose->course_deg;
        tag->heading_deg = pose->heading_deg;
        tag->reversing = pose->reversing;
        tag->accuracy_m = pose->accuracy_m;
        tag->travelled_m = pose->travelled_m;
        tag->hdop = fix_has(fix, FIX_HDOP) ? fix->hdop : NAN;
        tag->fix_mode = fix->mode;
        tag->fix_status = fix->status;
        tag->satellites_used = fix_has(fix, FIX_SATELLITES) ? fix->satellites_used : 0;
}

/* UTC of an exposure. Where GNSS time steps back, the label runs at half speed until the clock map has caught up: it never repeats. */
static int64_t captured_utc_ns(const struct core *core, struct camera_state *camera, int64_t mid_boottime_ns)
{
        int64_t utc_ns = clock_map_to_utc(&core->clock, mid_boottime_ns);

        if (camera->sequence > 0) {
                int64_t step_ns = (mid_boottime_ns - camera->captured_boottime_ns) / 2;
                int64_t least_ns = camera->captured_utc_ns + (step_ns > 2 * NS_PER_MS ? step_ns : 2 * NS_PER_MS);

                if (utc_ns < least_ns &&
                    utc_ns - camera->captured_utc_ns < mid_boottime_ns - camera->captured_boottime_ns)
                        utc_ns = least_ns;
        }
        camera->captured_utc_ns = utc_ns;
        camera->captured_boottime_ns = mid_boottime_ns;
        return utc_ns;
}

/* --- frames --- */

/* Gives the first pending shot of a camera its tag, with what is known now. */
static void tag_first(struct core *core, unsigned index, int64_t boottime_ns)
{
        const struct config_camera *settings = &core->config.cameras[index];
        struct camera_state *camera = &core->cameras[index];
        struct shot shot = camera->pending[camera->pending_first];
        struct map_observation observation;
        struct core_decision *decision;
        struct picture_tag *tag;
        struct pose pose;

        camera->pending_first = (camera->pending_first + 1) % CORE_PENDING_FRAMES;
        camera->pending_count--;
        if (!track_at(&core->track, shot.frame.mid_boottime_ns, &pose)) {
                gap_add(core, index, GAP_NO_POSITION, shot.frame.mid_boottime_ns, &core->match);
                decision = decide(core, CORE_DISCARD, boottime_ns);
                decision->camera = index;
                decision->frame_number = shot.frame.number;
                return;
        }
        decision = decide(core, CORE_TAG, boottime_ns);
        decision->camera = index;
        decision->frame_number = shot.frame.number;
        tag = &decision->tag;
        tag_pose(tag, &pose);
        tag->captured_utc_ns = captured_utc_ns(core, camera, shot.frame.mid_boottime_ns);
        tag->sequence = ++camera->sequence;
        tag->mark = shot.mark;
        tag->exposure_mid_boottime_ns = shot.frame.mid_boottime_ns;
        tag->exposure_ns = shot.frame.exposure_ns;
        tag->gain = shot.frame.gain;
        tag->image_direction_deg =
                isfinite(pose.heading_deg) ? angle_wrap_360(pose.heading_deg + settings->mount_angle_deg) : NAN;
        observation = observation_of(&pose, shot.frame.mid_boottime_ns);
        map_matcher_locate(core->matcher, &observation, &tag->match);
        tag_street(core, tag);
        apply_lever_arm(settings, tag);
        tag->focal_length_mm = settings->focal_length_mm > 0 ? settings->focal_length_mm : NAN;
        tag->focal_length_35mm = settings->focal_length_35mm > 0 ? settings->focal_length_35mm : NAN;
        camera->tagged[camera->tagged_next] = shot;
        camera->tagged_next = (camera->tagged_next + 1) % CORE_LOST_MEMORY;
        core->status.frames++;
}

/* Tags all shots that a fix on each side of the exposure, or the end of the wait, has settled. */
static void tag_settled(struct core *core, unsigned index, int64_t boottime_ns)
{
        struct camera_state *camera = &core->cameras[index];
        const struct track_point *last = track_last(&core->track);
        int64_t wait_ns = ns_from_s(core->config.fix_wait_s);

        while (camera->pending_count > 0) {
                int64_t mid_ns = camera->pending[camera->pending_first].frame.mid_boottime_ns;

                if (!(last && last->boottime_ns >= mid_ns) && mid_ns + wait_ns > boottime_ns)
                        return;
                tag_first(core, index, boottime_ns);
        }
}

static const struct ring_frame *nearest_frame(const struct camera_state *camera, int64_t crossing_boottime_ns)
{
        const struct ring_frame *best = NULL;
        int64_t best_ns = INT64_MAX;

        for (unsigned i = 0; i < camera->ring_count; i++) {
                int64_t away_ns = llabs(camera->ring[i].mid_boottime_ns - crossing_boottime_ns);

                if (camera->ring[i].number > camera->taken_number && away_ns < best_ns) {
                        best = &camera->ring[i];
                        best_ns = away_ns;
                }
        }
        return best;
}

/* Is a frame at that instant near enough to the mark? */
static bool reaches_mark(const struct core *core, const struct camera_state *camera, const struct ring_frame *frame)
{
        struct pose pose;

        return track_at(&core->track, frame->mid_boottime_ns, &pose) &&
               fabs(pose.travelled_m - camera->trigger.next_m) <= FRAME_REACH * camera->trigger.spacing_m;
}

static void take_frame(struct core *core, unsigned index, const struct ring_frame *frame, int64_t boottime_ns)
{
        struct camera_state *camera = &core->cameras[index];
        struct core_decision *decision = decide(core, CORE_ENCODE, boottime_ns);

        decision->camera = index;
        decision->frame_number = frame->number;
        camera->pending[(camera->pending_first + camera->pending_count++) % CORE_PENDING_FRAMES] =
                (struct shot){.frame = *frame, .mark = camera->trigger.mark, .mark_m = camera->trigger.next_m};
        camera->taken_number = frame->number;
        gap_close(camera);
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

        while (camera->ring[after].mid_boottime_ns < boottime_ns)
                after++;
        if (after == 0)
                return camera->ring_count < CORE_RING_FRAMES; /* it only just began */
        return camera->ring[after].mid_boottime_ns - camera->ring[after - 1].mid_boottime_ns >=
               patience_ns(core, index);
}

/* The next mark is crossed at an instant that frames have passed: takes the nearest, or says why there is none. */
static void settle_mark(struct core *core, unsigned index, int64_t crossing_boottime_ns, int64_t boottime_ns)
{
        struct camera_state *camera = &core->cameras[index];
        const struct ring_frame *frame = nearest_frame(camera, crossing_boottime_ns);

        if (frame && camera->pending_count < CORE_PENDING_FRAMES && reaches_mark(core, camera, frame)) {
                take_frame(core, index, frame, boottime_ns);
        } else {
                struct map_match match = match_at(core, crossing_boottime_ns);
                enum gap_reason reason = GAP_NO_FRAME;

                if (crossing_boottime_ns >= core->blind_from_ns && crossing_boottime_ns <= core->blind_to_ns)
                        reason = core->hole_reason;
                else if (was_silent(core, index, crossing_boottime_ns))
                        reason = GAP_CAMERA_STALLED;
                gap_add(core, index, reason, crossing_boottime_ns, &match);
        }
        trigger_advance(&camera->trigger);
}

/* The next mark was passed in a hole of the fixes, nobody knows when. */
static void miss_in_hole(struct core *core, unsigned index, const struct track_point *last)
{
        struct map_match match = match_at(core, core->blind_from_ns);

        if (!core->cameras[index].gap_open && core->blind_from_ns > 0)
                gap_add(core, index, core->hole_reason, core->blind_from_ns, &match);
        else
                gap_add(core, index, core->hole_reason, last->boottime_ns, &core->match);
        trigger_advance(&core->cameras[index].trigger);
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
        if (camera->ring_count > 0 && camera->ring[camera->ring_count - 1].mid_boottime_ns >= crossing_ns) {
                settle_mark(core, index, crossing_ns, boottime_ns);
                return true;
        }
        if (boottime_ns >= crossing_ns + patience_ns(core, index)) {
                struct map_match match = match_at(core, crossing_ns);

                gap_add(core, index, GAP_CAMERA_STALLED, crossing_ns, &match);
                trigger_advance(&camera->trigger);
                return true;
        }
        return false;
}

static void work_on_cameras(struct core *core, int64_t boottime_ns)
{
        for (unsigned i = 0; i < core->config.camera_count; i++) {
                tag_settled(core, i, boottime_ns);
                while (work_on_mark(core, i, boottime_ns))
                        ;
        }
}

/* After an event: all that it settles. */
static void work(struct core *core, int64_t boottime_ns)
{
        if (!core->run_open)
                return;
        work_on_cameras(core, boottime_ns);
        gaps_emit(core, boottime_ns);
}

/* At a deadline: what falls due then. A gap that grows mark by mark is told at its begin and now and then. */
static void work_at_deadline(struct core *core, int64_t boottime_ns)
{
        work_on_cameras(core, boottime_ns);
        for (unsigned i = 0; i < core->config.camera_count; i++) {
                const struct camera_state *camera = &core->cameras[i];

                if (camera->gap_changed &&
                    (camera->gap_told_ns == INT64_MIN || boottime_ns - camera->gap_told_ns >= GAP_RETOLD_NS))
                        gap_emit(core, i, boottime_ns);
        }
}

/* --- the run --- */

static void begin_run(struct core *core, int64_t boottime_ns)
{
        const struct track_point *last = track_last(&core->track);

        core->run_open = true;
        core->run_start_m = last->travelled_m;
        decide(core, CORE_RUN_BEGIN, boottime_ns)->utc_ns = last->fix.utc_ns;
        for (unsigned i = 0; i < core->config.camera_count; i++)
                trigger_init(&core->cameras[i].trigger, core->config.spacing_m, last->travelled_m);
}

/* The van drove, and then no fix came any more: from where an extrapolation ended, frames were due, nobody knows how many. */
static void tell_blind_end(struct core *core, int64_t boottime_ns)
{
        const struct track_point *last = track_last(&core->track);
        int64_t from_ns = last ? last->boottime_ns + core->track.settings.horizon_ns : boottime_ns;

        if (!last || last->speed_mps <= 0 || from_ns >= boottime_ns)
                return;
        for (unsigned i = 0; i < core->config.camera_count; i++) {
                gap_add(core, i, GAP_NO_FIX, from_ns, &core->match);
                core->cameras[i].gap.to_utc_ns = clock_map_to_utc(&core->clock, boottime_ns);
        }
}

static void end_run(struct core *core, int64_t boottime_ns)
{
        const struct track_point *last = track_last(&core->track);
        struct core_decision *decision;

        if (!core->run_open)
                return;
        for (unsigned i = 0; i < core->config.camera_count; i++)
                while (core->cameras[i].pending_count > 0)
                        tag_first(core, i, boottime_ns);
        tell_blind_end(core, boottime_ns);
        gaps_emit(core, boottime_ns);
        core->run_open = false;
        decision = decide(core, CORE_RUN_END, boottime_ns);
        decision->utc_ns = clock_map_to_utc(&core->clock, boottime_ns);
        decision->travelled_m = last ? last->travelled_m - core->run_start_m : 0;
}

static int64_t park_deadline_ns(const struct core *core)
{
        const struct track_point *last = track_last(&core->track);

        if (!core->run_open || !last || last->speed_mps > 0)
                return INT64_MAX;
        return core->moved_boottime_ns + ns_from_s(core->config.run_end_parked_s);
}

/* --- events --- */

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
        struct core_decision *decision = decide(core, CORE_NOTE, boottime_ns);

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

static void see_motion(struct core *core, int64_t boottime_ns)
{
        const struct track_point *last = track_last(&core->track);

        if (last->speed_mps <= 0) {
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

static void observe(struct core *core)
{
        const struct track_point *last = track_last(&core->track);
        struct map_observation observation;
        struct pose pose;

        if (!track_at(&core->track, last->boottime_ns, &pose))
                return;
        observation = observation_of(&pose, last->boottime_ns);
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
                see_motion(core, boottime_ns);
        }
        return verdict_text(verdict);
}

static void on_fix(struct core *core, const struct fix *fix, int64_t boottime_ns)
{
        bool was_open = core->run_open;
        const char *verdict = use_fix(core, fix, boottime_ns);
        bool taken = strcmp(verdict, "taken") == 0;

        core->status.fix = *fix;
        core->fix_boottime_ns = boottime_ns;
        core->status.fixes_taken += taken;
        core->status.fixes_refused += !taken;
        if (was_open || core->run_open) {
                struct core_decision *decision = decide(core, CORE_FIX, boottime_ns);

                decision->fix = *fix;
                decision->arrival_boottime_ns = boottime_ns;
                decision->verdict = verdict;
        }
        work(core, boottime_ns);
        if (taken)
                core->hole_reason = GAP_NO_FIX;
        if (core->clock_broke)
                end_run(core, boottime_ns);
}

/* gpsd stamps a pulse by the wall clock: of use only if nobody set that clock since the report before. */
static void on_pps(struct core *core, const struct gpsd_report *report, int64_t realtime_minus_boottime_ns,
                   int64_t boottime_ns)
{
        int64_t pulse_ns = report->pps_realtime_ns - realtime_minus_boottime_ns;

        if (core->seen_realtime && llabs(realtime_minus_boottime_ns - core->realtime_minus_boottime_ns) <= NS_PER_MS &&
            llabs(boottime_ns - pulse_ns) <= PPS_DELIVERY_NS)
                clock_map_add_pps(&core->clock, report->pps_utc_ns, pulse_ns);
}

void core_report(struct core *core, const struct gpsd_report *report, int64_t realtime_minus_boottime_ns,
                 int64_t now_boottime_ns)
{
        core_advance(core, now_boottime_ns);
        if (report->kind == GPSD_REPORT_PPS)
                on_pps(core, report, realtime_minus_boottime_ns, now_boottime_ns);
        if (report->kind == GPSD_REPORT_FIX)
                on_fix(core, &report->fix, now_boottime_ns);
        core->realtime_minus_boottime_ns = realtime_minus_boottime_ns;
        core->seen_realtime = true;
}

void core_frame(struct core *core, unsigned index, uint64_t number, int64_t exposure_mid_boottime_ns,
                int64_t exposure_ns, double gain, int64_t now_boottime_ns)
{
        struct camera_state *camera = &core->cameras[index];
        struct ring_frame frame = {number, exposure_mid_boottime_ns, exposure_ns, gain};

        core_advance(core, now_boottime_ns);
        /* A timestamp that steps back, or lies ahead, is of no use. */
        if (exposure_mid_boottime_ns <= camera->newest_mid_ns ||
            exposure_mid_boottime_ns > now_boottime_ns + FRAME_EARLY_NS)
                return;
        camera->newest_mid_ns = exposure_mid_boottime_ns;
        if (camera->ring_count > 0 && number <= camera->ring[camera->ring_count - 1].number) {
                camera->ring_count = 0; /* the camera started anew */
                camera->taken_number = 0;
        }
        if (camera->ring_count == CORE_RING_FRAMES) {
                memmove(camera->ring, camera->ring + 1, sizeof(frame) * (CORE_RING_FRAMES - 1));
                camera->ring_count--;
        }
        camera->ring[camera->ring_count++] = frame;
        work(core, now_boottime_ns);
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
        match = match_at(core, shot.frame.mid_boottime_ns);
        gap_add(core, index, reason, shot.frame.mid_boottime_ns, &match);
        work(core, now_boottime_ns);
        gaps_emit(core, now_boottime_ns); /* after the end of the run too */
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
        work(core, now_boottime_ns);
}

static int64_t camera_deadline_ns(const struct core *core, unsigned index)
{
        const struct camera_state *camera = &core->cameras[index];
        int64_t deadline_ns = INT64_MAX, crossing_ns;

        if (camera->pending_count > 0)
                deadline_ns = camera->pending[camera->pending_first].frame.mid_boottime_ns +
                              ns_from_s(core->config.fix_wait_s);
        if (track_crossing(&core->track, camera->trigger.next_m, &crossing_ns) &&
            crossing_ns + patience_ns(core, index) < deadline_ns)
                deadline_ns = crossing_ns + patience_ns(core, index);
        return deadline_ns;
}

int64_t core_deadline_boottime_ns(const struct core *core)
{
        int64_t deadline_ns = park_deadline_ns(core);

        for (unsigned i = 0; core->run_open && i < core->config.camera_count; i++) {
                int64_t camera_ns = camera_deadline_ns(core, i);

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
                work_at_deadline(core, deadline_ns);
                if (park_deadline_ns(core) <= deadline_ns)
                        end_run(core, deadline_ns);
        }
}

void core_stop(struct core *core, int64_t now_boottime_ns)
{
        core_advance(core, now_boottime_ns);
        end_run(core, now_boottime_ns);
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
