/* SPDX-License-Identifier: MIT */
#include "geotag/xmp.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "geotag/picture_metadata.h"

#define FIELD(name, type, member)                                                                                      \
        {name, type, offsetof(struct picture_tag, member), sizeof(((struct picture_tag *)NULL)->member), false}
#define FIELD_WITH_ZERO(name, type, member)                                                                            \
        {name, type, offsetof(struct picture_tag, member), sizeof(((struct picture_tag *)NULL)->member), true}

const struct xmp_field xmp_fields[] = {
        FIELD("run", XMP_TEXT, run),
        FIELD("camera", XMP_TEXT, camera),
        FIELD("sequence", XMP_UINT64, sequence),
        FIELD_WITH_ZERO("mark", XMP_INT64, mark),
        FIELD("spacingM", XMP_DOUBLE, spacing_m),
        FIELD("capturedUtcNs", XMP_INT64, captured_utc_ns),
        FIELD("exposureMidBoottimeNs", XMP_INT64, exposure_mid_boottime_ns),
        FIELD("exposureNs", XMP_INT64, exposure_ns),
        FIELD("gain", XMP_DOUBLE, gain),
        FIELD_WITH_ZERO("utcOffsetS", XMP_INT, utc_offset_s),
        FIELD_WITH_ZERO("positionSource", XMP_SOURCE, position_source),
        FIELD("latitudeDeg", XMP_DOUBLE, latitude_deg),
        FIELD("longitudeDeg", XMP_DOUBLE, longitude_deg),
        FIELD("altitudeMslM", XMP_DOUBLE, altitude_msl_m),
        FIELD("altitudeHaeM", XMP_DOUBLE, altitude_hae_m),
        FIELD("speedMps", XMP_DOUBLE, speed_mps),
        FIELD("courseDeg", XMP_DOUBLE, course_deg),
        FIELD("headingDeg", XMP_DOUBLE, heading_deg),
        FIELD("imageDirectionDeg", XMP_DOUBLE, image_direction_deg),
        FIELD_WITH_ZERO("reversing", XMP_BOOL, reversing),
        FIELD("accuracyM", XMP_DOUBLE, accuracy_m),
        FIELD("hdop", XMP_DOUBLE, hdop),
        FIELD("fixMode", XMP_INT, fix_mode),
        FIELD("fixStatus", XMP_INT, fix_status),
        FIELD("satellitesUsed", XMP_INT, satellites_used),
        FIELD("travelledM", XMP_DOUBLE, travelled_m),
        FIELD_WITH_ZERO("onRoad", XMP_BOOL, match.on_road),
        FIELD("segment", XMP_INT64, match.segment),
        FIELD("segmentIndex", XMP_UINT32, match.index),
        FIELD("chainageM", XMP_DOUBLE, match.chainage_m),
        FIELD("direction", XMP_INT, match.direction),
        FIELD("offsetM", XMP_DOUBLE, match.offset_m),
        FIELD("matchConfidence", XMP_DOUBLE, match.confidence),
        FIELD("provisional", XMP_BOOL, match.provisional),
        FIELD("sourceId", XMP_TEXT, source_id),
        FIELD("street", XMP_TEXT, street),
        FIELD("networkVersion", XMP_TEXT, network_version),
        FIELD("width", XMP_UINT32, width),
        FIELD("height", XMP_UINT32, height),
        FIELD("orientation", XMP_UINT32, orientation),
        FIELD("make", XMP_TEXT, make),
        FIELD("model", XMP_TEXT, model),
        FIELD("serial", XMP_TEXT, serial),
        FIELD("software", XMP_TEXT, software),
        FIELD("vehicle", XMP_TEXT, vehicle),
        FIELD("focalLengthMm", XMP_DOUBLE, focal_length_mm),
        FIELD("focalLength35mm", XMP_DOUBLE, focal_length_35mm),
        FIELD("sharpness", XMP_DOUBLE, sharpness),
        FIELD("brightness", XMP_DOUBLE, brightness),
        FIELD("clippedShare", XMP_DOUBLE, clipped_share),
        FIELD("quality", XMP_TEXT, quality),
};

const size_t xmp_field_count = sizeof(xmp_fields) / sizeof(xmp_fields[0]);

