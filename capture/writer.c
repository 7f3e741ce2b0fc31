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
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/queue.h"
#include "geotag/picture_metadata.h"

/* A minute of events, fixes and frames at 60 a second; and half a minute of pictures at 2 a second. */
#define COMMANDS_MAX 4096
#define PICTURES_MAX 64

enum command_kind { RUN_BEGIN, RUN_END, EVENT, FIX, GAP, PICTURE, COMMIT };

struct command {
        enum command_kind kind;
        union {
                struct {
                        struct index_run run;
                        char *config;
                } begin;
                struct {
                        int64_t utc_ns;
                        double travelled_m;
                } end;
                struct {
                        char *line;
                        size_t length;
                } event;
                struct {
                        struct fix fix;
                        int64_t arrival_boottime_ns;
                        const char *verdict;
                } fix;
                struct gap gap;
                struct shot_result picture;
                bool checkpoint;
        };
};

struct lost {
        unsigned camera;
        uint64_t frame_number;
};

struct writer {
        struct store *store;
        enum writer_mode mode;
        struct queue *commands;
        struct queue *lost;
        pthread_t thread;
        bool thread_runs;
        int fd;
        pthread_mutex_t lock; /* guards status and pictures_queued */
        struct writer_status status;
        unsigned pictures_queued;
        char run[40]; /* the writing side's own copy */
};

static void command_free(struct command *command)
{
        if (command->kind == RUN_BEGIN)
                free(command->begin.config);
        if (command->kind == EVENT)
                free(command->event.line);
        if (command->kind == PICTURE)
                free(command->picture.jpeg);
        free(command);
}

static int begin_run(struct writer *writer, struct command *command)
{
        struct index_run *run = &command->begin.run;
        int r;

        run->config = command->begin.config;
        r = store_run_name(writer->store, run->start_utc_ns, run->name);
        if (r == 0)
                r = store_run_begin(writer->store, run);
        if (r < 0)
                return r;
        memcpy(writer->run, run->name, sizeof(writer->run));
        pthread_mutex_lock(&writer->lock);
        memcpy(writer->status.run, run->name, sizeof(writer->status.run));
        pthread_mutex_unlock(&writer->lock);
        log_info("run %s begins", run->name);
        return 0;
}

static int end_run(struct writer *writer, const struct command *command)
{
        int r = store_run_end(writer->store, command->end.utc_ns, command->end.travelled_m);

        log_info("run %s ends after %.0f m", writer->run, command->end.travelled_m);
        writer->run[0] = '\0';
        pthread_mutex_lock(&writer->lock);
        writer->status.run[0] = '\0';
        pthread_mutex_unlock(&writer->lock);
        return r;
}

static void tell_lost(struct writer *writer, unsigned camera, uint64_t frame_number)
{
        struct lost *lost = malloc(sizeof(*lost));
        uint64_t one = 1;

        if (!lost)
                abort();
        *lost = (struct lost){camera, frame_number};
        if (queue_try_put(writer->lost, lost) < 0) {
                log_error("too many pictures lost to tell");
                free(lost);
        }
        if (write(writer->fd, &one, sizeof(one)) < 0)
                return; /* the counter is full, so the fd is readable already */
}

static int write_picture(struct writer *writer, struct shot_result *picture)
{
        uint8_t *data = NULL;
        size_t size;
        int r;

        memcpy(picture->tag.run, writer->run, sizeof(picture->tag.run));
        r = picture_write(&picture->tag, picture->jpeg, picture->jpeg_size, &data, &size);
        if (r == 0)
                r = store_picture(writer->store, &picture->tag, data, size);
        free(data);
        if (r < 0)
                return r;
        pthread_mutex_lock(&writer->lock);
        writer->status.pictures++;
        writer->status.last_captured_utc_ns = picture->tag.captured_utc_ns;
        snprintf(writer->status.last_path, sizeof(writer->status.last_path),
                 STORAGE_RUNS_NAME "/%s/%s/%08" PRIu64 ".jpg", writer->run, picture->tag.camera, picture->tag.sequence);
        pthread_mutex_unlock(&writer->lock);
        return 0;
}

static int write_gap(struct writer *writer, struct gap *gap)
{
        memcpy(gap->run, writer->run, sizeof(gap->run));
        return store_gap(writer->store, gap);
}

static int commit(struct writer *writer, bool checkpoint)
{
        int r = store_commit(writer->store);

        return r == 0 && checkpoint ? store_checkpoint(writer->store) : r;
}

static int carry_out(struct writer *writer, struct command *command)
{
        if (command->kind != RUN_BEGIN && command->kind != COMMIT && !writer->run[0])
                return -ENOENT; /* its run could not begin */
        switch (command->kind) {
        case RUN_BEGIN:
                return begin_run(writer, command);
        case RUN_END:
                return end_run(writer, command);
        case EVENT:
                return store_event(writer->store, command->event.line, command->event.length);
        case FIX:
                return store_fix(writer->store, writer->run, &command->fix.fix, command->fix.arrival_boottime_ns,
                                 command->fix.verdict);
        case GAP:
                return write_gap(writer, &command->gap);
        case PICTURE:
                return write_picture(writer, &command->picture);
        case COMMIT:
                return commit(writer, command->checkpoint);
        }
        return -EINVAL;
}

