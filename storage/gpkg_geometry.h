/* SPDX-License-Identifier: MIT */
/* Points and line strings as GeoPackage stores them (OGC 12-128r17, 2.1.3): a header, then well-known binary. x is the
 * longitude, y the latitude, degrees of WGS 84. Written little-endian, read in either order, with or without z and m.
 * Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "geotag/road_network.h"

#define GPKG_POINT_SIZE 29

void gpkg_encode_point(double latitude_deg, double longitude_deg, uint8_t ret_blob[static GPKG_POINT_SIZE]);

/* Bytes that a line string of count points takes. */
size_t gpkg_linestring_size(size_t count);
/* ret_blob has gpkg_linestring_size(count) bytes; count is at least 1. */
void gpkg_encode_linestring(const struct road_point *points, size_t count, uint8_t *ret_blob);

/* 0; -ENODATA when it is empty; -EBADMSG when it is no such geometry. What they read is finite. */
int gpkg_decode_point(const void *blob, size_t size, double *ret_latitude_deg, double *ret_longitude_deg);
/* The caller frees *ret_points. -ENOMEM too. */
int gpkg_decode_linestring(const void *blob, size_t size, struct road_point **ret_points, size_t *ret_count);

struct gpkg_box {
        double min_x, max_x, min_y, max_y;
};

/* Bounds of a point or a line string; of another geometry, those in its header. Errors as above. */
int gpkg_bounds(const void *blob, size_t size, struct gpkg_box *ret_box);
