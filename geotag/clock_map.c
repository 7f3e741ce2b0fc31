/* SPDX-License-Identifier: MIT */
#include "geotag/clock_map.h"

#include <string.h>

#include "base/clock.h"

/* A sample that much before the envelope, or that much after it, is no jitter of a receiver or of gpsd. */
#define EARLY_LIMIT_NS (300 * NS_PER_MS)
#define LATE_LIMIT_NS (700 * NS_PER_MS)
/* Two samples that lie that close agree. */
#define AGREE_NS (300 * NS_PER_MS)
/* After that many samples in a row that fit neither the map nor each other, the map itself is given up. */
#define SUSPECTS_MAX 5
/* What was held up on its way comes in one burst: samples in less time than this say nothing of a step. */
#define STEP_LASTS_NS (500 * NS_PER_MS)
#define PPS_LASTS_NS (10 * NS_PER_S)
/* A fix arrives that much before its epoch, by the pulse, at the most. Less than a second between this and the latest, so that of two
 * neighbouring seconds one is right. */
#define PPS_EARLY_NS (50 * NS_PER_MS)
#define PPS_RANGE_NS (950 * NS_PER_MS)
/* Two pulses that lie that close agree: the drift of a quartz in a minute, and the jitter of a loaded machine. */
#define PPS_AGREES_NS (5 * NS_PER_MS)
#define PPS_ERROR_NS (50 * NS_PER_US)
/* What a quartz of 50 ppm drifts in a window of a minute. */
#define DRIFT_ERROR_NS (3 * NS_PER_MS)

static int64_t distance_ns(int64_t a_ns, int64_t b_ns)
{
        return a_ns > b_ns ? a_ns - b_ns : b_ns - a_ns;
}

void clock_map_init(struct clock_map *map, const struct clock_map_settings *settings)
{
        memset(map, 0, sizeof(*map));
        map->settings = *settings;
}

static void push(struct clock_map *map, int64_t sample_ns)
{
        map->samples_ns[map->sample_next] = sample_ns;
        map->sample_next = (map->sample_next + 1) % CLOCK_MAP_WINDOW;
        if (map->sample_count < CLOCK_MAP_WINDOW)
                map->sample_count++;
        map->envelope_ns = map->samples_ns[0];
        for (unsigned i = 1; i < map->sample_count; i++)
                if (map->samples_ns[i] < map->envelope_ns)
                        map->envelope_ns = map->samples_ns[i];
}

static void restart(struct clock_map *map, int64_t sample_ns)
{
        map->last_step_ns = map->envelope_ns - sample_ns;
        map->sample_count = map->sample_next = 0;
        map->suspect_count = 0;
        map->has_pps = map->has_pps_suspect = false;
        push(map, sample_ns);
}

enum clock_map_verdict clock_map_add_arrival(struct clock_map *map, int64_t utc_ns, int64_t boottime_ns)
{
        int64_t sample_ns = boottime_ns - utc_ns;
        bool agrees;

        map->last_arrival_boottime_ns = boottime_ns;
        if (map->sample_count == 0 ||
            (sample_ns - map->envelope_ns >= -EARLY_LIMIT_NS && sample_ns - map->envelope_ns <= LATE_LIMIT_NS)) {
                map->suspect_count = 0;
                push(map, sample_ns);
                return CLOCK_MAP_TAKEN;
        }
        agrees = map->suspect_count > 0 && distance_ns(sample_ns, map->suspect_ns) <= AGREE_NS;
        if (map->suspect_count == 0)
                map->suspect_row_boottime_ns = boottime_ns;
        if (!agrees)
                map->suspect_boottime_ns = boottime_ns;
        if ((agrees && boottime_ns - map->suspect_boottime_ns >= STEP_LASTS_NS) ||
            (map->suspect_count >= SUSPECTS_MAX && boottime_ns - map->suspect_row_boottime_ns >= STEP_LASTS_NS)) {
                restart(map, sample_ns);
                return CLOCK_MAP_STEPPED;
        }
        map->suspect_ns = sample_ns;
        map->suspect_count++;
        return CLOCK_MAP_UNSURE;
}

/* Do the arrivals allow for that offset? Where the latency is known to be long, the range of a second lies around it. */
static bool pps_fits(const struct clock_map *map, int64_t offset_ns)
{
        int64_t late_ns = map->envelope_ns - offset_ns, earliest_ns = map->settings.latency_ns - PPS_RANGE_NS / 2;

        if (earliest_ns < -PPS_EARLY_NS)
                earliest_ns = -PPS_EARLY_NS;
        return map->sample_count > 0 && late_ns >= earliest_ns && late_ns <= earliest_ns + PPS_RANGE_NS;
}

void clock_map_add_pps(struct clock_map *map, int64_t utc_ns, int64_t boottime_ns)
{
        int64_t offset_ns = boottime_ns - utc_ns;
        bool agrees;

        if (!pps_fits(map, offset_ns))
                return;
        agrees = (map->has_pps && distance_ns(offset_ns, map->pps_offset_ns) <= PPS_AGREES_NS) ||
                 (map->has_pps_suspect && map->pps_suspect_utc_ns != utc_ns &&
                  distance_ns(offset_ns, map->pps_suspect_offset_ns) <= PPS_AGREES_NS);
        map->has_pps_suspect = !agrees;
        if (!agrees) {
                map->pps_suspect_offset_ns = offset_ns;
                map->pps_suspect_utc_ns = utc_ns;
                return;
        }
        map->pps_offset_ns = offset_ns;
        map->pps_boottime_ns = boottime_ns;
        map->has_pps = true;
}

bool clock_map_ready(const struct clock_map *map)
{
        return map->sample_count > 0;
}

static bool pps_is_fresh(const struct clock_map *map)
{
        return map->has_pps && pps_fits(map, map->pps_offset_ns) &&
               map->last_arrival_boottime_ns - map->pps_boottime_ns < PPS_LASTS_NS;
}

static int64_t offset_ns(const struct clock_map *map)
{
        return pps_is_fresh(map) ? map->pps_offset_ns : map->envelope_ns - map->settings.latency_ns;
}

int64_t clock_map_to_boottime(const struct clock_map *map, int64_t utc_ns)
{
        return utc_ns + offset_ns(map);
}

int64_t clock_map_to_utc(const struct clock_map *map, int64_t boottime_ns)
{
        return boottime_ns - offset_ns(map);
}

int64_t clock_map_error_ns(const struct clock_map *map)
{
        int64_t excess_ns = 0;

        if (pps_is_fresh(map))
                return PPS_ERROR_NS;
        /* The stated latency is a receiver's usual one: take a quarter of it as not known. What the envelope still lacks shrinks as
         * samples come in, and is about the samples' mean excess over the number of them (minimum of exponential delays). */
        for (unsigned i = 0; i < map->sample_count; i++)
                excess_ns += (map->samples_ns[i] - map->envelope_ns) / map->sample_count;
        return map->settings.latency_ns / 4 + DRIFT_ERROR_NS +
               (map->sample_count > 0 ? excess_ns / map->sample_count : NS_PER_S);
}
