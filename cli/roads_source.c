/* SPDX-License-Identifier: MIT */
#include "cli/roads_source.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <gdal.h>
#include <ogr_api.h>
#include <ogr_srs_api.h>

#include "cli/roads_tags.h"

#define NO_COLUMN (-1)

struct roads_source {
        GDALDatasetH dataset;
        OGRLayerH layer;
        bool layer_is_result;   /* of a query: to be released */
        bool features_may_fail; /* a feature that cannot be read says nothing about the rest of the file */
        OGRCoordinateTransformationH to_wgs84; /* NULL: it is WGS 84 already */
        int columns[ROADS_KEY_COUNT];          /* NO_COLUMN */
        int tags_column;                       /* packed tags */
        GIntBig feature_count;                 /* below 0: not known */
        GIntBig read_count;
        char failure[512]; /* GDAL's first error since it was cleared */
        /* of the present feature */
        char *texts[ROADS_KEY_COUNT];
        struct road_point *points;
        double *x, *y;
        size_t point_count, point_capacity;
        size_t *part_sizes;
        size_t part_count, part_capacity;
};

/* --- opening --- */

static void CPL_STDCALL keep_failure(CPLErr level, CPLErrorNum number, const char *message)
{
        struct roads_source *source = CPLGetErrorHandlerUserData();

        (void)number;
        if (level >= CE_Failure && source->failure[0] == '\0')
                snprintf(source->failure, sizeof(source->failure), "%s", message);
}

/* What comes out of a file may hold anything: bytes that are no text, and control characters, stay off the screen. */
static void clean_problem(struct text *problem)
{
        bool is_text = problem->data && CPLIsUTF8(problem->data, -1);
        size_t i;

        for (i = 0; i < problem->length; i++) {
                unsigned char byte = (unsigned char)problem->data[i];

                if (byte < ' ' || byte == 0x7f || (byte >= 0x80 && !is_text))
                        problem->data[i] = byte < ' ' ? ' ' : '?';
        }
}

static bool is_line_layer(OGRLayerH layer)
{
        OGRwkbGeometryType type = wkbFlatten(OGR_L_GetGeomType(layer));

        return type == wkbUnknown || type == wkbGeometryCollection || OGR_GT_IsCurve(type) ||
               OGR_GT_IsSubClassOf(type, wkbMultiCurve);
}

static bool has_road_columns(OGRLayerH layer)
{
        static const enum roads_key keys[] = {ROADS_HIGHWAY, ROADS_FCLASS, ROADS_SENS, ROADS_SENS_SHP, ROADS_SENS_CUT};
        OGRFeatureDefnH columns = OGR_L_GetLayerDefn(layer);
        size_t i;

        for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
                if (OGR_FD_GetFieldIndex(columns, roads_key_names[keys[i]]) >= 0)
                        return true;
        return false;
}

static void list_layers(GDALDatasetH dataset, struct text *text)
{
        int i, count = GDALDatasetGetLayerCount(dataset);

        for (i = 0; i < count; i++)
                text_addf(text, "%s%s", i ? ", " : "", OGR_L_GetName(GDALDatasetGetLayer(dataset, i)));
        if (count == 0)
                text_add(text, "none");
}

/* The layer of roads: IGN's own name for it, else the only one with lines, else the only one with lines and columns of roads. */
static OGRLayerH find_layer(GDALDatasetH dataset, struct text *problem)
{
        OGRLayerH lines = NULL, roads = NULL;
        int i, line_count = 0, road_count = 0;

        for (i = 0; i < GDALDatasetGetLayerCount(dataset); i++) {
                OGRLayerH layer = GDALDatasetGetLayer(dataset, i);

                if (!is_line_layer(layer))
                        continue;
                if (EQUAL(OGR_L_GetName(layer), "troncon_de_route"))
                        return layer;
                lines = layer;
                line_count++;
                if (has_road_columns(layer)) {
                        roads = layer;
                        road_count++;
                }
        }
        if (line_count == 1)
                return lines;
        if (road_count == 1)
                return roads;
        text_add(problem, line_count == 0 ? "no layer holds lines; its layers: "
                                          : "several layers hold lines; choose one with --layer: ");
        list_layers(dataset, problem);
        return NULL;
}

