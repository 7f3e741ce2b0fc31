/* SPDX-License-Identifier: MIT */
/* Coverage, worked out by hand. A spacing of 5 m reaches 3.75 m to both sides of a frame. */
#include "fixture.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "storage/coverage.h"

#define CLOSE 0.02 /* chainages of hand-drawn streets are round, their geometry is not */

static struct coverage_settings settings = {
        .accuracy_m = 10, .spacing_m = 5, .by_segment = true, .worklist_before_utc_ns = INT64_MIN};

static struct coverage *cover(struct fixture *fixture, const struct coverage_settings *with)
{
        struct coverage *coverage = NULL;

        assert_int_equal(coverage_create(fixture->index, with, &coverage), 0);
        return coverage;
}

/* The row of a segment and direction. */
static const struct coverage_row *row_of(const struct coverage *coverage, int64_t segment, int direction)
{
        for (size_t i = 0; i < coverage_size(coverage); i++) {
                const struct coverage_row *row = coverage_row_at(coverage, i);

                if (row->segment == segment && row->direction == direction)
                        return row;
        }
        return NULL;
}

static void expect_covered(const struct coverage *coverage, int64_t segment, int direction, double covered_m)
{
        const struct coverage_row *row = row_of(coverage, segment, direction);

        assert_non_null(row);
        assert_float_equal(row->covered_m, covered_m, CLOSE);
}

static void expect_stretch(const struct coverage_stretch *stretch, double from_m, double to_m, const char *reason)
{
        assert_non_null(stretch);
        assert_float_equal(stretch->from_m, from_m, CLOSE);
        assert_float_equal(stretch->to_m, to_m, CLOSE);
        assert_string_equal(stretch->reason, reason);
}

/* One street of 100 m, east. */
static struct fixture *one_street(void **state, enum road_oneway oneway)
{
        struct fixture *fixture = *state;

        fixture_roads(fixture);
        STREET(fixture, "A", "Rue Pasteur", oneway, 0, 100, {0, 0}, {100, 0});
        fixture_roads_end(fixture);
        fixture_run(fixture, "a", 0, 5);
        return fixture;
}

static void test_no_network(void **state)
{
        struct fixture *fixture = *state;
        struct coverage *coverage = NULL;

        assert_int_equal(coverage_create(fixture->index, &settings, &coverage), -ENODATA);
        assert_null(coverage);
}

static void test_never_driven(void **state)
{
        struct fixture *fixture = one_street(state, ROAD_BOTH_WAYS);
        struct coverage *coverage = cover(fixture, &settings);

        assert_int_equal(coverage_size(coverage), 2);
        for (int direction = -1; direction <= 1; direction += 2) {
                const struct coverage_row *row = row_of(coverage, 1, direction);

                assert_true(row->covered_m == 0 && row->length_m == 100 && row->last_seen_utc_ns == INT64_MIN);
                assert_string_equal(row->street, "Rue Pasteur");
                assert_string_equal(row->source_id, "A");
                assert_int_equal(row->stretch_count, 1);
                expect_stretch(row->largest, 0, 100, "never driven");
        }
        coverage_destroy(coverage);
}

static void test_one_frame(void **state)
{
        struct fixture *fixture = one_street(state, ROAD_BOTH_WAYS);
        const struct coverage_row *row;
        struct coverage *coverage;

        FRAME(fixture, .source_id = "A", .chainage_m = 40, .at_s = 7);
        coverage = cover(fixture, &settings);
        row = row_of(coverage, 1, 1);
        assert_float_equal(row->covered_m, 7.5, 1e-9);
        assert_true(row->last_seen_utc_ns == FIXTURE_START_NS + 7 * FIXTURE_S);
        assert_int_equal(row->stretch_count, 2);
        expect_stretch(&row->stretches[0], 0, 36.25, "never driven");
        expect_stretch(row->largest, 43.75, 100, "never driven");
        expect_covered(coverage, 1, -1, 0);
        assert_true(row_of(coverage, 1, -1)->last_seen_utc_ns == INT64_MIN);
        coverage_destroy(coverage);
}

/* The run of fixture began with 5 m; then the technician chose 20 m. */
static void test_another_spacing_in_a_run(void **state)
{
        struct fixture *fixture = one_street(state, ROAD_BOTH_WAYS);
        struct coverage *coverage;

        for (double chainage_m = 10; chainage_m <= 90; chainage_m += 20) {
                FRAME(fixture, .source_id = "A", .chainage_m = chainage_m, .spacing_m = 20);
                FRAME(fixture, .source_id = "A", .chainage_m = chainage_m, .direction = -1, .spacing_m = 2);
        }
        coverage = cover(fixture, &settings);
        expect_covered(coverage, 1, 1, 100);
        expect_covered(coverage, 1, -1, 5 * 3.0);
        coverage_destroy(coverage);
}

static void test_a_pass_covers_all(void **state)
{
        struct fixture *fixture = one_street(state, ROAD_BOTH_WAYS);
        const struct coverage_row *row;
        struct coverage *coverage;

        for (double chainage_m = 98; chainage_m > 0; chainage_m -= 5)
                FRAME(fixture, .source_id = "A", .chainage_m = chainage_m, .direction = -1);
        coverage = cover(fixture, &settings);
        row = row_of(coverage, 1, -1);
        assert_true(row->covered_m == 100 && row->stretch_count == 0 && row->largest == NULL);
        expect_covered(coverage, 1, 1, 0);
        coverage_destroy(coverage);
}

