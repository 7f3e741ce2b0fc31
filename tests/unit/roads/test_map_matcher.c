/* SPDX-License-Identifier: MIT */
/* The matcher on small streets drawn by hand, in metres around 48.85 N 2.35 E, driven at one fix a second. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "geotag/geodesy.h"
#include "geotag/map_matcher.h"

#define LATITUDE_DEG 48.85
#define LONGITUDE_DEG 2.35
#define RADIUS_M 40.0
#define COURSE_SPEED_MPS 2.0
#define VERTICES_MAX 16

struct street {
        int64_t id;
        enum road_oneway oneway;
        size_t count;
        double vertices[VERTICES_MAX][2];
};

static void builder_add(struct road_builder *builder, const struct street *street)
{
        struct road_point points[VERTICES_MAX];
        struct road_segment segment = {.id = street->id,
                                       .source_id = "s",
                                       .oneway = street->oneway,
                                       .points = points,
                                       .point_count = street->count};
        struct plane plane;
        size_t i;

        plane_init(&plane, LATITUDE_DEG, LONGITUDE_DEG);
        for (i = 0; i < street->count; i++) {
                plane_to_geodetic(&plane, street->vertices[i][0], street->vertices[i][1], &points[i].latitude_deg,
                                  &points[i].longitude_deg);
                if (i > 0)
                        segment.to_m += hypot(street->vertices[i][0] - street->vertices[i - 1][0],
                                              street->vertices[i][1] - street->vertices[i - 1][1]);
        }
        assert_int_equal(road_builder_add(builder, &segment), 0);
}

/* A van on a network: where it is, and its matcher. */
struct van {
        struct road_network *network;
        struct map_matcher *matcher;
        double east_m, north_m, course_deg, travelled_m;
        int64_t now_ns;
};

static struct van van_on(const struct street *streets, size_t count)
{
        struct map_matcher_settings settings = {.radius_m = RADIUS_M, .course_speed_mps = COURSE_SPEED_MPS};
        struct van van = {.now_ns = 100 * NS_PER_S};
        struct road_builder *builder;
        size_t i;

        assert_int_equal(road_builder_create(&builder), 0);
        for (i = 0; i < count; i++)
                builder_add(builder, &streets[i]);
        assert_int_equal(road_builder_finish(builder, "", &van.network), 0);
        assert_int_equal(map_matcher_create(van.network, &settings, &van.matcher), 0);
        return van;
}
#define VAN_ON(streets) van_on(streets, sizeof(streets) / sizeof(streets[0]))

static void van_finish(struct van *van)
{
        map_matcher_destroy(van->matcher);
        road_network_destroy(van->network);
}

/* What the receiver says at that place. */
static struct map_observation observation_at(const struct van *van, double east_m, double north_m, double speed_mps)
{
        struct map_observation observation = {.boottime_ns = van->now_ns,
                                              .accuracy_m = 5.0,
                                              .course_deg = van->course_deg,
                                              .speed_mps = speed_mps,
                                              .travelled_m = van->travelled_m};
        struct plane plane;

        plane_init(&plane, LATITUDE_DEG, LONGITUDE_DEG);
        plane_to_geodetic(&plane, east_m, north_m, &observation.latitude_deg, &observation.longitude_deg);
        return observation;
}

static void van_place(struct van *van, double east_m, double north_m, double course_deg)
{
        van->east_m = east_m;
        van->north_m = north_m;
        van->course_deg = course_deg;
}

static struct map_match observe(struct van *van, double error_east_m, double error_north_m, double speed_mps)
{
        struct map_observation observation =
                observation_at(van, van->east_m + error_east_m, van->north_m + error_north_m, speed_mps);
        struct map_match match;

        map_matcher_observe(van->matcher, &observation, &match);
        return match;
}

/* One second on, straight to that place. */
static struct map_match drive_with_error(struct van *van, double east_m, double north_m, double error_east_m,
                                         double error_north_m)
{
        double way_m = hypot(east_m - van->east_m, north_m - van->north_m);

        if (way_m > 0.5)
                van->course_deg = angle_wrap_360(atan2(east_m - van->east_m, north_m - van->north_m) * 180.0 / M_PI);
        van->travelled_m += way_m;
        van->now_ns += NS_PER_S;
        van->east_m = east_m;
        van->north_m = north_m;
        return observe(van, error_east_m, error_north_m, way_m);
}

