/* SPDX-License-Identifier: MIT */
/* Pictures in the making: joins each encoded frame with its tag, and hands them on in the order of their tags. Used by one thread; the
 * encoder's threads stay behind it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/camera.h"
#include "capture/picture_quality.h"
#include "geotag/jpeg_check.h"
#include "geotag/picture_tag.h"

struct shots;

struct shot_result {
        unsigned camera;
        uint64_t frame_number;
        int64_t exposure_mid_boottime_ns;
        char problem[JPEG_PROBLEM_SIZE]; /* of a broken frame: what is broken, where that is known; else "" */
        int error; /* negative errno: encoding failed, and nothing below is set; -EBADMSG: the frame is broken */
        struct picture_quality quality;
        unsigned quality_flags; /* bits of enum quality_flag */
        struct picture_tag tag; /* has the quality too */
        uint8_t *jpeg;          /* without metadata; free() by the receiver */
        size_t jpeg_size;
};

/* 0 or negative errno. */
int shots_create(unsigned encoder_threads, unsigned encoder_queue, struct shots **ret_shots);
/* Waits for the encoder; what was not handed on is dropped, and nobody is told. NULL allowed. */
void shots_destroy(struct shots *shots);

/* What is known of a picture once it is encoded, long before its tag. */
struct shot_measured {
        unsigned camera;
        int64_t exposure_mid_boottime_ns;
        int64_t exposure_ns; /* 0 unknown */
        double gain;         /* NAN unknown */
        struct picture_quality quality;
};
/* Called from shots_next and shots_wait for every picture that was encoded, wanted or not, in no order. */
void shots_set_measured(struct shots *shots, void (*measured)(void *userdata, const struct shot_measured *measured),
                        void *userdata);

/* Starts encoding; takes its own reference of frame. A camera that starts anew counts its frames from 1 again, so a picture in the making is
 * known by the frame's number and exposure. wait: blocks while the encoder's queue is full; else -EAGAIN then, and also when the camera has few
 * buffers (frame->ring_frames) and the encoder holds SHOTS_SCARCE_ENCODING of its frames already. */
#define SHOTS_SCARCE_ENCODING 1
int shots_encode(struct shots *shots, unsigned camera, uint64_t frame_number, struct camera_frame *frame, int quality,
                 bool wait);
/* The tag of a frame, of that number and of the tag's exposure, that was given to shots_encode; size, orientation and quality are filled in,
 * with flags by the limits in force now. Others are ignored. */
void shots_tag(struct shots *shots, unsigned camera, uint64_t frame_number, const struct picture_tag *tag,
               const struct config_quality *limits);
/* The frame is not wanted any more. exposure_mid_boottime_ns: 0 unknown: the newest of that number. */
void shots_discard(struct shots *shots, unsigned camera, uint64_t frame_number, int64_t exposure_mid_boottime_ns);

/* Readable (an eventfd) when shots_next may have more. */
int shots_fd(const struct shots *shots);
/* The next picture that is encoded and tagged, or that failed. False: none is ready. */
bool shots_next(struct shots *shots, struct shot_result *ret_result);
/* Blocks until another frame is encoded; false when none is being encoded. */
bool shots_wait(struct shots *shots);
/* Pictures in the making. */
unsigned shots_count(const struct shots *shots);
