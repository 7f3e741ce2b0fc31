/* SPDX-License-Identifier: MIT */
/* GNSS time (UTC) <-> CLOCK_BOOTTIME, with an error estimate. Pure; never looks at the wall clock.
 *
 * The offset is boottime less UTC. PPS gives it directly. Otherwise each fix gives a sample that is late by the receiver's and
 * gpsd's latency: the lower envelope of the samples in a window, less the latency that the config states, is the offset
 * (Paxson, "On calibrating measurements of packet transit times", SIGMETRICS 1998: the minimum delay carries the clock). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_MAP_WINDOW 64 /* samples */

struct clock_map_settings {
        int64_t latency_ns; /* from a fix's epoch to the arrival of its report, at its smallest; 0 to 2 s */
};

enum clock_map_verdict {
        CLOCK_MAP_TAKEN,   /* the sample fits */
        CLOCK_MAP_UNSURE,  /* it does not fit the map; held back until the next sample agrees with it or not */
        CLOCK_MAP_STEPPED, /* samples that did not come in one burst agree on a new offset: the map was reset to it */
};

struct clock_map {
        struct clock_map_settings settings;
        int64_t samples_ns[CLOCK_MAP_WINDOW]; /* arrival less epoch */
        unsigned sample_count, sample_next;
        int64_t envelope_ns;                    /* smallest of the samples */
        int64_t pps_offset_ns, pps_boottime_ns; /* of the last pulse believed */
        bool has_pps;
        int64_t pps_suspect_offset_ns, pps_suspect_utc_ns; /* a pulse that waits for another that agrees */
        bool has_pps_suspect;
        int64_t suspect_ns;              /* the sample held back */
        unsigned suspect_count;          /* held back in a row */
        int64_t suspect_row_boottime_ns; /* arrival of the first of the row */
        int64_t suspect_boottime_ns;     /* arrival of the first of those that agree with the last */
        int64_t last_arrival_boottime_ns;
        int64_t last_step_ns; /* UTC's last step: > 0 when GNSS time jumped ahead */
};

void clock_map_init(struct clock_map *map, const struct clock_map_settings *settings);
/* A fix of epoch utc_ns arrived at boottime_ns. */
enum clock_map_verdict clock_map_add_arrival(struct clock_map *map, int64_t utc_ns, int64_t boottime_ns);
/* A pulse: the second utc_ns began at boottime_ns. Ignored where the arrivals fit another second better: no fix arrives before its epoch
 * (50 ms are allowed for), nor much later than the settings' latency says. One that is not within 5 ms of the last pulse believed, as
 * the first of all is not, is believed with the next pulse that agrees with it. */
void clock_map_add_pps(struct clock_map *map, int64_t utc_ns, int64_t boottime_ns);

bool clock_map_ready(const struct clock_map *map); /* at least one sample was taken */
int64_t clock_map_to_boottime(const struct clock_map *map, int64_t utc_ns);
int64_t clock_map_to_utc(const struct clock_map *map, int64_t boottime_ns);
/* One-sigma error of the two above, ns. */
int64_t clock_map_error_ns(const struct clock_map *map);
