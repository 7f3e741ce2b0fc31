/* SPDX-License-Identifier: MIT */
/* Cameras: one interface, a table of backends. A backend streams; nobody ever asks it to take a picture now. */
#pragma once

#ifdef __cplusplus /* camera_libcamera.cpp: C++ has its own name for the same thing until C++23 */
#include <atomic>
using std::atomic_int;
#else
#include <stdatomic.h>
#endif
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"

#ifdef __cplusplus
extern "C" {
#endif

enum frame_format {
        FRAME_YUV420, /* three planes, 8 bit, full range (JFIF), chroma halved both ways (odd sizes rounded up) */
        FRAME_JPEG,   /* one plane that holds a whole JPEG of `sizes[0]` bytes */
};

/* One frame of a camera, counted by references; its pixels are read-only and stay valid until the last reference is
 * gone. */
struct camera_frame {
        enum frame_format format;
        unsigned width, height;
        const uint8_t *planes[3];
        int strides[3];
        size_t sizes[3]; /* bytes */
        uint64_t number; /* of the frame since the camera started, from 1; a hole is a dropped frame */
        int64_t exposure_mid_boottime_ns;
        int64_t exposure_ns; /* 0 unknown */
        double gain;         /* NAN unknown */
        atomic_int references;
        void (*release)(struct camera_frame *frame); /* gives it back to the backend; any thread */
};

struct camera_frame *camera_frame_ref(struct camera_frame *frame);
struct camera_frame *camera_frame_unref(struct camera_frame *frame); /* returns NULL; NULL allowed */

enum camera_state { CAMERA_STOPPED, CAMERA_STREAMING, CAMERA_STALLED, CAMERA_ABSENT };
const char *camera_state_text(enum camera_state state); /* "stopped", "streaming", "stalled", "absent" */

/* Called on the backend's thread, or on the caller's from within start; must only enqueue. frame: the reference is
 * the callee's. A backend that stalls just goes quiet: that is for the pipeline to notice. why: static text or valid
 * during the call, "" when all is well. */
struct camera_handlers {
        void (*frame)(void *userdata, struct camera_frame *frame);
        void (*state)(void *userdata, enum camera_state state, const char *why);
        void *userdata;
};

struct camera;

/* A backend: a table of functions plus private data. One thread calls them for a camera. */
struct camera_backend {
        const char *name;
        /* Checks what can be checked without streaming, and allocates; calls no handler. May read files.
         * settings: must outlive the camera, unlike handlers. frame_limit: how many frames may be out at once when it streams
         * (camera_frame_limit); the next are dropped until one comes back. 0; -EINVAL: settings that it does not take; -ENOMEM; or the negative
         * errno of what is not there now. *ret_problem: static text, set on failure only. */
        int (*create)(const struct config_camera *settings, unsigned frame_limit,
                      const struct camera_handlers *handlers, struct camera **ret_camera, const char **ret_problem);
        /* Tells CAMERA_STREAMING, or CAMERA_ABSENT with the reason, by the state handler, before it returns 0. A negative errno: it is as
         * before, to be destroyed or started again, and what it told is void; -EALREADY: it streams already. */
        int (*start)(struct camera *camera);
        void (*stop)(struct camera *camera);    /* no callback after it returns; also when it was not started */
        void (*destroy)(struct camera *camera); /* stopped first; frames that are out stay valid; NULL allowed */
        /* The frame of that number, mid-exposure at that instant, made at once, for replay; NULL where a backend
         * cannot (live only). */
        struct camera_frame *(*render)(struct camera *camera, uint64_t number, int64_t exposure_mid_boottime_ns);
};

/* All backends built in, NULL-terminated: pattern, files, and libcamera where the build found it. */
extern const struct camera_backend *const camera_backends[];
const struct camera_backend *camera_backend_find(const char *name); /* NULL: none */

/* Frames of one camera that may be out at once: its ring, and all that the encoder takes, so that an encoder too slow shows as its full queue
 * and never as a camera without frames; and CAMERA_SPARE_FRAMES for what is being made or waits for the main thread. 24 by default, 94 at
 * most. The memory of each is taken when first needed, and kept: for YUV420, 1.5 bytes a pixel, so at 12 megapixels up to 0.45 GB a camera by
 * default, 1.8 GB at most. */
#define CAMERA_SPARE_FRAMES 10
unsigned camera_frame_limit(const struct config *config);

#ifdef __cplusplus
}
#endif
