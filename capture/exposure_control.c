/* SPDX-License-Identifier: MIT */
#include "capture/exposure_control.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"

#define DEG (3.14159265358979323846 / 180)
/* Steps across the field of view in which the fastest point is looked for. */
#define VIEW_STEPS 64
/* Frames under way, and what a camera needs to follow: pictures exposed before tell nothing of what was set. */
#define SETTLE_NS (400 * NS_PER_MS)
/* From brightness to light: about what sRGB and cameras do. */
#define GAMMA 2.2
/* Most that one picture changes. */
#define STEP_MAX 2.0
/* A change smaller than that is not worth telling. */
#define CHANGE_MIN 0.05
/* With that share of the limit, for that long, the camera is let go again. */
#define EASY_SHARE 0.7
#define EASY_NS (2 * NS_PER_S)

int64_t exposure_limit_ns(const struct config_camera *settings, unsigned width, double speed_mps)
{
        double half_deg = settings->field_of_view_deg / 2;
        double focal_px = (double)width / (2 * tan(half_deg * DEG));
        double fastest = 0; /* pixels a second */

        if (settings->blur_px <= 0 || !(speed_mps >= EXPOSURE_SLOW_MPS))
                return INT64_MAX;
        for (int i = -VIEW_STEPS; i <= VIEW_STEPS; i++) {
                double off_axis_deg = half_deg * i / VIEW_STEPS;
                double turn = sin((settings->mount_angle_deg + off_axis_deg) * DEG);
                double narrow = cos(off_axis_deg * DEG);

                fastest = fmax(fastest, turn * turn * focal_px / (narrow * narrow));
        }
        fastest *= speed_mps / settings->kerb_distance_m;
        return fastest > 0 ? (int64_t)fmin(settings->blur_px / fastest * 1e9, 9e18) : INT64_MAX;
}

void exposure_control_init(struct exposure_control *control, const struct config_camera *settings)
{
        *control = (struct exposure_control){.settings = settings, .limit_ns = INT64_MAX, .gain = NAN};
}

void exposure_control_start(struct exposure_control *control, const struct camera_stream *stream)
{
        int64_t limit_ns = control->limit_ns;

        exposure_control_init(control, control->settings);
        control->limit_ns = limit_ns;
        control->stream = *stream;
        control->can_expose = stream->exposure_max_ns > 0 && stream->gain_max > 0;
        control->set.automatic = true;
}

void exposure_control_frame(struct exposure_control *control, int64_t exposure_ns, double gain)
{
        control->exposure_ns = exposure_ns;
        control->gain = gain;
}

static double clamp(double value, double low, double high)
{
        return fmin(fmax(value, low), high);
}

/* The longest exposure and the least gain that make up that much light, seconds times gain. */
static struct camera_exposure split(const struct exposure_control *control, double light)
{
        const struct camera_stream *stream = &control->stream;
        double gain_min = fmax(stream->gain_min, 0.01);
        double gain_max = fmax(gain_min, fmin(stream->gain_max, control->settings->gain_limit));
        double longest_s = fmax((double)stream->exposure_min_ns,
                                fmin((double)stream->exposure_max_ns, (double)control->limit_ns)) /
                           1e9;
        double shortest_s = fmax((double)stream->exposure_min_ns / 1e9, 1e-6);
        double exposure_s = clamp(light / gain_min, shortest_s, fmax(longest_s, shortest_s));

        return (struct camera_exposure){.exposure_ns = llround(exposure_s * 1e9),
                                        .gain = clamp(light / exposure_s, gain_min, gain_max)};
}

static double light_of(int64_t exposure_ns, double gain)
{
        return (double)exposure_ns / 1e9 * (isfinite(gain) && gain > 0 ? gain : 1);
}

/* Is it another than what the camera was told? Then it is told now. */
static bool tell(struct exposure_control *control, const struct camera_exposure *wanted, int64_t now_boottime_ns,
                 struct camera_exposure *ret_exposure)
{
        const struct camera_exposure *set = &control->set;

        if (control->set_boottime_ns > 0 && wanted->automatic == set->automatic &&
            (wanted->automatic ||
             (fabs((double)(wanted->exposure_ns - set->exposure_ns)) <= CHANGE_MIN * (double)set->exposure_ns &&
              fabs(wanted->gain - set->gain) <= CHANGE_MIN * set->gain && wanted->exposure_ns <= control->limit_ns)))
                return false;
        control->set = *wanted;
        control->set_boottime_ns = now_boottime_ns;
        *ret_exposure = *wanted;
        return true;
}

static bool let_go(struct exposure_control *control, int64_t now_boottime_ns, struct camera_exposure *ret_exposure)
{
        struct camera_exposure automatic = {.automatic = true};

        control->limited = false;
        control->easy_since_ns = 0;
        return tell(control, &automatic, now_boottime_ns, ret_exposure);
}

bool exposure_control_picture(struct exposure_control *control, int64_t exposure_mid_boottime_ns, int64_t exposure_ns,
                              double gain, double brightness, int64_t now_boottime_ns,
                              struct camera_exposure *ret_exposure)
{
        struct camera_exposure wanted;
        bool known = exposure_ns > 0;
        double step;

        if (!control->limited || !isfinite(brightness) ||
            exposure_mid_boottime_ns < control->set_boottime_ns + SETTLE_NS)
                return false;
        step = clamp(pow(EXPOSURE_BRIGHTNESS / fmax(brightness, 0.01), GAMMA), 1 / STEP_MAX, STEP_MAX);
        wanted = split(control, step * (known ? light_of(exposure_ns, gain)
                                              : light_of(control->set.exposure_ns, control->set.gain)));
        /* Bright enough that the camera itself would take a shorter one: but only one that tells what it takes is let go. */
        if (known && control->limit_ns < INT64_MAX &&
            (double)wanted.exposure_ns < EASY_SHARE * (double)control->limit_ns) {
                if (control->easy_since_ns == 0)
                        control->easy_since_ns = now_boottime_ns;
                if (now_boottime_ns - control->easy_since_ns >= EASY_NS)
                        return let_go(control, now_boottime_ns, ret_exposure);
        } else {
                control->easy_since_ns = 0;
        }
        return tell(control, &wanted, now_boottime_ns, ret_exposure);
}

bool exposure_control_speed(struct exposure_control *control, double speed_mps, int64_t now_boottime_ns,
                            struct camera_exposure *ret_exposure)
{
        struct camera_exposure wanted;
        double light;

        control->limit_ns = exposure_limit_ns(control->settings, control->stream.width, speed_mps);
        if (!control->can_expose)
                return false;
        if (control->limit_ns >= control->stream.exposure_max_ns)
                return control->limited && let_go(control, now_boottime_ns, ret_exposure);
        if (control->limited) {
                light = light_of(control->set.exposure_ns, control->set.gain);
        } else if (control->exposure_ns > control->limit_ns) {
                light = light_of(control->exposure_ns, control->gain);
        } else if (control->exposure_ns == 0) {
                /* Nobody knows what it takes: as much light as there may be, and the pictures tell from there. */
                light = light_of(control->limit_ns, fmax(control->stream.gain_min, 1));
        } else {
                return false;
        }
        control->limited = true;
        wanted = split(control, light);
        return tell(control, &wanted, now_boottime_ns, ret_exposure);
}
