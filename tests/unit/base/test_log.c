/* SPDX-License-Identifier: MIT */
/* sd_journal_send is wrapped by the linker: what would go to the journal is seen here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

struct fixture {
        int real_stderr;
        char written[8192];
};

static struct {
        int calls, priority;
        char message[256];
} journal;
static int journal_result;

int __wrap_sd_journal_send(const char *format, ...);

int __wrap_sd_journal_send(const char *format, ...)
{
        va_list args;

        assert_string_equal(format, "MESSAGE=%s");
        va_start(args, format);
        snprintf(journal.message, sizeof(journal.message), "%s", va_arg(args, const char *));
        assert_string_equal(va_arg(args, const char *), "PRIORITY=%i");
        journal.priority = va_arg(args, int);
        assert_null(va_arg(args, const char *));
        va_end(args);
        journal.calls++;
        return journal_result;
}

/* stderr becomes a file in memory, so that what is written can be read back. */
static int set_up(void **state)
{
        static struct fixture only;
        struct fixture *fixture = &only;
        int fd = memfd_create("stderr", MFD_CLOEXEC);

        if (fd < 0)
                return -1;
        memset(fixture, 0, sizeof(*fixture));
        fixture->real_stderr = dup(STDERR_FILENO);
        if (fixture->real_stderr < 0 || dup2(fd, STDERR_FILENO) != STDERR_FILENO)
                return -1;
        close(fd);
        unsetenv("JOURNAL_STREAM");
        memset(&journal, 0, sizeof(journal));
        journal_result = 0;
        log_set_level(LOG_LEVEL_INFO);
        *state = fixture;
        return 0;
}

static int tear_down(void **state)
{
        struct fixture *fixture = *state;

        dup2(fixture->real_stderr, STDERR_FILENO);
        close(fixture->real_stderr);
        return 0;
}

static const char *written(struct fixture *fixture)
{
        ssize_t size = pread(STDERR_FILENO, fixture->written, sizeof(fixture->written) - 1, 0);

        assert_true(size >= 0);
        fixture->written[size] = '\0';
        return fixture->written;
}

static void name_stderr_in_environment(int difference)
{
        struct stat status;
        char name[64];

        assert_int_equal(fstat(STDERR_FILENO, &status), 0);
        snprintf(name, sizeof(name), "%ju:%ju", (uintmax_t)status.st_dev,
                 (uintmax_t)status.st_ino + (uintmax_t)difference);
        setenv("JOURNAL_STREAM", name, 1);
}

static void stderr_has_levels(void **state)
{
        log_set_level(LOG_LEVEL_DEBUG);
        log_error("one %d", 1);
        log_warning("two");
        log_notice("three");
        log_info("four");
        log_debug("five");
        assert_string_equal(written(*state), "error: one 1\nwarning: two\nnotice: three\nfour\ndebug: five\n");
        assert_int_equal(journal.calls, 0);
}

static void level_is_a_bound(void **state)
{
        assert_int_equal(log_get_level(), LOG_LEVEL_INFO);
        log_debug("unseen");
        log_set_level(LOG_LEVEL_ERROR);
        assert_int_equal(log_get_level(), LOG_LEVEL_ERROR);
        log_warning("unseen");
        log_error("seen");
        assert_string_equal(written(*state), "error: seen\n");
}

static void line_stays_one_line(void **state)
{
        log_info("a\nb\rc\x1b[1md\te\x7f é");
        assert_string_equal(written(*state), "a b c [1md e  é\n");
}

static void long_line_is_cut_and_says_so(void **state)
{
        char longest[6000];
        const char *line;

        memset(longest, 'x', sizeof(longest) - 1);
        longest[sizeof(longest) - 1] = '\0';
        log_warning("%s", longest);
        line = written(*state);
        assert_true(strlen(line) > 4000 && strlen(line) < 4200);
        assert_string_equal(line + strlen(line) - 5, "x...\n");
}

static void errno_is_kept(void **state)
{
        errno = ENOSPC;
        log_info("disk full");
        assert_int_equal(errno, ENOSPC);
        assert_string_equal(written(*state), "disk full\n");
}

static void errno_is_kept_when_nothing_can_be_written(void **state)
{
        close(STDERR_FILENO);
        errno = ENOSPC;
        log_info("unseen");
        assert_int_equal(errno, ENOSPC);
}

static void journal_gets_the_priority(void **state)
{
        static const struct {
                enum log_level level;
                int priority;
        } rows[] = {
                {LOG_LEVEL_ERROR, 3}, {LOG_LEVEL_WARNING, 4}, {LOG_LEVEL_NOTICE, 5},
                {LOG_LEVEL_INFO, 6},  {LOG_LEVEL_DEBUG, 7},
        };

        log_set_level(LOG_LEVEL_DEBUG);
        name_stderr_in_environment(0);
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                log_write(rows[i].level, "row %zu", i);
                assert_int_equal(journal.calls, i + 1);
                assert_int_equal(journal.priority, rows[i].priority);
        }
        assert_string_equal(journal.message, "row 4");
        assert_string_equal(written(*state), "");
}

static void redirected_stderr_is_no_journal(void **state)
{
        name_stderr_in_environment(1);
        log_warning("to the file");
        assert_int_equal(journal.calls, 0);
        assert_string_equal(written(*state), "warning: to the file\n");
}

static void journal_that_fails_loses_nothing(void **state)
{
        name_stderr_in_environment(0);
        journal_result = -ENOBUFS;
        log_warning("kept");
        assert_int_equal(journal.calls, 1);
        assert_string_equal(written(*state), "warning: kept\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(stderr_has_levels, set_up, tear_down),
                cmocka_unit_test_setup_teardown(level_is_a_bound, set_up, tear_down),
                cmocka_unit_test_setup_teardown(line_stays_one_line, set_up, tear_down),
                cmocka_unit_test_setup_teardown(long_line_is_cut_and_says_so, set_up, tear_down),
                cmocka_unit_test_setup_teardown(errno_is_kept, set_up, tear_down),
                cmocka_unit_test_setup_teardown(errno_is_kept_when_nothing_can_be_written, set_up, tear_down),
                cmocka_unit_test_setup_teardown(journal_gets_the_priority, set_up, tear_down),
                cmocka_unit_test_setup_teardown(redirected_stderr_is_no_journal, set_up, tear_down),
                cmocka_unit_test_setup_teardown(journal_that_fails_loses_nothing, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