/* At 7.5 m between frames they just touch; a little more leaves a hole each. */
static void test_the_reach_is_three_quarters(void **state)
{
        struct fixture *fixture = one_street(state, ROAD_ALONG_ONLY);
        struct coverage *coverage;

        FRAME(fixture, .source_id = "A", .chainage_m = 10);
        FRAME(fixture, .source_id = "A", .chainage_m = 17.5);
        FRAME(fixture, .source_id = "A", .chainage_m = 25.5);
        coverage = cover(fixture, &settings);
        assert_int_equal(coverage_size(coverage), 1); /* one-way */
        assert_int_equal(row_of(coverage, 1, 1)->stretch_count, 3);
        expect_stretch(&row_of(coverage, 1, 1)->stretches[1], 21.25, 21.75, "never driven");
        expect_covered(coverage, 1, 1, 22.5);
        coverage_destroy(coverage);
}

static void test_one_way_streets_have_one_direction(void **state)
{
        struct fixture *fixture = one_street(state, ROAD_AGAINST_ONLY);
        struct coverage *coverage;

        FRAME(fixture, .source_id = "A", .chainage_m = 50, .direction = -1);
        FRAME(fixture, .source_id = "A", .chainage_m = 20, .direction = 1); /* driven the wrong way */
        coverage = cover(fixture, &settings);
        assert_int_equal(coverage_size(coverage), 1);
        assert_null(row_of(coverage, 1, 1));
        expect_covered(coverage, 1, -1, 7.5);
        coverage_destroy(coverage);
}

static void test_bad_frames_cover_nothing(void **state)
{
        struct fixture *fixture = one_street(state, ROAD_ALONG_ONLY);
        const struct coverage_row *row;
        struct coverage *coverage;

        FRAME(fixture, .source_id = "A", .chainage_m = 10, .accuracy_m = 10.01);
        FRAME(fixture, .source_id = "A", .chainage_m = 30, .accuracy_m = NAN);
        FRAME(fixture, .source_id = "A", .chainage_m = 50, .no_position = 1);
        FRAME(fixture, .chainage_m = 70);                   /* off-road */
        FRAME(fixture, .source_id = "Z", .chainage_m = 80); /* a line that the network lacks */
        FRAME(fixture, .source_id = "A", .chainage_m = 90, .accuracy_m = 10);
        coverage = cover(fixture, &settings);
        row = row_of(coverage, 1, 1);
        assert_float_equal(row->covered_m, 7.5, 1e-9);
        assert_int_equal(row->stretch_count, 2);
        expect_stretch(&row->stretches[0], 0, 86.25, "never driven");
        coverage_destroy(coverage);
}

/* Driven, but not shown where: the stretch says so. */
static void test_inaccurate_frames_are_a_reason(void **state)
{
        struct fixture *fixture = one_street(state, ROAD_ALONG_ONLY);
        struct coverage *coverage;

        for (double chainage_m = 1; chainage_m < 100; chainage_m += 5)
                FRAME(fixture, .source_id = "A", .chainage_m = chainage_m,
                      .accuracy_m = chainage_m > 30 && chainage_m < 60 ? 50 : 3);
        coverage = cover(fixture, &settings);
        assert_int_equal(row_of(coverage, 1, 1)->stretch_count, 2); /* and the last quarter of a metre */
        expect_stretch(row_of(coverage, 1, 1)->largest, 29.75, 57.25, "position too inaccurate");
        coverage_destroy(coverage);
}

static void test_gaps_give_the_reason(void **state)
{
        struct fixture *fixture = one_street(state, ROAD_BOTH_WAYS);
        const struct coverage_row *row;
        struct coverage *coverage;

        /* Marks at 5, 10 ... 95; those at 30 to 60 are missing. */
        for (double chainage_m = 5; chainage_m < 100; chainage_m += 5) {
                if (chainage_m < 30 || chainage_m > 60)
                        FRAME(fixture, .source_id = "A", .chainage_m = chainage_m);
        }
        GAP(fixture, .reason = GAP_CAMERA_STALLED, .source_id = "A", .from_segment = 1, .to_segment = 1, .from_m = 30,
            .to_m = 60, .metres = 35);
        coverage = cover(fixture, &settings);
        row = row_of(coverage, 1, 1);
        assert_float_equal(row->covered_m, 100 - 32.5 - 1.25 - 1.25, 1e-6);
        assert_int_equal(row->stretch_count, 3);
        expect_stretch(&row->stretches[0], 0, 1.25, "never driven");
        expect_stretch(row->largest, 28.75, 61.25, "camera stalled");
        expect_stretch(row_of(coverage, 1, -1)->largest, 0, 100, "never driven");
        coverage_destroy(coverage);
}

