/* SPDX-License-Identifier: MIT */
#include "cli/roads_lines.h"

#include <errno.h>
#include <math.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "geotag/geodesy.h"

struct line {
        const char *source_id, *street, *road_class, *commune; /* NULL: not known; owned by the text tree */
        size_t first_point, point_count;
        double from_m;
        int oneway, level;
};

/* Where the chainage of a source line has got to. */
struct source {
        const char *source_id; /* owned by the text tree */
        double to_m;
};

struct roads_lines {
        struct line *lines;
        size_t count, capacity;
        struct road_point *points;
        size_t point_count, point_capacity;
        void *texts;   /* tree of strings: each once */
        void *sources; /* tree of struct source */
};

static int compare_texts(const void *a, const void *b)
{
        return strcmp(a, b);
}

static int compare_sources(const void *a, const void *b)
{
        const struct source *p = a, *q = b;

        return strcmp(p->source_id, q->source_id);
}

int roads_lines_create(struct roads_lines **ret_lines)
{
        struct roads_lines *lines = calloc(1, sizeof(*lines));

        if (!lines)
                return -ENOMEM;
        *ret_lines = lines;
        return 0;
}

void roads_lines_destroy(struct roads_lines *lines)
{
        if (!lines)
                return;
        tdestroy(lines->sources, free);
        tdestroy(lines->texts, free);
        free(lines->lines);
        free(lines->points);
        free(lines);
}

size_t roads_lines_count(const struct roads_lines *lines)
{
        return lines->count;
}

static int reserve(void **items, size_t *capacity, size_t needed, size_t size)
{
        size_t wanted = *capacity ? *capacity : 64;
        void *grown;

        if (needed <= *capacity)
                return 0;
        while (wanted < needed)
                wanted *= 2;
        grown = reallocarray(*items, wanted, size);
        if (!grown)
                return -ENOMEM;
        *items = grown;
        *capacity = wanted;
        return 0;
}

/* The one copy of a text; NULL for "". */
static int keep_text(struct roads_lines *lines, const char *text, const char **ret_kept)
{
        char **node, *copy;

        if (text[0] == '\0') {
                *ret_kept = NULL;
                return 0;
        }
        node = tfind(text, &lines->texts, compare_texts);
        if (node) {
                *ret_kept = *node;
                return 0;
        }
        copy = strdup(text);
        if (!copy || !tsearch(copy, &lines->texts, compare_texts)) {
                free(copy);
                return -ENOMEM;
        }
        *ret_kept = copy;
        return 0;
}

static int find_source(struct roads_lines *lines, const char *source_id, struct source **ret_source)
{
        struct source key = {.source_id = source_id}, *source, **node = tfind(&key, &lines->sources, compare_sources);

        if (node) {
                *ret_source = *node;
                return 0;
        }
        source = malloc(sizeof(*source));
        if (!source)
                return -ENOMEM;
        *source = key;
        if (!tsearch(source, &lines->sources, compare_sources)) {
                free(source);
                return -ENOMEM;
        }
        *ret_source = source;
        return 0;
}

static double step_m(const struct road_point *a, const struct road_point *b)
{
        return geodesic_m(a->latitude_deg, a->longitude_deg, b->latitude_deg, b->longitude_deg);
}

static int measure(const struct road_point *points, size_t count, double *ret_length_m)
{
        double length_m = 0.0;
        size_t i;

        for (i = 0; i < count; i++) {
                if (!(fabs(points[i].latitude_deg) <= 90.0) || !(fabs(points[i].longitude_deg) <= 180.0))
                        return -ERANGE;
                if (i == 0)
                        continue;
                if (fabs(points[i].latitude_deg - points[i - 1].latitude_deg) > ROAD_PIECE_MAX_DEG ||
                    angle_between(points[i].longitude_deg, points[i - 1].longitude_deg) > ROAD_PIECE_MAX_DEG)
                        return -EDOM;
                length_m += step_m(&points[i - 1], &points[i]);
        }
        if (length_m <= ROADS_SAME_PLACE_M)
                return -ENODATA;
        *ret_length_m = length_m;
        return 0;
}

