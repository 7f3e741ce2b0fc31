/* SPDX-License-Identifier: MIT */
#include "capture/recorder.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "capture/events.h"

/* Events kept while no run is open: an hour of gpsd at 1 Hz without frames; minutes with them. Then the core starts afresh, so that what
 * a run's file holds is always all that its core ever saw. */
#define WAITING_BYTES_MAX (4u << 20)
/* Pictures in the making before a replay waits for the encoder. */
#define SHOTS_AHEAD 32
/* How long the end of a run waits for its pictures while the daemon goes on. The van is parked then and needs no frame, and its pictures
 * have long been stored, unless the disk hangs: those that fail after this have no gap. */
#define PATIENCE_NS (5 * NS_PER_S)
/* How often the log says so: a bad cable loses frames all day. */
#define BROKEN_LOG_NS (60 * NS_PER_S)

/* Frames of a camera that were broken, and what the log was told of them. */
struct broken_frames {
        bool told;
        int64_t told_boottime_ns;
        uint64_t untold; /* since then */
};

struct recorder {
        struct recorder_settings settings;
        struct gpsd_sky sky; /* of what the core was told since its reset */
        struct text waiting; /* lines that came before the run */
        struct text line;
        struct broken_frames broken[CONFIG_MAX_CAMERAS];
        struct quality_watch quality[CONFIG_MAX_CAMERAS];
        unsigned lens_told[CONFIG_MAX_CAMERAS]; /* in this run: 0, 1 that it is dirty, 2 that it is clean again too */
        bool run_open;
        bool stopping; /* waiting for the disk is fine */
};

int recorder_create(const struct recorder_settings *settings, struct recorder **ret_recorder)
{
        struct recorder *recorder = calloc(1, sizeof(*recorder));

        if (!recorder)
                return -ENOMEM;
        recorder->settings = *settings;
        shots_set_measured(settings->shots, settings->picture_measured, settings->userdata);
        *ret_recorder = recorder;
        return 0;
}

void recorder_destroy(struct recorder *recorder)
{
        if (!recorder)
                return;
        text_finish(&recorder->waiting);
        text_finish(&recorder->line);
        free(recorder);
}

/* The snapshot of the config as INI text; the caller frees. */
static char *config_text(const struct config *config)
{
        char *text = NULL;
        size_t size;
        FILE *stream = open_memstream(&text, &size);

        if (!stream)
                abort();
        config_write(config, stream);
        if (fclose(stream) != 0)
                abort();
        return text;
}

void recorder_event(struct recorder *recorder, const struct text *line)
{
        if (recorder->run_open) {
                writer_event(recorder->settings.writer, line->data, line->length);
                return;
        }
        text_add_bytes(&recorder->waiting, line->data, line->length);
        text_add(&recorder->waiting, "\n");
}

void recorder_report(struct recorder *recorder, const char *line, size_t length, struct gpsd_report *report,
                     int64_t realtime_minus_boottime_ns, int64_t now_boottime_ns)
{
        char *slim = NULL;

        if (gpsd_report_slim(line, length, &slim) < 0)
                abort(); /* it was parsed a moment ago, so memory ran out */
        event_write_gpsd(&recorder->line, now_boottime_ns, realtime_minus_boottime_ns, slim, strlen(slim));
        recorder_event(recorder, &recorder->line);
        free(slim);
        gpsd_sky_take(&recorder->sky, report);
}

/* Hands the lines on that waited for the run: there may be more of them than the writer's queue has room for. */
static void flush_waiting(struct recorder *recorder)
{
        if (recorder->waiting.length > 0)
                writer_event(recorder->settings.writer, recorder->waiting.data, recorder->waiting.length - 1);
        text_clear(&recorder->waiting);
}

