/* SPDX-License-Identifier: MIT */
#include "capture/shots.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/queue.h"
#include "capture/encoder.h"
#include "capture/quality_watch.h"

#define SHOTS_MAX 512

struct entry {
        bool used, encoded, discarded;
        unsigned camera;
        uint64_t frame_number, ticket;
        int64_t exposure_mid_boottime_ns;
        uint64_t order; /* of the tag, from 1; 0: not tagged */
        int64_t exposure_ns;
        double gain;
        unsigned width, height, orientation;
        int error;
        char problem[JPEG_PROBLEM_SIZE];
        uint8_t *jpeg;
        size_t jpeg_size;
        struct picture_quality quality;
        struct config_quality limits; /* in force when it was tagged */
        struct picture_tag tag;
};

struct shots {
        struct encoder *encoder;
        struct queue *done; /* struct encoded *, from the encoder's threads */
        int fd;
        struct entry entries[SHOTS_MAX];
        unsigned count, encoding;
        uint64_t tickets, tags; /* so far */
        void (*measured)(void *userdata, const struct shot_measured *measured);
        void *measured_userdata;
};

static void on_encoded(void *userdata, const struct encoded *encoded)
{
        struct shots *shots = userdata;
        struct encoded *copy = malloc(sizeof(*copy));
        uint64_t one = 1;

        if (!copy)
                abort(); /* base/text.h does the same: without 32 bytes nothing goes on */
        *copy = *encoded;
        queue_put(shots->done, copy); /* has room for every entry */
        if (write(shots->fd, &one, sizeof(one)) < 0)
                return; /* the counter is full, so the fd is readable already */
}

int shots_create(unsigned encoder_threads, unsigned encoder_queue, struct shots **ret_shots)
{
        struct shots *shots = calloc(1, sizeof(*shots));
        int r;

        if (!shots)
                return -ENOMEM;
        shots->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        r = shots->fd < 0 ? -errno : 0;
        if (r == 0)
                r = queue_create(SHOTS_MAX, &shots->done);
        if (r == 0)
                r = encoder_create(encoder_threads, encoder_queue, on_encoded, shots, &shots->encoder);
        if (r < 0) {
                shots_destroy(shots);
                return r;
        }
        *ret_shots = shots;
        return 0;
}

void shots_set_measured(struct shots *shots, void (*measured)(void *userdata, const struct shot_measured *measured),
                        void *userdata)
{
        shots->measured = measured;
        shots->measured_userdata = userdata;
}

static void tell_measured(const struct shots *shots, const struct entry *entry)
{
        struct shot_measured measured = {.camera = entry->camera,
                                         .exposure_mid_boottime_ns = entry->exposure_mid_boottime_ns,
                                         .exposure_ns = entry->exposure_ns,
                                         .gain = entry->gain,
                                         .quality = entry->quality};

        if (shots->measured && entry->error == 0)
                shots->measured(shots->measured_userdata, &measured);
}

static void entry_free(struct shots *shots, struct entry *entry)
{
        free(entry->jpeg);
        entry->jpeg = NULL;
        entry->used = false;
        shots->count--;
}

/* The newest that fits and has no tag yet. */
static struct entry *find(struct shots *shots, unsigned camera, uint64_t frame_number, int64_t exposure_mid_boottime_ns)
{
        struct entry *newest = NULL;

        for (unsigned i = 0; i < SHOTS_MAX; i++) {
                struct entry *entry = &shots->entries[i];

                if (entry->used && !entry->discarded && entry->order == 0 && entry->camera == camera &&
                    entry->frame_number == frame_number &&
                    (exposure_mid_boottime_ns == 0 || entry->exposure_mid_boottime_ns == exposure_mid_boottime_ns) &&
                    (!newest || entry->ticket > newest->ticket))
                        newest = entry;
        }
        return newest;
}

static void take_done(struct shots *shots, struct encoded *encoded)
{
        shots->encoding--;
        for (unsigned i = 0; i < SHOTS_MAX; i++) {
                struct entry *entry = &shots->entries[i];

                if (!entry->used || entry->ticket != encoded->ticket)
                        continue;
                entry->encoded = true;
                entry->error = encoded->error;
                memcpy(entry->problem, encoded->problem, sizeof(entry->problem));
                entry->jpeg = encoded->jpeg;
                entry->jpeg_size = encoded->jpeg_size;
                entry->quality = encoded->quality;
                tell_measured(shots, entry);
                if (entry->discarded)
                        entry_free(shots, entry);
                break;
        }
        free(encoded);
}

static void drain(struct shots *shots)
{
        struct encoded *encoded;
        uint64_t counter;

        if (read(shots->fd, &counter, sizeof(counter)) < 0)
                counter = 0; /* EAGAIN: nothing new; the queue is asked all the same */
        while ((encoded = queue_try_take(shots->done)))
                take_done(shots, encoded);
}