int roads_lines_add(struct roads_lines *lines, const struct roads_attributes *attributes,
                    const struct road_point *points, size_t count)
{
        struct line line = {.first_point = lines->point_count,
                            .point_count = count,
                            .oneway = attributes->oneway,
                            .level = attributes->level};
        struct source *source;
        double length_m;
        int r = measure(points, count, &length_m);

        if (r < 0)
                return r;
        if ((r = reserve((void **)&lines->lines, &lines->capacity, lines->count + 1, sizeof(*lines->lines))) < 0 ||
            (r = reserve((void **)&lines->points, &lines->point_capacity, lines->point_count + count,
                         sizeof(*lines->points))) < 0 ||
            (r = keep_text(lines, attributes->source_id, &line.source_id)) < 0 ||
            (r = keep_text(lines, attributes->street, &line.street)) < 0 ||
            (r = keep_text(lines, attributes->road_class, &line.road_class)) < 0 ||
            (r = keep_text(lines, attributes->commune, &line.commune)) < 0 ||
            (r = find_source(lines, line.source_id, &source)) < 0)
                return r;
        line.from_m = source->to_m;
        source->to_m += length_m;
        memcpy(lines->points + lines->point_count, points, count * sizeof(*points));
        lines->point_count += count;
        lines->lines[lines->count++] = line;
        return 0;
}

/* --- junctions --- */

/* Places of the vertices: an open hash over cells of about ROADS_SAME_PLACE_M, in which a vertex takes the place of one before it that
 * is near enough. A place is a junction when two lines have it, or one line comes back to it. */
#define PLACE_NONE UINT32_MAX
#define CELLS_PER_DEG 2200000.0 /* 0.0505 m of latitude */

struct place {
        int64_t row, column;
        struct road_point point;
        size_t line; /* the first that has it */
        bool junction;
};

struct places {
        struct place *items;
        size_t count;
        uint32_t *slots;
        size_t slot_mask;
        uint32_t *of_vertex;
};

static void places_finish(struct places *places)
{
        free(places->items);
        free(places->slots);
        free(places->of_vertex);
}

static int places_init(struct places *places, size_t vertex_count)
{
        size_t slot_count = 64;

        if (vertex_count >= PLACE_NONE)
                return -ENOMEM;
        while (slot_count < vertex_count * 2)
                slot_count *= 2;
        *places = (struct places){.items = calloc(vertex_count + 1, sizeof(*places->items)),
                                  .slots = malloc(slot_count * sizeof(*places->slots)),
                                  .slot_mask = slot_count - 1,
                                  .of_vertex = calloc(vertex_count + 1, sizeof(*places->of_vertex))};
        if (!places->items || !places->slots || !places->of_vertex) {
                places_finish(places);
                return -ENOMEM;
        }
        memset(places->slots, 0xff, slot_count * sizeof(*places->slots));
        return 0;
}

static size_t cell_slot(const struct places *places, int64_t row, int64_t column)
{
        uint64_t hash = (uint64_t)row * UINT64_C(0x9e3779b97f4a7c15) ^ (uint64_t)column * UINT64_C(0xc2b2ae3d27d4eb4f);

        hash ^= hash >> 29;
        hash *= UINT64_C(0xbf58476d1ce4e5b9);
        return (size_t)(hash ^ (hash >> 32)) & places->slot_mask;
}

/* A place of that cell that is near enough, or PLACE_NONE. */
static uint32_t find_in_cell(const struct places *places, int64_t row, int64_t column, const struct road_point *point)
{
        size_t slot = cell_slot(places, row, column);

        for (; places->slots[slot] != PLACE_NONE; slot = (slot + 1) & places->slot_mask) {
                const struct place *place = &places->items[places->slots[slot]];

                if (place->row == row && place->column == column && step_m(&place->point, point) <= ROADS_SAME_PLACE_M)
                        return places->slots[slot];
        }
        return PLACE_NONE;
}

