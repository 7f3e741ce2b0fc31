/* SPDX-License-Identifier: MIT */
/* With a core that decides what a test says, a store that is slow, fails and hangs as told, and a clock, by the linker; encoder and writer are
 * the real ones. */
#include <errno.h>
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
#include "capture/recorder.h"
#include "geotag/picture_metadata.h"
#include "tests/unit/tiny_jpeg.h"

#define DECISIONS_MAX 2048
#define SIDE 32

static struct {
        struct core_decision decisions[DECISIONS_MAX];
        unsigned decided, taken;
        unsigned lost[GAP_REASON_COUNT]; /* what the core was told of */
        uint64_t lost_number;            /* the last of them */
        int64_t lost_mid_ns;
        int64_t frame_mid_ns;            /* of the frames that are in the ring */
        uint8_t jpeg[sizeof(tiny_jpeg)]; /* of a pixel */
        size_t cut;                      /* bytes that their JPEGs lack */
        bool reset;
        struct text warnings;
        atomic_int_fast64_t now_ns;

        pthread_mutex_t lock; /* the store's */
        pthread_cond_t changed;
        struct text told;
        bool hangs;
        int picture_error;
        long picture_ms;
        atomic_uint pictures, lines;

        uint8_t luma[SIDE * SIDE]; /* of the frames in the ring; a JPEG of nothing when it is all 0 */
        struct text lens;          /* what was logged of a lens */
        unsigned measured;
} fake = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

int64_t __wrap_clock_boottime_ns(void);
__attribute__((format(printf, 2, 3))) void __wrap_log_write(enum log_level level, const char *format, ...);
bool __wrap_core_next(struct core *core, struct core_decision *ret_decision);
void __wrap_core_lost(struct core *core, unsigned index, uint64_t frame_number, int64_t exposure_mid_boottime_ns,
                      enum gap_reason reason, int64_t now_boottime_ns);
void __wrap_core_reset(struct core *core);
int __wrap_store_run_name(struct store *store, int64_t start_utc_ns, char ret_name[static 40]);
int __wrap_store_run_begin(struct store *store, const struct index_run *run);
int __wrap_store_run_end(struct store *store, int64_t end_utc_ns, double travelled_m);
int __wrap_store_event(struct store *store, const char *line, size_t length);
int __wrap_store_picture(struct store *store, const struct picture_tag *tag, const void *data, size_t size);
int __wrap_store_gap(struct store *store, const struct gap *gap);
int __wrap_store_commit(struct store *store);
int __wrap_store_checkpoint(struct store *store);
int __wrap_picture_write(const struct picture_tag *tag, const uint8_t *jpeg, size_t jpeg_size, uint8_t **ret_data,
                         size_t *ret_size);

void __wrap_log_write(enum log_level level, const char *format, ...)
{
        va_list arguments;
        char line[300];

        va_start(arguments, format);
        vsnprintf(line, sizeof(line), format, arguments);
        va_end(arguments);
        pthread_mutex_lock(&fake.lock); /* the writer's thread logs too */
        if (strstr(format, "lens"))
                text_addf(&fake.lens, "%s %s\n", level == LOG_LEVEL_WARNING ? "warning" : "notice", line);
        else if (level <= LOG_LEVEL_WARNING)
                text_addf(&fake.warnings, "%s\n", line);
        pthread_mutex_unlock(&fake.lock);
}

int64_t __wrap_clock_boottime_ns(void)
{
        return fake.now_ns;
}

/* --- the core --- */

static struct core_decision *decide(enum core_decision_kind kind, uint64_t frame_number)
{
        struct core_decision *decision = &fake.decisions[fake.decided++];

        assert_true(fake.decided <= DECISIONS_MAX);
        *decision = (struct core_decision){.kind = kind, .frame_number = frame_number};
        return decision;
}

bool __wrap_core_next(struct core *core, struct core_decision *ret_decision)
{
        if (fake.taken == fake.decided)
                return false;
        *ret_decision = fake.decisions[fake.taken++];
        return true;
}

