/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 64
#define JSON_MAX_DEPTH (sizeof(((struct json_out *)NULL)->has_member) / sizeof(bool))
#define REPLACEMENT_CHARACTER "\xef\xbf\xbd" /* U+FFFD */

/* Room for `more` bytes and a terminator. */
static void reserve(struct text *text, size_t more)
{
        size_t needed, capacity = text->capacity ? text->capacity : FIRST_CAPACITY;
        char *data;

        if (__builtin_add_overflow(text->length, more, &needed) || needed >= SIZE_MAX / 2)
                abort();
        needed++;
        if (needed <= text->capacity)
                return;
        while (capacity < needed)
                capacity *= 2;
        data = realloc(text->data, capacity);
        if (!data)
                abort();
        text->data = data;
        text->capacity = capacity;
}

void text_finish(struct text *text)
{
        free(text->data);
        *text = (struct text){0};
}

void text_clear(struct text *text)
{
        text->length = 0;
        if (text->data)
                text->data[0] = '\0';
}

void text_add_bytes(struct text *text, const void *bytes, size_t size)
{
        reserve(text, size);
        if (size > 0)
                memcpy(text->data + text->length, bytes, size);
        text->length += size;
        text->data[text->length] = '\0';
}

void text_add(struct text *text, const char *string)
{
        text_add_bytes(text, string, strlen(string));
}

void text_addf(struct text *text, const char *format, ...)
{
        va_list args, again;
        int length;

        va_start(args, format);
        va_copy(again, args);
        length = vsnprintf(NULL, 0, format, args);
        va_end(args);
        if (length < 0)
                abort();
        reserve(text, (size_t)length);
        vsnprintf(text->data + text->length, (size_t)length + 1, format, again);
        va_end(again);
        text->length += (size_t)length;
}

static bool is_continuation(unsigned char byte)
{
        return (byte & 0xc0) == 0x80;
}

/* Bytes of the well-formed UTF-8 character at the start of a NUL-terminated string; 0 when it is not well-formed: too long a form,
 * a surrogate, over U+10FFFF, or cut. */
static size_t utf8_length(const unsigned char *s)
{
        if (s[0] < 0x80)
                return 1;
        if (s[0] < 0xc2 || s[0] > 0xf4 || !is_continuation(s[1]))
                return 0;
        if (s[0] < 0xe0)
                return 2;
        if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) ||
            (s[0] == 0xf4 && s[1] > 0x8f) || !is_continuation(s[2]))
                return 0;
        if (s[0] < 0xf0)
                return 3;
        return is_continuation(s[3]) ? 4 : 0;
}

bool text_is_utf8(const char *string)
{
        const unsigned char *s = (const unsigned char *)string;

        while (*s) {
                size_t length = utf8_length(s);

                if (length == 0)
                        return false;
                s += length;
        }
        return true;
}

static void add_escaped(struct text *text, unsigned char c)
{
        switch (c) {
        case '"':
                text_add(text, "\\\"");
                break;
        case '\\':
                text_add(text, "\\\\");
                break;
        case '\n':
                text_add(text, "\\n");
                break;
        case '\r':
                text_add(text, "\\r");
                break;
        case '\t':
                text_add(text, "\\t");
                break;
        default:
                text_addf(text, "\\u%04x", c);
        }
}

static void add_quoted(struct text *text, const char *value)
{
        const unsigned char *s = (const unsigned char *)value;

        text_add(text, "\"");
        while (*s) {
                size_t length = utf8_length(s);

                if (length == 0) {
                        text_add(text, REPLACEMENT_CHARACTER);
                        s++;
                } else if (*s < 0x20 || *s == '"' || *s == '\\') {
                        add_escaped(text, *s++);
                } else {
                        text_add_bytes(text, s, length);
                        s += length;
                }
        }
        text_add(text, "\"");
}

/* The comma before a member, and its key. */
static void begin_value(struct json_out *json, const char *key)
{
        if (json->depth > 0) {
                bool *has_member = &json->has_member[json->depth - 1];

                if (*has_member)
                        text_add(json->text, ",");
                *has_member = true;
        }
        if (key) {
                add_quoted(json->text, key);
                text_add(json->text, ":");
        }
}

static void begin_nested(struct json_out *json, const char *key, const char *bracket)
{
        assert(json->depth < JSON_MAX_DEPTH);
        begin_value(json, key);
        text_add(json->text, bracket);
        json->has_member[json->depth++] = false;
}

static void end_nested(struct json_out *json, const char *bracket)
{
        assert(json->depth > 0);
        json->depth--;
        text_add(json->text, bracket);
}

void json_out_begin(struct json_out *json, struct text *text)
{
        *json = (struct json_out){.text = text};
}

void json_out_object_begin(struct json_out *json, const char *key)
{
        begin_nested(json, key, "{");
}

void json_out_object_end(struct json_out *json)
{
        end_nested(json, "}");
}

void json_out_array_begin(struct json_out *json, const char *key)
{
        begin_nested(json, key, "[");
}

void json_out_array_end(struct json_out *json)
{
        end_nested(json, "]");
}

void json_out_string(struct json_out *json, const char *key, const char *value)
{
        if (!value) {
                json_out_null(json, key);
                return;
        }
        begin_value(json, key);
        add_quoted(json->text, value);
}

void json_out_int(struct json_out *json, const char *key, int64_t value)
{
        begin_value(json, key);
        text_addf(json->text, "%" PRId64, value);
}

void json_out_double(struct json_out *json, const char *key, double value, int decimals)
{
        size_t start;
        char *number;

        if (!isfinite(value)) {
                json_out_null(json, key);
                return;
        }
        begin_value(json, key);
        start = json->text->length;
        text_addf(json->text, "%.*f", decimals, value);

        /* "-0.00" says nothing that "0.00" does not, and compares as another text. */
        number = json->text->data + start;
        if (number[0] == '-' && !strpbrk(number, "123456789")) {
                memmove(number, number + 1, json->text->length - start);
                json->text->length--;
        }
}

void json_out_exact(struct json_out *json, const char *key, double value)
{
        if (!isfinite(value)) {
                json_out_null(json, key);
                return;
        }
        begin_value(json, key);
        text_addf(json->text, "%.17g", value);
}

void json_out_bool(struct json_out *json, const char *key, bool value)
{
        begin_value(json, key);
        text_add(json->text, value ? "true" : "false");
}

void json_out_null(struct json_out *json, const char *key)
{
        begin_value(json, key);
        text_add(json->text, "null");
}
