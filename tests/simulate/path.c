/* SPDX-License-Identifier: MIT */
#include "tests/simulate/path.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define CUT_M 2.5 /* how far a rounded corner passes by its vertex */
#define RADIUS_MAX_M 300.0
#define TURN_MAX_RAD 2.8
#define TURN_MIN_RAD 1e-6

struct piece {
        double from_m, length_m;
        struct town_point start;
        double heading_rad, curvature_per_m, limit_mps;
};

struct path {
        struct piece *pieces; /* a straight before each corner but the first, an arc at each but the ends */
        size_t piece_count;
        double *corner_m;
        double length_m;
};

struct leg {
        double length_m, heading_rad;
};

static struct leg leg_between(struct town_point a, struct town_point b)
{
        double east = b.east_m - a.east_m, north = b.north_m - a.north_m;

        return (struct leg){hypot(east, north), atan2(east, north)};
}

static double turn_rad(double from, double to)
{
        return remainder(to - from, 2 * M_PI);
}

static struct town_point ahead(struct town_point from, double heading_rad, double distance_m)
{
        return (struct town_point){from.east_m + distance_m * sin(heading_rad),
                                   from.north_m + distance_m * cos(heading_rad)};
}

/* The corner moved to the right by lane_m, so that both legs are. */
static struct town_point keep_right(struct town_point corner, double heading_in, double heading_out, double lane_m)
{
        double turn = turn_rad(heading_in, heading_out);

        return ahead(corner, heading_in + turn / 2 + M_PI / 2, lane_m / cos(turn / 2));
}

static int shift_corners(const struct path_corner *corners, size_t count, double lane_m, struct town_point *points)
{
        for (size_t i = 0; i < count; i++) {
                struct leg in = leg_between(corners[i ? i - 1 : 0].at, corners[i ? i : 1].at);
                struct leg out = i + 1 < count ? leg_between(corners[i].at, corners[i + 1].at) : in;

                if (out.length_m <= 0 || fabs(turn_rad(in.heading_rad, out.heading_rad)) > TURN_MAX_RAD)
                        return -EINVAL;
                points[i] = keep_right(corners[i].at, in.heading_rad, out.heading_rad, lane_m);
        }
        return 0;
}

/* Length of the tangents of the arc at a corner: as far out as the cut, the radius and half of each leg allow. */
static double tangent_m(double turn, double leg_in_m, double leg_out_m)
{
        double half = fabs(turn) / 2;
        double radius = fmin(CUT_M / (1 / cos(half) - 1), RADIUS_MAX_M);

        return fmin(radius * tan(half), 0.49 * fmin(leg_in_m, leg_out_m));
}

static void add_piece(struct path *path, const struct piece *piece)
{
        path->pieces[path->piece_count] = *piece;
        path->pieces[path->piece_count++].from_m = path->length_m;
        path->length_m += piece->length_m;
}

static void lay_pieces(struct path *path, const struct town_point *points, const struct path_corner *corners,
                       size_t count)
{
        double used_m = 0; /* of the present leg, by the arc behind */

        for (size_t i = 1; i < count; i++) {
                struct leg in = leg_between(points[i - 1], points[i]);
                struct leg out = i + 1 < count ? leg_between(points[i], points[i + 1]) : in;
                double turn = turn_rad(in.heading_rad, out.heading_rad);
                double tangent = fabs(turn) > TURN_MIN_RAD ? tangent_m(turn, in.length_m, out.length_m) : 0;
                struct piece straight = {.length_m = in.length_m - used_m - tangent,
                                         .start = ahead(points[i - 1], in.heading_rad, used_m),
                                         .heading_rad = in.heading_rad,
                                         .limit_mps = corners[i - 1].limit_mps};

                add_piece(path, &straight);
                path->corner_m[i] = path->length_m;
                if (tangent > 0) {
                        double radius = tangent / tan(fabs(turn) / 2);
                        struct piece arc = {.length_m = radius * fabs(turn),
                                            .start = ahead(points[i], in.heading_rad, -tangent),
                                            .heading_rad = in.heading_rad,
                                            .curvature_per_m = copysign(1 / radius, turn),
                                            .limit_mps = fmin(corners[i - 1].limit_mps, corners[i].limit_mps)};

                        add_piece(path, &arc);
                        path->corner_m[i] += arc.length_m / 2;
                }
                used_m = tangent;
        }
}

int path_create(const struct path_corner *corners, size_t count, double lane_m, struct path **ret_path)
{
        struct town_point *points;
        struct path *path;
        int r = -ENOMEM;

        if (count < 2)
                return -EINVAL;
        path = calloc(1, sizeof(*path));
        points = calloc(count, sizeof(*points));
        if (!path || !points)
                goto fail;
        path->pieces = calloc(2 * count, sizeof(*path->pieces));
        path->corner_m = calloc(count, sizeof(*path->corner_m));
        if (!path->pieces || !path->corner_m)
                goto fail;
        r = shift_corners(corners, count, lane_m, points);
        if (r < 0)
                goto fail;
        lay_pieces(path, points, corners, count);
        free(points);
        *ret_path = path;
        return 0;
fail:
        free(points);
        path_destroy(path);
        return r;
}

void path_destroy(struct path *path)
{
        if (!path)
                return;
        free(path->pieces);
        free(path->corner_m);
        free(path);
}

double path_length_m(const struct path *path)
{
        return path->length_m;
}

double path_corner_m(const struct path *path, size_t i)
{
        return path->corner_m[i];
}

static const struct piece *piece_at(const struct path *path, double along_m)
{
        size_t low = 0, high = path->piece_count;

        while (high - low > 1) {
                size_t middle = (low + high) / 2;

                if (path->pieces[middle].from_m <= along_m)
                        low = middle;
                else
                        high = middle;
        }
        return &path->pieces[low];
}

void path_at(const struct path *path, double along_m, struct path_place *ret_place)
{
        double s = fmin(fmax(along_m, 0), path->length_m);
        const struct piece *piece = piece_at(path, s);
        double u = s - piece->from_m, half_turn = u * piece->curvature_per_m / 2;
        /* The chord of an arc points half its turn away from where it began. */
        double chord = half_turn == 0 ? u : u * sin(half_turn) / half_turn;

        ret_place->at = ahead(piece->start, piece->heading_rad + half_turn, chord);
        ret_place->heading_rad = piece->heading_rad + 2 * half_turn;
        ret_place->curvature_per_m = piece->curvature_per_m;
        ret_place->limit_mps = piece->limit_mps;
}
