/* SPDX-License-Identifier: MIT */
/* Makes a road network (geotag/road_network.h) out of its segments. Pure. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "geotag/geodesy.h"
#include "geotag/road_network.h"
#include "geotag/road_network_private.h"

#define NODE_MERGE_M 0.05
/* Rows in which ends are looked for when nodes are made: a little higher than the merging distance, whatever the latitude. */
#define NODE_ROWS_PER_DEG 2000000.0

/* Each text once: open addressing over offsets into network->texts. */
struct text_table {
        uint32_t *slots;
        size_t slot_count, used;
};

struct road_builder {
        struct road_network *network;
        size_t segment_capacity, point_capacity, text_capacity;
        struct text_table table;
};

/* Room for `needed` items of `size` bytes: doubles. */
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

static uint64_t text_hash(const char *text)
{
        uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */

        for (; *text; text++)
                hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
        return hash ^ (hash >> 32);
}

/* Where the text is, or the free slot where it belongs. */
static size_t table_slot(const struct text_table *table, const char *texts, const char *text)
{
        size_t slot = text_hash(text) & (table->slot_count - 1);

        while (table->slots[slot] != ROAD_TEXT_NONE && strcmp(texts + table->slots[slot], text) != 0)
                slot = (slot + 1) & (table->slot_count - 1);
        return slot;
}

static int table_grow(struct text_table *table, const char *texts)
{
        struct text_table grown = {.slot_count = table->slot_count ? table->slot_count * 2 : 256, .used = table->used};
        size_t i;

        grown.slots = malloc(grown.slot_count * sizeof(*grown.slots));
        if (!grown.slots)
                return -ENOMEM;
        memset(grown.slots, 0xff, grown.slot_count * sizeof(*grown.slots));
        for (i = 0; i < table->slot_count; i++) {
                uint32_t offset = table->slots[i];

                if (offset != ROAD_TEXT_NONE)
                        grown.slots[table_slot(&grown, texts, texts + offset)] = offset;
        }
        free(table->slots);
        *table = grown;
        return 0;
}

static int add_text(struct road_builder *builder, const char *text, uint32_t *ret_offset)
{
        struct road_network *network = builder->network;
        size_t slot, size;
        int r;

        if (!text) {
                *ret_offset = ROAD_TEXT_NONE;
                return 0;
        }
        if (builder->table.used * 2 >= builder->table.slot_count) {
                r = table_grow(&builder->table, network->texts);
                if (r < 0)
                        return r;
        }
        slot = table_slot(&builder->table, network->texts, text);
        if (builder->table.slots[slot] == ROAD_TEXT_NONE) {
                size = strlen(text) + 1;
                if (network->text_size + size >= ROAD_TEXT_NONE)
                        return -ENOMEM;
                r = reserve((void **)&network->texts, &builder->text_capacity, network->text_size + size, 1);
                if (r < 0)
                        return r;
                memcpy(network->texts + network->text_size, text, size);
                builder->table.slots[slot] = (uint32_t)network->text_size;
                builder->table.used++;
                network->text_size += size;
        }
        *ret_offset = builder->table.slots[slot];
        return 0;
}

int road_builder_create(struct road_builder **ret_builder)
{
        struct road_builder *builder = calloc(1, sizeof(*builder));

        if (!builder)
                return -ENOMEM;
        builder->network = calloc(1, sizeof(*builder->network));
        if (!builder->network) {
                free(builder);
                return -ENOMEM;
        }
        *ret_builder = builder;
        return 0;
}

void road_builder_destroy(struct road_builder *builder)
{
        if (!builder)
                return;
        road_network_destroy(builder->network);
        free(builder->table.slots);
        free(builder);
}

static bool segment_valid(const struct road_segment *segment)
{
        size_t i;

        if (segment->id <= 0 || !segment->source_id || segment->point_count < 2 ||
            segment->point_count > UINT32_MAX / 2)
                return false;
        if (!isfinite(segment->from_m) || !isfinite(segment->to_m) || segment->to_m <= segment->from_m)
                return false;
        for (i = 0; i < segment->point_count; i++) {
                const struct road_point *point = &segment->points[i];

                if (!(fabs(point->latitude_deg) <= 90.0) || !(fabs(point->longitude_deg) <= 180.0))
                        return false;
                if (i > 0 && (fabs(point->latitude_deg - point[-1].latitude_deg) > ROAD_PIECE_MAX_DEG ||
                              angle_between(point->longitude_deg, point[-1].longitude_deg) > ROAD_PIECE_MAX_DEG))
                        return false;
        }
        return true;
}

