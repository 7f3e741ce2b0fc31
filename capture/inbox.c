/* SPDX-License-Identifier: MIT */
#include "capture/inbox.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/fd.h"

#define FRAMES_MAX 64

struct waiting {
        uint64_t order; /* of the put, from 1; 0: nothing waits here */
        struct inbox_item item;
};

struct inbox {
        pthread_mutex_t mutex; /* guards all below but the fd */
        uint64_t order;
        struct waiting frames[FRAMES_MAX]; /* a ring: `count` of them from `first` */
        unsigned first, count;
        struct waiting states[CONFIG_MAX_CAMERAS];
        int fd;
};

int inbox_create(struct inbox **ret_inbox)
{
        struct inbox *inbox = calloc(1, sizeof(*inbox));
        int r;

        if (!inbox)
                return -ENOMEM;
        inbox->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (inbox->fd < 0) {
                r = -errno;
                free(inbox);
                return r;
        }
        pthread_mutex_init(&inbox->mutex, NULL); /* cannot fail on Linux with default attributes */
        *ret_inbox = inbox;
        return 0;
}

void inbox_destroy(struct inbox *inbox)
{
        struct inbox_item item;

        if (!inbox)
                return;
        while (inbox_take(inbox, &item))
                camera_frame_unref(item.frame);
        pthread_mutex_destroy(&inbox->mutex);
        fd_close(inbox->fd);
        free(inbox);
}

static void wake(const struct inbox *inbox)
{
        uint64_t one = 1;

        if (write(inbox->fd, &one, sizeof(one)) < 0)
                return; /* the counter is full, so the fd is readable already */
}

void inbox_put_frame(struct inbox *inbox, unsigned camera, unsigned opening, struct camera_frame *frame)
{
        bool fits;

        assert(camera < CONFIG_MAX_CAMERAS && frame);
        pthread_mutex_lock(&inbox->mutex);
        fits = inbox->count < FRAMES_MAX;
        if (fits) {
                struct waiting *place = &inbox->frames[(inbox->first + inbox->count++) % FRAMES_MAX];

                place->order = ++inbox->order;
                place->item = (struct inbox_item){.camera = camera, .opening = opening, .frame = frame};
        }
        pthread_mutex_unlock(&inbox->mutex);
        if (fits)
                wake(inbox);
        else
                camera_frame_unref(frame);
}

void inbox_put_state(struct inbox *inbox, unsigned camera, unsigned opening, enum camera_state state, const char *why)
{
        struct waiting *place = &inbox->states[camera];

        assert(camera < CONFIG_MAX_CAMERAS);
        pthread_mutex_lock(&inbox->mutex);
        place->order = ++inbox->order;
        place->item = (struct inbox_item){.camera = camera, .opening = opening, .state = state};
        snprintf(place->item.why, sizeof(place->item.why), "%s", why);
        pthread_mutex_unlock(&inbox->mutex);
        wake(inbox);
}

int inbox_fd(const struct inbox *inbox)
{
        return inbox->fd;
}

/* What was put first of all that waits; NULL: nothing waits. */
static struct waiting *oldest(struct inbox *inbox)
{
        struct waiting *best = inbox->count > 0 ? &inbox->frames[inbox->first] : NULL;

        for (unsigned i = 0; i < CONFIG_MAX_CAMERAS; i++) {
                struct waiting *place = &inbox->states[i];

                if (place->order > 0 && (!best || place->order < best->order))
                        best = place;
        }
        return best;
}

bool inbox_take(struct inbox *inbox, struct inbox_item *ret_item)
{
        struct waiting *place;
        uint64_t counter;

        if (read(inbox->fd, &counter, sizeof(counter)) < 0)
                counter = 0; /* EAGAIN: nothing new; what waits is looked for all the same */
        pthread_mutex_lock(&inbox->mutex);
        place = oldest(inbox);
        if (place) {
                *ret_item = place->item;
                place->order = 0;
                if (place->item.frame) {
                        inbox->first = (inbox->first + 1) % FRAMES_MAX;
                        inbox->count--;
                }
        }
        pthread_mutex_unlock(&inbox->mutex);
        return place != NULL;
}
