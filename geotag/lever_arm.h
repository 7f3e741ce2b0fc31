/* SPDX-License-Identifier: MIT */
/* From the antenna to the camera. Pure. */
#pragma once

#include "config/config.h"
#include "geotag/picture_tag.h"

/* Moves the tag's position by the camera's lever arm (forward, right, up from the antenna, m), turned by the tag's heading. Where the
 * heading is not known yet, only the altitude moves. Unknown altitudes stay NAN. */
void lever_arm_apply(const struct config_camera *camera, struct picture_tag *tag);
