/* SPDX-License-Identifier: MIT */
/* Frames of any format but JPEG for tests and benches, each plane in read-only memory of its own that ends with its last byte: reading
 * beyond, before, or writing faults. */
#pragma once

#include "capture/camera.h"

struct made_frame {
        struct camera_frame frame; /* range and encoding may be changed */
        struct {
                uint8_t *memory;
                size_t size;
        } maps[3];
};

/* Component 0 is Y, 1 Cb, 2 Cr; x and y count its own samples. */
typedef uint8_t made_sample(void *userdata, unsigned component, unsigned x, unsigned y);

/* more: bytes that each stride has beyond a row; they hold `beside`. Aborts without memory. */
void made_frame_init(enum frame_format format, unsigned width, unsigned height, unsigned more, uint8_t beside,
                     made_sample *sample, void *userdata, struct made_frame *ret_made);
void made_frame_finish(struct made_frame *made);

/* Of a component's samples, across and down. */
unsigned made_width(const struct camera_frame *frame, unsigned component);
unsigned made_height(const struct camera_frame *frame, unsigned component);
bool made_is_420(enum frame_format format);
