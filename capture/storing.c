/* SPDX-License-Identifier: MIT */
#include "capture/storing.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "capture/events.h"
#include "geotag/picture_metadata.h"

#define RETRY_FIRST_NS (1 * NS_PER_S)
#define RETRY_LONGEST_NS (8 * NS_PER_S)
/* Events and fixes that wait for a run to begin: over an hour of one camera at 10 frames a second. Gaps, few and small, get more room. */
#define HELD_BYTES_MAX (16u << 20)
#define HELD_GAPS_BYTES_MAX (20u << 20)

struct storing {
        struct store *store;
        void (*done)(void *userdata, const struct command *command, int error);
        void *userdata;
        char run[40]; /* that is open; "" none */
        /* The begin that failed, and all that came after it. */
        struct command *first, **end;
        size_t held_bytes;
        struct command *lost; /* among them: counts what had no room any more; NULL: there was room so far */
        int error;            /* of the begin */
        int64_t retry_boottime_ns, delay_ns;
};

int storing_create(struct store *store, void (*done)(void *userdata, const struct command *command, int error),
                   void *userdata, struct storing **ret_storing)
{
        struct storing *storing = calloc(1, sizeof(*storing));

        if (!storing)
                return -ENOMEM;
        storing->store = store;
        storing->done = done;
        storing->userdata = userdata;
        storing->end = &storing->first;
        *ret_storing = storing;
        return 0;
}

/* --- one command --- */

static int begin_run(struct storing *storing, struct command_begin *begin)
{
        struct index_run *run = &begin->run;
        int r;

        run->config = begin->config;
        r = store_run_name(storing->store, run->start_utc_ns, run->name);
        if (r == 0)
                r = store_run_begin(storing->store, run);
        if (r < 0)
                return r;
        memcpy(storing->run, run->name, sizeof(storing->run));
        log_info("run %s begins", run->name);
        return 0;
}

static int end_run(struct storing *storing, const struct command *command)
{
        int r = store_run_end(storing->store, command->end.utc_ns, command->end.travelled_m);

        log_info("run %s ends after %.0f m", storing->run, command->end.travelled_m);
        storing->run[0] = '\0';
        return r;
}

static int write_events_lost(struct storing *storing, const struct command *command)
{
        struct text text = {0};
        int r;

        event_write_events_lost(&text, command->lost.boottime_ns, command->lost.events, command->lost.fixes);
        r = store_event(storing->store, text.data, text.length);
        text_finish(&text);
        return r;
}

static int write_picture(struct storing *storing, struct shot_result *shot)
{
        uint8_t *data = NULL;
        size_t size;
        int r;

        memcpy(shot->tag.run, storing->run, sizeof(shot->tag.run));
        r = picture_write(&shot->tag, shot->jpeg, shot->jpeg_size, &data, &size);
        if (r == 0)
                r = store_picture(storing->store, &shot->tag, data, size);
        free(data);
        return r;
}

static int write_gap(struct storing *storing, struct gap *gap)
{
        memcpy(gap->run, storing->run, sizeof(gap->run));
        return store_gap(storing->store, gap);
}

static int commit(struct storing *storing, bool checkpoint)
{
        int r = store_commit(storing->store);

        return r == 0 && checkpoint ? store_checkpoint(storing->store) : r;
}

static int carry_out(struct storing *storing, struct command *command)
{
        if (command->kind != COMMAND_RUN_BEGIN && command->kind != COMMAND_COMMIT && !storing->run[0])
                return -ENOENT;
        switch (command->kind) {
        case COMMAND_RUN_BEGIN:
                return begin_run(storing, command->begin);
        case COMMAND_RUN_END:
                return end_run(storing, command);
        case COMMAND_EVENT:
                return store_event(storing->store, command->event.lines, command->event.length);
        case COMMAND_EVENTS_LOST:
                return write_events_lost(storing, command);
        case COMMAND_FIX:
                return store_fix(storing->store, storing->run, &command->fix->fix, command->fix->arrival_boottime_ns,
                                 command->fix->verdict);
        case COMMAND_GAP:
                return write_gap(storing, command->gap);
        case COMMAND_PICTURE:
                return write_picture(storing, &command->picture->shot);
        case COMMAND_COMMIT:
                return commit(storing, command->checkpoint);
        case COMMAND_KIND_COUNT:
                break;
        }
        return -EINVAL;
}

static void finish(struct storing *storing, struct command *command, int error)
{
        storing->done(storing->userdata, command, error);
        command_free(command);
}

