/* SPDX-License-Identifier: MIT */
/* Strict parsing of numbers: no leading blanks, no trailing junk, no locale, no hexadecimal, no "nan" or "inf". Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Each returns 0, -EINVAL (not such a number) or -ERANGE (does not fit); ret untouched on failure. */
int parse_int64(const char *text, int64_t *ret_value);
int parse_uint64(const char *text, uint64_t *ret_value);
int parse_double(const char *text, double *ret_value);

/* A unit; one of it is multiplier / divisor in the base unit of its quantity: {"km", 1000, 1}, {"ms", 1, 1000}. Two numbers, since
 * "1001 ms" is to be the double next to 1.001, as "1.001 s" is. A table ends with a NULL name. The first row is the base unit. */
struct unit {
        const char *name;
        double multiplier, divisor;
};

extern const struct unit units_length_m[];  /* m, cm, mm, km */
extern const struct unit units_time_s[];    /* s, ms, us, min, h, d */
extern const struct unit units_angle_deg[]; /* deg */
extern const struct unit units_speed_mps[]; /* m/s, km/h */
extern const struct unit units_rate_hz[];   /* fps, Hz */

/* "5 m", "5m", "0.5 km": a number, optional blanks, an optional unit of the table (none means the base unit).
 * Returns 0, -EINVAL (not a number), -ERANGE, or -EDOM (a unit that the table lacks). */
int parse_quantity(const char *text, const struct unit *units, double *ret_value);

/* "1920x1080": two numbers from 1 to 65535. Returns 0 or -EINVAL. */
int parse_size(const char *text, unsigned *ret_width, unsigned *ret_height);
