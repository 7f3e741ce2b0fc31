/* SPDX-License-Identifier: MIT */
/* What the columns of a road map mean: one set of rules that BD TOPO (GeoPackage and Shapefile, old and new), OpenStreetMap
 * and plain GeoJSON fit without options. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "geotag/road_network.h"

/* The columns, or tags, that the rules know. Names are compared without regard to case. */
enum roads_key {
        /* identity */
        ROADS_CLEABS,
        ROADS_OSM_ID,
        ROADS_OSM_WAY_ID,
        ROADS_AT_ID,
        ROADS_ID,
        /* names; BD TOPO has one for each side of the road: left, then right */
        ROADS_BAN_LEFT,
        ROADS_BAN_RIGHT,
        ROADS_BAN_LEFT_SHP,
        ROADS_BAN_RIGHT_SHP,
        ROADS_COLLABORATIVE_LEFT,
        ROADS_COLLABORATIVE_RIGHT,
        ROADS_COLLABORATIVE_LEFT_SHP,
        ROADS_COLLABORATIVE_RIGHT_SHP,
        ROADS_FIRST_LEFT,
        ROADS_FIRST_RIGHT,
        ROADS_FIRST_LEFT_SHP,
        ROADS_FIRST_RIGHT_SHP,
        ROADS_STREET_LEFT_SHP,
        ROADS_STREET_RIGHT_SHP,
        ROADS_BAN_LEFT_CUT,
        ROADS_BAN_RIGHT_CUT,
        ROADS_COLLABORATIVE_LEFT_CUT,
        ROADS_COLLABORATIVE_RIGHT_CUT,
        ROADS_NAME,
        ROADS_STREET,
        ROADS_NOM,
        ROADS_NOM_VOIE,
        ROADS_NUMBER,
        ROADS_NUMBER_SHP,
        ROADS_REF,
        /* what kind */
        ROADS_HIGHWAY,
        ROADS_NATURE,
        ROADS_CLASS,
        ROADS_FCLASS,
        ROADS_ROAD_CLASS,
        ROADS_AREA,
        ROADS_STATE,
        ROADS_STATE_SHP,
        /* which way */
        ROADS_ONEWAY,
        ROADS_JUNCTION,
        ROADS_SENS,
        ROADS_SENS_SHP,
        ROADS_SENS_CUT,
        /* above or below */
        ROADS_LAYER,
        ROADS_BRIDGE,
        ROADS_TUNNEL,
        ROADS_POSITION,
        ROADS_POSITION_SHP,
        ROADS_POSITION_CUT,
        /* whose */
        ROADS_COMMUNE_LEFT,
        ROADS_COMMUNE_RIGHT,
        ROADS_COMMUNE_LEFT_SHP,
        ROADS_COMMUNE_RIGHT_SHP,
        ROADS_COMMUNE_LEFT_CUT,
        ROADS_COMMUNE,
        ROADS_INSEE,
        ROADS_KEY_COUNT,
};

extern const char *const roads_key_names[ROADS_KEY_COUNT];
/* -1 when the rules do not know the name; length bytes of it count. */
int roads_key_find(const char *name, size_t length);

/* One feature's columns. */
struct roads_values {
        const char *text[ROADS_KEY_COUNT]; /* UTF-8; NULL or "" unset */
        bool column[ROADS_KEY_COUNT];      /* the layer has that column, whether set in this feature or not */
};

enum roads_verdict {
        ROADS_TAKEN,
        ROADS_PATH,     /* not for vans: kept on request */
        ROADS_NOT_ROAD, /* a railway, a river, a road that is not built yet ... */
};

#define ROADS_ID_SIZE 128
#define ROADS_NAME_SIZE 128
#define ROADS_WORD_SIZE 64

struct roads_attributes {
        char source_id[ROADS_ID_SIZE]; /* "": the source has none but the feature's number */
        char street[ROADS_NAME_SIZE];  /* "" unnamed */
        char road_class[ROADS_WORD_SIZE];
        char commune[ROADS_WORD_SIZE];
        enum road_oneway oneway;
        int level; /* -10 to 10 */
};

enum roads_verdict roads_rules_apply(const struct roads_values *values, struct roads_attributes *ret_attributes);