static struct map_match drive(struct van *van, double east_m, double north_m)
{
        return drive_with_error(van, east_m, north_m, 0, 0);
}

static void assert_match(const struct map_match *match, int64_t segment, int direction)
{
        if (!match->on_road || match->segment != segment || match->direction != direction)
                fail_msg("on_road %d, segment %lld, direction %d; expected segment %lld, direction %d", match->on_road,
                         (long long)match->segment, match->direction, (long long)segment, direction);
        assert_true(match->confidence > 0.0 && match->confidence <= 1.0);
        assert_false(match->provisional);
}

static void assert_same(const struct map_match *a, const struct map_match *b)
{
        assert_int_equal(a->on_road, b->on_road);
        assert_int_equal(a->segment, b->segment);
        assert_int_equal(a->index, b->index);
        assert_int_equal(a->direction, b->direction);
        assert_true(a->chainage_m == b->chainage_m && a->offset_m == b->offset_m && a->confidence == b->confidence);
}

/* --- */

static const struct street lone_street[] = {{1, ROAD_BOTH_WAYS, 2, {{0, 0}, {1000, 0}}}};

static void one_street_gives_all_that_is_asked(void **state)
{
        struct van van = VAN_ON(lone_street);
        struct map_match match = {0};

        van_place(&van, 100, -3, 90);
        for (int i = 1; i <= 5; i++)
                match = drive(&van, 100 + 10 * i, -3);
        assert_match(&match, 1, 1);
        assert_int_equal(match.index, 0);
        assert_true(fabs(match.chainage_m - 150) < 0.1);
        assert_true(fabs(match.offset_m - 3) < 0.05);
        assert_true(match.confidence > 0.9);
        van_finish(&van);
}

static void going_back_is_against(void **state)
{
        struct van van = VAN_ON(lone_street);
        struct map_match match;

        van_place(&van, 500, 2, 270);
        for (int i = 1; i <= 5; i++)
                match = drive(&van, 500 - 10 * i, 2);
        assert_match(&match, 1, -1);
        assert_true(fabs(match.offset_m + 2) < 0.05); /* left of the line, whichever way it is driven */
        van_finish(&van);
}

static void parallel_oneway_streets_are_told_apart_by_course(void **state)
{
        static const struct street streets[] = {
                {1, ROAD_ALONG_ONLY, 2, {{0, 0}, {1000, 0}}},   /* eastwards */
                {2, ROAD_ALONG_ONLY, 2, {{1000, 12}, {0, 12}}}, /* westwards */
        };
        struct van van = VAN_ON(streets);

        van_place(&van, 100, 0, 90);
        for (int i = 1; i <= 30; i++) {
                struct map_match match = drive_with_error(&van, 100 + 10 * i, 0, 0, 9); /* nearer to the wrong one */

                assert_match(&match, 1, 1);
        }
        van_finish(&van);
}

static void a_lone_oneway_street_may_be_driven_against(void **state)
{
        static const struct street streets[] = {{1, ROAD_ALONG_ONLY, 2, {{0, 0}, {1000, 0}}}};
        struct van van = VAN_ON(streets);
        struct map_match match;

        van_place(&van, 900, 0, 270);
        for (int i = 1; i <= 10; i++)
                match = drive(&van, 900 - 10 * i, 1);
        assert_match(&match, 1, -1);
        van_finish(&van);
}

static const struct street crossroads[] = {
        {1, ROAD_BOTH_WAYS, 2, {{-200, 0}, {0, 0}}}, /* from the west */
        {2, ROAD_BOTH_WAYS, 2, {{0, 0}, {200, 0}}},  /* on to the east */
        {3, ROAD_BOTH_WAYS, 2, {{0, 0}, {0, 200}}},  /* north */
        {4, ROAD_BOTH_WAYS, 2, {{0, -200}, {0, 0}}}, /* from the south */
};

static void a_turn_at_a_junction_is_followed(void **state)
{
        struct van van = VAN_ON(crossroads);
        struct map_match match;

        van_place(&van, -80, 0, 90);
        for (int i = -7; i <= -1; i++) {
                match = drive_with_error(&van, 10 * i, 0, i % 2 ? 2 : -2, i % 3 - 1);
                assert_match(&match, 1, 1);
        }
        for (int i = 1; i <= 8; i++) {
                match = drive_with_error(&van, 0, 10 * i, i % 2 ? 2 : -2, i % 3 - 1);
                if (i >= 2)
                        assert_match(&match, 3, 1);
        }
        assert_true(match.confidence > 0.9);
        assert_true(fabs(match.chainage_m - 80) < 3);
        van_finish(&van);
}