static int open_layer(struct roads_source *source, const char *name, struct text *problem)
{
        /* Asked for by a query, the lines of an OpenStreetMap file come alone, and its areas are not put together in vain. */
        if (EQUAL(GDALGetDriverShortName(GDALGetDatasetDriver(source->dataset)), "OSM") && !name) {
                source->layer = GDALDatasetExecuteSQL(source->dataset, "SELECT * FROM lines", NULL, NULL);
                source->layer_is_result = true;
        } else if (name) {
                source->layer = GDALDatasetGetLayerByName(source->dataset, name);
        } else {
                source->layer = find_layer(source->dataset, problem);
                if (!source->layer)
                        return -EINVAL;
        }
        if (source->layer)
                return 0;
        text_addf(problem, "no layer %s; its layers: ", name ? name : "lines");
        list_layers(source->dataset, problem);
        return -EINVAL;
}

static int open_projection(struct roads_source *source, struct text *problem)
{
        OGRSpatialReferenceH from = OGR_L_GetSpatialRef(source->layer), wgs84;

        if (!from) {
                text_add(problem, "has no projection: say which with a .prj file, or convert it (ogr2ogr -a_srs)");
                return -EINVAL;
        }
        wgs84 = OSRNewSpatialReference(NULL);
        if (!wgs84)
                return -ENOMEM;
        OSRImportFromEPSG(wgs84, 4326);
        OSRSetAxisMappingStrategy(wgs84, OAMS_TRADITIONAL_GIS_ORDER);
        if (!OSRIsSame(from, wgs84)) {
                source->to_wgs84 = OCTNewCoordinateTransformation(from, wgs84);
                if (!source->to_wgs84)
                        text_addf(problem, "its projection cannot be brought to WGS 84: %s", source->failure);
        }
        if (!source->to_wgs84 && problem->length > 0) {
                OSRDestroySpatialReference(wgs84);
                return -EINVAL;
        }
        OSRDestroySpatialReference(wgs84);
        return 0;
}

static void open_columns(struct roads_source *source)
{
        OGRFeatureDefnH columns = OGR_L_GetLayerDefn(source->layer);
        int key;

        for (key = 0; key < ROADS_KEY_COUNT; key++)
                source->columns[key] = OGR_FD_GetFieldIndex(columns, roads_key_names[key]);
        source->tags_column = OGR_FD_GetFieldIndex(columns, "other_tags");
}

static int check_file(const char *path, struct text *problem)
{
        struct stat status;

        /* GDAL's own names, as of a file inside a zip. */
        if (strncmp(path, "/vsi", 4) == 0)
                return 0;
        if (stat(path, &status) < 0) {
                int error = errno;

                text_add(problem, strerror(error));
                return -error;
        }
        if (S_ISREG(status.st_mode) && status.st_size == 0) {
                text_add(problem, "the file is empty");
                return -ENODATA;
        }
        return 0;
}

static int open_dataset(struct roads_source *source, const char *path, struct text *problem)
{
        int r = check_file(path, problem);

        if (r < 0)
                return r;
        GDALAllRegister();
        source->dataset = GDALOpenEx(path, GDAL_OF_VECTOR | GDAL_OF_READONLY | GDAL_OF_VERBOSE_ERROR, NULL, NULL, NULL);
        if (source->dataset)
                return 0;
        text_addf(problem, "cannot be read as a map: %s", source->failure[0] ? source->failure : "unknown format");
        return -EBADMSG;
}

int roads_source_open(const char *path, const char *layer, struct roads_source **ret_source, struct text *ret_problem)
{
        struct roads_source *source = calloc(1, sizeof(*source));
        int r;

        if (!source)
                return -ENOMEM;
        CPLPushErrorHandlerEx(keep_failure, source);
        r = open_dataset(source, path, ret_problem);
        if (r >= 0)
                r = open_layer(source, layer, ret_problem);
        if (r >= 0)
                r = open_projection(source, ret_problem);
        if (r < 0) {
                clean_problem(ret_problem);
                roads_source_close(source);
                return r;
        }
        open_columns(source);
        source->features_may_fail =
                strstr(GDALGetDriverShortName(GDALGetDatasetDriver(source->dataset)), "JSON") != NULL;
        source->feature_count = OGR_L_GetFeatureCount(source->layer, FALSE);
        OGR_L_ResetReading(source->layer);
        *ret_source = source;
        return 0;
}

