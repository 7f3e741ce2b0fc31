/* SPDX-License-Identifier: MIT */
#include "storage/coverage_map.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "geotag/geodesy.h"
#include "storage/coverage_parts.h"

/* The way is looked at over that length before and after a junction: its first metres may be a flare. */
#define BEARING_M 10.0
#define MAX_JUNCTIONS_AHEAD 8
#define MAX_AT_NODE 16

static const char never_driven[] = "never driven";

struct gap_mark {
        double from_m, to_m;
        const char *reason;
};

/* One part in one direction. */
struct way {
        struct interval_set covered, recent;
        struct gap_mark *gaps;
        size_t gap_count, gap_capacity;
};

struct coverage_map {
        const struct road_network *network;
        struct coverage_parts parts;
        struct way (*ways)[2];   /* of a part: along, against */
        int64_t (*last_seen)[2]; /* of a segment */
        char **reasons;
        size_t reason_count, reason_capacity;
};

static unsigned way_index(int direction)
{
        return direction > 0 ? 0 : 1;
}

static struct road_segment segment_at(const struct coverage_map *map, uint32_t index)
{
        struct road_segment segment;

        road_network_segment(map->network, index, &segment);
        return segment;
}

int coverage_map_create(const struct road_network *network, struct coverage_map **ret_map)
{
        struct coverage_map *map = calloc(1, sizeof(*map));
        size_t size = road_network_size(network);
        int r;

        if (!map)
                return -ENOMEM;
        r = coverage_parts_init(&map->parts, network);
        map->ways = calloc(size + 1, sizeof(*map->ways));
        map->last_seen = calloc(size + 1, sizeof(*map->last_seen));
        if (r < 0 || !map->ways || !map->last_seen) {
                coverage_map_destroy(map);
                return -ENOMEM;
        }
        for (size_t i = 0; i < size; i++)
                map->last_seen[i][0] = map->last_seen[i][1] = INT64_MIN;
        map->network = network;
        *ret_map = map;
        return 0;
}

void coverage_map_destroy(struct coverage_map *map)
{
        if (!map)
                return;
        for (size_t i = 0; map->ways && i < map->parts.count; i++) {
                for (unsigned w = 0; w < 2; w++) {
                        interval_set_finish(&map->ways[i][w].covered);
                        interval_set_finish(&map->ways[i][w].recent);
                        free(map->ways[i][w].gaps);
                }
        }
        for (size_t i = 0; i < map->reason_count; i++)
                free(map->reasons[i]);
        free(map->reasons);
        free(map->last_seen);
        free(map->ways);
        coverage_parts_finish(&map->parts);
        free(map);
}

/* ---- junctions ---- */

/* Bearing from the node at an end of a segment to the place BEARING_M along it. */
static double bearing_from_end(const struct road_segment *segment, int end)
{
        size_t last = segment->point_count - 1;
        struct road_point node = segment->points[end ? last : 0], place = node;
        double way_m = 0, east_m, north_m;
        struct plane plane;

        for (size_t i = 1; i <= last && way_m < BEARING_M; i++) {
                struct road_point next = segment->points[end ? last - i : i];
                double step_m =
                        geodesic_m(place.latitude_deg, place.longitude_deg, next.latitude_deg, next.longitude_deg);
                double share = way_m + step_m > BEARING_M ? (BEARING_M - way_m) / step_m : 1;

                place.latitude_deg += share * (next.latitude_deg - place.latitude_deg);
                place.longitude_deg += share * angle_wrap_180(next.longitude_deg - place.longitude_deg);
                way_m += step_m;
        }
        plane_init(&plane, node.latitude_deg, node.longitude_deg);
        plane_from_geodetic(&plane, place.latitude_deg, place.longitude_deg, &east_m, &north_m);
        return angle_wrap_360(atan2(east_m, north_m) * 180 / M_PI);
}

/* From one segment through the node at its end into another that begins there: the angle turned. */
static double turn_deg(const struct road_segment *from, int from_end, const struct road_segment *into, int into_end)
{
        return angle_between(bearing_from_end(from, from_end) + 180, bearing_from_end(into, into_end));
}

