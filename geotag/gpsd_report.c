/* SPDX-License-Identifier: MIT */
#include "geotag/gpsd_report.h"

#include <errno.h>
#include <gps.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define REPORT_MAX_BYTES 10240
/* A SKY report dates after that many fixes without another. */
#define SKY_LASTS_FIXES 30
#define SPEED_MAX_MPS 100.0

/* libgps took a char * until 3.24 (API 13) although it only reads. */
#if GPSD_API_MAJOR_VERSION < 14
#define UNPACK_TEXT(line) (char *)(line)
#else
#define UNPACK_TEXT(line) (line)
#endif

struct gpsd_parser {
        struct gps_data_t data;
        char line[1024]; /* a TPV with all that clean_tpv lets through */
};

int gpsd_parser_create(struct gpsd_parser **ret_parser)
{
        struct gpsd_parser *parser = calloc(1, sizeof(*parser));

        if (!parser)
                return -ENOMEM;
        *ret_parser = parser;
        return 0;
}

void gpsd_parser_destroy(struct gpsd_parser *parser)
{
        free(parser);
}

/* Takes value into *field and sets bit when it is finite and lies in [low, high]. */
static void take(struct fix *fix, unsigned bit, double *field, double value, double low, double high)
{
        if (!isfinite(value) || value < low || value > high)
                return;
        *field = value;
        fix->valid |= bit;
}

static void take_time(struct fix *fix, const struct gps_data_t *data)
{
        if (!(data->set & TIME_SET) || data->fix.time.tv_sec <= 0 || data->fix.time.tv_sec >= TIME_MAX_NS / NS_PER_S ||
            data->fix.time.tv_nsec < 0 || data->fix.time.tv_nsec >= NS_PER_S)
                return;
        fix->utc_ns = (int64_t)data->fix.time.tv_sec * NS_PER_S + data->fix.time.tv_nsec;
        fix->valid |= FIX_TIME;
}

static void take_position(struct fix *fix, const struct gps_fix_t *from)
{
        if (!isfinite(from->latitude) || !isfinite(from->longitude) || fabs(from->latitude) > 90.0 ||
            fabs(from->longitude) > 180.0)
                return;
        fix->latitude_deg = from->latitude;
        fix->longitude_deg = from->longitude;
        fix->valid |= FIX_POSITION;
}

static void take_motion(struct fix *fix, const struct gps_fix_t *from)
{
        take(fix, FIX_SPEED, &fix->speed_mps, from->speed, 0, SPEED_MAX_MPS);
        take(fix, FIX_COURSE, &fix->course_deg, from->track, 0, 360);
        if (fix_has(fix, FIX_COURSE) && fix->course_deg >= 360.0)
                fix->course_deg = 0;
        take(fix, FIX_EPS, &fix->eps_mps, from->eps, 0, 1e3);
}

static void fix_clear(struct fix *fix)
{
        *fix = (struct fix){.latitude_deg = NAN,
                            .longitude_deg = NAN,
                            .altitude_hae_m = NAN,
                            .altitude_msl_m = NAN,
                            .speed_mps = NAN,
                            .course_deg = NAN,
                            .eph_m = NAN,
                            .epv_m = NAN,
                            .eps_mps = NAN,
                            .hdop = NAN};
}

static void read_fix(struct gpsd_parser *parser, struct fix *fix)
{
        const struct gps_fix_t *from = &parser->data.fix;

        fix_clear(fix);
        fix->mode = from->mode < 0 || from->mode > 3 ? 0 : from->mode;
        /* gpsd leaves the status out of the JSON when it is 1. */
        fix->status = fix->mode >= 2 && from->status == 0 ? 1 : from->status;
        take_time(fix, &parser->data);
        if (fix->mode >= 2) {
                take_position(fix, from);
                take_motion(fix, from);
                take(fix, FIX_EPH, &fix->eph_m, from->eph, 0, 1e6);
        }
        if (fix->mode == 3) {
                take(fix, FIX_ALTITUDE_HAE, &fix->altitude_hae_m, from->altHAE, -1e4, 1e5);
                take(fix, FIX_ALTITUDE_MSL, &fix->altitude_msl_m, from->altMSL, -1e4, 1e5);
                take(fix, FIX_EPV, &fix->epv_m, from->epv, 0, 1e6);
        }
}

void gpsd_sky_take(struct gpsd_sky *sky, struct gpsd_report *report)
{
        struct fix *fix = &report->fix;

        if (report->kind == GPSD_REPORT_SKY)
                *sky = (struct gpsd_sky){report->hdop, report->satellites_used, SKY_LASTS_FIXES};
        if (report->kind != GPSD_REPORT_FIX || sky->fixes_left == 0)
                return;
        sky->fixes_left--;
        take(fix, FIX_HDOP, &fix->hdop, sky->hdop, 1e-3, 99.0);
        if (sky->satellites_used > 0) {
                fix->satellites_used = sky->satellites_used;
                fix->valid |= FIX_SATELLITES;
        }
}

/* Satellites used: what gpsd says from 3.23 on, else counted. */
static int satellites_used(const json_t *object)
{
        const json_t *used = json_object_get(object, "uSat"), *satellites = json_object_get(object, "satellites"),
                     *satellite;
        size_t i;
        int count = 0;

        if (json_is_integer(used))
                return json_integer_value(used) > 0 && json_integer_value(used) < 1000 ? (int)json_integer_value(used)
                                                                                       : 0;
        json_array_foreach((json_t *)satellites, i, satellite) count +=
                json_is_true(json_object_get(satellite, "used"));
        return count;
}

