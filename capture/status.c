/* SPDX-License-Identifier: MIT */
#include "capture/status.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/text.h"
#include "base/utc.h"

static bool has_fault(const struct status *status)
{
        for (unsigned i = 0; i < status->config->camera_count; i++)
                if (status->cameras[i].state == CAMERA_ABSENT || status->cameras[i].state == CAMERA_STALLED)
                        return true;
        return status->writer.last_error < 0;
}

/* For people, and for scripts that read status.json. */
static const char *status_state(const struct status *status)
{
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

static void write_fix(struct json_out *json, const struct fix *fix)
{
        char text[UTC_TEXT_SIZE];

        json_out_object_begin(json, "fix");
        json_out_int(json, "mode", fix->mode);
        json_out_string(json, "time", fix_has(fix, FIX_TIME) ? utc_format_ms(fix->utc_ns, text) : NULL);
        json_out_double(json, "latitude", fix_has(fix, FIX_POSITION) ? fix->latitude_deg : NAN, 7);
        json_out_double(json, "longitude", fix_has(fix, FIX_POSITION) ? fix->longitude_deg : NAN, 7);
        json_out_double(json, "speed_mps", fix_has(fix, FIX_SPEED) ? fix->speed_mps : NAN, 2);
        json_out_double(json, "course_deg", fix_has(fix, FIX_COURSE) ? fix->course_deg : NAN, 1);
        json_out_double(json, "accuracy_m", fix_has(fix, FIX_EPH) ? fix->eph_m : NAN, 1);
        json_out_double(json, "hdop", fix_has(fix, FIX_HDOP) ? fix->hdop : NAN, 2);
        json_out_object_end(json);
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
                json_out_int(json, "frames", (int64_t)camera->frames);
                json_out_int(json, "dropped", (int64_t)camera->dropped);
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
        json_out_string(&json, "at", status->now_utc_ns ? utc_format_ms(status->now_utc_ns, utc) : NULL);
        json_out_int(&json, "boottime_ns", status->now_boottime_ns);
        json_out_int(&json, "pid", (int64_t)getpid());
        json_out_string(&json, "software", "Streetcap " STREETCAP_VERSION);
        json_out_string(&json, "vehicle", status->config->vehicle_id);
        json_out_int(&json, "uptime_s", (status->now_boottime_ns - status->started_boottime_ns) / NS_PER_S);
        json_out_bool(&json, "gpsd", status->gpsd_up);
        write_fix(&json, &status->core.fix);
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
