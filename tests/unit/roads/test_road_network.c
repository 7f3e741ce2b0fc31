/* SPDX-License-Identifier: MIT */
/* The road network against a plain search over everything. The seed of the random networks is printed; STREETCAP_TEST_SEED gives it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "geotag/geodesy.h"
#include "geotag/road_network.h"

#define SEGMENTS 400
#define POINTS_MAX 9
#define PLACES 64

static uint64_t random_state;

static double random_part(void) /* 0 to 1 */
{
        random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        return (double)(random_state >> 11) / 9007199254740992.0;
}

static void assert_near(double found, double expected, double tolerance)
{
        if (!(fabs(found - expected) <= tolerance))
                fail_msg("%.9g is not within %g of %.9g", found, tolerance, expected);
}

/* --- a random network, and the plain search --- */

struct town {
        struct road_segment segments[SEGMENTS];
        struct road_point points[SEGMENTS][POINTS_MAX];
        struct road_network *network;
};

static void town_add(struct road_builder *builder, struct town *town, int i, double latitude_deg, double longitude_deg)
{
        static const char *const names[] = {NULL, "Rue Pasteur", "Rue de l'Église", "Place du Marché"};
        size_t count = 2 + (size_t)(random_part() * (POINTS_MAX - 2)), k;
        double step_deg = random_part() < 0.05 ? 0.02 : 0.0008;

        town->points[i][0] =
                (struct road_point){.latitude_deg = latitude_deg, .longitude_deg = angle_wrap_180(longitude_deg)};
        for (k = 1; k < count; k++) {
                latitude_deg += (random_part() - 0.5) * step_deg;
                longitude_deg += (random_part() - 0.5) * step_deg;
                town->points[i][k] = (struct road_point){.latitude_deg = latitude_deg,
                                                         .longitude_deg = angle_wrap_180(longitude_deg)};
        }
        town->segments[i] = (struct road_segment){.id = 1000 - 2 * i > 0 ? 1000 - 2 * i : 1001 + 2 * i,
                                                  .source_id = "w",
                                                  .from_m = 100.0 * random_part(),
                                                  .to_m = 200.0 + 100.0 * random_part(),
                                                  .street = names[i % 4],
                                                  .oneway = (enum road_oneway)(i % 3 - 1),
                                                  .level = i % 5 - 2,
                                                  .points = town->points[i],
                                                  .point_count = count};
        assert_int_equal(road_builder_add(builder, &town->segments[i]), 0);
}

static struct town *town_create(double latitude_deg, double longitude_deg)
{
        struct town *town = calloc(1, sizeof(*town));
        struct road_builder *builder;
        int i;

        assert_non_null(town);
        assert_int_equal(road_builder_create(&builder), 0);
        for (i = 0; i < SEGMENTS; i++)
                town_add(builder, town, i, latitude_deg + random_part() * 0.02, longitude_deg + random_part() * 0.02);
        assert_int_equal(road_builder_finish(builder, "a version", &town->network), 0);
        return town;
}

static void town_destroy(struct town *town)
{
        road_network_destroy(town->network);
        free(town);
}

/* Nearest place of one segment, by looking at each of its pieces. At a vertex the bearing may be that of either piece: NAN. */
static void plain_nearest(const struct road_segment *segment, const struct plane *plane, struct road_place *ret_place)
{
        double length_m = 0.0, at_m = 0.0;
        size_t i;

        ret_place->distance_m = INFINITY;
        for (i = 0; i + 1 < segment->point_count; i++) {
                const struct road_point *a = &segment->points[i], *b = a + 1;
                double ae, an, be, bn, t, distance_m;
                double piece_m = geodesic_m(a->latitude_deg, a->longitude_deg, b->latitude_deg, b->longitude_deg);

                plane_from_geodetic(plane, a->latitude_deg, a->longitude_deg, &ae, &an);
                plane_from_geodetic(plane, b->latitude_deg, b->longitude_deg, &be, &bn);
                t = (-ae * (be - ae) - an * (bn - an)) / ((be - ae) * (be - ae) + (bn - an) * (bn - an));
                t = t < 0 ? 0 : t > 1 ? 1 : t;
                distance_m = hypot(ae + t * (be - ae), an + t * (bn - an));
                if (fabs(distance_m - ret_place->distance_m) < 1e-9) {
                        ret_place->bearing_deg = NAN;
                } else if (distance_m < ret_place->distance_m) {
                        ret_place->distance_m = distance_m;
                        ret_place->bearing_deg = angle_wrap_360(atan2(be - ae, bn - an) * 180.0 / M_PI);
                        at_m = length_m + t * piece_m;
                }
                length_m += piece_m;
        }
        ret_place->chainage_m = segment->from_m + at_m / length_m * (segment->to_m - segment->from_m);
}

