/* SPDX-License-Identifier: MIT */
#include "config/setting.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/time_zone.h"

static void *field_of(const struct setting *setting, void *object)
{
        return (char *)object + setting->offset;
}

static const void *const_field_of(const struct setting *setting, const void *object)
{
        return (const char *)object + setting->offset;
}

/* With as few digits as read back to the same double. */
static void add_number(struct text *text, double value)
{
        size_t start = text->length;

        for (int digits = 15; digits <= 17; digits++) {
                text->length = start;
                text_addf(text, "%.*g", digits, value);
                if (strtod(text->data + start, NULL) == value)
                        return;
        }
}

/* "0.5 to 1000 m, also in cm, mm, km" */
static void describe_quantity(const struct setting *setting, struct text *text)
{
        add_number(text, setting->min);
        text_add(text, " to ");
        add_number(text, setting->max);
        text_addf(text, " %s", setting->units[0].name);
        for (size_t i = 1; setting->units[i].name; i++)
                text_addf(text, "%s%s", i == 1 ? ", also in " : ", ", setting->units[i].name);
}

void setting_describe(const struct setting *setting, struct text *text)
{
        switch (setting->type) {
        case SETTING_TEXT:
                text_addf(text, "text of %.0f to %zu bytes", setting->min, setting->size - 1);
                break;
        case SETTING_TIME_ZONE:
                text_add(text, "UTC, or a name under " TIME_ZONE_FOLDER " such as Europe/Paris");
                break;
        case SETTING_WORD:
        case SETTING_CHOICE:
                for (size_t i = 0; setting->words[i]; i++)
                        text_addf(text, "%s%s", i > 0 ? ", " : "", setting->words[i]);
                break;
        case SETTING_PORT:
        case SETTING_INTEGER:
                text_addf(text, "%.0f to %.0f", setting->min, setting->max);
                break;
        case SETTING_QUANTITY:
                describe_quantity(setting, text);
                break;
        case SETTING_SIZE:
                text_addf(text, "WIDTHxHEIGHT, each %.0f to %.0f pixels, together %d megapixels at most", setting->min,
                          setting->max, SETTING_SIZE_MEGAPIXELS_MAX);
                break;
        }
}

/* Adds `"VALUE" WHAT, allowed: ...`. Returns -EINVAL. */
static int refuse(const struct setting *setting, const char *value, const char *what, struct text *problem)
{
        text_addf(problem, "\"%s\" %s, allowed: ", value, what);
        setting_describe(setting, problem);
        return -EINVAL;
}

/* A comment behind a value that is no text: inih takes off what is behind a blank and a semicolon only. */
static bool has_comment(const char *value)
{
        return strpbrk(value, "#;") != NULL;
}

/* Refuses what does not read as a value of its kind; what is said of a comment says more. */
static int refuse_unread(const struct setting *setting, const char *value, const char *what, struct text *problem)
{
        return refuse(setting, value, has_comment(value) ? "has a comment, which needs a line of its own" : what,
                      problem);
}

/* "5,5 m" */
static bool has_decimal_comma(const char *value)
{
        const char *comma = strchr(value, ',');

        return comma && comma > value && comma[-1] >= '0' && comma[-1] <= '9' && comma[1] >= '0' && comma[1] <= '9';
}

/* Text that a line of an INI file can carry: nothing that it would strip, or take as a comment. */
static bool is_one_line(const char *value)
{
        size_t length = strlen(value);

        if (length > 0 && (value[0] == ' ' || value[length - 1] == ' ' || value[0] == ';'))
                return false;
        for (const char *c = value; *c; c++) {
                if ((unsigned char)*c < 0x20 || *c == 0x7f)
                        return false;
        }
        return !strstr(value, " ;");
}

static int parse_text(const struct setting *setting, const char *value, char *field, struct text *problem)
{
        size_t length = strlen(value);

        if (length >= setting->size)
                return refuse(setting, value, "is too long", problem);
        if ((double)length < setting->min)
                return refuse(setting, value, "is too short", problem);
        if (!text_is_utf8(value))
                return refuse(setting, "...", "is not UTF-8", problem);
        if (!is_one_line(value))
                return refuse(setting, value, "has a control character, a comment or blanks at an end", problem);
        /* All of the field, so that settings which are the same are so byte for byte. */
        memset(field, 0, setting->size);
        memcpy(field, value, length + 1);
        return 0;
}

static int parse_time_zone(const struct setting *setting, const char *value, char *field, struct text *problem)
{
        if (!time_zone_known(value))
                return refuse(setting, value, "is no time zone that this machine knows", problem);
        return parse_text(setting, value, field, problem);
}

static int find_word(const struct setting *setting, const char *value, struct text *problem)
{
        for (int i = 0; setting->words[i]; i++) {
                if (strcmp(setting->words[i], value) == 0)
                        return i;
        }
        return refuse_unread(setting, value, "is not known", problem);
}

static int parse_choice(const struct setting *setting, const char *value, void *field, struct text *problem)
{
        int choice = find_word(setting, value, problem);

        if (choice < 0)
                return choice;
        memcpy(field, &choice, sizeof(choice));
        return 0;
}

