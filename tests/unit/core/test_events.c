/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "capture/events.h"
#include "geotag/fix.h"

static struct event parse(const struct text *text)
{
        struct event event;

        assert_null(strchr(text->data, '\n'));
        assert_int_equal(event_parse(text->data, text->length, &event), 0);
        return event;
}

static void start_and_config_there_and_back(void **state)
{
        static const char config[] = "[vehicle]\nid = \"Müller\\\" \t\nx = é\n# \x01 control\n";
        struct text text = {0};
        struct event event;

        event_write_start(&text, 123, config);
        event = parse(&text);
        assert_int_equal(event.kind, EVENT_START);
        assert_int_equal(event.boottime_ns, 123);
        assert_string_equal(event.config, config);
        event_finish(&event);
        assert_null(event.config);
        event_write_config(&text, 0, "");
        event = parse(&text);
        assert_int_equal(event.kind, EVENT_CONFIG);
        assert_string_equal(event.config, "");
        event_finish(&event);
        event_finish(&event); /* harmless */
        text_finish(&text);
}

static void a_report_there_and_back(void **state)
{
        static const char report[] =
                "{\"class\":\"TPV\",\"mode\":3,\"lat\":48.123456789012345,\"lon\":-1.0e-7,\"speed\":0.1,"
                "\"alt\":545,\"device\":\"/dev/tty\\u00e9\",\"big\":9007199254740993}";
        struct text text = {0}, again = {0};
        struct event event;

        event_write_gpsd(&text, 5000000000, -1795428900123456789, report, strlen(report));
        event = parse(&text);
        assert_int_equal(event.kind, EVENT_GPSD);
        assert_int_equal(event.boottime_ns, 5000000000);
        assert_int_equal(event.realtime_minus_boottime_ns, -1795428900123456789);
        assert_int_equal(event.report_length, strlen(event.report));
        assert_non_null(strstr(event.report, "\"big\":9007199254740993"));
        assert_non_null(strstr(event.report, "\"alt\":545"));
        assert_non_null(strstr(event.report, "48.12345678901234")); /* 17 digits: the very same double */
        /* Written again it stays the same for ever. */
        event_write_gpsd(&text, 1, 2, event.report, event.report_length);
        event_finish(&event);
        event = parse(&text);
        event_write_gpsd(&again, 1, 2, event.report, event.report_length);
        assert_string_equal(text.data, again.data);
        event_finish(&event);
        text_finish(&text);
        text_finish(&again);
}

static void a_frame_there_and_back(void **state)
{
        static const double gains[] = {1, 1.0 / 3, 1.9921875, 7.000000000000001, 1e-9, 1e300, 0};
        struct text text = {0};
        struct event event;

        event_write_frame(&text, 9, "front", &(struct frame_info){42, 8, 10000000, 2.25, 0});
        event = parse(&text);
        assert_int_equal(event.kind, EVENT_FRAME);
        assert_string_equal(event.camera, "front");
        assert_int_equal(event.frame.number, 42);
        assert_int_equal(event.frame.exposure_mid_boottime_ns, 8);
        assert_int_equal(event.frame.exposure_ns, 10000000);
        assert_true(event.frame.gain == 2.25);
        assert_int_equal(event.frame.ring_frames, 0);
        assert_null(strstr(text.data, "ring"));
        event_finish(&event);
        for (unsigned ring = 1; ring <= UINT16_MAX; ring = ring * 2 + 1) {
                event_write_frame(&text, 9, "front", &(struct frame_info){42, 8, 10000000, 2.25, ring});
                event = parse(&text);
                assert_int_equal(event.frame.ring_frames, ring);
                assert_int_equal(event.frame.number, 42);
                event_finish(&event);
        }
        event_write_frame(&text, 9, "front", &(struct frame_info){42, 8, 10000000, 2.25, 2});
        assert_non_null(strstr(text.data, "\"ring\":2"));
        for (size_t i = 0; i < sizeof(gains) / sizeof(gains[0]); i++) {
                event_write_frame(&text, 9, "front", &(struct frame_info){42, 8, 10000000, gains[i], 0});
                event = parse(&text);
                assert_true(event.frame.gain == gains[i]);
                event_finish(&event);
        }
        event_write_frame(&text, 9, "abcdefghijklmnopqrstuvwxyz-01234", &(struct frame_info){1, 8, 0, NAN, 0});
        assert_int_equal(event_parse(text.data, text.length, &event), -EBADMSG); /* 32 letters: no camera has so many */
        event_write_frame(&text, 9, "abcdefghijklmnopqrstuvwxyz-0123", &(struct frame_info){1, 8, 0, NAN, 0});
        event = parse(&text);
        assert_string_equal(event.camera, "abcdefghijklmnopqrstuvwxyz-0123");
        assert_true(isnan(event.frame.gain));
        event_finish(&event);
        text_finish(&text);
}

