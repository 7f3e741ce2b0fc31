/* SPDX-License-Identifier: MIT */
/* streetcap doctor: does each camera of the settings give pictures, and what cameras are there? */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/text.h"
#include "capture/camera_probe.h"
#include "cli/commands.h"
#include "cli/daemon_status.h"
#include "geotag/picture_metadata.h"

/* A camera that has not given a frame by then gives none. */
#define PATIENCE_S 10.0
#define PICTURES_DEFAULT "/tmp"

struct doctor_options {
        const char *pictures; /* folder */
};

static const struct cli_option options[] = {
        {.name = "pictures",
         .letter = 'o',
         .value = "DIR",
         .help = "folder for the pictures that it takes (" PICTURES_DEFAULT ")",
         .take = cli_take_text,
         .offset = offsetof(struct doctor_options, pictures)},
        CLI_OPTIONS_END,
};

static const struct cli_syntax syntax = {
        .options = options,
        .without = "root",
        .description =
                "Takes a picture with each camera of the settings, and lists the cameras that libcamera finds, with their formats and controls. A camera\n"
                "that the running daemon uses is left to it. A line a check, and what mends it; exit status 1 when there is something to mend.\n",
};

/* One line of the answer. */
struct finding {
        const char *check; /* "camera front" */
        bool good;
        struct text text, mend, picture;
};

static void finding_finish(struct finding *finding)
{
        text_finish(&finding->text);
        text_finish(&finding->mend);
        text_finish(&finding->picture);
}

static void print_finding(struct cli *cli, const struct finding *finding)
{
        struct text line = {0};
        struct json_out json;

        if (!cli->json) {
                cli_print(cli->out, "%s: %s: %s%s%s", finding->check, finding->good ? "good" : "FAULT",
                          finding->text.data, finding->mend.length > 0 ? "; " : "",
                          finding->mend.length > 0 ? finding->mend.data : "");
                if (finding->picture.length > 0)
                        cli_print(cli->out, "%s: picture: %s", finding->check, finding->picture.data);
                return;
        }
        json_out_begin(&json, &line);
        json_out_object_begin(&json, NULL);
        json_out_string(&json, "check", finding->check);
        json_out_bool(&json, "good", finding->good);
        json_out_string(&json, "text", finding->text.data);
        json_out_string(&json, "mend", finding->mend.data);
        json_out_string(&json, "picture", finding->picture.data);
        json_out_object_end(&json);
        fprintf(cli->out, "%s\n", line.data);
        text_finish(&line);
}

/* What somebody at the van can do about it. */
static const char *mend_of(const struct config_camera *settings, const char *problem)
{
        if (strncmp(problem, "busy", 4) == 0)
                return "end the program that uses it (fuser -v /dev/video* names it)";
        if (strncmp(problem, "not built", 9) == 0)
                return "install a Streetcap built with libcamera";
        if (strcmp(settings->backend, "libcamera") == 0 && strstr(problem, "no camera"))
                return "check its cable and power, and the device in its section; the cameras that are there are listed below";
        if (strstr(problem, "several cameras") || strstr(problem, "another [camera]"))
                return "write the id of one, from the list below, as device";
        if (strncmp(problem, "no frame", 8) == 0)
                return "unplug it and plug it in again; try a smaller size or a lower rate";
        return "see the log, and the device, size and format in its section";
}

static void describe(struct finding *finding, const struct camera_probe *probe)
{
        const struct camera_stream *stream = &probe->stream;

        text_addf(&finding->text, "%ux%u", probe->width, probe->height);
        if (probe->has_stream)
                text_addf(&finding->text, " %s of %s", stream->format, stream->id);
        text_addf(&finding->text, ", %.1f frames/s", probe->rate_hz);
        if (probe->dropped > 0)
                text_addf(&finding->text, " (%u dropped)", probe->dropped);
        if (probe->has_stream && stream->clock[0])
                text_addf(&finding->text, ", time stamps of clock %s, %.0f ms old", stream->clock,
                          (double)stream->age_mean_ns / (double)NS_PER_MS);
        if (probe->frame.exposure_ns > 0)
                text_addf(&finding->text, ", exposure %.3g ms", (double)probe->frame.exposure_ns / (double)NS_PER_MS);
        else
                text_add(&finding->text, ", exposure not told");
        if (isfinite(probe->frame.gain))
                text_addf(&finding->text, ", gain %.3g", probe->frame.gain);
}

/* Without a place: nobody asked for one. */
static int write_picture(struct cli *cli, const struct config_camera *settings, const char *folder,
                         const struct camera_probe *probe, struct text *ret_path)
{
        struct picture_tag tag = {.mark = -1,
                                  .spacing_m = NAN,
                                  .captured_utc_ns = cli->now_utc_ns,
                                  .exposure_mid_boottime_ns = probe->frame.exposure_mid_boottime_ns,
                                  .exposure_ns = probe->frame.exposure_ns,
                                  .gain = probe->frame.gain,
                                  .sequence = 1,
                                  .width = probe->width,
                                  .height = probe->height,
                                  .latitude_deg = NAN,
                                  .longitude_deg = NAN,
                                  .altitude_msl_m = NAN,
                                  .altitude_hae_m = NAN,
                                  .speed_mps = NAN,
                                  .course_deg = NAN,
                                  .heading_deg = NAN,
                                  .image_direction_deg = NAN,
                                  .accuracy_m = NAN,
                                  .hdop = NAN,
                                  .travelled_m = NAN,
                                  .match = {.on_road = false},
                                  .focal_length_mm = NAN,
                                  .focal_length_35mm = NAN};
        char name[64];
        uint8_t *data = NULL;
        size_t size = 0;
        int dir, r;

        snprintf(tag.camera, sizeof(tag.camera), "%s", settings->name);
        snprintf(tag.make, sizeof(tag.make), "%s", settings->make);
        snprintf(tag.model, sizeof(tag.model), "%s",
                 settings->model[0] || !probe->has_stream ? settings->model : probe->stream.model);
        snprintf(tag.software, sizeof(tag.software), "Streetcap " STREETCAP_VERSION);
        snprintf(name, sizeof(name), "streetcap-doctor-%s.jpg", settings->name);
        r = picture_write(&tag, probe->jpeg, probe->jpeg_size, &data, &size);
        dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (r == 0)
                r = dir < 0 ? -errno : fd_write_file_atomic(dir, name, data, size, 0);
        fd_close(dir);
        free(data);
        text_addf(ret_path, "%s/%s", folder, name);
        return r;
}

