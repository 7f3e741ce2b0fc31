/* SPDX-License-Identifier: MIT */
/* Writing, setting single keys, and reload. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "config/config.h"
#include "config/settings.h"
#include "tests/unit/config/problems.h"

/* The caller frees. */
static char *written(const struct config *config, size_t *ret_size)
{
        char *data = NULL;
        FILE *stream = open_memstream(&data, ret_size);

        assert_non_null(stream);
        config_write(config, stream);
        assert_int_equal(fclose(stream), 0);
        return data;
}

static void load(const char *text, struct config *ret_config)
{
        struct problems problems = {0};
        int r = config_load_memory("f", text, strlen(text), ret_config, problems_take, &problems);

        assert_string_equal(problems_text(&problems), "");
        assert_int_equal(r, 0);
        text_finish(&problems.lines);
}

static void shipped_file_is_the_defaults(void **state)
{
        const char *root = getenv("STREETCAP_SOURCE_ROOT");
        struct config defaults, config;
        char path[4096], *wanted, *shipped;
        size_t wanted_size, shipped_size;

        if (!root)
                fail_msg("STREETCAP_SOURCE_ROOT is not set: run by meson test");
        snprintf(path, sizeof(path), "%s/config/streetcap.conf", root);
        config_defaults(&defaults);
        wanted = written(&defaults, &wanted_size);
        assert_int_equal(fd_read_file(AT_FDCWD, path, 1 << 20, &shipped, &shipped_size), 0);
        assert_string_equal(shipped, wanted);
        assert_int_equal(shipped_size, wanted_size);
        assert_int_equal(config_load(path, &config, NULL, NULL), 0);
        assert_memory_equal(&config, &defaults, sizeof(config));
        free(wanted);
        free(shipped);
}

static void every_setting_is_explained(void **state)
{
        struct config defaults;
        size_t size;
        char *text;

        config_defaults(&defaults);
        text = written(&defaults, &size);
        for (size_t i = 0; i < settings_count; i++) {
                char value[256];

                snprintf(value, sizeof(value), "\n%s =%s%s\n", settings[i].key, settings[i].default_text[0] ? " " : "",
                         settings[i].default_text);
                assert_non_null(strstr(text, settings[i].help));
                assert_non_null(strstr(text, value));
                assert_true(strlen(settings[i].help) <= 118);
        }
        free(text);
}

static void settings_table_is_sound(void **state)
{
        for (size_t i = 0; i < settings_count; i++) {
                const struct setting *a = &settings[i];
                size_t object = setting_is_of_camera(a) ? sizeof(struct config_camera) : sizeof(struct config);

                assert_true(a->offset + a->size <= object);
                assert_ptr_equal(settings_find(a->section, a->key), a);
                assert_true(a->type != SETTING_QUANTITY || (a->units && a->size == sizeof(double) && a->min < a->max));
                assert_true((a->type != SETTING_CHOICE && a->type != SETTING_WORD) || a->words);
                assert_true(a->type != SETTING_INTEGER || a->size == sizeof(int));
                for (size_t j = 0; j < i; j++) {
                        const struct setting *b = &settings[j];

                        if (setting_is_of_camera(a) == setting_is_of_camera(b))
                                assert_true(a->offset + a->size <= b->offset || b->offset + b->size <= a->offset);
                }
        }
}

static void log_levels_are_in_order(void **state)
{
        static const char *const names[] = {"error", "warning", "notice", "info", "debug"};
        struct config config;

        config_defaults(&config);
        for (int i = 0; i < 5; i++) {
                assert_int_equal(config_set(&config, "test", "daemon", "log_level", names[i], NULL, NULL), 0);
                assert_int_equal(config.log_level, i); /* as enum log_level */
        }
}

