/* SPDX-License-Identifier: MIT */
#include "capture/camera.h"

#include <assert.h>
#include <string.h>

#include "capture/camera_private.h"
#include "capture/core.h"

static_assert(CAMERA_RING_FRAMES == CORE_RING_FRAMES, "camera.h and core.h disagree about the ring");

const struct camera_backend *const camera_backends[] = {
        &camera_backend_pattern,
        &camera_backend_files,
#ifdef STREETCAP_LIBCAMERA
        &camera_backend_libcamera,
#endif
        NULL,
};

const struct camera_backend *camera_backend_find(const char *name)
{
        for (const struct camera_backend *const *backend = camera_backends; *backend; backend++) {
                if (strcmp((*backend)->name, name) == 0)
                        return *backend;
        }
        return NULL;
}

void camera_backends_finish(void)
{
        for (const struct camera_backend *const *backend = camera_backends; *backend; backend++)
                if ((*backend)->finish)
                        (*backend)->finish();
}

unsigned camera_frame_limit(const struct config *config)
{
        return CORE_RING_FRAMES + (unsigned)config->encoder_queue + (unsigned)config->encoder_threads +
               CAMERA_SPARE_FRAMES;
}

const char *camera_state_text(enum camera_state state)
{
        static const char *const texts[] = {
                [CAMERA_STOPPED] = "stopped",
                [CAMERA_STREAMING] = "streaming",
                [CAMERA_STALLED] = "stalled",
                [CAMERA_ABSENT] = "absent",
        };

        return (unsigned)state < sizeof(texts) / sizeof(texts[0]) ? texts[state] : "unknown";
}

const char *frame_format_text(enum frame_format format)
{
        static const char *const texts[] = {
                [FRAME_YUV420] = "YUV420", [FRAME_YUV422] = "YUV422", [FRAME_NV12] = "NV12",  [FRAME_NV21] = "NV21",
                [FRAME_NV16] = "NV16",     [FRAME_NV61] = "NV61",     [FRAME_YUYV] = "YUYV",  [FRAME_YVYU] = "YVYU",
                [FRAME_UYVY] = "UYVY",     [FRAME_VYUY] = "VYUY",     [FRAME_JPEG] = "MJPEG",
        };

        return (unsigned)format < sizeof(texts) / sizeof(texts[0]) ? texts[format] : "unknown";
}
