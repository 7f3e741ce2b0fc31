/* SPDX-License-Identifier: MIT */
#include "tests/simulate/receiver.h"

#include <math.h>

#include "base/clock.h"

#define DEG (180 / M_PI)
#define STANDING_SPEED_FACTOR 0.3

void receiver_defaults(struct receiver_settings *ret_settings)
{
        *ret_settings = (struct receiver_settings){
                .seed = 1,
                .rate_hz = 1,
                .position_sigma_m = 0.7,
                .position_time_s = 100,
                .altitude_sigma_m = 1.5,
                .speed_sigma_mps = 0.05,
                .course_hold_mps = 0.5,
                .latency_s = 0.099, /* gpsd and the way to its client make it 0.1 s */
                .jitter_s = 0.003,
        };
}

static void draw_errors(struct receiver *receiver, double keep)
{
        const struct receiver_settings *settings = &receiver->settings;
        double fresh = sqrt(1 - keep * keep);
        double sigma = settings->position_sigma_m * fresh;

        receiver->error_east_m = keep * receiver->error_east_m + sigma * random_normal(&receiver->random);
        receiver->error_north_m = keep * receiver->error_north_m + sigma * random_normal(&receiver->random);
        receiver->error_up_m =
                keep * receiver->error_up_m + settings->altitude_sigma_m * fresh * random_normal(&receiver->random);
}

void receiver_init(struct receiver *receiver, const struct receiver_settings *settings, const struct van *van,
                   int64_t start_utc_ns, int64_t end_drive_ns)
{
        *receiver = (struct receiver){
                .settings = *settings,
                .van = van,
                .start_utc_ns = start_utc_ns,
                .end_drive_ns = end_drive_ns,
                .course_deg = NAN,
        };
        random_init(&receiver->random, settings->seed);
        draw_errors(receiver, 0);
}

static bool is_silent(const struct receiver *receiver, int64_t drive_ns)
{
        double seconds = (double)drive_ns / (double)NS_PER_S;

        for (const struct receiver_silence *s = receiver->settings.silences; s && s->to_s > 0; s++)
                if (seconds >= s->from_s && seconds < s->to_s)
                        return true;
        return false;
}

/* Speed and course of the true velocity with an error on each of its components. A receiver that stands knows it, nearly. */
static void measure_velocity(struct receiver *receiver, const struct van_state *state, struct epoch *epoch)
{
        double sigma = receiver->settings.speed_sigma_mps * (state->speed_mps > 0 ? 1 : STANDING_SPEED_FACTOR);
        double along = state->speed_mps + sigma * random_normal(&receiver->random);
        double across = sigma * random_normal(&receiver->random);

        epoch->speed_mps = hypot(along, across);
        if (epoch->speed_mps >= receiver->settings.course_hold_mps) {
                double course = fmod(state->course_deg + atan2(across, along) * DEG + 360, 360);

                receiver->course_deg = course;
        }
        epoch->course_deg = receiver->course_deg;
}

static void measure_position(struct receiver *receiver, const struct van_state *state, struct epoch *epoch)
{
        struct town_point at = {state->at.east_m + receiver->error_east_m, state->at.north_m + receiver->error_north_m};

        town_to_geodetic(at, &epoch->latitude_deg, &epoch->longitude_deg);
        epoch->altitude_msl_m = state->altitude_msl_m + receiver->error_up_m;
        epoch->geoid_separation_m = TOWN_GEOID_SEPARATION_M;
        epoch->sigma_m = receiver->settings.position_sigma_m;
}

bool receiver_next(struct receiver *receiver, struct epoch *ret_epoch)
{
        int64_t period_ns = NS_PER_S / receiver->settings.rate_hz;
        double keep = exp(-(double)period_ns / (double)NS_PER_S / receiver->settings.position_time_s);

        for (;;) {
                int64_t drive_ns = receiver->number++ * period_ns;
                struct van_state state;
                double late_s;

                if (drive_ns > receiver->end_drive_ns)
                        return false;
                draw_errors(receiver, keep);
                late_s = receiver->settings.latency_s +
                         receiver->settings.jitter_s * random_exponential(&receiver->random);
                van_at(receiver->van, drive_ns, &state);
                ret_epoch->utc_ns = receiver->start_utc_ns + drive_ns;
                ret_epoch->first_byte_utc_ns = ret_epoch->utc_ns + llround(late_s * (double)NS_PER_S);
                measure_velocity(receiver, &state, ret_epoch);
                measure_position(receiver, &state, ret_epoch);
                ret_epoch->satellites = 12;
                ret_epoch->pdop = 1.4;
                ret_epoch->hdop = 0.8;
                ret_epoch->vdop = 1.15;
                if (!is_silent(receiver, drive_ns))
                        return true;
        }
}
