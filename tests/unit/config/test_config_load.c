/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "tests/unit/config/problems.h"

#define LENGTH_ALLOWED "0.5 to 1000 m, also in cm, mm, km"
#define SIDES_ALLOWED "each 16 to 65500 pixels, together 200 megapixels at most"
#define STALL_ALLOWED "allowed: none, or for tests stall-after:FRAMES[,SECONDS]; is another backend meant?\n"
#define CAMERA_KEYS                                                                                                                                                                                                                       \
        "backend, device, size, rate, format, quality, rotation, freeze, blur, field_of_view, kerb_distance, gain_limit, focus_distance, readout, timestamp_offset, mount_angle, forward, right, up, make, model, serial, focal_length, " \
        "focal_length_35mm"
#define UNCHECKED "; the keys below it are not checked\n"
#define SECTIONS                                                                                                       \
        "[vehicle], [storage], [daemon], [gpsd], [trigger], [geotag], [roads], [encoder], [coverage], [quality], [camera NAME]"

/* Loads text, which is refused with exactly these lines and leaves the config as it was. */
static void assert_refused_bytes(const char *data, size_t size, const char *lines)
{
        struct problems problems = {0};
        struct config config, before;

        memset(&config, 0x5a, sizeof(config));
        before = config;
        assert_int_equal(config_load_memory("f", data, size, &config, problems_take, &problems), -EINVAL);
        assert_string_equal(problems_text(&problems), lines);
        assert_memory_equal(&config, &before, sizeof(config));
        text_finish(&problems.lines);
}

static void assert_refused(const char *text, const char *lines)
{
        assert_refused_bytes(text, strlen(text), lines);
}

static void load(const char *text, struct config *ret_config)
{
        struct problems problems = {0};
        int r = config_load_memory("f", text, strlen(text), ret_config, problems_take, &problems);

        assert_string_equal(problems_text(&problems), "");
        assert_int_equal(r, 0);
        text_finish(&problems.lines);
}

static void empty_file_is_the_defaults(void **state)
{
        struct config config, defaults;

        config_defaults(&defaults);
        load("", &config);
        assert_memory_equal(&config, &defaults, sizeof(config));
        load("\n# a comment\n ; another\n\n[trigger]\n", &config);
        assert_memory_equal(&config, &defaults, sizeof(config));
}

static void defaults_are_as_documented(void **state)
{
        struct config config;

        config_defaults(&config);
        assert_string_equal(config.vehicle_id, "van");
        assert_string_equal(config.time_zone, "Europe/Paris");
        assert_string_equal(config.storage_root, "/var/lib/streetcap");
        assert_string_equal(config.runtime_dir, "/run/streetcap");
        assert_string_equal(config.gpsd_host, "127.0.0.1");
        assert_string_equal(config.gpsd_port, "2947");
        assert_string_equal(config.gpsd_device, "");
        assert_true(config.gpsd_latency_s == 0.1);
        assert_true(config.spacing_m == 5.0);
        assert_true(config.standstill_speed_mps == 0.3);
        assert_true(config.run_end_parked_s == 300.0);
        assert_true(config.fix_wait_s == 1.2);
        assert_true(config.extrapolation_limit_s == 2.5);
        assert_true(config.match_radius_m == 25.0);
        assert_true(config.match_course_speed_mps == 2.0);
        assert_int_equal(config.encoder_threads, 2);
        assert_int_equal(config.encoder_queue, 8);
        assert_true(config.commit_interval_s == 0.3);
        assert_true(config.coverage_accuracy_m == 30.0);
        assert_true(config.quality.dark_percent == 15.0);
        assert_true(config.quality.blurred_percent == 5.0);
        assert_true(config.quality.clipped_percent == 40.0);
        assert_int_equal(config.log_level, LOG_LEVEL_INFO);
        assert_int_equal(config.camera_count, 1);
        assert_string_equal(config.cameras[0].name, "front");
        assert_string_equal(config.cameras[0].backend, "pattern");
        assert_int_equal(config.cameras[0].width, 1920);
        assert_int_equal(config.cameras[0].height, 1080);
        assert_true(config.cameras[0].rate_hz == 10.0);
        assert_int_equal(config.cameras[0].quality, 90);
}

