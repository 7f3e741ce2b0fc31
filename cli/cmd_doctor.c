/* SPDX-License-Identifier: MIT */
/* streetcap doctor: does each camera of the settings give pictures, and what cameras are there? */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/text.h"
#include "capture/camera_probe.h"
#include "cli/commands.h"
#include "cli/daemon_status.h"
#include "cli/doctor_list.h"
#include "geotag/picture_metadata.h"

/* A camera that has not given a frame by then gives none. */
#define PATIENCE_S 10.0
/* Of the rate asked for: less is worth a word. */
#define RATE_ENOUGH 0.8
#define PICTURES_DEFAULT "/tmp"
#define RESTART "restart streetcapd (systemctl restart streetcapd)"
#define BAD_CABLE "use a shorter cable, another plug of the board, or none that it shares with another camera"

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
                "Takes a picture with each camera of the settings, all at the same time as streetcapd does, and lists the cameras that libcamera finds,\n"
                "with their formats and controls. A camera that streetcapd has is left to it, and asked after. A line a check, with what mends it; exit\n"
                "status 1 when there is something to mend. The pictures, streetcap-doctor-NAME.jpg, are for who took them alone to read; one that\n"
                "cannot be written is told, and no fault of the camera.\n",
};

/* One line of the answer. */
struct finding {
        char check[48]; /* "camera front" */
        bool good;
        struct text text, mend, picture;  /* mend and picture may stay empty */
        struct text picture_problem;      /* why there is none, of a camera that gave one */
        const struct camera_probe *probe; /* NULL: it was not tried */
};

static void finding_finish(struct finding *finding)
{
        text_finish(&finding->text);
        text_finish(&finding->mend);
        text_finish(&finding->picture);
        text_finish(&finding->picture_problem);
}

/* --- the answer --- */

static const char *or_null(const struct text *text)
{
        return text->length > 0 ? text->data : NULL;
}

static void json_probe(struct json_out *json, const struct camera_probe *probe)
{
        bool has_stream = probe && probe->has_stream, has_picture = probe && probe->jpeg;
        const struct camera_stream *stream = has_stream ? &probe->stream : NULL;
        bool has_clock = stream && stream->clock[0];
        bool has_exposure = has_picture && probe->frame.exposure_ns > 0;

        json_out_string(json, "id", stream ? stream->id : NULL);
        json_out_string(json, "model", stream && stream->model[0] ? stream->model : NULL);
        json_out_string(json, "format", stream ? stream->format : NULL);
        json_out_double(json, "width", has_picture ? probe->width : NAN, 0);
        json_out_double(json, "height", has_picture ? probe->height : NAN, 0);
        json_out_double(json, "frames_per_s", probe ? probe->rate_hz : NAN, 2);
        json_out_double(json, "frames", probe ? probe->frames : NAN, 0);
        json_out_double(json, "dropped", probe ? probe->dropped : NAN, 0);
        json_out_double(json, "broken", probe ? probe->broken : NAN, 0);
        json_out_double(json, "exposure_ms", has_exposure ? (double)probe->frame.exposure_ns / (double)NS_PER_MS : NAN,
                        3);
        json_out_double(json, "gain", has_picture ? probe->frame.gain : NAN, 2);
        json_out_string(json, "clock", has_clock ? stream->clock : NULL);
        json_out_double(json, "age_ms", has_clock ? (double)stream->age_mean_ns / (double)NS_PER_MS : NAN, 1);
}

static void print_json(struct cli *cli, const struct finding *finding)
{
        struct text line = {0};
        struct json_out json;

        json_out_begin(&json, &line);
        json_out_object_begin(&json, NULL);
        json_out_string(&json, "check", finding->check);
        json_out_bool(&json, "good", finding->good);
        json_out_string(&json, "text", or_null(&finding->text));
        json_out_string(&json, "mend", or_null(&finding->mend));
        json_out_string(&json, "picture", or_null(&finding->picture));
        json_out_string(&json, "picture_problem", or_null(&finding->picture_problem));
        json_probe(&json, finding->probe);
        json_out_object_end(&json);
        fprintf(cli->out, "%s\n", line.data);
        text_finish(&line);
}

