/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>

#include "capture/core_private.h"
#include "geotag/lever_arm.h"

struct map_observation core_observation(const struct pose *pose, int64_t boottime_ns)
{
        return (struct map_observation){.boottime_ns = boottime_ns,
                                        .latitude_deg = pose->latitude_deg,
                                        .longitude_deg = pose->longitude_deg,
                                        .accuracy_m = pose->accuracy_m,
                                        .course_deg = pose->course_deg,
                                        .speed_mps = pose->speed_mps,
                                        .travelled_m = pose->travelled_m};
}

struct map_match core_match_at(const struct core *core, int64_t boottime_ns)
{
        struct map_match match = {0};
        struct map_observation observation;
        struct pose pose;

        if (!track_at(&core->track, boottime_ns, &pose))
                return core->match;
        observation = core_observation(&pose, boottime_ns);
        map_matcher_locate(core->matcher, &observation, &match);
        return match;
}

static void tag_street(const struct core *core, struct picture_tag *tag)
{
        struct road_segment segment;

        if (!core->network)
                return;
        snprintf(tag->network_version, sizeof(tag->network_version), "%s", road_network_version(core->network));
        if (!tag->match.on_road)
                return;
        road_network_segment(core->network, tag->match.index, &segment);
        snprintf(tag->source_id, sizeof(tag->source_id), "%s", segment.source_id);
        snprintf(tag->street, sizeof(tag->street), "%s", segment.street ? segment.street : "");
}

static void tag_pose(const struct core *core, struct picture_tag *tag, const struct pose *pose)
{
        const struct fix *fix = pose->fix;

        tag->position_source = pose->extrapolated ? POSITION_EXTRAPOLATED : POSITION_INTERPOLATED;
        tag->latitude_deg = pose->latitude_deg;
        tag->longitude_deg = pose->longitude_deg;
        tag->altitude_msl_m = pose->altitude_msl_m;
        tag->altitude_hae_m = pose->altitude_hae_m;
        tag->speed_mps = pose->speed_mps;
        tag->course_deg = pose->course_deg;
        tag->heading_deg = pose->heading_deg;
        tag->reversing = pose->reversing;
        tag->accuracy_m = pose->accuracy_m;
        tag->travelled_m = pose->travelled_m - core->run_start_m;
        tag->hdop = fix_has(fix, FIX_HDOP) ? fix->hdop : NAN;
        tag->fix_mode = fix->mode;
        tag->fix_status = fix->status;
        tag->satellites_used = fix_has(fix, FIX_SATELLITES) ? fix->satellites_used : 0;
}

/* UTC of an exposure. Where GNSS time steps back, the label runs at half speed until the clock map has caught up: it never repeats. */
static int64_t captured_utc_ns(const struct core *core, struct camera_state *camera, int64_t mid_boottime_ns)
{
        int64_t utc_ns = clock_map_to_utc(&core->clock, mid_boottime_ns);

        if (camera->sequence > 0) {
                int64_t step_ns = (mid_boottime_ns - camera->captured_boottime_ns) / 2;
                int64_t least_ns = camera->captured_utc_ns + (step_ns > 2 * NS_PER_MS ? step_ns : 2 * NS_PER_MS);

                if (utc_ns < least_ns &&
                    utc_ns - camera->captured_utc_ns < mid_boottime_ns - camera->captured_boottime_ns)
                        utc_ns = least_ns;
        }
        camera->captured_utc_ns = utc_ns;
        camera->captured_boottime_ns = mid_boottime_ns;
        return utc_ns;
}

/* Gives the first pending shot of a camera its tag, with what is known now. */
void core_tag_first(struct core *core, unsigned index, int64_t boottime_ns)
{
        const struct config_camera *settings = &core->config.cameras[index];
        struct camera_state *camera = &core->cameras[index];
        struct shot shot = camera->pending[camera->pending_first];
        struct map_observation observation;
        struct core_decision *decision;
        struct picture_tag *tag;
        struct pose pose;

        camera->pending_first = (camera->pending_first + 1) % CORE_PENDING_FRAMES;
        camera->pending_count--;
        if (!track_at(&core->track, shot.frame.exposure_mid_boottime_ns, &pose)) {
                core_gap_add_shot(core, index, GAP_NO_POSITION, &shot, &core->match);
                decision = core_decide(core, CORE_DISCARD, boottime_ns);
                decision->camera = index;
                decision->frame_number = shot.frame.number;
                decision->exposure_mid_boottime_ns = shot.frame.exposure_mid_boottime_ns;
                return;
        }
        decision = core_decide(core, CORE_TAG, boottime_ns);
        decision->camera = index;
        decision->frame_number = shot.frame.number;
        decision->exposure_mid_boottime_ns = shot.frame.exposure_mid_boottime_ns;
        tag = &decision->tag;
        tag_pose(core, tag, &pose);
        tag->captured_utc_ns = captured_utc_ns(core, camera, shot.frame.exposure_mid_boottime_ns);
        tag->sequence = ++camera->sequence;
        tag->mark = shot.mark;
        tag->spacing_m = shot.spacing_m;
        tag->exposure_mid_boottime_ns = shot.frame.exposure_mid_boottime_ns;
        tag->exposure_ns = shot.frame.exposure_ns;
        tag->gain = shot.frame.gain;
        tag->image_direction_deg =
                isfinite(pose.heading_deg) ? angle_wrap_360(pose.heading_deg + settings->mount_angle_deg) : NAN;
        observation = core_observation(&pose, shot.frame.exposure_mid_boottime_ns);
        map_matcher_locate(core->matcher, &observation, &tag->match);
        tag_street(core, tag);
        lever_arm_apply(settings, tag);
        tag->focal_length_mm = settings->focal_length_mm > 0 ? settings->focal_length_mm : NAN;
        tag->focal_length_35mm = settings->focal_length_35mm > 0 ? settings->focal_length_35mm : NAN;
        tag->sharpness = tag->brightness = tag->clipped_share = NAN; /* whoever has the picture fills them in */
        camera->tagged[camera->tagged_next] = shot;
        camera->tagged_next = (camera->tagged_next + 1) % CORE_LOST_MEMORY;
        core->status.frames++;
}

/* Tags all shots that a fix on each side of the exposure, or the end of the wait, has settled. */
void core_tag_settled(struct core *core, unsigned index, int64_t boottime_ns)
{
        struct camera_state *camera = &core->cameras[index];
        const struct track_point *last = track_last(&core->track);
        int64_t wait_ns = ns_from_s(core->config.fix_wait_s);

        while (camera->pending_count > 0) {
                int64_t mid_ns = camera->pending[camera->pending_first].frame.exposure_mid_boottime_ns;

                if (!(last && last->boottime_ns >= mid_ns) && mid_ns + wait_ns > boottime_ns)
                        return;
                core_tag_first(core, index, boottime_ns);
        }
}
