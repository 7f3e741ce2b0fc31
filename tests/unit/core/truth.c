/* SPDX-License-Identifier: MIT */
#include "tests/unit/core/truth.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "geotag/geodesy.h"

/* Within a step the speed changes evenly and the path is a chord along the middle heading: at 20 m/s and 30 degrees a second that errs
 * by a micrometre. */
#define STEP_S 0.01
#define RAD_PER_DEG (M_PI / 180.0)

struct step {
        double travelled_m, speed_mps, heading_deg, east_m, north_m;
        int gear;
};

struct truth {
        struct step *steps;
        size_t count;
        struct plane plane;
};

static struct step step_on(const struct step *from, const struct leg *leg, double dt_s)
{
        int gear = leg->gear < 0 ? -1 : 1;
        double speed_mps = fmax(from->speed_mps + leg->acceleration_mps2 * dt_s, 0);
        double ahead_m = 0.5 * (from->speed_mps + speed_mps) * dt_s;
        double middle_rad = (from->heading_deg + leg->turn_deg_per_s * dt_s / 2) * RAD_PER_DEG;
        double turned_deg = ahead_m > 0 ? leg->turn_deg_per_s * dt_s : 0; /* a van does not turn on the spot */

        return (struct step){.travelled_m = from->travelled_m + ahead_m,
                             .speed_mps = speed_mps,
                             .heading_deg = angle_wrap_360(from->heading_deg + turned_deg),
                             .east_m = from->east_m + gear * ahead_m * sin(middle_rad),
                             .north_m = from->north_m + gear * ahead_m * cos(middle_rad),
                             .gear = gear};
}

struct truth *truth_create(const struct leg *legs, size_t count, double heading_deg)
{
        struct truth *truth = calloc(1, sizeof(*truth));
        size_t total = 1;

        assert_non_null(truth);
        for (size_t i = 0; i < count; i++)
                total += (size_t)lround(legs[i].duration_s / STEP_S);
        truth->steps = calloc(total, sizeof(*truth->steps));
        assert_non_null(truth->steps);
        truth->steps[0] = (struct step){.heading_deg = heading_deg, .gear = 1};
        truth->count = 1;
        for (size_t i = 0; i < count; i++)
                for (long k = lround(legs[i].duration_s / STEP_S); k > 0; k--, truth->count++)
                        truth->steps[truth->count] = step_on(&truth->steps[truth->count - 1], &legs[i], STEP_S);
        plane_init(&truth->plane, TRUTH_LATITUDE_DEG, TRUTH_LONGITUDE_DEG);
        return truth;
}

void truth_destroy(struct truth *truth)
{
        if (!truth)
                return;
        free(truth->steps);
        free(truth);
}

double truth_duration_s(const struct truth *truth)
{
        return (double)(truth->count - 1) * STEP_S;
}

void truth_at(const struct truth *truth, double t_s, struct truth_state *ret_state)
{
        size_t i = t_s <= 0 ? 0 : (size_t)(t_s / STEP_S);
        struct step at;

        if (i >= truth->count - 1) {
                at = truth->steps[truth->count - 1];
        } else {
                const struct step *a = &truth->steps[i], *b = a + 1;
                double dt_s = fmax(t_s - (double)i * STEP_S, 0);
                struct leg leg = {.acceleration_mps2 = (b->speed_mps - a->speed_mps) / STEP_S,
                                  .turn_deg_per_s = angle_wrap_180(b->heading_deg - a->heading_deg) / STEP_S,
                                  .gear = b->gear};

                at = step_on(a, &leg, dt_s);
        }
        *ret_state = (struct truth_state){.travelled_m = at.travelled_m,
                                          .speed_mps = at.speed_mps,
                                          .heading_deg = at.heading_deg,
                                          .course_deg = angle_wrap_360(at.heading_deg + (at.gear < 0 ? 180 : 0)),
                                          .east_m = at.east_m,
                                          .north_m = at.north_m};
        plane_to_geodetic(&truth->plane, at.east_m, at.north_m, &ret_state->latitude_deg, &ret_state->longitude_deg);
}

double truth_when_s(const struct truth *truth, double travelled_m)
{
        double low_s = 0, high_s = truth_duration_s(truth);
        struct truth_state state;

        truth_at(truth, high_s, &state);
        assert_true(state.travelled_m >= travelled_m);
        for (int i = 0; i < 60; i++) {
                double middle_s = 0.5 * (low_s + high_s);

                truth_at(truth, middle_s, &state);
                if (state.travelled_m < travelled_m)
                        low_s = middle_s;
                else
                        high_s = middle_s;
        }
        return high_s;
}