static double chainage_of_end(const struct road_segment *segment, int end)
{
        return end ? segment->to_m : segment->from_m;
}

/* The ends of segments that a frame's reach came in by, with what was left there: where there are many ways round, each is followed as far as
 * the longest of them goes, and not once for each. */
#define MAX_CROSSINGS 64
struct crossings {
        struct {
                uint32_t segment;
                int end;
                bool ahead;
                double left_m;
        } items[MAX_CROSSINGS];
        size_t count;
};

/* What a frame covers, or what is left of it beyond a junction: a place on a part and how far from it, in the direction of travel and
 * against it. */
struct reach {
        uint32_t part;
        int direction;
        double chainage_m, ahead_m, behind_m;
        int64_t captured_utc_ns;
        bool recent;
        unsigned junctions; /* passed so far */
        struct crossings *crossings;
};

static int cover(struct coverage_map *map, const struct reach *reach);

/* Is the other end the one that follows in the same part? Then its chainage covers it already. */
static bool follows_in_part(const struct coverage_map *map, uint32_t a, double a_chainage_m, uint32_t b,
                            double b_chainage_m)
{
        return map->parts.of[a] == map->parts.of[b] && fabs(a_chainage_m - b_chainage_m) < COVERAGE_TOUCHING_M;
}

/* Notes that the reach comes in there; false when it was there before with as much left, or there is no room for more. */
static bool is_new_crossing(struct crossings *crossings, uint32_t segment, int end, bool ahead, double left_m)
{
        for (size_t i = 0; i < crossings->count; i++) {
                if (crossings->items[i].segment != segment || crossings->items[i].end != end ||
                    crossings->items[i].ahead != ahead)
                        continue;
                if (crossings->items[i].left_m >= left_m)
                        return false;
                crossings->items[i].left_m = left_m;
                return true;
        }
        if (crossings->count == MAX_CROSSINGS)
                return false;
        crossings->items[crossings->count].segment = segment;
        crossings->items[crossings->count].end = end;
        crossings->items[crossings->count].ahead = ahead;
        crossings->items[crossings->count++].left_m = left_m;
        return true;
}

/* Through a node at the end of a segment, `ahead` or back, into one other segment that has an end there. */
static int cross(struct coverage_map *map, const struct reach *reach, uint32_t from, int from_end, uint32_t into,
                 int into_end, bool ahead, double left_m)
{
        struct road_segment here = segment_at(map, from), there = segment_at(map, into);
        /* Away from the node is along the line at its start; back in time, the van came towards the node. */
        int direction = (into_end == 0) == ahead ? 1 : -1;
        struct reach beyond = *reach;

        if (follows_in_part(map, from, chainage_of_end(&here, from_end), into, chainage_of_end(&there, into_end)))
                return 0;
        /* Back in time the turn is the same one, seen from the other side. */
        if (!road_segment_may_go(&there, direction) ||
            turn_deg(&here, from_end, &there, into_end) >= COVERAGE_STRAIGHT_DEG)
                return 0;
        if (!is_new_crossing(reach->crossings, into, into_end, ahead, left_m))
                return 0;
        beyond.part = map->parts.of[into];
        beyond.direction = direction;
        beyond.chainage_m = chainage_of_end(&there, into_end);
        beyond.ahead_m = ahead ? left_m : 0;
        beyond.behind_m = ahead ? 0 : left_m;
        beyond.junctions++;
        return cover(map, &beyond);
}

/* All ways on from the node at an end of a segment. */
static int cross_node(struct coverage_map *map, const struct reach *reach, uint32_t from, int from_end, bool ahead,
                      double left_m)
{
        uint32_t node = road_network_node(map->network, from, from_end), others[MAX_AT_NODE];
        size_t count = road_network_at_node(map->network, node, others, MAX_AT_NODE);
        int r = 0;

        if (count > MAX_AT_NODE)
                count = MAX_AT_NODE;
        for (size_t i = 0; r == 0 && i < count; i++) {
                /* A loop is there twice, and each time with both ends. */
                if (i > 0 && others[i] == others[i - 1])
                        continue;
                for (int end = 0; r == 0 && end < 2; end++) {
                        if (road_network_node(map->network, others[i], end) == node &&
                            !(others[i] == from && end == from_end))
                                r = cross(map, reach, from, from_end, others[i], end, ahead, left_m);
                }
        }
        return r;
}