static void values_and_units(void **state)
{
        struct config config;

        load("[trigger]\nspacing = 250 cm\nstandstill_speed=3.6 km/h\nrun_end_parked: 24 h\n[gpsd]\nlatency "
             "=\t80ms\nport=02948\n"
             "[daemon]\nlog_level = debug\n[storage]\ncommit_interval = 50 ms\n[coverage]\naccuracy = 1 km\n"
             "[quality]\ndark = 0\nblurred = 6.5%\n"
             "[vehicle]\ntime_zone = UTC\nid = Benne à ordures n°2\n",
             &config);
        assert_true(config.spacing_m == 2.5);
        assert_true(config.standstill_speed_mps == 1.0);
        assert_true(config.run_end_parked_s == 86400.0);
        assert_true(config.gpsd_latency_s == 0.08);
        assert_string_equal(config.gpsd_port, "2948");
        assert_int_equal(config.log_level, LOG_LEVEL_DEBUG);
        assert_true(config.commit_interval_s == 0.05);
        assert_true(config.coverage_accuracy_m == 1000.0);
        assert_true(config.quality.dark_percent == 0.0);
        assert_true(config.quality.blurred_percent == 6.5);
        assert_true(config.quality.clipped_percent == 40.0);
        assert_string_equal(config.time_zone, "UTC");
        assert_string_equal(config.vehicle_id, "Benne à ordures n°2");
}

static void limits_are_allowed(void **state)
{
        struct config config;

        load("[trigger]\nspacing=0.5\n[encoder]\nthreads=16\nqueue=1\n[gpsd]\nlatency=0\nport=65535\n"
             "[camera a]\nsize=16x65500\nmount_angle=359.99\nforward=-20\nup=+20 m\nquality=1\nright=-0\n",
             &config);
        assert_true(config.spacing_m == 0.5);
        assert_int_equal(config.encoder_threads, 16);
        assert_true(config.cameras[0].mount_angle_deg == 359.99);
        assert_true(config.cameras[0].forward_m == -20.0);
        assert_true(config.cameras[0].up_m == 20.0);
        assert_int_equal(config.cameras[0].height, 65500);
        load("[camera a]\nsize=20000x10000\n", &config);
        assert_int_equal(config.cameras[0].width, 20000);
}

static void lines_as_people_write_them(void **state)
{
        struct config config, same;

        load("[trigger]\nspacing = 7 m\nstandstill_speed = 0.4 m/s\n", &same);
        /* a byte order mark, carriage returns, comments behind values and heads, indented lines, no newline at the end */
        load("\xef\xbb\xbf[trigger] ; when\r\n\tspacing = 7 m   ; metres\r\n   # why\r\n standstill_speed=0.4 m/s",
             &config);
        assert_memory_equal(&config, &same, sizeof(config));
        load("[ trigger\t] # when\nspacing : 7m\nstandstill_speed =0.4", &config);
        assert_memory_equal(&config, &same, sizeof(config));
}

static void cameras_replace_the_default_one(void **state)
{
        struct config config;

        load("[camera left]\nmount_angle = 270 deg\n[camera  right_2-b]\nbackend = files\ndevice = /srv/pictures of a "
             "drive\n",
             &config);
        assert_int_equal(config.camera_count, 2);
        assert_string_equal(config.cameras[0].name, "left");
        assert_string_equal(config.cameras[0].backend, "pattern");
        assert_true(config.cameras[0].mount_angle_deg == 270.0);
        assert_string_equal(config.cameras[1].name, "right_2-b");
        assert_string_equal(config.cameras[1].device, "/srv/pictures of a drive");
        assert_int_equal(config.cameras[1].width, 1920);
        assert_string_equal(config.cameras[2].name, "");
}

