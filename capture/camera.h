/* SPDX-License-Identifier: MIT */
/* Cameras: one interface, a table of backends. A backend streams; nobody ever asks it to take a picture now. */
#pragma once

#ifdef __cplusplus /* camera_libcamera.cpp: C++ has its own name for the same thing until C++23 */
#include <atomic>
using std::atomic_int;
#else
#include <stdatomic.h>
#endif
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/camera_stream.h"
#include "config/config.h"

#ifdef __cplusplus
extern "C" {
#endif

/* 8 bit a sample. Names of the packed and semi-planar ones as in Linux's V4L2 (Documentation/userspace-api/media/v4l/yuv-formats.rst). */
enum frame_format {
        FRAME_YUV420, /* three planes Y, Cb, Cr; chroma halved both ways (odd sizes rounded up) */
        FRAME_YUV422, /* the same, chroma halved across only */
        FRAME_NV12,   /* two planes: Y; Cb and Cr by turns, as in YUV420 */
        FRAME_NV21,   /* the same, Cr first */
        FRAME_NV16,   /* two planes: Y; Cb and Cr by turns, as in YUV422 */
        FRAME_NV61,   /* the same, Cr first */
        FRAME_YUYV,   /* one plane, 4:2:2: Y Cb Y Cr (odd widths rounded up) */
        FRAME_YVYU,   /* Y Cr Y Cb */
        FRAME_UYVY,   /* Cb Y Cr Y */
        FRAME_VYUY,   /* Cr Y Cb Y */
        FRAME_JPEG,   /* one plane that holds a whole JPEG of `sizes[0]` bytes */
};
const char *frame_format_text(enum frame_format format); /* "YUV420", ..., "MJPEG" */

/* How samples mean colours; of all but FRAME_JPEG. A JPEG file is full range and BT.601 always (JFIF 1.02, ITU-T T.871). */
enum frame_range {
        FRAME_FULL_RANGE,    /* 0 to 255 */
        FRAME_LIMITED_RANGE, /* luma 16 to 235, chroma 16 to 240 */
};
enum frame_encoding {
        FRAME_BT601,
        FRAME_BT709,
};

/* One frame of a camera, counted by references; its pixels are read-only and stay valid until the last reference is
 * gone. */
struct camera_frame {
        enum frame_format format;
        enum frame_range range;
        enum frame_encoding encoding;
        unsigned width, height; /* pixels, as they lie in the planes */
        unsigned rotation_deg;  /* clockwise, that the picture needs to stand upright: 0, 90, 180, 270 */
        const uint8_t *planes[3];
        int strides[3];  /* bytes; 0 of a JPEG */
        size_t sizes[3]; /* bytes */
        uint64_t number; /* of the frame since the camera started, from 1; a hole is a dropped frame */
        int64_t exposure_mid_boottime_ns;
        int64_t exposure_ns; /* 0 unknown */
        double gain;         /* NAN unknown */
        unsigned
                ring_frames; /* of a camera with few buffers: how many of its newest frames may be kept in a ring, this one among them; 0: as many as
                                 the ring takes */
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

/* A camera that is there, for people; texts are valid during the call. */
struct camera_listing {
        const char *id, *model, *position; /* each may be "" ; each, if not, is a device of the settings */
        const char *formats, *controls;    /* lists, "; " between: "MJPEG 640x480 1280x720; YUYV 640x480" */
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
        /* Waits for no device: it tells CAMERA_STREAMING, or CAMERA_ABSENT with the reason, by the state handler, before it returns 0 or later.
         * A negative errno: it is as before, to be destroyed or started again, and what it told is void; -EALREADY: it streams already. */
        int (*start)(struct camera *camera);
        void (*stop)(struct camera *camera);    /* no callback after it returns; also when it was not started */
        void (*destroy)(struct camera *camera); /* stopped first; frames that are out stay valid; NULL allowed */
        /* The frame of that number, mid-exposure at that instant, made at once, for replay; NULL where a backend
         * cannot (live only). */
        struct camera_frame *(*render)(struct camera *camera, uint64_t number, int64_t exposure_mid_boottime_ns);
        /* What it streams; -EAGAIN: it does not. NULL: nobody knows. */
        int (*get_stream)(struct camera *camera, struct camera_stream *ret_stream);
        /* Takes effect some frames later; ignored while it does not stream. NULL: it exposes as it likes. */
        void (*expose)(struct camera *camera, const struct camera_exposure *exposure);
        /* Calls found for each camera that is there. 0 or negative errno: -ETIMEDOUT after some seconds without an answer. Blocking. NULL: nothing
         * to list. */
        int (*list)(void (*found)(void *userdata, const struct camera_listing *listing), void *userdata);
        /* At the program's end, when no camera is left: waits, for some seconds at most, until the devices are closed. NULL: they are. */
        void (*finish)(void);
};

/* All backends built in, NULL-terminated: pattern, files, and libcamera where the build found it. */
extern const struct camera_backend *const camera_backends[];
const struct camera_backend *camera_backend_find(const char *name); /* NULL: none */

void camera_backends_finish(void); /* of all */

/* Frames of a camera that its ring keeps; core.h's CORE_RING_FRAMES, for C++. */
#define CAMERA_RING_FRAMES 4

/* Frames of one camera that may be out at once: its ring, and all that the encoder takes, so that an encoder too slow shows as its full queue
 * and never as a camera without frames; and CAMERA_SPARE_FRAMES for what is being made or waits for the main thread. 24 by default, 94 at
 * most. The memory of each is taken when first needed, and kept: for YUV420, 1.5 bytes a pixel, so at 12 megapixels up to 0.45 GB a camera by
 * default, 1.8 GB at most. */
#define CAMERA_SPARE_FRAMES 10
unsigned camera_frame_limit(const struct config *config);

#ifdef __cplusplus
}
#endif
