/* SPDX-License-Identifier: MIT */
#include "capture/replay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/parse.h"
#include "capture/camera.h"
#include "capture/core.h"
#include "capture/events.h"
#include "capture/recorder.h"
#include "capture/replay_timeline.h"
#include "storage/roads.h"

/* From mid-exposure to the driver's hands: half an exposure, read-out and a bus. */
#define DELIVERY_NS (40 * NS_PER_MS)
/* In a longer silence of the log the cameras are not played all the time, but at its end. */
#define SILENCE_MAX_NS (600 * NS_PER_S)
#define SILENCE_PLAYED_NS (10 * NS_PER_S)
/* Fixes without time that are held until the next time is known. */
#define HELD_MAX 4096
#define FRAMES_KNOWN 64
#define COMMIT_PICTURES 256

struct known_frame {
        uint64_t number;
        int64_t mid_boottime_ns;
};

struct replay_camera {
        const struct camera_backend *backend;
        struct camera *camera;
        int64_t period_ns, next_mid_ns; /* next_mid_ns: INT64_MIN until the first report */
        uint64_t next_number;
        struct known_frame known[FRAMES_KNOWN];
};

/* A frame that a run lost after its core had asked for it. */
struct lost_frame {
        char camera[32];
        uint64_t number;
};

struct held {
        char *line;
        size_t length;
        struct gpsd_report report;
};

struct replayer {
        const struct replay_options *options;
        struct replay_result result;
        struct config config;
        struct store *store;
        struct road_network *network;
        struct core *core;
        struct shots *shots;
        struct writer *writer;
        struct recorder *recorder;
        struct gpsd_parser *parser;
        struct replay_camera cameras[CONFIG_MAX_CAMERAS];
        struct replay_timeline timeline;
        struct lost_frame *lost;
        size_t lost_count;
        struct held *held;
        size_t held_count;
        struct text line;
        int64_t now_ns;
        uint64_t committed_frames;
        bool ready, from_events;
};

/* --- cameras --- */

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

static int open_camera(struct replayer *replayer, unsigned index, uint64_t *seed)
{
        struct config_camera *settings = &replayer->config.cameras[index];
        struct replay_camera *camera = &replayer->cameras[index];
        struct camera_handlers handlers = {.frame = no_frame, .state = no_state};
        const char *problem = "";
        int r;

        camera->backend = camera_backend_find(settings->backend);
        if (!camera->backend || !camera->backend->render) {
                log_notice("camera %s: %s cannot be replayed; the pattern camera plays it", settings->name,
                           settings->backend);
                camera->backend = camera_backend_find("pattern");
        }
        r = camera->backend->create(settings, camera_frame_limit(&replayer->config), &handlers, &camera->camera,
                                    &problem);
        if (r < 0) {
                log_error("camera %s: %s", settings->name, problem);
                return r;
        }
        camera->period_ns = (int64_t)((double)NS_PER_S / settings->rate_hz + 0.5);
        /* The phase is the seed's, so that exposures do not fall on the epochs of fixes by construction. */
        camera->next_mid_ns = INT64_MIN;
        camera->known[0].mid_boottime_ns = (int64_t)(split_mix(seed) % (uint64_t)camera->period_ns);
        camera->next_number = 1;
        return 0;
}

static struct camera_frame *find_frame(void *userdata, unsigned index, uint64_t number)
{
        struct replayer *replayer = userdata;
        struct replay_camera *camera = &replayer->cameras[index];
        const struct known_frame *known = &camera->known[number % FRAMES_KNOWN];

        return known->number == number ? camera->backend->render(camera->camera, number, known->mid_boottime_ns) : NULL;
}

static bool was_lost(void *userdata, unsigned index, uint64_t number)
{
        const struct replayer *replayer = userdata;

        for (size_t i = 0; i < replayer->lost_count; i++)
                if (replayer->lost[i].number == number &&
                    strcmp(replayer->lost[i].camera, replayer->config.cameras[index].name) == 0)
                        return true;
        return false;
}

/* A run's losses are told after the decisions that they undo, so they are looked for first. Input that cannot be read twice is taken as
 * it comes. */
