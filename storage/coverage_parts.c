/* SPDX-License-Identifier: MIT */
#include "storage/coverage_parts.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_AT_NODE 16

static struct road_segment segment_at(const struct coverage_parts *parts, uint32_t index)
{
        struct road_segment segment;

        road_network_segment(parts->network, index, &segment);
        return segment;
}

static int compare_places(const struct road_segment *a, const struct road_segment *b)
{
        int order = (a->from_m > b->from_m) - (a->from_m < b->from_m);

        return order != 0 ? order : (a->id > b->id) - (a->id < b->id);
}

/* While parts are made, `of` says a segment before this one in its part; the first one says itself. */
static uint32_t first_of(const struct coverage_parts *parts, uint32_t segment)
{
        while (parts->of[segment] != segment) {
                parts->of[segment] = parts->of[parts->of[segment]];
                segment = parts->of[segment];
        }
        return segment;
}

static void join(struct coverage_parts *parts, uint32_t a, uint32_t b)
{
        struct road_segment first, second;

        a = first_of(parts, a);
        b = first_of(parts, b);
        first = segment_at(parts, a);
        second = segment_at(parts, b);
        if (compare_places(&first, &second) <= 0)
                parts->of[b] = a;
        else
                parts->of[a] = b;
}

/* With those that follow it on its line. */
static void join_next(struct coverage_parts *parts, uint32_t index)
{
        uint32_t node = road_network_node(parts->network, index, 1), others[MAX_AT_NODE];
        size_t count = road_network_at_node(parts->network, node, others, MAX_AT_NODE);
        struct road_segment segment = segment_at(parts, index);

        for (size_t i = 0; i < count && i < MAX_AT_NODE; i++) {
                struct road_segment next = segment_at(parts, others[i]);

                if (road_network_node(parts->network, others[i], 0) == node &&
                    fabs(next.from_m - segment.to_m) < COVERAGE_TOUCHING_M &&
                    strcmp(next.source_id, segment.source_id) == 0)
                        join(parts, index, others[i]);
        }
}

static int compare_segments(const void *a, const void *b, void *userdata)
{
        const struct coverage_parts *parts = userdata;
        uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;
        struct road_segment one = segment_at(parts, first), other = segment_at(parts, second);
        int order = strcmp(one.source_id, other.source_id);

        if (order != 0)
                return order;
        if (first_of(parts, first) != first_of(parts, second)) {
                one = segment_at(parts, first_of(parts, first));
                other = segment_at(parts, first_of(parts, second));
        }
        return compare_places(&one, &other);
}

static void add_to_part(struct coverage_part *part, size_t place, const struct road_segment *segment)
{
        if (part->count == 0) {
                part->first = place;
                part->from_m = segment->from_m;
                part->to_m = segment->to_m;
        }
        part->count++;
        part->to_m = fmax(part->to_m, segment->to_m);
        part->longest_m = fmax(part->longest_m, segment->to_m - segment->from_m);
}

static void find_parts(struct coverage_parts *parts, size_t size)
{
        uint32_t before = ROAD_NONE;

        for (size_t i = 0; i < size; i++)
                parts->order[i] = parts->of[i] = (uint32_t)i;
        for (size_t i = 0; i < size; i++)
                join_next(parts, (uint32_t)i);
        for (size_t i = 0; i < size; i++)
                parts->of[i] = first_of(parts, (uint32_t)i);
        qsort_r(parts->order, size, sizeof(*parts->order), compare_segments, parts);
        for (size_t i = 0; i < size; i++) {
                uint32_t index = parts->order[i], first = parts->of[index];
                struct road_segment segment = segment_at(parts, index);

                parts->count += first != before;
                before = first;
                add_to_part(&parts->items[parts->count - 1], i, &segment);
                parts->of[index] = (uint32_t)(parts->count - 1);
        }
}

int coverage_parts_init(struct coverage_parts *parts, const struct road_network *network)
{
        size_t size = road_network_size(network);

        *parts = (struct coverage_parts){.network = network};
        parts->order = calloc(size + 1, sizeof(*parts->order));
        parts->items = calloc(size + 1, sizeof(*parts->items));
        parts->of = calloc(size + 1, sizeof(*parts->of));
        if (!parts->order || !parts->items || !parts->of) {
                coverage_parts_finish(parts);
                return -ENOMEM;
        }
        find_parts(parts, size);
        return 0;
}

void coverage_parts_finish(struct coverage_parts *parts)
{
        free(parts->order);
        free(parts->items);
        free(parts->of);
        *parts = (struct coverage_parts){0};
}

/* Number of the first part of that line or, when there is none, of a later one. */
static size_t first_part(const struct coverage_parts *parts, const char *source_id)
{
        size_t low = 0, high = parts->count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (strcmp(source_id, segment_at(parts, parts->order[parts->items[middle].first]).source_id) <= 0)
                        high = middle;
                else
                        low = middle + 1;
        }
        return low;
}

uint32_t coverage_parts_find(const struct coverage_parts *parts, const char *source_id, int64_t segment,
                             double chainage_m)
{
        uint32_t index = road_network_find(parts->network, segment), best = ROAD_NONE;
        double best_m = INFINITY;

        if (index != ROAD_NONE && strcmp(segment_at(parts, index).source_id, source_id) == 0)
                return parts->of[index];
        for (size_t i = first_part(parts, source_id); i < parts->count; i++) {
                const struct coverage_part *part = &parts->items[i];
                double away_m = fmax(fmax(part->from_m - chainage_m, chainage_m - part->to_m), 0);

                if (strcmp(segment_at(parts, parts->order[part->first]).source_id, source_id) != 0)
                        break;
                if (best == ROAD_NONE || away_m < best_m) {
                        best = (uint32_t)i;
                        best_m = away_m;
                }
        }
        return best;
}

size_t coverage_parts_first_reaching(const struct coverage_parts *parts, const struct coverage_part *part,
                                     double from_m)
{
        size_t low = part->first, high = part->first + part->count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (segment_at(parts, parts->order[middle]).from_m + part->longest_m >= from_m)
                        high = middle;
                else
                        low = middle + 1;
        }
        return low;
}