static void what_is_written_reads_back(void **state)
{
        struct config config, again;
        size_t size;
        char *text;

        load("[vehicle]\nid = Véhicule \"3\" = #1;x\ntime_zone = UTC\n[storage]\nroot = /media/disk "
             "one\ncommit_interval = 0.1234567890123\n"
             "[daemon]\nlog_level = error\n[gpsd]\ndevice = /dev/ttyACM0\nlatency = 33.3 ms\n[trigger]\nspacing = "
             "3.3333333333333335\n"
             "standstill_speed = 1 km/h\n[encoder]\nthreads = 3\n[coverage]\naccuracy = 1e-1 m\n"
             "[camera left]\nbackend = files\ndevice = /srv/a\nsize = 4056x3040\nrate = 29.97\nmount_angle = "
             "271.5\nforward = -15 cm\n"
             "[camera b]\nmake = Raspberry Pi\nmodel = HQ\nserial = 00:11\nfocal_length = 6.0 mm\nfocal_length_35mm = "
             "34\n"
             "[camera c]\n[camera d]\nright=-0\n",
             &config);
        text = written(&config, &size);
        load(text, &again);
        assert_memory_equal(&again, &config, sizeof(config));
        assert_string_equal(again.vehicle_id, "Véhicule \"3\" = #1;x");
        assert_non_null(strstr(text, "\nforward = -0.15 m\n"));
        assert_non_null(strstr(text, "[camera d]\nbackend = pattern\ndevice =\n"));
        assert_null(strstr(text, "-0 m"));
        free(text);
}

static void one_key_is_set(void **state)
{
        struct problems problems = {0};
        struct config config, before;

        config_defaults(&config);
        assert_int_equal(config_set(&config, "--spacing", "trigger", "spacing", "12 m", problems_take, &problems), 0);
        assert_true(config.spacing_m == 12.0);
        assert_int_equal(config_set(&config, "--camera", "camera front", "size", "640x480", problems_take, &problems),
                         0);
        assert_int_equal(config.cameras[0].width, 640);
        assert_int_equal(config_set(&config, "--root", "storage", "root", "relative", problems_take, &problems), 0);
        assert_string_equal(config.storage_root, "relative");
        assert_string_equal(problems_text(&problems), "");

        before = config;
        assert_int_equal(config_set(&config, "--spacing", "trigger", "spacing", "12 mi", problems_take, &problems),
                         -EINVAL);
        assert_int_equal(config_set(&config, "-o", "trigger", "spacin", "12", problems_take, &problems), -EINVAL);
        assert_int_equal(config_set(&config, "-o", "tigger", "spacing", "12", problems_take, &problems), -EINVAL);
        assert_int_equal(config_set(&config, "-o", "camera rear", "size", "640x480", problems_take, &problems),
                         -EINVAL);
        assert_int_equal(config_set(&config, "-o", "camera", "size", "640x480", problems_take, &problems), -EINVAL);
        assert_int_equal(config_set(&config, "-o", "vehicle", "id", "a ; b", problems_take, &problems), -EINVAL);
        assert_int_equal(config_set(&config, "-o", "vehicle", "id", "a\nb", problems_take, &problems), -EINVAL);
        assert_int_equal(config_set(&config, "-o", "vehicle", "id", " a", problems_take, &problems), -EINVAL);
        assert_int_equal(config_set(&config, "-o", "vehicle", "id", ";a", problems_take, &problems), -EINVAL);
        assert_int_equal(config_set(&config, "-o", "vehicle", "id", "\xff", problems_take, &problems), -EINVAL);
        assert_memory_equal(&config, &before, sizeof(config));
        assert_string_equal(problems_text(&problems),
                            "--spacing: trigger.spacing: \"12 mi\" has an unknown unit, allowed: 0.5 to 1000 m, also "
                            "in cm, mm, km\n"
                            "-o: trigger.spacin: unknown key, did you mean spacing? allowed: spacing, "
                            "standstill_speed, run_end_parked, "
                            "extrapolation_limit\n"
                            "-o: [tigger]: unknown section, did you mean [trigger]? allowed: [vehicle], [storage], "
                            "[daemon], [gpsd], [trigger], "
                            "[geotag], [roads], [encoder], [coverage], [quality], [camera NAME]\n"
                            "-o: [camera rear]: there is no camera of that name\n"
                            "-o: [camera]: there is no camera of that name\n"
                            "-o: vehicle.id: \"a ; b\" has a control character, a comment or blanks at an end, "
                            "allowed: text of 1 to 63 bytes\n"
                            "-o: vehicle.id: \"a\nb\" has a control character, a comment or blanks at an end, allowed: "
                            "text of 1 to 63 bytes\n"
                            "-o: vehicle.id: \" a\" has a control character, a comment or blanks at an end, allowed: "
                            "text of 1 to 63 bytes\n"
                            "-o: vehicle.id: \";a\" has a control character, a comment or blanks at an end, allowed: "
                            "text of 1 to 63 bytes\n"
                            "-o: vehicle.id: \"...\" is not UTF-8, allowed: text of 1 to 63 bytes\n");
        text_finish(&problems.lines);
}