static void find_losses(struct replayer *replayer, FILE *input)
{
        off_t begin = ftello(input);
        char *line = NULL;
        size_t capacity = 0;
        ssize_t length;
        struct event event;

        if (begin < 0)
                return;
        while ((length = getline(&line, &capacity, input)) >= 0) {
                if (!strstr(line, "\"type\":\"lost\"") || event_parse(line, (size_t)length, &event) < 0)
                        continue;
                replayer->lost = reallocarray(replayer->lost, replayer->lost_count + 1, sizeof(*replayer->lost));
                if (!replayer->lost)
                        abort();
                memcpy(replayer->lost[replayer->lost_count].camera, event.camera, sizeof(event.camera));
                replayer->lost[replayer->lost_count++].number = event.number;
                event_finish(&event);
        }
        free(line);
        clearerr(input);
        if (fseeko(input, begin, SEEK_SET) < 0)
                log_error("cannot go back to the begin of the log: %s", strerror(errno));
}

/* "pattern", "pattern:WxH", "files:DIR" in place of the config's cameras. */
static int use_camera_option(struct replayer *replayer)
{
        const char *text = replayer->options->camera, *colon = strchr(text, ':');
        size_t length = colon ? (size_t)(colon - text) : strlen(text);
        struct config_camera *camera = &replayer->config.cameras[0];
        struct config defaults;

        config_defaults(&defaults);
        *camera = defaults.cameras[0];
        replayer->config.camera_count = 1;
        if (length >= sizeof(camera->backend))
                return -EINVAL;
        memcpy(camera->backend, text, length);
        camera->backend[length] = '\0';
        if (strcmp(camera->backend, "pattern") == 0)
                return colon ? parse_size(colon + 1, &camera->width, &camera->height) : 0;
        if (strcmp(camera->backend, "files") != 0 || !colon || strlen(colon + 1) >= sizeof(camera->device))
                return -EINVAL;
        memcpy(camera->device, colon + 1, strlen(colon + 1) + 1);
        return 0;
}

static int prepare_config(struct replayer *replayer, const struct config *config)
{
        const struct replay_options *options = replayer->options;

        replayer->config = *config;
        if (options->camera && use_camera_option(replayer) < 0) {
                log_error("--camera %s: pattern, pattern:WIDTHxHEIGHT or files:FOLDER is allowed", options->camera);
                return -EINVAL;
        }
        if (options->spacing_m > 0)
                replayer->config.spacing_m = options->spacing_m;
        for (unsigned i = 0; options->rate_hz > 0 && i < replayer->config.camera_count; i++)
                replayer->config.cameras[i].rate_hz = options->rate_hz;
        return 0;
}

/* --- start and end --- */

static int prepare(struct replayer *replayer, const struct config *config, int64_t now_boottime_ns)
{
        uint64_t seed = replayer->options->seed;
        struct recorder_settings settings;
        int r = prepare_config(replayer, config);

        for (unsigned i = 0; r == 0 && i < replayer->config.camera_count; i++)
                r = open_camera(replayer, i, &seed);
        if (r == 0)
                r = core_create(&replayer->config, replayer->network, &replayer->core);
        if (r == 0)
                r = shots_create((unsigned)replayer->config.encoder_threads, (unsigned)replayer->config.encoder_queue,
                                 &replayer->shots);
        if (r < 0)
                return r;
        settings = (struct recorder_settings){.config = &replayer->config,
                                              .core = replayer->core,
                                              .shots = replayer->shots,
                                              .writer = replayer->writer,
                                              .find_frame = find_frame,
                                              .was_lost = was_lost,
                                              .userdata = replayer,
                                              .wait = true};
        r = recorder_create(&settings, &replayer->recorder);
        if (r < 0)
                return r;
        replay_timeline_init(&replayer->timeline, (int64_t)(replayer->config.gpsd_latency_s * (double)NS_PER_S));
        setenv("TZ", replayer->config.time_zone, 1);
        tzset();
        recorder_start(replayer->recorder, now_boottime_ns);
        replayer->ready = true;
        return 0;
}