/* Not by libgps: a SKY whose satellites were left out (gpsd_report_slim) reads the same as a whole one. */
static void read_sky(const json_t *object, struct gpsd_report *report)
{
        const json_t *hdop = json_object_get(object, "hdop");

        report->kind = GPSD_REPORT_SKY;
        report->hdop = json_is_number(hdop) ? json_number_value(hdop) : NAN;
        report->satellites_used = satellites_used(object);
}

static int read_instant(const json_t *s, const json_t *ns, int64_t *ret_ns)
{
        if (!json_is_integer(s) || !json_is_integer(ns) || json_integer_value(s) < 0 ||
            json_integer_value(s) >= TIME_MAX_NS / NS_PER_S || json_integer_value(ns) < 0 ||
            json_integer_value(ns) >= NS_PER_S)
                return -EBADMSG;
        *ret_ns = json_integer_value(s) * NS_PER_S + json_integer_value(ns);
        return 0;
}

static int read_pps(const json_t *object, struct gpsd_report *report)
{
        const json_t *real_s = json_object_get(object, "real_sec"), *real_ns = json_object_get(object, "real_nsec");
        const json_t *clock_s = json_object_get(object, "clock_sec"), *clock_ns = json_object_get(object, "clock_nsec");
        int r = read_instant(real_s, real_ns, &report->pps_utc_ns);

        if (r == 0)
                r = read_instant(clock_s, clock_ns, &report->pps_realtime_ns);
        if (r == 0)
                report->kind = GPSD_REPORT_PPS;
        return r;
}

static json_t *copy_integer(const json_t *value)
{
        json_int_t i = json_integer_value(value);

        return json_is_integer(value) && i >= 0 && i < 1000 ? json_integer(i) : NULL;
}

static json_t *copy_number(const json_t *value)
{
        return json_is_number(value) ? json_real(json_number_value(value)) : NULL;
}

/* An ISO 8601 time, of what it is made of at least. */
static json_t *copy_time(const json_t *value)
{
        const char *text = json_string_value(value);

        return text && strlen(text) < 40 && text[strspn(text, "0123456789-+:.TZ")] == '\0' ? json_string(text) : NULL;
}

/* What the fix is made of, each member copied only if it is of its kind: libgps never ends (until 3.25) on some reports that are valid JSON
 * but not what it looks for, so that it must not see what gpsd would not have written. NULL without memory. */
static json_t *clean_tpv(const json_t *object)
{
        static const struct {
                const char *name;
                json_t *(*copy)(const json_t *value);
        } members[] = {
                {"mode", copy_integer}, {"status", copy_integer}, {"time", copy_time},     {"lat", copy_number},
                {"lon", copy_number},   {"altHAE", copy_number},  {"altMSL", copy_number}, {"speed", copy_number},
                {"track", copy_number}, {"eph", copy_number},     {"epv", copy_number},    {"eps", copy_number},
        };
        json_t *clean = json_pack("{s:s}", "class", "TPV");

        for (size_t i = 0; clean && i < sizeof(members) / sizeof(members[0]); i++) {
                json_t *value = members[i].copy(json_object_get(object, members[i].name));

                if (value && json_object_set_new(clean, members[i].name, value) < 0) {
                        json_decref(clean);
                        return NULL;
                }
        }
        return clean;
}

/* By libgps, which knows a report by its very first bytes: it gets the JSON as gpsd itself would write it. 17 digits keep every double. */
static bool unpack_tpv(struct gpsd_parser *parser, const json_t *object)
{
        json_t *clean = clean_tpv(object);
        size_t size = json_dumpb(clean, parser->line, sizeof(parser->line) - 1, JSON_COMPACT | JSON_REAL_PRECISION(17));

        json_decref(clean);
        if (size == 0 || size >= sizeof(parser->line))
                return false;
        parser->line[size] = '\0';
        parser->data.set = 0; /* gps_unpack never clears what an earlier report set */
        gps_unpack(UNPACK_TEXT(parser->line), &parser->data);
        return parser->data.set != 0;
}

static int read_object(struct gpsd_parser *parser, const json_t *object, struct gpsd_report *report)
{
        const char *class = json_string_value(json_object_get(object, "class"));

        report->kind = GPSD_REPORT_OTHER;
        if (!class)
                return -EBADMSG;
        if (strcmp(class, "PPS") == 0)
                return read_pps(object, report);
        if (strcmp(class, "SKY") == 0)
                read_sky(object, report);
        if (strcmp(class, "TPV") != 0)
                return 0;
        if (!unpack_tpv(parser, object))
                return -EBADMSG;
        report->kind = GPSD_REPORT_FIX;
        read_fix(parser, &report->fix);
        return 0;
}

int gpsd_report_slim(const char *line, size_t length, char **ret_line)
{
        json_t *object = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
        const char *class = json_string_value(json_object_get(object, "class"));
        char *slim = NULL;
        int r;

        if (class && strcmp(class, "SKY") == 0) {
                if (!json_is_integer(json_object_get(object, "uSat")))
                        json_object_set_new(object, "uSat", json_integer(satellites_used(object)));
                json_object_del(object, "satellites");
                slim = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(17));
        } else if (json_is_object(object)) {
                slim = strndup(line, length);
        }
        r = slim ? 0 : json_is_object(object) ? -ENOMEM : -EBADMSG;
        json_decref(object);
        if (r == 0)
                *ret_line = slim;
        return r;
}

int gpsd_parser_read(struct gpsd_parser *parser, const char *line, size_t length, struct gpsd_report *ret_report)
{
        struct gpsd_report report = {0};
        json_t *object;
        int r;

        while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
                length--;
        if (length > REPORT_MAX_BYTES)
                return -EMSGSIZE;
        object = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
        if (!json_is_object(object)) {
                json_decref(object);
                return -EBADMSG;
        }
        r = read_object(parser, object, &report);
        json_decref(object);
        if (r == 0)
                *ret_report = report;
        return r;
}
