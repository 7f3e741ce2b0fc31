/* SPDX-License-Identifier: MIT */
/* The simulator is what other tests are judged by, so it is judged here by what is plain: limits, sums and statistics. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "tests/simulate/drive.h"
#include "tests/simulate/gpsd_json.h"
#include "tests/simulate/nmea.h"
#include "tests/simulate/random.h"
#include "tests/simulate/town.h"

#define STEP_NS (10 * NS_PER_MS)
#define START_UTC_NS INT64_C(1778572800000000000)

static void each_scenario(void (*check)(const struct scenario *scenario, const struct drive *drive))
{
        for (const struct scenario *scenario = scenarios; scenario->name; scenario++) {
                struct drive drive;

                assert_int_equal(drive_init(&drive, scenario), 0);
                check(scenario, &drive);
                drive_finish(&drive);
        }
}

static void check_limits(const struct scenario *scenario, const struct drive *drive)
{
        int64_t end_ns = van_duration_ns(drive->van);
        struct van_state before, now;

        van_at(drive->van, 0, &before);
        assert_true(before.speed_mps == 0);
        for (int64_t t = STEP_NS; t <= end_ns; t += STEP_NS) {
                double step_s = (double)STEP_NS / 1e9, turn_rad, acceleration;

                van_at(drive->van, t, &now);
                acceleration = (now.speed_mps - before.speed_mps) / step_s;
                turn_rad = remainder(now.course_deg - before.course_deg, 360) * M_PI / 180;
                assert_true(acceleration <= 1.5 && acceleration >= -2.5);
                assert_true(now.speed_mps >= 0 && now.speed_mps <= 50 / 3.6 + 1e-9);
                assert_true(fabs(turn_rad) / step_s * now.speed_mps <= VAN_LATERAL_MPS2 * 1.05);
                before = now;
        }
        assert_true(now.speed_mps == 0);
        assert_true(fabs(now.travelled_m - path_length_m(drive->path)) < 1e-6);
}

static void test_limits(void **state)
{
        each_scenario(check_limits);
}

/* Distance is the integral of speed, and position moves along the course by it: no jump, no corner. */
static void check_continuity(const struct scenario *scenario, const struct drive *drive)
{
        int64_t end_ns = van_duration_ns(drive->van);
        struct van_state before, now;
        double integral_m = 0;

        van_at(drive->van, 0, &before);
        for (int64_t t = STEP_NS; t <= end_ns; t += STEP_NS) {
                double mean_rad, moved_m, east_m, north_m;

                van_at(drive->van, t, &now);
                moved_m = now.travelled_m - before.travelled_m;
                integral_m += (before.speed_mps + now.speed_mps) / 2 * (double)STEP_NS / 1e9;
                mean_rad = (before.course_deg + remainder(now.course_deg - before.course_deg, 360) / 2) * M_PI / 180;
                east_m = now.at.east_m - before.at.east_m;
                north_m = now.at.north_m - before.at.north_m;
                assert_true(moved_m >= 0);
                assert_true(hypot(east_m - moved_m * sin(mean_rad), north_m - moved_m * cos(mean_rad)) < 1e-3);
                before = now;
        }
        assert_true(fabs(integral_m - now.travelled_m) < 1e-4 * now.travelled_m);
}

static void test_continuity(void **state)
{
        each_scenario(check_continuity);
}

static double distance_to_line(struct town_point p, struct town_point a, struct town_point b)
{
        double east = b.east_m - a.east_m, north = b.north_m - a.north_m;
        double u = ((p.east_m - a.east_m) * east + (p.north_m - a.north_m) * north) / (east * east + north * north);

        u = fmin(fmax(u, 0), 1);
        return hypot(p.east_m - a.east_m - u * east, p.north_m - a.north_m - u * north);
}

static double distance_to_streets(struct town_point p)
{
        double best = INFINITY;

        for (const struct town_street *street = town_streets; street->id; street++)
                for (size_t i = 0; i + 1 < TOWN_STREET_VERTICES && street->vertices[i + 1]; i++) {
                        struct town_point a, b;

                        assert_true(town_find(street->vertices[i], &a));
                        assert_true(town_find(street->vertices[i + 1], &b));
                        best = fmin(best, distance_to_line(p, a, b));
                }
        return best;
}