static void straight_on_at_a_junction_stays_off_the_sides(void **state)
{
        struct van van = VAN_ON(crossroads);

        van_place(&van, -80, 0, 90);
        for (int i = -7; i <= 7; i++) {
                struct map_match match = drive_with_error(&van, 10 * i + 4, 0, 0, i % 2 ? 4 : -4);

                assert_match(&match, i < 0 ? 1 : 2, 1);
        }
        van_finish(&van);
}

static void a_u_turn_at_the_end_of_a_street_is_seen_once(void **state)
{
        static const struct street streets[] = {{1, ROAD_BOTH_WAYS, 2, {{0, 0}, {150, 0}}},
                                                {2, ROAD_BOTH_WAYS, 2, {{0, 0}, {0, 150}}}};
        static const double slow_turn[][2] = {{146, 0}, {149, -1}, {150, 1}, {149, 3}, {146, 3}};
        struct van van = VAN_ON(streets);
        struct map_match match;
        int changes = 0, direction = 1;

        van_place(&van, 40, -1, 90);
        for (int i = 5; i <= 14; i++) {
                match = drive(&van, 10 * i, -1);
                assert_match(&match, 1, 1);
        }
        for (size_t i = 0; i < sizeof(slow_turn) / sizeof(slow_turn[0]); i++) {
                match = drive(&van, slow_turn[i][0], slow_turn[i][1]);
                assert_true(match.on_road && match.segment == 1);
                changes += match.direction != direction;
                direction = match.direction;
        }
        for (int i = 13; i >= 5; i--) {
                match = drive(&van, 10 * i, 2);
                changes += match.direction != direction;
                direction = match.direction;
                if (i <= 12)
                        assert_match(&match, 1, -1);
        }
        assert_int_equal(changes, 1);
        van_finish(&van);
}

static void slow_jitter_turns_nothing_round(void **state)
{
        struct van van = VAN_ON(crossroads);
        struct map_match match;
        static const double jitter_m[] = {0, -3, 2, -4, 1, -2, 3, -3};

        van_place(&van, -100, 0, 90);
        for (int i = -9; i <= -4; i++)
                match = drive(&van, 10 * i, 0);
        assert_match(&match, 1, 1);
        /* Creeping on at 0.5 m/s in a queue, with a course that means nothing. */
        for (int i = 0; i < 40; i++) {
                match = drive_with_error(&van, -40 + 0.5 * i, 0, jitter_m[i % 8], jitter_m[(i + 3) % 8]);
                van.course_deg = angle_wrap_360(137.0 * i);
                assert_match(&match, 1, 1);
        }
        van_finish(&van);
}

static void at_standstill_nothing_changes(void **state)
{
        struct van van = VAN_ON(crossroads);
        struct map_match before, match;

        van_place(&van, -100, 0, 90);
        for (int i = -9; i <= -1; i++)
                before = drive(&van, 10 * i, 0);
        for (int i = 0; i < 60; i++) {
                struct map_observation observation;

                van.course_deg = angle_wrap_360(47.0 * i);
                van.now_ns += NS_PER_S;
                match = observe(&van, 10 + 3 * sin(i), 12 * cos(i), 0.1);
                assert_same(&match, &before);
                observation = observation_at(&van, 0, 12 * cos(i), 0.0);
                map_matcher_locate(van.matcher, &observation, &match);
                assert_same(&match, &before);
        }
        match = drive(&van, 0, 0);
        match = drive(&van, 10, 0);
        match = drive(&van, 20, 0);
        assert_match(&match, 2, 1);
        van_finish(&van);
}

/* A ring of 15 m, driven counter-clockwise, in four pieces between four arms. */
#define RING(a, b)                                                                                                     \
        {15 * cos((a) * M_PI / 180), 15 * sin((a) * M_PI / 180)},                                                      \
        {                                                                                                              \
                15 * cos((b) * M_PI / 180), 15 * sin((b) * M_PI / 180)                                                 \
        }