void __wrap_core_lost(struct core *core, unsigned index, uint64_t frame_number, int64_t exposure_mid_boottime_ns,
                      enum gap_reason reason, int64_t now_boottime_ns)
{
        assert_false(fake.reset); /* it knows that frame no more */
        fake.lost[reason]++;
        fake.lost_number = frame_number;
        fake.lost_mid_ns = exposure_mid_boottime_ns;
        decide(CORE_GAP, 0);
}

void __wrap_core_reset(struct core *core)
{
        fake.reset = true;
}

/* --- the store --- */

static int note(const char *what, const char *more, size_t length)
{
        pthread_mutex_lock(&fake.lock);
        while (fake.hangs)
                pthread_cond_wait(&fake.changed, &fake.lock);
        text_addf(&fake.told, "%s ", what);
        text_add_bytes(&fake.told, more, length < 300 ? length : 300);
        text_add(&fake.told, "\n");
        pthread_mutex_unlock(&fake.lock);
        return 0;
}

static void set_hanging(bool hangs)
{
        pthread_mutex_lock(&fake.lock);
        fake.hangs = hangs;
        pthread_cond_broadcast(&fake.changed);
        pthread_mutex_unlock(&fake.lock);
}

int __wrap_store_run_name(struct store *store, int64_t start_utc_ns, char ret_name[static 40])
{
        memcpy(ret_name, "RUN", 4);
        return 0;
}

int __wrap_store_run_begin(struct store *store, const struct index_run *run)
{
        return note("begin", "", 0);
}

int __wrap_store_run_end(struct store *store, int64_t end_utc_ns, double travelled_m)
{
        return note("end", "", 0);
}

int __wrap_store_event(struct store *store, const char *line, size_t length)
{
        fake.lines++;
        for (size_t i = 0; i < length; i++)
                fake.lines += line[i] == '\n';
        return note("event", line, length);
}

int __wrap_store_picture(struct store *store, const struct picture_tag *tag, const void *data, size_t size)
{
        struct timespec pause = {.tv_nsec = fake.picture_ms * 1000000};

        nanosleep(&pause, NULL);
        note("picture", "", 0);
        fake.pictures += fake.picture_error == 0;
        return fake.picture_error;
}

int __wrap_store_gap(struct store *store, const struct gap *gap)
{
        return note("gap", "", 0);
}

int __wrap_store_commit(struct store *store)
{
        return 0;
}

int __wrap_store_checkpoint(struct store *store)
{
        return 0;
}

int __wrap_picture_write(const struct picture_tag *tag, const uint8_t *jpeg, size_t jpeg_size, uint8_t **ret_data,
                         size_t *ret_size)
{
        *ret_data = malloc(1);
        *ret_size = 1;
        return *ret_data ? 0 : -ENOMEM;
}

/* --- the recorder between them --- */

static struct config config;
static struct shots *shots;
static struct writer *writer;
static struct recorder *recorder;

static void release(struct camera_frame *frame)
{
        free(frame);
}

static struct camera_frame *find_frame(void *userdata, unsigned camera, uint64_t number)
{
        struct camera_frame *frame = calloc(1, sizeof(*frame));

        assert_non_null(frame);
        frame->format = FRAME_JPEG;
        frame->planes[0] = fake.jpeg;
        frame->sizes[0] = sizeof(fake.jpeg) - fake.cut;
        if (fake.luma[0]) {
                frame->format = FRAME_YUV420;
                frame->width = frame->height = SIDE;
                for (unsigned i = 0; i < 3; i++) {
                        frame->planes[i] = fake.luma;
                        frame->strides[i] = SIDE;
                        frame->sizes[i] = sizeof(fake.luma);
                }
        }
        frame->exposure_ns = 1000 * (int64_t)number;
        frame->number = number;
        frame->exposure_mid_boottime_ns = fake.frame_mid_ns;
        frame->references = 1;
        frame->release = release;
        return frame;
}

static void take_measured(void *userdata, const struct shot_measured *measured)
{
        assert_int_equal(measured->camera, 0);
        assert_true(measured->quality.brightness > 0);
        fake.measured++;
}

