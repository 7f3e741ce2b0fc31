/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "capture/camera_ticker.h"

#define TICKS 8
#define LATE_PERIODS 20

struct ticks {
        pthread_mutex_t mutex;
        pthread_cond_t changed;
        unsigned count;
        bool early; /* a tick came before it was due */
        uint64_t numbers[TICKS];
        int64_t due_boottime_ns[TICKS];
        int64_t late_ns; /* the first tick takes that long */
};

static void take_tick(void *userdata, uint64_t number, int64_t due_boottime_ns)
{
        struct ticks *ticks = userdata;

        pthread_mutex_lock(&ticks->mutex);
        ticks->early |= clock_boottime_ns() < due_boottime_ns;
        if (ticks->count < TICKS) {
                ticks->numbers[ticks->count] = number;
                ticks->due_boottime_ns[ticks->count] = due_boottime_ns;
                ticks->count++;
        }
        pthread_cond_broadcast(&ticks->changed);
        pthread_mutex_unlock(&ticks->mutex);
        while (number == 1 && clock_boottime_ns() < due_boottime_ns + ticks->late_ns)
                continue;
}

static void run(double rate_hz, int64_t late_ns, struct ticks *ticks)
{
        struct camera_ticker *ticker;

        *ticks = (struct ticks){.late_ns = late_ns};
        pthread_mutex_init(&ticks->mutex, NULL);
        pthread_cond_init(&ticks->changed, NULL);
        assert_int_equal(camera_ticker_start(rate_hz, take_tick, ticks, &ticker), 0);
        pthread_mutex_lock(&ticks->mutex);
        while (ticks->count < TICKS)
                pthread_cond_wait(&ticks->changed, &ticks->mutex);
        pthread_mutex_unlock(&ticks->mutex);
        camera_ticker_stop(ticker);
        assert_false(ticks->early);
        pthread_cond_destroy(&ticks->changed);
        pthread_mutex_destroy(&ticks->mutex);
}

static void instants_follow_from_numbers(void **state)
{
        struct ticks ticks;

        run(300, 0, &ticks); /* its period is no whole number of nanoseconds */
        assert_int_equal(ticks.numbers[0], 1);
        for (unsigned i = 1; i < TICKS; i++) {
                int64_t thirds = (int64_t)(ticks.numbers[i] - ticks.numbers[0]) * 10 * NS_PER_MS;
                int64_t error = (ticks.due_boottime_ns[i] - ticks.due_boottime_ns[0]) * 3 - thirds;

                assert_true(ticks.numbers[i] > ticks.numbers[i - 1]);
                assert_true(error >= -3 && error <= 3); /* each instant is rounded by itself */
        }
}

static void slow_tick_leaves_out_what_it_missed(void **state)
{
        const double rate_hz = 1000;
        struct ticks ticks;

        run(rate_hz, LATE_PERIODS * NS_PER_MS, &ticks);
        assert_int_equal(ticks.numbers[0], 1);
        assert_true(ticks.numbers[1] >= 1 + LATE_PERIODS);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(instants_follow_from_numbers),
                cmocka_unit_test(slow_tick_leaves_out_what_it_missed),
        };

        camera_ticker_stop(NULL);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