static int compare_places(const void *a, const void *b)
{
        const struct road_place *p = a, *q = b;

        return (p->distance_m > q->distance_m) - (p->distance_m < q->distance_m);
}

static void compare_at(const struct town *town, double latitude_deg, double longitude_deg, double radius_m, size_t max)
{
        struct road_place found[PLACES], plain[SEGMENTS];
        size_t count = 0, found_count, i;
        struct plane plane;

        plane_init(&plane, latitude_deg, longitude_deg);
        for (i = 0; i < SEGMENTS; i++) {
                plain_nearest(&town->segments[i], &plane, &plain[count]);
                plain[count].index = (uint32_t)i;
                if (plain[count].distance_m <= radius_m)
                        count++;
        }
        qsort(plain, count, sizeof(*plain), compare_places);
        found_count = road_network_near(town->network, latitude_deg, longitude_deg, radius_m, found, max);
        assert_int_equal(found_count, count < max ? count : max);
        for (i = 0; i < found_count; i++) {
                assert_near(found[i].distance_m, plain[i].distance_m, 1e-6);
                assert_int_equal(found[i].index, plain[i].index);
                assert_near(found[i].chainage_m, plain[i].chainage_m, isnan(plain[i].bearing_deg) ? 0.05 : 1e-5);
                if (!isnan(plain[i].bearing_deg))
                        assert_near(angle_between(found[i].bearing_deg, plain[i].bearing_deg), 0.0, 1e-6);
                assert_true(fabs(found[i].offset_m) <= found[i].distance_m + 1e-9);
        }
}

static void compare_town(double latitude_deg, double longitude_deg)
{
        static const double radii_m[] = {0.0, 5.0, 40.0, 200.0, 1000.0};
        struct town *town = town_create(latitude_deg, longitude_deg);
        int i;

        for (i = 0; i < 300; i++)
                compare_at(town, latitude_deg + (random_part() * 1.4 - 0.2) * 0.02,
                           angle_wrap_180(longitude_deg + (random_part() * 1.4 - 0.2) * 0.02), radii_m[i % 5],
                           i % 7 == 0 ? 3 : PLACES);
        town_destroy(town);
}

static void near_agrees_with_plain_search(void **state)
{
        compare_town(48.85, 2.35);
        compare_town(43.73, -0.01);  /* across the zero meridian */
        compare_town(-0.01, 9.5);    /* across the equator */
        compare_town(-16.8, 179.99); /* across the 180 degree meridian */
        compare_town(69.6, 18.9);
}

static void near_refuses_nonsense(void **state)
{
        struct town *town = town_create(48.85, 2.35);
        struct road_place places[4];

        assert_int_equal(road_network_near(town->network, NAN, 2.35, 50, places, 4), 0);
        assert_int_equal(road_network_near(town->network, 48.85, INFINITY, 50, places, 4), 0);
        assert_int_equal(road_network_near(town->network, 48.85, 2.35, -1, places, 4), 0);
        assert_int_equal(road_network_near(town->network, 48.85, 2.35, NAN, places, 4), 0);
        assert_int_equal(road_network_near(town->network, 90, 2.35, 1000, places, 4), 0);
        assert_int_equal(road_network_near(town->network, -90, 2.35, 1000, places, 4), 0);
        assert_int_equal(road_network_near(town->network, 48.86, 2.36, 1000, NULL, 0), 0);
        town_destroy(town);
}

static void segments_come_back_as_given(void **state)
{
        struct town *town = town_create(48.85, 2.35);
        uint32_t i;

        assert_int_equal(road_network_size(town->network), SEGMENTS);
        assert_string_equal(road_network_version(town->network), "a version");
        for (i = 0; i < SEGMENTS; i++) {
                const struct road_segment *given = &town->segments[i];
                struct road_segment found;

                road_network_segment(town->network, i, &found);
                assert_true(found.id == given->id && found.from_m == given->from_m && found.to_m == given->to_m);
                assert_int_equal(found.oneway, given->oneway);
                assert_int_equal(found.level, given->level);
                assert_string_equal(found.source_id, given->source_id);
                assert_true((found.street == NULL) == (given->street == NULL));
                if (found.street)
                        assert_string_equal(found.street, given->street);
                assert_null(found.road_class);
                assert_null(found.commune);
                assert_int_equal(found.point_count, given->point_count);
                assert_memory_equal(found.points, given->points, given->point_count * sizeof(*given->points));
                assert_int_equal(road_network_find(town->network, given->id), i);
        }
        assert_int_equal(road_network_find(town->network, 0), ROAD_NONE);
        assert_int_equal(road_network_find(town->network, INT64_MAX), ROAD_NONE);
        assert_int_equal(road_network_find(town->network, -5), ROAD_NONE);
        town_destroy(town);
}

