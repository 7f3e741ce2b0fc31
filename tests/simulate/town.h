/* SPDX-License-Identifier: MIT */
/* The made-up town: its streets, and where they lie. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Metres east and north of the town's centre. */
struct town_point {
        double east_m, north_m;
};

struct town_vertex {
        const char *name;
        struct town_point at;
};

#define TOWN_STREET_VERTICES 16
#define TOWN_GEOID_SEPARATION_M 47.6 /* ellipsoid to mean sea level, about what it is in the middle of France */

struct town_street {
        const char *id;
        const char *name;    /* NULL: it has none */
        const char *highway; /* as in OpenStreetMap */
        bool oneway;         /* in the order of its vertices */
        bool roundabout;
        int level;                                  /* 1 on a bridge */
        const char *vertices[TOWN_STREET_VERTICES]; /* names, NULL after the last */
};

extern const struct town_vertex town_vertices[]; /* a NULL name after the last */
extern const struct town_street town_streets[];  /* a NULL id after the last */

/* Where that vertex is. False when the town has none of that name. */
bool town_find(const char *vertex, struct town_point *ret_point);
/* The street that leads straight from a vertex to another, against a one-way too; NULL when none does. *ret_against: the way is
 * against the order of its vertices. */
const struct town_street *town_street_between(const char *from, const char *to, bool *ret_against);
/* What is allowed there, by the class of street. */
double town_speed_limit_mps(const struct town_street *street);

/* WGS 84, degrees. */
void town_to_geodetic(struct town_point point, double *ret_latitude_deg, double *ret_longitude_deg);
double town_altitude_m(struct town_point point); /* of the ground, above mean sea level */

/* The road network as GeoJSON, a feature a street. 0 or -errno of writing. */
int town_write_geojson(FILE *stream);