static void check_on_street(const struct scenario *scenario, const struct drive *drive)
{
        for (double s = 0; s < path_length_m(drive->path); s += 1) {
                struct path_place place;

                path_at(drive->path, s, &place);
                assert_true(distance_to_streets(place.at) < 4.0); /* its lane and the cut of a corner */
        }
}

static void test_path_keeps_to_the_streets(void **state)
{
        each_scenario(check_on_street);
}

static void test_path_refuses(void **state)
{
        struct path_corner there_and_back[] = {{{0, 0}, 10}, {{50, 0}, 10}, {{0, 0}, 10}};
        struct path *path = NULL;

        assert_int_equal(path_create(there_and_back, 1, 0, &path), -EINVAL);
        assert_int_equal(path_create(there_and_back, 3, 0, &path), -EINVAL);
        assert_null(path);
}

static void test_drive_refuses_wrong_way(void **state)
{
        static const struct scenario against_oneway = {"against", "", 1, 1, {{"B3"}, {"A3"}}};
        static const struct scenario no_street = {"cross country", "", 1, 1, {{"B3"}, {"A5"}}};
        struct drive drive;

        assert_int_equal(drive_init(&drive, &against_oneway), -EINVAL);
        assert_int_equal(drive_init(&drive, &no_street), -EINVAL);
}

static void test_checksum(void **state)
{
        /* As received: u-blox's and Garmin's documentation give these sentences. */
        assert_int_equal(nmea_checksum("$GPGLL,4717.11364,N,00833.91565,E,092321.00,A,A*60"), 0x60);
        assert_int_equal(nmea_checksum("GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,"), 0x47);
}

static void read_drive(const struct receiver_settings *settings, struct text *text)
{
        struct receiver receiver;
        struct drive drive;
        struct epoch epoch;

        assert_int_equal(drive_init(&drive, &scenarios[0]), 0);
        receiver_init(&receiver, settings, drive.van, START_UTC_NS, van_duration_ns(drive.van));
        while (receiver_next(&receiver, &epoch)) {
                nmea_add_burst(text, &epoch);
                gpsd_json_add(text, &epoch);
        }
        drive_finish(&drive);
}

static void test_sentences_are_whole(void **state)
{
        struct receiver_settings settings;
        struct text text = {0};
        unsigned sentences = 0;

        receiver_defaults(&settings);
        read_drive(&settings, &text);
        for (char *line = strtok(text.data, "\n"); line; line = strtok(NULL, "\n")) {
                char *star = strchr(line, '*');

                if (*line != '$')
                        continue;
                assert_non_null(star);
                assert_true(strlen(line) <= 81 && strcmp(star + 3, "\r") == 0);
                assert_int_equal(strtoul(star + 1, NULL, 16), nmea_checksum(line));
                sentences++;
        }
        assert_true(sentences > 70 * 8);
        text_finish(&text);
}

static void test_same_seed_same_bytes(void **state)
{
        struct text first = {0}, again = {0}, other = {0};
        struct receiver_settings settings;

        receiver_defaults(&settings);
        read_drive(&settings, &first);
        read_drive(&settings, &again);
        settings.seed++;
        read_drive(&settings, &other);
        assert_string_equal(first.data, again.data);
        assert_string_not_equal(first.data, other.data);
        text_finish(&first);
        text_finish(&again);
        text_finish(&other);
}

struct statistics {
        double east_sum, east_square, east_lag, speed_square, course_square, late_least, late_most;
        double last_east;
        unsigned count, moving;
};

static void add_error(struct statistics *statistics, const struct epoch *epoch, const struct van_state *truth)
{
        double latitude_deg, longitude_deg, east_m, late_s = (double)(epoch->first_byte_utc_ns - epoch->utc_ns) / 1e9;

        town_to_geodetic(truth->at, &latitude_deg, &longitude_deg);
        east_m = (epoch->longitude_deg - longitude_deg) * 111320 * cos(latitude_deg * M_PI / 180);
        statistics->east_sum += east_m;
        statistics->east_square += east_m * east_m;
        statistics->east_lag += east_m * statistics->last_east;
        statistics->last_east = east_m;
        statistics->late_least = fmin(statistics->late_least, late_s);
        statistics->late_most = fmax(statistics->late_most, late_s);
        statistics->count++;
        if (truth->speed_mps < 5)
                return;
        statistics->moving++;
        statistics->speed_square += pow(epoch->speed_mps - truth->speed_mps, 2);
        statistics->course_square +=
                pow(remainder(epoch->course_deg - truth->course_deg, 360) * M_PI / 180 * truth->speed_mps, 2);
}

