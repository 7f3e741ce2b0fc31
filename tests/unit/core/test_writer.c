/* SPDX-License-Identifier: MIT */
/* With a store of this test's own (by the linker), which notes what it is told, fails as asked, and hangs as asked; a clock; and a log. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "capture/writer.h"
#include "geotag/picture_metadata.h"

static struct {
        pthread_mutex_t lock;
        pthread_cond_t changed;
        struct text told; /* what the store was told, a line each */
        bool hangs;
        long picture_ms; /* how long each takes */
        atomic_int_fast64_t now_ns;
        atomic_uint logged;
        atomic_int picture_error, begin_error, event_error, commit_error;
} fake = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static int note(int error, const char *what, const char *name)
{
        pthread_mutex_lock(&fake.lock);
        while (fake.hangs)
                pthread_cond_wait(&fake.changed, &fake.lock);
        text_addf(&fake.told, "%s %s\n", what, name);
        pthread_mutex_unlock(&fake.lock);
        return error;
}

static void set_hanging(bool hangs)
{
        pthread_mutex_lock(&fake.lock);
        fake.hangs = hangs;
        pthread_cond_broadcast(&fake.changed);
        pthread_mutex_unlock(&fake.lock);
}

int64_t __wrap_clock_boottime_ns(void);
void __wrap_log_write(enum log_level level, const char *format, ...);
int __wrap_store_run_name(struct store *store, int64_t start_utc_ns, char ret_name[static 40]);
int __wrap_store_run_begin(struct store *store, const struct index_run *run);
int __wrap_store_run_end(struct store *store, int64_t end_utc_ns, double travelled_m);
int __wrap_store_event(struct store *store, const char *line, size_t length);
int __wrap_store_picture(struct store *store, const struct picture_tag *tag, const void *data, size_t size);
int __wrap_store_fix(struct store *store, const char *run, const struct fix *fix, int64_t arrival_boottime_ns,
                     const char *verdict);
int __wrap_store_gap(struct store *store, const struct gap *gap);
int __wrap_store_commit(struct store *store);
int __wrap_store_checkpoint(struct store *store);
int __wrap_picture_write(const struct picture_tag *tag, const uint8_t *jpeg, size_t jpeg_size, uint8_t **ret_data,
                         size_t *ret_size);

int64_t __wrap_clock_boottime_ns(void)
{
        return fake.now_ns;
}

void __wrap_log_write(enum log_level level, const char *format, ...)
{
        fake.logged += level <= LOG_LEVEL_NOTICE;
}

int __wrap_store_run_name(struct store *store, int64_t start_utc_ns, char ret_name[static 40])
{
        memcpy(ret_name, "RUN", 4);
        return 0;
}

int __wrap_store_run_begin(struct store *store, const struct index_run *run)
{
        return note(fake.begin_error, "begin", run->config);
}

int __wrap_store_run_end(struct store *store, int64_t end_utc_ns, double travelled_m)
{
        return note(0, "end", travelled_m == 12 ? "12 m" : "?");
}

int __wrap_store_event(struct store *store, const char *line, size_t length)
{
        char text[120] = "";

        memcpy(text, line, length < 119 ? length : 119);
        return note(fake.event_error, "event", text);
}

int __wrap_store_picture(struct store *store, const struct picture_tag *tag, const void *data, size_t size)
{
        struct timespec pause = {.tv_nsec = fake.picture_ms * 1000000};

        nanosleep(&pause, NULL);
        return note(fake.picture_error, "picture", tag->run);
}

int __wrap_store_fix(struct store *store, const char *run, const struct fix *fix, int64_t arrival_boottime_ns,
                     const char *verdict)
{
        return note(0, "fix", verdict);
}

int __wrap_store_gap(struct store *store, const struct gap *gap)
{
        return note(0, "gap", gap->run);
}

int __wrap_store_commit(struct store *store)
{
        return note(fake.commit_error, "commit", "");
}

int __wrap_store_checkpoint(struct store *store)
{
        return note(0, "checkpoint", "");
}

int __wrap_picture_write(const struct picture_tag *tag, const uint8_t *jpeg, size_t jpeg_size, uint8_t **ret_data,
                         size_t *ret_size)
{
        *ret_data = malloc(1);
        *ret_size = 1;
        return *ret_data ? 0 : -ENOMEM;
}

/* --- */

static int set_up(void **state)
{
        text_clear(&fake.told);
        text_add(&fake.told, "");
        fake.hangs = false;
        fake.picture_ms = 0;
        fake.now_ns = 0;
        fake.logged = 0;
        fake.picture_error = fake.begin_error = fake.event_error = fake.commit_error = 0;
        return 0;
}

