/* SPDX-License-Identifier: MIT */
#include "storage/coverage.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/utc.h"
#include "storage/coverage_map.h"
#include "storage/coverage_read.h"
#include "storage/roads.h"
#include "storage/street_name.h"

/* Shorter holes are rounding. */
#define LEAST_HOLE_M 0.05

/* A segment in one direction, as it is sorted into rows. */
struct part {
        uint32_t segment; /* in the network */
        uint32_t line;    /* or the part of one, where it does not hang together */
        int direction;
        size_t name; /* its folded street name in names; names are in order of their offsets */
};

struct coverage {
        struct road_network *network;
        struct coverage_map *map;
        struct coverage_row *rows;
        size_t row_count;
};

/* What the making of rows needs beside what stays. */
struct maker {
        const struct coverage_settings *settings;
        struct coverage *coverage;
        struct part *parts;
        size_t part_count;
        struct text names; /* folded names of streets, each with its NUL */
};

static struct road_segment segment_of(const struct coverage *coverage, uint32_t index)
{
        struct road_segment segment;

        road_network_segment(coverage->network, index, &segment);
        return segment;
}

/* ---- parts ---- */

static bool is_wanted(const struct coverage_settings *settings, const char *street)
{
        if (!settings->streets)
                return true;
        for (size_t i = 0; street && i < settings->street_count; i++) {
                if (strcmp(settings->streets[i], street) == 0)
                        return true;
        }
        return false;
}

static void add_parts(struct maker *maker, uint32_t index)
{
        struct road_segment segment = segment_of(maker->coverage, index);
        struct part part = {
                .segment = index, .line = coverage_map_part(maker->coverage->map, index), .name = maker->names.length};

        if (!is_wanted(maker->settings, segment.street))
                return;
        street_name_fold(segment.street ? segment.street : "", &maker->names);
        text_add_bytes(&maker->names, "", 1);
        for (part.direction = 1; part.direction >= -1; part.direction -= 2) {
                if (road_segment_may_go(&segment, part.direction))
                        maker->parts[maker->part_count++] = part;
        }
}

/* NULL comes last: what has no name is asked for last. */
static int compare_texts(const char *a, const char *b)
{
        if (!a || !b)
                return (a == NULL) - (b == NULL);
        return strcmp(a, b);
}

static int compare_numbers(double a, double b)
{
        return (a > b) - (a < b);
}

/* By street: as people sort names, then exactly. */
static int compare_streets(const struct maker *maker, const struct part *a, const struct part *b)
{
        struct road_segment first = segment_of(maker->coverage, a->segment),
                            second = segment_of(maker->coverage, b->segment);
        int order = (first.street == NULL) - (second.street == NULL);

        if (order == 0)
                order = strcmp(maker->names.data + a->name, maker->names.data + b->name);
        if (order == 0)
                order = compare_texts(first.street, second.street);
        return order != 0 ? order : compare_texts(first.commune, second.commune);
}

/* By place: along each line. */
static int compare_places(const struct maker *maker, const struct part *a, const struct part *b)
{
        int order = compare_numbers(a->line, b->line);

        if (order == 0)
                order = compare_numbers(segment_of(maker->coverage, a->segment).from_m,
                                        segment_of(maker->coverage, b->segment).from_m);
        return order != 0 ? order : compare_numbers(a->segment, b->segment);
}

static int compare_parts(const void *a, const void *b, void *userdata)
{
        const struct maker *maker = userdata;
        const struct part *first = a, *second = b;
        int order = compare_streets(maker, first, second);
        int place = compare_places(maker, first, second), direction = second->direction - first->direction;

        if (order != 0)
                return order;
        if (maker->settings->by_segment)
                return place != 0 ? place : direction;
        return direction != 0 ? direction : place;
}

static bool is_same_row(const struct maker *maker, const struct part *a, const struct part *b)
{
        return !maker->settings->by_segment && a->direction == b->direction && compare_streets(maker, a, b) == 0;
}

/* ---- stretches ---- */

struct stretches {
        struct coverage_stretch *items;
        size_t count, capacity;
        uint32_t last_line; /* of the last one */
};