static void a_roundabout_is_driven_round(void **state)
{
        const struct street streets[] = {
                {1, ROAD_BOTH_WAYS, 2, {{0, -200}, {0, -15}}},              /* south arm */
                {2, ROAD_BOTH_WAYS, 2, {{15, 0}, {200, 0}}},                /* east arm */
                {3, ROAD_BOTH_WAYS, 2, {{0, 15}, {0, 200}}},                /* north arm */
                {4, ROAD_BOTH_WAYS, 2, {{-15, 0}, {-200, 0}}},              /* west arm */
                {11, ROAD_ALONG_ONLY, 4, {RING(-90, -60), RING(-30, 0)}},   /* south to east */
                {12, ROAD_ALONG_ONLY, 4, {RING(0, 30), RING(60, 90)}},      /* east to north */
                {13, ROAD_ALONG_ONLY, 4, {RING(90, 120), RING(150, 180)}},  /* north to west */
                {14, ROAD_ALONG_ONLY, 4, {RING(180, 210), RING(240, 270)}}, /* west to south */
        };
        struct van van = VAN_ON(streets);
        int64_t seen[16] = {0};
        size_t count = 0;
        struct map_match match;

        van_place(&van, 0, -80, 0);
        for (int i = -72; i <= -16; i += 8) {
                match = drive(&van, 0, i);
                assert_match(&match, 1, 1);
        }
        /* Three quarters round, out to the west: 6 m/s. */
        for (int angle = -75; angle <= 165; angle += 23) {
                match = drive(&van, 15 * cos(angle * M_PI / 180), 15 * sin(angle * M_PI / 180));
                assert_true(match.on_road);
                if (match.segment > 10)
                        assert_int_equal(match.direction, 1);
                if (count == 0 || seen[count - 1] != match.segment)
                        seen[count++] = match.segment;
                assert_true(count < 16);
        }
        for (int i = -24; i >= -80; i -= 8)
                match = drive(&van, i, 0);
        assert_match(&match, 4, 1);
        assert_int_equal(count, 3);
        assert_int_equal(seen[0], 11);
        assert_int_equal(seen[1], 12);
        assert_int_equal(seen[2], 13);
        van_finish(&van);
}

static void a_car_park_is_off_the_road(void **state)
{
        struct van van = VAN_ON(lone_street);
        struct map_match match;

        van_place(&van, 400, 0, 90);
        for (int i = 1; i <= 10; i++)
                match = drive(&van, 400 + 10 * i, 0);
        assert_match(&match, 1, 1);
        /* In, across, and about, 60 m away: no road is near. */
        for (int i = 1; i <= 10; i++)
                match = drive(&van, 500, 6 * i);
        assert_false(match.on_road);
        for (int i = 1; i <= 5; i++) {
                match = drive(&van, 500 + 5 * i, 60);
                assert_false(match.on_road);
                assert_true(match.segment == 0 && match.confidence == 0.0);
        }
        /* About, 30 m from the road, across it: still none of it. */
        for (int i = 1; i <= 3; i++)
                match = drive(&van, 525, 60 - 10 * i);
        for (int i = 0; i < 6; i++) {
                match = drive(&van, 525, i % 2 ? 25 : 34);
                assert_false(match.on_road);
        }
        /* And back to the street. */
        for (int i = 1; i <= 4; i++)
                match = drive(&van, 525, 25 - 6 * i);
        for (int i = 1; i <= 6; i++)
                match = drive(&van, 525 + 10 * i, 0);
        assert_match(&match, 1, 1);
        van_finish(&van);
}

static void one_bad_fix_leads_nowhere(void **state)
{
        static const struct street streets[] = {
                {1, ROAD_BOTH_WAYS, 2, {{0, 0}, {1000, 0}}},
                {2, ROAD_BOTH_WAYS, 2, {{0, 30}, {1000, 30}}},
        };
        struct van van = VAN_ON(streets);
        struct map_match match;

        van_place(&van, 100, 0, 90);
        for (int i = 1; i <= 20; i++) {
                match = drive_with_error(&van, 100 + 10 * i, 0, 0, i == 10 ? 30 : i % 3 - 1); /* on the other street */
                assert_match(&match, 1, 1);
        }
        for (int i = 21; i <= 30; i++) {
                match = drive_with_error(&van, 100 + 10 * i, 0, 0, i == 25 ? 500 : 0); /* off the map */
                if (i != 25)
                        assert_match(&match, 1, 1);
                else
                        assert_false(match.on_road);
        }
        van_finish(&van);
}

