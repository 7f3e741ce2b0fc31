/* SPDX-License-Identifier: MIT */
/* Cutting of source lines into segments. Lines are drawn in metres around 48.85 N 2.35 E. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/roads_lines.h"
#include "geotag/geodesy.h"

#define PIECES_MAX 64

struct piece {
        char source_id[ROADS_ID_SIZE];
        double from_m, to_m;
        size_t point_count;
        bool has_street;
};

struct pieces {
        struct piece items[PIECES_MAX];
        size_t count;
        size_t stop_at; /* 0: never */
};

static int add(struct roads_lines *lines, const char *id, const double (*metres)[2], size_t count)
{
        struct roads_attributes attributes = {0};
        struct road_point points[16];
        struct plane plane;
        size_t i;

        snprintf(attributes.source_id, sizeof(attributes.source_id), "%s", id);
        snprintf(attributes.street, sizeof(attributes.street), "%s", id[0] == 'u' ? "" : "Rue Pasteur");
        plane_init(&plane, 48.85, 2.35);
        for (i = 0; i < count; i++)
                plane_to_geodetic(&plane, metres[i][0], metres[i][1], &points[i].latitude_deg,
                                  &points[i].longitude_deg);
        return roads_lines_add(lines, &attributes, points, count);
}

static int take(void *userdata, const struct road_segment *segment)
{
        struct pieces *pieces = userdata;
        struct piece *piece = &pieces->items[pieces->count++];

        assert_true(pieces->count <= PIECES_MAX);
        snprintf(piece->source_id, sizeof(piece->source_id), "%s", segment->source_id);
        piece->from_m = segment->from_m;
        piece->to_m = segment->to_m;
        piece->point_count = segment->point_count;
        piece->has_street = segment->street != NULL;
        return pieces->stop_at && pieces->count == pieces->stop_at ? -ENOSPC : 0;
}

static void assert_piece(const struct piece *piece, const char *id, double from_m, double to_m, size_t point_count)
{
        assert_string_equal(piece->source_id, id);
        if (fabs(piece->from_m - from_m) > 0.06 || fabs(piece->to_m - to_m) > 0.06)
                fail_msg("%s: %.3f to %.3f, not %.3f to %.3f", id, piece->from_m, piece->to_m, from_m, to_m);
        assert_int_equal(piece->point_count, point_count);
}

static struct pieces split(struct roads_lines *lines)
{
        struct pieces pieces = {0};

        assert_int_equal(roads_lines_split(lines, take, &pieces), 0);
        roads_lines_destroy(lines);
        return pieces;
}

static struct roads_lines *create(void)
{
        struct roads_lines *lines;

        assert_int_equal(roads_lines_create(&lines), 0);
        return lines;
}

static void lines_are_cut_where_they_share_a_vertex(void **state)
{
        static const double main_street[][2] = {{0, 0}, {50, 0}, {100, 0}, {150, 0}};
        static const double crossing[][2] = {{100, -50}, {100, 0}, {100, 50}};
        static const double side[][2] = {{50.03, 0.02}, {50, 80}};   /* begins 0.036 m off a vertex: meets it */
        static const double bridge[][2] = {{75, -50}, {75, 50}};     /* crosses without a vertex: does not meet */
        static const double beside[][2] = {{150, 0.2}, {150, 80.2}}; /* 0.2 m off an end: does not */
        struct roads_lines *lines = create();
        struct pieces pieces;

        assert_int_equal(add(lines, "a", main_street, 4), 0);
        assert_int_equal(add(lines, "b", crossing, 3), 0);
        assert_int_equal(add(lines, "c", side, 2), 0);
        assert_int_equal(add(lines, "u", bridge, 2), 0);
        assert_int_equal(add(lines, "e", beside, 2), 0);
        assert_int_equal(roads_lines_count(lines), 5);
        pieces = split(lines);
        assert_int_equal(pieces.count, 8);
        assert_piece(&pieces.items[0], "a", 0, 50, 2);
        assert_piece(&pieces.items[1], "a", 50, 100, 2);
        assert_piece(&pieces.items[2], "a", 100, 150, 2);
        assert_piece(&pieces.items[3], "b", 0, 50, 2);
        assert_piece(&pieces.items[4], "b", 50, 100, 2);
        assert_piece(&pieces.items[5], "c", 0, 80, 2);
        assert_piece(&pieces.items[6], "u", 0, 100, 2);
        assert_piece(&pieces.items[7], "e", 0, 80, 2);
        assert_true(pieces.items[0].has_street);
        assert_false(pieces.items[6].has_street);
        assert_true(pieces.items[0].to_m == pieces.items[1].from_m);
}

static void a_ring_stays_whole_until_met(void **state)
{
        static const double ring[][2] = {{0, 0}, {20, 20}, {40, 0}, {20, -20}, {0, 0}};
        static const double street[][2] = {{40, 0}, {100, 0}};
        struct roads_lines *lines = create();
        struct pieces pieces;

        assert_int_equal(add(lines, "ring", ring, 5), 0);
        pieces = split(lines);
        assert_int_equal(pieces.count, 1);
        assert_piece(&pieces.items[0], "ring", 0, 80 * sqrt(2), 5);

        lines = create();
        assert_int_equal(add(lines, "ring", ring, 5), 0);
        assert_int_equal(add(lines, "s", street, 2), 0);
        pieces = split(lines);
        assert_int_equal(pieces.count, 3);
        assert_piece(&pieces.items[0], "ring", 0, 40 * sqrt(2), 3);
        assert_piece(&pieces.items[1], "ring", 40 * sqrt(2), 80 * sqrt(2), 3);
}

