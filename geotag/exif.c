/* SPDX-License-Identifier: MIT */
/* EXIF 2.32 (CIPA DC-008) of a picture. Every entry is built here, none by libexif's own defaults: it knows no
 * default for some of them, and fills others with the present time. A value that is not known, or that its type
 * cannot hold, has no entry. */
#include "geotag/picture_metadata.h"

#include <errno.h>
#include <libexif/exif-data.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utc.h"

#define EXIF_ORDER EXIF_BYTE_ORDER_INTEL
#define NS_PER_SECOND UINT32_C(1000000000)
/* Seconds of arc in steps of 1e-7: 3 micrometres on the ground. */
#define ARC_STEPS_PER_SECOND UINT32_C(10000000)

/* One block in the making. The first error stays, and turns what follows into nothing. */
struct exif_writer {
        ExifMem *memory;
        ExifData *data;
        int error;
};

/* An entry with room for its value, all zeros; NULL after an error. Owned by the block. */
static ExifEntry *add_entry(struct exif_writer *writer, ExifIfd ifd, unsigned tag, ExifFormat format, size_t components)
{
        size_t size = components * exif_format_get_size(format);
        ExifEntry *entry;

        if (writer->error)
                return NULL;
        entry = exif_entry_new_mem(writer->memory);
        if (!entry) {
                writer->error = -ENOMEM;
                return NULL;
        }
        entry->tag = (ExifTag)tag;
        entry->format = format;
        entry->components = components;
        entry->size = (unsigned)size;
        entry->data = exif_mem_alloc(writer->memory, (ExifLong)size);
        if (entry->data)
                exif_content_add_entry(writer->data->ifd[ifd], entry);
        if (!entry->data || !entry->parent)
                writer->error = -ENOMEM;
        exif_entry_unref(entry); /* the block holds it now, if it took it */
        return writer->error ? NULL : entry;
}

static void add_bytes(struct exif_writer *writer, ExifIfd ifd, unsigned tag, ExifFormat format, const void *bytes,
                      size_t size)
{
        ExifEntry *entry = add_entry(writer, ifd, tag, format, size);

        if (entry)
                memcpy(entry->data, bytes, size);
}

static void add_text(struct exif_writer *writer, ExifIfd ifd, unsigned tag, const char *text)
{
        if (*text)
                add_bytes(writer, ifd, tag, EXIF_FORMAT_ASCII, text, strlen(text) + 1);
}

static void add_short(struct exif_writer *writer, ExifIfd ifd, unsigned tag, unsigned value)
{
        ExifEntry *entry = add_entry(writer, ifd, tag, EXIF_FORMAT_SHORT, 1);

        if (entry)
                exif_set_short(entry->data, EXIF_ORDER, (ExifShort)value);
}

static void add_long(struct exif_writer *writer, ExifIfd ifd, unsigned tag, unsigned value)
{
        ExifEntry *entry = add_entry(writer, ifd, tag, EXIF_FORMAT_LONG, 1);

        if (entry)
                exif_set_long(entry->data, EXIF_ORDER, value);
}

static void add_rationals(struct exif_writer *writer, ExifIfd ifd, unsigned tag, const ExifRational *values,
                          size_t count)
{
        ExifEntry *entry = add_entry(writer, ifd, tag, EXIF_FORMAT_RATIONAL, count);

        for (size_t i = 0; entry && i < count; i++)
                exif_set_rational(entry->data + i * exif_format_get_size(EXIF_FORMAT_RATIONAL), EXIF_ORDER, values[i]);
}

static void add_rational(struct exif_writer *writer, ExifIfd ifd, unsigned tag, uint32_t numerator,
                         uint32_t denominator)
{
        add_rationals(writer, ifd, tag, &(ExifRational){numerator, denominator}, 1);
}

static bool fits(double value, uint32_t denominator)
{
        return isfinite(value) && value >= 0 && value * denominator <= UINT32_MAX - 1.0;
}

