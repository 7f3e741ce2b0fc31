/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "capture/replay_private.h"

/* From mid-exposure to the driver's hands: half an exposure, read-out and a bus. */
#define DELIVERY_NS (40 * NS_PER_MS)
/* In a longer silence of the log the cameras are not played all the time, but at its begin, until the core has nothing more to ask of them
 * (it extrapolates for 5 s at most, and waits for a frame for 3 s), and at its end. */
#define SILENCE_MAX_NS (600 * NS_PER_S)
#define SILENCE_PLAYED_NS (10 * NS_PER_S)

/* SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014). */
static uint64_t split_mix(uint64_t *state)
{
        uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

        z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
        return z ^ (z >> 31);
}

static void no_frame(void *userdata, struct camera_frame *frame)
{
        camera_frame_unref(frame);
}

static void no_state(void *userdata, enum camera_state state, const char *why)
{
}

int replayer_open_camera(struct replayer *replayer, unsigned index, uint64_t *seed)
{
        struct config_camera settings = replayer->config.cameras[index];
        struct replay_camera *camera = &replayer->cameras[index];
        struct camera_handlers handlers = {.frame = no_frame, .state = no_state};
        const char *problem = "";
        int r;

        camera->backend = camera_backend_find(settings.backend);
        if (!camera->backend || !camera->backend->render) {
                log_notice("camera %s: %s cannot be replayed; the pattern camera plays it", settings.name,
                           settings.backend);
                camera->backend = camera_backend_find("pattern");
                settings.device[0] = '\0'; /* of the other backend */
        }
        r = camera->backend->create(&settings, camera_frame_limit(&replayer->config), &handlers, &camera->camera,
                                    &problem);
        if (r < 0) {
                log_error("camera %s: %s", settings.name, problem);
                return r;
        }
        camera->period_ns = (int64_t)((double)NS_PER_S / settings.rate_hz + 0.5);
        /* The phase is the seed's, so that exposures do not fall on the epochs of fixes by construction. */
        camera->next_mid_ns = INT64_MIN;
        camera->phase_ns = (int64_t)(split_mix(seed) % (uint64_t)camera->period_ns);
        camera->next_number = 1;
        return 0;
}

struct camera_frame *replayer_find_frame(void *userdata, unsigned index, uint64_t number)
{
        struct replayer *replayer = userdata;
        struct replay_camera *camera = &replayer->cameras[index];
        const struct known_frame *known = &camera->known[number % FRAMES_KNOWN];

        return known->number == number ? camera->backend->render(camera->camera, number, known->mid_boottime_ns) : NULL;
}

int replay_camera_parse(const char *text, struct config_camera *ret_camera, config_problem_fn problem, void *userdata)
{
        static const char name[] = "--camera", section[] = "camera front";
        struct text line = {0};
        struct config config;
        int r = -EINVAL;

        config_defaults(&config); /* it has that one camera, a pattern */
        if (strcmp(text, "pattern") == 0) {
                r = 0;
        } else if (strncmp(text, "pattern:", strlen("pattern:")) == 0) {
                r = config_set(&config, name, section, "size", text + strlen("pattern:"), problem, userdata);
        } else if (strncmp(text, "files:", strlen("files:")) == 0 && text[strlen("files:")]) {
                r = config_set(&config, name, section, "backend", "files", problem, userdata);
                if (r == 0)
                        r = config_set(&config, name, section, "device", text + strlen("files:"), problem, userdata);
        } else {
                text_addf(&line, "%s: \"%s\" is not allowed here, allowed: pattern, pattern:WIDTHxHEIGHT, files:FOLDER",
                          name, text);
                problem(userdata, line.data);
                text_finish(&line);
        }
        if (r == 0)
                *ret_camera = config.cameras[0];
        return r;
}

static void no_problem(void *userdata, const char *line)
{
}

int replayer_use_camera_option(struct replayer *replayer)
{
        int r = replay_camera_parse(replayer->options->camera, &replayer->config.cameras[0], no_problem, NULL);

        if (r == 0)
                replayer->config.camera_count = 1;
        return r;
}

void replayer_tell_frame(struct replayer *replayer, unsigned index, const struct frame_info *frame)
{
        struct replay_camera *camera = &replayer->cameras[index];
        const char *name = replayer->config.cameras[index].name;

        camera->known[frame->number % FRAMES_KNOWN] =
                (struct known_frame){frame->number, frame->exposure_mid_boottime_ns};
        recorder_advance(replayer->recorder, replayer->now_ns);
        event_write_frame(&replayer->line, replayer->now_ns, name, frame);
        recorder_event(replayer->recorder, &replayer->line);
        core_frame(replayer->core, index, frame, replayer->now_ns);
        replayer_act(replayer);
}

/* The camera whose next frame is delivered first, if that is by limit_ns; -1: none. */
static int next_camera(const struct replayer *replayer, int64_t limit_ns)
{
        int best = -1;

        for (unsigned i = 0; i < replayer->config.camera_count; i++) {
                int64_t mid_ns = replayer->cameras[i].next_mid_ns;

                if (mid_ns != INT64_MIN && mid_ns + DELIVERY_NS <= limit_ns &&
                    (best < 0 || mid_ns < replayer->cameras[best].next_mid_ns))
                        best = (int)i;
        }
        return best;
}

/* At the first report. */
static void begin_cameras(struct replayer *replayer, int64_t now_ns)
{
        for (unsigned i = 0; i < replayer->config.camera_count; i++) {
                struct replay_camera *camera = &replayer->cameras[i];

                if (camera->next_mid_ns != INT64_MIN)
                        continue;
                camera->next_mid_ns = now_ns + camera->phase_ns;
        }
}

/* Whole periods of each camera pass without a frame that anybody hears of, up to that instant. */
static void skip_frames(struct replayer *replayer, int64_t until_ns)
{
        for (unsigned i = 0; i < replayer->config.camera_count; i++) {
                struct replay_camera *camera = &replayer->cameras[i];
                int64_t skipped = (until_ns - camera->next_mid_ns) / camera->period_ns;

                if (skipped <= 0)
                        continue;
                camera->next_mid_ns += skipped * camera->period_ns;
                camera->next_number += (uint64_t)skipped;
        }
}

static void play_frames(struct replayer *replayer, int64_t limit_ns)
{
        int i;

        while ((i = next_camera(replayer, limit_ns)) >= 0) {
                struct replay_camera *camera = &replayer->cameras[i];
                struct frame_info frame = {
                        .number = camera->next_number++, .exposure_mid_boottime_ns = camera->next_mid_ns, .gain = NAN};

                camera->next_mid_ns += camera->period_ns;
                replayer->now_ns = frame.exposure_mid_boottime_ns + DELIVERY_NS;
                replayer_tell_frame(replayer, (unsigned)i, &frame);
        }
}

void replayer_play_cameras(struct replayer *replayer, int64_t limit_ns)
{
        begin_cameras(replayer, limit_ns);
        if (limit_ns - replayer->now_ns > SILENCE_MAX_NS) {
                play_frames(replayer, replayer->now_ns + SILENCE_PLAYED_NS);
                skip_frames(replayer, limit_ns - SILENCE_PLAYED_NS);
        }
        play_frames(replayer, limit_ns);
        replayer->now_ns = limit_ns;
}
