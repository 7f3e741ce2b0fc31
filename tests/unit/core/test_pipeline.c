/* SPDX-License-Identifier: MIT */
/* The daemon as it is, with an event loop of this test's own (by the linker): it calls what was set up, with clocks that stepped. */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "capture/pipeline.h"

#define TIMERS_MAX 8

static struct {
        void (*loop)(void);
        int64_t suspended_ns; /* what CLOCK_BOOTTIME is ahead of CLOCK_MONOTONIC */
        struct {
                sd_event_time_handler_t handler;
                void *userdata;
                uint64_t next_us; /* when it is to come next */
        } timers[TIMERS_MAX];
        unsigned timer_count;
        sd_event_signal_handler_t reload;
        void *reload_userdata;
        uint64_t told_monotonic_us;
} fake;

int64_t __wrap_clock_boottime_ns(void);
int __wrap_sd_event_loop(sd_event *event);
int __real_sd_event_add_time(sd_event *event, sd_event_source **source, clockid_t clock, uint64_t usec,
                             uint64_t accuracy, sd_event_time_handler_t callback, void *userdata);
int __wrap_sd_event_add_time(sd_event *event, sd_event_source **source, clockid_t clock, uint64_t usec,
                             uint64_t accuracy, sd_event_time_handler_t callback, void *userdata);
int __wrap_sd_event_add_signal(sd_event *event, sd_event_source **source, int signal,
                               sd_event_signal_handler_t callback, void *userdata);
int __wrap_sd_event_source_set_time(sd_event_source *source, uint64_t usec);
int __wrap_sd_event_source_set_enabled(sd_event_source *source, int enabled);
__attribute__((format(printf, 2, 3))) int __wrap_sd_notifyf(int unset_environment, const char *format, ...);

int64_t __wrap_clock_boottime_ns(void)
{
        return clock_monotonic_ns() + fake.suspended_ns;
}

int __wrap_sd_event_loop(sd_event *event)
{
        fake.loop();
        return 0;
}

int __wrap_sd_event_add_time(sd_event *event, sd_event_source **source, clockid_t clock, uint64_t usec,
                             uint64_t accuracy, sd_event_time_handler_t callback, void *userdata)
{
        assert_true(fake.timer_count < TIMERS_MAX);
        fake.timers[fake.timer_count].handler = callback;
        fake.timers[fake.timer_count++].userdata = userdata;
        return __real_sd_event_add_time(event, source, clock, usec, accuracy, callback, userdata);
}

int __wrap_sd_event_add_signal(sd_event *event, sd_event_source **source, int signal,
                               sd_event_signal_handler_t callback, void *userdata)
{
        if (signal == SIGHUP) {
                fake.reload = callback;
                fake.reload_userdata = userdata;
        }
        return 0;
}

/* A handler called by this test has the timer's number for its source. */
int __wrap_sd_event_source_set_time(sd_event_source *source, uint64_t usec)
{
        if ((uintptr_t)source >= 1 && (uintptr_t)source <= TIMERS_MAX)
                fake.timers[(uintptr_t)source - 1].next_us = usec;
        return 0;
}

int __wrap_sd_event_source_set_enabled(sd_event_source *source, int enabled)
{
        return 0;
}

int __wrap_sd_notifyf(int unset_environment, const char *format, ...)
{
        char text[256];
        const char *at;
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        at = strstr(text, "MONOTONIC_USEC=");
        if (at)
                fake.told_monotonic_us = strtoull(at + 15, NULL, 10);
        return 0;
}

static void run(void (*loop)(void))
{
        char folder[] = "/tmp/streetcap-pipeline-XXXXXX", command[64];
        struct config config;

        assert_non_null(mkdtemp(folder));
        memset(&fake, 0, sizeof(fake));
        fake.loop = loop;
        config_defaults(&config);
        snprintf(config.storage_root, sizeof(config.storage_root), "%s/root", folder);
        snprintf(config.runtime_dir, sizeof(config.runtime_dir), "%s/run", folder);
        snprintf(config.gpsd_port, sizeof(config.gpsd_port), "1");
        config.cameras[0].width = config.cameras[0].height = 64;
        assert_int_equal(pipeline_run("/dev/null", &config), 0);
        snprintf(command, sizeof(command), "rm -r %s", folder);
        assert_int_equal(system(command), 0); /* NOLINT(bugprone-command-processor): of a name made here */
}

/* --- */

static void reload(void)
{
        uint64_t before_us = (uint64_t)(clock_monotonic_ns() / NS_PER_US), after_us;

        fake.suspended_ns = 3600 * NS_PER_S;
        assert_int_equal(fake.reload(NULL, NULL, fake.reload_userdata), 0);
        after_us = (uint64_t)(clock_monotonic_ns() / NS_PER_US);
        assert_in_range(fake.told_monotonic_us, before_us, after_us);
}

static void a_reload_is_told_in_the_clock_that_systemd_asks_for(void **state)
{
        run(reload);
}

static void wake_late(void)
{
        uint64_t due_us = (uint64_t)(clock_boottime_ns() / NS_PER_US);
        unsigned periodic = 0;

        fake.suspended_ns = 60 * NS_PER_S;
        for (unsigned i = 0; i < fake.timer_count; i++) {
                uint64_t now_us = (uint64_t)(clock_boottime_ns() / NS_PER_US);

                fake.timers[i].next_us = 0;
                fake.timers[i].handler((sd_event_source *)(uintptr_t)(i + 1), due_us, fake.timers[i].userdata);
                if (fake.timers[i].next_us == 0)
                        continue; /* not one that comes again and again */
                assert_true(fake.timers[i].next_us > now_us);
                periodic++;
        }
        assert_int_equal(periodic, 2); /* commit, status */
}

static void what_was_missed_in_a_suspend_is_not_made_up_for(void **state)
{
        run(wake_late);
}

static void wake_early(void)
{
        for (unsigned i = 0; i < fake.timer_count; i++) {
                uint64_t due_us = (uint64_t)(clock_boottime_ns() / NS_PER_US) + 900000;

                fake.timers[i].next_us = 0;
                fake.timers[i].handler((sd_event_source *)(uintptr_t)(i + 1), due_us, fake.timers[i].userdata);
                assert_true(fake.timers[i].next_us == 0 || fake.timers[i].next_us > due_us);
        }
}

static void the_beat_goes_on_from_what_was_due(void **state)
{
        run(wake_early);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_reload_is_told_in_the_clock_that_systemd_asks_for),
                cmocka_unit_test(what_was_missed_in_a_suspend_is_not_made_up_for),
                cmocka_unit_test(the_beat_goes_on_from_what_was_due),
        };

        log_set_level(LOG_LEVEL_ERROR);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