static int set_up(void **state)
{
        struct recorder_settings settings = {
                .config = &config, .find_frame = find_frame, .picture_measured = take_measured};

        config_defaults(&config);
        text_clear(&fake.told);
        text_add(&fake.told, "");
        fake.decided = fake.taken = fake.pictures = fake.lines = 0;
        memset(fake.lost, 0, sizeof(fake.lost));
        fake.reset = fake.hangs = false;
        fake.picture_error = 0;
        fake.picture_ms = 0;
        memcpy(fake.jpeg, tiny_jpeg, sizeof(fake.jpeg));
        fake.jpeg[TINY_HEIGHT] = fake.jpeg[TINY_WIDTH] = 1;
        fake.cut = 0;
        text_clear(&fake.warnings);
        text_add(&fake.warnings, "");
        fake.measured = 0;
        memset(fake.luma, 0, sizeof(fake.luma));
        text_clear(&fake.lens);
        text_add(&fake.lens, "");
        fake.now_ns = fake.frame_mid_ns = 0;
        assert_int_equal(shots_create(1, 512, &shots), 0);
        assert_int_equal(writer_create(NULL, WRITER_THREAD, &writer), 0);
        settings.shots = shots;
        settings.writer = writer;
        assert_int_equal(recorder_create(&settings, &recorder), 0);
        recorder_start(recorder, 0);
        return 0;
}

/* All that was put is stored afterwards. */
static void finish(void)
{
        recorder_destroy(recorder);
        shots_destroy(shots);
        writer_destroy(writer);
        recorder = NULL;
        shots = NULL;
        writer = NULL;
}

static int tear_down(void **state)
{
        set_hanging(false);
        finish();
        text_finish(&fake.told);
        text_finish(&fake.warnings);
        text_finish(&fake.lens);
        return 0;
}

static void decide_run(unsigned pictures)
{
        decide(CORE_RUN_BEGIN, 0);
        for (unsigned i = 1; i <= pictures; i++)
                decide(CORE_ENCODE, i);
        for (unsigned i = 1; i <= pictures; i++)
                decide(CORE_TAG, i);
        decide(CORE_RUN_END, 0);
}

/* --- */

static void a_picture_that_fails_at_the_end_of_a_run_is_a_gap_of_it(void **state)
{
        const char *lost, *gap, *end;

        fake.picture_error = -EIO;
        fake.picture_ms = 100;
        decide_run(1);
        recorder_act(recorder, 0);
        assert_int_equal(fake.lost[GAP_STORE_FAILED], 1);
        finish();
        lost = strstr(fake.told.data, "\"type\":\"lost\"");
        gap = strstr(fake.told.data, "gap ");
        end = strstr(fake.told.data, "end ");
        assert_non_null(lost);
        assert_true(lost < gap && gap < end);
}

static void at_a_stop_every_picture_lands(void **state)
{
        fake.picture_ms = 2;
        recorder_stopping(recorder);
        decide_run(150);
        recorder_act(recorder, 0);
        recorder_finish(recorder, 0);
        assert_int_equal(fake.lost[GAP_STORE_OVERRUN], 0);
        finish();
        assert_int_equal(fake.pictures, 150);
        assert_null(strstr(fake.told.data, "gap"));
}

static void at_a_stop_every_failure_is_told(void **state)
{
        fake.picture_error = -EIO;
        recorder_stopping(recorder);
        decide_run(400);
        recorder_act(recorder, 0);
        assert_int_equal(fake.lost[GAP_STORE_FAILED], 400);
}

static void a_stop_waits_for_a_disk_that_was_behind(void **state)
{
        set_hanging(true);
        decide(CORE_RUN_BEGIN, 0);
        recorder_act(recorder, 0);
        for (unsigned i = 0; i < 4000; i++)
                writer_event(writer, "behind", 6);
        assert_true(fake.lines < 10);
        set_hanging(false);
        recorder_stopping(recorder);
        assert_int_equal(fake.lines, 4001); /* with the start */
}