static void a_loss_there_and_back(void **state)
{
        struct text text = {0};

        for (int i = 0; i < GAP_REASON_COUNT; i++) {
                struct event event;

                event_write_lost(&text, 7, "left", 3, 123456789012345678, (enum gap_reason)i);
                event = parse(&text);
                assert_int_equal(event.kind, EVENT_LOST);
                assert_int_equal(event.reason, i);
                assert_int_equal(event.number, 3);
                assert_int_equal(event.exposure_mid_boottime_ns, 123456789012345678);
                assert_string_equal(event.camera, "left");
                event_finish(&event);
        }
        text_finish(&text);
}

static void states_and_stop_there_and_back(void **state)
{
        struct text text = {0};
        struct event event;

        event_write_state(&text, 7, "camera", "front", "stalled", "no \"frame\"\ncomes");
        event = parse(&text);
        assert_int_equal(event.kind, EVENT_CAMERA);
        event_finish(&event);
        event_write_state(&text, 8, "gpsd link", NULL, "up", "");
        event = parse(&text);
        assert_int_equal(event.kind, EVENT_LINK);
        event_finish(&event);
        event_write_events_lost(&text, 8, 12, 3);
        assert_non_null(strstr(text.data, "\"events\":12,\"fixes\":3"));
        event = parse(&text);
        assert_int_equal(event.kind, EVENT_EVENTS_LOST);
        event_finish(&event);
        event_write_stop(&text, 9);
        event = parse(&text);
        assert_int_equal(event.kind, EVENT_STOP);
        assert_int_equal(event.boottime_ns, 9);
        event_finish(&event);
        text_finish(&text);
}

