/* SPDX-License-Identifier: MIT */
#include "base/parse.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

const struct unit units_length_m[] = {{"m", 1, 1}, {"cm", 1, 100}, {"mm", 1, 1000}, {"km", 1000, 1}, {NULL, 0, 0}};
const struct unit units_time_s[] = {{"s", 1, 1},    {"ms", 1, 1000}, {"us", 1, 1e6}, {"min", 60, 1},
                                    {"h", 3600, 1}, {"d", 86400, 1}, {NULL, 0, 0}};
const struct unit units_angle_deg[] = {{"deg", 1, 1}, {NULL, 0, 0}};
const struct unit units_speed_mps[] = {{"m/s", 1, 1}, {"km/h", 1, 3.6}, {NULL, 0, 0}};
const struct unit units_rate_hz[] = {{"fps", 1, 1}, {"Hz", 1, 1}, {NULL, 0, 0}};

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

static size_t count_digits(const char *text)
{
        size_t count = 0;

        while (is_digit(text[count]))
                count++;
        return count;
}

int parse_uint64(const char *text, uint64_t *ret_value)
{
        const char *digits = text + (*text == '+');
        size_t count = count_digits(digits);
        uint64_t value = 0;

        if (count == 0 || digits[count] != '\0')
                return -EINVAL;
        for (; *digits; digits++) {
                if (__builtin_mul_overflow(value, UINT64_C(10), &value) ||
                    __builtin_add_overflow(value, (uint64_t)(*digits - '0'), &value))
                        return -ERANGE;
        }
        *ret_value = value;
        return 0;
}

int parse_int64(const char *text, int64_t *ret_value)
{
        bool negative = *text == '-';
        uint64_t magnitude;
        int r;

        if (negative && text[1] == '+')
                return -EINVAL;
        r = parse_uint64(text + negative, &magnitude);
        if (r < 0)
                return r;
        if (magnitude > (uint64_t)INT64_MAX + negative)
                return -ERANGE;
        /* In two steps, since the magnitude of INT64_MIN is no int64. */
        *ret_value = negative && magnitude > 0 ? -(int64_t)(magnitude - 1) - 1 : (int64_t)magnitude;
        return 0;
}

/* Length of the decimal number at the start of text: sign, digits, a point with digits, an exponent; 0 when there is none. */
static size_t number_length(const char *text)
{
        size_t length = *text == '+' || *text == '-';
        size_t digits = count_digits(text + length);

        if (digits == 0)
                return 0;
        length += digits;
        if (text[length] == '.') {
                digits = count_digits(text + length + 1);
                if (digits == 0)
                        return 0;
                length += 1 + digits;
        }
        if (text[length] == 'e' || text[length] == 'E') {
                size_t sign = text[length + 1] == '+' || text[length + 1] == '-';

                digits = count_digits(text + length + 1 + sign);
                if (digits > 0)
                        length += 1 + sign + digits;
        }
        return length;
}

/* The number at the start of text, which number_length has found; what follows it is not read as part of it. */
static int read_number(const char *text, double *ret_value)
{
        locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
        double value;

        if (c_locale == (locale_t)0)
                return -ENOMEM;
        value = strtod_l(text, NULL, c_locale);
        freelocale(c_locale);
        if (!isfinite(value))
                return -ERANGE;
        *ret_value = value;
        return 0;
}

int parse_double(const char *text, double *ret_value)
{
        size_t length = number_length(text);

        if (length == 0 || text[length] != '\0')
                return -EINVAL;
        return read_number(text, ret_value);
}

static const struct unit *find_unit(const struct unit *units, const char *name)
{
        if (*name == '\0')
                return units;
        for (; units->name; units++) {
                if (strcmp(units->name, name) == 0)
                        return units;
        }
        return NULL;
}

int parse_quantity(const char *text, const struct unit *units, double *ret_value)
{
        size_t length = number_length(text);
        const char *name = text + length;
        const struct unit *unit;
        double value;
        int r;

        if (length == 0 || *name == '.')
                return -EINVAL;
        name += strspn(name, " \t");
        if (*name == '\0' && name != text + length)
                return -EINVAL;
        unit = find_unit(units, name);
        if (!unit)
                return -EDOM;
        /* "0x10" is a zero for number_length, and 16 for strtod: it never gets here, since "x10" is no unit. */
        r = read_number(text, &value);
        if (r < 0)
                return r;
        value = value * unit->multiplier / unit->divisor;
        if (!isfinite(value))
                return -ERANGE;
        *ret_value = value;
        return 0;
}

/* One of the two numbers of a size; *cursor moves behind it. */
static bool take_side(const char **cursor, unsigned *ret_side)
{
        size_t digits = count_digits(*cursor);
        unsigned side = 0;

        if (digits == 0 || digits > 5)
                return false;
        for (size_t i = 0; i < digits; i++)
                side = side * 10 + (unsigned)((*cursor)[i] - '0');
        if (side < 1 || side > 65535)
                return false;
        *cursor += digits;
        *ret_side = side;
        return true;
}

int parse_size(const char *text, unsigned *ret_width, unsigned *ret_height)
{
        const char *cursor = text;
        unsigned width, height;

        if (!take_side(&cursor, &width) || *cursor != 'x')
                return -EINVAL;
        cursor++;
        if (!take_side(&cursor, &height) || *cursor != '\0')
                return -EINVAL;
        *ret_width = width;
        *ret_height = height;
        return 0;
}