static void a_street_under_a_bridge_is_not_the_bridge(void **state)
{
        static const struct street streets[] = {
                {1, ROAD_BOTH_WAYS, 2, {{-300, 0}, {300, 0}}},
                {2, ROAD_BOTH_WAYS, 2, {{-300, -60}, {300, 60}}}, /* crosses it at 11 degrees; they do not meet */
        };
        struct van van = VAN_ON(streets);

        van_place(&van, -210, 0, 90);
        for (int i = -20; i <= 20; i++) {
                struct map_match match = drive_with_error(&van, 10 * i, 0, 0, i % 3 - 1);

                assert_match(&match, 1, 1);
        }
        van_finish(&van);
}

static void a_wrong_choice_is_left_behind(void **state)
{
        /* Two streets that part at 5 degrees. */
        static const struct street streets[] = {
                {1, ROAD_BOTH_WAYS, 2, {{-200, 0}, {0, 0}}},
                {2, ROAD_BOTH_WAYS, 2, {{0, 0}, {500, 0}}},
                {3, ROAD_BOTH_WAYS, 2, {{0, 0}, {500, 44}}},
        };
        struct van van = VAN_ON(streets);
        struct map_match match;

        van_place(&van, -50, 0, 90);
        for (int i = -4; i < 0; i++)
                match = drive(&van, 10 * i, 0);
        /* For 60 m the receiver says the lower street, but it is the upper one. */
        for (int i = 1; i <= 40; i++)
                match = drive_with_error(&van, 10 * i, 0.88 * i, 0, i <= 6 ? -0.88 * i - 2 : 0);
        assert_match(&match, 3, 1);
        assert_true(match.confidence > 0.9);
        van_finish(&van);
}

static void without_course_and_speed_it_goes_by_progress(void **state)
{
        struct van van = VAN_ON(crossroads);
        struct map_match match;

        van_place(&van, 150, 0, 270);
        for (int i = 14; i >= 3; i--) {
                struct map_observation observation;

                van.travelled_m += 10;
                van.now_ns += NS_PER_S;
                observation = observation_at(&van, 10 * i, 1, NAN);
                observation.course_deg = observation.accuracy_m = NAN;
                map_matcher_observe(van.matcher, &observation, &match);
        }
        assert_match(&match, 2, -1);
        van_finish(&van);
}

static struct map_match locate(const struct van *van, double east_m, double north_m, double course_deg, double ahead_m)
{
        struct van then = *van;
        struct map_observation observation;
        struct map_match match;

        then.course_deg = course_deg;
        then.travelled_m += ahead_m;
        then.now_ns += (int64_t)(ahead_m / 10.0 * (double)NS_PER_S);
        observation = observation_at(&then, east_m, north_m, 10.0);
        map_matcher_locate(van->matcher, &observation, &match);
        return match;
}

static void frames_lie_before_and_after_the_last_fix(void **state)
{
        struct van van = VAN_ON(crossroads);
        struct map_match match, again;

        van_place(&van, -80, 0, 90);
        for (int i = -7; i <= -1; i++)
                match = drive(&van, 10 * i, 0);
        match = drive(&van, 0, 1);
        for (int i = 1; i <= 3; i++)
                match = drive(&van, 0, 10 * i);
        assert_match(&match, 3, 1);
        /* Of this turn, 8 m and 15 m back, and one before it. */
        match = locate(&van, 0, 22, 0, -8);
        assert_match(&match, 3, 1);
        assert_true(fabs(match.chainage_m - 22) < 0.2);
        match = locate(&van, 0, 15, 0, -15);
        assert_match(&match, 3, 1);
        match = locate(&van, -12, 0, 90, -42);
        assert_match(&match, 1, 1);
        /* And a little ahead. */
        match = locate(&van, 0, 38, 0, 8);
        assert_match(&match, 3, 1);
        assert_true(fabs(match.chainage_m - 38) < 0.2);
        /* Looking changes nothing. */
        again = locate(&van, 0, 38, 0, 8);
        assert_same(&again, &match);
        match = drive(&van, 0, 40);
        assert_match(&match, 3, 1);
        van_finish(&van);
}