/* value in steps of 1 / denominator, if it is known and fits. */
static void add_double(struct exif_writer *writer, ExifIfd ifd, unsigned tag, double value, uint32_t denominator)
{
        if (fits(value, denominator))
                add_rational(writer, ifd, tag, (uint32_t)llround(value * denominator), denominator);
}

/* As above for what is not known when it is 0, and where 0 after rounding would say so. */
static void add_positive(struct exif_writer *writer, ExifIfd ifd, unsigned tag, double value, uint32_t denominator)
{
        if (isfinite(value) && value > 0)
                add_double(writer, ifd, tag, fmax(value, 1.0 / denominator), denominator);
}

/* Degrees clockwise from true north, to 0.01. Readers in the field round it to whole degrees without wrapping, and
 * 360 is out of range for them: what would become 360 is written as the nearest angle that does not. XMP has the
 * value as it is. */
static void add_direction(struct exif_writer *writer, unsigned ref_tag, unsigned tag, double degrees)
{
        const uint32_t last_hundredth = 35949;
        double wrapped;
        uint32_t hundredths;

        if (!isfinite(degrees))
                return;
        wrapped = fmod(degrees, 360.0);
        if (wrapped < 0)
                wrapped += 360.0;
        hundredths = (uint32_t)llround(wrapped * 100.0);
        if (hundredths > last_hundredth)
                hundredths = hundredths - last_hundredth < 36000 - hundredths ? last_hundredth : 0;
        add_text(writer, EXIF_IFD_GPS, ref_tag, "T");
        add_rational(writer, EXIF_IFD_GPS, tag, hundredths, 100);
}

static uint32_t greatest_common_divisor(uint32_t a, uint32_t b)
{
        while (b != 0) {
                uint32_t rest = a % b;

                a = b;
                b = rest;
        }
        return a;
}

static void add_exposure(struct exif_writer *writer, int64_t exposure_ns)
{
        uint32_t numerator, denominator, divisor;

        if (exposure_ns <= 0 || exposure_ns / 1000 > UINT32_MAX)
                return;
        if (exposure_ns <= UINT32_MAX) {
                numerator = (uint32_t)exposure_ns;
                denominator = NS_PER_SECOND;
        } else {
                numerator = (uint32_t)(exposure_ns / 1000);
                denominator = NS_PER_SECOND / 1000;
        }
        divisor = greatest_common_divisor(numerator, denominator);
        add_rational(writer, EXIF_IFD_EXIF, EXIF_TAG_EXPOSURE_TIME, numerator / divisor, denominator / divisor);
}

/* EXIF has no number for a gain. Cameras without a rated sensitivity write a hundred times the gain as ISO speed, as the Raspberry Pi's do; the gain itself is in
 * the XMP. GainControl is of EXIF 2.32, 4.6.5: none, low gain up, high gain up. */
static void add_gain(struct exif_writer *writer, double gain)
{
        if (!isfinite(gain) || gain < 0.01 || gain * 100 >= UINT16_MAX)
                return;
        add_short(writer, EXIF_IFD_EXIF, EXIF_TAG_ISO_SPEED_RATINGS, (unsigned)llround(gain * 100));
        add_short(writer, EXIF_IFD_EXIF, EXIF_TAG_GAIN_CONTROL, gain <= 1.05 ? 0 : gain < 4 ? 1 : 2);
}

/* EXIF has local time, its offset and the fraction of the second in tags of their own; the same instant goes into
 * all three sets. */