static struct writer *create(enum writer_mode mode)
{
        struct writer *writer;

        assert_int_equal(writer_create(NULL, mode, &writer), 0);
        return writer;
}

static void begin(struct writer *writer)
{
        char config[] = "[config]";
        struct index_run run = {.start_utc_ns = 1, .config = config};

        writer_run_begin(writer, &run);
        config[1] = 'X'; /* it was copied */
}

static int picture(struct writer *writer, uint64_t number)
{
        struct shot_result result = {.camera = 1,
                                     .frame_number = number,
                                     .exposure_mid_boottime_ns = (int64_t)number * 100,
                                     .jpeg = malloc(8),
                                     .jpeg_size = 8};

        assert_non_null(result.jpeg);
        memcpy(result.tag.camera, "front", 6);
        result.tag.sequence = number;
        return writer_picture(writer, &result);
}

/* Waits until the store was told so. */
static void await_told(const char *what)
{
        struct timespec pause = {.tv_nsec = 5000000};
        bool told = false;

        for (unsigned i = 0; i < 6000 && !told; i++) {
                nanosleep(&pause, NULL);
                pthread_mutex_lock(&fake.lock);
                told = strstr(fake.told.data, what) != NULL;
                pthread_mutex_unlock(&fake.lock);
        }
        assert_true(told);
}

static int last_error(struct writer *writer)
{
        struct writer_status status;

        writer_get_status(writer, &status);
        return status.last_error;
}

static void put_one_of_each(struct writer *writer)
{
        struct gap gap = {.number = 1};
        struct fix fix = {0};
        char line[] = "line";

        begin(writer);
        writer_event(writer, line, 4);
        line[0] = 'X';
        writer_fix(writer, &fix, 5, "taken");
        writer_gap(writer, &gap);
        assert_int_equal(picture(writer, 3), 0);
        writer_commit(writer, false);
        writer_commit(writer, true);
        writer_run_end(writer, 2, 12);
}

static const char one_of_each[] =
        "begin [config]\nevent line\nfix taken\ngap RUN\npicture RUN\ncommit \ncommit \n"
        "checkpoint \nend 12 m\n";

static void all_is_stored_in_order(void **state)
{
        static const enum writer_mode modes[] = {WRITER_IN_PLACE, WRITER_THREAD};

        for (unsigned i = 0; i < 2; i++) {
                struct writer *writer = create(modes[i]);
                struct text expected = {0};
                struct writer_status status;

                set_up(NULL);
                put_one_of_each(writer);
                if (modes[i] == WRITER_IN_PLACE) {
                        assert_string_equal(fake.told.data, one_of_each);
                        writer_get_status(writer, &status);
                        assert_int_equal(status.pictures, 1);
                        assert_int_equal(status.errors, 0);
                        assert_string_equal(status.run, "");
                        assert_string_equal(status.last_path, "runs/RUN/front/00000003.jpg");
                }
                writer_destroy(writer);
                text_addf(&expected, "%scommit \ncheckpoint \n", one_of_each);
                assert_string_equal(fake.told.data, expected.data);
                text_finish(&expected);
        }
        writer_destroy(NULL);
}

static void a_run_that_cannot_begin_is_tried_again(void **state)
{
        struct writer *writer = create(WRITER_IN_PLACE);
        struct writer_status status;
        struct gap gap = {0};
        struct fix fix = {0};
        struct writer_lost lost = {0};

        fake.begin_error = -EROFS;
        begin(writer);
        writer_event(writer, "a", 1);
        writer_fix(writer, &fix, 5, "taken");
        picture(writer, 3);
        writer_gap(writer, &gap);
        writer_commit(writer, false);
        writer_get_status(writer, &status);
        assert_int_equal(status.errors, 2); /* the begin and the picture: what waits is not lost */
        assert_int_equal(status.last_error, -EROFS);
        assert_string_equal(status.run, "");
        assert_string_equal(fake.told.data, "begin [config]\n");
        assert_true(writer_next_lost(writer, &lost));
        assert_int_equal(lost.camera, 1);
        assert_int_equal(lost.frame_number, 3);
        assert_int_equal(lost.exposure_mid_boottime_ns, 300);

        fake.begin_error = 0;
        fake.now_ns = NS_PER_S;
        writer_event(writer, "b", 1);
        assert_string_equal(fake.told.data, "begin [config]\nbegin [config]\nevent a\nfix taken\ngap RUN\nevent b\n");
        assert_int_equal(picture(writer, 4), 0);
        writer_get_status(writer, &status);
        assert_string_equal(status.run, "RUN");
        assert_int_equal(status.pictures, 1);
        assert_int_equal(status.last_error, 0);
        writer_destroy(writer);
}