static void forget_texts(struct roads_source *source)
{
        int key;

        for (key = 0; key < ROADS_KEY_COUNT; key++) {
                free(source->texts[key]);
                source->texts[key] = NULL;
        }
}

void roads_source_close(struct roads_source *source)
{
        if (!source)
                return;
        forget_texts(source);
        free(source->points);
        free(source->x);
        free(source->y);
        free(source->part_sizes);
        if (source->to_wgs84)
                OCTDestroyCoordinateTransformation(source->to_wgs84);
        if (source->layer_is_result && source->layer)
                GDALDatasetReleaseResultSet(source->dataset, source->layer);
        if (source->dataset)
                GDALClose(source->dataset);
        CPLPopErrorHandler();
        free(source);
}

/* --- columns --- */

static int keep_text(struct roads_source *source, int key, const char *text)
{
        char *copy = NULL;

        if (CPLIsUTF8(text, -1)) {
                copy = strdup(text);
        } else {
                char *recoded = CPLRecode(text, CPL_ENC_ISO8859_1, CPL_ENC_UTF8);

                copy = recoded ? strdup(recoded) : NULL;
                CPLFree(recoded);
        }
        if (!copy)
                return -ENOMEM;
        source->texts[key] = copy;
        return 0;
}

static int read_tags(struct roads_source *source, const char *packed)
{
        char *copy = strdup(packed), *cursor = copy;
        struct roads_tag tag;
        int r = 0;

        if (!copy)
                return -ENOMEM;
        while (r == 0 && roads_tags_next(&cursor, &tag) > 0) {
                int key = roads_key_find(tag.key, strlen(tag.key));

                if (key >= 0 && !source->texts[key])
                        r = keep_text(source, key, tag.value);
        }
        free(copy);
        return r;
}

static int read_columns(struct roads_source *source, OGRFeatureH feature, struct roads_values *ret_values)
{
        int key, r = 0;

        for (key = 0; key < ROADS_KEY_COUNT && r == 0; key++) {
                ret_values->column[key] = source->columns[key] >= 0;
                if (source->columns[key] >= 0 && OGR_F_IsFieldSetAndNotNull(feature, source->columns[key]))
                        r = keep_text(source, key, OGR_F_GetFieldAsString(feature, source->columns[key]));
        }
        if (r == 0 && source->tags_column >= 0 && OGR_F_IsFieldSetAndNotNull(feature, source->tags_column))
                r = read_tags(source, OGR_F_GetFieldAsString(feature, source->tags_column));
        for (key = 0; key < ROADS_KEY_COUNT; key++)
                ret_values->text[key] = source->texts[key];
        return r;
}

/* --- geometry --- */

static int reserve_points(struct roads_source *source, size_t more)
{
        size_t needed = source->point_count + more, wanted = source->point_capacity ? source->point_capacity : 256;
        void *points, *x, *y;

        if (needed <= source->point_capacity)
                return 0;
        while (wanted < needed)
                wanted *= 2;
        if ((points = reallocarray(source->points, wanted, sizeof(*source->points))))
                source->points = points;
        if ((x = reallocarray(source->x, wanted, sizeof(*source->x))))
                source->x = x;
        if ((y = reallocarray(source->y, wanted, sizeof(*source->y))))
                source->y = y;
        if (!points || !x || !y)
                return -ENOMEM;
        source->point_capacity = wanted;
        return 0;
}

static int add_part(struct roads_source *source, size_t size)
{
        if (source->part_count == source->part_capacity) {
                size_t wanted = source->part_capacity ? source->part_capacity * 2 : 16;
                size_t *grown = reallocarray(source->part_sizes, wanted, sizeof(*grown));

                if (!grown)
                        return -ENOMEM;
                source->part_sizes = grown;
                source->part_capacity = wanted;
        }
        source->part_sizes[source->part_count++] = size;
        return 0;
}

