/* SPDX-License-Identifier: MIT */
/* A USB camera as the host sees it: USB Video Class 1.0, its pictures over a bulk endpoint. MJPEG 1280x720 and 640x480, YUYV 640x480.
 * No I/O and no clock: plug.c carries what is said, usb_camera.c says when it is time for a frame. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/vm/usb_camera/pictures.h"

#define UVC_VENDOR 0x1d6b
#define UVC_PRODUCT 0x0104
#define UVC_VERSION 0x0010
#define UVC_ENDPOINT 0x81
#define UVC_PACKET_BYTES 512
/* Of one transfer, its header of two bytes included. */
#define UVC_PAYLOAD_BYTES 16384

enum uvc_format { UVC_MJPEG = 1, UVC_YUYV = 2 };

struct uvc_settings {
        bool mjpeg, yuyv; /* which of them it has; at least one */
        double rate_hz;
        const char *product, *serial;
};

/* What became of a frame. */
struct uvc_sent {
        uint32_t number; /* from 1, counted on while plugged in or not */
        bool dropped;    /* the host took its time over the one before: never sent, as a camera does */
        bool truncated, damaged;
        const char *format;
        const uint8_t *data; /* what was sent, until the next frame */
        size_t size;
        int64_t began_ns; /* as uvc_frame was told */
};

struct uvc;

/* settings and pictures must outlive it. 0 or -ENOMEM. */
int uvc_create(const struct uvc_settings *settings, struct pictures *pictures, struct uvc **ret_uvc);
void uvc_destroy(struct uvc *uvc); /* NULL allowed */

/* As after being plugged in: not configured, no frame under way. */
void uvc_reset(struct uvc *uvc);
bool uvc_is_streaming(const struct uvc *uvc);

/* A request on the control endpoint: its eight bytes of setup, and data of `length` bytes, those sent or those to be filled. Returns how many
 * were filled, or 0 for data that was sent; negative: refused (a stall). data holds at least 4096 bytes. */
int uvc_control(struct uvc *uvc, const uint8_t setup[8], uint8_t *data);

/* Time for a frame: begins it, if the host wants any. truncate: half of it is all that is sent; damage: it is marked as in error. Returns true
 * with *ret_sent when that frame is dropped. */
bool uvc_frame(struct uvc *uvc, int64_t now_ns, bool truncate, bool damage, struct uvc_sent *ret_sent);

/* The next piece of the frame under way, with its header, at most `space` bytes. 0: none under way. *ret_done: that was its last, and *ret_sent
 * tells of it. */
size_t uvc_next_payload(struct uvc *uvc, uint8_t *payload, size_t space, bool *ret_done, struct uvc_sent *ret_sent);
