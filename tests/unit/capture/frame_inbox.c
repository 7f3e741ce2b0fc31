/* SPDX-License-Identifier: MIT */
#include "tests/unit/capture/frame_inbox.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct frame_inbox {
        pthread_mutex_t mutex;
        pthread_cond_t changed;
        struct camera_frame *frames[INBOX_FRAMES];
        unsigned held, count;
        enum camera_state state;
        char why[256];
};

static void take_frame(void *userdata, struct camera_frame *frame)
{
        struct frame_inbox *inbox = userdata;

        pthread_mutex_lock(&inbox->mutex);
        if (inbox->held < INBOX_FRAMES)
                inbox->frames[inbox->held++] = frame;
        else
                camera_frame_unref(frame);
        inbox->count++;
        pthread_cond_broadcast(&inbox->changed);
        pthread_mutex_unlock(&inbox->mutex);
}

static void take_state(void *userdata, enum camera_state state, const char *why)
{
        struct frame_inbox *inbox = userdata;

        pthread_mutex_lock(&inbox->mutex);
        inbox->state = state;
        snprintf(inbox->why, sizeof(inbox->why), "%s", why);
        pthread_cond_broadcast(&inbox->changed);
        pthread_mutex_unlock(&inbox->mutex);
}

struct frame_inbox *frame_inbox_create(void)
{
        struct frame_inbox *inbox = calloc(1, sizeof(*inbox));

        if (!inbox)
                abort();
        pthread_mutex_init(&inbox->mutex, NULL);
        pthread_cond_init(&inbox->changed, NULL);
        return inbox;
}

void frame_inbox_destroy(struct frame_inbox *inbox)
{
        frame_inbox_clear(inbox);
        pthread_cond_destroy(&inbox->changed);
        pthread_mutex_destroy(&inbox->mutex);
        free(inbox);
}

struct camera_handlers frame_inbox_handlers(struct frame_inbox *inbox)
{
        return (struct camera_handlers){.frame = take_frame, .state = take_state, .userdata = inbox};
}

void frame_inbox_wait(struct frame_inbox *inbox, unsigned count)
{
        pthread_mutex_lock(&inbox->mutex);
        while (inbox->count < count)
                pthread_cond_wait(&inbox->changed, &inbox->mutex);
        pthread_mutex_unlock(&inbox->mutex);
}

void frame_inbox_wait_state(struct frame_inbox *inbox, enum camera_state state)
{
        pthread_mutex_lock(&inbox->mutex);
        while (inbox->state != state)
                pthread_cond_wait(&inbox->changed, &inbox->mutex);
        pthread_mutex_unlock(&inbox->mutex);
}

struct camera_frame *frame_inbox_at(struct frame_inbox *inbox, unsigned i)
{
        struct camera_frame *frame;

        pthread_mutex_lock(&inbox->mutex);
        frame = i < inbox->held ? inbox->frames[i] : NULL;
        pthread_mutex_unlock(&inbox->mutex);
        return frame;
}

unsigned frame_inbox_count(struct frame_inbox *inbox)
{
        unsigned count;

        pthread_mutex_lock(&inbox->mutex);
        count = inbox->count;
        pthread_mutex_unlock(&inbox->mutex);
        return count;
}

void frame_inbox_clear(struct frame_inbox *inbox)
{
        pthread_mutex_lock(&inbox->mutex);
        while (inbox->held > 0)
                camera_frame_unref(inbox->frames[--inbox->held]);
        pthread_mutex_unlock(&inbox->mutex);
}

const char *frame_inbox_why(struct frame_inbox *inbox)
{
        return inbox->why;
}