static uint32_t place_of(struct places *places, const struct road_point *point, size_t line)
{
        int64_t row = (int64_t)floor(point->latitude_deg * CELLS_PER_DEG);
        int64_t column;
        uint32_t found;
        size_t slot;
        double cos_row;
        int i;

        /* Columns as wide as the row is high; all vertices of a row agree on the width. */
        cos_row = fmax(cos((double)row / CELLS_PER_DEG * M_PI / 180.0), 1e-6);
        column = (int64_t)floor(point->longitude_deg * CELLS_PER_DEG * cos_row);
        found = find_in_cell(places, row, column, point);
        for (i = 0; i < 9 && found == PLACE_NONE; i++) {
                int64_t near_row = row + i / 3 - 1;
                double near_cos = fmax(cos((double)near_row / CELLS_PER_DEG * M_PI / 180.0), 1e-6);
                int64_t near_column = (int64_t)floor(point->longitude_deg * CELLS_PER_DEG * near_cos) + i % 3 - 1;

                found = find_in_cell(places, near_row, near_column, point);
        }
        if (found != PLACE_NONE)
                return found;
        for (slot = cell_slot(places, row, column); places->slots[slot] != PLACE_NONE;
             slot = (slot + 1) & places->slot_mask)
                ;
        places->slots[slot] = (uint32_t)places->count;
        places->items[places->count] = (struct place){.row = row, .column = column, .point = *point, .line = line};
        return (uint32_t)places->count++;
}

static void find_junctions(const struct roads_lines *lines, struct places *places)
{
        size_t l, i;

        for (l = 0; l < lines->count; l++) {
                const struct line *line = &lines->lines[l];
                uint32_t before = PLACE_NONE;

                for (i = line->first_point; i < line->first_point + line->point_count; i++) {
                        size_t known = places->count;
                        uint32_t place = place_of(places, &lines->points[i], l);

                        if (place < known && place != before)
                                places->items[place].junction = true;
                        places->of_vertex[i] = before = place;
                }
        }
}

/* Hands the pieces of one line over. A cut so near to another, or to an end, that the piece would have no length is left out. */
static int split_line(const struct roads_lines *lines, const struct places *places, const struct line *line,
                      double *chainages_m, roads_segment_fn segment_fn, void *userdata)
{
        const struct road_point *points = lines->points + line->first_point;
        size_t last = line->point_count - 1, first = 0, i;

        chainages_m[0] = line->from_m;
        for (i = 1; i <= last; i++)
                chainages_m[i] = chainages_m[i - 1] + step_m(&points[i - 1], &points[i]);
        for (i = 1; i <= last; i++) {
                struct road_segment segment = {.source_id = line->source_id,
                                               .from_m = chainages_m[first],
                                               .to_m = chainages_m[i],
                                               .street = line->street,
                                               .road_class = line->road_class,
                                               .oneway = (enum road_oneway)line->oneway,
                                               .level = line->level,
                                               .commune = line->commune,
                                               .points = points + first,
                                               .point_count = i - first + 1};
                int r;

                if (i < last && (!places->items[places->of_vertex[line->first_point + i]].junction ||
                                 chainages_m[i] - chainages_m[first] <= ROADS_SAME_PLACE_M ||
                                 chainages_m[last] - chainages_m[i] <= ROADS_SAME_PLACE_M))
                        continue;
                r = segment_fn(userdata, &segment);
                if (r < 0)
                        return r;
                first = i;
        }
        return 0;
}

int roads_lines_split(const struct roads_lines *lines, roads_segment_fn segment_fn, void *userdata)
{
        struct places places;
        size_t longest = 0, l;
        double *chainages_m;
        int r = places_init(&places, lines->point_count);

        if (r < 0)
                return r;
        for (l = 0; l < lines->count; l++)
                if (lines->lines[l].point_count > longest)
                        longest = lines->lines[l].point_count;
        chainages_m = calloc(longest + 1, sizeof(*chainages_m));
        if (!chainages_m)
                r = -ENOMEM;
        else
                find_junctions(lines, &places);
        for (l = 0; r == 0 && l < lines->count; l++)
                r = split_line(lines, &places, &lines->lines[l], chainages_m, segment_fn, userdata);
        free(chainages_m);
        places_finish(&places);
        return r < 0 ? r : 0;
}
