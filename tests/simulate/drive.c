/* SPDX-License-Identifier: MIT */
#include "tests/simulate/drive.h"

#include <errno.h>
#include <inttypes.h>

#include "base/clock.h"

#define LANE_M 1.5
#define STOP_LINE_M 7.0

static size_t count_legs(const struct scenario *scenario)
{
        size_t count = 0;

        while (count < SCENARIO_LEGS && scenario->legs[count].vertex)
                count++;
        return count;
}

static int find_corners(const struct scenario *scenario, size_t count, struct path_corner *corners)
{
        const struct scenario_leg *legs = scenario->legs;

        for (size_t i = 0; i < count; i++) {
                const struct town_street *street;
                bool against;

                if (!town_find(legs[i].vertex, &corners[i].at))
                        return -EINVAL;
                if (i + 1 == count)
                        break;
                street = town_street_between(legs[i].vertex, legs[i + 1].vertex, &against);
                if (!street || (against && street->oneway))
                        return -EINVAL;
                corners[i].limit_mps = town_speed_limit_mps(street);
        }
        return 0;
}

static int start_van(struct drive *drive, size_t count)
{
        const struct scenario *scenario = drive->scenario;
        struct van_stop stops[SCENARIO_LEGS + 2];
        size_t stop_count = 0;

        stops[stop_count++] = (struct van_stop){0, scenario->parked_before_s};
        for (size_t i = 1; i < count; i++)
                if (scenario->legs[i].lights_s > 0)
                        stops[stop_count++] = (struct van_stop){path_corner_m(drive->path, i) - STOP_LINE_M,
                                                                scenario->legs[i].lights_s};
        stops[stop_count++] = (struct van_stop){path_length_m(drive->path), scenario->parked_after_s};
        return van_create(drive->path, stops, stop_count, &drive->van);
}

int drive_init(struct drive *drive, const struct scenario *scenario)
{
        struct path_corner corners[SCENARIO_LEGS] = {0};
        size_t count = count_legs(scenario);
        int r;

        *drive = (struct drive){.scenario = scenario};
        r = find_corners(scenario, count, corners);
        if (r < 0)
                return r;
        r = path_create(corners, count, LANE_M, &drive->path);
        if (r < 0)
                return r;
        r = start_van(drive, count);
        if (r < 0)
                drive_finish(drive);
        return r;
}

void drive_finish(struct drive *drive)
{
        van_destroy(drive->van);
        path_destroy(drive->path);
        *drive = (struct drive){0};
}

int drive_write_truth(const struct drive *drive, int64_t start_utc_ns, int64_t end_drive_ns, int rate_hz, FILE *stream)
{
        int64_t period_ns = NS_PER_S / rate_hz;

        fputs("t_unix_utc,lat_deg,lon_deg,hae_m,speed_mps,track_deg,travelled_m\n", stream);
        for (int64_t t = 0; t <= end_drive_ns; t += period_ns) {
                int64_t utc_ms = (start_utc_ns + t) / NS_PER_MS;
                double latitude_deg, longitude_deg;
                struct van_state state;

                van_at(drive->van, t, &state);
                town_to_geodetic(state.at, &latitude_deg, &longitude_deg);
                fprintf(stream, "%" PRId64 ".%03d,%.9f,%.9f,%.3f,%.4f,%.3f,%.4f\n", utc_ms / 1000, (int)(utc_ms % 1000),
                        latitude_deg, longitude_deg, state.altitude_msl_m + TOWN_GEOID_SEPARATION_M, state.speed_mps,
                        state.course_deg, state.travelled_m);
        }
        return fflush(stream) == 0 && !ferror(stream) ? 0 : -EIO;
}