/* Chainage of each vertex: the lengths between them, stretched to end at to_m exactly. */
static void set_chainages(const struct road_segment *segment, double *chainages_m)
{
        double total_m = 0.0, scale;
        size_t i;

        chainages_m[0] = 0.0;
        for (i = 1; i < segment->point_count; i++) {
                const struct road_point *a = &segment->points[i - 1], *b = a + 1;

                total_m += geodesic_m(a->latitude_deg, a->longitude_deg, b->latitude_deg, b->longitude_deg);
                chainages_m[i] = total_m;
        }
        scale = total_m > 0.0 ? (segment->to_m - segment->from_m) / total_m : 0.0;
        for (i = 0; i < segment->point_count; i++)
                chainages_m[i] = segment->from_m + chainages_m[i] * scale;
        chainages_m[segment->point_count - 1] = segment->to_m;
}

static int reserve_segment(struct road_builder *builder, size_t point_count)
{
        struct road_network *network = builder->network;
        size_t capacity = builder->point_capacity;
        int r;

        if (network->segment_count + 1 >= ROAD_NONE || network->point_count + point_count >= UINT32_MAX)
                return -ENOMEM;
        r = reserve((void **)&network->segments, &builder->segment_capacity, network->segment_count + 1,
                    sizeof(*network->segments));
        if (r < 0)
                return r;
        r = reserve((void **)&network->points, &capacity, network->point_count + point_count, sizeof(*network->points));
        if (r < 0)
                return r;
        return reserve((void **)&network->chainages_m, &builder->point_capacity, network->point_count + point_count,
                       sizeof(*network->chainages_m));
}

int road_builder_add(struct road_builder *builder, const struct road_segment *segment)
{
        struct road_network *network = builder->network;
        struct segment_record record;
        int r;

        if (!segment_valid(segment))
                return -EINVAL;
        r = reserve_segment(builder, segment->point_count);
        if (r < 0)
                return r;
        record = (struct segment_record){
                .id = segment->id,
                .from_m = segment->from_m,
                .to_m = segment->to_m,
                .first_point = (uint32_t)network->point_count,
                .point_count = (uint32_t)segment->point_count,
                .level = segment->level,
                .oneway = segment->oneway,
        };
        if ((r = add_text(builder, segment->source_id, &record.source_id)) < 0 ||
            (r = add_text(builder, segment->street, &record.street)) < 0 ||
            (r = add_text(builder, segment->road_class, &record.road_class)) < 0 ||
            (r = add_text(builder, segment->commune, &record.commune)) < 0)
                return r;
        memcpy(network->points + network->point_count, segment->points,
               segment->point_count * sizeof(*segment->points));
        set_chainages(segment, network->chainages_m + network->point_count);
        network->point_count += segment->point_count;
        network->segments[network->segment_count++] = record;
        return 0;
}

static int compare_ids(const void *a, const void *b)
{
        const struct id_entry *p = a, *q = b;

        return p->id != q->id ? (p->id > q->id) - (p->id < q->id) : (p->index > q->index) - (p->index < q->index);
}

static int build_ids(struct road_network *network)
{
        size_t i;

        network->ids = malloc((network->segment_count + 1) * sizeof(*network->ids));
        if (!network->ids)
                return -ENOMEM;
        for (i = 0; i < network->segment_count; i++)
                network->ids[i] = (struct id_entry){.id = network->segments[i].id, .index = (uint32_t)i};
        qsort(network->ids, network->segment_count, sizeof(*network->ids), compare_ids);
        return 0;
}

/* One end of a segment while nodes are made: sorted by row, then longitude. */
struct segment_end {
        int64_t row;
        double longitude_deg, latitude_deg;
        uint32_t slot;   /* 2 * segment + end */
        uint32_t parent; /* union-find, index into the sorted ends */
        uint32_t node;
};

static int compare_ends(const void *a, const void *b)
{
        const struct segment_end *p = a, *q = b;

        if (p->row != q->row)
                return (p->row > q->row) - (p->row < q->row);
        if (p->longitude_deg != q->longitude_deg)
                return (p->longitude_deg > q->longitude_deg) - (p->longitude_deg < q->longitude_deg);
        if (p->latitude_deg != q->latitude_deg)
                return (p->latitude_deg > q->latitude_deg) - (p->latitude_deg < q->latitude_deg);
        return (p->slot > q->slot) - (p->slot < q->slot);
}

static uint32_t root_of(struct segment_end *ends, uint32_t i)
{
        while (ends[i].parent != i) {
                ends[i].parent = ends[ends[i].parent].parent;
                i = ends[i].parent;
        }
        return i;
}

static void unite(struct segment_end *ends, uint32_t a, uint32_t b)
{
        a = root_of(ends, a);
        b = root_of(ends, b);
        if (a < b)
                ends[b].parent = a;
        else
                ends[a].parent = b;
}