static void live_keys_apply_at_once(void **state)
{
        struct problems keys = {0};
        struct config running, wanted;

        config_defaults(&running);
        load("[trigger]\nspacing=10\nstandstill_speed=0.5\nrun_end_parked=60\nextrapolation_limit=2\n[geotag]\nfix_"
             "wait=1\n"
             "[coverage]\naccuracy=5\n[quality]\ndark=1\nblurred=2\nclipped=3\n[daemon]\nlog_level=debug\n",
             &wanted);
        assert_int_equal(config_apply_live(&running, &wanted, problems_take, &keys), 10);
        assert_string_equal(problems_text(&keys), "");
        assert_memory_equal(&running, &wanted, sizeof(running));
        assert_int_equal(config_apply_live(&running, &wanted, problems_take, &keys), 0);
        text_finish(&keys.lines);
}

static void other_keys_wait_for_a_restart(void **state)
{
        struct problems keys = {0};
        struct config running, before, wanted;

        config_defaults(&running);
        before = running;
        load("[vehicle]\nid=b\ntime_zone=UTC\n[storage]\nroot=/srv\ncommit_interval=0.4\n[daemon]\nruntime_dir=/run/"
             "b\n[gpsd]\n"
             "host=::1\nport=2948\ndevice=b\nlatency=0.2\n[trigger]\nspacing=9\n[roads]\nmatch_radius=30\nmatch_course_"
             "speed=3\n"
             "[encoder]\nthreads=3\nqueue=9\n[camera "
             "front]\nbackend=files\ndevice=/b\nsize=640x1080\nrate=9\nquality=80\n"
             "mount_angle=1\nforward=1\nright=1\nup=1\nmake=b\nmodel=b\nserial=b\nfocal_length=1\nfocal_length_35mm="
             "1\n",
             &wanted);
        assert_int_equal(config_apply_live(&running, &wanted, problems_take, &keys), 1);
        assert_string_equal(
                problems_text(&keys),
                "vehicle.id\nvehicle.time_zone\nstorage.root\nstorage.commit_interval\ndaemon.runtime_dir\ngpsd.host\n"
                "gpsd.port\ngpsd.device\ngpsd.latency\nroads.match_radius\nroads.match_course_speed\nencoder.threads\n"
                "encoder.queue\ncamera front.backend\ncamera front.device\ncamera front.size\ncamera front.rate\n"
                "camera front.quality\ncamera front.mount_angle\ncamera front.forward\ncamera front.right\n"
                "camera front.up\ncamera front.make\ncamera front.model\ncamera front.serial\n"
                "camera front.focal_length\ncamera front.focal_length_35mm\n");
        assert_true(running.spacing_m == 9.0);
        before.spacing_m = 9.0;
        assert_memory_equal(&running, &before, sizeof(running));
        text_finish(&keys.lines);
}

static void cameras_come_and_go_with_a_restart(void **state)
{
        struct problems keys = {0};
        struct config running, before, wanted;

        load("[camera a]\n[camera b]\n", &running);
        before = running;
        load("[camera c]\n[camera b]\nquality=80\n", &wanted);
        assert_int_equal(config_apply_live(&running, &wanted, problems_take, &keys), 0);
        assert_string_equal(problems_text(&keys), "camera b.quality\ncamera a\ncamera c\n");
        assert_int_equal(config_apply_live(&running, &wanted, NULL, NULL), 0);
        assert_memory_equal(&running, &before, sizeof(running));
        text_finish(&keys.lines);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(shipped_file_is_the_defaults),
                cmocka_unit_test(every_setting_is_explained),
                cmocka_unit_test(settings_table_is_sound),
                cmocka_unit_test(log_levels_are_in_order),
                cmocka_unit_test(what_is_written_reads_back),
                cmocka_unit_test(one_key_is_set),
                cmocka_unit_test(live_keys_apply_at_once),
                cmocka_unit_test(other_keys_wait_for_a_restart),
                cmocka_unit_test(cameras_come_and_go_with_a_restart),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