static void add_times(struct exif_writer *writer, const struct picture_tag *tag)
{
        static const struct {
                ExifIfd ifd;
                unsigned time, offset, fraction;
        } sets[] = {
                {EXIF_IFD_0, EXIF_TAG_DATE_TIME, EXIF_TAG_OFFSET_TIME, EXIF_TAG_SUB_SEC_TIME},
                {EXIF_IFD_EXIF, EXIF_TAG_DATE_TIME_ORIGINAL, EXIF_TAG_OFFSET_TIME_ORIGINAL,
                 EXIF_TAG_SUB_SEC_TIME_ORIGINAL},
                {EXIF_IFD_EXIF, EXIF_TAG_DATE_TIME_DIGITIZED, EXIF_TAG_OFFSET_TIME_DIGITIZED,
                 EXIF_TAG_SUB_SEC_TIME_DIGITIZED},
        };
        int offset_min = tag->utc_offset_s / 60;
        struct utc_fields local;
        char time[32], offset[16], fraction[16];

        /* The second bound keeps the sum below in its type, in the year 2262. */
        if (tag->captured_utc_ns <= 0 || tag->captured_utc_ns > INT64_MAX - 86400 * (int64_t)NS_PER_SECOND ||
            abs(offset_min) >= 24 * 60)
                return;
        utc_split(tag->captured_utc_ns + offset_min * INT64_C(60) * NS_PER_SECOND, &local);
        snprintf(time, sizeof(time), "%04u:%02u:%02u %02u:%02u:%02u", (unsigned)local.year % 10000,
                 (unsigned)local.month % 100, (unsigned)local.day % 100, (unsigned)local.hour % 100,
                 (unsigned)local.minute % 100, (unsigned)local.second % 100);
        snprintf(offset, sizeof(offset), "%c%02d:%02d", offset_min < 0 ? '-' : '+', abs(offset_min) / 60,
                 abs(offset_min) % 60);
        snprintf(fraction, sizeof(fraction), "%03u", (unsigned)local.nanosecond / 1000000 % 1000);
        for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
                add_text(writer, sets[i].ifd, sets[i].time, time);
                add_text(writer, EXIF_IFD_EXIF, sets[i].offset, offset);
                add_text(writer, EXIF_IFD_EXIF, sets[i].fraction, fraction);
        }
}

static void add_picture(struct exif_writer *writer, const struct picture_tag *tag)
{
        char id[PICTURE_ID_SIZE];

        add_text(writer, EXIF_IFD_0, EXIF_TAG_MAKE, tag->make);
        add_text(writer, EXIF_IFD_0, EXIF_TAG_MODEL, tag->model);
        add_text(writer, EXIF_IFD_0, EXIF_TAG_SOFTWARE, tag->software);
        add_short(writer, EXIF_IFD_0, EXIF_TAG_ORIENTATION,
                  tag->orientation >= 1 && tag->orientation <= 8 ? tag->orientation : 1);
        /* EXIF demands a resolution; 72 per inch is what it says of one that is not known. */
        add_rational(writer, EXIF_IFD_0, EXIF_TAG_X_RESOLUTION, 72, 1);
        add_rational(writer, EXIF_IFD_0, EXIF_TAG_Y_RESOLUTION, 72, 1);
        add_short(writer, EXIF_IFD_0, EXIF_TAG_RESOLUTION_UNIT, 2);
        add_short(writer, EXIF_IFD_0, EXIF_TAG_YCBCR_POSITIONING, 1); /* centred, as JPEG encoders have it */

        add_bytes(writer, EXIF_IFD_EXIF, EXIF_TAG_EXIF_VERSION, EXIF_FORMAT_UNDEFINED, "0232", 4);
        add_bytes(writer, EXIF_IFD_EXIF, EXIF_TAG_FLASH_PIX_VERSION, EXIF_FORMAT_UNDEFINED, "0100", 4);
        add_bytes(writer, EXIF_IFD_EXIF, EXIF_TAG_COMPONENTS_CONFIGURATION, EXIF_FORMAT_UNDEFINED, "\1\2\3",
                  4);                                              /* YCbCr */
        add_short(writer, EXIF_IFD_EXIF, EXIF_TAG_COLOR_SPACE, 1); /* sRGB */
        if (tag->width > 0 && tag->height > 0) {
                add_long(writer, EXIF_IFD_EXIF, EXIF_TAG_PIXEL_X_DIMENSION, tag->width);
                add_long(writer, EXIF_IFD_EXIF, EXIF_TAG_PIXEL_Y_DIMENSION, tag->height);
        }
        add_exposure(writer, tag->exposure_ns);
        add_gain(writer, tag->gain);
        add_positive(writer, EXIF_IFD_EXIF, EXIF_TAG_FOCAL_LENGTH, tag->focal_length_mm, 1000);
        if (isfinite(tag->focal_length_35mm) && tag->focal_length_35mm >= 0.5 && tag->focal_length_35mm < UINT16_MAX)
                add_short(writer, EXIF_IFD_EXIF, EXIF_TAG_FOCAL_LENGTH_IN_35MM_FILM,
                          (unsigned)llround(tag->focal_length_35mm));
        add_text(writer, EXIF_IFD_EXIF, EXIF_TAG_BODY_SERIAL_NUMBER, tag->serial);
        picture_id(tag, id);
        add_text(writer, EXIF_IFD_EXIF, EXIF_TAG_IMAGE_UNIQUE_ID, id);
}