static void longest_texts_are_whole(void **state)
{
        char root[128], name[32], text[400];
        struct config config;

        memset(root, 'r', sizeof(root) - 1);
        root[0] = '/';
        root[sizeof(root) - 1] = '\0';
        memset(name, 'n', sizeof(name) - 1);
        name[sizeof(name) - 1] = '\0';
        snprintf(text, sizeof(text), "[storage]\nroot = %s\n[camera %s]\n", root, name);
        load(text, &config);
        assert_string_equal(config.storage_root, root);
        assert_string_equal(config.cameras[0].name, name);
}

static void unknown_keys_and_sections(void **state)
{
        assert_refused("[trigger]\nspacign = 5\n",
                       "f:2: trigger.spacign: unknown key, did you mean spacing? allowed: spacing, "
                       "standstill_speed, run_end_parked, extrapolation_limit\n");
        assert_refused("[geotag]\nspacing = 5\n",
                       "f:2: geotag.spacing: unknown key here, did you mean it under [trigger]? allowed: fix_wait\n");
        assert_refused("[encoder]\nxyz = 5\n", "f:2: encoder.xyz: unknown key, allowed: threads, queue\n");
        assert_refused("[encoder]\n= 5\n", "f:2: encoder.: unknown key, allowed: threads, queue\n");
        assert_refused("[encoder]\nThreads = 2\n",
                       "f:2: encoder.Threads: unknown key, did you mean threads? allowed: threads, queue\n");
        assert_refused("[camera a]\nqualty = 5\n",
                       "f:2: camera a.qualty: unknown key, did you mean quality? allowed: " CAMERA_KEYS "\n");
        assert_refused("[triger]\nspacing = x\n",
                       "f:1: [triger]: unknown section, did you mean [trigger]? allowed: " SECTIONS UNCHECKED);
        assert_refused("[network]\n", "f:1: [network]: unknown section, allowed: " SECTIONS UNCHECKED);
        assert_refused("[]\n", "f:1: []: unknown section, allowed: " SECTIONS UNCHECKED);
        assert_refused("[kamera]\n",
                       "f:1: [kamera]: unknown section, did you mean [camera NAME]? allowed: " SECTIONS UNCHECKED);
        assert_refused("spacing = 5\n", "f:1: spacing: stands before any section, allowed: below its [section]\n");
}

