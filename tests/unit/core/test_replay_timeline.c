/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "capture/replay_timeline.h"
#include "geotag/fix.h"

#define EPOCH_NS (INT64_C(1599153712) * NS_PER_S)
#define LATENCY_NS (100 * NS_PER_MS)
#define NO_PREFIX INT64_MIN

static void prefixes_are_read(void **state)
{
        static const struct {
                const char *line;
                size_t length;
                int64_t unix_ns;
        } good[] = {
                {"1599153712.123456: {\"class\"", 19, EPOCH_NS + 123456000},
                {"1599153712.123456 {", 18, EPOCH_NS + 123456000},
                {"1599153712.1\t{", 13, EPOCH_NS + 100000000},
                {"1599153712.123456789123: {", 26 - 1, EPOCH_NS + 123456789},
                {"0.5: {", 5, 500000000},
                {"4102444799.999999999: {", 22, TIME_MAX_NS - 1},
                {"2020-09-03 17:21:52 1599153712.123456: {", 39, EPOCH_NS + 123456000},
        };
        static const char *const bad[] = {
                "",
                "{\"class\":\"TPV\"}",
                "1599153712: {",
                "1599153712.: {",
                "1599153712.5",
                ".5: {",
                "-1.5: {",
                "1599153712.5{",
                " 1599153712.5: {",
                "15991537120000.5: {",
                "1.5e3: {",
                "4102444800.0: {",
                "99999999999.0: {",
                "0x5.5: {",
                "2020-09-03 1599153712.5: {",
                "2020-09-03 17:21:52 {",
                "2020-09-03 17:21:52",
                "2020-09-03 17:21:52 1599153712",
        };

        for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
                int64_t unix_ns = -1;

                assert_int_equal(replay_prefix(good[i].line, strlen(good[i].line), &unix_ns), good[i].length);
                assert_int_equal(unix_ns, good[i].unix_ns);
        }
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                int64_t unix_ns = -7;

                assert_int_equal(replay_prefix(bad[i], strlen(bad[i]), &unix_ns), 0);
                assert_int_equal(unix_ns, -7);
        }
        /* No byte beyond the length is looked at. */
        for (size_t length = 0; length < 19; length++) {
                int64_t unix_ns;

                assert_int_equal(replay_prefix("1599153712.123456: ", length, &unix_ns), length < 18 ? 0 : 18);
        }
}

static struct replay_timeline begin(void)
{
        struct replay_timeline timeline;

        replay_timeline_init(&timeline, LATENCY_NS);
        return timeline;
}

static void without_prefix_arrival_is_epoch_and_latency(void **state)
{
        struct replay_timeline timeline = begin();

        for (int i = 0; i < 10; i++) {
                int64_t epoch_ns = EPOCH_NS + i * 200 * NS_PER_MS;

                assert_int_equal(replay_timeline_peek_ns(&timeline, epoch_ns, NO_PREFIX), epoch_ns + LATENCY_NS);
                assert_int_equal(replay_timeline_timed_ns(&timeline, epoch_ns, NO_PREFIX), epoch_ns + LATENCY_NS);
                /* Said again it is the same arrival. */
                assert_int_equal(replay_timeline_timed_ns(&timeline, epoch_ns, NO_PREFIX), epoch_ns + LATENCY_NS);
        }
        /* A hole is a hole. */
        assert_int_equal(replay_timeline_timed_ns(&timeline, EPOCH_NS + 3600 * NS_PER_S, NO_PREFIX),
                         EPOCH_NS + 3600 * NS_PER_S + LATENCY_NS);
}

static void with_prefix_that_is_the_arrival(void **state)
{
        struct replay_timeline timeline = begin();

        assert_int_equal(replay_timeline_timed_ns(&timeline, EPOCH_NS, EPOCH_NS + 7), EPOCH_NS + 7);
        assert_int_equal(replay_timeline_timed_ns(&timeline, 0, EPOCH_NS + 9), EPOCH_NS + 9);
        /* Never back. */
        assert_int_equal(replay_timeline_timed_ns(&timeline, EPOCH_NS, EPOCH_NS + 8), EPOCH_NS + 9);
}