static void test_noise(void **state)
{
        struct statistics statistics = {.late_least = INFINITY};
        struct receiver_settings settings;
        struct receiver receiver;
        struct drive drive;
        struct epoch epoch;

        receiver_defaults(&settings);
        settings.seed = 42;
        settings.rate_hz = 10;
        settings.position_time_s = 2;
        assert_int_equal(drive_init(&drive, scenario_find("tour")), 0);
        receiver_init(&receiver, &settings, drive.van, START_UTC_NS, van_duration_ns(drive.van));
        while (receiver_next(&receiver, &epoch)) {
                struct van_state truth;

                van_at(drive.van, epoch.utc_ns - START_UTC_NS, &truth);
                add_error(&statistics, &epoch, &truth);
        }
        /* Some 170 independent positions and 4000 speeds: bounds of 3 sigma of their estimates and more. */
        assert_true(fabs(statistics.east_sum / statistics.count) < 0.2);
        assert_in_range(1000 * sqrt(statistics.east_square / statistics.count), 560, 840);
        assert_in_range(1000 * statistics.east_lag / statistics.east_square, 920, 980); /* exp(-0.1 / 2) = 0.951 */
        assert_in_range(1e4 * sqrt(statistics.speed_square / statistics.moving), 460, 540);
        assert_in_range(1e4 * sqrt(statistics.course_square / statistics.moving), 460, 540);
        assert_true(statistics.late_least >= settings.latency_s && statistics.late_most < settings.latency_s + 0.05);
        drive_finish(&drive);
}

static void test_course_is_held_when_standing(void **state)
{
        struct receiver_settings settings;
        struct receiver receiver;
        struct drive drive;
        struct epoch epoch;
        double held = NAN;
        unsigned standing = 0;

        receiver_defaults(&settings);
        assert_int_equal(drive_init(&drive, &scenarios[0]), 0);
        receiver_init(&receiver, &settings, drive.van, START_UTC_NS, van_duration_ns(drive.van));
        while (receiver_next(&receiver, &epoch)) {
                struct van_state truth;

                van_at(drive.van, epoch.utc_ns - START_UTC_NS, &truth);
                if (truth.travelled_m == 0)
                        assert_true(isnan(epoch.course_deg));
                else if (truth.speed_mps == 0 && isfinite(held)) {
                        assert_true(epoch.course_deg == held && epoch.speed_mps < 0.1);
                        standing++;
                }
                held = epoch.course_deg;
        }
        assert_true(standing >= 8);
        drive_finish(&drive);
}

static void test_silence(void **state)
{
        const struct scenario *scenario = scenario_find("silence");
        struct receiver_settings settings;
        struct receiver receiver;
        struct drive drive;
        struct epoch epoch;
        int64_t last = 0, longest = 0;

        receiver_defaults(&settings);
        settings.silences = scenario->silences;
        assert_int_equal(drive_init(&drive, scenario), 0);
        receiver_init(&receiver, &settings, drive.van, START_UTC_NS, van_duration_ns(drive.van));
        for (; receiver_next(&receiver, &epoch); last = epoch.utc_ns)
                if (last && epoch.utc_ns - last > longest)
                        longest = epoch.utc_ns - last;
        assert_int_equal(longest, 13 * NS_PER_S);
        drive_finish(&drive);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_limits),
                cmocka_unit_test(test_continuity),
                cmocka_unit_test(test_path_keeps_to_the_streets),
                cmocka_unit_test(test_path_refuses),
                cmocka_unit_test(test_drive_refuses_wrong_way),
                cmocka_unit_test(test_checksum),
                cmocka_unit_test(test_sentences_are_whole),
                cmocka_unit_test(test_same_seed_same_bytes),
                cmocka_unit_test(test_noise),
                cmocka_unit_test(test_course_is_held_when_standing),
                cmocka_unit_test(test_silence),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