static void what_is_no_event_is_refused(void **state)
{
        static const char whole[] =
                "{\"boottime_ns\":1,\"type\":\"frame\",\"camera\":\"a\",\"number\":1,\"exposure_mid_boottime_ns\":1,\"exposure_ns\":0,\"ring\":2}";
        static const char *const lines[] = {
                "",
                "junk",
                "[]",
                "{}",
                "{\"boottime_ns\":1}",
                "{\"type\":\"stop\"}",
                "{\"boottime_ns\":1.5,\"type\":\"stop\"}",
                "{\"boottime_ns\":\"1\",\"type\":\"stop\"}",
                "{\"boottime_ns\":-1,\"type\":\"stop\"}",
                "{\"boottime_ns\":4102444800000000000,\"type\":\"stop\"}",
                "{\"boottime_ns\":99999999999999999999,\"type\":\"stop\"}",
                "{\"boottime_ns\":1,\"boottime_ns\":1,\"type\":\"stop\"}",
                "{\"boottime_ns\":1,\"type\":\"halt\"}",
                "{\"boottime_ns\":1,\"type\":5}",
                "{\"boottime_ns\":1,\"type\":\"stop\"",
                "{\"boottime_ns\":1,\"type\":\"stop\"}x",
                "{\"boottime_ns\":1,\"type\":\"start\"}",
                "{\"boottime_ns\":1,\"type\":\"config\",\"config\":5}",
                "{\"boottime_ns\":1,\"type\":\"config\",\"config\":\"a\\u0000b\"}",
                "{\"boottime_ns\":1,\"type\":\"gpsd\",\"realtime_minus_boottime_ns\":0}",
                "{\"boottime_ns\":1,\"type\":\"gpsd\",\"report\":{}}",
                "{\"boottime_ns\":1,\"type\":\"gpsd\",\"realtime_minus_boottime_ns\":0,\"report\":[]}",
                "{\"boottime_ns\":1,\"type\":\"gpsd\",\"realtime_minus_boottime_ns\":-9223372036854775808,\"report\":{}}",
                "{\"boottime_ns\":1,\"type\":\"frame\",\"number\":1,\"exposure_mid_boottime_ns\":1,\"exposure_ns\":0}",
                "{\"boottime_ns\":1,\"type\":\"frame\",\"camera\":\"a\",\"number\":0,\"exposure_mid_boottime_ns\":1,\"exposure_ns\":0}",
                "{\"boottime_ns\":1,\"type\":\"frame\",\"camera\":\"a\",\"number\":-1,\"exposure_mid_boottime_ns\":1,\"exposure_ns\":0}",
                "{\"boottime_ns\":1,\"type\":\"frame\",\"camera\":\"a\",\"number\":1,\"exposure_ns\":0}",
                "{\"boottime_ns\":1,\"type\":\"frame\",\"camera\":\"a\",\"number\":1,\"exposure_mid_boottime_ns\":1,\"exposure_ns\":-1}",
                "{\"boottime_ns\":1,\"type\":\"frame\",\"camera\":\"a\",\"number\":1,\"exposure_mid_boottime_ns\":1,\"exposure_ns\":0,\"ring\":0}",
                "{\"boottime_ns\":1,\"type\":\"frame\",\"camera\":\"a\",\"number\":1,\"exposure_mid_boottime_ns\":1,\"exposure_ns\":0,\"ring\":-1}",
                "{\"boottime_ns\":1,\"type\":\"frame\",\"camera\":\"a\",\"number\":1,\"exposure_mid_boottime_ns\":1,\"exposure_ns\":0,\"ring\":65536}",
                "{\"boottime_ns\":1,\"type\":\"frame\",\"camera\":\"a\",\"number\":1,\"exposure_mid_boottime_ns\":1,\"exposure_ns\":0,\"ring\":4294967298}",
                "{\"boottime_ns\":1,\"type\":\"frame\",\"camera\":\"a\",\"number\":1,\"exposure_mid_boottime_ns\":1,\"exposure_ns\":0,\"ring\":99999999999999999999}",
                "{\"boottime_ns\":1,\"type\":\"frame\",\"camera\":\"a\",\"number\":1,\"exposure_mid_boottime_ns\":1,\"exposure_ns\":0,\"ring\":2.5}",
                "{\"boottime_ns\":1,\"type\":\"frame\",\"camera\":\"a\",\"number\":1,\"exposure_mid_boottime_ns\":1,\"exposure_ns\":0,\"ring\":\"2\"}",
                "{\"boottime_ns\":1,\"type\":\"frame\",\"camera\":\"a\",\"number\":1,\"exposure_mid_boottime_ns\":1,\"exposure_ns\":0,\"ring\":null}",
                "{\"boottime_ns\":1,\"type\":\"lost\",\"camera\":\"a\",\"number\":1,\"exposure_mid_boottime_ns\":1}",
                "{\"boottime_ns\":1,\"type\":\"lost\",\"camera\":\"a\",\"number\":1,\"reason\":\"no frame\"}",
                "{\"boottime_ns\":1,\"type\":\"lost\",\"camera\":\"a\",\"number\":1,\"exposure_mid_boottime_ns\":1,\"reason\":\"bad luck\"}",
                "{\"boottime_ns\":1,\"type\":\"lost\",\"camera\":\"a\",\"number\":1,\"exposure_mid_boottime_ns\":1,\"reason\":\"unknown\"}",
        };
        struct event event;

        assert_int_equal(event_parse(whole, strlen(whole), &event), 0); /* as those below, but right */
        event_finish(&event);
        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
                memset(&event, 0x5a, sizeof(event));
                assert_int_equal(event_parse(lines[i], strlen(lines[i]), &event), -EBADMSG);
                assert_int_equal(event.kind, 0x5a5a5a5a); /* untouched */
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(start_and_config_there_and_back), cmocka_unit_test(a_report_there_and_back),
                cmocka_unit_test(a_frame_there_and_back),          cmocka_unit_test(a_loss_there_and_back),
                cmocka_unit_test(states_and_stop_there_and_back),  cmocka_unit_test(what_is_no_event_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
