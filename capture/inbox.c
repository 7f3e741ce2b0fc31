/* SPDX-License-Identifier: MIT */
#include "capture/inbox.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/queue.h"

#define ITEMS_MAX 64

struct inbox {
        struct queue *items;
        int fd;
};

int inbox_create(struct inbox **ret_inbox)
{
        struct inbox *inbox = calloc(1, sizeof(*inbox));
        int r;

        if (!inbox)
                return -ENOMEM;
        inbox->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        r = inbox->fd < 0 ? -errno : queue_create(ITEMS_MAX, &inbox->items);
        if (r < 0) {
                inbox_destroy(inbox);
                return r;
        }
        *ret_inbox = inbox;
        return 0;
}

void inbox_destroy(struct inbox *inbox)
{
        struct inbox_item item;

        if (!inbox)
                return;
        while (inbox->items && inbox_take(inbox, &item))
                camera_frame_unref(item.frame);
        queue_destroy(inbox->items);
        fd_close(inbox->fd);
        free(inbox);
}

static void put(struct inbox *inbox, const struct inbox_item *item)
{
        struct inbox_item *copy = malloc(sizeof(*copy));
        uint64_t one = 1;

        if (copy)
                *copy = *item;
        if (!copy || queue_try_put(inbox->items, copy) < 0) {
                camera_frame_unref(item->frame);
                free(copy);
                return;
        }
        if (write(inbox->fd, &one, sizeof(one)) < 0)
                return; /* the counter is full, so the fd is readable already */
}

void inbox_put_frame(struct inbox *inbox, unsigned camera, struct camera_frame *frame)
{
        put(inbox, &(struct inbox_item){.camera = camera, .frame = frame});
}

void inbox_put_state(struct inbox *inbox, unsigned camera, enum camera_state state, const char *why)
{
        struct inbox_item item = {.camera = camera, .state = state};

        snprintf(item.why, sizeof(item.why), "%s", why);
        put(inbox, &item);
}

int inbox_fd(const struct inbox *inbox)
{
        return inbox->fd;
}

bool inbox_take(struct inbox *inbox, struct inbox_item *ret_item)
{
        uint64_t counter;
        struct inbox_item *item;

        if (read(inbox->fd, &counter, sizeof(counter)) < 0)
                counter = 0; /* EAGAIN: nothing new; the queue is asked all the same */
        item = queue_try_take(inbox->items);
        if (!item)
                return false;
        *ret_item = *item;
        free(item);
        return true;
}
