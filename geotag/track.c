/* SPDX-License-Identifier: MIT */
#include "geotag/track.h"

#include <string.h>

#include "geotag/track_private.h"

/* Fixes farther apart than this have no guide between them. */
#define HOLE_S 5.0
/* A position that a van cannot have reached: more than its speed allows, with an acceleration that no van has and some noise. */
#define JUMP_SPEED_FACTOR 1.3
#define JUMP_ACCELERATION_MPS2 3.0
#define JUMP_NOISE_M 10.0
#define JUMPS_THAT_AGREE 3
/* The course of a GNSS receiver is noise below this speed: atan(speed noise / speed) passes 10 degrees at 0.1 m/s of noise. */
#define COURSE_SPEED_MPS 0.7
#define FROZEN_SPEED_MPS 2.0
/* A parked receiver's speed has outliers. Motion after a stand is believed when it lasts that long and the positions follow that share
 * of the way that the speeds make; or, as some receivers hold their position for a while, when it lasts longer and is fast. */
#define START_LASTS_S 0.5
#define START_FOLLOWS 0.3
#define START_SURE_S 2.0
#define START_SURE_MPS 1.0
/* No less than this, which is noise; but this along the course, at once, is a start. */
#define START_AT_ONCE_M 0.5
/* Below the standstill speed, the van creeps if speed and position agree that it is that far from where it came to stand. Less than
 * this share of the standstill speed is noise. */
#define CREEP_M 3.0
#define CREEP_SPEED_SHARE 0.5
#define CREEP_DISAGREES 0.5
/* Given longer, a parked receiver's noise adds up to anything. */
#define CREEP_LASTS_NS (60 * NS_PER_S)
/* A van that stands before and after some missing fixes was moved meanwhile if its position differs by that. */
#define MOVED_UNSEEN_M 8.0
#define MOVED_UNSEEN_WITHOUT_EPH_M 30.0
/* A van changes its gear at a standstill: the course flips, the nose does not. */
#define REVERSE_ANGLE_DEG 120.0
#define REVERSE_MAX_MPS 5.0
/* From a stand, a van that goes that far or that fast goes ahead; before, it may be backing out of where it was parked. */
#define AHEAD_SURE_M 20.0
#define AHEAD_SURE_MPS 3.0
/* Bounds of a laden van on a dry road. */
#define ACCELERATION_MAX_MPS2 3.0
#define BRAKING_MAX_MPS2 5.0
#define YAW_RATE_MAX_DEG_PER_S 60.0
/* Speed from positions alone is taken over this many seconds, and is none under that chord: a parked receiver wanders. */
#define POSITION_SPEED_S 3.0
#define POSITION_SPEED_CHORD_M 5.0
#define PLANE_REACH_M 10000.0

void track_init(struct track *track, const struct track_settings *settings)
{
        memset(track, 0, sizeof(*track));
        track->settings = *settings;
}

const struct track_point *track_last(const struct track *track)
{
        return track->count > 0 ? track_point_at(track, track->count - 1) : NULL;
}

static void creep_begin(struct track *track, const struct track_point *at)
{
        track->creep.begin_boottime_ns = at->boottime_ns;
        track->creep.east_m = at->east_m;
        track->creep.north_m = at->north_m;
        track->creep.doppler_east_m = track->creep.doppler_north_m = 0;
}

/* Moves the plane to the last point before its scale errs. */
static void recentre(struct track *track)
{
        const struct track_point *last = track_last(track);

        if (!last || hypot(last->east_m, last->north_m) < PLANE_REACH_M)
                return;
        plane_init(&track->plane, last->fix.latitude_deg, last->fix.longitude_deg);
        for (unsigned i = 0; i < track->count; i++) {
                struct track_point *p = &track->points[(track->first + i) % TRACK_POINTS];

                plane_from_geodetic(&track->plane, p->fix.latitude_deg, p->fix.longitude_deg, &p->east_m, &p->north_m);
        }
        plane_from_geodetic(&track->plane, track->suspect.fix.latitude_deg, track->suspect.fix.longitude_deg,
                            &track->suspect.east_m, &track->suspect.north_m);
        creep_begin(track, track_last(track));
}

/* Speed of a receiver that gives none, from the chord over the last seconds. */
static double speed_from_positions_mps(const struct track *track, const struct track_point *now)
{
        const struct track_point *from = NULL;

        for (unsigned i = track->count; i-- > 0;) {
                const struct track_point *p = track_point_at(track, i);

                if (from && seconds_between(p, now) > POSITION_SPEED_S + 0.5)
                        break;
                from = p;
                if (p->after_hole)
                        break;
        }
        if (!from || chord_m(from, now) < POSITION_SPEED_CHORD_M)
                return 0;
        return chord_m(from, now) / seconds_between(from, now);
}

