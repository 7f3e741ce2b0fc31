/* SPDX-License-Identifier: MIT */
#include "capture/writer.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/queue.h"
#include "capture/storing.h"

/* What may wait in the queue: a minute of events and fixes at 60 frames a second, which are dropped beyond it until a quarter is free again;
 * half a minute of pictures at 2 a second; gaps and pictures have a room of their own behind the events, ends and begins of runs behind all. */
#define EVENTS_MAX 4096
#define EVENTS_AGAIN (EVENTS_MAX / 4 * 3)
#define PICTURES_MAX 64
#define GAPS_MAX 4096
#define RUNS_MAX 64

struct lost {
        struct writer_lost picture;
        unsigned run_number;
};

struct writer {
        struct storing *storing; /* the thread's, if there is one */
        enum writer_mode mode;
        struct queue *commands;
        struct queue *lost;
        pthread_t thread;
        bool thread_runs;
        int fd;

        /* the putting side's */
        struct command *events_lost; /* counts while the queue is too full; NULL: it is not */
        bool gap_lost_told;
        unsigned run_number; /* begins and ends of runs so far */
        uint64_t put;        /* commands so far */

        pthread_mutex_t lock; /* guards all below */
        pthread_cond_t progress;
        struct writer_status status;
        unsigned pictures_queued;
        uint64_t carried_out;           /* of those that were put */
        int errors[COMMAND_KIND_COUNT]; /* of each kind, since storing worked last */
};

static void tell_lost(struct writer *writer, const struct command_picture *picture)
{
        struct lost *lost = malloc(sizeof(*lost));
        uint64_t one = 1;

        if (!lost)
                abort();
        *lost = (struct lost){
                {picture->shot.camera, picture->shot.frame_number, picture->shot.exposure_mid_boottime_ns},
                picture->run_number};
        if (queue_try_put(writer->lost, lost) < 0) {
                log_error("too many pictures lost to tell");
                free(lost);
        }
        if (write(writer->fd, &one, sizeof(one)) < 0)
                return; /* the counter is full, so the fd is readable already */
}

/* --- what became of a command --- */

static void note_run(struct writer_status *status, const struct command *command, int error)
{
        if (command->kind == COMMAND_RUN_END)
                status->run[0] = '\0';
        if (command->kind == COMMAND_RUN_BEGIN && error == 0)
                memcpy(status->run, command->begin->run.name, sizeof(status->run));
}

static void note_picture(struct writer_status *status, const struct picture_tag *tag)
{
        status->pictures++;
        status->last_captured_utc_ns = tag->captured_utc_ns;
        snprintf(status->last_path, sizeof(status->last_path), STORAGE_RUNS_NAME "/%s/%s/%08" PRIu64 ".jpg", tag->run,
                 tag->camera, tag->sequence);
}

/* Storing works again when a picture or the begin of a run is on disk; for all but pictures also when a commit is: the little that it
 * writes finds room on a disk that is too full for a picture. Returns whether that is news. */
static bool forget_errors(struct writer *writer, enum command_kind kind)
{
        bool had_error = writer->status.last_error < 0;

        if (kind != COMMAND_PICTURE && kind != COMMAND_RUN_BEGIN && kind != COMMAND_COMMIT)
                return false;
        for (int i = 0; i < COMMAND_KIND_COUNT; i++)
                if (kind != COMMAND_COMMIT || i != COMMAND_PICTURE)
                        writer->errors[i] = 0;
        writer->status.last_error = writer->errors[COMMAND_PICTURE];
        return had_error && writer->status.last_error == 0;
}

/* Returns whether that is news. */
static bool keep_error(struct writer *writer, enum command_kind kind, int error)
{
        bool is_news = writer->errors[kind] != error;

        writer->status.errors++;
        writer->errors[kind] = error;
        /* That its run cannot begin tells most. */
        writer->status.last_error = writer->errors[COMMAND_RUN_BEGIN] ? writer->errors[COMMAND_RUN_BEGIN] : error;
        return is_news;
}