static void print_finding(struct cli *cli, const struct finding *finding)
{
        if (cli->json) {
                print_json(cli, finding);
                return;
        }
        cli_print(cli->out, "%s: %s: %s%s%s", finding->check, finding->good ? "good" : "FAULT", finding->text.data,
                  finding->mend.length > 0 ? "; " : "", finding->mend.length > 0 ? finding->mend.data : "");
        if (finding->picture.length > 0)
                cli_print(cli->out, "%s: picture: %s", finding->check, finding->picture.data);
        if (finding->picture_problem.length > 0)
                cli_print(cli->out, "%s: picture: not written: %s; name a folder of yours with --pictures",
                          finding->check, finding->picture_problem.data);
}

/* --- what somebody at the van can do about it --- */

struct mend {
        const char *backend; /* NULL: any */
        const char *problem; /* a part of it, as the backend says it */
        const char *mend;
        bool is_setting; /* the camera's section is named after it */
};

/* The first that fits. */
static const struct mend mends[] = {
        {NULL, "not built", "install a Streetcap that was built with libcamera", false},
        {NULL, "out of memory", "set a smaller size", true},
        {"files", "rate", "set another rate", true},
        {"files", "", "name a folder of JPEG files, *.jpg, as device", true},
        {"pattern", "device", "leave device empty", true},
        {"pattern", "no frame", "leave device empty", true},
        {"libcamera", "busy", "end the program that uses it (sudo fuser -v /dev/video* names it)", false},
        {"libcamera", "Permission denied", "be of the group video, or use sudo", false},
        {"libcamera", "no camera is called /dev/",
         "/dev/... is no name of a camera for libcamera: write its id, model or position from the list below as device",
         true},
        {"libcamera", "no camera is called", "write an id of the list below, or none, as device", true},
        {"libcamera", "no camera found",
         "check its cable and power, and be of the group video, or use sudo, to see cameras", false},
        {"libcamera", "several cameras", "write the id of one, from the list below, as device", true},
        {"libcamera", "another [camera]", "write the id of each one, from the list below, as device of its section",
         false},
        {"libcamera", "no format", "set format = auto", true},
        {"libcamera", "memory", "set a smaller size", true},
        {"libcamera", "set up", "set a size, rate and format that the list below has", true},
        {"libcamera", "unplugged", "check its plug and cable", false},
        {"libcamera", "its frames are broken", BAD_CABLE, false},
        {"libcamera", "no frame", "unplug it and plug it in again; if that is no help, set a smaller size or rate",
         true},
};

static void add_mend(struct text *text, const struct config_camera *settings, const char *problem)
{
        for (size_t i = 0; i < sizeof(mends) / sizeof(mends[0]); i++) {
                const struct mend *mend = &mends[i];

                if ((mend->backend && strcmp(mend->backend, settings->backend) != 0) || !strstr(problem, mend->problem))
                        continue;
                text_add(text, mend->mend);
                if (mend->is_setting)
                        text_addf(text, " in [camera %s]", settings->name);
                return;
        }
        text_addf(text, "see backend, device, size, rate and format in [camera %s]", settings->name);
}

/* --- a camera that is tried --- */

static void describe_stream(struct text *text, const struct config_camera *settings, const struct camera_probe *probe)
{
        const struct camera_stream *stream = &probe->stream;

        text_addf(text, "%s, %ux%u", stream->format, probe->width, probe->height);
        if (probe->width != settings->width || probe->height != settings->height)
                text_addf(text, " (%ux%u is no size of it)", settings->width, settings->height);
        text_addf(text, " of %s", stream->id);
}