static double speed_at_fix_mps(const struct track *track, const struct track_point *now)
{
        double speed_mps = fix_has(&now->fix, FIX_SPEED) ? now->fix.speed_mps : speed_from_positions_mps(track, now);

        return speed_mps < track->settings.standstill_speed_mps ? 0 : speed_mps;
}

static bool is_jump(const struct track_point *from, const struct track_point *to)
{
        double dt_s = seconds_between(from, to);
        double speed_mps = fmax(from->speed_mps, to->speed_mps);
        double noise_m = JUMP_NOISE_M;

        if (!fix_has(&to->fix, FIX_SPEED))
                return chord_m(from, to) > 70.0 * dt_s + noise_m; /* faster than any van */
        if (fix_has(&from->fix, FIX_EPH) && fix_has(&to->fix, FIX_EPH))
                noise_m += fmin(from->fix.eph_m, 30.0) + fmin(to->fix.eph_m, 30.0);
        return chord_m(from, to) >
               JUMP_SPEED_FACTOR * speed_mps * dt_s + 0.5 * JUMP_ACCELERATION_MPS2 * fmin(dt_s, 10.0) * dt_s + noise_m;
}

static bool is_frozen(const struct track_point *from, const struct track_point *to)
{
        return fix_has(&from->fix, FIX_SPEED) && fix_has(&to->fix, FIX_SPEED) &&
               from->fix.speed_mps > FROZEN_SPEED_MPS && to->fix.speed_mps > FROZEN_SPEED_MPS &&
               to->fix.latitude_deg == from->fix.latitude_deg && to->fix.longitude_deg == from->fix.longitude_deg;
}

/* Course over ground of the new point: the receiver's where it can be trusted, else that of the path, else as before. */
static double course_at(const struct track_point *from, const struct track_point *to)
{
        if (to->speed_mps >= COURSE_SPEED_MPS && fix_has(&to->fix, FIX_COURSE))
                return to->fix.course_deg;
        if (from && to->speed_mps > 0 && !fix_has(&to->fix, FIX_COURSE) && chord_m(from, to) > 1.5)
                return angle_wrap_360(atan2(to->east_m - from->east_m, to->north_m - from->north_m) * (180.0 / M_PI));
        return from ? from->course_deg : NAN;
}

/* Did the van change its gear between the two? It stands for that; and what it does from then on it can do in so short a time. */
static bool course_flipped(const struct track_point *from, const struct track_point *to)
{
        double dt_s = seconds_between(from, to);

        return angle_between(to->course_deg, from->heading_deg) > REVERSE_ANGLE_DEG && dt_s <= HERMITE_S &&
               from->speed_mps < COURSE_SPEED_MPS && to->speed_mps < REVERSE_MAX_MPS &&
               to->speed_mps - from->speed_mps <= ACCELERATION_MAX_MPS2 * dt_s;
}

static bool is_reversing(const struct track *track, const struct track_point *from, const struct track_point *to)
{
        if (!from || !isfinite(from->heading_deg) || !isfinite(to->course_deg))
                return false;
        if (to->speed_mps < COURSE_SPEED_MPS)
                return from->reversing;
        if (from->reversing)
                return angle_between(to->course_deg, from->heading_deg) > 90.0 && to->speed_mps < REVERSE_MAX_MPS;
        /* Where it is not sure that the van went ahead before, it backed out, and goes ahead now. */
        return track->heading_sure && course_flipped(from, to);
}

/* Which way the nose points: along the course, but for a course that flips where the van changed gear. */
static void set_heading(const struct track *track, const struct track_point *from, struct track_point *to)
{
        to->reversing = is_reversing(track, from, to);
        if (from && isfinite(from->heading_deg) && to->speed_mps < COURSE_SPEED_MPS)
                to->heading_deg = from->heading_deg;
        else
                to->heading_deg = to->reversing ? angle_wrap_360(to->course_deg + 180.0) : to->course_deg;
}

static void judge_heading(struct track *track, const struct track_point *from, const struct track_point *to)
{
        bool moving = to->speed_mps >= COURSE_SPEED_MPS;

        if (!from || to->after_hole || !isfinite(from->heading_deg) ||
            (moving && !to->reversing && course_flipped(from, to))) {
                track->heading_sure = false;
                track->ahead_m = 0;
        } else if (!to->reversing) {
                track->ahead_m += to->travelled_m - from->travelled_m;
        }
        if (moving && !to->reversing && (to->speed_mps >= AHEAD_SURE_MPS || track->ahead_m >= AHEAD_SURE_M))
                track->heading_sure = true;
}