static unsigned count_told(const char *what)
{
        unsigned count = 0;

        for (const char *at = fake.told.data; (at = strstr(at, what)); at++)
                count++;
        return count;
}

static void tries_become_rarer_and_go_on(void **state)
{
        static const int64_t due_s[] = {1, 3, 7, 15, 23, 31};
        struct writer *writer = create(WRITER_IN_PLACE);

        fake.begin_error = -EROFS;
        begin(writer);
        for (unsigned i = 0; i < sizeof(due_s) / sizeof(due_s[0]); i++) {
                fake.now_ns = due_s[i] * NS_PER_S - 1;
                writer_commit(writer, false);
                assert_int_equal(count_told("begin"), i + 1);
                fake.now_ns = due_s[i] * NS_PER_S;
                writer_commit(writer, false);
                assert_int_equal(count_told("begin"), i + 2);
        }
        assert_int_equal(fake.logged, 1);
        assert_int_equal(last_error(writer), -EROFS);
        writer_destroy(writer); /* tries once more, and then says what is lost */
        assert_int_equal(count_told("begin"), 8);
        assert_int_equal(fake.logged, 2);
}

static void runs_that_wait_come_in_order_without_being_asked(void **state)
{
        struct writer *writer = create(WRITER_THREAD);

        fake.begin_error = -EROFS;
        begin(writer);
        writer_event(writer, "a", 1);
        writer_run_end(writer, 2, 12);
        begin(writer);
        writer_event(writer, "b", 1);
        assert_int_equal(writer_flush(writer, INT64_MAX), 0);
        assert_string_equal(fake.told.data, "begin [config]\n");
        fake.begin_error = 0;
        fake.now_ns = NS_PER_S;
        await_told("begin [config]\nbegin [config]\nevent a\nend 12 m\nbegin [config]\nevent b\n");
        writer_destroy(writer);
}

static void what_waits_for_a_run_is_bounded_and_counted(void **state)
{
        struct writer *writer = create(WRITER_IN_PLACE);
        char *line = malloc(1 << 20), expected[100];
        struct writer_status status;
        struct gap gap = {0};
        unsigned kept;

        assert_non_null(line);
        memset(line, 'x', 1 << 20);
        line[7] = '\n'; /* two lines each */
        fake.begin_error = -EROFS;
        begin(writer);
        for (unsigned i = 0; i < 100; i++)
                writer_event(writer, line, 1 << 20);
        writer_event(writer, "small", 5);
        writer_gap(writer, &gap);
        writer_run_end(writer, 2, 12);
        begin(writer);
        fake.begin_error = 0;
        fake.now_ns = 5 * NS_PER_S;
        writer_event(writer, "after", 5);
        kept = count_told("event xxxxxxx");
        assert_in_range(kept, 4, 32);
        snprintf(expected, sizeof(expected),
                 "\nevent {\"boottime_ns\":0,\"type\":\"events lost\",\"events\":%u,\"fixes\":0}\ngap RUN\nend 12 m\n",
                 2 * (100 - kept) + 1);
        assert_non_null(strstr(fake.told.data, expected));
        assert_null(strstr(fake.told.data, "small"));
        assert_non_null(strstr(fake.told.data, "event after"));
        assert_int_equal(count_told("events lost"), 1);
        writer_get_status(writer, &status);
        assert_int_equal(status.errors, 1 + 100 - kept + 1);
        free(line);
        writer_destroy(writer);
}

static void a_picture_that_fails_is_told(void **state)
{
        static const enum writer_mode modes[] = {WRITER_IN_PLACE, WRITER_THREAD};

        for (unsigned i = 0; i < 2; i++) {
                struct writer *writer = create(modes[i]);
                struct writer_status status;
                struct writer_lost lost = {0};

                set_up(NULL);
                begin(writer);
                fake.picture_error = -ENOSPC;
                assert_int_equal(picture(writer, 7), 0);
                {
                        struct pollfd fd = {.fd = writer_fd(writer), .events = POLLIN};

                        assert_int_equal(poll(&fd, 1, 30000), 1);
                }
                assert_true(writer_next_lost(writer, &lost));
                assert_int_equal(lost.camera, 1);
                assert_int_equal(lost.frame_number, 7);
                assert_int_equal(lost.exposure_mid_boottime_ns, 700);
                assert_false(writer_next_lost(writer, &lost));
                writer_get_status(writer, &status);
                assert_int_equal(status.pictures, 0);
                assert_int_equal(status.errors, 1);
                assert_int_equal(status.last_error, -ENOSPC);
                writer_destroy(writer);
        }
}