static int add_stretch(struct stretches *stretches, const struct coverage_stretch *stretch, uint32_t line)
{
        struct coverage_stretch *last = stretches->count > 0 ? &stretches->items[stretches->count - 1] : NULL;

        /* Across a junction of its own line it goes on. */
        if (last && stretches->last_line == line && fabs(last->to_m - stretch->from_m) < LEAST_HOLE_M) {
                last->to_m = stretch->to_m;
                return 0;
        }
        if (stretches->count == stretches->capacity) {
                size_t capacity = stretches->capacity ? stretches->capacity * 2 : 4;
                struct coverage_stretch *items = reallocarray(stretches->items, capacity, sizeof(*items));

                if (!items)
                        return -ENOMEM;
                stretches->items = items;
                stretches->capacity = capacity;
        }
        stretches->items[stretches->count++] = *stretch;
        stretches->last_line = line;
        return 0;
}

/* The holes of one part in what covers it. Returns their length, or a negative errno. */
static double add_holes(const struct coverage *coverage, const struct part *part, int recent,
                        struct stretches *stretches)
{
        struct road_segment segment = segment_of(coverage, part->segment);
        const struct interval_set *covered =
                coverage_map_covered(coverage->map, part->segment, part->direction, recent);
        struct interval hole = {.to = segment.from_m};
        double missing_m = 0;

        while (interval_set_hole(covered, hole.to, segment.to_m, &hole)) {
                struct coverage_stretch stretch = {segment.source_id, segment.id, hole.from, hole.to, NULL};

                if (hole.to - hole.from < LEAST_HOLE_M)
                        continue;
                if (add_stretch(stretches, &stretch, part->line) < 0)
                        return -ENOMEM;
                missing_m += hole.to - hole.from;
        }
        return missing_m;
}

static const struct coverage_stretch *largest_of(const struct coverage_stretch *items, size_t count)
{
        const struct coverage_stretch *largest = count > 0 ? &items[0] : NULL;

        for (size_t i = 1; i < count; i++) {
                if (items[i].to_m - items[i].from_m > largest->to_m - largest->from_m)
                        largest = &items[i];
        }
        return largest;
}

static bool is_worklist(const struct maker *maker)
{
        return maker->settings->worklist_before_utc_ns != INT64_MIN;
}

/* Is there something to drive again? A street shorter than the spacing counts when none of it was seen. */
static bool is_work(const struct maker *maker, const struct coverage_row *row)
{
        return row->largest && (row->largest->to_m - row->largest->from_m > maker->settings->spacing_m ||
                                row->covered_m <= LEAST_HOLE_M);
}

/* ---- rows ---- */

/* "not seen since 2026-05-27T10:15:00Z" */
static void older_text(const struct maker *maker, char *text, size_t size)
{
        char utc[UTC_TEXT_SIZE];

        snprintf(text, size, "not seen since %.19sZ", utc_format_ms(maker->settings->worklist_before_utc_ns, utc));
}

/* In the worklist, that only older frames cover a place is a reason like that of a gap. */
static int add_older(const struct maker *maker, const struct part *part)
{
        struct road_segment segment = segment_of(maker->coverage, part->segment);
        const struct interval_set *covered =
                coverage_map_covered(maker->coverage->map, part->segment, part->direction, 0);
        char reason[64];
        int r = 0;

        older_text(maker, reason, sizeof(reason));
        for (size_t i = 0; r == 0 && i < covered->count; i++) {
                double from_m = fmax(covered->items[i].from, segment.from_m);
                double to_m = fmin(covered->items[i].to, segment.to_m);

                if (from_m < to_m)
                        r = coverage_map_add_gap(maker->coverage->map, segment.source_id, segment.id, part->direction,
                                                 from_m, to_m, reason);
        }
        return r;
}

static void give_reasons(const struct maker *maker, struct stretches *stretches, int direction)
{
        for (size_t i = 0; i < stretches->count; i++) {
                struct coverage_stretch *stretch = &stretches->items[i];
                uint32_t segment = road_network_find(maker->coverage->network, stretch->segment);

                stretch->reason =
                        coverage_map_reason(maker->coverage->map, segment, direction, stretch->from_m, stretch->to_m);
        }
}