static void describe_exposure(struct text *text, const struct camera_probe *probe)
{
        const struct camera_stream *stream = &probe->stream;

        if (probe->frame.exposure_ns > 0)
                text_addf(text, ", exposure %.3g ms", (double)probe->frame.exposure_ns / (double)NS_PER_MS);
        if (isfinite(probe->frame.gain))
                text_addf(text, ", gain %.3g", probe->frame.gain);
        if (stream->exposure_max_ns == 0)
                text_add(text, ", exposes as it likes");
        if (stream->clock[0])
                text_addf(text, ", time stamps of %s, %.0f ms old", stream->clock,
                          (double)stream->age_mean_ns / (double)NS_PER_MS);
}

static void add_test_picture_note(struct text *text, const struct config_camera *settings)
{
        text_addf(text, "for pictures of the street, set backend = libcamera in [camera %s]", settings->name);
}

static void describe(struct finding *finding, const struct config_camera *settings, const struct camera_probe *probe)
{
        struct text *text = &finding->text;
        bool is_slow = probe->rate_hz < RATE_ENOUGH * settings->rate_hz;

        if (probe->has_stream)
                describe_stream(text, settings, probe);
        else
                text_addf(text, "%s, %ux%u",
                          strcmp(settings->backend, "files") == 0 ? settings->device : "test picture", probe->width,
                          probe->height);
        if (isfinite(probe->rate_hz))
                text_addf(text, ", %.3g frames/s", probe->rate_hz);
        else
                text_addf(text, ", %u frame", probe->frames);
        if (is_slow)
                text_addf(text, " of the %g asked for", settings->rate_hz);
        if (probe->dropped > 0)
                text_addf(text, " (%u dropped)", probe->dropped);
        if (probe->broken > 0)
                text_addf(text, ", %u of %u pictures broken", probe->broken, probe->checked);
        if (probe->has_stream)
                describe_exposure(text, probe);
        if (probe->broken > 0)
                text_add(&finding->mend, BAD_CABLE);
        else if (is_slow)
                text_addf(&finding->mend, "more light, a smaller size or another format in [camera %s] make it faster",
                          settings->name);
        else if (strcmp(settings->backend, "pattern") == 0)
                add_test_picture_note(&finding->mend, settings);
}

/* Without a place: nobody asked for one. */
static void make_tag(const struct cli *cli, const struct config_camera *settings, const struct camera_probe *probe,
                     struct picture_tag *ret_tag)
{
        double focal_mm = settings->focal_length_mm, focal_35mm = settings->focal_length_35mm;

        picture_tag_clear(ret_tag);
        ret_tag->sequence = 1;
        ret_tag->captured_utc_ns = cli->now_utc_ns;
        ret_tag->exposure_mid_boottime_ns = probe->frame.exposure_mid_boottime_ns;
        ret_tag->exposure_ns = probe->frame.exposure_ns;
        ret_tag->gain = probe->frame.gain;
        ret_tag->width = probe->width;
        ret_tag->height = probe->height;
        ret_tag->orientation = picture_orientation(probe->rotation_deg);
        ret_tag->focal_length_mm = focal_mm > 0 ? focal_mm : NAN;
        ret_tag->focal_length_35mm = focal_35mm > 0 ? focal_35mm : NAN;
        snprintf(ret_tag->camera, sizeof(ret_tag->camera), "%s", settings->name);
        snprintf(ret_tag->make, sizeof(ret_tag->make), "%s", settings->make);
        snprintf(ret_tag->model, sizeof(ret_tag->model), "%s",
                 settings->model[0] || !probe->has_stream ? settings->model : probe->stream.model);
        snprintf(ret_tag->serial, sizeof(ret_tag->serial), "%s", settings->serial);
        snprintf(ret_tag->software, sizeof(ret_tag->software), "Streetcap " STREETCAP_VERSION);
}

static int write_picture(const struct cli *cli, const struct config_camera *settings, const char *folder,
                         const struct camera_probe *probe, const char *name)
{
        struct picture_tag tag;
        uint8_t *data;
        size_t size;
        int dir, r;

        make_tag(cli, settings, probe, &tag);
        r = picture_write(&tag, probe->jpeg, probe->jpeg_size, &data, &size);
        if (r < 0)
                return r;
        dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        r = dir < 0 ? -errno : fd_write_file_private(dir, name, data, size);
        fd_close(dir);
        free(data);
        return r;
}