static void a_hanging_disk_takes_so_many_pictures_and_no_more(void **state)
{
        struct writer *writer = create(WRITER_THREAD);
        struct writer_status status;
        unsigned taken = 0;
        int r = 0;

        begin(writer);
        set_hanging(true);
        while (taken < 1000 && (r = picture(writer, taken + 1)) == 0)
                taken++;
        assert_int_equal(r, -EAGAIN);
        assert_in_range(taken, 16, 128);
        /* Events are still taken: their order matters more. */
        writer_event(writer, "line", 4);
        writer_get_status(writer, &status);
        assert_true(status.queued >= taken - 1);
        set_hanging(false);
        writer_destroy(writer);
        assert_non_null(strstr(fake.told.data, "event line\n"));
}

static void room_comes_back_after_a_hang(void **state)
{
        struct writer *writer = create(WRITER_THREAD);
        struct writer_lost lost = {0};

        begin(writer);
        set_hanging(true);
        for (unsigned i = 1; i <= 1000 && picture(writer, i) == 0; i++)
                ;
        fake.picture_error = -EIO; /* set while the store hangs; the last of them tells when all are through */
        set_hanging(false);
        for (bool more = true; more;) {
                struct pollfd fd = {.fd = writer_fd(writer), .events = POLLIN};

                assert_int_equal(poll(&fd, 1, 30000), 1);
                while (writer_next_lost(writer, &lost))
                        more &= lost.frame_number < 64;
        }
        /* The room is given back before the loss is told. */
        assert_int_equal(picture(writer, 2000), 0);
        writer_destroy(writer);
}

static void a_hanging_disk_never_holds_up_who_puts(void **state)
{
        struct writer *writer = create(WRITER_THREAD);
        char expected[200], marker[100];
        struct gap gap = {0};
        struct fix fix = {0};
        unsigned kept;

        begin(writer);
        set_hanging(true);
        for (unsigned i = 0; i < 10000; i++) {
                writer_event(writer, "e", 1);
                writer_commit(writer, false);
        }
        writer_fix(writer, &fix, 5, "taken");
        writer_event(writer, "two\nlines", 9);
        for (unsigned i = 0; i < 100; i++)
                writer_gap(writer, &gap);
        assert_int_equal(picture(writer, 1), 0);
        assert_int_equal(last_error(writer), -ENOBUFS);
        assert_int_equal(fake.logged, 1);
        set_hanging(false);
        assert_int_equal(writer_flush(writer, INT64_MAX), 0);
        writer_event(writer, "again", 5);
        writer_run_end(writer, 2, 12);
        writer_destroy(writer);

        kept = count_told("event e\n");
        assert_in_range(kept, 2000, 5000);
        assert_int_equal(count_told("gap RUN"), 100);
        snprintf(marker, sizeof(marker), "{\"boottime_ns\":0,\"type\":\"events lost\",\"events\":%u,\"fixes\":1}",
                 10000 - kept + 2);
        snprintf(expected, sizeof(expected), "event %s\nevent again\nend 12 m\n", marker);
        assert_non_null(strstr(fake.told.data, expected));
}

static void what_is_lost_is_told_before_the_run_ends(void **state)
{
        struct writer *writer = create(WRITER_THREAD);

        begin(writer);
        set_hanging(true);
        for (unsigned i = 0; i < 10000; i++)
                writer_event(writer, "e", 1);
        writer_run_end(writer, 2, 12);
        set_hanging(false);
        writer_destroy(writer);
        assert_non_null(strstr(fake.told.data, "events lost"));
        assert_true(strstr(fake.told.data, "end 12 m") > strstr(fake.told.data, "events lost"));
}