static int fill_row(const struct maker *maker, const struct part *parts, size_t count, struct coverage_row *row,
                    struct stretches *stretches)
{
        for (size_t i = 0; i < count; i++) {
                struct road_segment segment = segment_of(maker->coverage, parts[i].segment);
                double length_m = segment.to_m - segment.from_m, missing_m;
                int64_t last_seen = coverage_map_last_seen(maker->coverage->map, parts[i].segment, parts[i].direction);

                missing_m = add_holes(maker->coverage, &parts[i], is_worklist(maker), stretches);
                if (missing_m < 0 || (is_worklist(maker) && add_older(maker, &parts[i]) < 0))
                        return -ENOMEM;
                row->length_m += length_m;
                row->covered_m += length_m - missing_m;
                if (last_seen > row->last_seen_utc_ns)
                        row->last_seen_utc_ns = last_seen;
        }
        give_reasons(maker, stretches, row->direction);
        row->stretches = stretches->items;
        row->stretch_count = stretches->count;
        row->largest = largest_of(stretches->items, stretches->count);
        return 0;
}

static int make_row(const struct maker *maker, const struct part *parts, size_t count)
{
        struct road_segment first = segment_of(maker->coverage, parts[0].segment);
        struct stretches stretches = {0};
        struct coverage_row row = {
                .street = first.street,
                .commune = first.commune,
                .segment = maker->settings->by_segment ? first.id : 0,
                .source_id = maker->settings->by_segment ? first.source_id : NULL,
                .direction = parts[0].direction,
                .last_seen_utc_ns = INT64_MIN,
        };
        int r = fill_row(maker, parts, count, &row, &stretches);

        if (r < 0 || (is_worklist(maker) && !is_work(maker, &row))) {
                free(stretches.items);
                return r;
        }
        maker->coverage->rows[maker->coverage->row_count++] = row;
        return 0;
}

static int make_rows(struct maker *maker)
{
        size_t size = road_network_size(maker->coverage->network), first = 0;
        int r = 0;

        maker->parts = calloc(2 * size, sizeof(*maker->parts));
        maker->coverage->rows = calloc(2 * size, sizeof(*maker->coverage->rows));
        if (!maker->parts || !maker->coverage->rows)
                return -ENOMEM;
        for (size_t i = 0; i < size; i++)
                add_parts(maker, (uint32_t)i);
        qsort_r(maker->parts, maker->part_count, sizeof(*maker->parts), compare_parts, maker);
        while (r == 0 && first < maker->part_count) {
                size_t end = first + 1;

                while (end < maker->part_count && is_same_row(maker, &maker->parts[first], &maker->parts[end]))
                        end++;
                r = make_row(maker, &maker->parts[first], end - first);
                first = end;
        }
        return r;
}

int coverage_create(struct index_db *index, const struct coverage_settings *settings, struct coverage **ret_coverage)
{
        struct coverage *coverage = calloc(1, sizeof(*coverage));
        struct maker maker = {.settings = settings, .coverage = coverage};
        int r;

        if (!coverage)
                return -ENOMEM;
        r = roads_load(index, &coverage->network);
        if (r == 0 && !coverage->network)
                r = -ENODATA;
        if (r == 0)
                r = coverage_map_create(coverage->network, &coverage->map);
        if (r == 0)
                r = coverage_read_frames(index, settings, coverage->map);
        if (r == 0)
                r = coverage_read_gaps(index, settings, coverage->network, coverage->map);
        if (r == 0) {
                coverage_map_settle(coverage->map);
                r = make_rows(&maker);
        }
        free(maker.parts);
        text_finish(&maker.names);
        if (r < 0) {
                coverage_destroy(coverage);
                return r;
        }
        *ret_coverage = coverage;
        return 0;
}

void coverage_destroy(struct coverage *coverage)
{
        if (!coverage)
                return;
        for (size_t i = 0; i < coverage->row_count; i++)
                free((void *)coverage->rows[i].stretches);
        free(coverage->rows);
        coverage_map_destroy(coverage->map);
        road_network_destroy(coverage->network);
        free(coverage);
}

size_t coverage_size(const struct coverage *coverage)
{
        return coverage->row_count;
}

const struct coverage_row *coverage_row_at(const struct coverage *coverage, size_t place)
{
        return &coverage->rows[place];
}
