/* SPDX-License-Identifier: MIT */
#include "tests/simulate/nmea.h"

#include <math.h>
#include <stdarg.h>

#include "base/utc.h"

#define KNOTS_PER_MPS (3600.0 / 1852.0)
#define SATELLITES 12

unsigned nmea_checksum(const char *sentence)
{
        unsigned sum = 0;

        if (*sentence == '$')
                sentence++;
        while (*sentence && *sentence != '*')
                sum ^= (unsigned char)*sentence++;
        return sum;
}

__attribute__((format(printf, 2, 3))) static void add_sentence(struct text *text, const char *format, ...)
{
        size_t start = text->length;
        char body[128];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(body, sizeof(body), format, arguments);
        va_end(arguments);
        text_addf(text, "$%s", body);
        text_addf(text, "*%02X\r\n", nmea_checksum(text->data + start));
}

/* "ddmm.mmmmm,N": rounded as a whole, so that minutes never read 60. */
static void format_angle(char *out, size_t size, double angle_deg, int degree_digits, char positive, char negative)
{
        long long units = llround(fabs(angle_deg) * 60 * 1e5);

        snprintf(out, size, "%0*lld%02lld.%05lld,%c", degree_digits, units / 6000000, units / 100000 % 60,
                 units % 100000, angle_deg < 0 ? negative : positive);
}

static void format_course(char *out, size_t size, double course_deg)
{
        long long units = llround(course_deg * 100) % 36000;

        if (isfinite(course_deg))
                snprintf(out, size, "%lld.%02lld", units / 100, units % 100);
        else
                out[0] = '\0';
}

/* A made-up sky that turns slowly. */
static void add_satellites(struct text *text, int64_t utc_ns)
{
        int64_t minute = utc_ns / (60 * INT64_C(1000000000));

        for (int message = 0; message < SATELLITES / 4; message++) {
                char body[128];
                int used = snprintf(body, sizeof(body), "GPGSV,%d,%d,%02d", SATELLITES / 4, message + 1, SATELLITES);

                for (int i = 4 * message; i < 4 * message + 4; i++)
                        used += snprintf(body + used, sizeof(body) - (size_t)used, ",%02d,%02d,%03d,%02d", 2 * i + 3,
                                         15 + i * 37 % 70, (int)((i * 97 + minute) % 360), 32 + i * 7 % 15);
                add_sentence(text, "%s", body);
        }
}

void nmea_add_burst(struct text *text, const struct epoch *epoch)
{
        char latitude[32], longitude[32], course[16], clock[16];
        double knots = epoch->speed_mps * KNOTS_PER_MPS;
        struct utc_fields utc;

        utc_split(epoch->utc_ns, &utc);
        format_angle(latitude, sizeof(latitude), epoch->latitude_deg, 2, 'N', 'S');
        format_angle(longitude, sizeof(longitude), epoch->longitude_deg, 3, 'E', 'W');
        format_course(course, sizeof(course), epoch->course_deg);
        snprintf(clock, sizeof(clock), "%02d%02d%02d.%02d", utc.hour % 100, utc.minute % 100, utc.second % 100,
                 utc.nanosecond / 10000000 % 100);
        add_sentence(text, "GPRMC,%s,A,%s,%s,%.3f,%s,%02d%02d%02d,,,A", clock, latitude, longitude, knots, course,
                     utc.day, utc.month, utc.year % 100);
        add_sentence(text, "GPVTG,%s,T,,M,%.3f,N,%.3f,K,A", course, knots, epoch->speed_mps * 3.6);
        add_sentence(text, "GPGGA,%s,%s,%s,1,%02d,%.2f,%.1f,M,%.1f,M,,", clock, latitude, longitude, epoch->satellites,
                     epoch->hdop, epoch->altitude_msl_m, epoch->geoid_separation_m);
        add_sentence(text, "GPGSA,A,3,03,05,07,09,11,13,15,17,19,21,23,25,%.2f,%.2f,%.2f", epoch->pdop, epoch->hdop,
                     epoch->vdop);
        add_satellites(text, epoch->utc_ns);
        add_sentence(text, "GPGST,%s,%.2f,,,,%.2f,%.2f,%.2f", clock, epoch->sigma_m * 1.3, epoch->sigma_m,
                     epoch->sigma_m, epoch->sigma_m * 2);
}
