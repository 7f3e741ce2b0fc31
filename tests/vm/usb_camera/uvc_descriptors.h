/* SPDX-License-Identifier: MIT */
/* How the camera describes itself to the host (USB 2.0, 9.6; UVC 1.1, 3). Pure. */
#pragma once

#include "tests/vm/usb_camera/uvc.h"

#define UVC_CONTROL_INTERFACE 0
#define UVC_STREAM_INTERFACE 1
#define UVC_STRINGS 4

struct uvc_bytes {
        uint8_t data[512];
        size_t size;
};

struct uvc_descriptors {
        struct uvc_bytes device, configuration, strings[UVC_STRINGS];
};

struct uvc_size {
        unsigned width, height;
};

void uvc_describe(const struct uvc_settings *settings, struct uvc_descriptors *ret_descriptors);

/* The descriptor of that type (1 device, 2 configuration, 3 string) and index; NULL: there is none. */
const struct uvc_bytes *uvc_descriptor(const struct uvc_descriptors *descriptors, unsigned type, unsigned index);

/* Size of a frame descriptor, numbered from 1; NULL: there is none. */
const struct uvc_size *uvc_size(enum uvc_format format, unsigned frame);

uint32_t uvc_interval_100ns(const struct uvc_settings *settings);