/* Junctions within reach of one segment of the part. */
static int cross_ends(struct coverage_map *map, const struct reach *reach, uint32_t index)
{
        struct road_segment segment = segment_at(map, index);
        double nearest_m =
                reach->junctions > 0 ? COVERAGE_TOUCHING_M : 0; /* the junction that we came through is behind us */
        int end = reach->direction > 0, r = 0;
        double ahead_m = (chainage_of_end(&segment, end) - reach->chainage_m) * reach->direction;
        double behind_m = (reach->chainage_m - chainage_of_end(&segment, !end)) * reach->direction;

        if (reach->junctions >= MAX_JUNCTIONS_AHEAD)
                return 0;
        if (ahead_m >= nearest_m && ahead_m < reach->ahead_m)
                r = cross_node(map, reach, index, end, true, reach->ahead_m - ahead_m);
        if (r == 0 && behind_m >= nearest_m && behind_m < reach->behind_m)
                r = cross_node(map, reach, index, !end, false, reach->behind_m - behind_m);
        return r;
}

/* ---- frames ---- */

static int cover(struct coverage_map *map, const struct reach *reach)
{
        const struct coverage_part *part = &map->parts.items[reach->part];
        unsigned way = way_index(reach->direction);
        double from_m = reach->chainage_m - (reach->direction > 0 ? reach->behind_m : reach->ahead_m);
        double to_m = reach->chainage_m + (reach->direction > 0 ? reach->ahead_m : reach->behind_m);
        int r;

        r = interval_set_add(&map->ways[reach->part][way].covered, from_m, to_m);
        if (r == 0 && reach->recent)
                r = interval_set_add(&map->ways[reach->part][way].recent, from_m, to_m);
        for (size_t i = coverage_parts_first_reaching(&map->parts, part, from_m);
             r == 0 && i < part->first + part->count; i++) {
                struct road_segment segment = segment_at(map, map->parts.order[i]);
                int64_t *last_seen = &map->last_seen[map->parts.order[i]][way];

                if (segment.from_m > to_m)
                        break;
                if (segment.to_m < from_m)
                        continue;
                if (segment.from_m < to_m && segment.to_m > from_m && reach->captured_utc_ns > *last_seen)
                        *last_seen = reach->captured_utc_ns;
                r = cross_ends(map, reach, map->parts.order[i]);
        }
        return r;
}

int coverage_map_add_frame(struct coverage_map *map, const char *source_id, int64_t segment, int direction,
                           double chainage_m, double reach_m, int64_t captured_utc_ns, int recent)
{
        uint32_t part = coverage_parts_find(&map->parts, source_id, segment, chainage_m);
        struct crossings crossings = {.count = 0};
        struct reach reach = {
                .direction = direction,
                .chainage_m = chainage_m,
                .ahead_m = reach_m,
                .behind_m = reach_m,
                .captured_utc_ns = captured_utc_ns,
                .recent = recent,
                .crossings = &crossings,
        };

        if (part == ROAD_NONE)
                return 0;
        reach.part = part;
        return cover(map, &reach);
}

/* ---- gaps ---- */

/* The same text for the same reason: there are few. */
static const char *intern(struct coverage_map *map, const char *reason)
{
        for (size_t i = 0; i < map->reason_count; i++) {
                if (strcmp(map->reasons[i], reason) == 0)
                        return map->reasons[i];
        }
        if (map->reason_count == map->reason_capacity) {
                size_t capacity = map->reason_capacity ? map->reason_capacity * 2 : 16;
                char **reasons = reallocarray(map->reasons, capacity, sizeof(*reasons));

                if (!reasons)
                        return NULL;
                map->reasons = reasons;
                map->reason_capacity = capacity;
        }
        map->reasons[map->reason_count] = strdup(reason);
        return map->reasons[map->reason_count] ? map->reasons[map->reason_count++] : NULL;
}