static bool moved_unseen(const struct track_point *from, const struct track_point *to)
{
        double noise_m = MOVED_UNSEEN_WITHOUT_EPH_M;

        if (fix_has(&from->fix, FIX_EPH) && fix_has(&to->fix, FIX_EPH))
                noise_m = fmax(MOVED_UNSEEN_M, 2.0 * (from->fix.eph_m + to->fix.eph_m));
        return seconds_between(from, to) > HERMITE_S && chord_m(from, to) > noise_m;
}

/* After a jump the chord between the two says nothing of the travel; the speeds still do. */
static double travelled_between_m(const struct track_point *from, const struct track_point *to, bool jumped)
{
        double dt_s = seconds_between(from, to);

        if (from->speed_mps == 0 && to->speed_mps == 0 && !jumped)
                return moved_unseen(from, to) ? chord_m(from, to) : 0; /* the rest is jitter */
        if (dt_s > HOLE_S && !jumped)
                return chord_m(from, to);
        return 0.5 * (from->speed_mps + to->speed_mps) * dt_s;
}

static double clamp(double value, double low, double high)
{
        return fmin(fmax(value, low), high);
}

static void set_rates(struct track *track, const struct track_point *from, const struct track_point *to)
{
        double dt_s = from ? seconds_between(from, to) : 0;

        track->acceleration_mps2 = track->yaw_rate_deg_per_s = 0;
        if (!from || to->after_hole || dt_s > HERMITE_S)
                return;
        track->acceleration_mps2 =
                clamp((to->speed_mps - from->speed_mps) / dt_s, -BRAKING_MAX_MPS2, ACCELERATION_MAX_MPS2);
        if (from->speed_mps > 2.0 && to->speed_mps > 2.0 && isfinite(from->course_deg) && isfinite(to->course_deg))
                track->yaw_rate_deg_per_s = clamp(angle_wrap_180(to->course_deg - from->course_deg) / dt_s,
                                                  -YAW_RATE_MAX_DEG_PER_S, YAW_RATE_MAX_DEG_PER_S);
}

/* Standing or creeping? A van in a queue may go metre by metre below the standstill speed: once position and speed agree on that, it is
 * travel, though nobody knows when each metre of it was made. */
static void watch_creep(struct track *track, const struct track_point *from, struct track_point *to)
{
        double dt_s = from ? seconds_between(from, to) : 0, standstill_mps = track->settings.standstill_speed_mps;
        double east_m, north_m, course_rad;

        if (!from || to->speed_mps > 0 || from->speed_mps > 0 || dt_s > HERMITE_S ||
            to->boottime_ns - track->creep.begin_boottime_ns > CREEP_LASTS_NS) {
                creep_begin(track, to);
                return;
        }
        if (!fix_has(&to->fix, FIX_SPEED | FIX_COURSE) || to->fix.speed_mps < CREEP_SPEED_SHARE * standstill_mps ||
            to->fix.speed_mps >= standstill_mps)
                return;
        course_rad = to->fix.course_deg * (M_PI / 180.0);
        track->creep.doppler_east_m += to->fix.speed_mps * dt_s * sin(course_rad);
        track->creep.doppler_north_m += to->fix.speed_mps * dt_s * cos(course_rad);
        east_m = to->east_m - track->creep.east_m;
        north_m = to->north_m - track->creep.north_m;
        if (hypot(east_m, north_m) < CREEP_M ||
            hypot(track->creep.doppler_east_m - east_m, track->creep.doppler_north_m - north_m) >
                    CREEP_DISAGREES * hypot(east_m, north_m))
                return;
        to->travelled_m += hypot(east_m, north_m);
        to->after_hole = to->crept = true;
        creep_begin(track, to);
}

static void append(struct track *track, struct track_point *point, bool restart)
{
        const struct track_point *last = track_last(track);
        const struct track_point *guide = restart ? NULL : last;

        point->course_deg = course_at(guide, point);
        set_heading(track, guide, point);
        point->after_hole = !last || restart || seconds_between(last, point) > HOLE_S;
        point->travelled_m = last ? last->travelled_m + travelled_between_m(last, point, restart) : 0;
        judge_heading(track, guide, point);
        set_rates(track, last, point);
        watch_creep(track, guide, point);
        if (track->count == TRACK_POINTS) {
                track->first = (track->first + 1) % TRACK_POINTS;
                track->count--;
        }
        track->points[(track->first + track->count) % TRACK_POINTS] = *point;
        track->count++;
        track->suspect_count = 0;
        recentre(track);
}

