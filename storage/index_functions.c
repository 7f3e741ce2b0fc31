/* SPDX-License-Identifier: MIT */
#include "storage/index_functions.h"

#include <errno.h>
#include <sqlite3.h>
#include <stddef.h>

#include "storage/gpkg_geometry.h"

static int bounds_of_value(sqlite3_value *value, struct gpkg_box *ret_box)
{
        const void *blob;

        if (sqlite3_value_type(value) != SQLITE_BLOB)
                return -EBADMSG;
        blob = sqlite3_value_blob(value);
        return gpkg_bounds(blob, (size_t)sqlite3_value_bytes(value), ret_box);
}

/* NULL for what is no geometry; the triggers take NULL for "do not index". */
static void st_is_empty(sqlite3_context *context, int count, sqlite3_value **values)
{
        struct gpkg_box box;
        int r = bounds_of_value(values[0], &box);

        (void)count;
        if (r == 0 || r == -ENODATA)
                sqlite3_result_int(context, r == -ENODATA);
        else
                sqlite3_result_null(context);
}

/* The function's user data is the place of its number in struct gpkg_box. */
static const size_t min_x = offsetof(struct gpkg_box, min_x);
static const size_t max_x = offsetof(struct gpkg_box, max_x);
static const size_t min_y = offsetof(struct gpkg_box, min_y);
static const size_t max_y = offsetof(struct gpkg_box, max_y);

static void st_bound(sqlite3_context *context, int count, sqlite3_value **values)
{
        const size_t *offset = sqlite3_user_data(context);
        struct gpkg_box box;

        (void)count;
        if (bounds_of_value(values[0], &box) == 0)
                sqlite3_result_double(context, *(const double *)((const char *)&box + *offset));
        else
                sqlite3_result_null(context);
}

int index_functions_register(sqlite3 *sqlite)
{
        static const struct {
                const char *name;
                void (*function)(sqlite3_context *context, int count, sqlite3_value **values);
                const size_t *offset;
        } functions[] = {
                {"ST_IsEmpty", st_is_empty, NULL}, {"ST_MinX", st_bound, &min_x}, {"ST_MaxX", st_bound, &max_x},
                {"ST_MinY", st_bound, &min_y},     {"ST_MaxY", st_bound, &max_y},
        };

        for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++) {
                int rc = sqlite3_create_function(sqlite, functions[i].name, 1,
                                                 SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
                                                 (void *)functions[i].offset, functions[i].function, NULL, NULL);

                if (rc != SQLITE_OK)
                        return rc;
        }
        return SQLITE_OK;
}
