/* SPDX-License-Identifier: MIT */
/* What every backend's camera begins with. */
#pragma once

#include "capture/camera.h"

struct camera {
        struct camera_handlers handlers;
};

#ifdef __cplusplus
extern "C" {
#endif

extern const struct camera_backend camera_backend_pattern;
extern const struct camera_backend camera_backend_files;
extern const struct camera_backend camera_backend_libcamera; /* only with STREETCAP_LIBCAMERA */

#ifdef __cplusplus
}
#endif