static void equal_texts_are_kept_once(void **state)
{
        struct town *town = town_create(48.85, 2.35);
        struct road_segment first, second;

        road_network_segment(town->network, 1, &first);
        road_network_segment(town->network, 5, &second);
        assert_string_equal(first.street, "Rue Pasteur");
        assert_ptr_equal(first.street, second.street);
        assert_ptr_equal(first.source_id, second.source_id);
        town_destroy(town);
}

/* --- small networks drawn by hand, in metres around 48.85 N 2.35 E --- */

static void add_line(struct road_builder *builder, int64_t id, const double (*metres)[2], size_t count)
{
        struct road_point points[8];
        struct road_segment segment = {.id = id, .source_id = "s", .points = points, .point_count = count};
        struct plane plane;
        size_t i;

        plane_init(&plane, 48.85, 2.35);
        for (i = 0; i < count; i++) {
                plane_to_geodetic(&plane, metres[i][0], metres[i][1], &points[i].latitude_deg,
                                  &points[i].longitude_deg);
                if (i > 0)
                        segment.to_m += hypot(metres[i][0] - metres[i - 1][0], metres[i][1] - metres[i - 1][1]);
        }
        assert_int_equal(road_builder_add(builder, &segment), 0);
}

static struct road_network *finish(struct road_builder *builder)
{
        struct road_network *network;

        assert_int_equal(road_builder_finish(builder, "", &network), 0);
        return network;
}

static struct road_place place_at(const struct road_network *network, double east_m, double north_m)
{
        struct road_place places[4];
        struct plane plane;
        double latitude_deg, longitude_deg;

        plane_init(&plane, 48.85, 2.35);
        plane_to_geodetic(&plane, east_m, north_m, &latitude_deg, &longitude_deg);
        assert_true(road_network_near(network, latitude_deg, longitude_deg, 200.0, places, 4) >= 1);
        return places[0];
}

static void chainage_offset_and_bearing_have_their_signs(void **state)
{
        /* east 100 m, then north 100 m */
        static const double bend[][2] = {{0, 0}, {100, 0}, {100, 100}};
        struct road_builder *builder;
        struct road_network *network;
        struct road_place place;

        assert_int_equal(road_builder_create(&builder), 0);
        add_line(builder, 1, bend, 3);
        network = finish(builder);

        place = place_at(network, 30, -7); /* right of it, going east */
        assert_near(place.chainage_m, 30, 0.01);
        assert_near(place.distance_m, 7, 0.01);
        assert_near(place.offset_m, 7, 0.01);
        assert_near(place.bearing_deg, 90, 0.01);
        place = place_at(network, 30, 7); /* left */
        assert_near(place.offset_m, -7, 0.01);
        place = place_at(network, 110, 60); /* right of it, going north */
        assert_near(place.chainage_m, 160, 0.02);
        assert_near(place.offset_m, 10, 0.01);
        assert_near(place.bearing_deg, 0, 0.01);
        place = place_at(network, 103, -4); /* outside the bend */
        assert_near(place.chainage_m, 100, 0.01);
        assert_near(place.distance_m, 5, 0.01);
        assert_near(place.offset_m, 5, 0.01);
        place = place_at(network, -30, 4); /* before its start: beside it, as far as that can be said */
        assert_near(place.chainage_m, 0, 1e-9);
        assert_near(place.distance_m, hypot(30, 4), 0.01);
        assert_near(place.offset_m, -4, 0.01);
        place = place_at(network, 90, 150); /* after its end */
        assert_near(place.chainage_m, 200, 0.01);
        assert_near(place.offset_m, -10, 0.01);
        road_network_destroy(network);
}