static void bad_numbers(void **state)
{
        assert_refused("[trigger]\nspacing = 5 mi\n",
                       "f:2: trigger.spacing: \"5 mi\" has an unknown unit, allowed: " LENGTH_ALLOWED "\n");
        assert_refused("[trigger]\nspacing = 5 s\n",
                       "f:2: trigger.spacing: \"5 s\" has an unknown unit, allowed: " LENGTH_ALLOWED "\n");
        assert_refused(
                "[trigger]\nspacing = 5 m # why\n",
                "f:2: trigger.spacing: \"5 m # why\" has a comment, which needs a line of its own, allowed: " LENGTH_ALLOWED
                "\n");
        assert_refused(
                "[trigger]\nspacing = 5 m;why\n",
                "f:2: trigger.spacing: \"5 m;why\" has a comment, which needs a line of its own, allowed: " LENGTH_ALLOWED
                "\n");
        assert_refused(
                "[trigger]\nspacing = 5,5 m\n",
                "f:2: trigger.spacing: \"5,5 m\" has a comma, where the decimal sign is a point, allowed: " LENGTH_ALLOWED
                "\n");
        assert_refused(
                "[encoder]\nthreads = 2 # all\n",
                "f:2: encoder.threads: \"2 # all\" has a comment, which needs a line of its own, allowed: 1 to 16\n");
        assert_refused("[trigger]\nspacing = five\n",
                       "f:2: trigger.spacing: \"five\" is no number, allowed: " LENGTH_ALLOWED "\n");
        assert_refused("[trigger]\nspacing =\n",
                       "f:2: trigger.spacing: \"\" is no number, allowed: " LENGTH_ALLOWED "\n");
        assert_refused("[trigger]\nspacing = nan\n",
                       "f:2: trigger.spacing: \"nan\" is no number, allowed: " LENGTH_ALLOWED "\n");
        assert_refused("[trigger]\nspacing = 1e999 m\n",
                       "f:2: trigger.spacing: \"1e999 m\" is out of range, allowed: " LENGTH_ALLOWED "\n");
        assert_refused("[trigger]\nspacing = 0.499\n",
                       "f:2: trigger.spacing: \"0.499\" is out of range, allowed: " LENGTH_ALLOWED "\n");
        assert_refused("[trigger]\nspacing = 1.001 km\n",
                       "f:2: trigger.spacing: \"1.001 km\" is out of range, allowed: " LENGTH_ALLOWED "\n");
        assert_refused("[geotag]\nfix_wait = 1201 ms\n",
                       "f:2: geotag.fix_wait: \"1201 ms\" is out of range, allowed: "
                       "0.1 to 1.2 s, also in ms, us, min, h, d\n");
        assert_refused("[storage]\ncommit_interval = 0.51\n",
                       "f:2: storage.commit_interval: \"0.51\" is out of range, "
                       "allowed: 0.05 to 0.5 s, also in ms, us, min, h, d\n");
        assert_refused("[encoder]\nthreads = 2.5\n",
                       "f:2: encoder.threads: \"2.5\" is no whole number, allowed: 1 to 16\n");
        assert_refused("[encoder]\nthreads = 0\n", "f:2: encoder.threads: \"0\" is out of range, allowed: 1 to 16\n");
        assert_refused("[encoder]\nqueue = 99999999999999999999\n",
                       "f:2: encoder.queue: \"99999999999999999999\" is out of range, allowed: 1 to 64\n");
        assert_refused("[encoder]\nqueue = 4294967297\n",
                       "f:2: encoder.queue: \"4294967297\" is out of range, allowed: 1 to 64\n");
        assert_refused("[gpsd]\nport = 65536\n", "f:2: gpsd.port: \"65536\" is out of range, allowed: 1 to 65535\n");
        assert_refused("[gpsd]\nport = gpsd\n", "f:2: gpsd.port: \"gpsd\" is no whole number, allowed: 1 to 65535\n");
        assert_refused("[camera a]\nmount_angle = 360\n",
                       "f:2: camera a.mount_angle: \"360\" is out of range, allowed: 0 to 359.99 deg\n");
}

static void bad_words_and_texts(void **state)
{
        assert_refused("[camera a]\nbackend = usb\n",
                       "f:2: camera a.backend: \"usb\" is not known, allowed: pattern, files, libcamera\n");
        assert_refused(
                "[daemon]\nlog_level = verbose\n",
                "f:2: daemon.log_level: \"verbose\" is not known, allowed: error, warning, notice, info, debug\n");
        assert_refused("[camera a]\nsize = 1920\n",
                       "f:2: camera a.size: \"1920\" is no size, allowed: WIDTHxHEIGHT, " SIDES_ALLOWED "\n");
        assert_refused("[camera a]\nsize = 15x16\n",
                       "f:2: camera a.size: \"15x16\" is out of range, allowed: WIDTHxHEIGHT, " SIDES_ALLOWED "\n");
        assert_refused("[camera a]\nsize = 16x65501\n",
                       "f:2: camera a.size: \"16x65501\" is out of range, allowed: WIDTHxHEIGHT, " SIDES_ALLOWED "\n");
        assert_refused("[camera a]\nsize = 65500x65500\n",
                       "f:2: camera a.size: \"65500x65500\" is too large, allowed: WIDTHxHEIGHT, " SIDES_ALLOWED "\n");
        assert_refused("[camera a]\nsize = 20001x10000\n",
                       "f:2: camera a.size: \"20001x10000\" is too large, allowed: WIDTHxHEIGHT, " SIDES_ALLOWED "\n");
        assert_refused("[vehicle]\nid =\n", "f:2: vehicle.id: \"\" is too short, allowed: text of 1 to 63 bytes\n");
        assert_refused(
                "[vehicle]\nid = 0123456789012345678901234567890123456789012345678901234567890123\n",
                "f:2: vehicle.id: \"0123456789012345678901234567890123456789012345678901234567890123\" is too long, "
                "allowed: text of 1 to 63 bytes\n");
        assert_refused("[storage]\nroot = data\n",
                       "f:2: storage.root: \"data\" depends on where the daemon is started, allowed: a path "
                       "that starts with /\n");
        assert_refused("[daemon]\nruntime_dir = ./run\n",
                       "f:2: daemon.runtime_dir: \"./run\" depends on where the daemon is started, "
                       "allowed: a path that starts with /\n");
}