/* A single missing mark begins and ends at one place. */
static void test_a_gap_of_one_mark(void **state)
{
        struct fixture *fixture = one_street(state, ROAD_BOTH_WAYS);
        struct coverage *coverage;

        for (double chainage_m = 97.5; chainage_m > 0; chainage_m -= 5) {
                if (chainage_m != 42.5)
                        FRAME(fixture, .source_id = "A", .chainage_m = chainage_m, .direction = -1);
        }
        GAP(fixture, .reason = GAP_STORE_OVERRUN, .source_id = "A", .from_segment = 1, .to_segment = 1, .from_m = 42.5,
            .to_m = 42.5, .metres = 5, .direction = -1);
        coverage = cover(fixture, &settings);
        assert_int_equal(row_of(coverage, 1, -1)->stretch_count, 1);
        expect_stretch(row_of(coverage, 1, -1)->largest, 41.25, 43.75, "disk too slow");
        coverage_destroy(coverage);
}

/* The larger part names a stretch; what a later pass covered is no gap any more. */
static void test_the_larger_reason(void **state)
{
        struct fixture *fixture = one_street(state, ROAD_ALONG_ONLY);
        struct coverage *coverage;

        GAP(fixture, .reason = GAP_NO_FIX, .source_id = "A", .from_segment = 1, .to_segment = 1, .from_m = 5,
            .to_m = 35, .metres = 35);
        coverage = cover(fixture, &settings);
        expect_stretch(row_of(coverage, 1, 1)->largest, 0, 100, "never driven"); /* 40 of 100 m */
        coverage_destroy(coverage);

        FRAME(fixture, .source_id = "A", .chainage_m = 60);
        GAP(fixture, .reason = GAP_STORE_FAILED, .source_id = "A", .from_segment = 1, .to_segment = 1, .from_m = 45,
            .to_m = 50, .metres = 10);
        coverage = cover(fixture, &settings);
        expect_stretch(&row_of(coverage, 1, 1)->stretches[0], 0, 56.25, "no fix"); /* 40 of 56.25 m */
        coverage_destroy(coverage);
}

static void test_two_passes(void **state)
{
        struct fixture *fixture = one_street(state, ROAD_ALONG_ONLY);
        const struct coverage_row *row;
        struct coverage *coverage;

        fixture_run(fixture, "b", 5000, 20);
        FRAME(fixture, .source_id = "A", .chainage_m = 20, .at_s = 30);
        FRAME(fixture, .source_id = "A", .chainage_m = 21, .at_s = 31);
        /* The second run's own spacing reaches 15 m. */
        FRAME(fixture, .run = "b", .source_id = "A", .chainage_m = 30, .at_s = 5001);
        FRAME(fixture, .run = "b", .source_id = "A", .chainage_m = 95, .at_s = 5002);
        coverage = cover(fixture, &settings);
        row = row_of(coverage, 1, 1);
        assert_float_equal(row->covered_m, 30 + 20, 1e-9);
        assert_true(row->last_seen_utc_ns == FIXTURE_START_NS + 5002 * FIXTURE_S);
        assert_int_equal(row->stretch_count, 2);
        expect_stretch(row->largest, 45, 80, "never driven");
        coverage_destroy(coverage);
}

/* ---- more segments ---- */

/* A (east, 100 m) meets at its end: B straight on, drawn towards the junction; C at 90 degrees; D at 30; E at 60; F straight on, one-way
 * towards the junction. */
static struct fixture *junction(void **state)
{
        struct fixture *fixture = *state;

        fixture_roads(fixture);
        STREET(fixture, "A", "Rue A", ROAD_BOTH_WAYS, 0, 100, {0, 0}, {100, 0});
        STREET(fixture, "B", "Rue B", ROAD_BOTH_WAYS, 0, 50, {150, 5}, {100, 0});
        STREET(fixture, "C", "Rue C", ROAD_BOTH_WAYS, 0, 50, {100, 0}, {100, 50});
        STREET(fixture, "D", "Rue D", ROAD_BOTH_WAYS, 0, 50, {100, 0}, {143.3, 25});
        STREET(fixture, "E", "Rue E", ROAD_BOTH_WAYS, 0, 50, {100, 0}, {125, -43.3});
        STREET(fixture, "F", "Rue F", ROAD_AGAINST_ONLY, 0, 50, {100, 0}, {150, -6});
        fixture_roads_end(fixture);
        fixture_run(fixture, "a", 0, 5);
        return fixture;
}

static void test_straight_on_over_a_junction(void **state)
{
        struct fixture *fixture = junction(state);
        struct coverage *coverage;

        FRAME(fixture, .source_id = "A", .chainage_m = 99, .at_s = 9); /* 2.75 m are left beyond */
        coverage = cover(fixture, &settings);
        expect_covered(coverage, 1, 1, 4.75);
        expect_covered(coverage, 2, -1, 2.75); /* away from the junction is against B */
        expect_covered(coverage, 2, 1, 0);
        expect_covered(coverage, 3, 1, 0);
        expect_covered(coverage, 4, 1, 2.75);
        expect_covered(coverage, 5, 1, 0);
        assert_null(row_of(coverage, 6, 1));
        expect_covered(coverage, 6, -1, 0);
        expect_stretch(row_of(coverage, 2, -1)->largest, 0, 47.25, "never driven");
        expect_stretch(row_of(coverage, 4, 1)->largest, 2.75, 50, "never driven");
        assert_true(row_of(coverage, 4, 1)->last_seen_utc_ns == FIXTURE_START_NS + 9 * FIXTURE_S);
        coverage_destroy(coverage);
}

