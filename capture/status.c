/* SPDX-License-Identifier: MIT */
#include "capture/status.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/text.h"
#include "base/utc.h"

static bool camera_has_fault(const struct status_camera *camera)
{
        return camera->state == CAMERA_ABSENT || camera->state == CAMERA_STALLED;
}

static bool has_fault(const struct status *status)
{
        for (unsigned i = 0; i < status->config->camera_count; i++)
                if (camera_has_fault(&status->cameras[i]))
                        return true;
        return status->writer.last_error < 0;
}

/* For people, and for scripts that read status.json. */
static const char *status_state(const struct status *status)
{
        if (status->stopped)
                return "stopped";
        if (has_fault(status))
                return "fault";
        if (!status->gpsd_up)
                return "waiting for gpsd";
        if (!status->core.has_fix)
                return "waiting for fix";
        if (!status->core.run_open)
                return "waiting for motion";
        return status->core.moving ? "capturing" : "standing";
}

const char *status_line(const struct status *status, char *text, unsigned size)
{
        snprintf(text, size, "%s; %" PRIu64 " frames, %.0f m this run", status_state(status), status->core.frames,
                 status->core.travelled_m);
        return text;
}

/* RFC 3339; NULL when UTC is not known yet. */
static const char *utc_text(const struct status *status, int64_t boottime_ns, char text[static UTC_TEXT_SIZE])
{
        if (status->now_utc_ns == 0)
                return NULL;
        return utc_format_ms(status->now_utc_ns - (status->now_boottime_ns - boottime_ns), text);
}

static void write_gpsd_fault(struct json_out *json, const struct status *status)
{
        const char *since;
        char text[UTC_TEXT_SIZE], fault[64];

        since = utc_text(status, status->gpsd_since_boottime_ns, text);
        if (since)
                snprintf(fault, sizeof(fault), "gpsd: away since %.19sZ", since);
        else
                snprintf(fault, sizeof(fault), "gpsd: away for %" PRId64 " s",
                         (status->now_boottime_ns - status->gpsd_since_boottime_ns) / NS_PER_S);
        json_out_string(json, NULL, fault);
}

const char *status_quality_text(enum quality_flag flag)
{
        static const char *const texts[QUALITY_FLAG_COUNT] = {[QUALITY_NIGHT] = "night",
                                                              [QUALITY_CLIPPED] = "sun in the lens or overexposed",
                                                              [QUALITY_BLURRED] = "lens looks dirty"};

        return texts[flag];
}

/* "lens looks dirty since ..." */
static void write_condition(struct json_out *json, const char *camera, const struct quality_watch *watch,
                            enum quality_flag flag)
{
        char since[UTC_TEXT_SIZE], line[128];

        if (!watch->conditions[flag].is_on)
                return;
        utc_format_ms(watch->conditions[flag].since_utc_ns, since);
        snprintf(line, sizeof(line), "%s%s%s%s since %.19sZ", camera ? "camera " : "", camera ? camera : "",
                 camera ? ": " : "", status_quality_text(flag), since);
        json_out_string(json, NULL, line);
}

/* Without gpsd there is nothing to take a picture for: it comes first. */
static void write_faults(struct json_out *json, const struct status *status)
{
        char fault[256];

        json_out_array_begin(json, "faults");
        if (!status->gpsd_up)
                write_gpsd_fault(json, status);
        for (unsigned i = 0; i < status->config->camera_count; i++) {
                const struct status_camera *camera = &status->cameras[i];

                if (!camera_has_fault(camera))
                        continue;
                snprintf(fault, sizeof(fault), "camera %s: %s%s%s", camera->name, camera_state_text(camera->state),
                         camera->why[0] ? ": " : "", camera->why);
                json_out_string(json, NULL, fault);
        }
        for (unsigned i = 0; i < status->config->camera_count; i++)
                write_condition(json, status->config->cameras[i].name, &status->quality[i], QUALITY_BLURRED);
        if (status->writer.last_error < 0) {
                snprintf(fault, sizeof(fault), "storing: %s", strerror(-status->writer.last_error));
                json_out_string(json, NULL, fault);
        }
        json_out_array_end(json);
}

static double known(const struct fix *fix, bool current, unsigned field, double value)
{
        return current && fix_has(fix, field) ? value : NAN;
}

/* The place is that of the last fix, whose age says how much it is worth; speed and its like are of this moment or not known. */
static void write_fix(struct json_out *json, const struct status *status)
{
        int64_t age_ns = status->now_boottime_ns - status->fix_boottime_ns;
        bool current = status->gpsd_up && status->fix_boottime_ns > 0 && age_ns <= STATUS_FIX_CURRENT_NS;
        const struct fix *fix = &status->fix;
        char text[UTC_TEXT_SIZE];

        json_out_object_begin(json, "fix");
        if (status->gpsd_up && (current || status->core.fix.mode < 2))
                json_out_int(json, "mode", status->core.fix.mode);
        else
                json_out_null(json, "mode");
        json_out_double(json, "age_s", status->fix_boottime_ns > 0 ? (double)age_ns / (double)NS_PER_S : NAN, 1);
        json_out_string(json, "time", fix_has(fix, FIX_TIME) ? utc_format_ms(fix->utc_ns, text) : NULL);
        json_out_double(json, "latitude", known(fix, true, FIX_POSITION, fix->latitude_deg), 7);
        json_out_double(json, "longitude", known(fix, true, FIX_POSITION, fix->longitude_deg), 7);
        json_out_double(json, "speed_mps", known(fix, current, FIX_SPEED, fix->speed_mps), 2);
        json_out_double(json, "course_deg", known(fix, current, FIX_COURSE, fix->course_deg), 1);
        json_out_double(json, "accuracy_m", known(fix, current, FIX_EPH, fix->eph_m), 1);
        json_out_double(json, "hdop", known(fix, current, FIX_HDOP, fix->hdop), 2);
        json_out_object_end(json);
}

