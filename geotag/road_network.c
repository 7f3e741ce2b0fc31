/* SPDX-License-Identifier: MIT */
#include "geotag/road_network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "geotag/geodesy.h"
#include "geotag/road_network_private.h"

#define RADIUS_MAX_M 1000.0

int32_t grid_row(double latitude_deg)
{
        return (int32_t)floor(latitude_deg * GRID_CELLS_PER_DEG);
}

int32_t grid_column(double longitude_deg)
{
        int32_t column = (int32_t)floor((angle_wrap_180(longitude_deg) + 180.0) * GRID_CELLS_PER_DEG);

        return column >= GRID_COLUMNS ? GRID_COLUMNS - 1 : column;
}

void road_network_destroy(struct road_network *network)
{
        if (!network)
                return;
        free(network->segments);
        free(network->points);
        free(network->chainages_m);
        free(network->texts);
        free(network->ids);
        free(network->node_first);
        free(network->node_segments);
        free(network->entries);
        free(network->version);
        free(network);
}

bool road_segment_may_go(const struct road_segment *segment, int direction)
{
        return segment->oneway == ROAD_BOTH_WAYS || segment->oneway == (enum road_oneway)direction;
}

size_t road_network_size(const struct road_network *network)
{
        return network->segment_count;
}

const char *road_network_version(const struct road_network *network)
{
        return network->version;
}

static const char *text_at(const struct road_network *network, uint32_t offset)
{
        return offset == ROAD_TEXT_NONE ? NULL : network->texts + offset;
}

void road_network_segment(const struct road_network *network, uint32_t index, struct road_segment *ret_segment)
{
        const struct segment_record *record = &network->segments[index];

        *ret_segment = (struct road_segment){
                .id = record->id,
                .source_id = text_at(network, record->source_id),
                .from_m = record->from_m,
                .to_m = record->to_m,
                .street = text_at(network, record->street),
                .road_class = text_at(network, record->road_class),
                .oneway = (enum road_oneway)record->oneway,
                .level = record->level,
                .commune = text_at(network, record->commune),
                .points = network->points + record->first_point,
                .point_count = record->point_count,
        };
}

uint32_t road_network_find(const struct road_network *network, int64_t id)
{
        size_t low = 0, high = network->segment_count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (network->ids[middle].id < id)
                        low = middle + 1;
                else
                        high = middle;
        }
        if (low < network->segment_count && network->ids[low].id == id)
                return network->ids[low].index;
        return ROAD_NONE;
}

uint32_t road_network_node(const struct road_network *network, uint32_t index, int end)
{
        return network->segments[index].nodes[end ? 1 : 0];
}

size_t road_network_at_node(const struct road_network *network, uint32_t node, uint32_t *segments, size_t max)
{
        size_t first = network->node_first[node], count = network->node_first[node + 1] - first;

        if (max > 0)
                memcpy(segments, network->node_segments + first, (count < max ? count : max) * sizeof(*segments));
        return count;
}

/* A look-up: the plane around its point, and the places found so far, nearest first. */
struct near_query {
        const struct road_network *network;
        struct plane plane;
        double radius_m;
        struct road_place *places;
        size_t count, max;
};

static bool is_nearer(const struct road_place *a, const struct road_place *b)
{
        if (a->distance_m != b->distance_m)
                return a->distance_m < b->distance_m;
        return a->index < b->index;
}

/* Keeps the nearest place of each segment, and the `max` nearest segments. */
static void near_keep(struct near_query *query, const struct road_place *place)
{
        size_t at = 0;

        while (at < query->count && query->places[at].index != place->index)
                at++;
        if (at < query->count) {
                if (place->distance_m >= query->places[at].distance_m)
                        return;
        } else if (query->count < query->max) {
                at = query->count++;
        } else {
                at = query->count - 1;
                if (!is_nearer(place, &query->places[at]))
                        return;
        }
        for (; at > 0 && is_nearer(place, &query->places[at - 1]); at--)
                query->places[at] = query->places[at - 1];
        query->places[at] = *place;
}

static void unit_direction(const struct near_query *query, uint32_t piece, double *ret_east, double *ret_north)
{
        const struct road_point *a = &query->network->points[piece], *b = a + 1;
        double east_m = angle_wrap_180(b->longitude_deg - a->longitude_deg) * query->plane.m_per_deg_east;
        double north_m = (b->latitude_deg - a->latitude_deg) * query->plane.m_per_deg_north;
        double length_m = hypot(east_m, north_m);

        *ret_east = length_m > 0.0 ? east_m / length_m : 0.0;
        *ret_north = length_m > 0.0 ? north_m / length_m : 0.0;
}

