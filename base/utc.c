/* SPDX-License-Identifier: MIT */
#include "base/utc.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NS_PER_SECOND INT64_C(1000000000)
#define SECONDS_PER_DAY INT64_C(86400)
#define DAYS_PER_ERA 146097 /* 400 years of the Gregorian calendar */
#define DAYS_PER_CENTURY 36524
#define DAYS_PER_FOUR_YEARS 1461
/* From 0000-03-01 to 1970-01-01: years are counted from March, so that the leap day is a year's last. */
#define EPOCH_DAY 719468

static int64_t floor_divide(int64_t value, int64_t divisor)
{
        return value / divisor - (value % divisor < 0);
}

static bool is_leap_year(int year)
{
        return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in_month(int year, int month)
{
        static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

        return days[month - 1] + (month == 2 && is_leap_year(year));
}

/* Days of the months from March up to (not with) the given one, 0 = March: 31, 30, 31, 30, 31 repeats every five months. */
static int days_before_month(int months_from_march)
{
        return (153 * months_from_march + 2) / 5;
}

static void split_date(int64_t unix_day, struct utc_fields *fields)
{
        int64_t day = unix_day + EPOCH_DAY;
        int64_t era = floor_divide(day, DAYS_PER_ERA);
        int in_era = (int)(day - era * DAYS_PER_ERA);
        /* The last day of a leap cycle, a century's four years and an era is the leap day: it must not open a year. */
        int leap_days = in_era / (DAYS_PER_FOUR_YEARS - 1) - in_era / DAYS_PER_CENTURY + in_era / (DAYS_PER_ERA - 1);
        int year = (in_era - leap_days) / 365;
        int in_year = in_era - (365 * year + year / 4 - year / 100);
        int months = (5 * in_year + 2) / 153;

        fields->day = in_year - days_before_month(months) + 1;
        fields->month = months < 10 ? months + 3 : months - 9;
        fields->year = (int)(era * 400) + year + (months >= 10);
}

static int64_t unix_day_of(int year, int month, int day)
{
        int64_t from_march = month > 2 ? year : (int64_t)year - 1;
        int64_t era = floor_divide(from_march, 400);
        int64_t of_era = from_march - era * 400;
        int months = month > 2 ? month - 3 : month + 9;

        return era * DAYS_PER_ERA + 365 * of_era + of_era / 4 - of_era / 100 + days_before_month(months) + day - 1 -
               EPOCH_DAY;
}

void utc_split(int64_t utc_ns, struct utc_fields *ret_fields)
{
        int64_t seconds = floor_divide(utc_ns, NS_PER_SECOND);
        int64_t day = floor_divide(seconds, SECONDS_PER_DAY);
        int in_day = (int)(seconds - day * SECONDS_PER_DAY);

        split_date(day, ret_fields);
        ret_fields->hour = in_day / 3600;
        ret_fields->minute = in_day / 60 % 60;
        ret_fields->second = in_day % 60;
        /* Not utc_ns - seconds * NS_PER_SECOND: at the far end of the range the product does not fit. */
        ret_fields->nanosecond = (int)((utc_ns % NS_PER_SECOND + NS_PER_SECOND) % NS_PER_SECOND);
}

const char *utc_format_ms(int64_t utc_ns, char text[static UTC_TEXT_SIZE])
{
        struct utc_fields f;

        utc_split(utc_ns, &f);
        snprintf(text, UTC_TEXT_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", (unsigned)f.year % 10000,
                 (unsigned)f.month % 100, (unsigned)f.day % 100, (unsigned)f.hour % 100, (unsigned)f.minute % 100,
                 (unsigned)f.second % 100, (unsigned)(f.nanosecond / 1000000) % 1000);
        return text;
}

const char *utc_format_compact(int64_t utc_ns, char text[static UTC_TEXT_SIZE])
{
        struct utc_fields f;

        utc_split(utc_ns, &f);
        snprintf(text, UTC_TEXT_SIZE, "%04u%02u%02uT%02u%02u%02uZ", (unsigned)f.year % 10000, (unsigned)f.month % 100,
                 (unsigned)f.day % 100, (unsigned)f.hour % 100, (unsigned)f.minute % 100, (unsigned)f.second % 100);
        return text;
}

/* Takes exactly `count` digits at *cursor. Returns their value, or -1. */
static int take_digits(const char **cursor, int count)
{
        int value = 0;

        for (int i = 0; i < count; i++) {
                char c = (*cursor)[i];

                if (c < '0' || c > '9')
                        return -1;
                value = value * 10 + (c - '0');
        }
        *cursor += count;
        return value;
}

static bool take_character(const char **cursor, char wanted)
{
        if (**cursor != wanted)
                return false;
        ++*cursor;
        return true;
}

/* Up to nine decimals, as nanoseconds. Returns -1 when there are none, or more. */
static int take_decimals(const char **cursor)
{
        int value = 0, count = 0;

        for (; **cursor >= '0' && **cursor <= '9'; ++*cursor) {
                if (++count > 9)
                        return -1;
                value = value * 10 + (**cursor - '0');
        }
        if (count == 0)
                return -1;
        for (; count < 9; count++)
                value *= 10;
        return value;
}

static bool take_date(const char **cursor, struct utc_fields *fields)
{
        fields->year = take_digits(cursor, 4);
        if (fields->year < 1970 || fields->year > 2261 || !take_character(cursor, '-'))
                return false;
        fields->month = take_digits(cursor, 2);
        if (fields->month < 1 || fields->month > 12 || !take_character(cursor, '-'))
                return false;
        fields->day = take_digits(cursor, 2);
        return fields->day >= 1 && fields->day <= days_in_month(fields->year, fields->month);
}

/* A leap second (":60") has no POSIX time of its own: it is read as the first instant of the next minute. */
static bool take_time(const char **cursor, struct utc_fields *fields)
{
        fields->hour = take_digits(cursor, 2);
        if (fields->hour < 0 || fields->hour > 23 || !take_character(cursor, ':'))
                return false;
        fields->minute = take_digits(cursor, 2);
        if (fields->minute < 0 || fields->minute > 59 || !take_character(cursor, ':'))
                return false;
        fields->second = take_digits(cursor, 2);
        if (fields->second < 0 || fields->second > 60)
                return false;
        if (fields->second == 60 && (fields->hour != 23 || fields->minute != 59))
                return false;
        if (take_character(cursor, '.')) {
                fields->nanosecond = take_decimals(cursor);
                if (fields->nanosecond < 0)
                        return false;
        }
        if (fields->second == 60)
                fields->nanosecond = 0;
        return strcmp(*cursor, "Z") == 0 || strcmp(*cursor, "+00:00") == 0;
}

int utc_parse(const char *text, int64_t *ret_utc_ns)
{
        struct utc_fields fields = {0};
        const char *cursor = text;
        int64_t seconds;

        if (!take_date(&cursor, &fields))
                return -EINVAL;
        if (*cursor != '\0' && (!take_character(&cursor, 'T') || !take_time(&cursor, &fields)))
                return -EINVAL;

        seconds = unix_day_of(fields.year, fields.month, fields.day) * SECONDS_PER_DAY + fields.hour * 3600 +
                  fields.minute * 60 + fields.second;
        *ret_utc_ns = seconds * NS_PER_SECOND + fields.nanosecond;
        return 0;
}