static void log_change(enum command_kind kind, int error)
{
        static const char *const what[] = {
                [COMMAND_RUN_BEGIN] = "begin the run", [COMMAND_RUN_END] = "end the run",
                [COMMAND_EVENT] = "store an event",    [COMMAND_EVENTS_LOST] = "tell of lost events",
                [COMMAND_FIX] = "store a fix",         [COMMAND_GAP] = "store a gap",
                [COMMAND_PICTURE] = "store a picture", [COMMAND_COMMIT] = "commit",
        };

        if (error < 0)
                log_error("cannot %s: %s; %s", what[kind], strerror(-error),
                          kind == COMMAND_RUN_BEGIN ? "retrying" : "going on");
        else
                log_notice("storing works again");
}

static void on_done(void *userdata, const struct command *command, int error)
{
        struct writer *writer = userdata;
        bool is_news;

        pthread_mutex_lock(&writer->lock);
        note_run(&writer->status, command, error);
        if (command->kind == COMMAND_PICTURE) {
                writer->pictures_queued -= writer->mode == WRITER_THREAD;
                if (error == 0)
                        note_picture(&writer->status, &command->picture->shot.tag);
        }
        is_news = error < 0 ? keep_error(writer, command->kind, error) : forget_errors(writer, command->kind);
        pthread_mutex_unlock(&writer->lock);
        if (is_news)
                log_change(command->kind, error);
        if (error < 0 && command->kind == COMMAND_PICTURE)
                tell_lost(writer, command->picture);
}

/* --- the thread --- */

static void execute(struct writer *writer, struct command *command)
{
        int64_t now_ns = clock_boottime_ns();

        storing_retry(writer->storing, now_ns);
        storing_put(writer->storing, command, now_ns);
        pthread_mutex_lock(&writer->lock);
        writer->carried_out++;
        pthread_cond_broadcast(&writer->progress);
        pthread_mutex_unlock(&writer->lock);
}

/* What is left until a deadline; INT64_MAX for one that never comes. */
static int64_t left_ns(int64_t deadline_boottime_ns)
{
        int64_t left = INT64_MAX;

        if (deadline_boottime_ns < INT64_MAX)
                left = deadline_boottime_ns - clock_boottime_ns();
        return left > 0 ? left : 0;
}

static void *run_thread(void *userdata)
{
        struct writer *writer = userdata;
        void *command = NULL;
        int r = 0;

        while (r != -EPIPE) {
                r = queue_take_within(writer->commands, left_ns(storing_retry_boottime_ns(writer->storing)), &command);
                if (r == 0)
                        execute(writer, command);
                else if (r == -ETIMEDOUT)
                        storing_retry(writer->storing, clock_boottime_ns());
        }
        return NULL;
}

static int start_thread(struct writer *writer)
{
        sigset_t all, before;
        int r;

        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        r = -pthread_create(&writer->thread, NULL, run_thread, writer);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        writer->thread_runs = r == 0;
        return r;
}

static void init_lock(struct writer *writer)
{
        pthread_condattr_t monotonic;

        pthread_mutex_init(&writer->lock, NULL);
        pthread_condattr_init(&monotonic);
        pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
        pthread_cond_init(&writer->progress, &monotonic);
        pthread_condattr_destroy(&monotonic);
}

int writer_create(struct store *store, enum writer_mode mode, struct writer **ret_writer)
{
        struct writer *writer = calloc(1, sizeof(*writer));
        int r;

        if (!writer)
                return -ENOMEM;
        writer->mode = mode;
        init_lock(writer);
        writer->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        r = writer->fd < 0 ? -errno : 0;
        if (r == 0)
                r = storing_create(store, on_done, writer, &writer->storing);
        if (r == 0)
                r = queue_create(EVENTS_MAX + GAPS_MAX + RUNS_MAX, &writer->commands);
        if (r == 0)
                r = queue_create(2 * PICTURES_MAX, &writer->lost);
        if (r == 0 && mode == WRITER_THREAD)
                r = start_thread(writer);
        if (r < 0) {
                writer_destroy(writer);
                return r;
        }
        *ret_writer = writer;
        return 0;
}

/* --- putting --- */