static void parking_waits_for_a_hanging_disk_so_long_and_no_longer(void **state)
{
        decide(CORE_RUN_BEGIN, 0);
        recorder_act(recorder, 0);
        set_hanging(true);
        fake.taken = fake.decided = 0;
        decide_run(80);
        fake.taken++;                   /* it has begun */
        fake.now_ns = 4990 * NS_PER_MS; /* 10 ms before its patience ends */
        recorder_act(recorder, 0);
        assert_true(fake.reset);
        assert_in_range(fake.lost[GAP_STORE_OVERRUN], 1, 79);
        set_hanging(false);
        finish();
        assert_int_equal(fake.pictures + fake.lost[GAP_STORE_OVERRUN], 80);
        assert_true(strstr(fake.told.data, "gap ") < strstr(fake.told.data, "end "));
}

static struct core_decision *decide_at(enum core_decision_kind kind, uint64_t frame_number, int64_t mid_ns)
{
        struct core_decision *decision = decide(kind, frame_number);

        decision->exposure_mid_boottime_ns = decision->tag.exposure_mid_boottime_ns = mid_ns;
        return decision;
}

/* The camera starts anew, and its numbers from 1 again, before the disk refuses a picture of before. */
static void a_late_loss_names_the_exposure_that_it_is_about(void **state)
{
        decide(CORE_RUN_BEGIN, 0);
        fake.frame_mid_ns = 100;
        decide_at(CORE_ENCODE, 5, 100);
        decide_at(CORE_TAG, 5, 100);
        recorder_act(recorder, 0);
        fake.picture_error = -EIO;
        while (shots_wait(shots))
                ;
        recorder_collect(recorder, 0);
        assert_int_equal(writer_flush(writer, INT64_MAX), 0);
        fake.frame_mid_ns = 900;
        decide_at(CORE_ENCODE, 5, 900);
        recorder_act(recorder, 0);
        recorder_collect(recorder, 0);
        assert_int_equal(fake.lost[GAP_STORE_FAILED], 1);
        assert_int_equal(fake.lost_number, 5);
        assert_int_equal(fake.lost_mid_ns, 100);
        /* The new one is tagged and stored. */
        fake.picture_error = 0;
        decide_at(CORE_TAG, 5, 900);
        recorder_act(recorder, 0);
        recorder_finish(recorder, 0);
        assert_int_equal(fake.pictures, 1);
        assert_int_equal(shots_count(shots), 0);
        finish();
        assert_non_null(strstr(fake.told.data, "\"exposure_mid_boottime_ns\":100,"));
        assert_null(strstr(fake.told.data, "\"exposure_mid_boottime_ns\":900,"));
}

static void a_frame_that_is_gone_names_its_exposure(void **state)
{
        fake.frame_mid_ns = 900; /* another of that number */
        decide(CORE_RUN_BEGIN, 0);
        decide_at(CORE_ENCODE, 5, 100);
        recorder_act(recorder, 0);
        assert_int_equal(fake.lost[GAP_NO_FRAME], 1);
        assert_int_equal(fake.lost_mid_ns, 100);
        assert_int_equal(shots_count(shots), 0);
}

static void collect_broken(uint64_t first, uint64_t last, int64_t now_ns)
{
        for (uint64_t number = first; number <= last; number++)
                decide(CORE_ENCODE, number);
        recorder_act(recorder, now_ns);
        while (shots_wait(shots))
                ;
        recorder_collect(recorder, now_ns);
}

static void a_broken_frame_is_a_gap_and_told_once_a_minute(void **state)
{
        decide(CORE_RUN_BEGIN, 0);
        fake.cut = 3; /* the coded byte, and EOI */
        collect_broken(1, 20, 10 * NS_PER_S);
        collect_broken(21, 30, 69 * NS_PER_S);
        assert_int_equal(fake.lost[GAP_BROKEN_FRAME], 30);
        assert_int_equal(fake.lost[GAP_ENCODE_FAILED], 0);
        assert_string_equal(fake.warnings.data,
                            "camera front: frame 1 is broken (truncated: 0 of 1 blocks) and taken for no picture\n");
        text_clear(&fake.warnings);
        collect_broken(31, 31, 70 * NS_PER_S);
        assert_string_equal(fake.warnings.data,
                            "camera front: frame 31 is broken (truncated: 0 of 1 blocks) and taken for no "
                            "picture, as 29 others were since the last such line\n");
        finish();
        assert_int_equal(fake.pictures, 0);
        assert_non_null(strstr(fake.told.data, "\"reason\":\"broken frame\""));
}

