/* SPDX-License-Identifier: MIT */
#include "config/settings.h"

#include <assert.h>
#include <string.h>

#include "base/log.h"

#define IN_CONFIG(field) .offset = offsetof(struct config, field), .size = sizeof(((struct config *)NULL)->field)
#define IN_CAMERA(field)                                                                                               \
        .offset = offsetof(struct config_camera, field), .size = sizeof(((struct config_camera *)NULL)->field)

static_assert(offsetof(struct config_camera, height) == offsetof(struct config_camera, width) + sizeof(unsigned),
              "a size is a width and a height that follow each other");
static_assert(sizeof(enum log_level) == sizeof(int), "a choice is stored as an int");

static const char *const log_levels[] = {"error", "warning", "notice", "info", "debug", NULL}; /* as enum log_level */
static const char *const backends[] = {"pattern", "files", "libcamera", NULL};
static const char *const formats[] = {"auto", "mjpeg", "yuv", NULL}; /* as enum config_format */
static const char *const rotations[] = {"0", "90", "180", "270", NULL};
static const struct unit units_pixels[] = {{"px", 1, 1}, {NULL, 0, 0}};
static const struct unit units_percent[] = {{"%", 1, 1}, {NULL, 0, 0}};
static const struct unit units_none[] = {{"x", 1, 1}, {NULL, 0, 0}};
/* A focal length is a number of millimetres to everybody, and nothing else. */
static const struct unit units_focal_length_mm[] = {{"mm", 1, 1}, {NULL, 0, 0}};