static int check_integer(const struct setting *setting, const char *value, int *ret_value, struct text *problem)
{
        int64_t number;
        int r = parse_int64(value, &number);

        if (r == -EINVAL)
                return refuse_unread(setting, value, "is no whole number", problem);
        if (r < 0 || (double)number < setting->min || (double)number > setting->max)
                return refuse(setting, value, "is out of range", problem);
        *ret_value = (int)number;
        return 0;
}

static int parse_integer(const struct setting *setting, const char *value, void *field, struct text *problem)
{
        int number, r = check_integer(setting, value, &number, problem);

        if (r == 0)
                memcpy(field, &number, sizeof(number));
        return r;
}

static int parse_port(const struct setting *setting, const char *value, char *field, struct text *problem)
{
        int number, r = check_integer(setting, value, &number, problem);
        struct text canonical = {0};

        if (r < 0)
                return r;
        text_addf(&canonical, "%d", number);
        r = parse_text(setting, canonical.data, field, problem);
        text_finish(&canonical);
        return r;
}

static int parse_in_range(const struct setting *setting, const char *value, void *field, struct text *problem)
{
        double number;
        int r = parse_quantity(value, setting->units, &number);

        if (r == -EDOM || r == -EINVAL)
                return refuse_unread(setting, value,
                                     has_decimal_comma(value) ? "has a comma, where the decimal sign is a point"
                                     : r == -EDOM             ? "has an unknown unit"
                                                              : "is no number",
                                     problem);
        if (r < 0 || number < setting->min || number > setting->max)
                return refuse(setting, value, "is out of range", problem);
        number += 0.0; /* a negative zero is a zero */
        memcpy(field, &number, sizeof(number));
        return 0;
}

static int parse_sides(const struct setting *setting, const char *value, void *field, struct text *problem)
{
        unsigned sides[2];

        if (parse_size(value, &sides[0], &sides[1]) < 0)
                return refuse_unread(setting, value, "is no size", problem);
        for (size_t i = 0; i < 2; i++) {
                if (sides[i] < setting->min || sides[i] > setting->max)
                        return refuse(setting, value, "is out of range", problem);
        }
        if ((uint64_t)sides[0] * sides[1] > SETTING_SIZE_MEGAPIXELS_MAX * UINT64_C(1000000))
                return refuse(setting, value, "is too large", problem);
        assert(setting->size == sizeof(sides));
        memcpy(field, sides, sizeof(sides));
        return 0;
}

int setting_parse(const struct setting *setting, const char *value, void *object, struct text *problem)
{
        void *field = field_of(setting, object);

        switch (setting->type) {
        case SETTING_TEXT:
                return parse_text(setting, value, field, problem);
        case SETTING_TIME_ZONE:
                return parse_time_zone(setting, value, field, problem);
        case SETTING_WORD:
                return find_word(setting, value, problem) < 0 ? -EINVAL : parse_text(setting, value, field, problem);
        case SETTING_CHOICE:
                return parse_choice(setting, value, field, problem);
        case SETTING_PORT:
                return parse_port(setting, value, field, problem);
        case SETTING_INTEGER:
                return parse_integer(setting, value, field, problem);
        case SETTING_QUANTITY:
                return parse_in_range(setting, value, field, problem);
        case SETTING_SIZE:
                return parse_sides(setting, value, field, problem);
        }
        return -EINVAL;
}

void setting_format(const struct setting *setting, const void *object, struct text *text)
{
        const void *field = const_field_of(setting, object);
        unsigned sides[2];
        double number;
        int integer;

        switch (setting->type) {
        case SETTING_TEXT:
        case SETTING_TIME_ZONE:
        case SETTING_WORD:
        case SETTING_PORT:
                text_add(text, field);
                break;
        case SETTING_CHOICE:
                memcpy(&integer, field, sizeof(integer));
                text_add(text, setting->words[integer]);
                break;
        case SETTING_INTEGER:
                memcpy(&integer, field, sizeof(integer));
                text_addf(text, "%d", integer);
                break;
        case SETTING_QUANTITY:
                memcpy(&number, field, sizeof(number));
                add_number(text, number);
                text_addf(text, " %s", setting->units[0].name);
                break;
        case SETTING_SIZE:
                memcpy(sides, field, sizeof(sides));
                text_addf(text, "%ux%u", sides[0], sides[1]);
                break;
        }
}

bool setting_equal(const struct setting *setting, const void *a, const void *b)
{
        const void *a_field = const_field_of(setting, a), *b_field = const_field_of(setting, b);
        double a_number, b_number;

        switch (setting->type) {
        case SETTING_TEXT:
        case SETTING_TIME_ZONE:
        case SETTING_WORD:
        case SETTING_PORT:
                return strcmp(a_field, b_field) == 0;
        case SETTING_QUANTITY:
                memcpy(&a_number, a_field, sizeof(a_number));
                memcpy(&b_number, b_field, sizeof(b_number));
                return a_number == b_number;
        case SETTING_CHOICE:
        case SETTING_INTEGER:
        case SETTING_SIZE:
                break;
        }
        return memcmp(a_field, b_field, setting->size) == 0;
}

void setting_copy(const struct setting *setting, void *to, const void *from)
{
        memcpy(field_of(setting, to), const_field_of(setting, from), setting->size);
}
