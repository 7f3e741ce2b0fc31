/* SPDX-License-Identifier: MIT */
/* The path is cut into short cells. The speed at their ends is the highest that limits, curves, stops, acceleration and braking
 * allow; within a cell the acceleration is constant, so that distance and speed at any instant have a closed form. */
#include "tests/simulate/van.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"

#define CELL_M 0.25

struct node {
        double speed_mps;
        double wait_s;
        double arrive_s, depart_s;
};

struct van {
        const struct path *path;
        struct node *nodes;
        size_t node_count;
        double cell_m;
};

static double allowed_mps(const struct path *path, double along_m)
{
        struct path_place place;

        path_at(path, along_m, &place);
        if (place.curvature_per_m == 0)
                return place.limit_mps;
        return fmin(place.limit_mps, sqrt(VAN_LATERAL_MPS2 / fabs(place.curvature_per_m)));
}

static void set_limits(struct van *van)
{
        for (size_t i = 0; i < van->node_count; i++) {
                double s = (double)i * van->cell_m, limit = allowed_mps(van->path, s);

                /* The cells on both sides must be within the limits too. */
                limit = fmin(limit, allowed_mps(van->path, s - van->cell_m));
                van->nodes[i].speed_mps = fmin(limit, allowed_mps(van->path, s + van->cell_m));
        }
        van->nodes[0].speed_mps = 0;
        van->nodes[van->node_count - 1].speed_mps = 0;
}

static void set_stops(struct van *van, const struct van_stop *stops, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                double at = fmin(fmax(stops[i].along_m / van->cell_m, 0), (double)(van->node_count - 1));
                struct node *node = &van->nodes[lround(at)];

                node->speed_mps = 0;
                node->wait_s += stops[i].wait_s;
        }
}

static double speed_after(double speed_mps, double acceleration_mps2, double distance_m)
{
        return sqrt(speed_mps * speed_mps + 2 * acceleration_mps2 * distance_m);
}

static void set_speeds(struct van *van)
{
        struct node *nodes = van->nodes;

        for (size_t i = 1; i < van->node_count; i++)
                nodes[i].speed_mps = fmin(nodes[i].speed_mps,
                                          speed_after(nodes[i - 1].speed_mps, VAN_ACCELERATION_MPS2, van->cell_m));
        for (size_t i = van->node_count - 1; i-- > 0;)
                nodes[i].speed_mps =
                        fmin(nodes[i].speed_mps, speed_after(nodes[i + 1].speed_mps, VAN_BRAKING_MPS2, van->cell_m));
}

static void set_times(struct van *van)
{
        double now = 0;

        for (size_t i = 0; i < van->node_count; i++) {
                struct node *node = &van->nodes[i];

                if (i)
                        now += 2 * van->cell_m / (node[-1].speed_mps + node->speed_mps);
                node->arrive_s = now;
                now += node->wait_s;
                node->depart_s = now;
        }
}

int van_create(const struct path *path, const struct van_stop *stops, size_t stop_count, struct van **ret_van)
{
        struct van *van = calloc(1, sizeof(*van));

        if (!van)
                return -ENOMEM;
        van->path = path;
        van->node_count = (size_t)ceil(path_length_m(path) / CELL_M) + 1;
        van->cell_m = path_length_m(path) / (double)(van->node_count - 1);
        van->nodes = calloc(van->node_count, sizeof(*van->nodes));
        if (!van->nodes) {
                free(van);
                return -ENOMEM;
        }
        set_limits(van);
        set_stops(van, stops, stop_count);
        set_speeds(van);
        set_times(van);
        *ret_van = van;
        return 0;
}

void van_destroy(struct van *van)
{
        if (!van)
                return;
        free(van->nodes);
        free(van);
}

int64_t van_duration_ns(const struct van *van)
{
        return llround(van->nodes[van->node_count - 1].depart_s * 1e9);
}

/* The last node that the van left by then; the first when it has not left yet. */
static size_t node_left(const struct van *van, double seconds)
{
        size_t low = 0, high = van->node_count;

        while (high - low > 1) {
                size_t middle = (low + high) / 2;

                if (van->nodes[middle].depart_s <= seconds)
                        low = middle;
                else
                        high = middle;
        }
        return low;
}

static void motion_at(const struct van *van, double seconds, struct van_state *state)
{
        size_t i = node_left(van, seconds);
        const struct node *from = &van->nodes[i], *to = from + 1;
        double u;

        state->travelled_m = (double)i * van->cell_m;
        state->speed_mps = 0;
        state->acceleration_mps2 = 0;
        if (seconds < from->depart_s || i + 1 == van->node_count)
                return;
        if (seconds >= to->arrive_s) {
                state->travelled_m = (double)(i + 1) * van->cell_m;
                return;
        }
        u = seconds - from->depart_s;
        state->acceleration_mps2 = (to->speed_mps - from->speed_mps) / (to->arrive_s - from->depart_s);
        state->speed_mps = from->speed_mps + state->acceleration_mps2 * u;
        state->travelled_m += (from->speed_mps + state->acceleration_mps2 * u / 2) * u;
}

void van_at(const struct van *van, int64_t drive_ns, struct van_state *ret_state)
{
        struct path_place place;
        double course;

        motion_at(van, (double)drive_ns / (double)NS_PER_S, ret_state);
        path_at(van->path, ret_state->travelled_m, &place);
        ret_state->at = place.at;
        ret_state->altitude_msl_m = town_altitude_m(place.at);
        course = fmod(place.heading_rad * (180 / M_PI), 360);
        ret_state->course_deg = course < 0 ? course + 360 : course;
        if (ret_state->course_deg >= 360)
                ret_state->course_deg = 0;
}