static void take_picture(struct cli *cli, const struct config_camera *settings, const char *folder,
                         const struct camera_probe *probe, struct finding *finding)
{
        const char *slash = folder[strlen(folder) - 1] == '/' ? "" : "/";
        char name[64];
        int r;

        snprintf(name, sizeof(name), "streetcap-doctor-%s.jpg", settings->name);
        r = write_picture(cli, settings, folder, probe, name);
        finding->good = r != -EBADMSG;
        if (!finding->good) {
                text_add(&finding->text, "; its picture is no whole JPEG");
                text_clear(&finding->mend);
                text_addf(&finding->mend, "set format = yuv in [camera %s]", settings->name);
                return;
        }
        /* The camera is good wherever its picture goes: the name may be another user's in a folder that all share. */
        if (r == 0)
                text_addf(&finding->picture, "%s%s%s", folder, slash, name);
        else
                text_addf(&finding->picture_problem, "%s%s%s: %s", folder, slash, name, strerror(-r));
}

static void judge_probe(struct cli *cli, const struct config_camera *settings, const char *folder,
                        const struct camera_probe *probe, struct finding *finding)
{
        finding->probe = probe;
        if (!probe->problem[0]) {
                describe(finding, settings, probe);
                take_picture(cli, settings, folder, probe, finding);
                return;
        }
        text_add(&finding->text, probe->problem);
        if (strcmp(settings->backend, "files") == 0 && settings->device[0])
                text_addf(&finding->text, ": %s", settings->device);
        add_mend(&finding->mend, settings, probe->problem);
}

/* --- a camera that the daemon has --- */

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

/* Of RUN/CAMERA/SEQUENCE: is it of that camera? */
static bool is_picture_of(const char *path, const char *camera)
{
        const char *name = strrchr(path, '/');
        size_t length = strlen(camera);

        return name && (size_t)(name - path) > length && name[-(ptrdiff_t)length - 1] == '/' &&
               strncmp(name - length, camera, length) == 0;
}

/* May it be the camera that libcamera knows by these? A position cannot be compared: the daemon does not tell that of its camera. */
static bool may_be_device(const char *device, const char *id, const char *model)
{
        static const char *const open_to_any[] = {"", "front", "back", "external"};

        for (size_t i = 0; i < sizeof(open_to_any) / sizeof(open_to_any[0]); i++) {
                if (strcmp(device, open_to_any[i]) == 0)
                        return true;
        }
        return strcmp(device, id) == 0 || (model && strcmp(device, model) == 0);
}

/* Has the file been edited since the daemon read it, as far as its status tells? Says so then. */
static bool has_other_settings(const json_t *camera, const struct config_camera *settings, struct finding *finding)
{
        const json_t *test_picture = json_object_get(camera, "test_picture");
        const char *id = json_string_value(json_object_get(camera, "device"));
        const char *model = json_string_value(json_object_get(camera, "model"));
        bool is_pattern = strcmp(settings->backend, "pattern") == 0;
        bool is_libcamera = strcmp(settings->backend, "libcamera") == 0;
        struct text *text = &finding->text;

        if (json_is_boolean(test_picture) && json_is_true(test_picture) != is_pattern)
                text_addf(text, "streetcapd still runs with other settings: %s, not backend = %s",
                          is_pattern ? "no test picture" : "a test picture", settings->backend);
        else if (id && !is_libcamera)
                text_addf(text, "streetcapd still runs with other settings: %s, not backend = %s", id,
                          settings->backend);
        else if (id && !may_be_device(settings->device, id, model))
                text_addf(text, "streetcapd still runs with other settings: %s, not device = %s", id, settings->device);
        else
                return false;
        finding->good = false;
        text_add(&finding->mend, RESTART);
        return true;
}

