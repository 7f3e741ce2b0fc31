/* SPDX-License-Identifier: MIT */
/* With a store of this test's own (by the linker), which notes what it is told, fails as asked, and hangs as asked. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/text.h"
#include "capture/writer.h"
#include "geotag/picture_metadata.h"

static struct {
        pthread_mutex_t lock;
        pthread_cond_t changed;
        struct text told; /* what the store was told, a line each */
        bool hangs;
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
        char text[32] = "";

        memcpy(text, line, length < 31 ? length : 31);
        return note(fake.event_error, "event", text);
}

int __wrap_store_picture(struct store *store, const struct picture_tag *tag, const void *data, size_t size)
{
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
        struct shot_result result = {.camera = 1, .frame_number = number, .jpeg = malloc(8), .jpeg_size = 8};

        assert_non_null(result.jpeg);
        memcpy(result.tag.camera, "front", 6);
        result.tag.sequence = number;
        return writer_picture(writer, &result);
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

static void a_run_that_cannot_begin_stores_nothing(void **state)
{
        struct writer *writer = create(WRITER_IN_PLACE);
        struct writer_status status;
        unsigned camera;
        uint64_t number;

        fake.begin_error = -EROFS;
        begin(writer);
        writer_event(writer, "line", 4);
        picture(writer, 3);
        writer_get_status(writer, &status);
        assert_int_equal(status.errors, 3);
        assert_true(status.last_error < 0);
        assert_string_equal(status.run, "");
        assert_string_equal(fake.told.data, "begin [config]\n");
        assert_true(writer_next_lost(writer, &camera, &number));
        assert_int_equal(camera, 1);
        assert_int_equal(number, 3);
        /* The next one may. */
        fake.begin_error = 0;
        begin(writer);
        assert_int_equal(picture(writer, 4), 0);
        writer_get_status(writer, &status);
        assert_string_equal(status.run, "RUN");
        assert_int_equal(status.pictures, 1);
        writer_destroy(writer);
}

static void a_picture_that_fails_is_told(void **state)
{
        static const enum writer_mode modes[] = {WRITER_IN_PLACE, WRITER_THREAD};

        for (unsigned i = 0; i < 2; i++) {
                struct writer *writer = create(modes[i]);
                struct writer_status status;
                unsigned camera = 0;
                uint64_t number = 0;

                set_up(NULL);
                begin(writer);
                fake.picture_error = -ENOSPC;
                assert_int_equal(picture(writer, 7), 0);
                {
                        struct pollfd fd = {.fd = writer_fd(writer), .events = POLLIN};

                        assert_int_equal(poll(&fd, 1, 30000), 1);
                }
                assert_true(writer_next_lost(writer, &camera, &number));
                assert_int_equal(camera, 1);
                assert_int_equal(number, 7);
                assert_false(writer_next_lost(writer, &camera, &number));
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
        unsigned camera;
        uint64_t number;

        begin(writer);
        set_hanging(true);
        for (unsigned i = 1; i <= 1000 && picture(writer, i) == 0; i++)
                ;
        fake.picture_error = -EIO; /* set while the store hangs; the last of them tells when all are through */
        set_hanging(false);
        for (bool more = true; more;) {
                struct pollfd fd = {.fd = writer_fd(writer), .events = POLLIN};

                assert_int_equal(poll(&fd, 1, 30000), 1);
                while (writer_next_lost(writer, &camera, &number))
                        more &= number < 64;
        }
        /* The room is given back before the loss is told. */
        assert_int_equal(picture(writer, 2000), 0);
        writer_destroy(writer);
}

static void an_error_is_shown_until_the_next_command(void **state)
{
        struct writer *writer = create(WRITER_IN_PLACE);
        struct writer_status status;

        begin(writer);
        fake.commit_error = -EIO;
        writer_commit(writer, true);
        writer_get_status(writer, &status);
        assert_int_equal(status.last_error, -EIO);
        assert_null(strstr(fake.told.data, "checkpoint")); /* not after a commit that failed */
        fake.commit_error = 0;
        writer_commit(writer, false);
        writer_get_status(writer, &status);
        assert_int_equal(status.last_error, 0);
        assert_int_equal(status.errors, 1);
        writer_destroy(writer);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(all_is_stored_in_order, set_up),
                cmocka_unit_test_setup(a_run_that_cannot_begin_stores_nothing, set_up),
                cmocka_unit_test_setup(a_picture_that_fails_is_told, set_up),
                cmocka_unit_test_setup(a_hanging_disk_takes_so_many_pictures_and_no_more, set_up),
                cmocka_unit_test_setup(room_comes_back_after_a_hang, set_up),
                cmocka_unit_test_setup(an_error_is_shown_until_the_next_command, set_up),
        };
        int failed;

        log_set_level(LOG_LEVEL_ERROR);
        failed = cmocka_run_group_tests(tests, NULL, NULL);
        text_finish(&fake.told);
        return failed;
}