/* The way that led straight to where the frame is. */
static void test_straight_on_behind(void **state)
{
        struct fixture *fixture = junction(state);
        struct coverage *coverage;

        FRAME(fixture, .source_id = "A", .chainage_m = 98, .direction = -1); /* just came out of the junction */
        coverage = cover(fixture, &settings);
        expect_covered(coverage, 1, -1, 5.75);
        expect_covered(coverage, 1, 1, 0);
        expect_covered(coverage, 2, 1, 1.75);
        expect_covered(coverage, 2, -1, 0);
        expect_covered(coverage, 3, -1, 0);
        expect_covered(coverage, 4, -1, 1.75);
        expect_covered(coverage, 5, -1, 0);
        expect_covered(coverage, 6, -1, 1.75);
        coverage_destroy(coverage);
}

/* Into the middle of another line: what lies ahead there is covered, not what leads there. */
static void test_merging_into_a_line(void **state)
{
        struct fixture *fixture = *state;
        struct coverage *coverage;

        fixture_roads(fixture);
        STREET(fixture, "X", "Rue X", ROAD_BOTH_WAYS, 0, 100, {0, 0}, {100, 0});
        STREET(fixture, "X", "Rue X", ROAD_BOTH_WAYS, 100, 200, {100, 0}, {200, 0});
        STREET(fixture, "Y", "Rue Y", ROAD_BOTH_WAYS, 0, 50, {56.7, -25}, {100, 0});
        fixture_roads_end(fixture);
        fixture_run(fixture, "a", 0, 5);
        FRAME(fixture, .source_id = "Y", .chainage_m = 48, .segment = 3);
        FRAME(fixture, .source_id = "Y", .chainage_m = 49, .segment = 3, .direction = -1);
        coverage = cover(fixture, &settings);
        expect_covered(coverage, 1, 1, 0);
        expect_covered(coverage, 2, 1, 1.75);
        expect_covered(coverage, 1, -1, 0);
        expect_covered(coverage, 2, -1, 2.75);
        coverage_destroy(coverage);
}

/* On its own line coverage goes on by chainage, round any bend; over short lines it goes on as far as it reaches. */
static void test_own_line_and_short_lines(void **state)
{
        struct fixture *fixture = *state;
        struct coverage *coverage;

        fixture_roads(fixture);
        STREET(fixture, "A", "Rue A", ROAD_BOTH_WAYS, 0, 100, {0, 0}, {100, 0});
        STREET(fixture, "A", "Rue A", ROAD_BOTH_WAYS, 100, 150, {100, 0}, {100, 50});
        STREET(fixture, "S", "Passage", ROAD_BOTH_WAYS, 0, 1, {100, 50}, {100, 51});
        STREET(fixture, "T", "Rue T", ROAD_BOTH_WAYS, 0, 60, {100, 51}, {100, 111});
        fixture_roads_end(fixture);
        fixture_run(fixture, "a", 0, 5);
        FRAME(fixture, .source_id = "A", .chainage_m = 99);
        FRAME(fixture, .source_id = "A", .chainage_m = 148, .segment = 2);
        coverage = cover(fixture, &settings);
        expect_covered(coverage, 1, 1, 4.75);
        expect_covered(coverage, 2, 1, 2.75 + 5.75);
        expect_covered(coverage, 3, 1, 1);
        expect_covered(coverage, 4, 1, 0.75);
        expect_covered(coverage, 4, -1, 0);
        coverage_destroy(coverage);
}

/* A roundabout ends where it begins: its last metres lead into its first ones. */
static void test_a_loop(void **state)
{
        struct fixture *fixture = *state;
        struct coverage *coverage;
        struct spot spots[25];
        double length_m = 24 * 2 * 20 * sin(M_PI / 24);

        for (int i = 0; i <= 24; i++)
                spots[i] = (struct spot){20 * cos(i * M_PI / 12), 20 * sin(i * M_PI / 12)};
        fixture_roads(fixture);
        fixture_street(fixture, "R", "Rond-point", ROAD_ALONG_ONLY, 0, length_m, spots, 25);
        fixture_roads_end(fixture);
        fixture_run(fixture, "a", 0, 5);
        FRAME(fixture, .source_id = "R", .chainage_m = length_m - 1);
        coverage = cover(fixture, &settings);
        expect_covered(coverage, 1, 1, 7.5);
        expect_stretch(row_of(coverage, 1, 1)->largest, 2.75, length_m - 4.75, "never driven");
        coverage_destroy(coverage);
}