static void finish(struct replayer *replayer)
{
        for (size_t i = 0; i < replayer->held_count; i++)
                free(replayer->held[i].line);
        free(replayer->held);
        free(replayer->lost);
        text_finish(&replayer->line);
        recorder_destroy(replayer->recorder);
        shots_destroy(replayer->shots);
        writer_destroy(replayer->writer);
        core_destroy(replayer->core);
        for (unsigned i = 0; i < CONFIG_MAX_CAMERAS; i++)
                if (replayer->cameras[i].camera)
                        replayer->cameras[i].backend->destroy(replayer->cameras[i].camera);
        gpsd_parser_destroy(replayer->parser);
        road_network_destroy(replayer->network);
        store_close(replayer->store);
}

/* --- events --- */

static void act(struct replayer *replayer)
{
        struct core_status status;

        recorder_act(replayer->recorder, replayer->now_ns);
        recorder_collect(replayer->recorder, replayer->now_ns);
        if (!replayer->from_events) /* a run's events are all that its core saw */
                recorder_forget(replayer->recorder, replayer->now_ns);
        core_get_status(replayer->core, &status);
        if (status.frames >= replayer->committed_frames + COMMIT_PICTURES) {
                writer_commit(replayer->writer, false);
                replayer->committed_frames = status.frames;
        }
}