const struct setting settings[] = {
        {"vehicle", "id", SETTING_TEXT, IN_CONFIG(vehicle_id), .min = 1, .default_text = "van",
         .help = "Name of the vehicle, written into every picture and run."},
        {"vehicle", "time_zone", SETTING_TIME_ZONE, IN_CONFIG(time_zone), .default_text = "Europe/Paris",
         .help = "Where the vehicle drives: pictures carry the local time beside UTC."},

        {"storage", "root", SETTING_TEXT, IN_CONFIG(storage_root), .min = 1, .default_text = "/var/lib/streetcap",
         .help = "Folder of the pictures and the index, as an absolute path."},
        {"storage", "commit_interval", SETTING_QUANTITY, IN_CONFIG(commit_interval_s), .units = units_time_s,
         .min = 0.05, .max = 0.5, .default_text = "0.3 s",
         .help = "How long pictures wait for each other to be made durable together; that much can be lost with the "
                 "power."},

        {"daemon", "runtime_dir", SETTING_TEXT, IN_CONFIG(runtime_dir), .min = 1, .default_text = "/run/streetcap",
         .help = "Folder of the live status, as an absolute path."},
        {"daemon", "log_level", SETTING_CHOICE, IN_CONFIG(log_level), .words = log_levels, .default_text = "info",
         .live = true, .help = "Most detailed messages that are written."},

        {"gpsd", "host", SETTING_TEXT, IN_CONFIG(gpsd_host), .min = 1, .default_text = "127.0.0.1",
         .help = "Machine that gpsd runs on; for another than this one, the systemd unit needs IPAddressAllow= (systemctl edit)."},
        {"gpsd", "port", SETTING_PORT, IN_CONFIG(gpsd_port), .min = 1, .max = 65535, .default_text = "2947",
         .help = "TCP port of gpsd."},
        {"gpsd", "device", SETTING_TEXT, IN_CONFIG(gpsd_device), .default_text = "",
         .help = "Receiver to listen to, such as /dev/ttyACM0; empty for any that gpsd has."},
        {"gpsd", "latency", SETTING_QUANTITY, IN_CONFIG(gpsd_latency_s), .units = units_time_s, .min = 0, .max = 2,
         .default_text = "0.1 s",
         .help = "Shortest time from the instant of a fix to the arrival of its report. Not used once a pulse (PPS) "
                 "gives the time."},

        {"trigger", "spacing", SETTING_QUANTITY, IN_CONFIG(spacing_m), .units = units_length_m, .min = 0.5, .max = 1000,
         .default_text = "5 m", .live = true, .help = "Distance travelled from one picture to the next."},
        {"trigger", "standstill_speed", SETTING_QUANTITY, IN_CONFIG(standstill_speed_mps), .units = units_speed_mps,
         .min = 0.05, .max = 2, .default_text = "0.3 m/s", .live = true,
         .help = "Below this speed the van stands: no travel, no pictures."},
        {"trigger", "run_end_parked", SETTING_QUANTITY, IN_CONFIG(run_end_parked_s), .units = units_time_s, .min = 10,
         .max = 86400, .default_text = "300 s", .live = true,
         .help = "A run ends when the van has stood, or no fix has told that it moves, for this long."},
        {"trigger", "extrapolation_limit", SETTING_QUANTITY, IN_CONFIG(extrapolation_limit_s), .units = units_time_s,
         .min = 0.2, .max = 5, .default_text = "2.5 s", .live = true,
         .help = "How long pictures go on after the last fix."},

        {"geotag", "fix_wait", SETTING_QUANTITY, IN_CONFIG(fix_wait_s), .units = units_time_s, .min = 0.1, .max = 1.2,
         .default_text = "1.2 s", .live = true,
         .help = "How long a picture waits for the fix after its exposure, to be placed between two fixes."},

        {"roads", "match_radius", SETTING_QUANTITY, IN_CONFIG(match_radius_m), .units = units_length_m, .min = 5,
         .max = 200, .default_text = "25 m", .help = "Streets farther than this from the van are not considered."},
        {"roads", "match_course_speed", SETTING_QUANTITY, IN_CONFIG(match_course_speed_mps), .units = units_speed_mps,
         .min = 0.5, .max = 10, .default_text = "2 m/s",
         .help = "Below this speed the receiver's course does not help to find the street."},

        {"encoder", "threads", SETTING_INTEGER, IN_CONFIG(encoder_threads), .min = 1, .max = 16, .default_text = "2",
         .help = "Pictures that are compressed at the same time."},
        {"encoder", "queue", SETTING_INTEGER, IN_CONFIG(encoder_queue), .min = 1, .max = 64, .default_text = "8",
         .help = "Pictures that may wait for compression; each takes a whole frame's memory, for each camera: 19 MB at 12 megapixels."},

        {"coverage", "accuracy", SETTING_QUANTITY, IN_CONFIG(coverage_accuracy_m), .units = units_length_m, .min = 0.1,
         .max = 1000, .default_text = "30 m", .live = true,
         .help = "For streetcap coverage alone: a picture less sure of its place covers nothing; gpsd says 15 m without an estimate."},

        /* Automatic exposure makes pictures of some 45 % mean luma; 15 % are over three stops less. */
        {"quality", "dark", SETTING_QUANTITY, IN_CONFIG(quality.dark_percent), .units = units_percent, .min = 0,
         .max = 100, .default_text = "15 %", .live = true,
         .help = "A picture darker than this, of white, is flagged night: the camera cannot expose it as it should. 0: none."},
        /* Photographs in focus have 7 % and more, blurred by 1/480 of their width 5 % and less. */
        {"quality", "blurred", SETTING_QUANTITY, IN_CONFIG(quality.blurred_percent), .units = units_percent, .min = 0,
         .max = 100, .default_text = "5 %", .live = true,
         .help = "A picture less sharp than this, in light enough, is flagged blurred; many in a row tell a dirty lens. 0: none."},
        /* The white sky of a dull day takes a quarter of a picture of a street. */
        {"quality", "clipped", SETTING_QUANTITY, IN_CONFIG(quality.clipped_percent), .units = units_percent, .min = 0,
         .max = 100, .default_text = "40 %", .live = true,
         .help = "A picture of which more than this is plain white is flagged clipped: sun in the lens, or overexposed. 0: none."},

        {"camera", "backend", SETTING_WORD, IN_CAMERA(backend), .words = backends, .default_text = "pattern",
         .help = "Where pictures come from: a moving test picture, a folder of JPEG files, or a camera by libcamera."},
        {"camera", "device", SETTING_TEXT, IN_CAMERA(device), .default_text = "",
         .help = "files: the folder. libcamera: id, model or place, empty for the only one. pattern: empty (stall-after:N,S for tests)."},
        {"camera", "size", SETTING_SIZE, .offset = offsetof(struct config_camera, width), .size = 2 * sizeof(unsigned),
         .min = 16, .max = 65500, .default_text = "1920x1080", .help = "Size of the pictures."},
        {"camera", "rate", SETTING_QUANTITY, IN_CAMERA(rate_hz), .units = units_rate_hz, .min = 0.5, .max = 120,
         .default_text = "10 fps",
         .help = "Frames that the camera streams, of which the nearest to each place is kept; a USB camera may give more."},
        {"camera", "format", SETTING_CHOICE, IN_CAMERA(format), .words = formats, .default_text = "auto",
         .help = "libcamera: the camera's own JPEG files (mjpeg), kept as they are, or its pixels (yuv); auto prefers JPEG."},
        {"camera", "quality", SETTING_INTEGER, IN_CAMERA(quality), .min = 1, .max = 100, .default_text = "90",
         .help = "JPEG quality; a camera that makes JPEG files itself has its own."},
        {"camera", "rotation", SETTING_CHOICE, IN_CAMERA(rotation_quarters), .words = rotations, .default_text = "0",
         .help = "Degrees that the picture is turned clockwise to stand upright: 180 for a camera mounted upside down."},
        {"camera", "freeze", SETTING_QUANTITY, IN_CAMERA(freeze_s), .units = units_time_s, .min = 0.5, .max = 60,
         .default_text = "3 s", .help = "A camera that delivers no frame for this long hangs, and is opened anew."},
        {"camera", "blur", SETTING_QUANTITY, IN_CAMERA(blur_px), .units = units_pixels, .min = 0, .max = 100,
         .default_text = "3 px",
         .help = "Pixels that a still thing may move in the picture while it is exposed: the faster, the shorter. 0: any."},
        {"camera", "field_of_view", SETTING_QUANTITY, IN_CAMERA(field_of_view_deg), .units = units_angle_deg, .min = 5,
         .max = 170, .default_text = "70 deg", .help = "Angle from the picture's left edge to its right, for blur."},
        {"camera", "kerb_distance", SETTING_QUANTITY, IN_CAMERA(kerb_distance_m), .units = units_length_m, .min = 0.2,
         .max = 100, .default_text = "3 m",
         .help = "From the camera sideways to the nearest things that are to be sharp, for blur."},
        {"camera", "gain_limit", SETTING_QUANTITY, IN_CAMERA(gain_limit), .units = units_none, .min = 1, .max = 64,
         .default_text = "8 x", .help = "Most that the sensor's signal is amplified while the exposure is kept short."},
        {"camera", "focus_distance", SETTING_QUANTITY, IN_CAMERA(focus_distance_m), .units = units_length_m, .min = 0.2,
         .max = 1000, .default_text = "8 m", .help = "Distance that a lens which can focus is set to, for good."},
        {"camera", "readout", SETTING_QUANTITY, IN_CAMERA(readout_s), .units = units_time_s, .min = 0, .max = 0.5,
         .default_text = "0 s",
         .help = "Time from the exposure of the first row of pixels to that of the last; 0: what the camera tells of it."},
        {"camera", "timestamp_offset", SETTING_QUANTITY, IN_CAMERA(timestamp_offset_s), .units = units_time_s,
         .min = -1, .max = 1, .default_text = "0 s",
         .help = "Added to the camera's time stamps, where they are known to be early (above 0) or late."},
        {"camera", "mount_angle", SETTING_QUANTITY, IN_CAMERA(mount_angle_deg), .units = units_angle_deg, .min = 0,
         .max = 359.99, .default_text = "0 deg",
         .help = "Direction of view from the van's nose, clockwise: 90 deg looks to the right."},
        {"camera", "forward", SETTING_QUANTITY, IN_CAMERA(forward_m), .units = units_length_m, .min = -20, .max = 20,
         .default_text = "0 m", .help = "The camera is this far ahead of the antenna; behind it when negative."},
        {"camera", "right", SETTING_QUANTITY, IN_CAMERA(right_m), .units = units_length_m, .min = -20, .max = 20,
         .default_text = "0 m",
         .help = "The camera is this far to the right of the antenna; to its left when negative."},
        {"camera", "up", SETTING_QUANTITY, IN_CAMERA(up_m), .units = units_length_m, .min = -20, .max = 20,
         .default_text = "0 m", .help = "The camera is this far above the antenna; below it when negative."},
        {"camera", "make", SETTING_TEXT, IN_CAMERA(make), .default_text = "",
         .help = "Maker of the camera, for the pictures' EXIF."},
        {"camera", "model", SETTING_TEXT, IN_CAMERA(model), .default_text = "",
         .help = "Model of the camera, for EXIF."},
        {"camera", "serial", SETTING_TEXT, IN_CAMERA(serial), .default_text = "",
         .help = "Serial number of the camera, for EXIF."},
        {"camera", "focal_length", SETTING_QUANTITY, IN_CAMERA(focal_length_mm), .units = units_focal_length_mm,
         .min = 0, .max = 1000, .default_text = "0 mm",
         .help = "Focal length of the lens, for EXIF; 0 when not known."},
        {"camera", "focal_length_35mm", SETTING_QUANTITY, IN_CAMERA(focal_length_35mm), .units = units_focal_length_mm,
         .min = 0, .max = 1000, .default_text = "0 mm",
         .help = "Focal length that gives the same view on 35 mm film, for EXIF; 0 when not known."},
};
const size_t settings_count = sizeof(settings) / sizeof(settings[0]);
static_assert(sizeof(settings) / sizeof(settings[0]) <= SETTINGS_MAX, "the table has outgrown its bound");

