/* SPDX-License-Identifier: MIT */
/* Growing text and a JSON writer on it (json_out_*, since jansson owns the names json_*). Not thread-safe. An allocation
 * that fails ends the process (abort). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
        char *data; /* NUL-terminated once anything was added; NULL before */
        size_t length, capacity;
};

void text_finish(struct text *text); /* frees; usable again as after {0} */
void text_clear(struct text *text);  /* keeps the memory */
void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const void *bytes, size_t size);
__attribute__((format(printf, 2, 3))) void text_addf(struct text *text, const char *format, ...);

/* Whether a string is well-formed UTF-8 (no over-long forms, no surrogates, nothing over U+10FFFF). */
bool text_is_utf8(const char *string);

/* JSON members: `,` is written where needed; key NULL inside an array. Numbers that are not finite, and NULL strings, are
 * written as null. Invalid UTF-8 is replaced by U+FFFD. Begin/end may nest 32 deep.
 * The writer holds no memory of its own. */
struct json_out {
        struct text *text;
        unsigned depth;
        bool has_member[32];
};

void json_out_begin(struct json_out *json, struct text *text); /* no output yet */
void json_out_object_begin(struct json_out *json, const char *key);
void json_out_object_end(struct json_out *json);
void json_out_array_begin(struct json_out *json, const char *key);
void json_out_array_end(struct json_out *json);
void json_out_string(struct json_out *json, const char *key, const char *value);
void json_out_int(struct json_out *json, const char *key, int64_t value);
void json_out_double(struct json_out *json, const char *key, double value,
                     int decimals); /* fixed decimals, -0 written 0 */
void json_out_exact(struct json_out *json, const char *key,
                    double value); /* 17 digits: gives back the very same double */
void json_out_bool(struct json_out *json, const char *key, bool value);
void json_out_null(struct json_out *json, const char *key);