static void begin_run(struct recorder *recorder, const struct core_decision *decision)
{
        const struct config *config = recorder->settings.config;
        struct index_run run = {.start_utc_ns = decision->utc_ns, .spacing_m = config->spacing_m, .state = RUN_OPEN};
        char *text = config_text(config);

        snprintf(run.vehicle, sizeof(run.vehicle), "%s", config->vehicle_id);
        snprintf(run.software, sizeof(run.software), "Streetcap %s", STREETCAP_VERSION);
        for (unsigned i = 0; i < config->camera_count; i++) {
                size_t used = strlen(run.cameras);

                snprintf(run.cameras + used, sizeof(run.cameras) - used, "%s%s", i ? "," : "", config->cameras[i].name);
        }
        run.config = text;
        writer_run_begin(recorder->settings.writer, &run);
        free(text);
        recorder->run_open = true;
        memset(recorder->lens_told, 0, sizeof(recorder->lens_told));
        flush_waiting(recorder);
}

void recorder_start(struct recorder *recorder, int64_t now_boottime_ns)
{
        char *text = config_text(recorder->settings.config);

        event_write_start(&recorder->line, now_boottime_ns, text);
        free(text);
        recorder_event(recorder, &recorder->line);
}

void recorder_config(struct recorder *recorder, int64_t now_boottime_ns)
{
        char *text = config_text(recorder->settings.config);

        event_write_config(&recorder->line, now_boottime_ns, text);
        free(text);
        recorder_event(recorder, &recorder->line);
}

/* What the next run's file will hold is all that its core sees. */
static void start_afresh(struct recorder *recorder, int64_t now_boottime_ns)
{
        core_reset(recorder->settings.core);
        recorder->sky = (struct gpsd_sky){0};
        recorder_start(recorder, now_boottime_ns);
}

static int utc_offset_s(int64_t utc_ns)
{
        time_t seconds = (time_t)(utc_ns / NS_PER_S);
        struct tm local;

        return localtime_r(&seconds, &local) ? (int)local.tm_gmtoff : 0;
}

static void complete_tag(const struct config *config, unsigned camera, struct picture_tag *tag)
{
        const struct config_camera *settings = &config->cameras[camera];

        tag->utc_offset_s = utc_offset_s(tag->captured_utc_ns);
        snprintf(tag->camera, sizeof(tag->camera), "%s", settings->name);
        /* Readers of street imagery want both: what the config leaves open is told by what is known. */
        snprintf(tag->make, sizeof(tag->make), "%s", settings->make[0] ? settings->make : "Streetcap");
        if (settings->model[0])
                snprintf(tag->model, sizeof(tag->model), "%s", settings->model);
        else
                snprintf(tag->model, sizeof(tag->model), "%s camera", settings->backend);
        snprintf(tag->serial, sizeof(tag->serial), "%s", settings->serial);
        snprintf(tag->vehicle, sizeof(tag->vehicle), "%s", config->vehicle_id);
        snprintf(tag->software, sizeof(tag->software), "Streetcap %s", STREETCAP_VERSION);
}

static void lose(struct recorder *recorder, const struct writer_lost *lost, enum gap_reason reason,
                 int64_t now_boottime_ns)
{
        const struct config_camera *settings = &recorder->settings.config->cameras[lost->camera];

        event_write_lost(&recorder->line, now_boottime_ns, settings->name, lost->frame_number,
                         lost->exposure_mid_boottime_ns, reason);
        recorder_event(recorder, &recorder->line);
        core_lost(recorder->settings.core, lost->camera, lost->frame_number, lost->exposure_mid_boottime_ns, reason,
                  now_boottime_ns);
}

static enum gap_reason encode_reason(int error)
{
        switch (error) {
        case -EAGAIN:
                return GAP_ENCODER_OVERRUN;
        case -ENOENT:
                return GAP_NO_FRAME;
        case -EBADMSG:
                return GAP_BROKEN_FRAME;
        default:
                return GAP_ENCODE_FAILED;
        }
}