/* Whole degrees and minutes, and seconds of arc. Counted in whole steps, so that rounding never gives 60 seconds. */
static void add_angle(struct exif_writer *writer, unsigned tag, double degrees)
{
        uint64_t steps = (uint64_t)llround(fabs(degrees) * 3600.0 * ARC_STEPS_PER_SECOND);
        uint64_t minutes = steps / (60 * (uint64_t)ARC_STEPS_PER_SECOND);
        ExifRational parts[] = {
                {(ExifLong)(minutes / 60), 1},
                {(ExifLong)(minutes % 60), 1},
                {(ExifLong)(steps % (60 * (uint64_t)ARC_STEPS_PER_SECOND)), ARC_STEPS_PER_SECOND},
        };

        add_rationals(writer, EXIF_IFD_GPS, tag, parts, 3);
}

/* The reference of GPSAltitude is the mean sea level, so a height above the ellipsoid has no place here. */
static void add_altitude(struct exif_writer *writer, double altitude_msl_m)
{
        uint8_t below_sea;

        if (!fits(fabs(altitude_msl_m), 1000))
                return;
        below_sea = llround(altitude_msl_m * 1000) < 0;
        add_bytes(writer, EXIF_IFD_GPS, EXIF_TAG_GPS_ALTITUDE_REF, EXIF_FORMAT_BYTE, &below_sea, 1);
        add_double(writer, EXIF_IFD_GPS, EXIF_TAG_GPS_ALTITUDE, fabs(altitude_msl_m), 1000);
}

static bool has_position(const struct picture_tag *tag)
{
        return tag->position_source != POSITION_NONE && isfinite(tag->latitude_deg) && fabs(tag->latitude_deg) <= 90 &&
               isfinite(tag->longitude_deg) && fabs(tag->longitude_deg) <= 180;
}

static void add_position(struct exif_writer *writer, const struct picture_tag *tag)
{
        static const char method[] = "ASCII\0\0\0GPS"; /* eight bytes name the character set */

        add_text(writer, EXIF_IFD_GPS, EXIF_TAG_GPS_LATITUDE_REF, tag->latitude_deg < 0 ? "S" : "N");
        add_angle(writer, EXIF_TAG_GPS_LATITUDE, tag->latitude_deg);
        add_text(writer, EXIF_IFD_GPS, EXIF_TAG_GPS_LONGITUDE_REF, tag->longitude_deg < 0 ? "W" : "E");
        add_angle(writer, EXIF_TAG_GPS_LONGITUDE, tag->longitude_deg);
        add_altitude(writer, tag->altitude_msl_m);
        add_text(writer, EXIF_IFD_GPS, EXIF_TAG_GPS_MAP_DATUM, "WGS-84");
        add_bytes(writer, EXIF_IFD_GPS, EXIF_TAG_GPS_PROCESSING_METHOD, EXIF_FORMAT_UNDEFINED, method,
                  sizeof(method) - 1);
        if (fits(tag->speed_mps * 3.6, 1000)) {
                add_text(writer, EXIF_IFD_GPS, EXIF_TAG_GPS_SPEED_REF, "K");
                add_double(writer, EXIF_IFD_GPS, EXIF_TAG_GPS_SPEED, tag->speed_mps * 3.6, 1000);
        }
        add_direction(writer, EXIF_TAG_GPS_TRACK_REF, EXIF_TAG_GPS_TRACK, tag->course_deg);
        add_positive(writer, EXIF_IFD_GPS, EXIF_TAG_GPS_H_POSITIONING_ERROR, tag->accuracy_m, 1000);
}