/* (east_m, north_m) leads from the foot on the line, at the part t of the piece, to the point. At a bend the side is that of the
 * line through the bend's middle direction: that of one piece alone is wrong outside a sharp one. */
static double signed_offset_m(const struct near_query *query, const struct segment_record *record, uint32_t piece,
                              double t, double east_m, double north_m)
{
        double along_east, along_north, other_east = 0.0, other_north = 0.0, across_m;
        uint32_t last_piece = record->first_point + record->point_count - 2;
        bool bend = true;

        unit_direction(query, piece, &along_east, &along_north);
        if (t <= 0.0 && piece > record->first_point)
                unit_direction(query, piece - 1, &other_east, &other_north);
        else if (t >= 1.0 && piece < last_piece)
                unit_direction(query, piece + 1, &other_east, &other_north);
        else
                bend = false;
        across_m = (along_north + other_north) * east_m - (along_east + other_east) * north_m;
        return bend ? copysign(hypot(east_m, north_m), across_m) : across_m;
}

static void near_piece(struct near_query *query, const struct grid_entry *entry)
{
        const struct road_network *network = query->network;
        const struct segment_record *record = &network->segments[entry->segment];
        const struct road_point *a = &network->points[entry->piece], *b = a + 1;
        double a_east_m, a_north_m, along_east_m, along_north_m, length2, t = 0.0, east_m, north_m;
        struct road_place place = {.index = entry->segment};

        plane_from_geodetic(&query->plane, a->latitude_deg, a->longitude_deg, &a_east_m, &a_north_m);
        along_east_m = angle_wrap_180(b->longitude_deg - a->longitude_deg) * query->plane.m_per_deg_east;
        along_north_m = (b->latitude_deg - a->latitude_deg) * query->plane.m_per_deg_north;
        length2 = along_east_m * along_east_m + along_north_m * along_north_m;
        if (length2 > 0.0)
                t = fmin(fmax(-(a_east_m * along_east_m + a_north_m * along_north_m) / length2, 0.0), 1.0);
        east_m = -(a_east_m + t * along_east_m);
        north_m = -(a_north_m + t * along_north_m);
        place.distance_m = hypot(east_m, north_m);
        if (!(place.distance_m <= query->radius_m))
                return;
        place.offset_m = signed_offset_m(query, record, entry->piece, t, east_m, north_m);
        place.chainage_m = network->chainages_m[entry->piece] +
                           t * (network->chainages_m[entry->piece + 1] - network->chainages_m[entry->piece]);
        place.bearing_deg = angle_wrap_360(atan2(along_east_m, along_north_m) * 180.0 / M_PI);
        near_keep(query, &place);
}

static size_t first_entry(const struct road_network *network, int32_t row, int32_t column)
{
        size_t low = 0, high = network->entry_count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                const struct grid_entry *entry = &network->entries[middle];

                if (entry->row < row || (entry->row == row && entry->column < column))
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static void near_row(struct near_query *query, int32_t row, int32_t first_column, int32_t last_column)
{
        const struct road_network *network = query->network;
        size_t i;

        for (i = first_entry(network, row, first_column); i < network->entry_count; i++) {
                const struct grid_entry *entry = &network->entries[i];

                if (entry->row != row || entry->column > last_column)
                        break;
                near_piece(query, entry);
        }
}

size_t road_network_near(const struct road_network *network, double latitude_deg, double longitude_deg, double radius_m,
                         struct road_place *places, size_t max)
{
        struct near_query query = {
                .network = network, .radius_m = fmin(radius_m, RADIUS_MAX_M), .places = places, .max = max};
        double reach_deg;
        int32_t row, last_row, first_column, last_column;

        if (max == 0 || !(radius_m >= 0.0) || !(fabs(latitude_deg) <= 90.0) || !(fabs(longitude_deg) <= 360.0))
                return 0;
        plane_init(&query.plane, latitude_deg, longitude_deg);
        reach_deg = query.radius_m / query.plane.m_per_deg_north;
        row = grid_row(latitude_deg - reach_deg);
        last_row = grid_row(latitude_deg + reach_deg);
        reach_deg = fmin(query.radius_m / query.plane.m_per_deg_east, 179.0);
        first_column = grid_column(longitude_deg - reach_deg);
        last_column = grid_column(longitude_deg + reach_deg);
        for (; row <= last_row; row++) {
                if (first_column <= last_column) {
                        near_row(&query, row, first_column, last_column);
                } else {
                        near_row(&query, row, first_column, GRID_COLUMNS - 1);
                        near_row(&query, row, 0, last_column);
                }
        }
        return query.count;
}