/* The first of a camera at once, then one a minute at most, with the number of those between. */
static void warn_of_broken(struct recorder *recorder, const struct shot_result *result, int64_t now_boottime_ns)
{
        const char *name = recorder->settings.config->cameras[result->camera].name;
        const char *problem = result->problem[0] ? result->problem : "not what it says it is";
        struct broken_frames *broken = &recorder->broken[result->camera];

        if (broken->told && now_boottime_ns - broken->told_boottime_ns < BROKEN_LOG_NS) {
                broken->untold++;
                return;
        }
        if (broken->untold > 0)
                log_warning("camera %s: frame %" PRIu64 " is broken (%s) and taken for no picture, as %" PRIu64
                            " others were since the last such line",
                            name, result->frame_number, problem, broken->untold);
        else
                log_warning("camera %s: frame %" PRIu64 " is broken (%s) and taken for no picture", name,
                            result->frame_number, problem);
        broken->told = true;
        broken->told_boottime_ns = now_boottime_ns;
        broken->untold = 0;
}

static void encode(struct recorder *recorder, const struct core_decision *decision, int64_t now_boottime_ns)
{
        const struct recorder_settings *settings = &recorder->settings;
        struct writer_lost lost = {decision->camera, decision->frame_number, decision->exposure_mid_boottime_ns};
        struct camera_frame *frame;
        int r = -ENOENT;

        if (settings->was_lost && settings->was_lost(settings->userdata, decision->camera, decision->frame_number))
                return;
        frame = settings->find_frame(settings->userdata, decision->camera, decision->frame_number);
        /* Another of that number: the camera has started anew, and the one that is meant is gone. */
        if (frame && frame->exposure_mid_boottime_ns == decision->exposure_mid_boottime_ns)
                r = shots_encode(settings->shots, decision->camera, decision->frame_number, frame,
                                 settings->config->cameras[decision->camera].quality, settings->wait);
        camera_frame_unref(frame);
        if (r < 0)
                lose(recorder, &lost, encode_reason(r), now_boottime_ns);
}

static void put_gap(struct recorder *recorder, struct core_decision *decision)
{
        const struct config_camera *settings = &recorder->settings.config->cameras[decision->camera];

        snprintf(decision->gap.camera, sizeof(decision->gap.camera), "%s", settings->name);
        writer_gap(recorder->settings.writer, &decision->gap);
}

static void end_run(struct recorder *recorder, const struct core_decision *decision, int64_t now_boottime_ns)
{
        struct core_decision late;

        recorder_finish(recorder, now_boottime_ns);
        /* Pictures that failed at the very end are gaps too. */
        while (core_next(recorder->settings.core, &late))
                if (late.kind == CORE_GAP)
                        put_gap(recorder, &late);
        writer_run_end(recorder->settings.writer, decision->utc_ns, decision->travelled_m);
        recorder->run_open = false;
        start_afresh(recorder, now_boottime_ns);
}

static void carry_out(struct recorder *recorder, struct core_decision *decision, int64_t now_boottime_ns)
{
        const struct recorder_settings *settings = &recorder->settings;

        switch (decision->kind) {
        case CORE_RUN_BEGIN:
                begin_run(recorder, decision);
                break;
        case CORE_FIX:
                writer_fix(settings->writer, &decision->fix, decision->arrival_boottime_ns, decision->verdict);
                break;
        case CORE_ENCODE:
                encode(recorder, decision, now_boottime_ns);
                break;
        case CORE_TAG:
                complete_tag(settings->config, decision->camera, &decision->tag);
                shots_tag(settings->shots, decision->camera, decision->frame_number, &decision->tag,
                          &settings->config->quality);
                break;
        case CORE_DISCARD:
                shots_discard(settings->shots, decision->camera, decision->frame_number,
                              decision->exposure_mid_boottime_ns);
                break;
        case CORE_GAP:
                put_gap(recorder, decision);
                break;
        case CORE_RUN_END:
                end_run(recorder, decision, now_boottime_ns);
                break;
        case CORE_NOTE:
                log_notice("%s", decision->note);
                break;
        }
}

void recorder_act(struct recorder *recorder, int64_t now_boottime_ns)
{
        struct core_decision decision;

        while (core_next(recorder->settings.core, &decision)) {
                carry_out(recorder, &decision, now_boottime_ns);
                while (recorder->settings.wait && shots_count(recorder->settings.shots) > SHOTS_AHEAD &&
                       shots_wait(recorder->settings.shots))
                        recorder_collect(recorder, now_boottime_ns);
        }
}

