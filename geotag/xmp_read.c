/* SPDX-License-Identifier: MIT */
/* No XML parser: a reader of exactly what xmp.c writes. Anything else in our name space is damage, and said to be. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "geotag/xmp.h"

#define MAX_VALUE_SIZE 256

/* Text that is still to be read; no NUL in it. */
struct cursor {
        const char *at, *end;
};

static bool take(struct cursor *cursor, const char *wanted)
{
        size_t length = strlen(wanted);

        if ((size_t)(cursor->end - cursor->at) < length || memcmp(cursor->at, wanted, length) != 0)
                return false;
        cursor->at += length;
        return true;
}

/* One character, as itself or as a reference, added to value. Those that the writer writes as references may not
 * stand there bare. */
static int take_character(struct cursor *cursor, char *value, size_t room)
{
        static const struct {
                const char *text;
                char character;
        } references[] = {
                {"&amp;", '&'}, {"&lt;", '<'},   {"&gt;", '>'},   {"&quot;", '"'},
                {"&#9;", '\t'}, {"&#10;", '\n'}, {"&#13;", '\r'},
        };
        size_t length;

        if (room == 0)
                return -EBADMSG;
        for (size_t i = 0; i < sizeof(references) / sizeof(references[0]); i++) {
                if (take(cursor, references[i].text)) {
                        *value = references[i].character;
                        return 1;
                }
        }
        length = xmp_character_length(cursor->at, (size_t)(cursor->end - cursor->at));
        if (length == 0 || length > room || memchr("&<>\t\n\r", *cursor->at, 6))
                return -EBADMSG;
        memcpy(value, cursor->at, length);
        cursor->at += length;
        return (int)length;
}

/* From behind the opening quotation mark to behind the closing one. Values of our own fit; a longer one is damage. */
static int take_value(struct cursor *cursor, char value[static MAX_VALUE_SIZE])
{
        size_t length = 0;

        while (cursor->at < cursor->end) {
                int n;

                if (take(cursor, "\"")) {
                        value[length] = '\0';
                        return 0;
                }
                n = take_character(cursor, value + length, MAX_VALUE_SIZE - 1 - length);
                if (n < 0)
                        return n;
                length += (size_t)n;
        }
        return -EBADMSG;
}

static int read_int(const char *value, int64_t min, int64_t max, int64_t *ret_number)
{
        int64_t number;

        if (parse_int64(value, &number) < 0 || number < min || number > max)
                return -EBADMSG;
        *ret_number = number;
        return 0;
}

static int read_bool(const char *value, bool *ret_bool)
{
        if (strcmp(value, "True") != 0 && strcmp(value, "False") != 0)
                return -EBADMSG;
        *ret_bool = strcmp(value, "True") == 0;
        return 0;
}

static int read_value(const struct xmp_field *field, const char *value, void *member)
{
        int64_t number = 0;
        int r = 0;

        switch (field->type) {
        case XMP_TEXT:
                if (strlen(value) >= field->size)
                        return -EBADMSG;
                strcpy(member, value);
                return 0;
        case XMP_INT:
                r = read_int(value, INT32_MIN, INT32_MAX, &number);
                if (r == 0)
                        *(int *)member = (int)number;
                return r;
        case XMP_INT64:
                return read_int(value, INT64_MIN, INT64_MAX, member);
        case XMP_UINT32:
                r = read_int(value, 0, UINT32_MAX, &number);
                if (r == 0)
                        *(uint32_t *)member = (uint32_t)number;
                return r;
        case XMP_UINT64:
                return parse_uint64(value, member) < 0 ? -EBADMSG : 0;
        case XMP_DOUBLE:
                return parse_double(value, member) < 0 ? -EBADMSG : 0;
        case XMP_BOOL:
                return read_bool(value, member);
        case XMP_SOURCE:
                return position_source_from_text(value, member) < 0 ? -EBADMSG : 0;
        }
        return -EBADMSG;
}

static const struct xmp_field *find_field(const char *name, size_t length)
{
        for (size_t i = 0; i < xmp_field_count; i++) {
                if (strlen(xmp_fields[i].name) == length && memcmp(xmp_fields[i].name, name, length) == 0)
                        return &xmp_fields[i];
        }
        return NULL;
}

static bool is_name_character(char c)
{
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* `streetcap:name="value"`. A name that is not known is one of a later version. */
static int take_attribute(struct cursor *cursor, uint64_t *seen, struct picture_tag *tag)
{
        char value[MAX_VALUE_SIZE];
        const struct xmp_field *field;
        const char *name;
        size_t length;
        int r;

        if (!take(cursor, XMP_PREFIX))
                return -EBADMSG;
        name = cursor->at;
        while (cursor->at < cursor->end && is_name_character(*cursor->at))
                cursor->at++;
        length = (size_t)(cursor->at - name);
        if (length == 0 || !take(cursor, "=\""))
                return -EBADMSG;
        r = take_value(cursor, value);
        if (r < 0)
                return r;

        field = find_field(name, length);
        if (!field)
                return 0;
        if (*seen & UINT64_C(1) << (field - xmp_fields))
                return -EBADMSG;
        *seen |= UINT64_C(1) << (field - xmp_fields);
        return read_value(field, value, (char *)tag + field->offset);
}

/* As though nothing were known. */
static void clear_tag(struct picture_tag *tag)
{
        const double unknown = NAN;

        *tag = (struct picture_tag){0};
        for (size_t i = 0; i < xmp_field_count; i++) {
                if (xmp_fields[i].type == XMP_DOUBLE)
                        memcpy((char *)tag + xmp_fields[i].offset, &unknown, sizeof(unknown));
        }
}

int xmp_read(const uint8_t *payload, size_t size, struct picture_tag *ret_tag)
{
        struct cursor cursor = {.at = (const char *)payload, .end = (const char *)payload + size};
        struct picture_tag tag;
        uint64_t seen = 0;
        int r;

        if (size < XMP_SIGNATURE_SIZE || memcmp(payload, XMP_SIGNATURE, XMP_SIGNATURE_SIZE) != 0)
                return -ENODATA;
        cursor.at += XMP_SIGNATURE_SIZE;
        if (!take(&cursor, XMP_PACKET_HEAD))
                return -ENODATA;

        clear_tag(&tag);
        while (take(&cursor, "\n ")) {
                r = take_attribute(&cursor, &seen, &tag);
                if (r < 0)
                        return r;
        }
        if (!take(&cursor, XMP_PACKET_TAIL) || cursor.at != cursor.end)
                return -EBADMSG;
        *ret_tag = tag;
        return 0;
}