/* --- what waits for its run --- */

static void append(struct storing *storing, struct command *command)
{
        command->next = NULL;
        *storing->end = command;
        storing->end = &command->next;
        storing->held_bytes += command_bytes(command);
}

static void lose_held(struct storing *storing, struct command *command, int64_t now_boottime_ns)
{
        if (!storing->lost) {
                storing->lost = command_new(COMMAND_EVENTS_LOST);
                storing->lost->lost.boottime_ns = now_boottime_ns;
                append(storing, storing->lost);
        }
        command_count_lost(storing->lost, command);
        finish(storing, command, -ENOBUFS);
}

/* Behind a begin that failed. Ends and begins of runs always have room: minutes lie between them. */
static void hold(struct storing *storing, struct command *command, int64_t now_boottime_ns)
{
        size_t bytes = storing->held_bytes + command_bytes(command);

        switch (command->kind) {
        case COMMAND_PICTURE:
                finish(storing, command, storing->error);
                return;
        case COMMAND_COMMIT:
                command_free(command); /* the begin commits what is left of the run before */
                return;
        case COMMAND_GAP:
                if (bytes > HELD_GAPS_BYTES_MAX) {
                        finish(storing, command, -ENOBUFS);
                        return;
                }
                break;
        case COMMAND_EVENT:
        case COMMAND_FIX:
                /* After the first that has no room none is kept, however small: what is there has no holes. */
                if (storing->lost || bytes > HELD_BYTES_MAX) {
                        lose_held(storing, command, now_boottime_ns);
                        return;
                }
                break;
        default:
                storing->lost = NULL; /* another run's are counted in its own events */
                break;
        }
        append(storing, command);
}

static void wait_for_retry(struct storing *storing, int error, int64_t delay_ns, int64_t now_boottime_ns)
{
        storing->error = error;
        storing->delay_ns = delay_ns;
        storing->retry_boottime_ns = now_boottime_ns + delay_ns;
}

void storing_put(struct storing *storing, struct command *command, int64_t now_boottime_ns)
{
        int r;

        if (storing->first) {
                hold(storing, command, now_boottime_ns);
                return;
        }
        r = carry_out(storing, command);
        if (r < 0 && command->kind == COMMAND_RUN_BEGIN) {
                storing->done(storing->userdata, command, r);
                append(storing, command);
                wait_for_retry(storing, r, RETRY_FIRST_NS, now_boottime_ns);
                return;
        }
        finish(storing, command, r);
}

static struct command *take_held(struct storing *storing)
{
        struct command *first = storing->first;

        storing->first = storing->lost = NULL;
        storing->end = &storing->first;
        storing->held_bytes = 0;
        return first;
}

static void retry(struct storing *storing, int64_t now_boottime_ns)
{
        int64_t longer_ns = 2 * storing->delay_ns;
        struct command *command, *next;
        int r = carry_out(storing, storing->first);

        if (r < 0) {
                if (r != storing->error)
                        storing->done(storing->userdata, storing->first, r);
                wait_for_retry(storing, r, longer_ns < RETRY_LONGEST_NS ? longer_ns : RETRY_LONGEST_NS,
                               now_boottime_ns);
                return;
        }
        command = take_held(storing);
        next = command->next;
        finish(storing, command, 0);
        for (command = next; command; command = next) {
                next = command->next;
                storing_put(storing, command, now_boottime_ns); /* waits again if another run cannot begin */
        }
}

void storing_retry(struct storing *storing, int64_t now_boottime_ns)
{
        if (storing->first && now_boottime_ns >= storing->retry_boottime_ns)
                retry(storing, now_boottime_ns);
}

int64_t storing_retry_boottime_ns(const struct storing *storing)
{
        return storing->first ? storing->retry_boottime_ns : INT64_MAX;
}

void storing_destroy(struct storing *storing)
{
        struct command *command, *next;
        unsigned lost = 0;
        int r;

        if (!storing)
                return;
        if (storing->first) {
                retry(storing, storing->retry_boottime_ns);
                r = storing->first ? 0 : commit(storing, true);
                if (r < 0)
                        log_error("cannot commit at the end: %s", strerror(-r));
        }
        for (command = take_held(storing); command; command = next) {
                next = command->next;
                lost++;
                command_free(command);
        }
        if (lost > 0)
                log_error("a run that could not begin is lost with its %u events, fixes and gaps: %s", lost - 1,
                          strerror(-storing->error));
        free(storing);
}