static void what_waited_for_the_run_goes_on_as_one(void **state)
{
        struct text line = {0};

        set_hanging(true);
        text_add(&line, "{}");
        for (unsigned i = 0; i < 20000; i++)
                recorder_event(recorder, &line);
        decide(CORE_RUN_BEGIN, 0);
        recorder_act(recorder, 0);
        recorder_event(recorder, &line);
        set_hanging(false);
        finish();
        assert_int_equal(fake.lines, 20002); /* with the start */
        assert_null(strstr(fake.told.data, "events lost"));
        assert_null(strstr(fake.told.data, "event \n")); /* nor is there an empty line */
        text_finish(&line);
}

/* --- how good the pictures are --- */

/* Of squares, or of nothing but grey. */
static void take_pictures(unsigned count, bool sharp)
{
        static uint64_t number = 100;

        for (unsigned i = 0; i < sizeof(fake.luma); i++)
                fake.luma[i] = sharp && (i / 4 + i / SIDE / 4) % 2 ? 200 : 100;
        for (unsigned i = 0; i < count; i++) {
                decide(CORE_ENCODE, ++number);
                decide(CORE_TAG, number)->tag.captured_utc_ns = (int64_t)number * NS_PER_S;
        }
        recorder_act(recorder, 0);
        recorder_finish(recorder, 0);
}

#define DIRTY "warning camera front: the lens looks dirty: its pictures are blurred\n"
#define CLEAN "notice camera front: the lens looks clean again\n"

static void a_dirty_lens_is_told_once_a_run(void **state)
{
        decide(CORE_RUN_BEGIN, 0);
        take_pictures(40, true);
        take_pictures(14, false);
        assert_string_equal(fake.lens.data, "");
        take_pictures(26, false);
        assert_string_equal(fake.lens.data, DIRTY);
        assert_int_equal(quality_watch_state(recorder_quality(recorder, 0)), 1U << QUALITY_BLURRED);
        assert_int_equal(quality_watch_state(recorder_quality(recorder, 1)), 0);
        take_pictures(40, true);
        assert_string_equal(fake.lens.data, DIRTY CLEAN);
        take_pictures(40, false);
        take_pictures(40, true);
        take_pictures(40, false);
        assert_string_equal(fake.lens.data, DIRTY CLEAN);
        /* It is as dirty in the next run. */
        decide(CORE_RUN_END, 0);
        recorder_act(recorder, 0);
        decide(CORE_RUN_BEGIN, 0);
        take_pictures(1, false);
        assert_string_equal(fake.lens.data, DIRTY CLEAN DIRTY);
        assert_int_equal(fake.measured, 40 + 40 + 40 + 40 + 40 + 40 + 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(a_picture_that_fails_at_the_end_of_a_run_is_a_gap_of_it, set_up,
                                                tear_down),
                cmocka_unit_test_setup_teardown(at_a_stop_every_picture_lands, set_up, tear_down),
                cmocka_unit_test_setup_teardown(at_a_stop_every_failure_is_told, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_stop_waits_for_a_disk_that_was_behind, set_up, tear_down),
                cmocka_unit_test_setup_teardown(parking_waits_for_a_hanging_disk_so_long_and_no_longer, set_up,
                                                tear_down),
                cmocka_unit_test_setup_teardown(a_late_loss_names_the_exposure_that_it_is_about, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_frame_that_is_gone_names_its_exposure, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_broken_frame_is_a_gap_and_told_once_a_minute, set_up, tear_down),
                cmocka_unit_test_setup_teardown(what_waited_for_the_run_goes_on_as_one, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_dirty_lens_is_told_once_a_run, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