/* How long the queue may be for such a command to join it. */
static size_t queue_limit(const struct writer *writer, enum command_kind kind)
{
        switch (kind) {
        case COMMAND_EVENT:
        case COMMAND_FIX:
                return writer->events_lost ? EVENTS_AGAIN : EVENTS_MAX;
        case COMMAND_COMMIT:
                return EVENTS_MAX; /* there are others in it */
        case COMMAND_GAP:
        case COMMAND_PICTURE:
                return EVENTS_MAX + GAPS_MAX;
        default:
                return EVENTS_MAX + GAPS_MAX + RUNS_MAX;
        }
}

static void drop(struct writer *writer, struct command *command)
{
        if (command->kind == COMMAND_EVENT || command->kind == COMMAND_FIX) {
                if (!writer->events_lost) {
                        log_error(
                                "the disk does not keep up: dropping events and fixes; the run's events will say "
                                "how many");
                        writer->events_lost = command_new(COMMAND_EVENTS_LOST);
                        writer->events_lost->lost.boottime_ns = clock_boottime_ns();
                }
                command_count_lost(writer->events_lost, command);
        } else if (command->kind != COMMAND_COMMIT && !writer->gap_lost_told) {
                log_error("the disk has not kept up for so long that gaps are lost");
                writer->gap_lost_told = true;
        }
        pthread_mutex_lock(&writer->lock);
        if (command->kind != COMMAND_COMMIT)
                keep_error(writer, command->kind, -ENOBUFS);
        pthread_mutex_unlock(&writer->lock);
        command_free(command);
}

/* Waits while the queue is full to its very end. */
static void enqueue(struct writer *writer, struct command *command)
{
        queue_put(writer->commands, command);
        writer->put++;
}

/* What was dropped is told where it is missing. */
static void enqueue_events_lost(struct writer *writer)
{
        if (writer->events_lost)
                enqueue(writer, writer->events_lost);
        writer->events_lost = NULL;
}

/* Never waits. */
static void put(struct writer *writer, struct command *command)
{
        if (writer->mode == WRITER_IN_PLACE) {
                execute(writer, command);
                return;
        }
        if (queue_length(writer->commands) >= queue_limit(writer, command->kind)) {
                drop(writer, command);
                return;
        }
        if (command->kind == COMMAND_EVENT || command->kind == COMMAND_FIX || command->kind == COMMAND_RUN_END)
                enqueue_events_lost(writer);
        enqueue(writer, command);
}

static void put_last(struct writer *writer)
{
        struct command *commit = command_new(COMMAND_COMMIT);

        commit->checkpoint = true;
        if (writer->mode == WRITER_IN_PLACE) {
                execute(writer, commit);
                return;
        }
        enqueue_events_lost(writer);
        enqueue(writer, commit);
        queue_close(writer->commands);
        pthread_join(writer->thread, NULL);
}

void writer_destroy(struct writer *writer)
{
        struct lost *lost;

        if (!writer)
                return;
        if (writer->thread_runs || (writer->mode == WRITER_IN_PLACE && writer->storing))
                put_last(writer);
        storing_destroy(writer->storing);
        while (writer->lost && (lost = queue_try_take(writer->lost)))
                free(lost);
        queue_destroy(writer->commands);
        queue_destroy(writer->lost);
        fd_close(writer->fd);
        pthread_cond_destroy(&writer->progress);
        pthread_mutex_destroy(&writer->lock);
        free(writer);
}

void writer_run_begin(struct writer *writer, const struct index_run *run)
{
        struct command *command = command_new(COMMAND_RUN_BEGIN);

        command->begin->run = *run;
        command->begin->config = strdup(run->config);
        if (!command->begin->config)
                abort();
        writer->run_number++;
        put(writer, command);
}

void writer_run_end(struct writer *writer, int64_t end_utc_ns, double travelled_m)
{
        struct command *command = command_new(COMMAND_RUN_END);

        writer->run_number++;
        command->end.utc_ns = end_utc_ns;
        command->end.travelled_m = travelled_m;
        put(writer, command);
}