/* Two pieces of one line that lie over each other have each their own. */
/* A source line may come in parts: what is taken on one says nothing of another, though its chainage goes on there. */
static void test_parts_of_a_line(void **state)
{
        struct fixture *fixture = *state;
        struct coverage_settings by_street = settings;
        struct coverage *coverage;

        fixture_roads(fixture);
        STREET(fixture, "A", "Rue A", ROAD_ALONG_ONLY, 0, 100, {0, 0}, {100, 0});
        STREET(fixture, "A", "Rue A", ROAD_ALONG_ONLY, 100, 200, {5000, 0}, {5100, 0});
        fixture_roads_end(fixture);
        fixture_run(fixture, "a", 0, 5);
        FRAME(fixture, .source_id = "A", .chainage_m = 98, .segment = 1);
        FRAME(fixture, .source_id = "A", .chainage_m = 88, .segment = 77); /* of a network before */
        GAP(fixture, .reason = GAP_NO_FIX, .source_id = "A", .from_segment = 1, .from_m = 98, .metres = 102);
        coverage = cover(fixture, &settings);
        expect_covered(coverage, 1, 1, 5.75 + 7.5);
        expect_covered(coverage, 2, 1, 0);
        assert_true(row_of(coverage, 2, 1)->last_seen_utc_ns == INT64_MIN);
        expect_stretch(row_of(coverage, 2, 1)->largest, 100, 200, "never driven");
        coverage_destroy(coverage);

        FRAME(fixture, .source_id = "A", .chainage_m = 101, .segment = 2);
        by_street.by_segment = false;
        coverage = cover(fixture, &by_street);
        assert_float_equal(coverage_row_at(coverage, 0)->covered_m, 13.25 + 4.75, CLOSE);
        coverage_destroy(coverage);
}

/* Holes of two parts are two stretches. */
static void test_a_stretch_ends_with_its_part(void **state)
{
        struct fixture *fixture = *state;
        struct coverage_settings by_street = settings;
        struct coverage *coverage;

        fixture_roads(fixture);
        STREET(fixture, "A", "Rue A", ROAD_ALONG_ONLY, 0, 60, {0, 0}, {60, 0});
        STREET(fixture, "A", "Rue A", ROAD_ALONG_ONLY, 60, 100, {60, 0}, {100, 0});
        STREET(fixture, "A", "Rue A", ROAD_ALONG_ONLY, 100, 200, {5000, 0}, {5100, 0});
        fixture_roads_end(fixture);
        by_street.by_segment = false;
        coverage = cover(fixture, &by_street);
        assert_int_equal(coverage_row_at(coverage, 0)->stretch_count, 2);
        expect_stretch(&coverage_row_at(coverage, 0)->stretches[0], 0, 100, "never driven");
        expect_stretch(&coverage_row_at(coverage, 0)->stretches[1], 100, 200, "never driven");
        coverage_destroy(coverage);
}

/* Nor do features that share an id and each count from 0 cover each other, unless one goes straight on into the other. */
static void test_features_that_share_an_id(void **state)
{
        struct fixture *fixture = *state;
        struct coverage *coverage;

        fixture_roads(fixture);
        STREET(fixture, "A", "Rue A", ROAD_ALONG_ONLY, 0, 100, {0, 0}, {100, 0});
        STREET(fixture, "A", "Rue A", ROAD_ALONG_ONLY, 0, 100, {100, 0}, {200, 0});
        STREET(fixture, "A", "Rue A", ROAD_ALONG_ONLY, 0, 100, {5000, 0}, {5100, 0});
        fixture_roads_end(fixture);
        fixture_run(fixture, "a", 0, 5);
        FRAME(fixture, .source_id = "A", .chainage_m = 98, .segment = 1);
        FRAME(fixture, .source_id = "A", .chainage_m = 40, .segment = 3);
        coverage = cover(fixture, &settings);
        expect_covered(coverage, 1, 1, 5.75);
        expect_covered(coverage, 2, 1, 1.75);
        expect_covered(coverage, 3, 1, 7.5);
        coverage_destroy(coverage);
}

static void test_overlapping_segments(void **state)
{
        struct fixture *fixture = *state;
        struct coverage_settings by_street = settings;
        struct coverage *coverage;

        fixture_roads(fixture);
        STREET(fixture, "A", "Rue A", ROAD_ALONG_ONLY, 0, 60, {0, 0}, {60, 0});
        STREET(fixture, "A", "Rue A", ROAD_ALONG_ONLY, 40, 100, {40, 0}, {100, 0});
        fixture_roads_end(fixture);
        fixture_run(fixture, "a", 0, 5);
        FRAME(fixture, .source_id = "A", .chainage_m = 50, .segment = 1);
        FRAME(fixture, .source_id = "A", .chainage_m = 50, .segment = 2);
        coverage = cover(fixture, &settings);
        expect_covered(coverage, 1, 1, 7.5);
        expect_covered(coverage, 2, 1, 7.5);
        coverage_destroy(coverage);

        by_street.by_segment = false;
        coverage = cover(fixture, &by_street);
        assert_int_equal(coverage_size(coverage), 1);
        assert_float_equal(coverage_row_at(coverage, 0)->length_m, 120, 1e-9);
        assert_float_equal(coverage_row_at(coverage, 0)->covered_m, 15, 1e-9);
        coverage_destroy(coverage);
}

