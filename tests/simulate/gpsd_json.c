/* SPDX-License-Identifier: MIT */
#include "tests/simulate/gpsd_json.h"

#include <inttypes.h>
#include <math.h>

#include "base/clock.h"
#include "base/utc.h"

/* From the first byte of an instant burst to the report at gpsd's client, as measured with gpsd 3.22. */
#define GPSD_DELAY_NS (600 * NS_PER_US)
/* gpsd's errors are at 95 %. */
#define SIGMAS_95_1D 1.96
#define SIGMAS_95_2D 2.45

static void add_prefix(struct text *text, int64_t arrival_utc_ns)
{
        struct utc_fields utc;

        utc_split(arrival_utc_ns, &utc);
        text_addf(text, "%04d-%02d-%02d %02d:%02d:%02d %" PRId64 ".%06" PRId64 ": ", utc.year, utc.month, utc.day,
                  utc.hour, utc.minute, utc.second, arrival_utc_ns / NS_PER_S, arrival_utc_ns % NS_PER_S / NS_PER_US);
}

static void add_tpv(struct text *text, const struct epoch *epoch)
{
        char time[UTC_TEXT_SIZE];
        struct json_out json;

        json_out_begin(&json, text);
        json_out_object_begin(&json, NULL);
        json_out_string(&json, "class", "TPV");
        json_out_string(&json, "device", "tcp://127.0.0.1:0");
        json_out_int(&json, "mode", 3);
        json_out_string(&json, "time", utc_format_ms(epoch->utc_ns, time));
        json_out_double(&json, "lat", epoch->latitude_deg, 9);
        json_out_double(&json, "lon", epoch->longitude_deg, 9);
        json_out_double(&json, "altHAE", epoch->altitude_msl_m + epoch->geoid_separation_m, 4);
        json_out_double(&json, "altMSL", epoch->altitude_msl_m, 4);
        json_out_double(&json, "alt", epoch->altitude_msl_m, 4);
        if (isfinite(epoch->course_deg))
                json_out_double(&json, "track", epoch->course_deg, 4);
        json_out_double(&json, "speed", epoch->speed_mps, 3);
        json_out_double(&json, "eph", epoch->sigma_m * SIGMAS_95_2D, 3);
        json_out_double(&json, "epv", 2 * epoch->sigma_m * SIGMAS_95_1D, 3);
        json_out_double(&json, "geoidSep", epoch->geoid_separation_m, 3);
        json_out_object_end(&json);
        text_add(text, "\n");
}

static void add_sky(struct text *text, const struct epoch *epoch)
{
        struct json_out json;

        json_out_begin(&json, text);
        json_out_object_begin(&json, NULL);
        json_out_string(&json, "class", "SKY");
        json_out_string(&json, "device", "tcp://127.0.0.1:0");
        json_out_double(&json, "vdop", epoch->vdop, 2);
        json_out_double(&json, "hdop", epoch->hdop, 2);
        json_out_double(&json, "pdop", epoch->pdop, 2);
        json_out_int(&json, "nSat", epoch->satellites);
        json_out_int(&json, "uSat", epoch->satellites);
        json_out_object_end(&json);
        text_add(text, "\n");
}

void gpsd_json_add(struct text *text, const struct epoch *epoch)
{
        int64_t arrival_utc_ns = epoch->first_byte_utc_ns + GPSD_DELAY_NS;

        add_prefix(text, arrival_utc_ns);
        add_tpv(text, epoch);
        add_prefix(text, arrival_utc_ns + 10 * NS_PER_US);
        add_sky(text, epoch);
}
