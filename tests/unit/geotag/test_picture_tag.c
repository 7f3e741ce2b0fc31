/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "geotag/picture_tag.h"

static void source_and_text_go_both_ways(void **state)
{
        for (int i = POSITION_NONE; i <= POSITION_BRIDGED; i++) {
                enum position_source source = POSITION_NONE;

                assert_int_equal(position_source_from_text(position_source_text((enum position_source)i), &source), 0);
                assert_int_equal(source, i);
        }
        assert_string_equal(position_source_text(POSITION_EXTRAPOLATED), "extrapolated");
}

static void unknown_source_is_refused(void **state)
{
        static const char *const texts[] = {"", "Interpolated", "interpolated ", "gps"};

        for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
                enum position_source source = POSITION_BRIDGED;

                assert_int_equal(position_source_from_text(texts[i], &source), -EINVAL);
                assert_int_equal(source, POSITION_BRIDGED);
        }
        assert_string_equal(position_source_text((enum position_source)99), "none");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(source_and_text_go_both_ways),
                cmocka_unit_test(unknown_source_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