void recorder_advance(struct recorder *recorder, int64_t now_boottime_ns)
{
        core_advance(recorder->settings.core, now_boottime_ns);
        recorder_act(recorder, now_boottime_ns);
}

static void collect_lost(struct recorder *recorder, int64_t now_boottime_ns)
{
        struct writer_lost lost;

        while (writer_next_lost(recorder->settings.writer, &lost))
                lose(recorder, &lost, GAP_STORE_FAILED, now_boottime_ns);
}

/* Once a run and camera each way: who drives through a run with a dirty lens knows it already. */
static void tell_lens(struct recorder *recorder, unsigned camera, bool is_dirty)
{
        const char *name = recorder->settings.config->cameras[camera].name;
        unsigned *told = &recorder->lens_told[camera];

        if (is_dirty && *told == 0)
                log_warning("camera %s: the lens looks dirty: its pictures are blurred", name);
        else if (!is_dirty && *told == 1)
                log_notice("camera %s: the lens looks clean again", name);
        else
                return;
        ++*told;
}

static void watch_quality(struct recorder *recorder, const struct shot_result *result)
{
        struct quality_watch *watch = &recorder->quality[result->camera];

        (void)quality_watch_take(watch, result->quality_flags, &result->quality, result->tag.captured_utc_ns);
        tell_lens(recorder, result->camera, quality_watch_state(watch) & 1U << QUALITY_BLURRED);
}

const struct quality_watch *recorder_quality(const struct recorder *recorder, unsigned camera)
{
        return &recorder->quality[camera];
}

/* Waits until the deadline for the writer to have room. */
static void collect(struct recorder *recorder, int64_t deadline_boottime_ns, int64_t now_boottime_ns)
{
        const struct recorder_settings *settings = &recorder->settings;
        struct shot_result result;

        while (shots_next(settings->shots, &result)) {
                struct writer_lost lost = {result.camera, result.frame_number, result.exposure_mid_boottime_ns};

                if (result.error == 0)
                        watch_quality(recorder, &result);
                if (deadline_boottime_ns > now_boottime_ns)
                        (void)writer_wait_room(settings->writer, deadline_boottime_ns); /* or it is lost */
                if (result.error == -EBADMSG)
                        warn_of_broken(recorder, &result, now_boottime_ns);
                if (result.error < 0)
                        lose(recorder, &lost, encode_reason(result.error), now_boottime_ns);
                else if (writer_picture(settings->writer, &result) < 0)
                        lose(recorder, &lost, GAP_STORE_OVERRUN, now_boottime_ns);
                collect_lost(recorder, now_boottime_ns);
        }
        collect_lost(recorder, now_boottime_ns);
}

void recorder_collect(struct recorder *recorder, int64_t now_boottime_ns)
{
        collect(recorder, now_boottime_ns, now_boottime_ns);
}

void recorder_stopping(struct recorder *recorder)
{
        recorder->stopping = true;
        (void)writer_flush(recorder->settings.writer, INT64_MAX);
}

void recorder_finish(struct recorder *recorder, int64_t now_boottime_ns)
{
        int64_t deadline_ns = recorder->stopping ? INT64_MAX : now_boottime_ns + PATIENCE_NS;

        do
                collect(recorder, deadline_ns, now_boottime_ns);
        while (shots_wait(recorder->settings.shots));
        if (writer_flush(recorder->settings.writer, deadline_ns) < 0)
                log_warning("the disk hangs at the end of the run; going on without waiting for it");
        collect_lost(recorder, now_boottime_ns);
}

void recorder_forget(struct recorder *recorder, int64_t now_boottime_ns)
{
        if (recorder->run_open || recorder->waiting.length < WAITING_BYTES_MAX)
                return;
        text_clear(&recorder->waiting);
        start_afresh(recorder, now_boottime_ns);
}