static void test_rows_of_streets(void **state)
{
        struct fixture *fixture = *state;
        struct coverage_settings by_street = settings;
        const struct coverage_row *row;
        struct coverage *coverage;

        fixture_roads(fixture);
        STREET(fixture, "B", "Rue Zola", ROAD_BOTH_WAYS, 0, 100, {0, 0}, {100, 0});
        STREET(fixture, "B", "Rue Zola", ROAD_ALONG_ONLY, 100, 130, {100, 0}, {130, 0});
        STREET(fixture, "A", NULL, ROAD_BOTH_WAYS, 0, 50, {0, 0}, {0, 50});
        STREET(fixture, "C", "rue Émile", ROAD_ALONG_ONLY, 0, 50, {130, 0}, {130, 50});
        fixture_roads_end(fixture);
        fixture_run(fixture, "a", 0, 5);
        FRAME(fixture, .source_id = "B", .chainage_m = 20);
        by_street.by_segment = false;
        coverage = cover(fixture, &by_street);
        assert_int_equal(coverage_size(coverage), 5);
        assert_string_equal(coverage_row_at(coverage, 0)->street, "rue Émile");
        row = coverage_row_at(coverage, 1);
        assert_string_equal(row->street, "Rue Zola");
        assert_true(row->direction == 1 && row->length_m == 130 && row->segment == 0 && row->source_id == NULL);
        assert_float_equal(row->covered_m, 7.5, 1e-9);
        /* Over the junction within its line a stretch is one. */
        assert_int_equal(row->stretch_count, 2);
        expect_stretch(row->largest, 23.75, 130, "never driven");
        row = coverage_row_at(coverage, 2);
        assert_true(row->direction == -1 && row->length_m == 100);
        assert_null(coverage_row_at(coverage, 3)->street);
        assert_null(coverage_row_at(coverage, 4)->street);
        coverage_destroy(coverage);

        by_street.streets = (const char *const[]){"rue Émile"};
        by_street.street_count = 1;
        coverage = cover(fixture, &by_street);
        assert_int_equal(coverage_size(coverage), 1);
        coverage_destroy(coverage);
}

/* A gap that goes round two corners: all three lines know why. */
static void test_a_gap_over_lines(void **state)
{
        struct fixture *fixture = *state;
        struct coverage *coverage;

        fixture_roads(fixture);
        STREET(fixture, "A", "Rue A", ROAD_BOTH_WAYS, 0, 100, {0, 0}, {100, 0});
        STREET(fixture, "B", "Rue B", ROAD_BOTH_WAYS, 0, 60, {100, 60}, {100, 0});
        STREET(fixture, "C", "Rue C", ROAD_BOTH_WAYS, 0, 100, {100, 60}, {200, 60});
        STREET(fixture, "D", "Rue D", ROAD_BOTH_WAYS, 0, 80, {100, 0}, {180, 0});
        fixture_roads_end(fixture);
        fixture_run(fixture, "a", 0, 5);
        GAP(fixture, .reason = GAP_NO_FIX, .source_id = "A", .from_segment = 1, .to_segment = 3, .from_m = 10,
            .to_m = 90, .metres = 240);
        coverage = cover(fixture, &settings);
        assert_string_equal(row_of(coverage, 1, 1)->largest->reason, "no fix");
        assert_string_equal(row_of(coverage, 2, -1)->largest->reason, "no fix");
        assert_string_equal(row_of(coverage, 3, 1)->largest->reason, "no fix");
        assert_string_equal(row_of(coverage, 1, -1)->largest->reason, "never driven");
        assert_string_equal(row_of(coverage, 2, 1)->largest->reason, "never driven");
        assert_string_equal(row_of(coverage, 4, 1)->largest->reason, "never driven");
        coverage_destroy(coverage);
}

/* To a place behind there is no way without turning: what was driven from the beginning is known, no more. */
static void test_a_gap_that_ends_behind(void **state)
{
        struct fixture *fixture = one_street(state, ROAD_BOTH_WAYS);
        struct coverage *coverage;

        FRAME(fixture, .source_id = "A", .chainage_m = 50);
        GAP(fixture, .reason = GAP_NO_FIX, .source_id = "A", .from_segment = 1, .to_segment = 1, .from_m = 60,
            .to_m = 20, .metres = 60);
        coverage = cover(fixture, &settings);
        expect_stretch(&row_of(coverage, 1, 1)->stretches[0], 0, 46.25, "never driven");
        expect_stretch(&row_of(coverage, 1, 1)->stretches[1], 53.75, 100, "no fix");
        coverage_destroy(coverage);
}

/* No way there is that short: only the beginning is known. */
static void test_a_gap_without_a_way(void **state)
{
        struct fixture *fixture = junction(state);
        struct coverage *coverage;

        GAP(fixture, .reason = GAP_NO_FRAME, .source_id = "C", .from_segment = 3, .to_segment = 4, .from_m = 5,
            .to_m = 20, .metres = 40);
        GAP(fixture, .reason = GAP_NO_FRAME, .source_id = "E", .from_segment = 5, .from_m = 5, .metres = 40);
        coverage = cover(fixture, &settings);
        assert_string_equal(row_of(coverage, 3, 1)->largest->reason, "no frame near enough");
        assert_string_equal(row_of(coverage, 4, 1)->largest->reason, "never driven");
        assert_string_equal(row_of(coverage, 5, 1)->largest->reason, "no frame near enough");
        coverage_destroy(coverage);
}

