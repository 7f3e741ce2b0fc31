/* SPDX-License-Identifier: MIT */
#include "storage/gpkg_geometry.h"

#include <endian.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SRS_ID 4326
#define HEADER_SIZE 8
#define ENVELOPE_XY_SIZE 32
#define FLAG_LITTLE_ENDIAN 0x01
#define FLAG_ENVELOPE_XY 0x02
#define FLAG_EMPTY 0x10
#define WKB_LITTLE_ENDIAN 1
#define WKB_POINT 1
#define WKB_LINESTRING 2
#define XY_SIZE 16

/* ---- writing ---- */

static uint8_t *put_u32(uint8_t *at, uint32_t value)
{
        value = htole32(value);
        memcpy(at, &value, sizeof(value));
        return at + sizeof(value);
}

static uint8_t *put_double(uint8_t *at, double value)
{
        uint64_t bits;

        memcpy(&bits, &value, sizeof(bits));
        bits = htole64(bits);
        memcpy(at, &bits, sizeof(bits));
        return at + sizeof(bits);
}

static uint8_t *put_header(uint8_t *at, uint8_t flags)
{
        *at++ = 'G';
        *at++ = 'P';
        *at++ = 0; /* version 1 of the format */
        *at++ = flags;
        return put_u32(at, SRS_ID);
}

void gpkg_encode_point(double latitude_deg, double longitude_deg, uint8_t ret_blob[static GPKG_POINT_SIZE])
{
        uint8_t *at = put_header(ret_blob, FLAG_LITTLE_ENDIAN);

        *at++ = WKB_LITTLE_ENDIAN;
        at = put_u32(at, WKB_POINT);
        at = put_double(at, longitude_deg);
        put_double(at, latitude_deg);
}

size_t gpkg_linestring_size(size_t count)
{
        return HEADER_SIZE + ENVELOPE_XY_SIZE + 1 + 4 + 4 + count * XY_SIZE;
}

static void grow(struct gpkg_box *box, double x, double y)
{
        box->min_x = fmin(box->min_x, x);
        box->max_x = fmax(box->max_x, x);
        box->min_y = fmin(box->min_y, y);
        box->max_y = fmax(box->max_y, y);
}

static const struct gpkg_box nothing = {INFINITY, -INFINITY, INFINITY, -INFINITY};

void gpkg_encode_linestring(const struct road_point *points, size_t count, uint8_t *ret_blob)
{
        uint8_t *at = put_header(ret_blob, FLAG_LITTLE_ENDIAN | FLAG_ENVELOPE_XY);
        struct gpkg_box box = nothing;

        for (size_t i = 0; i < count; i++)
                grow(&box, points[i].longitude_deg, points[i].latitude_deg);
        at = put_double(at, box.min_x);
        at = put_double(at, box.max_x);
        at = put_double(at, box.min_y);
        at = put_double(at, box.max_y);

        *at++ = WKB_LITTLE_ENDIAN;
        at = put_u32(at, WKB_LINESTRING);
        at = put_u32(at, (uint32_t)count);
        for (size_t i = 0; i < count; i++) {
                at = put_double(at, points[i].longitude_deg);
                at = put_double(at, points[i].latitude_deg);
        }
}

/* ---- reading ---- */

struct reader {
        const uint8_t *at, *end;
        bool little;
};

static size_t left(const struct reader *reader)
{
        return (size_t)(reader->end - reader->at);
}

static uint32_t take_u32(struct reader *reader)
{
        uint32_t value;

        memcpy(&value, reader->at, sizeof(value));
        reader->at += sizeof(value);
        return reader->little ? le32toh(value) : be32toh(value);
}

static double take_double(struct reader *reader)
{
        uint64_t bits;
        double value;

        memcpy(&bits, reader->at, sizeof(bits));
        reader->at += sizeof(bits);
        bits = reader->little ? le64toh(bits) : be64toh(bits);
        memcpy(&value, &bits, sizeof(value));
        return value;
}

struct geometry {
        struct reader coordinates; /* at the first */
        uint32_t type;             /* of well-known binary, without z and m */
        size_t count, step;        /* points, and doubles a point */
        bool has_box;
        struct gpkg_box box; /* of the header */
};

/* Doubles in the envelope, by the header's code for it. */
static const unsigned envelope_doubles[] = {0, 4, 6, 6, 8};

static int read_header(struct reader *reader, struct geometry *geometry)
{
        unsigned code;
        uint8_t flags;

        if (left(reader) < HEADER_SIZE || reader->at[0] != 'G' || reader->at[1] != 'P')
                return -EBADMSG;
        flags = reader->at[3];
        code = (flags >> 1) & 7;
        reader->little = flags & FLAG_LITTLE_ENDIAN;
        reader->at += HEADER_SIZE;
        if (code >= sizeof(envelope_doubles) / sizeof(*envelope_doubles) ||
            left(reader) < envelope_doubles[code] * sizeof(double))
                return -EBADMSG;
        if (flags & FLAG_EMPTY)
                return -ENODATA;

        geometry->has_box = code > 0;
        if (geometry->has_box) {
                geometry->box.min_x = take_double(reader);
                geometry->box.max_x = take_double(reader);
                geometry->box.min_y = take_double(reader);
                geometry->box.max_y = take_double(reader);
                reader->at += (envelope_doubles[code] - 4) * sizeof(double);
        }
        return 0;
}