static void add_gps_time(struct exif_writer *writer, int64_t utc_ns)
{
        struct utc_fields utc;
        char date[16];

        if (utc_ns <= 0)
                return;
        utc_split(utc_ns, &utc);
        snprintf(date, sizeof(date), "%04u:%02u:%02u", (unsigned)utc.year % 10000, (unsigned)utc.month % 100,
                 (unsigned)utc.day % 100);
        add_text(writer, EXIF_IFD_GPS, EXIF_TAG_GPS_DATE_STAMP, date);
        add_rationals(writer, EXIF_IFD_GPS, EXIF_TAG_GPS_TIME_STAMP,
                      (ExifRational[]){
                              {(ExifLong)utc.hour, 1},
                              {(ExifLong)utc.minute, 1},
                              {(ExifLong)(utc.second * 1000 + utc.nanosecond / 1000000), 1000},
                      },
                      3);
}

static void add_receiver(struct exif_writer *writer, const struct picture_tag *tag)
{
        bool corrected = tag->fix_status >= 2 && tag->fix_status <= 4; /* DGPS, RTK fixed, RTK float */
        char satellites[16];

        add_text(writer, EXIF_IFD_GPS, EXIF_TAG_GPS_STATUS, has_position(tag) ? "A" : "V");
        if (tag->fix_mode == 2 || tag->fix_mode == 3)
                add_text(writer, EXIF_IFD_GPS, EXIF_TAG_GPS_MEASURE_MODE, tag->fix_mode == 2 ? "2" : "3");
        add_positive(writer, EXIF_IFD_GPS, EXIF_TAG_GPS_DOP, tag->hdop, 100);
        if (corrected)
                add_short(writer, EXIF_IFD_GPS, EXIF_TAG_GPS_DIFFERENTIAL, 1);
        if (tag->satellites_used > 0) {
                snprintf(satellites, sizeof(satellites), "%d", tag->satellites_used);
                add_text(writer, EXIF_IFD_GPS, EXIF_TAG_GPS_SATELLITES, satellites);
        }
}

static void add_all(struct exif_writer *writer, const struct picture_tag *tag)
{
        add_picture(writer, tag);
        add_times(writer, tag);
        add_bytes(writer, EXIF_IFD_GPS, EXIF_TAG_GPS_VERSION_ID, EXIF_FORMAT_BYTE, "\2\3\0", 4);
        add_gps_time(writer, tag->captured_utc_ns);
        if (has_position(tag))
                add_position(writer, tag);
        add_direction(writer, EXIF_TAG_GPS_IMG_DIRECTION_REF, EXIF_TAG_GPS_IMG_DIRECTION, tag->image_direction_deg);
        add_receiver(writer, tag);
}

int exif_build(const struct picture_tag *tag, uint8_t **ret_data, size_t *ret_size)
{
        struct exif_writer writer = {0};
        unsigned char *data = NULL;
        unsigned size = 0;

        /* libexif's default memory is malloc, so the caller can free what it gives. */
        writer.memory = exif_mem_new_default();
        if (!writer.memory)
                return -ENOMEM;
        writer.data = exif_data_new_mem(writer.memory);
        if (writer.data) {
                exif_data_set_byte_order(writer.data, EXIF_ORDER);
                add_all(&writer, tag);
                if (!writer.error)
                        exif_data_save_data(writer.data, &data, &size);
        }
        exif_data_unref(writer.data);
        exif_mem_unref(writer.memory);
        if (writer.error)
                return writer.error;
        if (!data || size == 0)
                return -ENOMEM;

        *ret_data = data;
        *ret_size = size;
        return 0;
}