/* Did the position leave with the speed, as far as a van can? */
static bool starts_at_once(const struct track_point *last, const struct track_point *now)
{
        double dt_s = seconds_between(last, now), course_rad = now->fix.course_deg * (M_PI / 180.0), along_m;

        if (!fix_has(&now->fix, FIX_COURSE) || dt_s > HERMITE_S)
                return false;
        along_m = (now->east_m - last->east_m) * sin(course_rad) + (now->north_m - last->north_m) * cos(course_rad);
        return now->fix.speed_mps <= ACCELERATION_MAX_MPS2 * dt_s &&
               along_m >= fmax(START_AT_ONCE_M, START_FOLLOWS * 0.5 * now->fix.speed_mps * dt_s);
}

/* Is the speed after a stand that of a van that starts, rather than an outlier? */
static bool start_is_sure(const struct track *track, const struct track_point *now)
{
        const struct track_point *before, *begin;
        double lasts_s, made_m = 0;

        if (track->held == 0)
                return starts_at_once(track_last(track), now);
        begin = before = track_point_at(track, track->count - track->held);
        lasts_s = seconds_between(begin, now);
        if (lasts_s < START_LASTS_S)
                return false;
        for (unsigned i = track->count - track->held + 1; i < track->count; i++) {
                const struct track_point *p = track_point_at(track, i);

                made_m += 0.5 * (before->fix.speed_mps + p->fix.speed_mps) * seconds_between(before, p);
                before = p;
        }
        made_m += 0.5 * (before->fix.speed_mps + now->fix.speed_mps) * seconds_between(before, now);
        return (lasts_s >= START_SURE_S && now->fix.speed_mps >= START_SURE_MPS) ||
               chord_m(begin, now) >= fmax(START_AT_ONCE_M, START_FOLLOWS * made_m);
}

/* The points held back take their speeds. What was told of their travel stays told. */
static void release(struct track *track)
{
        struct track_point points[TRACK_POINTS];
        unsigned held = track->held;

        for (unsigned i = 0; i < held; i++)
                points[i] = *track_point_at(track, track->count - held + i);
        track->count -= held;
        track->held = 0;
        for (unsigned i = 0; i < held; i++) {
                double told_m = points[i].travelled_m;
                struct track_point *released;

                points[i].speed_mps = points[i].fix.speed_mps;
                points[i].crept = false;
                append(track, &points[i], false);
                released = &track->points[(track->first + track->count - 1) % TRACK_POINTS];
                released->travelled_m = fmax(released->travelled_m, told_m);
        }
}

/* A speed after a stand counts when what follows agrees with it. */
static void append_checked(struct track *track, struct track_point *point)
{
        const struct track_point *last = track_last(track);
        bool starts = last->speed_mps == 0 && point->speed_mps > 0 && fix_has(&last->fix, FIX_SPEED) &&
                      fix_has(&point->fix, FIX_SPEED);

        if (seconds_between(last, point) > HERMITE_S)
                track->held = 0;
        if (starts && !start_is_sure(track, point)) {
                point->speed_mps = 0;
                append(track, point, false);
                if (track->held < TRACK_HELD_MAX)
                        track->held++;
                return;
        }
        if (starts)
                release(track);
        track->held = 0;
        append(track, point, false);
}

/* A jump is held back until enough of them agree with each other. */
static bool jump_is_real(struct track *track, const struct track_point *point)
{
        if (track->suspect_count > 0 && !is_jump(&track->suspect, point))
                track->suspect_count++;
        else
                track->suspect_count = 1;
        track->suspect = *point;
        return track->suspect_count >= JUMPS_THAT_AGREE;
}

enum track_verdict track_add(struct track *track, const struct fix *fix, int64_t boottime_ns)
{
        struct track_point point = {.boottime_ns = boottime_ns, .fix = *fix};
        const struct track_point *last = track_last(track);

        if (fix->mode < 2 || !fix_has(fix, FIX_TIME | FIX_POSITION))
                return TRACK_NO_POSITION;
        if (last && boottime_ns <= last->boottime_ns)
                return TRACK_NOT_ADVANCING;
        if (!last)
                plane_init(&track->plane, fix->latitude_deg, fix->longitude_deg);
        plane_from_geodetic(&track->plane, fix->latitude_deg, fix->longitude_deg, &point.east_m, &point.north_m);
        point.speed_mps = speed_at_fix_mps(track, &point);
        if (!last) {
                append(track, &point, true);
                return TRACK_RESTARTED;
        }
        if (is_frozen(last, &point))
                return TRACK_FROZEN;
        if (is_jump(last, &point)) {
                if (!jump_is_real(track, &point))
                        return TRACK_JUMP;
                track->held = 0;
                append(track, &point, true);
                return TRACK_RESTARTED;
        }
        append_checked(track, &point);
        return TRACK_TAKEN;
}