/* Bytes that the first byte of a character announces; 0 for one that begins none. */
static size_t announced_length(unsigned char first)
{
        if (first < 0x80)
                return 1;
        if (first < 0xc0 || first >= 0xf8)
                return 0;
        return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

size_t xmp_character_length(const char *text, size_t size)
{
        static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
        size_t length = announced_length((unsigned char)text[0]);
        uint32_t code;

        if (length == 0 || length > size)
                return 0;
        code = length == 1 ? (unsigned char)text[0] : (unsigned char)text[0] & (0x7fU >> length);
        for (size_t i = 1; i < length; i++) {
                unsigned char next = (unsigned char)text[i];

                if ((next & 0xc0) != 0x80)
                        return 0;
                code = code << 6 | (next & 0x3f);
        }
        if (code < 0x20)
                return code == '\t' || code == '\n' || code == '\r' ? length : 0;
        if (code < smallest[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) || code == 0xfffe ||
            code == 0xffff)
                return 0;
        return length;
}

/* Line ends and tabs as references: a reader would turn them into blanks in an attribute. */
static const char *reference_of(char c)
{
        switch (c) {
        case '&':
                return "&amp;";
        case '<':
                return "&lt;";
        case '>':
                return "&gt;";
        case '"':
                return "&quot;";
        case '\t':
                return "&#9;";
        case '\n':
                return "&#10;";
        case '\r':
                return "&#13;";
        default:
                return NULL;
        }
}

/* What XML cannot hold becomes a question mark, one for each byte: the text does not grow, so it fits where it came
 * from. */
static void add_escaped(struct text *out, const char *value)
{
        size_t left = strlen(value);

        while (left > 0) {
                size_t length = xmp_character_length(value, left);
                const char *reference = reference_of(*value);

                if (length == 0)
                        text_add(out, "?");
                else if (reference)
                        text_add(out, reference);
                else
                        text_add_bytes(out, value, length);
                length += length == 0;
                value += length;
                left -= length;
        }
}

static bool is_known(const struct xmp_field *field, const void *value)
{
        static const char zero[sizeof(int64_t)] = {0};

        switch (field->type) {
        case XMP_TEXT:
                return *(const char *)value != '\0';
        case XMP_DOUBLE:
                return isfinite(*(const double *)value);
        default:
                return field->known_when_zero || memcmp(value, zero, field->size) != 0;
        }
}

static void add_value(struct text *out, const struct xmp_field *field, const void *value)
{
        switch (field->type) {
        case XMP_TEXT:
                add_escaped(out, value);
                break;
        case XMP_INT:
                text_addf(out, "%d", *(const int *)value);
                break;
        case XMP_INT64:
                text_addf(out, "%" PRId64, *(const int64_t *)value);
                break;
        case XMP_UINT32:
                text_addf(out, "%" PRIu32, *(const uint32_t *)value);
                break;
        case XMP_UINT64:
                text_addf(out, "%" PRIu64, *(const uint64_t *)value);
                break;
        case XMP_DOUBLE:
                text_addf(out, "%.17g", *(const double *)value);
                break;
        case XMP_BOOL:
                text_add(out, *(const bool *)value ? "True" : "False");
                break;
        case XMP_SOURCE:
                text_add(out, position_source_text(*(const enum position_source *)value));
                break;
        }
}

int xmp_build(const struct picture_tag *tag, uint8_t **ret_data, size_t *ret_size)
{
        struct text out = {0};

        text_add_bytes(&out, XMP_SIGNATURE, XMP_SIGNATURE_SIZE);
        text_add(&out, XMP_PACKET_HEAD);
        for (size_t i = 0; i < xmp_field_count; i++) {
                const struct xmp_field *field = &xmp_fields[i];
                const void *value = (const char *)tag + field->offset;

                if (!is_known(field, value))
                        continue;
                text_addf(&out, "\n " XMP_PREFIX "%s=\"", field->name);
                add_value(&out, field, value);
                text_add(&out, "\"");
        }
        text_add(&out, XMP_PACKET_TAIL);

        *ret_data = (uint8_t *)out.data;
        *ret_size = out.length;
        return 0;
}