void writer_event(struct writer *writer, const char *lines, size_t length)
{
        struct command *command = command_new(COMMAND_EVENT);

        command->event.lines = malloc(length + 1);
        if (!command->event.lines)
                abort();
        memcpy(command->event.lines, lines, length);
        command->event.length = length;
        put(writer, command);
}

void writer_fix(struct writer *writer, const struct fix *fix, int64_t arrival_boottime_ns, const char *verdict)
{
        struct command *command = command_new(COMMAND_FIX);

        *command->fix = (struct command_fix){*fix, arrival_boottime_ns, verdict};
        put(writer, command);
}

void writer_gap(struct writer *writer, const struct gap *gap)
{
        struct command *command = command_new(COMMAND_GAP);

        *command->gap = *gap;
        put(writer, command);
}

int writer_picture(struct writer *writer, struct shot_result *result)
{
        bool full = queue_length(writer->commands) >= queue_limit(writer, COMMAND_PICTURE);
        struct command *command;

        pthread_mutex_lock(&writer->lock);
        full |= writer->pictures_queued >= PICTURES_MAX;
        writer->pictures_queued += !full && writer->mode == WRITER_THREAD;
        pthread_mutex_unlock(&writer->lock);
        if (full) {
                free(result->jpeg);
                return -EAGAIN;
        }
        command = command_new(COMMAND_PICTURE);
        *command->picture = (struct command_picture){*result, writer->run_number};
        put(writer, command);
        return 0;
}

void writer_commit(struct writer *writer, bool checkpoint)
{
        struct command *command = command_new(COMMAND_COMMIT);

        command->checkpoint = checkpoint;
        put(writer, command);
}

/* --- waiting --- */

/* Waits once, with the lock held. -ETIMEDOUT after the deadline. */
static int wait_for_progress(struct writer *writer, int64_t deadline_boottime_ns)
{
        struct timespec until;
        int64_t until_ns;

        if (deadline_boottime_ns == INT64_MAX)
                return -pthread_cond_wait(&writer->progress, &writer->lock);
        until_ns = clock_monotonic_ns() + left_ns(deadline_boottime_ns);
        until = (struct timespec){.tv_sec = (time_t)(until_ns / NS_PER_S), .tv_nsec = (long)(until_ns % NS_PER_S)};
        return -pthread_cond_timedwait(&writer->progress, &writer->lock, &until);
}

int writer_flush(struct writer *writer, int64_t deadline_boottime_ns)
{
        bool done;

        if (writer->mode == WRITER_IN_PLACE)
                return 0;
        pthread_mutex_lock(&writer->lock);
        while (!(done = writer->carried_out == writer->put))
                if (wait_for_progress(writer, deadline_boottime_ns) < 0)
                        break;
        pthread_mutex_unlock(&writer->lock);
        return done ? 0 : -ETIMEDOUT;
}

int writer_wait_room(struct writer *writer, int64_t deadline_boottime_ns)
{
        bool done;

        pthread_mutex_lock(&writer->lock);
        while (!(done = writer->pictures_queued < PICTURES_MAX))
                if (wait_for_progress(writer, deadline_boottime_ns) < 0)
                        break;
        pthread_mutex_unlock(&writer->lock);
        return done ? 0 : -ETIMEDOUT;
}

/* --- losses --- */

int writer_fd(const struct writer *writer)
{
        return writer->fd;
}

bool writer_next_lost(struct writer *writer, struct writer_lost *ret_lost)
{
        uint64_t counter;
        struct lost *lost;

        if (read(writer->fd, &counter, sizeof(counter)) < 0)
                counter = 0; /* EAGAIN: nothing new; the queue is asked all the same */
        while ((lost = queue_try_take(writer->lost))) {
                struct lost copy = *lost;

                free(lost);
                if (copy.run_number == writer->run_number) {
                        *ret_lost = copy.picture;
                        return true;
                }
                log_error("a picture could not be stored, and its run had ended: no gap tells of it");
        }
        return false;
}

void writer_get_status(struct writer *writer, struct writer_status *ret_status)
{
        pthread_mutex_lock(&writer->lock);
        *ret_status = writer->status;
        pthread_mutex_unlock(&writer->lock);
        ret_status->queued = queue_length(writer->commands);
}