/* -ERANGE: a vertex is not on Earth. */
static int read_line(struct roads_source *source, OGRGeometryH line)
{
        int count = OGR_G_GetPointCount(line), i, r;

        if (count < 2)
                return 0;
        r = reserve_points(source, (size_t)count);
        if (r < 0)
                return r;
        OGR_G_GetPoints(line, source->x, sizeof(*source->x), source->y, sizeof(*source->y), NULL, 0);
        if (source->to_wgs84 && !OCTTransform(source->to_wgs84, count, source->x, source->y, NULL))
                return -ERANGE;
        for (i = 0; i < count; i++) {
                if (!isfinite(source->x[i]) || !isfinite(source->y[i]))
                        return -ERANGE;
                source->points[source->point_count + (size_t)i] =
                        (struct road_point){.latitude_deg = source->y[i], .longitude_deg = source->x[i]};
        }
        source->point_count += (size_t)count;
        return add_part(source, (size_t)count);
}

/* All lines in a geometry, one part each. */
static int read_lines(struct roads_source *source, OGRGeometryH geometry)
{
        OGRwkbGeometryType type = wkbFlatten(OGR_G_GetGeometryType(geometry));
        int i, r = 0;

        if (type == wkbLineString)
                return read_line(source, geometry);
        if (type == wkbMultiLineString || type == wkbGeometryCollection)
                for (i = 0; i < OGR_G_GetGeometryCount(geometry) && r == 0; i++)
                        r = read_lines(source, OGR_G_GetGeometryRef(geometry, i));
        return r;
}

/* 0 with the shape set, or -ENOMEM. */
static int read_geometry(struct roads_source *source, OGRGeometryH geometry, enum roads_shape *ret_shape)
{
        OGRGeometryH straight = NULL;
        int r;

        source->point_count = source->part_count = 0;
        if (!geometry || OGR_G_IsEmpty(geometry)) {
                *ret_shape = ROADS_NO_GEOMETRY;
                return 0;
        }
        if (OGR_GT_IsNonLinear(OGR_G_GetGeometryType(geometry)))
                straight = OGR_G_GetLinearGeometry(geometry, 0, NULL);
        r = read_lines(source, straight ? straight : geometry);
        OGR_G_DestroyGeometry(straight);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                *ret_shape = ROADS_BROKEN;
        else if (source->part_count == 0)
                *ret_shape =
                        wkbFlatten(OGR_G_GetGeometryType(geometry)) == wkbLineString ? ROADS_BROKEN : ROADS_OTHER_SHAPE;
        else
                *ret_shape = ROADS_LINES;
        return 0;
}

static int read_feature(struct roads_source *source, OGRFeatureH feature, struct roads_feature *ret_feature)
{
        int r = read_columns(source, feature, &ret_feature->values);

        if (r >= 0)
                r = read_geometry(source, OGR_F_GetGeometryRef(feature), &ret_feature->shape);
        if (r < 0)
                return r;
        snprintf(ret_feature->number, sizeof(ret_feature->number), CPL_FRMT_GIB, OGR_F_GetFID(feature));
        ret_feature->points = source->points;
        ret_feature->part_sizes = source->part_sizes;
        ret_feature->part_count = source->part_count;
        return 0;
}

int roads_source_next(struct roads_source *source, struct roads_feature *ret_feature, struct text *ret_problem)
{
        struct roads_feature found = {0};
        OGRFeatureH feature;
        int r;

        forget_texts(source);
        source->failure[0] = '\0';
        feature = OGR_L_GetNextFeature(source->layer);
        if (source->failure[0] && !(feature && source->features_may_fail)) {
                text_addf(ret_problem, "is damaged after %lld features: %s", (long long)source->read_count,
                          source->failure);
                clean_problem(ret_problem);
                OGR_F_Destroy(feature);
                return -EBADMSG;
        }
        if (!feature)
                return 0;
        r = read_feature(source, feature, &found);
        OGR_F_Destroy(feature);
        if (r < 0) {
                text_add(ret_problem, strerror(-r));
                return r;
        }
        source->read_count++;
        *ret_feature = found;
        return 1;
}

double roads_source_progress(const struct roads_source *source)
{
        if (source->feature_count <= 0)
                return -1.0;
        return fmin((double)source->read_count / (double)source->feature_count, 1.0);
}
