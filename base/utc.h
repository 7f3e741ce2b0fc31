/* SPDX-License-Identifier: MIT */
/* UTC as nanoseconds since 1970-01-01T00:00:00Z (POSIX time, leap seconds not counted) and its text, RFC 3339. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define UTC_TEXT_SIZE 32

/* Writes "2026-11-23T10:15:00.123Z" (rounded down to the millisecond). Years 1970 to 2261. Returns text. */
const char *utc_format_ms(int64_t utc_ns, char text[static UTC_TEXT_SIZE]);

/* Same instant as "20261123T101500Z": the name of a run. */
const char *utc_format_compact(int64_t utc_ns, char text[static UTC_TEXT_SIZE]);

/* Strict RFC 3339 in UTC ("Z" or "+00:00"), 0 to 9 decimals, also a bare date "2026-11-23" (its midnight). Trailing
 * characters are an error. Years 1970 to 2261. A leap second (23:59:60) is read as the midnight after it.
 * Returns 0 or -EINVAL (ret untouched). */
int utc_parse(const char *text, int64_t *ret_utc_ns);

struct utc_fields {
        int year, month, day, hour, minute, second; /* month 1-12, day 1-31 */
        int nanosecond;                             /* 0 to 999,999,999 */
};

/* Broken-down proleptic Gregorian time of utc_ns (add an offset first for a local time). Negative utc_ns allowed. */
void utc_split(int64_t utc_ns, struct utc_fields *ret_fields);