static void bad_time_zones(void **state)
{
        static const char *const names[] = {"Europe/Lutetia", "Europe",   "/usr/share/zoneinfo/UTC",
                                            "Europe/../UTC",  "zone.tab", "leapseconds",
                                            "/Europe/Paris",  "",         "CET-1CEST"};

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                char text[200], line[300];

                snprintf(text, sizeof(text), "[vehicle]\ntime_zone = %s\n", names[i]);
                snprintf(line, sizeof(line),
                         "f:2: vehicle.time_zone: \"%s\" is no time zone that this machine knows, allowed: UTC, or a "
                         "name under "
                         "/usr/share/zoneinfo such as Europe/Paris\n",
                         names[i]);
                assert_refused(text, line);
        }
}

static void duplicates(void **state)
{
        assert_refused("[trigger]\nspacing = 5\n\nspacing = 5\n",
                       "f:4: trigger.spacing: duplicate key, first in line 2, allowed: once\n");
        /* An indented line is no continuation of the value above it. */
        assert_refused("[trigger]\nspacing = 5\n   spacing = 6\n",
                       "f:3: trigger.spacing: duplicate key, first in line 2, allowed: once\n");
        assert_refused("[trigger]\nspacing = 5\n[geotag]\n[trigger]\nspacing = 6\nstandstill_speed = 0.2\n",
                       "f:4: [trigger]: duplicate section, first in line 1, allowed: once\n"
                       "f:5: trigger.spacing: duplicate key, first in line 2, allowed: once\n");
        assert_refused("[camera a]\nquality = 5\n[camera b]\n[camera a]\nquality = 6\n",
                       "f:4: [camera a]: duplicate section, first in line 1, allowed: once\n"
                       "f:5: camera a.quality: duplicate key, first in line 2, allowed: once\n");
}

static void bad_cameras(void **state)
{
        static const char *const names[] = {"Front", "a b", "é", "..", "a/b", "01234567890123456789012345678901", ""};

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                char text[200], line[300];

                snprintf(text, sizeof(text), "[camera %s]\n", names[i]);
                snprintf(line, sizeof(line),
                         "f:1: [camera %s]: bad name of a camera, allowed: [camera NAME] with 1 to 31 of a-z 0-9 - _\n",
                         names[i]);
                assert_refused(text, line);
        }
        assert_refused("[camera a]\n[camera b]\n[camera c]\n[camera d]\n[camera e]\nquality = 200\n[camera f]\n",
                       "f:5: [camera e]: too many cameras, allowed: 4\n"
                       "f:6: camera e.quality: \"200\" is out of range, allowed: 1 to 100\n"
                       "f:7: [camera f]: too many cameras, allowed: 4\n");
        assert_refused("[camera]\nquality=90\n[camera]\nquality=90\n",
                       "f:1: [camera ]: bad name of a camera, allowed: [camera NAME] with 1 to 31 of a-z 0-9 - _\n"
                       "f:3: [camera ]: bad name of a camera, allowed: [camera NAME] with 1 to 31 of a-z 0-9 - _\n");
}