static void a_step_back_goes_on_by_the_interval(void **state)
{
        struct replay_timeline timeline = begin();
        int64_t arrival_ns = 0;

        for (int i = 0; i < 10; i++)
                arrival_ns = replay_timeline_timed_ns(&timeline, EPOCH_NS + i * 500 * NS_PER_MS, NO_PREFIX);
        for (int i = 0; i < 10; i++) { /* the epochs step back by 3 s */
                int64_t next_ns = replay_timeline_timed_ns(&timeline, EPOCH_NS + (2 + i) * 500 * NS_PER_MS, NO_PREFIX);

                assert_int_equal(next_ns, arrival_ns + 500 * NS_PER_MS);
                arrival_ns = next_ns;
        }
}

static void one_late_solution_is_no_step(void **state)
{
        struct replay_timeline timeline = begin();

        for (int i = 0; i < 20; i++) {
                int64_t epoch_ns = EPOCH_NS + i * NS_PER_S;
                int64_t arrival_ns = replay_timeline_timed_ns(&timeline, epoch_ns, NO_PREFIX), late_ns;

                /* The shift of the late one may put this one off by at most an interval, and not for ever. */
                assert_true(arrival_ns >= epoch_ns + LATENCY_NS && arrival_ns <= epoch_ns + LATENCY_NS + NS_PER_S);
                if (i % 4 == 3) {
                        late_ns = replay_timeline_timed_ns(&timeline, epoch_ns - 2 * NS_PER_S, NO_PREFIX);
                        assert_true(late_ns >= arrival_ns && late_ns <= arrival_ns + NS_PER_S);
                }
        }
        assert_int_equal(replay_timeline_timed_ns(&timeline, EPOCH_NS + 21 * NS_PER_S, NO_PREFIX),
                         EPOCH_NS + 21 * NS_PER_S + LATENCY_NS);
}

static void a_fix_without_time_advances_by_the_interval(void **state)
{
        struct replay_timeline timeline = begin();
        int64_t arrival_ns;

        replay_timeline_timed_ns(&timeline, EPOCH_NS, NO_PREFIX);
        arrival_ns = replay_timeline_timed_ns(&timeline, EPOCH_NS + NS_PER_S, NO_PREFIX);
        assert_int_equal(replay_timeline_timeless_ns(&timeline, INT64_MAX), arrival_ns + NS_PER_S);
        assert_int_equal(replay_timeline_timeless_ns(&timeline, arrival_ns + 5 * NS_PER_S), arrival_ns + 2 * NS_PER_S);
        /* Not past the next time known. */
        assert_int_equal(replay_timeline_timeless_ns(&timeline, arrival_ns + 2 * NS_PER_S + 5),
                         arrival_ns + 2 * NS_PER_S + 5);
        assert_int_equal(replay_timeline_timeless_ns(&timeline, arrival_ns + 2 * NS_PER_S + 5),
                         arrival_ns + 2 * NS_PER_S + 5);
}

static void arrivals_never_step_back(void **state)
{
        struct replay_timeline timeline = begin();
        int64_t last_ns = INT64_MIN;
        uint64_t x = 88172645463325252u;

        for (int i = 0; i < 100000; i++) {
                int64_t epoch_ns, arrival_ns;

                x ^= x << 13; /* Marsaglia's xorshift */
                x ^= x >> 7;
                x ^= x << 17;
                epoch_ns = (int64_t)(x % (uint64_t)TIME_MAX_NS);
                if (x % 5 == 0)
                        arrival_ns = replay_timeline_timeless_ns(&timeline, INT64_MAX);
                else
                        arrival_ns =
                                replay_timeline_timed_ns(&timeline, epoch_ns, x % 7 == 0 ? epoch_ns / 2 : NO_PREFIX);
                assert_true(arrival_ns >= last_ns);
                last_ns = arrival_ns;
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(prefixes_are_read),
                cmocka_unit_test(without_prefix_arrival_is_epoch_and_latency),
                cmocka_unit_test(with_prefix_that_is_the_arrival),
                cmocka_unit_test(a_step_back_goes_on_by_the_interval),
                cmocka_unit_test(one_late_solution_is_no_step),
                cmocka_unit_test(a_fix_without_time_advances_by_the_interval),
                cmocka_unit_test(arrivals_never_step_back),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