static void a_flush_waits_for_losses_too(void **state)
{
        struct writer *writer = create(WRITER_THREAD);
        struct writer_lost lost = {0};

        begin(writer);
        fake.picture_ms = 50;
        fake.picture_error = -EIO;
        assert_int_equal(picture(writer, 7), 0);
        assert_int_equal(writer_flush(writer, INT64_MAX), 0);
        assert_true(writer_next_lost(writer, &lost));
        assert_int_equal(lost.frame_number, 7);
        assert_int_equal(lost.exposure_mid_boottime_ns, 700);
        set_hanging(true);
        assert_int_equal(picture(writer, 8), 0);
        assert_int_equal(writer_flush(writer, 20 * NS_PER_MS), -ETIMEDOUT);
        /* It fails after the end of its run: the next one is not told of it. */
        writer_run_end(writer, 2, 12);
        set_hanging(false);
        assert_int_equal(writer_flush(writer, INT64_MAX), 0);
        assert_false(writer_next_lost(writer, &lost));
        writer_destroy(writer);
}

static void who_waits_for_room_loses_no_picture(void **state)
{
        struct writer *writer = create(WRITER_THREAD);
        struct writer_status status;

        begin(writer);
        fake.picture_ms = 1;
        for (unsigned i = 1; i <= 200; i++) {
                assert_int_equal(writer_wait_room(writer, INT64_MAX), 0);
                assert_int_equal(picture(writer, i), 0);
        }
        assert_int_equal(writer_flush(writer, INT64_MAX), 0);
        writer_get_status(writer, &status);
        assert_int_equal(status.pictures, 200);
        set_hanging(true);
        while (picture(writer, 1000) == 0)
                ;
        assert_int_equal(writer_wait_room(writer, 20 * NS_PER_MS), -ETIMEDOUT);
        set_hanging(false);
        writer_destroy(writer);
}

static void an_error_is_shown_until_a_commit(void **state)
{
        struct writer *writer = create(WRITER_IN_PLACE);
        struct writer_status status;

        begin(writer);
        fake.commit_error = -EIO;
        for (unsigned i = 0; i < 10; i++) {
                writer_commit(writer, true);
                writer_event(writer, "line", 4);
                assert_int_equal(last_error(writer), -EIO);
        }
        assert_int_equal(fake.logged, 1);
        assert_null(strstr(fake.told.data, "checkpoint")); /* not after a commit that failed */
        fake.commit_error = 0;
        writer_commit(writer, false);
        writer_get_status(writer, &status);
        assert_int_equal(status.last_error, 0);
        assert_int_equal(status.errors, 10);
        assert_int_equal(fake.logged, 2);
        writer_destroy(writer);
}

static void a_disk_too_full_for_pictures_is_shown_until_one_fits(void **state)
{
        struct writer *writer = create(WRITER_IN_PLACE);

        begin(writer);
        fake.picture_error = -ENOSPC;
        for (unsigned i = 1; i <= 10; i++) {
                picture(writer, i);
                writer_event(writer, "line", 4);
                writer_commit(writer, false); /* there is room for its few bytes */
                assert_int_equal(last_error(writer), -ENOSPC);
        }
        assert_int_equal(fake.logged, 1);
        fake.picture_error = -EIO; /* another kind is news */
        picture(writer, 11);
        assert_int_equal(fake.logged, 2);
        fake.picture_error = 0;
        picture(writer, 12);
        assert_int_equal(last_error(writer), 0);
        assert_int_equal(fake.logged, 3);
        writer_destroy(writer);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(all_is_stored_in_order, set_up),
                cmocka_unit_test_setup(a_run_that_cannot_begin_is_tried_again, set_up),
                cmocka_unit_test_setup(tries_become_rarer_and_go_on, set_up),
                cmocka_unit_test_setup(runs_that_wait_come_in_order_without_being_asked, set_up),
                cmocka_unit_test_setup(what_waits_for_a_run_is_bounded_and_counted, set_up),
                cmocka_unit_test_setup(a_picture_that_fails_is_told, set_up),
                cmocka_unit_test_setup(a_hanging_disk_takes_so_many_pictures_and_no_more, set_up),
                cmocka_unit_test_setup(room_comes_back_after_a_hang, set_up),
                cmocka_unit_test_setup(a_hanging_disk_never_holds_up_who_puts, set_up),
                cmocka_unit_test_setup(what_is_lost_is_told_before_the_run_ends, set_up),
                cmocka_unit_test_setup(a_flush_waits_for_losses_too, set_up),
                cmocka_unit_test_setup(who_waits_for_room_loses_no_picture, set_up),
                cmocka_unit_test_setup(an_error_is_shown_until_a_commit, set_up),
                cmocka_unit_test_setup(a_disk_too_full_for_pictures_is_shown_until_one_fits, set_up),
        };
        int failed;

        log_set_level(LOG_LEVEL_ERROR);
        failed = cmocka_run_group_tests(tests, NULL, NULL);
        text_finish(&fake.told);
        return failed;
}