static void tell_frame(struct replayer *replayer, unsigned index, const struct event *event)
{
        struct replay_camera *camera = &replayer->cameras[index];
        const char *name = replayer->config.cameras[index].name;

        camera->known[event->number % FRAMES_KNOWN] =
                (struct known_frame){event->number, event->exposure_mid_boottime_ns};
        recorder_advance(replayer->recorder, replayer->now_ns);
        event_write_frame(&replayer->line, replayer->now_ns, name, event->number, event->exposure_mid_boottime_ns,
                          event->exposure_ns, event->gain);
        recorder_event(replayer->recorder, &replayer->line);
        core_frame(replayer->core, index, event->number, event->exposure_mid_boottime_ns, event->exposure_ns,
                   event->gain, replayer->now_ns);
        act(replayer);
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

static void begin_cameras(struct replayer *replayer, int64_t now_ns)
{
        for (unsigned i = 0; i < replayer->config.camera_count; i++) {
                struct replay_camera *camera = &replayer->cameras[i];

                if (camera->next_mid_ns == INT64_MIN) {
                        camera->next_mid_ns = now_ns + camera->known[0].mid_boottime_ns;
                        camera->known[0].mid_boottime_ns = 0;
                } else if (now_ns - camera->next_mid_ns > SILENCE_MAX_NS) {
                        int64_t skipped = (now_ns - SILENCE_PLAYED_NS - camera->next_mid_ns) / camera->period_ns;

                        camera->next_mid_ns += skipped * camera->period_ns;
                        camera->next_number += (uint64_t)skipped;
                }
        }
}

/* Plays the cameras up to the arrival of the next report. */
static void play_cameras(struct replayer *replayer, int64_t limit_ns)
{
        int i;

        begin_cameras(replayer, limit_ns);
        while ((i = next_camera(replayer, limit_ns)) >= 0) {
                struct replay_camera *camera = &replayer->cameras[i];
                struct event event = {
                        .number = camera->next_number++, .exposure_mid_boottime_ns = camera->next_mid_ns, .gain = NAN};

                camera->next_mid_ns += camera->period_ns;
                replayer->now_ns = event.exposure_mid_boottime_ns + DELIVERY_NS;
                tell_frame(replayer, (unsigned)i, &event);
        }
        replayer->now_ns = limit_ns;
}

static void tell_report(struct replayer *replayer, const char *line, size_t length, const struct gpsd_report *report,
                        int64_t realtime_minus_boottime_ns)
{
        recorder_advance(replayer->recorder, replayer->now_ns);
        recorder_report(replayer->recorder, line, length, realtime_minus_boottime_ns, replayer->now_ns);
        core_report(replayer->core, report, realtime_minus_boottime_ns, replayer->now_ns);
        act(replayer);
        replayer->result.fixes += report->kind == GPSD_REPORT_FIX;
}

/* --- a gpsd log --- */

/* A report whose arrival is not known before that of the next timed one. */
static int hold(struct replayer *replayer, const char *line, size_t length, const struct gpsd_report *report)
{
        char *copy = strndup(line, length);

        if (!replayer->held)
                replayer->held = calloc(HELD_MAX, sizeof(*replayer->held));
        if (!copy || !replayer->held)
                abort();
        replayer->held[replayer->held_count++] = (struct held){copy, length, *report};
        return 0;
}

static void release_held(struct replayer *replayer, int64_t next_arrival_ns)
{
        for (size_t i = 0; i < replayer->held_count; i++) {
                struct held *held = &replayer->held[i];

                if (held->report.kind == GPSD_REPORT_FIX && replayer->timeline.begun)
                        play_cameras(replayer, replay_timeline_timeless_ns(&replayer->timeline, next_arrival_ns));
                tell_report(replayer, held->line, held->length, &held->report, 0);
                free(held->line);
        }
        replayer->held_count = 0;
}

static int take_report(struct replayer *replayer, const char *line, size_t length, int64_t prefix_ns)
{
        struct gpsd_report report;
        int64_t epoch_ns, next_ns;
        bool has_epoch;
        int r = gpsd_parser_read(replayer->parser, line, length, &report);

        if (r < 0)
                return r;
        has_epoch = report.kind == GPSD_REPORT_FIX && fix_has(&report.fix, FIX_TIME);
        if (prefix_ns == INT64_MIN && !has_epoch) {
                if (replayer->held_count == HELD_MAX)
                        release_held(replayer, INT64_MAX);
                return hold(replayer, line, length, &report);
        }
        epoch_ns = has_epoch ? report.fix.utc_ns : 0;
        next_ns = replay_timeline_peek_ns(&replayer->timeline, epoch_ns, prefix_ns);
        release_held(replayer, has_epoch && epoch_ns <= replayer->timeline.last_epoch_ns ? INT64_MAX : next_ns);
        play_cameras(replayer, replay_timeline_timed_ns(&replayer->timeline, epoch_ns, prefix_ns));
        tell_report(replayer, line, length, &report, 0);
        return 0;
}

/* --- a run's own events --- */

static int camera_index(const struct replayer *replayer, const char *name)
{
        for (unsigned i = 0; i < replayer->config.camera_count; i++)
                if (strcmp(replayer->config.cameras[i].name, name) == 0)
                        return (int)i;
        return -1;
}

static void log_problem(void *userdata, const char *line)
{
        log_error("%s", line);
}

static int take_start(struct replayer *replayer, const struct event *event)
{
        struct config config = *replayer->options->config;
        int r = 0;

        replayer->from_events = true;
        if (replayer->ready)
                return 0; /* a run that went on after a start of the daemon: the core did not see it */
        if (!replayer->options->use_config)
                r = config_load_memory("events.jsonl", event->config, strlen(event->config), &config, log_problem,
                                       NULL);
        return r < 0 ? r : prepare(replayer, &config, event->boottime_ns);
}

static int take_config(struct replayer *replayer, const struct event *event)
{
        struct config wanted;
        int r = config_load_memory("events.jsonl", event->config, strlen(event->config), &wanted, log_problem, NULL);

        if (r < 0)
                return r;
        config_apply_live(&replayer->config, &wanted, NULL, NULL);
        event_write_config(&replayer->line, replayer->now_ns, event->config);
        recorder_event(replayer->recorder, &replayer->line);
        core_configure(replayer->core, &replayer->config, replayer->now_ns);
        act(replayer);
        return 0;
}

static int take_lost(struct replayer *replayer, unsigned index, const struct event *event)
{
        event_write_lost(&replayer->line, replayer->now_ns, event->camera, event->number, event->reason);
        recorder_event(replayer->recorder, &replayer->line);
        shots_discard(replayer->shots, index, event->number);
        core_lost(replayer->core, index, event->number, event->reason, replayer->now_ns);
        act(replayer);
        return 0;
}

static int take_gpsd(struct replayer *replayer, const struct event *event)
{
        struct gpsd_report report;
        int r = gpsd_parser_read(replayer->parser, event->report, event->report_length, &report);

        if (r == 0)
                tell_report(replayer, event->report, event->report_length, &report, event->realtime_minus_boottime_ns);
        return r;
}

static int take_event(struct replayer *replayer, const struct event *event)
{
        int index;

        if (event->kind == EVENT_START)
                return take_start(replayer, event);
        if (!replayer->ready)
                return -EBADMSG;
        if (event->boottime_ns > replayer->now_ns)
                replayer->now_ns = event->boottime_ns;
        if (event->kind == EVENT_GPSD)
                return take_gpsd(replayer, event);
        if (event->kind == EVENT_CONFIG)
                return take_config(replayer, event);
        if (event->kind != EVENT_FRAME && event->kind != EVENT_LOST)
                return 0;
        index = camera_index(replayer, event->camera);
        if (index < 0)
                return -EBADMSG;
        if (event->kind == EVENT_LOST)
                return take_lost(replayer, (unsigned)index, event);
        tell_frame(replayer, (unsigned)index, event);
        return 0;
}

/* --- lines --- */

static int take_line(struct replayer *replayer, const char *line, size_t length)
{
        int64_t prefix_ns = INT64_MIN;
        size_t prefix = replay_prefix(line, length, &prefix_ns);
        struct event event;
        int r;

        if (prefix == 0 && length > 14 && memcmp(line, "{\"boottime_ns\"", 14) == 0) {
                r = event_parse(line, length, &event);
                if (r == 0) {
                        r = take_event(replayer, &event);
                        event_finish(&event);
                }
                return r;
        }
        if (!replayer->ready) {
                r = prepare(replayer, replayer->options->config, 0);
                if (r < 0)
                        return r == -EBADMSG ? -EINVAL : r;
        }
        return take_report(replayer, line + prefix, length - prefix, prefix_ns);
}

static int take_all(struct replayer *replayer, FILE *input, const char *name)
{
        char *line = NULL;
        size_t capacity = 0;
        ssize_t length;
        int r = 0;

        while (r == 0 && (length = getline(&line, &capacity, input)) >= 0) {
                while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
                        length--;
                if (length == 0 || line[0] == '#')
                        continue;
                replayer->result.lines++;
                r = take_line(replayer, line, (size_t)length);
                if (r == -EBADMSG || r == -EMSGSIZE) {
                        if (replayer->result.bad_lines++ < 5)
                                log_warning("%s:%" PRIu64 ": neither a gpsd report nor an event; ignoring it", name,
                                            replayer->result.lines);
                        r = 0;
                }
        }
        if (r == 0 && ferror(input))
                r = -EIO;
        free(line);
        return r;
}

static void end(struct replayer *replayer)
{
        release_held(replayer, INT64_MAX);
        event_write_stop(&replayer->line, replayer->now_ns);
        recorder_event(replayer->recorder, &replayer->line);
        core_stop(replayer->core, replayer->now_ns);
        recorder_act(replayer->recorder, replayer->now_ns);
        recorder_finish(replayer->recorder, replayer->now_ns);
}

int replay(FILE *input, const char *name, struct storage_root *root, const struct replay_options *options,
           struct replay_result *ret_result)
{
        struct replayer replayer = {.options = options};
        struct writer_status written;
        int r = store_open(root, STORE_BATCH, &replayer.store);

        if (r == 0)
                r = roads_load(store_index(replayer.store), &replayer.network);
        if (r == 0)
                r = writer_create(replayer.store, WRITER_IN_PLACE, &replayer.writer);
        if (r == 0)
                r = gpsd_parser_create(&replayer.parser);
        if (r == 0)
                find_losses(&replayer, input);
        if (r == 0)
                r = take_all(&replayer, input, name);
        if (r == 0 && !replayer.ready)
                r = -ENODATA;
        if (r == 0) {
                end(&replayer);
                writer_get_status(replayer.writer, &written);
                replayer.result.frames = written.pictures;
                r = replayer.result.fixes == 0 ? -ENODATA : written.errors > 0 ? -EIO : 0;
        }
        *ret_result = replayer.result;
        finish(&replayer);
        return r;
}