/* Type and count of well-known binary. Types are base + 1000 with z, 2000 with m, 3000 with both. */
static int read_type(struct reader *reader, struct geometry *geometry)
{
        static const size_t steps[] = {2, 3, 3, 4};
        uint32_t code;

        if (left(reader) < 5 || reader->at[0] > WKB_LITTLE_ENDIAN)
                return -EBADMSG;
        reader->little = *reader->at++ == WKB_LITTLE_ENDIAN;
        code = take_u32(reader);
        if (code >= 4000)
                return -EBADMSG;
        geometry->type = code % 1000;
        geometry->step = steps[code / 1000];
        geometry->count = 1;
        if (geometry->type == WKB_LINESTRING) {
                if (left(reader) < 4)
                        return -EBADMSG;
                geometry->count = take_u32(reader);
                if (geometry->count == 0)
                        return -ENODATA;
        }
        geometry->coordinates = *reader;
        return 0;
}

static int read_geometry(const void *blob, size_t size, struct geometry *ret_geometry)
{
        struct reader reader = {.at = blob};
        int r;

        if (!blob)
                return -EBADMSG;
        reader.end = reader.at + size;
        r = read_header(&reader, ret_geometry);
        return r < 0 ? r : read_type(&reader, ret_geometry);
}

/* That its coordinates are there. */
static int check_coordinates(const struct geometry *geometry, uint32_t type)
{
        if (geometry->type != type)
                return -EBADMSG;
        return left(&geometry->coordinates) / sizeof(double) / geometry->step >= geometry->count ? 0 : -EBADMSG;
}

/* The next point; -EBADMSG when it is not finite. */
static int take_point(struct geometry *geometry, double *ret_x, double *ret_y)
{
        double x = take_double(&geometry->coordinates), y = take_double(&geometry->coordinates);

        geometry->coordinates.at += (geometry->step - 2) * sizeof(double);
        if (!isfinite(x) || !isfinite(y))
                return -EBADMSG;
        *ret_x = x;
        *ret_y = y;
        return 0;
}

/* An empty point is one of NANs. */
static bool is_empty_point(struct geometry geometry)
{
        double x = take_double(&geometry.coordinates), y = take_double(&geometry.coordinates);

        return isnan(x) && isnan(y);
}

int gpkg_decode_point(const void *blob, size_t size, double *ret_latitude_deg, double *ret_longitude_deg)
{
        struct geometry geometry = {0};
        int r;

        r = read_geometry(blob, size, &geometry);
        if (r == 0)
                r = check_coordinates(&geometry, WKB_POINT);
        if (r < 0)
                return r;
        if (is_empty_point(geometry))
                return -ENODATA;
        return take_point(&geometry, ret_longitude_deg, ret_latitude_deg);
}

int gpkg_decode_linestring(const void *blob, size_t size, struct road_point **ret_points, size_t *ret_count)
{
        struct geometry geometry = {0};
        struct road_point *points;
        int r;

        r = read_geometry(blob, size, &geometry);
        if (r == 0)
                r = check_coordinates(&geometry, WKB_LINESTRING);
        if (r < 0)
                return r;
        points = calloc(geometry.count, sizeof(*points));
        if (!points)
                return -ENOMEM;
        for (size_t i = 0; i < geometry.count; i++) {
                r = take_point(&geometry, &points[i].longitude_deg, &points[i].latitude_deg);
                if (r < 0) {
                        free(points);
                        return r;
                }
        }
        *ret_points = points;
        *ret_count = geometry.count;
        return 0;
}

static int bounds_of_points(struct geometry *geometry, struct gpkg_box *ret_box)
{
        struct gpkg_box box = nothing;

        for (size_t i = 0; i < geometry->count; i++) {
                double x, y;
                int r = take_point(geometry, &x, &y);

                if (r < 0)
                        return r;
                grow(&box, x, y);
        }
        *ret_box = box;
        return 0;
}

int gpkg_bounds(const void *blob, size_t size, struct gpkg_box *ret_box)
{
        struct geometry geometry = {0};
        int r;

        r = read_geometry(blob, size, &geometry);
        if (r < 0)
                return r;
        if (geometry.type == WKB_POINT || geometry.type == WKB_LINESTRING) {
                r = check_coordinates(&geometry, geometry.type);
                if (r < 0)
                        return r;
                if (geometry.type == WKB_POINT && is_empty_point(geometry))
                        return -ENODATA;
                return bounds_of_points(&geometry, ret_box);
        }
        if (!geometry.has_box || !isfinite(geometry.box.min_x) || !isfinite(geometry.box.max_x) ||
            !isfinite(geometry.box.min_y) || !isfinite(geometry.box.max_y))
                return -EBADMSG;
        *ret_box = geometry.box;
        return 0;
}