const char *settings_section(const char *section)
{
        for (size_t i = 0; i < settings_count; i++) {
                if (strcmp(settings[i].section, section) == 0)
                        return settings[i].section;
        }
        return NULL;
}

const struct setting *settings_find(const char *section, const char *key)
{
        for (size_t i = 0; i < settings_count; i++) {
                if (strcmp(settings[i].section, section) == 0 && strcmp(settings[i].key, key) == 0)
                        return &settings[i];
        }
        return NULL;
}

bool setting_is_of_camera(const struct setting *setting)
{
        return strcmp(setting->section, SETTING_CAMERA_SECTION) == 0;
}

/* A default needs no time zone database: a machine without one can still say what the defaults are. */
static void set_default(const struct setting *setting, void *object)
{
        struct setting plain = *setting;
        struct text problem = {0};
        int r;

        if (plain.type == SETTING_TIME_ZONE)
                plain.type = SETTING_TEXT;
        r = setting_parse(&plain, plain.default_text, object, &problem);
        assert(r == 0);
        (void)r;
        text_finish(&problem);
}

void settings_camera_defaults(struct config_camera *ret_camera)
{
        memset(ret_camera, 0, sizeof(*ret_camera));
        for (size_t i = 0; i < settings_count; i++) {
                if (setting_is_of_camera(&settings[i]))
                        set_default(&settings[i], ret_camera);
        }
}

void config_defaults(struct config *ret_config)
{
        memset(ret_config, 0, sizeof(*ret_config));
        for (size_t i = 0; i < settings_count; i++) {
                if (!setting_is_of_camera(&settings[i]))
                        set_default(&settings[i], ret_config);
        }
        settings_camera_defaults(&ret_config->cameras[0]);
        strcpy(ret_config->cameras[0].name, "front");
        ret_config->camera_count = 1;
}

int settings_camera_index(const struct config *config, const char *name)
{
        for (unsigned i = 0; i < config->camera_count; i++) {
                if (strcmp(config->cameras[i].name, name) == 0)
                        return (int)i;
        }
        return -1;
}

bool settings_camera_name_valid(const char *name)
{
        size_t length = strlen(name);

        return length >= 1 && length < sizeof(((struct config_camera *)NULL)->name) &&
               strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") == length;
}