static void outside_of_a_hairpin_has_one_side(void **state)
{
        /* east, then back to the west-north-west: a left turn of 160 degrees */
        static const double hairpin[][2] = {{0, 0}, {100, 0}, {6.03, 34.2}};
        struct road_builder *builder;
        struct road_network *network;
        int i;

        assert_int_equal(road_builder_create(&builder), 0);
        add_line(builder, 1, hairpin, 3);
        network = finish(builder);
        /* All directions in which the tip itself is nearest: beyond both pieces. */
        for (i = -69; i <= 89; i += 2) {
                double angle = i * M_PI / 180.0;
                struct road_place place = place_at(network, 100 + 10 * cos(angle), -10 * sin(angle));

                assert_near(place.distance_m, 10, 0.01);
                assert_near(place.offset_m, 10, 0.01);
        }
        road_network_destroy(network);
}

static void ends_that_meet_are_one_node(void **state)
{
        static const double one[][2] = {{0, 0}, {100, 0}};
        static const double two[][2] = {{100.03, 0.02}, {200, 0}}; /* 0.036 m off: meets */
        static const double three[][2] = {{100, 0}, {100, 100}};
        static const double apart[][2] = {{200.1, 0}, {300, 0}}; /* 0.1 m off: does not */
        static const double loop[][2] = {{300, 0}, {320, 20}, {340, 0}, {300, 0}};
        struct road_builder *builder;
        struct road_network *network;
        uint32_t found[8];

        assert_int_equal(road_builder_create(&builder), 0);
        add_line(builder, 1, one, 2);
        add_line(builder, 2, two, 2);
        add_line(builder, 3, three, 2);
        add_line(builder, 4, apart, 2);
        add_line(builder, 5, loop, 4);
        network = finish(builder);

        assert_int_equal(road_network_node(network, 0, 1), road_network_node(network, 1, 0));
        assert_int_not_equal(road_network_node(network, 0, 0), road_network_node(network, 0, 1));
        assert_int_not_equal(road_network_node(network, 1, 1), road_network_node(network, 3, 0));
        assert_int_equal(road_network_node(network, 3, 1), road_network_node(network, 4, 0));
        assert_int_equal(road_network_node(network, 4, 0), road_network_node(network, 4, 1));

        assert_int_equal(road_network_at_node(network, road_network_node(network, 0, 1), found, 8), 3);
        assert_int_equal(found[0], 0);
        assert_int_equal(found[1], 1);
        assert_int_equal(found[2], 2);
        assert_int_equal(road_network_at_node(network, road_network_node(network, 0, 1), found, 1), 3);
        assert_int_equal(road_network_at_node(network, road_network_node(network, 0, 0), found, 8), 1);
        /* one segment that ends there, and the loop twice */
        assert_int_equal(road_network_at_node(network, road_network_node(network, 4, 0), found, 8), 3);
        assert_int_equal(found[1], 4);
        assert_int_equal(found[2], 4);
        road_network_destroy(network);
}

static void nodes_agree_with_plain_search(void **state)
{
        enum { COUNT = 300 };
        static double ends[COUNT][2][2];
        struct road_builder *builder;
        struct road_network *network;
        uint32_t i, k;

        assert_int_equal(road_builder_create(&builder), 0);
        for (i = 0; i < COUNT; i++) {
                /* On a grid of 30 m, shaken by less than the merging distance, or by much more. */
                for (k = 0; k < 2; k++) {
                        double shake_m = random_part() < 0.8 ? 0.02 : 1.0;

                        ends[i][k][0] = 30 * floor(random_part() * 8) + 31 * k + shake_m * random_part();
                        ends[i][k][1] = 30 * floor(random_part() * 8) + shake_m * random_part();
                }
                add_line(builder, i + 1, (const double(*)[2])ends[i], 2);
        }
        network = finish(builder);
        for (i = 0; i < COUNT * 2; i++)
                for (k = 0; k < COUNT * 2; k++) {
                        double apart_m = hypot(ends[i / 2][i % 2][0] - ends[k / 2][k % 2][0],
                                               ends[i / 2][i % 2][1] - ends[k / 2][k % 2][1]);

                        /* Farther ones may be united through others between them. */
                        if (apart_m < 0.0499)
                                assert_int_equal(road_network_node(network, i / 2, i % 2),
                                                 road_network_node(network, k / 2, k % 2));
                        if (apart_m > 3.0)
                                assert_int_not_equal(road_network_node(network, i / 2, i % 2),
                                                     road_network_node(network, k / 2, k % 2));
                }
        road_network_destroy(network);
}