/* Of the last picture that was taken, and of the last ones together. */
static void write_quality(struct json_out *json, const struct quality_watch *watch)
{
        const struct picture_quality *last = &watch->last;

        json_out_double(json, "brightness", watch->has_last ? last->brightness : NAN, 3);
        json_out_double(json, "sharpness", watch->has_last ? last->sharpness : NAN, 3);
        json_out_double(json, "clipped_share", watch->has_last ? last->clipped_share : NAN, 3);
        json_out_array_begin(json, "quality");
        for (enum quality_flag flag = 0; flag < QUALITY_FLAG_COUNT; flag++)
                write_condition(json, NULL, watch, flag);
        json_out_array_end(json);
}

/* What it really delivers, whatever was asked for. */
static void write_stream(struct json_out *json, const struct status_camera *camera)
{
        const struct camera_stream *stream = &camera->stream;
        char size[32];

        if (!camera->has_stream)
                return;
        snprintf(size, sizeof(size), "%ux%u", stream->width, stream->height);
        json_out_string(json, "device", stream->id);
        json_out_string(json, "model", stream->model[0] ? stream->model : NULL);
        json_out_string(json, "size", size);
        json_out_string(json, "format", stream->format);
        json_out_string(json, "clock", stream->clock[0] ? stream->clock : NULL);
}

static void write_cameras(struct json_out *json, const struct status *status)
{
        json_out_array_begin(json, "cameras");
        for (unsigned i = 0; i < status->config->camera_count; i++) {
                const struct status_camera *camera = &status->cameras[i];

                json_out_object_begin(json, NULL);
                json_out_string(json, "name", camera->name);
                json_out_string(json, "state", camera_state_text(camera->state));
                json_out_string(json, "why", camera->why[0] ? camera->why : NULL);
                json_out_bool(json, "test_picture", strcmp(status->config->cameras[i].backend, "pattern") == 0);
                json_out_int(json, "frames", (int64_t)camera->frames);
                json_out_int(json, "dropped", (int64_t)camera->dropped);
                write_stream(json, camera);
                write_quality(json, &status->quality[i]);
                json_out_object_end(json);
        }
        json_out_array_end(json);
}

static void write_run(struct json_out *json, const struct status *status)
{
        const struct writer_status *writer = &status->writer;
        char text[UTC_TEXT_SIZE];

        json_out_string(json, "run", writer->run[0] ? writer->run : NULL);
        json_out_int(json, "run_frames", (int64_t)status->core.frames);
        json_out_double(json, "run_metres", status->core.travelled_m, 0);
        json_out_int(json, "run_gaps", (int64_t)status->core.gaps);
        json_out_double(json, "spacing_m", status->config->spacing_m, 2);
        json_out_string(json, "last_frame", writer->last_path[0] ? writer->last_path : NULL);
        json_out_string(json, "last_frame_at",
                        writer->pictures ? utc_format_ms(writer->last_captured_utc_ns, text) : NULL);
}

static void write_all(struct text *text, const struct status *status)
{
        struct json_out json;
        char utc[UTC_TEXT_SIZE];

        json_out_begin(&json, text);
        json_out_object_begin(&json, NULL);
        json_out_string(&json, "state", status_state(status));
        write_faults(&json, status);
        json_out_string(&json, "at", status->now_utc_ns ? utc_format_ms(status->now_utc_ns, utc) : NULL);
        json_out_int(&json, "boottime_ns", status->now_boottime_ns);
        json_out_int(&json, "pid", (int64_t)getpid());
        json_out_string(&json, "software", "Streetcap " STREETCAP_VERSION);
        json_out_string(&json, "vehicle", status->config->vehicle_id);
        json_out_int(&json, "uptime_s", (status->now_boottime_ns - status->started_boottime_ns) / NS_PER_S);
        json_out_bool(&json, "gpsd", status->gpsd_up);
        write_fix(&json, status);
        json_out_int(&json, "fixes_taken", (int64_t)status->core.fixes_taken);
        json_out_int(&json, "fixes_refused", (int64_t)status->core.fixes_refused);
        json_out_double(&json, "clock_error_ms", (double)status->core.clock_error_ns / (double)NS_PER_MS, 1);
        write_run(&json, status);
        write_cameras(&json, status);
        json_out_int(&json, "pictures_waiting", status->pictures_waiting);
        json_out_int(&json, "store_queue", (int64_t)status->writer.queued);
        json_out_int(&json, "store_errors", (int64_t)status->writer.errors);
        json_out_string(&json, "root", status->config->storage_root);
        json_out_double(&json, "disk_free_bytes", status->disk_free_bytes, 0);
        json_out_string(&json, "last_fault", status->last_fault[0] ? status->last_fault : NULL);
        json_out_object_end(&json);
        text_add(text, "\n");
}

void status_remove(const struct config *config)
{
        char path[PATH_MAX];

        if (snprintf(path, sizeof(path), "%s/status.json", config->runtime_dir) < (int)sizeof(path))
                (void)unlink(path);
}

int status_write(const struct status *status)
{
        struct text text = {0};
        int r, dir = open(status->config->runtime_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (dir < 0 && errno == ENOENT && mkdir(status->config->runtime_dir, 0755) == 0)
                dir = open(status->config->runtime_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (dir < 0)
                return -errno;
        write_all(&text, status);
        r = fd_write_file_atomic(dir, "status.json", text.data, text.length, 0);
        text_finish(&text);
        fd_close(dir);
        return r;
}