static void execute(struct writer *writer, struct command *command)
{
        static const char *const what[] = {"begin of the run", "end of the run", "event", "fix", "gap",
                                           "picture",          "commit"};
        int r = carry_out(writer, command);
        bool news;

        pthread_mutex_lock(&writer->lock);
        news = r < 0 && r != writer->status.last_error;
        writer->status.errors += r < 0;
        writer->status.last_error = r;
        writer->pictures_queued -= command->kind == PICTURE && writer->mode == WRITER_THREAD;
        pthread_mutex_unlock(&writer->lock);
        if (news)
                log_error("cannot store a %s: %s; going on", what[command->kind], strerror(-r));
        if (r < 0 && command->kind == PICTURE)
                tell_lost(writer, command->picture.camera, command->picture.frame_number);
        command_free(command);
}

static void *run_thread(void *userdata)
{
        struct writer *writer = userdata;
        struct command *command;

        while ((command = queue_take(writer->commands)))
                execute(writer, command);
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

int writer_create(struct store *store, enum writer_mode mode, struct writer **ret_writer)
{
        struct writer *writer = calloc(1, sizeof(*writer));
        int r;

        if (!writer)
                return -ENOMEM;
        writer->store = store;
        writer->mode = mode;
        pthread_mutex_init(&writer->lock, NULL);
        writer->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        r = writer->fd < 0 ? -errno : 0;
        if (r == 0)
                r = queue_create(COMMANDS_MAX, &writer->commands);
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

void writer_destroy(struct writer *writer)
{
        struct lost *lost;

        if (!writer)
                return;
        if (writer->commands) {
                writer_commit(writer, true);
                queue_close(writer->commands);
        }
        if (writer->thread_runs)
                pthread_join(writer->thread, NULL);
        while (writer->lost && (lost = queue_try_take(writer->lost)))
                free(lost);
        queue_destroy(writer->commands);
        queue_destroy(writer->lost);
        fd_close(writer->fd);
        pthread_mutex_destroy(&writer->lock);
        free(writer);
}

static struct command *command_new(enum command_kind kind)
{
        struct command *command = calloc(1, sizeof(*command));

        if (!command)
                abort();
        command->kind = kind;
        return command;
}

/* Waits while the queue is full: COMMANDS_MAX is so large that only a disk that hangs for a minute gets there, and then the order of
 * events matters more than the cameras' frames, which are dropped and counted at their own queues. */
static void put(struct writer *writer, struct command *command)
{
        if (writer->mode == WRITER_IN_PLACE)
                execute(writer, command);
        else
                queue_put(writer->commands, command);
}

void writer_run_begin(struct writer *writer, const struct index_run *run)
{
        struct command *command = command_new(RUN_BEGIN);

        command->begin.run = *run;
        command->begin.config = strdup(run->config);
        if (!command->begin.config)
                abort();
        put(writer, command);
}

void writer_run_end(struct writer *writer, int64_t end_utc_ns, double travelled_m)
{
        struct command *command = command_new(RUN_END);

        command->end.utc_ns = end_utc_ns;
        command->end.travelled_m = travelled_m;
        put(writer, command);
}

void writer_event(struct writer *writer, const char *line, size_t length)
{
        struct command *command = command_new(EVENT);

        command->event.line = malloc(length + 1);
        if (!command->event.line)
                abort();
        memcpy(command->event.line, line, length);
        command->event.length = length;
        put(writer, command);
}

void writer_fix(struct writer *writer, const struct fix *fix, int64_t arrival_boottime_ns, const char *verdict)
{
        struct command *command = command_new(FIX);

        command->fix.fix = *fix;
        command->fix.arrival_boottime_ns = arrival_boottime_ns;
        command->fix.verdict = verdict;
        put(writer, command);
}

void writer_gap(struct writer *writer, const struct gap *gap)
{
        struct command *command = command_new(GAP);

        command->gap = *gap;
        put(writer, command);
}

int writer_picture(struct writer *writer, struct shot_result *result)
{
        struct command *command;
        bool full;

        pthread_mutex_lock(&writer->lock);
        full = writer->pictures_queued >= PICTURES_MAX;
        writer->pictures_queued += !full && writer->mode == WRITER_THREAD;
        pthread_mutex_unlock(&writer->lock);
        if (full) {
                free(result->jpeg);
                return -EAGAIN;
        }
        command = command_new(PICTURE);
        command->picture = *result;
        put(writer, command);
        return 0;
}

void writer_commit(struct writer *writer, bool checkpoint)
{
        struct command *command = command_new(COMMIT);

        command->checkpoint = checkpoint;
        put(writer, command);
}

int writer_fd(const struct writer *writer)
{
        return writer->fd;
}

bool writer_next_lost(struct writer *writer, unsigned *ret_camera, uint64_t *ret_frame_number)
{
        uint64_t counter;
        struct lost *lost;

        if (read(writer->fd, &counter, sizeof(counter)) < 0)
                counter = 0; /* EAGAIN: nothing new; the queue is asked all the same */
        lost = queue_try_take(writer->lost);
        if (!lost)
                return false;
        *ret_camera = lost->camera;
        *ret_frame_number = lost->frame_number;
        free(lost);
        return true;
}

void writer_get_status(struct writer *writer, struct writer_status *ret_status)
{
        pthread_mutex_lock(&writer->lock);
        *ret_status = writer->status;
        pthread_mutex_unlock(&writer->lock);
        ret_status->queued = queue_length(writer->commands);
}