static void cameras_that_do_not_fit_together(void **state)
{
        char text[300], lines[400];

        /* A device that is refused is not also missing. */
        snprintf(text, sizeof(text), "[camera a]\nbackend = files\ndevice = /%0127d\n", 0);
        snprintf(lines, sizeof(lines),
                 "f:3: camera a.device: \"/%0127d\" is too long, allowed: text of 0 to 127 bytes\n", 0);
        assert_refused(text, lines);
        assert_refused("[camera a]\nquality = 50\nbackend = files\n",
                       "f:3: camera a.device: missing, allowed: with the backend files, the folder of the pictures\n");
        assert_refused("[camera a]\nbackend = files\ndevice =\n",
                       "f:3: camera a.device: missing, allowed: with the backend files, the folder of the pictures\n");
        assert_refused("[camera a]\nbackend = pattern\ndevice = /dev/video0\n",
                       "f:3: camera a.device: \"/dev/video0\" is no device of the backend pattern, " STALL_ALLOWED);
        /* The backend that stands when the file names none. */
        assert_refused("[camera a]\ndevice = imx477\n",
                       "f:2: camera a.device: \"imx477\" is no device of the backend pattern, " STALL_ALLOWED);
        assert_refused("[camera a]\nbackend = libcamera\n[camera b]\nbackend = libcamera\n",
                       "f:4: camera b.device: \"\" is what camera a has, allowed: another id, model or place\n");
        assert_refused(
                "[camera a]\nbackend = libcamera\ndevice = imx477\n[camera b]\ndevice = imx477\nbackend = libcamera\n",
                "f:5: camera b.device: \"imx477\" is what camera a has, allowed: another id, model or place\n");
}

static void devices_of_the_pattern(void **state)
{
        static const char *const good[] = {"stall-after:1", "stall-after:200,4", "stall-after:7,0.5"};
        static const char *const bad[] = {"stall",          "stall-after:",    "stall-after:0",    "stall-after:-1",
                                          "stall-after:3,", "stall-after:3,0", "stall-after:3,1s", "Stall-after:3"};
        struct config config;
        char text[100], lines[300];

        for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
                snprintf(text, sizeof(text), "[camera a]\ndevice = %s\n", good[i]);
                load(text, &config);
        }
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                snprintf(text, sizeof(text), "[camera a]\ndevice = %s\n", bad[i]);
                snprintf(lines, sizeof(lines),
                         "f:2: camera a.device: \"%s\" is no device of the backend pattern, " STALL_ALLOWED, bad[i]);
                assert_refused(text, lines);
        }
}

static void lines_that_are_nothing(void **state)
{
        assert_refused("[trigger]\njunk\nspacing\n[",
                       "f:2: neither a key with a value nor a section, allowed: key = value\n"
                       "f:3: neither a key with a value nor a section, allowed: key = value\n"
                       "f:4: \"[\" is no section, allowed: [NAME] alone in its line" UNCHECKED);
        assert_refused("[trigger]\njunk", "f:2: neither a key with a value nor a section, allowed: key = value\n");
        assert_refused("[trigger]\nspacing ; = 3\n",
                       "f:2: neither a key with a value nor a section, allowed: key = value\n");
        assert_refused("[trigger\nspacing = nothing\n",
                       "f:1: \"[trigger\" is no section, allowed: [NAME] alone in its line\n"
                       "f:2: trigger.spacing: \"nothing\" is no number, allowed: " LENGTH_ALLOWED "\n");
        assert_refused("[camera a] b\nquality = 0\n",
                       "f:1: \"[camera a] b\" is no section, allowed: [NAME] alone in its line\n"
                       "f:2: camera a.quality: \"0\" is out of range, allowed: 1 to 100\n");
        assert_refused("[camera A!\nquality = 0\n",
                       "f:1: \"[camera A!\" is no section, allowed: [NAME] alone in its line" UNCHECKED);
        assert_refused("[trigger] spacing = 5\n",
                       "f:1: \"[trigger] spacing = 5\" is no section, allowed: [NAME] alone in its line\n");
}

