/* SPDX-License-Identifier: MIT */
/* A network of short lines between few places, and frames and gaps anywhere on them, as the bytes say. */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "storage/coverage_map.h"
#include "storage/coverage_route.h"

#define PLACES 8
#define MAX_STEPS 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
        const uint8_t *at, *end;
};

static void require(bool held)
{
        if (!held)
                abort();
}

static unsigned take(struct bytes *bytes)
{
        return bytes->at < bytes->end ? *bytes->at++ : 0;
}

/* -6.4 m to 121.6 m */
static double take_m(struct bytes *bytes)
{
        return (double)take(bytes) / 2 - 6.4;
}

static const char *line_name(unsigned byte, char name[static 4])
{
        snprintf(name, 4, "%u", byte % 6);
        return name;
}

static struct road_point place(unsigned byte)
{
        return (struct road_point){47 + 0.0001 * (byte % PLACES), 2 + 0.0002 * ((byte % PLACES) * 5 % PLACES)};
}

static struct road_network *take_network(struct bytes *bytes)
{
        struct road_builder *builder = NULL;
        struct road_network *network = NULL;
        unsigned count = take(bytes) % 12;
        int64_t id = 1;
        char name[4];

        require(road_builder_create(&builder) == 0);
        for (unsigned i = 0; i < count; i++) {
                struct road_point points[2] = {place(take(bytes)), place(take(bytes))};
                struct road_segment segment = {
                        .id = id,
                        .source_id = line_name(take(bytes), name),
                        .from_m = take_m(bytes),
                        .oneway = (enum road_oneway)((int)(take(bytes) % 3) - 1),
                        .points = points,
                        .point_count = 2,
                };

                segment.to_m = segment.from_m + take_m(bytes);
                id += road_builder_add(builder, &segment) == 0;
        }
        if (road_builder_finish(builder, "", &network) < 0) {
                road_builder_destroy(builder);
                return NULL;
        }
        return network;
}

static void take_events(struct bytes *bytes, const struct road_network *network, struct coverage_map *map)
{
        struct coverage_step steps[MAX_STEPS];
        char name[4];

        while (bytes->at < bytes->end) {
                unsigned kind = take(bytes);
                int direction = kind & 1 ? 1 : -1;
                const char *line = line_name(take(bytes), name);
                double chainage_m = take_m(bytes), other_m = take_m(bytes);

                if (kind & 2) {
                        require(coverage_map_add_frame(map, line, kind >> 4, direction, chainage_m, fabs(other_m), kind,
                                                       kind & 4) == 0);
                } else if (kind & 8) {
                        require(coverage_map_add_gap(map, line, kind >> 4, direction, chainage_m, other_m,
                                                     kind & 4 ? "one" : "two") == 0);
                } else if (road_network_size(network) > 0) {
                        uint32_t from = kind % (uint32_t)road_network_size(network),
                                 to = take(bytes) % (uint32_t)road_network_size(network);
                        int count = coverage_route(network, from, direction, chainage_m, to, other_m, 300, steps,
                                                   MAX_STEPS);

                        require(count >= 0 && count <= MAX_STEPS);
                }
        }
}

static void check(const struct road_network *network, const struct coverage_map *map)
{
        for (uint32_t i = 0; i < road_network_size(network); i++) {
                struct road_segment segment;

                road_network_segment(network, i, &segment);
                for (int direction = -1; direction <= 1; direction += 2) {
                        const struct interval_set *covered = coverage_map_covered(map, i, direction, 0);
                        const struct interval_set *recent = coverage_map_covered(map, i, direction, 1);
                        double all_m = interval_set_covered(covered, segment.from_m, segment.to_m);
                        double recent_m = interval_set_covered(recent, segment.from_m, segment.to_m);
                        struct interval hole = {.to = segment.from_m};

                        require(recent_m <= all_m + 1e-6 && all_m <= segment.to_m - segment.from_m + 1e-6);
                        require((all_m > 1e-9) <= (coverage_map_last_seen(map, i, direction) != INT64_MIN));
                        while (interval_set_hole(covered, hole.to, segment.to_m, &hole)) {
                                require(hole.from < hole.to);
                                require(coverage_map_reason(map, i, direction, hole.from, hole.to) != NULL);
                                all_m += hole.to - hole.from;
                        }
                        require(fabs(all_m - (segment.to_m - segment.from_m)) < 1e-6);
                }
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct bytes bytes = {data, data + size};
        struct road_network *network = take_network(&bytes);
        struct coverage_map *map = NULL;

        if (!network)
                return 0;
        require(coverage_map_create(network, &map) == 0);
        take_events(&bytes, network, map);
        coverage_map_settle(map);
        check(network, map);
        coverage_map_destroy(map);
        road_network_destroy(network);
        return 0;
}