static void probe_camera(struct cli *cli, const struct config_camera *settings, const char *folder,
                         struct finding *finding)
{
        struct camera_probe probe;
        int r;

        camera_probe_run(settings, PATIENCE_S, &probe);
        if (probe.problem[0]) {
                text_add(&finding->text, probe.problem);
                text_add(&finding->mend, mend_of(settings, probe.problem));
                return;
        }
        describe(finding, &probe);
        r = write_picture(cli, settings, folder, &probe, &finding->picture);
        free(probe.jpeg);
        finding->good = r == 0;
        if (r < 0) {
                text_addf(&finding->text, "; %s: %s", finding->picture.data, strerror(-r));
                text_add(&finding->mend, "name a folder that can be written to with --pictures");
                text_clear(&finding->picture);
        }
}

/* What the daemon, if one runs, says of the camera; NULL: it does not have it. */
static const json_t *camera_of_daemon(const json_t *daemon, const char *name)
{
        const json_t *cameras = json_object_get(daemon, "cameras");

        for (size_t i = 0; i < json_array_size(cameras); i++) {
                const json_t *camera = json_array_get(cameras, i);
                const char *its_name = json_string_value(json_object_get(camera, "name"));

                if (its_name && strcmp(its_name, name) == 0)
                        return camera;
        }
        return NULL;
}

static void ask_daemon(const json_t *daemon, const json_t *camera, struct finding *finding)
{
        const char *state = json_string_value(json_object_get(camera, "state"));
        const char *why = json_string_value(json_object_get(camera, "why"));
        const char *root = json_string_value(json_object_get(daemon, "root"));
        const char *picture = json_string_value(json_object_get(daemon, "last_frame"));

        finding->good = state && strcmp(state, "streaming") == 0;
        text_addf(&finding->text, "streetcapd has it: %s%s%s", state ? state : "no state", why ? ": " : "",
                  why ? why : "");
        if (!finding->good)
                text_add(&finding->mend, "stop streetcapd to have it tried here");
        if (root && picture)
                text_addf(&finding->picture, "%s/%s", root, picture);
}

static bool check_camera(struct cli *cli, const struct config_camera *settings, const char *folder,
                         const json_t *daemon)
{
        struct finding finding = {0};
        const json_t *camera = camera_of_daemon(daemon, settings->name);
        char check[64];
        bool good;

        snprintf(check, sizeof(check), "camera %s", settings->name);
        finding.check = check;
        if (camera)
                ask_daemon(daemon, camera, &finding);
        else
                probe_camera(cli, settings, folder, &finding);
        print_finding(cli, &finding);
        good = finding.good;
        finding_finish(&finding);
        return good;
}

/* --- the list --- */

static void on_listed(void *userdata, const struct camera_listing *listing)
{
        struct cli *cli = userdata;
        struct text line = {0};
        struct json_out json;

        if (!cli->json) {
                cli_print(cli->out, "there is: %s", listing->id);
                cli_print(cli->out, "    model: %s", listing->model);
                cli_print(cli->out, "    position: %s", listing->position);
                cli_print(cli->out, "    formats: %s", listing->formats);
                cli_print(cli->out, "    controls: %s", listing->controls);
                return;
        }
        json_out_begin(&json, &line);
        json_out_object_begin(&json, NULL);
        json_out_string(&json, "there_is", listing->id);
        json_out_string(&json, "model", listing->model[0] ? listing->model : NULL);
        json_out_string(&json, "position", listing->position[0] ? listing->position : NULL);
        json_out_string(&json, "formats", listing->formats);
        json_out_string(&json, "controls", listing->controls);
        json_out_object_end(&json);
        fprintf(cli->out, "%s\n", line.data);
        text_finish(&line);
}

static void list_cameras(struct cli *cli)
{
        for (const struct camera_backend *const *backend = camera_backends; *backend; backend++) {
                int r = (*backend)->list ? (*backend)->list(on_listed, cli) : 0;

                if (r < 0)
                        cli_error(cli, "%s does not list its cameras: %s", (*backend)->name, strerror(-r));
        }
}

int cmd_doctor(struct cli *cli, int argc, char **argv)
{
        struct doctor_options values = {.pictures = PICTURES_DEFAULT};
        char why[DAEMON_STATUS_WHY_SIZE];
        json_t *daemon = NULL;
        const struct config *config;
        bool good = true;

        if (cli_parse(cli, argc, argv, &syntax, &values) < 0)
                return cli->exit_status;
        config = cli_config(cli);
        if (!config)
                return CLI_WRONG_USE;
        (void)daemon_status_read(config, &daemon, why); /* none runs: then the cameras are free */
        for (unsigned i = 0; i < config->camera_count; i++)
                good = check_camera(cli, &config->cameras[i], values.pictures, daemon) && good;
        json_decref(daemon);
        list_cameras(cli);
        camera_backends_finish();
        return good ? CLI_DONE : CLI_FAILED;
}