static void a_line_that_meets_itself_is_cut_there(void **state)
{
        static const double lollipop[][2] = {{0, 0}, {100, 0}, {120, 20}, {140, 0}, {120, -20}, {100, 0}};
        struct roads_lines *lines = create();
        struct pieces pieces;

        assert_int_equal(add(lines, "l", lollipop, 6), 0);
        pieces = split(lines);
        assert_int_equal(pieces.count, 2);
        assert_piece(&pieces.items[0], "l", 0, 100, 2);
        assert_piece(&pieces.items[1], "l", 100, 100 + 80 * sqrt(2), 5);
}

static void doubled_vertices_cut_nothing(void **state)
{
        static const double doubled[][2] = {{0, 0}, {0, 0}, {50, 0}, {50, 0}, {50.02, 0}, {100, 0}, {100, 0.01}};
        static const double same[][2] = {{0, 0}, {100, 0}};
        struct roads_lines *lines = create();
        struct pieces pieces;

        assert_int_equal(add(lines, "d", doubled, 7), 0);
        pieces = split(lines);
        assert_int_equal(pieces.count, 1);
        assert_piece(&pieces.items[0], "d", 0, 100, 7);

        /* Met at its ends by another: no sliver there. */
        lines = create();
        assert_int_equal(add(lines, "d", doubled, 7), 0);
        assert_int_equal(add(lines, "s", same, 2), 0);
        pieces = split(lines);
        assert_int_equal(pieces.count, 2);
}

static void parts_of_one_source_line_go_on(void **state)
{
        static const double first[][2] = {{0, 0}, {100, 0}}, second[][2] = {{200, 0}, {250, 0}, {300, 0}};
        static const double crossing[][2] = {{250, 0}, {250, 50}};
        struct roads_lines *lines = create();
        struct pieces pieces;

        assert_int_equal(add(lines, "m", first, 2), 0);
        assert_int_equal(add(lines, "x", crossing, 2), 0);
        assert_int_equal(add(lines, "m", second, 3), 0);
        pieces = split(lines);
        assert_int_equal(pieces.count, 4);
        assert_piece(&pieces.items[0], "m", 0, 100, 2);
        assert_piece(&pieces.items[2], "m", 100, 150, 2);
        assert_piece(&pieces.items[3], "m", 150, 200, 2);
}

static void chainage_is_geodesic(void **state)
{
        struct roads_attributes attributes = {.source_id = "g"};
        struct road_point points[2] = {{48.85, 2.35}, {48.89, 2.35}};
        struct roads_lines *lines = create();
        struct pieces pieces;

        assert_int_equal(roads_lines_add(lines, &attributes, points, 2), 0);
        pieces = split(lines);
        assert_true(fabs(pieces.items[0].to_m - 4448.2887) < 0.005);
}

static void lines_that_are_none_are_refused(void **state)
{
        static const double spot[][2] = {{5, 5}, {5, 5.03}};
        struct roads_attributes attributes = {.source_id = "x"};
        struct road_point points[2] = {{48.85, 2.35}, {98.85, 2.35}};
        struct roads_lines *lines = create();

        assert_int_equal(add(lines, "x", spot, 2), -ENODATA);
        assert_int_equal(add(lines, "x", spot, 1), -ENODATA);
        assert_int_equal(roads_lines_add(lines, &attributes, points, 2), -ERANGE);
        points[1].latitude_deg = NAN;
        assert_int_equal(roads_lines_add(lines, &attributes, points, 2), -ERANGE);
        /* On Earth, but too far apart. */
        points[1] = (struct road_point){48.85, 12.0};
        assert_int_equal(roads_lines_add(lines, &attributes, points, 2), -EDOM);
        points[1] = (struct road_point){50.95, 2.35};
        assert_int_equal(roads_lines_add(lines, &attributes, points, 2), -EDOM);
        assert_int_equal(roads_lines_count(lines), 0);
        assert_int_equal(split(lines).count, 0);
        roads_lines_destroy(NULL);
}

static void an_error_of_the_taker_stops(void **state)
{
        static const double line[][2] = {{0, 0}, {100, 0}}, other[][2] = {{0, 50}, {100, 50}};
        struct roads_lines *lines = create();
        struct pieces pieces = {.stop_at = 1};

        assert_int_equal(add(lines, "a", line, 2), 0);
        assert_int_equal(add(lines, "b", other, 2), 0);
        assert_int_equal(roads_lines_split(lines, take, &pieces), -ENOSPC);
        assert_int_equal(pieces.count, 1);
        roads_lines_destroy(lines);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(lines_are_cut_where_they_share_a_vertex),
                cmocka_unit_test(a_ring_stays_whole_until_met),
                cmocka_unit_test(a_line_that_meets_itself_is_cut_there),
                cmocka_unit_test(doubled_vertices_cut_nothing),
                cmocka_unit_test(parts_of_one_source_line_go_on),
                cmocka_unit_test(chainage_is_geodesic),
                cmocka_unit_test(lines_that_are_none_are_refused),
                cmocka_unit_test(an_error_of_the_taker_stops),
        };

        return cmocka_run_group_tests_name("road lines", tests, NULL, NULL);
}
