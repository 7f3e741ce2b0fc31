/* SPDX-License-Identifier: MIT */
/* One setting and what can be done with any of them by its type: private to config/. No function blocks but setting_parse, which looks
 * a time zone up in the file system. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/parse.h"
#include "base/text.h"

/* Of a picture, so that a mistyped size asks for no memory that a board does not have: 200 megapixels are 300 MB a frame. */
#define SETTING_SIZE_MEGAPIXELS_MAX 200

enum setting_type {
        SETTING_TEXT,      /* char[]: min to the field's size less 1 bytes of UTF-8 */
        SETTING_TIME_ZONE, /* char[] */
        SETTING_WORD,      /* char[]: one of `words` */
        SETTING_CHOICE,    /* int: the place of one of `words` */
        SETTING_PORT,      /* char[]: a number from min to max */
        SETTING_INTEGER,   /* int: from min to max */
        SETTING_QUANTITY,  /* double: from min to max in the base unit of `units` */
        SETTING_SIZE, /* two unsigned, width and height: each from min to max; together SETTING_SIZE_MEGAPIXELS_MAX */
};

struct setting {
        const char *section,
                *key; /* section "camera": the field is one of struct config_camera, else of struct config */
        enum setting_type type;
        bool live;           /* a running daemon takes a change */
        size_t offset, size; /* of the field */
        double min, max;
        const struct unit *units;
        const char *const *words; /* ends with NULL */
        const char *default_text; /* as a file would say it */
        const char *help;         /* one line */
};

/* Sets the field in object (a struct config or config_camera) from text. 0, or -EINVAL with what is wrong and what is allowed
 * added to problem; the field is then untouched. */
int setting_parse(const struct setting *setting, const char *value, void *object, struct text *problem);
/* Adds the field as setting_parse reads it back to the same value. */
void setting_format(const struct setting *setting, const void *object, struct text *text);
/* Adds what is allowed: "0.5 to 1000 m, also in cm, mm, km". */
void setting_describe(const struct setting *setting, struct text *text);
bool setting_equal(const struct setting *setting, const void *a, const void *b);
void setting_copy(const struct setting *setting, void *to, const void *from);
