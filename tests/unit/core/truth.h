/* SPDX-License-Identifier: MIT */
/* A van whose every move is known: legs of even acceleration and even turning, and where that takes it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define TRUTH_LATITUDE_DEG 48.1
#define TRUTH_LONGITUDE_DEG 2.3

struct leg {
        double duration_s;
        double acceleration_mps2; /* along the way it goes, also in reverse */
        double turn_deg_per_s;    /* of the nose, clockwise */
        int gear;                 /* 1 ahead, -1 in reverse; 0 reads as 1. Changes at standstill only */
};

struct truth_state {
        double travelled_m; /* never decreases, also in reverse */
        double speed_mps;
        double heading_deg; /* of the nose */
        double course_deg;  /* heading, or the other way in reverse */
        double east_m, north_m;
        double latitude_deg, longitude_deg;
};

struct truth;

/* Begins at standstill, at 0 s, with the nose at heading_deg; stands after the last leg. Ends the test when memory does. */
struct truth *truth_create(const struct leg *legs, size_t count, double heading_deg);
void truth_destroy(struct truth *truth);
double truth_duration_s(const struct truth *truth);
void truth_at(const struct truth *truth, double t_s, struct truth_state *ret_state);
/* The instant at which the van has travelled that far; the test fails when it never does. */
double truth_when_s(const struct truth *truth, double travelled_m);
