/* SPDX-License-Identifier: MIT */
/* JPEG encoding on worker threads with bounded queues. Frames are compressed from their planes (jpeg_compress.h); one that is a JPEG already is
 * copied untouched, once it was found whole (jpeg_pass.h). */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "capture/camera.h"
#include "capture/picture_quality.h"
#include "geotag/jpeg_check.h"

struct encoder;

struct encoded {
        uint64_t ticket;                 /* as given */
        int error;                       /* 0, or negative errno: no data then; -EBADMSG: the frame is broken */
        char problem[JPEG_PROBLEM_SIZE]; /* what is broken, where that is known; else "" */
        uint8_t *jpeg;                   /* free() by the receiver */
        size_t jpeg_size;
        struct picture_quality quality;
};

/* done is called on a worker thread for each job that was accepted; must only enqueue. `encoded` is the callee's to copy. */
int encoder_create(unsigned threads, unsigned queue_length, void (*done)(void *userdata, const struct encoded *encoded),
                   void *userdata, struct encoder **ret_encoder);
/* Finishes all accepted jobs first. NULL allowed. */
void encoder_destroy(struct encoder *encoder);
/* Takes its own reference of frame. Never blocks: -EAGAIN when the queue is full. */
int encoder_submit(struct encoder *encoder, uint64_t ticket, struct camera_frame *frame, int quality);
/* The same, but waits for room (replay). */
int encoder_submit_wait(struct encoder *encoder, uint64_t ticket, struct camera_frame *frame, int quality);

/* One frame, here and now: what the workers run. *ret_jpeg is free()'d by the caller. 0, -ENOMEM, -EBADMSG (the frame is broken, or its planes do not
 * hold such a frame). */
int encode_frame(const struct camera_frame *frame, int quality, uint8_t **ret_jpeg, size_t *ret_size);