static void bytes_that_are_no_text(void **state)
{
        static const char nul[] = "[trigger]\nspacing = 5\0 m\nspacing = 6 mi\n# \0\n";

        assert_refused_bytes(nul, sizeof(nul) - 1,
                             "f:2: control character 0x00 in column 12, allowed: text\n"
                             "f:3: trigger.spacing: \"6 mi\" has an unknown unit, allowed: " LENGTH_ALLOWED
                             "\n"
                             "f:4: control character 0x00 in column 3, allowed: text\n");
        assert_refused("[vehicle]\nid = a\x1b[31m\n", "f:2: control character 0x1b in column 7, allowed: text\n");
        assert_refused("[vehicle]\nid = a\rb\n", "f:2: control character 0x0d in column 7, allowed: text\n");
        assert_refused("[vehicle]\nid = caf\xe9\n", "f:2: not UTF-8, allowed: text in UTF-8\n");
}

static void long_lines_and_files(void **state)
{
        const size_t file_size = 256 * 1024;
        char line[400], wanted[200];
        char *data = malloc(file_size + 1);
        struct config config;
        int length;

        length = snprintf(line, sizeof(line), "[vehicle]\nid = %0300d\n", 0);
        snprintf(wanted, sizeof(wanted), "f:2: line too long (%d bytes), allowed: 198 bytes\n", length - 11);
        assert_refused(line, wanted);
        /* what stands behind it is still read, and a comment may be of any length */
        snprintf(line, sizeof(line), "# %0300d\n[vehicle]\nid =\n", 0);
        assert_refused(line, "f:3: vehicle.id: \"\" is too short, allowed: text of 1 to 63 bytes\n");

        assert_non_null(data);
        memset(data, '\n', file_size + 1);
        assert_refused_bytes(data, file_size + 1, "f: file too large, allowed: 262144 bytes\n");
        assert_int_equal(config_load_memory("f", data, file_size, &config, NULL, NULL), 0);
        free(data);
}

static void all_problems_at_once(void **state)
{
        assert_refused(
                "id = early\n"
                "[trigger]\n"
                "spacing = 5 parsecs\n"
                "spasing = 5\n"
                "nonsense\n"
                "[roadz]\n"
                "match_radius = whatever\n"
                "[camera front]\n"
                "backend = files\n"
                "quality = 101\n"
                "[vehicle]\n"
                "time_zone = Mars/Olympus\n"
                "[trigger]\n"
                "[storage]\n"
                "root = here\n",
                "f:1: id: stands before any section, allowed: below its [section]\n"
                "f:3: trigger.spacing: \"5 parsecs\" has an unknown unit, allowed: " LENGTH_ALLOWED
                "\n"
                "f:4: trigger.spasing: unknown key, did you mean spacing? allowed: spacing, standstill_speed, "
                "run_end_parked, extrapolation_limit\n"
                "f:5: neither a key with a value nor a section, allowed: key = value\n"
                "f:6: [roadz]: unknown section, did you mean [roads]? allowed: " SECTIONS UNCHECKED
                "f:9: camera front.device: missing, allowed: with the backend files, the folder of the pictures\n"
                "f:10: camera front.quality: \"101\" is out of range, allowed: 1 to 100\n"
                "f:12: vehicle.time_zone: \"Mars/Olympus\" is no time zone that this machine knows, allowed: UTC, or a "
                "name "
                "under /usr/share/zoneinfo such as Europe/Paris\n"
                "f:13: [trigger]: duplicate section, first in line 2, allowed: once\n"
                "f:15: storage.root: \"here\" depends on where the daemon is started, allowed: a path that starts with "
                "/\n");
}