static void judge_daemon(const json_t *daemon, const json_t *camera, const struct config_camera *settings,
                         struct finding *finding)
{
        const char *state = json_string_value(json_object_get(camera, "state"));
        const char *why = json_string_value(json_object_get(camera, "why"));
        const char *root = json_string_value(json_object_get(daemon, "root"));
        const char *picture = json_string_value(json_object_get(daemon, "last_frame"));
        const char *format = json_string_value(json_object_get(camera, "format"));
        const char *size = json_string_value(json_object_get(camera, "size"));
        const char *device = json_string_value(json_object_get(camera, "device"));

        if (has_other_settings(camera, settings, finding))
                return;
        finding->good = state && strcmp(state, "streaming") == 0;
        text_addf(&finding->text, "streetcapd has it: %s%s%s", state ? state : "in no state", why ? ": " : "",
                  why ? why : "");
        if (format && size && device)
                text_addf(&finding->text, ", %s, %s of %s", format, size, device);
        if (json_is_true(json_object_get(camera, "test_picture")))
                text_add(&finding->text, ", test picture");
        if (!finding->good && why)
                add_mend(&finding->mend, settings, why);
        else if (!finding->good)
                text_add(&finding->mend, "look again in some seconds, or stop streetcapd to have it tried here");
        else if (strcmp(settings->backend, "pattern") == 0)
                add_test_picture_note(&finding->mend, settings);
        if (root && picture && is_picture_of(picture, settings->name))
                text_addf(&finding->picture, "%s/%s", root, picture);
}

/* --- all of them --- */

/* NULL: none runs, as far as can be told, and the cameras are free. The caller json_decref's it. */
static json_t *ask_daemon(struct cli *cli, const struct config *config)
{
        char why[DAEMON_STATUS_WHY_SIZE];
        json_t *daemon;
        int r = daemon_status_read(config, &daemon, why);

        if (r == 0)
                return daemon;
        if (r != -ESRCH)
                cli_error(cli, "%s; trying the cameras", why);
        return NULL;
}

static bool check_cameras(struct cli *cli, const struct config *config, const char *folder)
{
        struct camera_probe probes[CONFIG_MAX_CAMERAS];
        bool wanted[CONFIG_MAX_CAMERAS] = {false}, good = true;
        json_t *daemon = ask_daemon(cli, config);

        for (unsigned i = 0; i < config->camera_count; i++)
                wanted[i] = !camera_of_daemon(daemon, config->cameras[i].name);
        camera_probe_run(config, wanted, PATIENCE_S, probes);
        for (unsigned i = 0; i < config->camera_count; i++) {
                const struct config_camera *settings = &config->cameras[i];
                struct finding finding = {0};

                snprintf(finding.check, sizeof(finding.check), "camera %s", settings->name);
                if (wanted[i])
                        judge_probe(cli, settings, folder, &probes[i], &finding);
                else
                        judge_daemon(daemon, camera_of_daemon(daemon, settings->name), settings, &finding);
                print_finding(cli, &finding);
                good = finding.good && good;
                finding_finish(&finding);
                free(probes[i].jpeg);
        }
        json_decref(daemon);
        return good;
}

int cmd_doctor(struct cli *cli, int argc, char **argv)
{
        struct doctor_options values = {.pictures = PICTURES_DEFAULT};
        const struct config *config;
        bool good;

        if (cli_parse(cli, argc, argv, &syntax, &values) < 0)
                return cli->exit_status;
        if (cli->root)
                return cli_wrong_use(
                        cli,
                        "doctor: --root has no effect: the cameras of this machine are tried; -c FILE names their config");
        config = cli_config(cli);
        if (!config)
                return CLI_WRONG_USE;
        if (!cli->config_path && access(CONFIG_DEFAULT_PATH, F_OK) < 0)
                cli_error(cli, "there is no %s: the defaults are tried", CONFIG_DEFAULT_PATH);
        /* What it opens is told in the answer. */
        log_set_level(LOG_LEVEL_NOTICE);
        good = check_cameras(cli, config, values.pictures);
        doctor_list_cameras(cli);
        camera_backends_finish();
        return good ? CLI_DONE : CLI_FAILED;
}