static bool same_place(const struct segment_end *a, const struct segment_end *b)
{
        return a->latitude_deg == b->latitude_deg && a->longitude_deg == b->longitude_deg;
}

static size_t first_end(const struct segment_end *ends, size_t count, int64_t row, double longitude_deg)
{
        size_t low = 0, high = count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (ends[middle].row < row || (ends[middle].row == row && ends[middle].longitude_deg < longitude_deg))
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

/* Unites an end with those near it in one row. Ends on one spot are united with the first of them by the caller, so the others
 * of a spot are passed over here: a spot with very many ends stays cheap. */
static void unite_row(struct segment_end *ends, size_t count, size_t at, int64_t row)
{
        struct plane plane;
        double reach_deg;
        size_t i;

        plane_init(&plane, ends[at].latitude_deg, ends[at].longitude_deg);
        reach_deg = NODE_MERGE_M / plane.m_per_deg_east;
        for (i = first_end(ends, count, row, ends[at].longitude_deg - reach_deg);
             i < count && ends[i].row == row && ends[i].longitude_deg <= ends[at].longitude_deg + reach_deg; i++) {
                double east_m, north_m;

                if (i > 0 && same_place(&ends[i], &ends[i - 1]))
                        continue;
                plane_from_geodetic(&plane, ends[i].latitude_deg, ends[i].longitude_deg, &east_m, &north_m);
                if (hypot(east_m, north_m) <= NODE_MERGE_M)
                        unite(ends, (uint32_t)at, (uint32_t)i);
        }
}

static void merge_ends(struct segment_end *ends, size_t count)
{
        size_t i;

        for (i = 0; i < count; i++)
                ends[i].parent = (uint32_t)i;
        for (i = 0; i < count; i++) {
                if (i > 0 && same_place(&ends[i], &ends[i - 1])) {
                        unite(ends, (uint32_t)(i - 1), (uint32_t)i);
                        continue;
                }
                unite_row(ends, count, i, ends[i].row);
                unite_row(ends, count, i, ends[i].row + 1);
        }
}

static struct segment_end *collect_ends(const struct road_network *network)
{
        struct segment_end *ends = calloc(network->segment_count * 2 + 1, sizeof(*ends));
        size_t slot;

        if (!ends)
                return NULL;
        for (slot = 0; slot < network->segment_count * 2; slot++) {
                const struct segment_record *record = &network->segments[slot / 2];
                const struct road_point *point =
                        &network->points[record->first_point + (slot % 2 ? record->point_count - 1 : 0)];

                ends[slot] = (struct segment_end){
                        .row = (int64_t)floor(point->latitude_deg * NODE_ROWS_PER_DEG),
                        .longitude_deg = angle_wrap_180(point->longitude_deg),
                        .latitude_deg = point->latitude_deg,
                        .slot = (uint32_t)slot,
                };
        }
        qsort(ends, network->segment_count * 2, sizeof(*ends), compare_ends);
        return ends;
}

/* Numbers the nodes, and lists the segments of each (a counting sort over nodes, so in order of their index). */
static int build_nodes(struct road_network *network)
{
        size_t count = network->segment_count * 2, i;
        struct segment_end *ends = collect_ends(network);

        if (!ends)
                return -ENOMEM;
        merge_ends(ends, count);
        for (i = 0; i < count; i++) {
                /* A root is never after those under it, so it has its number already. */
                uint32_t root = root_of(ends, (uint32_t)i);

                ends[i].node = root == i ? (uint32_t)network->node_count++ : ends[root].node;
                network->segments[ends[i].slot / 2].nodes[ends[i].slot % 2] = ends[i].node;
        }
        free(ends);
        network->node_first = calloc(network->node_count + 2, sizeof(*network->node_first));
        network->node_segments = calloc(count + 1, sizeof(*network->node_segments));
        if (!network->node_first || !network->node_segments)
                return -ENOMEM;
        /* Counted two places ahead, the starts end up in place once each slot has been filled. */
        for (i = 0; i < count; i++)
                network->node_first[network->segments[i / 2].nodes[i % 2] + 2]++;
        for (i = 2; i < network->node_count + 2; i++)
                network->node_first[i] += network->node_first[i - 1];
        for (i = 0; i < count; i++)
                network->node_segments[network->node_first[network->segments[i / 2].nodes[i % 2] + 1]++] =
                        (uint32_t)(i / 2);
        return 0;
}

struct grid_builder {
        struct road_network *network;
        size_t capacity;
};

/* Adds the cells of one row that a piece crosses: from longitude west to east, not wrapped. */
static int add_cells(struct grid_builder *grid, int32_t row, double west_deg, double east_deg, uint32_t piece,
                     uint32_t segment)
{
        struct road_network *network = grid->network;
        int32_t column = grid_column(west_deg), last_column = grid_column(east_deg);
        int r;

        for (;; column = (column + 1) % GRID_COLUMNS) {
                r = reserve((void **)&network->entries, &grid->capacity, network->entry_count + 1,
                            sizeof(*network->entries));
                if (r < 0)
                        return r;
                network->entries[network->entry_count++] =
                        (struct grid_entry){.row = row, .column = column, .piece = piece, .segment = segment};
                if (column == last_column)
                        return 0;
        }
}

static int add_piece(struct grid_builder *grid, uint32_t piece, uint32_t segment)
{
        const struct road_point *a = &grid->network->points[piece], *b = a + 1;
        double to_east_deg = angle_wrap_180(b->longitude_deg - a->longitude_deg);
        double to_north_deg = b->latitude_deg - a->latitude_deg;
        int32_t row = grid_row(fmin(a->latitude_deg, b->latitude_deg));
        int32_t last_row = grid_row(fmax(a->latitude_deg, b->latitude_deg));
        /* So that rounding never puts a piece beside the cell it touches. */
        const double slack_deg = 1e-9;

        for (; row <= last_row; row++) {
                double t1 = 0.0, t2 = 1.0, x1_deg, x2_deg;
                int r;

                if (to_north_deg != 0.0) {
                        t1 = fmin(fmax(((double)row / GRID_CELLS_PER_DEG - a->latitude_deg) / to_north_deg, 0.0), 1.0);
                        t2 = fmin(fmax(((double)(row + 1) / GRID_CELLS_PER_DEG - a->latitude_deg) / to_north_deg, 0.0),
                                  1.0);
                }
                x1_deg = a->longitude_deg + t1 * to_east_deg;
                x2_deg = a->longitude_deg + t2 * to_east_deg;
                r = add_cells(grid, row, fmin(x1_deg, x2_deg) - slack_deg, fmax(x1_deg, x2_deg) + slack_deg, piece,
                              segment);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int compare_entries(const void *a, const void *b)
{
        const struct grid_entry *p = a, *q = b;

        if (p->row != q->row)
                return (p->row > q->row) - (p->row < q->row);
        if (p->column != q->column)
                return (p->column > q->column) - (p->column < q->column);
        return (p->piece > q->piece) - (p->piece < q->piece);
}

static int build_grid(struct road_network *network)
{
        struct grid_builder grid = {.network = network};
        uint32_t i, k;

        for (i = 0; i < network->segment_count; i++) {
                const struct segment_record *record = &network->segments[i];

                for (k = 0; k + 1 < record->point_count; k++) {
                        int r = add_piece(&grid, record->first_point + k, i);

                        if (r < 0)
                                return r;
                }
        }
        if (network->entry_count > 0)
                qsort(network->entries, network->entry_count, sizeof(*network->entries), compare_entries);
        return 0;
}

/* Gives back what the doubling reserved too much; keeps the old block when that fails. */
static void *trim(void *items, size_t count, size_t size)
{
        void *trimmed = count > 0 ? reallocarray(items, count, size) : NULL;

        return trimmed ? trimmed : items;
}

static void trim_all(struct road_builder *builder)
{
        struct road_network *network = builder->network;

        network->segments = trim(network->segments, network->segment_count, sizeof(*network->segments));
        network->points = trim(network->points, network->point_count, sizeof(*network->points));
        network->chainages_m = trim(network->chainages_m, network->point_count, sizeof(*network->chainages_m));
        network->texts = trim(network->texts, network->text_size, 1);
        network->entries = trim(network->entries, network->entry_count, sizeof(*network->entries));
}

/* What finish makes can be made again after a failure. */
static void drop_derived(struct road_network *network)
{
        free(network->ids);
        free(network->node_first);
        free(network->node_segments);
        free(network->entries);
        free(network->version);
        network->ids = NULL;
        network->node_first = network->node_segments = NULL;
        network->entries = NULL;
        network->version = NULL;
        network->node_count = network->entry_count = 0;
}

int road_builder_finish(struct road_builder *builder, const char *version, struct road_network **ret_network)
{
        struct road_network *network = builder->network;
        int r = build_ids(network);

        if (r >= 0)
                r = build_nodes(network);
        if (r >= 0)
                r = build_grid(network);
        if (r >= 0) {
                network->version = strdup(version);
                if (!network->version)
                        r = -ENOMEM;
        }
        if (r < 0) {
                drop_derived(network);
                return r;
        }
        trim_all(builder);
        builder->network = NULL;
        road_builder_destroy(builder);
        *ret_network = network;
        return 0;
}