/* The receiver found itself only here: where the gap began is not known, how long it was is. */
static void test_a_gap_whose_end_is_known(void **state)
{
        struct fixture *fixture = one_street(state, ROAD_BOTH_WAYS);
        struct coverage *coverage;

        FRAME(fixture, .source_id = "A", .chainage_m = 90);
        GAP(fixture, .reason = GAP_NO_FIX, .to_segment = 1, .to_m = 80, .metres = 70);
        GAP(fixture, .reason = GAP_NO_FIX, .to_segment = 1, .to_m = 20, .metres = 60, .to_direction = -1);
        GAP(fixture, .reason = GAP_NO_FIX, .metres = 60);                              /* nothing is known */
        GAP(fixture, .reason = GAP_NO_FIX, .to_segment = 9, .to_m = 20, .metres = 60); /* the network lacks it */
        coverage = cover(fixture, &settings);
        expect_stretch(&row_of(coverage, 1, 1)->stretches[0], 0, 86.25, "no fix");
        expect_stretch(&row_of(coverage, 1, 1)->stretches[1], 93.75, 100, "never driven");
        expect_stretch(&row_of(coverage, 1, -1)->stretches[0], 0, 100, "no fix");
        coverage_destroy(coverage);
}

/* It goes back no further than it was long. */
static void test_a_short_gap_whose_end_is_known(void **state)
{
        struct fixture *fixture = one_street(state, ROAD_BOTH_WAYS);
        struct coverage *coverage;

        FRAME(fixture, .source_id = "A", .chainage_m = 20);
        FRAME(fixture, .source_id = "A", .chainage_m = 80, .direction = -1);
        GAP(fixture, .reason = GAP_NO_FIX, .to_segment = 1, .to_m = 16, .metres = 10);
        GAP(fixture, .reason = GAP_NO_FIX, .to_segment = 1, .to_m = 84, .metres = 10, .to_direction = -1);
        coverage = cover(fixture, &settings);
        expect_stretch(&row_of(coverage, 1, 1)->stretches[0], 0, 16.25, "no fix");
        expect_stretch(&row_of(coverage, 1, 1)->stretches[1], 23.75, 100, "never driven");
        expect_stretch(&row_of(coverage, 1, -1)->stretches[0], 0, 76.25, "never driven");
        expect_stretch(&row_of(coverage, 1, -1)->stretches[1], 83.75, 100, "no fix");
        coverage_destroy(coverage);
}

/* ---- the worklist ---- */

static void test_the_worklist(void **state)
{
        struct fixture *fixture = *state;
        struct coverage_settings work = settings;
        struct coverage *coverage;

        fixture_roads(fixture);
        STREET(fixture, "old", "Rue A", ROAD_ALONG_ONLY, 0, 40, {0, 0}, {40, 0});
        STREET(fixture, "new", "Rue B", ROAD_ALONG_ONLY, 0, 40, {0, 100}, {40, 100});
        STREET(fixture, "half", "Rue C", ROAD_ALONG_ONLY, 0, 40, {0, 200}, {40, 200});
        STREET(fixture, "tip", "Rue D", ROAD_ALONG_ONLY, 0, 40, {0, 300}, {40, 300});
        STREET(fixture, "never", "Rue E", ROAD_ALONG_ONLY, 0, 3, {0, 400}, {3, 400});
        fixture_roads_end(fixture);
        fixture_run(fixture, "a", 0, 5);
        for (double chainage_m = 2.5; chainage_m < 40; chainage_m += 5) {
                FRAME(fixture, .source_id = "old", .chainage_m = chainage_m, .at_s = 100);
                FRAME(fixture, .source_id = "new", .chainage_m = chainage_m, .at_s = 1000);
                FRAME(fixture, .source_id = "half", .chainage_m = chainage_m, .at_s = chainage_m < 20 ? 100 : 1000);
                if (chainage_m < 33) /* leaves 3.75 m at the end: less than a spacing is no work */
                        FRAME(fixture, .source_id = "tip", .chainage_m = chainage_m, .at_s = 1000);
        }
        work.worklist_before_utc_ns = FIXTURE_START_NS + 500 * FIXTURE_S;
        coverage = cover(fixture, &work);
        assert_int_equal(coverage_size(coverage), 3);
        assert_string_equal(coverage_row_at(coverage, 0)->source_id, "old");
        assert_true(coverage_row_at(coverage, 0)->covered_m == 0); /* of what was seen since */
        expect_stretch(coverage_row_at(coverage, 0)->largest, 0, 40, "not seen since 2026-11-23T10:23:20Z");
        assert_string_equal(coverage_row_at(coverage, 1)->source_id, "half");
        assert_float_equal(coverage_row_at(coverage, 1)->covered_m, 40 - 18.75, CLOSE);
        assert_int_equal(coverage_row_at(coverage, 1)->stretch_count, 1);
        expect_stretch(coverage_row_at(coverage, 1)->stretches, 0, 18.75, "not seen since 2026-11-23T10:23:20Z");
        assert_string_equal(coverage_row_at(coverage, 2)->source_id, "never");
        expect_stretch(coverage_row_at(coverage, 2)->largest, 0, 3, "never driven");
        coverage_destroy(coverage);
}

