/* SPDX-License-Identifier: MIT */
/* Which segment the van is on. Fed with one observation after another in time order; answers at once. Pure, no allocation
 * after creation. The present method weighs distance, course and continuity; the interface also serves a matcher that settles
 * its answers later (provisional until then). */
#pragma once

#include "geotag/road_network.h"

struct map_matcher;

struct map_matcher_settings {
        double radius_m;         /* candidates farther than this are not considered; 5 to 200 */
        double course_speed_mps; /* below this speed the course is not trusted */
};

struct map_observation {
        int64_t boottime_ns;
        double latitude_deg, longitude_deg; /* of the antenna */
        double accuracy_m;                  /* horizontal, 1 sigma; NAN unknown */
        double course_deg;                  /* course over ground; NAN unknown */
        double speed_mps;                   /* NAN unknown */
        double travelled_m;                 /* distance travelled since the start of the run */
};

struct map_match {
        bool on_road;      /* false: no segment is good enough, nothing below is set */
        int64_t segment;   /* id */
        uint32_t index;    /* in the network */
        double chainage_m; /* on the source line */
        int direction;     /* 1 along the source geometry, -1 against */
        double offset_m;   /* lateral, > 0 right of the line in source order */
        double confidence; /* 0 to 1: share of the best among all candidates' weights */
        bool provisional;  /* may still change when more fixes are known */
};

/* network may be NULL (no road network: every answer is off-road); it must outlive the matcher. 0 or -ENOMEM. */
int map_matcher_create(const struct road_network *network, const struct map_matcher_settings *settings,
                       struct map_matcher **ret_matcher);
void map_matcher_destroy(struct map_matcher *matcher); /* NULL allowed */
void map_matcher_reset(struct map_matcher *matcher);   /* forgets the past: next observation stands alone */

/* Advances to a new observation (each fix), not older than the one before, and says where it is. */
void map_matcher_observe(struct map_matcher *matcher, const struct map_observation *observation,
                         struct map_match *ret_match);
/* Where an instant between observations is (each frame), given what is known now; the state is not changed. */
void map_matcher_locate(const struct map_matcher *matcher, const struct map_observation *observation,
                        struct map_match *ret_match);
