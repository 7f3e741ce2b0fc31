/* SPDX-License-Identifier: MIT */
/* status.json: what is of this moment, what was, and what is to be mended first. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "capture/status.h"

#define NOW_NS (1000 * NS_PER_S)
#define NOW_UTC_NS INT64_C(1795428900000000000) /* 2026-11-23T10:15:00Z */

static struct config config;
static char folder[] = "/tmp/streetcap-status-XXXXXX";

static int make_folder(void **state)
{
        return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
        char path[96];

        snprintf(path, sizeof(path), "%s/status.json", folder);
        unlink(path);
        return rmdir(folder);
}

/* Driving, all is well. */
static struct status good(void)
{
        struct status status = {.config = &config,
                                .gpsd_up = true,
                                .gpsd_since_boottime_ns = NOW_NS - 60 * NS_PER_S,
                                .fix_boottime_ns = NOW_NS - 200 * NS_PER_MS,
                                .disk_free_bytes = 1e9,
                                .started_boottime_ns = NOW_NS - 60 * NS_PER_S,
                                .now_boottime_ns = NOW_NS,
                                .now_utc_ns = NOW_UTC_NS};

        config_defaults(&config);
        snprintf(config.runtime_dir, sizeof(config.runtime_dir), "%s", folder);
        status.core.has_fix = status.core.run_open = status.core.moving = true;
        status.fix = (struct fix){.valid = FIX_POSITION | FIX_SPEED | FIX_COURSE | FIX_EPH,
                                  .mode = 3,
                                  .latitude_deg = 47,
                                  .longitude_deg = 2,
                                  .speed_mps = 8.25,
                                  .course_deg = 90,
                                  .eph_m = 3};
        status.core.fix = status.fix;
        status.cameras[0] = (struct status_camera){.name = "front", .state = CAMERA_STREAMING};
        return status;
}

/* What it writes has that in it. */
static void expect(const struct status *status, const char *part)
{
        char path[96], text[4096] = "";
        FILE *file;

        assert_int_equal(status_write(status), 0);
        snprintf(path, sizeof(path), "%s/status.json", folder);
        file = fopen(path, "re");
        assert_non_null(file);
        text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
        fclose(file);
        if (!strstr(text, part))
                fail_msg("\"%s\" is not in %s", part, text);
}

static void a_fix_of_this_moment_is_shown_whole(void **state)
{
        struct status status = good();

        expect(&status, "{\"state\":\"capturing\",\"faults\":[],");
        expect(&status,
               "\"fix\":{\"mode\":3,\"age_s\":0.2,\"time\":null,\"latitude\":47.0000000,\"longitude\":2.0000000,"
               "\"speed_mps\":8.25,\"course_deg\":90.0,\"accuracy_m\":3.0,\"hdop\":null}");
}

/* Where it was is still worth something; how fast it went is not. */
static void an_old_fix_has_its_age_and_no_speed(void **state)
{
        static const char old[] =
                "\"time\":null,\"latitude\":47.0000000,\"longitude\":2.0000000,\"speed_mps\":null,"
                "\"course_deg\":null,\"accuracy_m\":null,\"hdop\":null}";
        struct status status = good();

        status.fix_boottime_ns = NOW_NS - STATUS_FIX_CURRENT_NS;
        expect(&status, "\"mode\":3,\"age_s\":3.0,");
        status.fix_boottime_ns = NOW_NS - 3100 * NS_PER_MS;
        expect(&status, "\"fix\":{\"mode\":null,\"age_s\":3.1,");
        expect(&status, old);
        status.fix_boottime_ns = NOW_NS - NS_PER_S;
        status.gpsd_up = false;
        expect(&status, "\"fix\":{\"mode\":null,\"age_s\":1.0,");
        expect(&status, old);
        /* In a tunnel: the receiver goes on saying that it has none. */
        status = good();
        status.core.fix = (struct fix){.mode = 1};
        status.fix_boottime_ns = NOW_NS - 40 * NS_PER_S;
        expect(&status, "\"fix\":{\"mode\":1,\"age_s\":40.0,");
        expect(&status, old);
        status.fix = (struct fix){0};
        status.fix_boottime_ns = 0;
        expect(&status, "\"fix\":{\"mode\":1,\"age_s\":null,");
}

