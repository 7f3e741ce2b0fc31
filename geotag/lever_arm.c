/* SPDX-License-Identifier: MIT */
#include "geotag/lever_arm.h"

#include <math.h>

#include "geotag/geodesy.h"

void lever_arm_apply(const struct config_camera *camera, struct picture_tag *tag)
{
        double heading_rad = tag->heading_deg * (M_PI / 180.0), east_m, north_m;
        struct plane plane;

        if (isfinite(tag->altitude_msl_m))
                tag->altitude_msl_m += camera->up_m;
        if (isfinite(tag->altitude_hae_m))
                tag->altitude_hae_m += camera->up_m;
        if (!isfinite(tag->heading_deg))
                return;
        east_m = camera->forward_m * sin(heading_rad) + camera->right_m * cos(heading_rad);
        north_m = camera->forward_m * cos(heading_rad) - camera->right_m * sin(heading_rad);
        plane_init(&plane, tag->latitude_deg, tag->longitude_deg);
        plane_to_geodetic(&plane, east_m, north_m, &tag->latitude_deg, &tag->longitude_deg);
}