static void chainage_ends_where_it_is_told(void **state)
{
        static const double line[][2] = {{0, 0}, {60, 0}, {100, 0}};
        struct road_segment segment;
        struct road_builder *builder;
        struct road_network *network;
        struct road_point points[3];
        struct plane plane;
        size_t i;

        plane_init(&plane, 48.85, 2.35);
        for (i = 0; i < 3; i++)
                plane_to_geodetic(&plane, line[i][0], line[i][1], &points[i].latitude_deg, &points[i].longitude_deg);
        segment = (struct road_segment){
                .id = 9, .source_id = "s", .from_m = 500, .to_m = 600, .points = points, .point_count = 3};
        assert_int_equal(road_builder_create(&builder), 0);
        assert_int_equal(road_builder_add(builder, &segment), 0);
        network = finish(builder);
        assert_near(place_at(network, 0, 3).chainage_m, 500, 1e-9);
        assert_near(place_at(network, 60, 3).chainage_m, 560, 0.01);
        assert_near(place_at(network, 99, 3).chainage_m, 599, 0.01);
        assert_true(place_at(network, 130, 3).chainage_m == 600.0);
        road_network_destroy(network);
}

static void builder_refuses(void **state)
{
        struct road_point good[2] = {{48.85, 2.35}, {48.851, 2.35}}, bad[2];
        struct road_segment segment = {.id = 1, .source_id = "s", .to_m = 10, .points = good, .point_count = 2};
        struct road_builder *builder;
        struct road_network *network;
        static const double latitudes_deg[] = {90.1, -90.1, NAN, INFINITY};
        size_t i;

        assert_int_equal(road_builder_create(&builder), 0);
#define REFUSED(field, wrong)                                                                                          \
        do {                                                                                                           \
                struct road_segment broken = segment;                                                                  \
                broken.field = wrong;                                                                                  \
                assert_int_equal(road_builder_add(builder, &broken), -EINVAL);                                         \
        } while (0)
        REFUSED(id, 0);
        REFUSED(id, -1);
        REFUSED(source_id, NULL);
        REFUSED(point_count, 1);
        REFUSED(point_count, 0);
        REFUSED(to_m, 0);
        REFUSED(to_m, NAN);
        REFUSED(from_m, 10);
        REFUSED(from_m, -INFINITY);
        memcpy(bad, good, sizeof(bad));
        for (i = 0; i < 4; i++) {
                bad[1].latitude_deg = latitudes_deg[i];
                REFUSED(points, bad);
        }
        bad[1] = (struct road_point){48.85, 180.5};
        REFUSED(points, bad);
        bad[1] = (struct road_point){48.85, 4.5}; /* too far apart for a piece of road */
        REFUSED(points, bad);
        bad[1] = (struct road_point){51.0, 2.35};
        REFUSED(points, bad);
        /* What was refused left nothing behind. */
        assert_int_equal(road_builder_add(builder, &segment), 0);
        assert_int_equal(road_builder_finish(builder, "", &network), 0);
        assert_int_equal(road_network_size(network), 1);
        road_network_destroy(network);
}

static void empty_network_answers(void **state)
{
        struct road_builder *builder;
        struct road_network *network;
        struct road_place place;

        assert_int_equal(road_builder_create(&builder), 0);
        network = finish(builder);
        assert_int_equal(road_network_size(network), 0);
        assert_int_equal(road_network_find(network, 1), ROAD_NONE);
        assert_int_equal(road_network_near(network, 48.85, 2.35, 1000, &place, 1), 0);
        road_network_destroy(network);
        road_network_destroy(NULL);
        assert_int_equal(road_builder_create(&builder), 0);
        road_builder_destroy(builder);
        road_builder_destroy(NULL);
}

int main(void)
{
        const char *seed = getenv("STREETCAP_TEST_SEED");
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(near_agrees_with_plain_search),
                cmocka_unit_test(near_refuses_nonsense),
                cmocka_unit_test(segments_come_back_as_given),
                cmocka_unit_test(equal_texts_are_kept_once),
                cmocka_unit_test(chainage_offset_and_bearing_have_their_signs),
                cmocka_unit_test(outside_of_a_hairpin_has_one_side),
                cmocka_unit_test(ends_that_meet_are_one_node),
                cmocka_unit_test(nodes_agree_with_plain_search),
                cmocka_unit_test(chainage_ends_where_it_is_told),
                cmocka_unit_test(builder_refuses),
                cmocka_unit_test(empty_network_answers),
        };

        random_state = seed ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);
        print_message("seed %llu\n", (unsigned long long)random_state);
        return cmocka_run_group_tests_name("road network", tests, NULL, NULL);
}
