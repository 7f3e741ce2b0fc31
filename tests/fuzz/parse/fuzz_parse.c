/* SPDX-License-Identifier: MIT */
/* Any text as a number, a quantity, a size and an instant: refused with the output untouched, or taken, and then the value written out
 * reads back the same. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/text.h"
#include "base/utc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
        if (!condition)
                abort();
}

static void integers(const char *text)
{
        int64_t value = 42, again;
        uint64_t magnitude = 42;
        char written[32];
        int r = parse_int64(text, &value);

        require(r == 0 || ((r == -EINVAL || r == -ERANGE) && value == 42));
        if (r == 0) {
                snprintf(written, sizeof(written), "%" PRId64, value);
                require(parse_int64(written, &again) == 0 && again == value);
        }
        r = parse_uint64(text, &magnitude);
        require(r == 0 || ((r == -EINVAL || r == -ERANGE) && magnitude == 42));
        require(r < 0 || value == (int64_t)magnitude || magnitude > INT64_MAX);
}

static void reals(const char *text)
{
        double value = 42, again, quantity = 42;
        char written[64];
        int r = parse_double(text, &value);

        require(r == 0 || ((r == -EINVAL || r == -ERANGE) && value == 42));
        require(isfinite(value));
        if (r == 0) {
                snprintf(written, sizeof(written), "%.17g", value);
                require(parse_double(written, &again) == 0 && again == value);
                /* A number alone is in the base unit. */
                require(parse_quantity(text, units_length_m, &quantity) == 0 && quantity == value);
        }
}

static void quantities(const char *text)
{
        static const struct unit *const tables[] = {units_length_m, units_time_s, units_angle_deg, units_speed_mps,
                                                    units_rate_hz};

        for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
                double value = 42;
                int r = parse_quantity(text, tables[i], &value);

                require(r == 0 || ((r == -EINVAL || r == -ERANGE || r == -EDOM) && value == 42));
                require(isfinite(value));
        }
}

static void sizes(const char *text)
{
        unsigned width = 42, height = 42;

        if (parse_size(text, &width, &height) == 0)
                require(width >= 1 && width <= 65535 && height >= 1 && height <= 65535);
        else
                require(width == 42 && height == 42);
}

static void instants(const char *text)
{
        char written[UTC_TEXT_SIZE];
        int64_t utc_ns = -42, again;

        if (utc_parse(text, &utc_ns) == 0) {
                require(utc_ns >= 0);
                require(utc_parse(utc_format_ms(utc_ns, written), &again) == 0 && again == utc_ns - utc_ns % 1000000);
        } else {
                require(utc_ns == -42);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct text text = {0};
        struct text quoted = {0};
        struct json_out json;

        text_add_bytes(&text, data, size);
        integers(text.data);
        reals(text.data);
        quantities(text.data);
        sizes(text.data);
        instants(text.data);

        json_out_begin(&json, &quoted);
        json_out_string(&json, NULL, text.data);
        require(text_is_utf8(quoted.data));
        text_finish(&quoted);
        text_finish(&text);
        return 0;
}
