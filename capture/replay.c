/* SPDX-License-Identifier: MIT */
#include "capture/replay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "capture/replay_private.h"
#include "storage/roads.h"

/* Fixes without time that are held until the next time is known. */
#define HELD_MAX 4096
/* A commit after so many pictures, or, as fixes and gaps are rows too, so many lines of the log, whichever comes first. */
#define COMMIT_PICTURES 256
#define COMMIT_LINES 4096

void replayer_apply_options(struct replayer *replayer)
{
        const struct replay_options *options = replayer->options;

        if (options->spacing_m > 0)
                replayer->config.spacing_m = options->spacing_m;
        for (unsigned i = 0; options->rate_hz > 0 && i < replayer->config.camera_count; i++)
                replayer->config.cameras[i].rate_hz = options->rate_hz;
}

static int prepare_config(struct replayer *replayer, const struct config *config)
{
        const struct replay_options *options = replayer->options;

        replayer->config = *config;
        if (options->camera && replayer_use_camera_option(replayer) < 0) {
                log_error("--camera %s: pattern, pattern:WIDTHxHEIGHT or files:FOLDER is allowed", options->camera);
                return -EINVAL;
        }
        replayer_apply_options(replayer);
        return 0;
}

/* --- start and end --- */

int replayer_prepare(struct replayer *replayer, const struct config *config, int64_t now_boottime_ns)
{
        uint64_t seed = replayer->options->seed;
        struct recorder_settings settings;
        int r = prepare_config(replayer, config);

        for (unsigned i = 0; r == 0 && i < replayer->config.camera_count; i++)
                r = replayer_open_camera(replayer, i, &seed);
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
                                              .find_frame = replayer_find_frame,
                                              .was_lost = replayer_was_lost,
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

/* --- what the core is told --- */

void replayer_act(struct replayer *replayer)
{
        struct writer_status written;

        recorder_act(replayer->recorder, replayer->now_ns);
        recorder_collect(replayer->recorder, replayer->now_ns);
        if (!replayer->from_events) /* a run's events are all that its core saw */
                recorder_forget(replayer->recorder, replayer->now_ns);
        writer_get_status(replayer->writer, &written);
        if (written.pictures >= replayer->committed_pictures + COMMIT_PICTURES ||
            replayer->result.lines >= replayer->committed_lines + COMMIT_LINES) {
                writer_commit(replayer->writer, false);
                replayer->committed_pictures = written.pictures;
                replayer->committed_lines = replayer->result.lines;
        }
}

void replayer_tell_report(struct replayer *replayer, const char *line, size_t length, struct gpsd_report *report,
                          int64_t realtime_minus_boottime_ns)
{
        recorder_advance(replayer->recorder, replayer->now_ns);
        recorder_report(replayer->recorder, line, length, report, realtime_minus_boottime_ns, replayer->now_ns);
        core_report(replayer->core, report, realtime_minus_boottime_ns, replayer->now_ns);
        replayer_act(replayer);
        replayer->result.fixes += report->kind == GPSD_REPORT_FIX;
}

/* --- a gpsd log --- */

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
                        replayer_play_cameras(replayer,
                                              replay_timeline_timeless_ns(&replayer->timeline, next_arrival_ns));
                replayer_tell_report(replayer, held->line, held->length, &held->report, 0);
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
        replayer_play_cameras(replayer, replay_timeline_timed_ns(&replayer->timeline, epoch_ns, prefix_ns));
        replayer_tell_report(replayer, line, length, &report, 0);
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
                        r = replayer_take_event(replayer, &event);
                        event_finish(&event);
                }
                return r;
        }
        if (!replayer->ready) {
                r = replayer_prepare(replayer, replayer->options->config, 0);
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

/* Input that can be read twice: itself, or a copy when it is a pipe. 0 or negative errno; what is not the input is the caller's to close. */
static int seekable(FILE *input, FILE **ret_seekable)
{
        char buffer[16384];
        size_t n;
        FILE *copy;

        if (ftello(input) >= 0) {
                *ret_seekable = input;
                return 0;
        }
        copy = tmpfile();
        if (!copy)
                return -errno;
        while ((n = fread(buffer, 1, sizeof(buffer), input)) > 0)
                if (fwrite(buffer, 1, n, copy) != n)
                        break;
        if (ferror(input) || ferror(copy) || fflush(copy) != 0 || fseeko(copy, 0, SEEK_SET) != 0) {
                int r = errno ? -errno : -EIO;

                fclose(copy);
                return r;
        }
        *ret_seekable = copy;
        return 0;
}

static int replay_seekable(FILE *input, const char *name, struct storage_root *root,
                           const struct replay_options *options, struct replay_result *ret_result)
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
                r = replayer_find_losses(&replayer, input);
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

int replay(FILE *input, const char *name, struct storage_root *root, const struct replay_options *options,
           struct replay_result *ret_result)
{
        FILE *twice;
        int r = seekable(input, &twice);

        *ret_result = (struct replay_result){0};
        if (r < 0) {
                log_error("%s: cannot be copied to a temporary file: %s", name, strerror(-r));
                return r;
        }
        r = replay_seekable(twice, name, root, options, ret_result);
        if (twice != input)
                fclose(twice);
        return r;
}