static void all_that_is_to_be_mended_is_said_gpsd_first(void **state)
{
        struct status status = good();

        status.gpsd_up = false;
        status.cameras[0].state = CAMERA_ABSENT;
        snprintf(status.cameras[0].why, sizeof(status.cameras[0].why), "no such folder");
        status.writer.last_error = -28; /* ENOSPC */
        expect(&status,
               "{\"state\":\"fault\",\"faults\":[\"gpsd: away since 2026-11-23T10:14:00Z\","
               "\"camera front: absent: no such folder\",\"storing: No space left on device\"],");
        status.now_utc_ns = 0;
        expect(&status, "\"faults\":[\"gpsd: away for 60 s\",");
        status.cameras[0].state = CAMERA_STREAMING;
        status.writer.last_error = 0;
        expect(&status, "{\"state\":\"waiting for gpsd\",\"faults\":[\"gpsd: away for 60 s\"],");
}

static void a_test_picture_is_named_so(void **state)
{
        struct status status = good();

        expect(&status, "\"test_picture\":true,");
        snprintf(config.cameras[0].backend, sizeof(config.cameras[0].backend), "files");
        expect(&status, "\"test_picture\":false,");
}

static void the_quality_of_the_pictures_is_shown(void **state)
{
        struct status status = good();
        struct quality_watch *watch = &status.quality[0];

        expect(&status, "\"brightness\":null,\"sharpness\":null,\"clipped_share\":null,\"quality\":[]}");
        watch->has_last = true;
        watch->last = (struct picture_quality){.sharpness = 0.1716, .brightness = 0.25, .clipped_share = 0};
        expect(&status, "\"brightness\":0.250,\"sharpness\":0.172,\"clipped_share\":0.000,\"quality\":[]}");
        watch->last = (struct picture_quality){NAN, NAN, NAN};
        expect(&status, "\"brightness\":null,\"sharpness\":null,\"clipped_share\":null,\"quality\":[]}");
        watch->conditions[QUALITY_NIGHT] =
                (struct quality_condition){.is_on = true, .since_utc_ns = NOW_UTC_NS - 60 * NS_PER_S};
        watch->conditions[QUALITY_CLIPPED] =
                (struct quality_condition){.is_on = true, .since_utc_ns = NOW_UTC_NS - 2 * NS_PER_S};
        expect(&status,
               "\"quality\":[\"night since 2026-11-23T10:14:00Z\","
               "\"sun in the lens or overexposed since 2026-11-23T10:14:58Z\"]}");
        expect(&status, "{\"state\":\"capturing\",\"faults\":[],"); /* nobody can mend that */
}

static void a_dirty_lens_is_to_be_mended(void **state)
{
        struct status status = good();

        status.quality[0].conditions[QUALITY_BLURRED] =
                (struct quality_condition){.is_on = true, .since_utc_ns = NOW_UTC_NS};
        expect(&status,
               "{\"state\":\"capturing\",\"faults\":[\"camera front: lens looks dirty since 2026-11-23T10:15:00Z\"],");
        expect(&status, "\"quality\":[\"lens looks dirty since 2026-11-23T10:15:00Z\"]}");
}

static void one_that_was_stopped_says_so(void **state)
{
        struct status status = good();

        status.cameras[0].state = CAMERA_ABSENT;
        status.stopped = true;
        expect(&status, "{\"state\":\"stopped\",");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_fix_of_this_moment_is_shown_whole),
                cmocka_unit_test(an_old_fix_has_its_age_and_no_speed),
                cmocka_unit_test(all_that_is_to_be_mended_is_said_gpsd_first),
                cmocka_unit_test(a_test_picture_is_named_so),
                cmocka_unit_test(the_quality_of_the_pictures_is_shown),
                cmocka_unit_test(a_dirty_lens_is_to_be_mended),
                cmocka_unit_test(one_that_was_stopped_says_so),
        };

        return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