static void frames_keep_to_the_street_of_the_fixes(void **state)
{
        static const struct street streets[] = {
                {1, ROAD_BOTH_WAYS, 2, {{0, 0}, {1000, 0}}},
                {2, ROAD_BOTH_WAYS, 2, {{0, 14}, {1000, 14}}},
        };
        struct van van = VAN_ON(streets);
        struct map_match match;

        van_place(&van, 100, 0, 90);
        for (int i = 1; i <= 10; i++)
                match = drive(&van, 100 + 10 * i, 0);
        match = locate(&van, 205, 9, 90, 5); /* alone it would be nearer to the other street */
        assert_match(&match, 1, 1);
        match = locate(&van, 195, 9, 90, -5);
        assert_match(&match, 1, 1);
        map_matcher_reset(van.matcher);
        match = locate(&van, 205, 9, 90, 5);
        assert_match(&match, 2, 1);
        van_finish(&van);
}

static void a_long_hole_in_the_fixes_is_bridged(void **state)
{
        struct van van = VAN_ON(crossroads);
        struct map_match match;

        van_place(&van, -180, 0, 90);
        match = drive(&van, -170, 0);
        match = drive(&van, -160, 0);
        match = drive(&van, 150, 1); /* 310 m later */
        assert_match(&match, 2, 1);
        van_finish(&van);
}

static void without_a_network_all_is_off_road(void **state)
{
        struct map_matcher_settings settings = {.radius_m = RADIUS_M, .course_speed_mps = COURSE_SPEED_MPS};
        struct map_observation observation = {.latitude_deg = LATITUDE_DEG,
                                              .longitude_deg = LONGITUDE_DEG,
                                              .accuracy_m = NAN,
                                              .course_deg = NAN,
                                              .speed_mps = NAN};
        struct map_matcher *matcher;
        struct map_match match;

        assert_int_equal(map_matcher_create(NULL, &settings, &matcher), 0);
        memset(&match, 0xa5, sizeof(match));
        map_matcher_observe(matcher, &observation, &match);
        assert_false(match.on_road);
        memset(&match, 0xa5, sizeof(match));
        map_matcher_locate(matcher, &observation, &match);
        assert_false(match.on_road);
        map_matcher_reset(matcher);
        map_matcher_destroy(matcher);
        map_matcher_destroy(NULL);
}

static void a_position_that_is_none_is_off_road_and_forgotten(void **state)
{
        struct van van = VAN_ON(lone_street);
        struct map_observation observation;
        struct map_match match;

        van_place(&van, 100, 0, 90);
        for (int i = 1; i <= 5; i++)
                match = drive(&van, 100 + 10 * i, 0);
        observation = observation_at(&van, 0, 0, 10);
        observation.latitude_deg = NAN;
        map_matcher_observe(van.matcher, &observation, &match);
        assert_false(match.on_road);
        match = drive(&van, 160, 0);
        assert_match(&match, 1, 1);
        van_finish(&van);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(one_street_gives_all_that_is_asked),
                cmocka_unit_test(going_back_is_against),
                cmocka_unit_test(parallel_oneway_streets_are_told_apart_by_course),
                cmocka_unit_test(a_lone_oneway_street_may_be_driven_against),
                cmocka_unit_test(a_turn_at_a_junction_is_followed),
                cmocka_unit_test(straight_on_at_a_junction_stays_off_the_sides),
                cmocka_unit_test(a_u_turn_at_the_end_of_a_street_is_seen_once),
                cmocka_unit_test(slow_jitter_turns_nothing_round),
                cmocka_unit_test(at_standstill_nothing_changes),
                cmocka_unit_test(a_roundabout_is_driven_round),
                cmocka_unit_test(a_car_park_is_off_the_road),
                cmocka_unit_test(one_bad_fix_leads_nowhere),
                cmocka_unit_test(a_street_under_a_bridge_is_not_the_bridge),
                cmocka_unit_test(a_wrong_choice_is_left_behind),
                cmocka_unit_test(without_course_and_speed_it_goes_by_progress),
                cmocka_unit_test(frames_lie_before_and_after_the_last_fix),
                cmocka_unit_test(frames_keep_to_the_street_of_the_fixes),
                cmocka_unit_test(a_long_hole_in_the_fixes_is_bridged),
                cmocka_unit_test(without_a_network_all_is_off_road),
                cmocka_unit_test(a_position_that_is_none_is_off_road_and_forgotten),
        };

        return cmocka_run_group_tests_name("map matcher", tests, NULL, NULL);
}