static int reserve_gap(struct way *way)
{
        size_t capacity = way->gap_capacity ? way->gap_capacity * 2 : 4;
        struct gap_mark *gaps;

        if (way->gap_count < way->gap_capacity)
                return 0;
        gaps = reallocarray(way->gaps, capacity, sizeof(*gaps));
        if (!gaps)
                return -ENOMEM;
        way->gaps = gaps;
        way->gap_capacity = capacity;
        return 0;
}

int coverage_map_add_gap(struct coverage_map *map, const char *source_id, int64_t segment, int direction, double from_m,
                         double to_m, const char *reason)
{
        uint32_t part = coverage_parts_find(&map->parts, source_id, segment, (from_m + to_m) / 2);
        struct way *way = part != ROAD_NONE ? &map->ways[part][way_index(direction)] : NULL;
        double first_m = fmin(from_m, to_m), last_m = fmax(from_m, to_m);
        struct gap_mark *last;
        const char *kept;

        if (!way)
                return 0;
        kept = intern(map, reason);
        if (!kept || reserve_gap(way) < 0)
                return -ENOMEM;
        /* One bad frame after the other is one stretch. */
        last = way->gap_count > 0 ? &way->gaps[way->gap_count - 1] : NULL;
        if (last && last->reason == kept && first_m <= last->to_m && last_m >= last->from_m) {
                last->from_m = fmin(last->from_m, first_m);
                last->to_m = fmax(last->to_m, last_m);
        } else {
                way->gaps[way->gap_count++] = (struct gap_mark){first_m, last_m, kept};
        }
        return 0;
}

void coverage_map_settle(struct coverage_map *map)
{
        for (size_t i = 0; i < map->parts.count; i++) {
                for (unsigned w = 0; w < 2; w++) {
                        interval_set_merge(&map->ways[i][w].covered);
                        interval_set_merge(&map->ways[i][w].recent);
                }
        }
}

/* ---- answers ---- */

int64_t coverage_map_last_seen(const struct coverage_map *map, uint32_t segment, int direction)
{
        return map->last_seen[segment][way_index(direction)];
}

const struct interval_set *coverage_map_covered(const struct coverage_map *map, uint32_t segment, int direction,
                                                int recent)
{
        const struct way *way = &map->ways[map->parts.of[segment]][way_index(direction)];

        return recent ? &way->recent : &way->covered;
}

/* How much of a stretch the gaps of one reason take; NULL: of any. */
static double share_m(const struct way *way, const char *reason, double from_m, double to_m)
{
        struct interval_set set = {0};
        double share;

        for (size_t i = 0; i < way->gap_count; i++) {
                if (way->gaps[i].to_m > from_m && way->gaps[i].from_m < to_m &&
                    (!reason || way->gaps[i].reason == reason) &&
                    interval_set_add(&set, way->gaps[i].from_m, way->gaps[i].to_m) < 0)
                        break; /* without memory the reason is a guess, and still one that is there */
        }
        interval_set_merge(&set);
        share = interval_set_covered(&set, from_m, to_m);
        interval_set_finish(&set);
        return share;
}

const char *coverage_map_reason(const struct coverage_map *map, uint32_t segment, int direction, double from_m,
                                double to_m)
{
        const struct way *way = &map->ways[map->parts.of[segment]][way_index(direction)];
        double best_m = 0, unexplained_m = to_m - from_m - share_m(way, NULL, from_m, to_m);
        const char *best = NULL;

        for (size_t i = 0; i < way->gap_count; i++) {
                double this_m;

                if (way->gaps[i].to_m <= from_m || way->gaps[i].from_m >= to_m || way->gaps[i].reason == best)
                        continue;
                this_m = share_m(way, way->gaps[i].reason, from_m, to_m);
                if (this_m >= best_m) {
                        best_m = this_m;
                        best = way->gaps[i].reason;
                }
        }
        return best && best_m >= unexplained_m ? best : never_driven;
}

uint32_t coverage_map_part(const struct coverage_map *map, uint32_t segment)
{
        return map->parts.of[segment];
}