void shots_destroy(struct shots *shots)
{
        if (!shots)
                return;
        shots->measured = NULL;
        encoder_destroy(shots->encoder);
        if (shots->done)
                drain(shots);
        for (unsigned i = 0; i < SHOTS_MAX; i++)
                if (shots->entries[i].used)
                        entry_free(shots, &shots->entries[i]);
        queue_destroy(shots->done);
        fd_close(shots->fd);
        free(shots);
}

/* A camera with few buffers stops when they are all with the encoder: it keeps the rest for itself and its ring. */
static bool is_too_much(const struct shots *shots, unsigned camera, const struct camera_frame *frame)
{
        unsigned encoding = 0;

        if (frame->ring_frames == 0)
                return false;
        for (unsigned i = 0; i < SHOTS_MAX; i++)
                if (shots->entries[i].used && !shots->entries[i].encoded && shots->entries[i].camera == camera)
                        encoding++;
        return encoding >= SHOTS_SCARCE_ENCODING;
}

int shots_encode(struct shots *shots, unsigned camera, uint64_t frame_number, struct camera_frame *frame, int quality,
                 bool wait)
{
        struct entry *entry = NULL;
        int r;

        for (unsigned i = 0; i < SHOTS_MAX && !entry; i++)
                if (!shots->entries[i].used)
                        entry = &shots->entries[i];
        if (!entry || (!wait && is_too_much(shots, camera, frame)))
                return -EAGAIN;
        *entry = (struct entry){.camera = camera,
                                .frame_number = frame_number,
                                .exposure_mid_boottime_ns = frame->exposure_mid_boottime_ns,
                                .ticket = ++shots->tickets,
                                .exposure_ns = frame->exposure_ns,
                                .gain = frame->gain,
                                .width = frame->width,
                                .height = frame->height,
                                .orientation = picture_orientation(frame->rotation_deg)};
        r = wait ? encoder_submit_wait(shots->encoder, entry->ticket, frame, quality)
                 : encoder_submit(shots->encoder, entry->ticket, frame, quality);
        if (r < 0)
                return r;
        entry->used = true;
        shots->count++;
        shots->encoding++;
        return 0;
}

void shots_tag(struct shots *shots, unsigned camera, uint64_t frame_number, const struct picture_tag *tag,
               const struct config_quality *limits)
{
        struct entry *entry = find(shots, camera, frame_number, tag->exposure_mid_boottime_ns);

        if (!entry)
                return;
        entry->tag = *tag;
        entry->tag.width = entry->width;
        entry->tag.height = entry->height;
        entry->tag.orientation = entry->orientation;
        entry->limits = *limits;
        entry->order = ++shots->tags;
}

void shots_discard(struct shots *shots, unsigned camera, uint64_t frame_number, int64_t exposure_mid_boottime_ns)
{
        struct entry *entry = find(shots, camera, frame_number, exposure_mid_boottime_ns);

        if (!entry)
                return;
        if (entry->encoded)
                entry_free(shots, entry);
        else
                entry->discarded = true;
}

int shots_fd(const struct shots *shots)
{
        return shots->fd;
}

/* The entry whose turn it is: a failure at once, else the oldest tag once it is encoded. */
static struct entry *next_entry(struct shots *shots)
{
        struct entry *oldest = NULL;

        for (unsigned i = 0; i < SHOTS_MAX; i++) {
                struct entry *entry = &shots->entries[i];

                if (!entry->used || entry->discarded)
                        continue;
                if (entry->encoded && entry->error < 0)
                        return entry;
                if (entry->order > 0 && (!oldest || entry->order < oldest->order))
                        oldest = entry;
        }
        return oldest && oldest->encoded ? oldest : NULL;
}

/* The picture of an entry that is encoded and tagged; its memory becomes the result's. */
static void hand_over(struct entry *entry, struct shot_result *result)
{
        result->quality = entry->quality;
        result->quality_flags = quality_flags(&entry->limits, &entry->quality);
        result->tag = entry->tag;
        result->tag.sharpness = entry->quality.sharpness;
        result->tag.brightness = entry->quality.brightness;
        result->tag.clipped_share = entry->quality.clipped_share;
        quality_flags_text(result->quality_flags, result->tag.quality);
        result->jpeg = entry->jpeg;
        result->jpeg_size = entry->jpeg_size;
        entry->jpeg = NULL;
}

bool shots_next(struct shots *shots, struct shot_result *ret_result)
{
        struct entry *entry;

        drain(shots);
        entry = next_entry(shots);
        if (!entry)
                return false;
        *ret_result = (struct shot_result){.camera = entry->camera,
                                           .frame_number = entry->frame_number,
                                           .exposure_mid_boottime_ns = entry->exposure_mid_boottime_ns,
                                           .error = entry->error};
        memcpy(ret_result->problem, entry->problem, sizeof(ret_result->problem));
        if (entry->error == 0)
                hand_over(entry, ret_result);
        entry_free(shots, entry);
        return true;
}

bool shots_wait(struct shots *shots)
{
        if (shots->encoding == 0)
                return false;
        take_done(shots, queue_take(shots->done));
        return true;
}

unsigned shots_count(const struct shots *shots)
{
        return shots->count;
}