/* A stretch that was not seen since has the reason of its larger part: an older frame, a gap, or that nobody was ever there. */
static void test_reasons_in_the_worklist(void **state)
{
        struct fixture *fixture = *state;
        struct coverage_settings work = settings;
        struct coverage *coverage;

        fixture_roads(fixture);
        STREET(fixture, "seen", "Rue A", ROAD_BOTH_WAYS, 0, 100, {0, 0}, {100, 0});
        STREET(fixture, "gap", "Rue B", ROAD_ALONG_ONLY, 0, 100, {0, 100}, {100, 100});
        STREET(fixture, "little", "Rue C", ROAD_ALONG_ONLY, 0, 100, {0, 200}, {100, 200});
        STREET(fixture, "seen", "Rue A", ROAD_BOTH_WAYS, 100, 200, {100, 0}, {200, 0});
        fixture_roads_end(fixture);
        fixture_run(fixture, "a", 0, 5);
        for (double chainage_m = 2.5; chainage_m < 55; chainage_m += 5)
                FRAME(fixture, .source_id = "seen", .chainage_m = chainage_m, .at_s = 100);
        for (double chainage_m = 102.5; chainage_m < 200; chainage_m += 5)
                FRAME(fixture, .source_id = "seen", .segment = 4, .chainage_m = chainage_m, .at_s = 100);
        FRAME(fixture, .source_id = "gap", .segment = 2, .chainage_m = 90, .at_s = 100);
        GAP(fixture, .reason = GAP_NO_FIX, .source_id = "gap", .from_segment = 2, .to_segment = 2, .from_m = 2.5,
            .to_m = 72.5, .metres = 70);
        FRAME(fixture, .source_id = "little", .segment = 3, .chainage_m = 90, .at_s = 100);
        work.worklist_before_utc_ns = FIXTURE_START_NS + 500 * FIXTURE_S;
        coverage = cover(fixture, &work);
        expect_stretch(row_of(coverage, 1, 1)->largest, 0, 100, "not seen since 2026-11-23T10:23:20Z");
        expect_stretch(row_of(coverage, 1, -1)->largest, 0, 100, "never driven");
        expect_stretch(row_of(coverage, 2, 1)->largest, 0, 100, "no fix");
        expect_stretch(row_of(coverage, 3, 1)->largest, 0, 100, "never driven");
        expect_stretch(row_of(coverage, 4, 1)->largest, 100, 200, "not seen since 2026-11-23T10:23:20Z");
        coverage_destroy(coverage);
}

/* ---- random frames against a count of points ---- */

#define POINTS 4000

static void test_random_frames(void **state)
{
        struct fixture *fixture = one_street(state, ROAD_ALONG_ONLY);
        const char *given = getenv("STREETCAP_TEST_SEED");
        unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)getpid();
        bool covered[POINTS] = {0};
        struct coverage *coverage;
        unsigned count = 0;

        print_message("seed %u (STREETCAP_TEST_SEED)\n", seed);
        srandom(seed);
        for (int i = 0; i < 60; i++) {
                double chainage_m = (double)(random() % 120000) / 1000.0 - 10,
                       accuracy_m = (double)(random() % 200 + 1) / 10.0;

                FRAME(fixture, .source_id = "A", .chainage_m = chainage_m, .accuracy_m = accuracy_m);
                for (int p = 0; accuracy_m <= 10 && p < POINTS; p++)
                        covered[p] |= fabs((p + 0.5) * 100.0 / POINTS - chainage_m) <= 3.75;
        }
        for (int p = 0; p < POINTS; p++)
                count += covered[p];
        coverage = cover(fixture, &settings);
        /* Each end of a stretch may be off by a point; there are at most 61 stretches, and holes under 0.05 m are none. */
        assert_float_equal(row_of(coverage, 1, 1)->covered_m, count * 100.0 / POINTS, 122 * 100.0 / POINTS);
        coverage_destroy(coverage);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(test_no_network),
                TEST(test_never_driven),
                TEST(test_one_frame),
                TEST(test_another_spacing_in_a_run),
                TEST(test_a_pass_covers_all),
                TEST(test_the_reach_is_three_quarters),
                TEST(test_one_way_streets_have_one_direction),
                TEST(test_bad_frames_cover_nothing),
                TEST(test_inaccurate_frames_are_a_reason),
                TEST(test_gaps_give_the_reason),
                TEST(test_a_gap_of_one_mark),
                TEST(test_the_larger_reason),
                TEST(test_two_passes),
                TEST(test_straight_on_over_a_junction),
                TEST(test_straight_on_behind),
                TEST(test_own_line_and_short_lines),
                TEST(test_merging_into_a_line),
                TEST(test_a_loop),
                TEST(test_a_gap_that_ends_behind),
                TEST(test_parts_of_a_line),
                TEST(test_a_stretch_ends_with_its_part),
                TEST(test_features_that_share_an_id),
                TEST(test_overlapping_segments),
                TEST(test_rows_of_streets),
                TEST(test_a_gap_over_lines),
                TEST(test_a_gap_without_a_way),
                TEST(test_a_gap_whose_end_is_known),
                TEST(test_a_short_gap_whose_end_is_known),
                TEST(test_the_worklist),
                TEST(test_reasons_in_the_worklist),
                TEST(test_random_frames),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
