/* SPDX-License-Identifier: MIT */
/* Any bytes as a geometry of a GeoPackage: what is read of them is finite, and within the bounds that are told. */
#include <stdint.h>
#include <stdlib.h>

#include "storage/gpkg_geometry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool right)
{
        if (!right)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct road_point *points = NULL;
        struct gpkg_box box = {0};
        double latitude, longitude;
        size_t count = 0;
        bool bounded = gpkg_bounds(data, size, &box) == 0;

        if (gpkg_decode_point(data, size, &latitude, &longitude) == 0)
                check(bounded && box.min_x == longitude && box.max_x == longitude && box.min_y == latitude &&
                      box.max_y == latitude);
        if (gpkg_decode_linestring(data, size, &points, &count) < 0)
                return 0;
        check(bounded && count > 0);
        for (size_t i = 0; i < count; i++)
                check(points[i].longitude_deg >= box.min_x && points[i].longitude_deg <= box.max_x &&
                      points[i].latitude_deg >= box.min_y && points[i].latitude_deg <= box.max_y);
        free(points);
        return 0;
}