/* For who only asks: what is right is taken. */
static void what_is_right_of_a_file(void **state)
{
        static const char content[] =
                "[daemon]\nruntime_dir = /run/x\n[trigger]\nspacing = five\n[coverage\naccuracy = 7 m\n";
        char path[] = "/tmp/streetcap-config-XXXXXX";
        struct problems problems = {0};
        unsigned count = 0;
        struct config config;
        int fd = mkstemp(path);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, content, strlen(content)), strlen(content));
        close(fd);
        assert_int_equal(config_load_what_is_right(path, &config, &count, problems_take, &problems), 0);
        assert_string_equal(problems_text(&problems), "");
        assert_int_equal(count, 2);
        assert_string_equal(config.runtime_dir, "/run/x");
        assert_true(config.spacing_m == 5.0 && config.coverage_accuracy_m == 7.0);
        unlink(path);
        assert_int_equal(config_load_what_is_right(path, &config, &count, problems_take, &problems), -ENOENT);
        assert_non_null(strstr(problems_text(&problems), ": cannot be read: No such file or directory\n"));
        text_finish(&problems.lines);
}

static void files_that_cannot_be_read(void **state)
{
        struct problems problems = {0};
        struct config config, before;

        memset(&config, 0x5a, sizeof(config));
        before = config;
        assert_int_equal(config_load("/nonexistent/streetcap.conf", &config, problems_take, &problems), -ENOENT);
        assert_int_equal(config_load("/", &config, problems_take, &problems), -EISDIR);
        assert_int_equal(config_load("/dev/zero", &config, problems_take, &problems), -EFBIG);
        assert_string_equal(problems_text(&problems),
                            "/nonexistent/streetcap.conf: cannot be read: No such file or directory\n"
                            "/: cannot be read: Is a directory\n"
                            "/dev/zero: file too large, allowed: 262144 bytes\n");
        assert_memory_equal(&config, &before, sizeof(config));
        text_finish(&problems.lines);
}

static void file_is_named_in_problems(void **state)
{
        char path[] = "/tmp/streetcap-config-XXXXXX", wanted[200];
        const char *content = "[trigger]\nspacing = 6 m\n[encoder]\nthreads = many\n";
        struct problems problems = {0};
        struct config config;
        int fd = mkstemp(path);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, content, strlen(content)), strlen(content));
        assert_int_equal(config_load(path, &config, problems_take, &problems), -EINVAL);
        snprintf(wanted, sizeof(wanted), "%s:4: encoder.threads: \"many\" is no whole number, allowed: 1 to 16\n",
                 path);
        assert_string_equal(problems_text(&problems), wanted);
        assert_int_equal(ftruncate(fd, 24), 0);
        assert_int_equal(config_load(path, &config, NULL, NULL), 0);
        assert_true(config.spacing_m == 6.0);
        close(fd);
        unlink(path);
        text_finish(&problems.lines);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(empty_file_is_the_defaults),
                cmocka_unit_test(defaults_are_as_documented),
                cmocka_unit_test(values_and_units),
                cmocka_unit_test(limits_are_allowed),
                cmocka_unit_test(lines_as_people_write_them),
                cmocka_unit_test(cameras_replace_the_default_one),
                cmocka_unit_test(longest_texts_are_whole),
                cmocka_unit_test(unknown_keys_and_sections),
                cmocka_unit_test(bad_numbers),
                cmocka_unit_test(bad_words_and_texts),
                cmocka_unit_test(bad_time_zones),
                cmocka_unit_test(duplicates),
                cmocka_unit_test(bad_cameras),
                cmocka_unit_test(cameras_that_do_not_fit_together),
                cmocka_unit_test(devices_of_the_pattern),
                cmocka_unit_test(lines_that_are_nothing),
                cmocka_unit_test(bytes_that_are_no_text),
                cmocka_unit_test(long_lines_and_files),
                cmocka_unit_test(all_problems_at_once),
                cmocka_unit_test(what_is_right_of_a_file),
                cmocka_unit_test(files_that_cannot_be_read),
                cmocka_unit_test(file_is_named_in_problems),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
