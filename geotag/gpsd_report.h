/* SPDX-License-Identifier: MIT */
/* One gpsd report, from its JSON, by libgps; the same way live and in replay. No I/O.
 * A report is read by itself: what one means for the next is in struct gpsd_sky. Not thread-safe across uses of the same parser. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "geotag/fix.h"

enum gpsd_report_kind {
        GPSD_REPORT_OTHER, /* VERSION, DEVICES, WATCH, ... */
        GPSD_REPORT_FIX,   /* TPV */
        GPSD_REPORT_PPS,   /* PPS */
        GPSD_REPORT_SKY,   /* SKY; gpsd_sky_take gives it to the fixes that follow */
};

struct gpsd_report {
        enum gpsd_report_kind kind;
        struct fix fix;          /* FIX; without HDOP and satellites, before gpsd_sky_take */
        int64_t pps_utc_ns;      /* PPS: the top of the second, UTC */
        int64_t pps_realtime_ns; /* PPS: the same by CLOCK_REALTIME of the machine that runs gpsd */
        double hdop;             /* SKY; NAN unknown */
        int satellites_used;     /* SKY; 0 unknown */
};

struct gpsd_parser;
int gpsd_parser_create(struct gpsd_parser **ret_parser);
void gpsd_parser_destroy(struct gpsd_parser *parser); /* NULL allowed */

/* Parses one line of gpsd JSON (no prefix; newline at the end allowed). 0, -EBADMSG (not a JSON object, or a class it should
 * know and cannot read), -EMSGSIZE (over 10,240 bytes, gpsd's limit). */
int gpsd_parser_read(struct gpsd_parser *parser, const char *line, size_t length, struct gpsd_report *ret_report);

/* What the last SKY said. {0}: there was none. It lasts for 30 fixes. */
struct gpsd_sky {
        double hdop;
        int satellites_used;
        int fixes_left;
};

/* Takes note of a SKY; gives a fix the HDOP and the satellites of the last. For each report, in their order. */
void gpsd_sky_take(struct gpsd_sky *sky, struct gpsd_report *report);

/* What of a report is worth keeping: the same line, but a SKY without its list of satellites, of which only the count is used (uSat is
 * added where gpsd, before 3.23, gave none). gpsd_parser_read reads both alike. The caller frees. 0, -EBADMSG, -ENOMEM. */
int gpsd_report_slim(const char *line, size_t length, char **ret_line);
