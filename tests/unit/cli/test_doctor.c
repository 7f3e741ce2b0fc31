/* SPDX-License-Identifier: MIT */
/* streetcap doctor: on the test picture as it is; else on cameras, and a list of them, of this test's own, by the linker. */
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <libexif/exif-data.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <turbojpeg.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/text.h"
#include "capture/camera_probe.h"
#include "capture/encoder.h"
#include "geotag/picture_metadata.h"

#define WIDTH 32
#define HEIGHT 16

static struct {
        bool real; /* the cameras are */
        struct camera_probe probes[CONFIG_MAX_CAMERAS];
        bool tried[CONFIG_MAX_CAMERAS]; /* as asked for */
        const struct camera_listing *listings;
        size_t listing_count;
        int list_error;
} fake;

/* ---- in place of cameras ---- */

void __real_camera_probe_run(const struct config *config, const bool *wanted, double timeout_s,
                             struct camera_probe *ret_probes);
void __wrap_camera_probe_run(const struct config *config, const bool *wanted, double timeout_s,
                             struct camera_probe *ret_probes);

void __wrap_camera_probe_run(const struct config *config, const bool *wanted, double timeout_s,
                             struct camera_probe *ret_probes)
{
        memcpy(fake.tried, wanted, sizeof(fake.tried));
        if (fake.real) {
                __real_camera_probe_run(config, wanted, timeout_s, ret_probes);
                return;
        }
        for (unsigned i = 0; i < CONFIG_MAX_CAMERAS; i++) {
                struct camera_probe *probe = &ret_probes[i];

                *probe = wanted[i] ? fake.probes[i] : (struct camera_probe){0};
                /* Each answer has a picture of its own to free. */
                if (probe->jpeg) {
                        probe->jpeg = malloc(probe->jpeg_size);
                        assert_non_null(probe->jpeg);
                        memcpy(probe->jpeg, fake.probes[i].jpeg, probe->jpeg_size);
                }
        }
}

static int list(void (*found)(void *userdata, const struct camera_listing *listing), void *userdata)
{
        for (size_t i = 0; i < fake.listing_count; i++)
                found(userdata, &fake.listings[i]);
        return fake.list_error;
}

static const struct camera_backend quiet = {.name = "pattern"}, listing = {.name = "libcamera", .list = list};
extern const struct camera_backend *const __wrap_camera_backends[];
const struct camera_backend *const __wrap_camera_backends[] = {&quiet, &listing, NULL};

static void make_good(struct camera_probe *probe)
{
        static const uint8_t grey[WIDTH * HEIGHT];
        struct camera_frame frame = {.format = FRAME_YUV420,
                                     .width = WIDTH,
                                     .height = HEIGHT,
                                     .planes = {grey, grey, grey},
                                     .strides = {WIDTH, WIDTH / 2, WIDTH / 2},
                                     .sizes = {sizeof(grey), sizeof(grey) / 4, sizeof(grey) / 4}};

        *probe = (struct camera_probe){.frames = 11,
                                       .rate_hz = 10.04,
                                       .age_mean_s = 0.02,
                                       .frame = {.exposure_ns = 8333333, .gain = 2.5},
                                       .width = WIDTH,
                                       .height = HEIGHT};
        assert_int_equal(encode_frame(&frame, 90, &probe->jpeg, &probe->jpeg_size), 0);
}

/* As of a USB camera. */
static void add_stream(struct camera_probe *probe)
{
        probe->has_stream = true;
        probe->stream = (struct camera_stream){.width = WIDTH,
                                               .height = HEIGHT,
                                               .format = "MJPEG",
                                               .buffers = 4,
                                               .id = "\\_SB_.HS04-4:1.0-046d:0825",
                                               .model = "Webcam C270",
                                               .clock = "MONOTONIC",
                                               .age_mean_ns = 33400000,
                                               .exposure_min_ns = 100000,
                                               .exposure_max_ns = 60000000,
                                               .gain_min = 1,
                                               .gain_max = 8};
}

static void set_problem(struct camera_probe *probe, const char *problem)
{
        *probe = (struct camera_probe){.rate_hz = NAN, .age_mean_s = NAN, .frame.gain = NAN};
        snprintf(probe->problem, sizeof(probe->problem), "%s", problem);
}

static int setup(void **state)
{
        int r = fixture_setup(state);

        memset(&fake, 0, sizeof(fake));
        if (r == 0)
                ((struct fixture *)*state)->without_root = true;
        return r;
}

static int teardown(void **state)
{
        for (unsigned i = 0; i < CONFIG_MAX_CAMERAS; i++)
                free(fake.probes[i].jpeg);
        return fixture_teardown(state);
}

static const char *with_config(const struct fixture *f, const char *cameras)
{
        char config[1024];

        snprintf(config, sizeof(config), "[daemon]\nruntime_dir = %s\n%s", f->dir, cameras);
        fixture_write(f, "streetcap.conf", config);
        return fixture_path(f, "streetcap.conf");
}

#define DOCTOR(f, status, out, err, cameras)                                                                           \
        EXPECT(f, status, out, err, "doctor", "-c", with_config(f, cameras), "--pictures", (f)->dir)

#define NONE "there is: no camera that libcamera knows\n"
#define SMALL "size = 32x16\n"

/* ---- the picture ---- */

static void expect_entry(ExifData *exif, ExifTag tag, const char *wanted)
{
        char value[64];
        ExifEntry *entry = exif_content_get_entry(exif->ifd[EXIF_IFD_0], tag);

        assert_non_null(entry);
        assert_string_equal(exif_entry_get_value(entry, value, sizeof(value)), wanted);
}

static void expect_picture(const struct fixture *f, const char *name, int width, int height, const char *orientation)
{
        tjhandle handle = tjInitDecompress();
        int real_width, real_height, subsampling, colours;
        unsigned char *pixels = malloc((size_t)width * (size_t)height * 3);
        struct stat status;
        ExifData *exif;
        char *data;
        size_t size;

        assert_int_equal(stat(fixture_path(f, name), &status), 0);
        assert_int_equal(status.st_mode, S_IFREG | 0600);
        assert_int_equal(fd_read_file(AT_FDCWD, fixture_path(f, name), 1 << 24, &data, &size), 0);
        assert_int_equal(tjDecompressHeader3(handle, (unsigned char *)data, size, &real_width, &real_height,
                                             &subsampling, &colours),
                         0);
        assert_int_equal(real_width, width);
        assert_int_equal(real_height, height);
        assert_non_null(pixels);
        assert_int_equal(tjDecompress2(handle, (unsigned char *)data, size, pixels, width, 0, height, TJPF_RGB, 0), 0);
        exif = exif_data_new_from_data((unsigned char *)data, (unsigned)size);
        assert_non_null(exif);
        expect_entry(exif, EXIF_TAG_MAKE, "Acme");
        expect_entry(exif, EXIF_TAG_MODEL, "Street 1");
        expect_entry(exif, EXIF_TAG_ORIENTATION, orientation);
        exif_data_unref(exif);
        free(pixels);
        free(data);
        tjDestroy(handle);
}

/* The whole way, with the test picture. */
static void a_good_camera_gives_a_picture(void **state)
{
        struct fixture *f = *state;
        struct outcome outcome;

        fake.real = true;
        outcome = RUN(f, "doctor", "-o", f->dir, "-c",
                      with_config(f, "[camera front]\nsize = 320x240\nrate = 30\nmake = Acme\nmodel = Street 1\n"));
        assert_string_equal(outcome.err, "");
        assert_ptr_equal(strstr(outcome.out, "camera front: good: test picture, 320x240, "), outcome.out);
        assert_non_null(strstr(outcome.out, "/streetcap-doctor-front.jpg\n" NONE));
        assert_int_equal(outcome.status, 0);
        outcome_finish(&outcome);
        expect_picture(f, "streetcap-doctor-front.jpg", 320, 240, "Top-left");
}

/* What lies there under its name, a link too, is replaced, and what a link leads to is left. */
static void a_picture_is_written_through_no_link(void **state)
{
        struct fixture *f = *state;
        char *data;
        size_t size;

        make_good(&fake.probes[0]);
        fake.probes[0].rotation_deg = 180;
        fixture_write(f, "precious", "mine\n");
        assert_int_equal(symlink("precious", fixture_path(f, "streetcap-doctor-front.jpg")), 0);
        for (int i = 0; i < 2; i++)
                DOCTOR(f, 0,
                       "camera front: good: test picture, 32x16, 10 frames/s; for pictures of the street, set backend = "
                       "libcamera in [camera front]\n"
                       "camera front: picture: ROOT/streetcap-doctor-front.jpg\n" NONE,
                       "", "[camera front]\nmake = Acme\nmodel = Street 1\n" SMALL);
        expect_picture(f, "streetcap-doctor-front.jpg", WIDTH, HEIGHT, "Bottom-right");
        assert_int_equal(fd_read_file(AT_FDCWD, fixture_path(f, "precious"), 100, &data, &size), 0);
        assert_string_equal(data, "mine\n");
        free(data);
}

#define TEST_PICTURE_NOTE "; for pictures of the street, set backend = libcamera in [camera front]"

/* The camera is good all the same. */
static void a_folder_that_takes_no_picture_is_told(void **state)
{
        struct fixture *f = *state;

        make_good(&fake.probes[0]);
        EXPECT(f, 0,
               "camera front: good: test picture, 32x16, 10 frames/s" TEST_PICTURE_NOTE
               "\n"
               "camera front: picture: not written: ROOT/none/streetcap-doctor-front.jpg: No such file or directory; name a "
               "folder of yours with --pictures\n" NONE,
               "", "doctor", "-c", with_config(f, "[camera front]\n" SMALL), "-o", fixture_path(f, "none"));
        fixture_write(f, "file", "");
        EXPECT(f, 0,
               "camera front: good: test picture, 32x16, 10 frames/s" TEST_PICTURE_NOTE
               "\n"
               "camera front: picture: not written: ROOT/file/streetcap-doctor-front.jpg: Not a directory; name a folder of "
               "yours with --pictures\n" NONE,
               "", "doctor", "-c", with_config(f, "[camera front]\n" SMALL), "-o", fixture_path(f, "file/"));
        /* What cannot be replaced stays. */
        assert_int_equal(mkdir(fixture_path(f, "streetcap-doctor-front.jpg"), 0700), 0);
        DOCTOR(f, 0,
               "camera front: good: test picture, 32x16, 10 frames/s" TEST_PICTURE_NOTE
               "\n"
               "camera front: picture: not written: ROOT/streetcap-doctor-front.jpg: Is a directory; name a folder of yours "
               "with --pictures\n" NONE,
               "", "[camera front]\n" SMALL);
        assert_int_equal(rmdir(fixture_path(f, "streetcap-doctor-front.jpg")), 0);
}

static void a_picture_that_is_not_whole_is_a_fault(void **state)
{
        struct fixture *f = *state;

        make_good(&fake.probes[0]);
        /* A camera that makes JPEG files itself may make them badly. */
        fake.probes[0].jpeg_size -= 2;
        add_stream(&fake.probes[0]);
        DOCTOR(f, 1,
               "camera front: FAULT: MJPEG, 32x16 of \\_SB_.HS04-4:1.0-046d:0825, 10 frames/s, exposure 8.33 ms, gain 2.5, "
               "time stamps of MONOTONIC, 33 ms old; its picture is no whole JPEG; set format = yuv in [camera front]\n" NONE,
               "", "[camera front]\nbackend = libcamera\n" SMALL);
}

/* ---- what is said of a camera ---- */

static void what_a_camera_gives_is_said(void **state)
{
        struct fixture *f = *state;
        struct camera_probe *probe = &fake.probes[0];

        make_good(probe);
        add_stream(probe);
        DOCTOR(f, 0,
               "camera front: good: MJPEG, 32x16 of \\_SB_.HS04-4:1.0-046d:0825, 10 frames/s, exposure 8.33 ms, gain 2.5, "
               "time stamps of MONOTONIC, 33 ms old\n"
               "camera front: picture: ROOT/streetcap-doctor-front.jpg\n" NONE,
               "", "[camera front]\nbackend = libcamera\n" SMALL);
        /* Less than was asked for is no fault, but told. */
        probe->rate_hz = 7.5;
        probe->dropped = 3;
        probe->stream.exposure_max_ns = 0;
        probe->stream.clock[0] = '\0';
        probe->frame.exposure_ns = 0;
        probe->frame.gain = NAN;
        DOCTOR(f, 0,
               "camera front: good: MJPEG, 32x16 (1920x1080 is no size of it) of \\_SB_.HS04-4:1.0-046d:0825, 7.5 frames/s of "
               "the 10 asked for (3 dropped), exposes as it likes; more light, a smaller size or another format in [camera "
               "front] make it faster\n"
               "camera front: picture: ROOT/streetcap-doctor-front.jpg\n" NONE,
               "", "[camera front]\nbackend = libcamera\n");
        probe->checked = 9;
        probe->broken = 2;
        DOCTOR(f, 0,
               "camera front: good: MJPEG, 32x16 of \\_SB_.HS04-4:1.0-046d:0825, 7.5 frames/s of the 10 asked for (3 dropped), 2 of 9 "
               "pictures broken, exposes as it likes; use a shorter cable, another plug of the board, or none that it shares "
               "with another camera\n"
               "camera front: picture: ROOT/streetcap-doctor-front.jpg\n" NONE,
               "", "[camera front]\nbackend = libcamera\n" SMALL);
        probe->broken = 0;
        probe->has_stream = false;
        DOCTOR(f, 0,
               "camera front: good: /photos, 32x16, 7.5 frames/s (3 dropped)\n"
               "camera front: picture: ROOT/streetcap-doctor-front.jpg\n" NONE,
               "", "[camera front]\nbackend = files\ndevice = /photos\nrate = 8\n");
}

static void each_problem_has_its_mend(void **state)
{
        static const struct {
                const char *settings, *problem, *line;
        } cases[] = {
                {"backend = libcamera\n", "not built into this Streetcap",
                 "not built into this Streetcap; install a Streetcap that was built with libcamera"},
                {"backend = files\ndevice = /none\n", "there is no such folder",
                 "there is no such folder: /none; name a folder of JPEG files, *.jpg, as device in [camera front]"},
                {"device = stall-after:3\n", "no frame comes any more after the first 3",
                 "no frame comes any more after the first 3; leave device empty in [camera front]"},
                {"backend = libcamera\n", "no camera found",
                 "no camera found; check its cable and power, and be of the group video, or use sudo, to see cameras"},
                {"backend = libcamera\n", "no camera is called x, there is y",
                 "no camera is called x, there is y; write an id of the list below, or none, as device in [camera front]"},
                {"backend = libcamera\ndevice = /dev/video0\n", "no camera is called /dev/video0, there is y",
                 "no camera is called /dev/video0, there is y; /dev/... is no name of a camera for libcamera: write its id, model "
                 "or position from the list below as device in [camera front]"},
                {"backend = libcamera\n", "several cameras fit: set the device to the id of one",
                 "several cameras fit: set the device to the id of one; write the id of one, from the list below, as device in "
                 "[camera front]"},
                {"backend = libcamera\n", "the camera that fits is another [camera] section's already",
                 "the camera that fits is another [camera] section's already; write the id of each one, from the list below, as "
                 "device of its section"},
                {"backend = libcamera\n", "busy: another program uses it",
                 "busy: another program uses it; end the program that uses it (sudo fuser -v /dev/video* names it)"},
                {"backend = libcamera\n", "it cannot be opened: Permission denied",
                 "it cannot be opened: Permission denied; be of the group video, or use sudo"},
                {"backend = libcamera\n", "no frame came in 10 s",
                 "no frame came in 10 s; unplug it and plug it in again; if that is no help, set a smaller size or rate in "
                 "[camera front]"},
                {"backend = libcamera\n", "its frames are broken: none of 9 makes a picture",
                 "its frames are broken: none of 9 makes a picture; use a shorter cable, another plug of the board, or none that "
                 "it shares with another camera"},
                {"backend = libcamera\n", "unplugged", "unplugged; check its plug and cable"},
                {"backend = libcamera\n", "something new",
                 "something new; see backend, device, size, rate and format in [camera front]"},
        };
        struct fixture *f = *state;

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char out[640], settings[128];

                set_problem(&fake.probes[0], cases[i].problem);
                snprintf(settings, sizeof(settings), "[camera front]\n%s", cases[i].settings);
                snprintf(out, sizeof(out), "camera front: FAULT: %s\n" NONE, cases[i].line);
                DOCTOR(f, 1, out, "", settings);
        }
}

/* One of several is enough for exit status 1, wherever it is. */
static void each_camera_is_checked(void **state)
{
        struct fixture *f = *state;

        make_good(&fake.probes[1]);
        set_problem(&fake.probes[0], "there is no such folder");
        DOCTOR(f, 1,
               "camera front: FAULT: there is no such folder: /none; name a folder of JPEG files, *.jpg, as device in [camera "
               "front]\n"
               "camera rear: good: /photos, 32x16, 10 frames/s\n"
               "camera rear: picture: ROOT/streetcap-doctor-rear.jpg\n" NONE,
               "",
               "[camera front]\nbackend = files\ndevice = /none\n[camera rear]\nbackend = files\ndevice = /photos\n");
        assert_true(fake.tried[0] && fake.tried[1]);
}

/* As it is, without anything of this test's. */
static void an_absent_folder_is_told(void **state)
{
        struct fixture *f = *state;

        fake.real = true;
        DOCTOR(f, 1,
               "camera front: FAULT: there is no such folder: /none; name a folder of JPEG files, *.jpg, as device in [camera "
               "front]\n" NONE,
               "", "[camera front]\nbackend = files\ndevice = /none\n");
}

/* ---- the cameras that there are ---- */

static const struct camera_listing usb_and_sensor[] = {
        {.id = "\\_SB_.HS04",
         .model = "Webcam\tC270",
         .position = "external",
         .formats = "MJPEG 160x120 176x144 320x176 320x240 352x288 432x240 544x288 640x360 640x480; YUYV 640x480",
         .controls = "AeEnable [false..true]; ExposureTime [100..60000]"},
        {.id = "/base/i2c@1/imx708@1a", .model = "", .position = "", .formats = "", .controls = ""},
};

static void cameras_are_listed_to_be_read(void **state)
{
        struct fixture *f = *state;

        set_problem(&fake.probes[0], "busy: another program uses it");
        fake.listings = usb_and_sensor;
        fake.listing_count = 2;
        DOCTOR(f, 1,
               "camera front: FAULT: busy: another program uses it; end the program that uses it (sudo fuser -v /dev/video* "
               "names it)\n"
               "there is: \\_SB_.HS04\n"
               "    model     Webcam?C270\n"
               "    position  external\n"
               "    formats   MJPEG  160x120 176x144 320x176 320x240 352x288 432x240 544x288\n"
               "                     640x360 640x480\n"
               "              YUYV   640x480\n"
               "    controls  AeEnable                   [false..true]\n"
               "              ExposureTime               [100..60000]\n"
               "there is: /base/i2c@1/imx708@1a\n",
               "", "[camera front]\nbackend = libcamera\n");
}

static void a_list_that_fails_is_told(void **state)
{
        struct fixture *f = *state;

        make_good(&fake.probes[0]);
        fake.list_error = -EIO;
        DOCTOR(f, 0,
               "camera front: good: /photos, 32x16, 10 frames/s\n"
               "camera front: picture: ROOT/streetcap-doctor-front.jpg\n" NONE,
               "streetcap: libcamera does not list its cameras: Input/output error\n",
               "[camera front]\nbackend = files\ndevice = /photos\n");
}

/* ---- for programs ---- */

/* The object of the next line of *text. */
static json_t *next_object(const char **text)
{
        size_t length = strcspn(*text, "\n");
        json_t *object = json_loadb(*text, length, JSON_REJECT_DUPLICATES, NULL);

        assert_true(json_is_object(object));
        *text += length + 1;
        return object;
}

static const char *string_of(const json_t *object, const char *key)
{
        const json_t *member = json_object_get(object, key);

        assert_non_null(member);
        return json_string_value(member);
}

static void json_is_an_object_a_line(void **state)
{
        struct fixture *f = *state;
        struct outcome outcome;
        const char *line;
        json_t *good, *bad, *usb, *sensor, *format;

        make_good(&fake.probes[0]);
        add_stream(&fake.probes[0]);
        set_problem(&fake.probes[1], "busy: another program uses it");
        fake.listings = usb_and_sensor;
        fake.listing_count = 2;
        outcome = RUN(
                f, "--json", "doctor", "-o", f->dir, "-c",
                with_config(
                        f,
                        "[camera a]\nbackend = libcamera\ndevice = x\n[camera b]\nbackend = libcamera\ndevice = y\n"));
        assert_int_equal(outcome.status, 1);
        assert_string_equal(outcome.err, "");
        line = outcome.out;
        good = next_object(&line);
        assert_string_equal(string_of(good, "check"), "camera a");
        assert_true(json_is_true(json_object_get(good, "good")));
        assert_null(string_of(good, "mend"));
        assert_string_equal(strrchr(string_of(good, "picture"), '/'), "/streetcap-doctor-a.jpg");
        assert_string_equal(string_of(good, "id"), "\\_SB_.HS04-4:1.0-046d:0825");
        assert_string_equal(string_of(good, "clock"), "MONOTONIC");
        assert_int_equal(json_integer_value(json_object_get(good, "width")), WIDTH);
        assert_true(fabs(json_real_value(json_object_get(good, "frames_per_s")) - 10.04) < 0.001);
        assert_true(fabs(json_real_value(json_object_get(good, "exposure_ms")) - 8.333) < 0.001);
        bad = next_object(&line);
        assert_string_equal(string_of(bad, "text"), "busy: another program uses it");
        assert_true(json_is_false(json_object_get(bad, "good")));
        assert_non_null(string_of(bad, "mend"));
        assert_null(string_of(bad, "picture"));
        assert_null(string_of(bad, "picture_problem"));
        assert_null(string_of(good, "picture_problem"));
        assert_true(json_is_null(json_object_get(bad, "width")));
        assert_int_equal(json_object_size(bad), json_object_size(good));
        usb = next_object(&line);
        assert_string_equal(string_of(usb, "there_is"), "\\_SB_.HS04");
        format = json_array_get(json_object_get(usb, "formats"), 0);
        assert_string_equal(string_of(format, "format"), "MJPEG");
        assert_int_equal(json_array_size(json_object_get(format, "sizes")), 9);
        assert_int_equal(json_array_size(json_object_get(usb, "controls")), 2);
        assert_string_equal(string_of(json_array_get(json_object_get(usb, "controls"), 1), "range"), "[100..60000]");
        sensor = next_object(&line);
        assert_true(json_is_null(json_object_get(sensor, "model")));
        assert_int_equal(json_array_size(json_object_get(sensor, "formats")), 0);
        assert_string_equal(line, "");
        json_decref(good);
        json_decref(bad);
        json_decref(usb);
        json_decref(sensor);
        outcome_finish(&outcome);
}

static void json_says_why_there_is_no_picture(void **state)
{
        struct fixture *f = *state;
        struct outcome outcome;
        const char *line;
        json_t *check;

        make_good(&fake.probes[0]);
        outcome = RUN(f, "--json", "doctor", "-o", fixture_path(f, "none"), "-c", with_config(f, "[camera a]\n" SMALL));
        assert_int_equal(outcome.status, 0);
        line = outcome.out;
        check = next_object(&line);
        assert_true(json_is_true(json_object_get(check, "good")));
        assert_null(string_of(check, "picture"));
        assert_string_equal(strrchr(string_of(check, "picture_problem"), '/'),
                            "/streetcap-doctor-a.jpg: No such file or directory");
        json_decref(check);
        outcome_finish(&outcome);
}

/* ---- cameras that the daemon has ---- */

static const char *more_of_camera = "";

static void write_status(const struct fixture *f, int64_t age_ns, const char *state, const char *why,
                         const char *last_frame)
{
        struct text text = {0};

        text_addf(&text,
                  "{\"state\":\"capturing\",\"boottime_ns\":%" PRId64
                  ",\"pid\":%d,\"root\":\"/storage\",\"last_frame\":%s,"
                  "\"cameras\":[{\"name\":\"front\",\"state\":\"%s\",\"why\":%s%s}]}",
                  clock_boottime_ns() - age_ns, (int)getpid(), last_frame, state, why, more_of_camera);
        fixture_write(f, "status.json", text.data);
        text_finish(&text);
}

#define FRONT "[camera front]\nbackend = libcamera\ndevice = x\n"

static void a_camera_of_the_daemon_is_left_to_it(void **state)
{
        struct fixture *f = *state;

        write_status(f, 0, "streaming", "null", "\"runs/a/front/00000007.jpg\"");
        DOCTOR(f, 0,
               "camera front: good: streetcapd has it: streaming\n"
               "camera front: picture: /storage/runs/a/front/00000007.jpg\n" NONE,
               "", FRONT);
        assert_false(fake.tried[0]);
        more_of_camera = ",\"test_picture\":false,\"device\":\"x\",\"size\":\"640x480\",\"format\":\"MJPEG\"";
        write_status(f, 0, "streaming", "null", "null");
        more_of_camera = "";
        DOCTOR(f, 0, "camera front: good: streetcapd has it: streaming, MJPEG, 640x480 of x\n" NONE, "", FRONT);
        /* That of another camera is none of it, nor is one whose name only ends so. */
        write_status(f, 0, "streaming", "null", "\"runs/a/rear/00000007.jpg\"");
        DOCTOR(f, 0, "camera front: good: streetcapd has it: streaming\n" NONE, "", FRONT);
        write_status(f, 0, "streaming", "null", "\"runs/a/upfront/00000007.jpg\"");
        DOCTOR(f, 0, "camera front: good: streetcapd has it: streaming\n" NONE, "", FRONT);
        write_status(f, 0, "streaming", "null", "\"front/1.jpg\"");
        DOCTOR(f, 0, "camera front: good: streetcapd has it: streaming\n" NONE, "", FRONT);
        write_status(f, 0, "streaming", "null", "null");
        DOCTOR(f, 0, "camera front: good: streetcapd has it: streaming\n" NONE, "", FRONT);
}

#define OTHER_SETTINGS "camera front: FAULT: streetcapd still runs with other settings: "
#define RESTART "; restart streetcapd (systemctl restart streetcapd)\n" NONE

/* Of the daemon's camera, as its status tells it, and a file that may have been edited since. */
static void settings_that_the_daemon_has_not_read_are_told(void **state)
{
#define STREAM                                                                                                         \
        ",\"test_picture\":false,\"device\":\"usb-1\",\"model\":\"C270\",\"size\":\"640x480\",\"format\":\"MJPEG\""
#define STREAMS "camera front: good: streetcapd has it: streaming, MJPEG, 640x480 of usb-1\n" NONE
        static const struct {
                const char *of_daemon, *settings, *out;
                int status;
        } cases[] = {
                {",\"test_picture\":true", "backend = libcamera\n",
                 OTHER_SETTINGS "a test picture, not backend = libcamera" RESTART, 1},
                {",\"test_picture\":true", "backend = files\ndevice = /photos\n",
                 OTHER_SETTINGS "a test picture, not backend = files" RESTART, 1},
                {STREAM, "backend = pattern\n", OTHER_SETTINGS "no test picture, not backend = pattern" RESTART, 1},
                {STREAM, "backend = files\ndevice = /photos\n", OTHER_SETTINGS "usb-1, not backend = files" RESTART, 1},
                {STREAM, "backend = libcamera\ndevice = usb-2\n", OTHER_SETTINGS "usb-1, not device = usb-2" RESTART,
                 1},
                {STREAM, "backend = libcamera\n", STREAMS, 0},
                {STREAM, "backend = libcamera\ndevice = usb-1\n", STREAMS, 0},
                {STREAM, "backend = libcamera\ndevice = C270\n", STREAMS, 0},
                {STREAM, "backend = libcamera\ndevice = external\n", STREAMS, 0},
                {",\"test_picture\":false", "backend = files\ndevice = /photos\n",
                 "camera front: good: streetcapd has it: streaming\n" NONE, 0},
                {",\"test_picture\":true", "",
                 "camera front: good: streetcapd has it: streaming, test picture" TEST_PICTURE_NOTE "\n" NONE, 0},
        };
        struct fixture *f = *state;

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char settings[128];

                more_of_camera = cases[i].of_daemon;
                write_status(f, 0, "streaming", "null", "null");
                more_of_camera = "";
                snprintf(settings, sizeof(settings), "[camera front]\n%s", cases[i].settings);
                DOCTOR(f, cases[i].status, cases[i].out, "", settings);
                assert_false(fake.tried[0]);
        }
        /* Nor is what it says of that camera worth mending. */
        more_of_camera = ",\"test_picture\":false";
        write_status(f, 0, "absent", "\"no camera found\"", "null");
        more_of_camera = "";
        DOCTOR(f, 1, OTHER_SETTINGS "no test picture, not backend = pattern" RESTART, "", "[camera front]\n");
}

static void what_the_daemon_has_to_mend_is_told(void **state)
{
        struct fixture *f = *state;

        write_status(f, 0, "stalled", "\"no frame comes\"", "null");
        DOCTOR(f, 1,
               "camera front: FAULT: streetcapd has it: stalled: no frame comes; unplug it and plug it in again; if that is no "
               "help, set a smaller size or rate in [camera front]\n" NONE,
               "", FRONT);
        write_status(f, 0, "absent", "\"no camera found\"", "null");
        DOCTOR(f, 1,
               "camera front: FAULT: streetcapd has it: absent: no camera found; check its cable and power, and be of the "
               "group video, or use sudo, to see cameras\n" NONE,
               "", FRONT);
        write_status(f, 0, "stopped", "null", "null");
        DOCTOR(f, 1,
               "camera front: FAULT: streetcapd has it: stopped; look again in some seconds, or stop streetcapd to have it "
               "tried here\n" NONE,
               "", FRONT);
        assert_false(fake.tried[0]);
}

/* A daemon that is gone has none, nor has one a camera that is new in the settings. */
static void a_camera_that_no_daemon_has_is_tried(void **state)
{
        struct fixture *f = *state;
        struct outcome outcome;

        set_problem(&fake.probes[0], "unplugged");
        set_problem(&fake.probes[1], "unplugged");
        write_status(f, 60 * NS_PER_S, "streaming", "null", "null");
        DOCTOR(f, 1, "camera front: FAULT: unplugged; check its plug and cable\n" NONE, "", FRONT);
        fixture_write(f, "status.json", "{\"state\":\"stopped\",\"at\":null}");
        DOCTOR(f, 1, "camera front: FAULT: unplugged; check its plug and cable\n" NONE, "", FRONT);
        write_status(f, 0, "streaming", "null", "null");
        DOCTOR(f, 1,
               "camera front: good: streetcapd has it: streaming\n"
               "camera rear: FAULT: unplugged; check its plug and cable\n" NONE,
               "", FRONT "[camera rear]\nbackend = libcamera\ndevice = y\n");
        assert_true(!fake.tried[0] && fake.tried[1]);
        fixture_write(f, "status.json", "nonsense");
        outcome = RUN(f, "doctor", "-c", with_config(f, FRONT), "-o", f->dir);
        assert_non_null(strstr(outcome.err, "; trying the cameras\n"));
        assert_true(fake.tried[0]);
        outcome_finish(&outcome);
}

/* ---- the settings ---- */

static void settings_that_are_not_there_are_told(void **state)
{
        struct fixture *f = *state;

        if (access(CONFIG_DEFAULT_PATH, F_OK) == 0)
                skip();
        make_good(&fake.probes[0]);
        EXPECT(f, 0,
               "camera front: good: test picture, 32x16, 10 frames/s" TEST_PICTURE_NOTE
               "\n"
               "camera front: picture: ROOT/streetcap-doctor-front.jpg\n" NONE,
               "streetcap: there is no " CONFIG_DEFAULT_PATH ": the defaults are tried\n", "doctor", "-o", f->dir);
}

/* ---- wrong use ---- */

static void wrong_use_tries_nothing(void **state)
{
        struct fixture *f = *state;

        fake.tried[0] = true;
        EXPECT(f, 2, "",
               "streetcap: doctor: --root has no effect: the cameras of this machine are tried; -c FILE names their config\n"
               "Try: streetcap doctor --help\n",
               "doctor", "--root", "/x");
        EXPECT(f, 2, "", "streetcap: doctor: \"front\" is one argument too many\nTry: streetcap doctor --help\n",
               "doctor", "front");
        EXPECT(f, 2, "",
               "streetcap: --pictures: \"\" is not allowed here, allowed: text that is not empty\n"
               "Try: streetcap doctor --help\n",
               "doctor", "--pictures=");
        EXPECT(f, 2, "",
               "streetcap: unknown option --picture; the nearest is --pictures\nTry: streetcap doctor --help\n",
               "doctor", "--picture=x");
        EXPECT(f, 2, "",
               "streetcap: ROOT/streetcap.conf:4: camera front.backend: \"v4l\" is not known, allowed: pattern, files, "
               "libcamera\n",
               "doctor", "-c", with_config(f, "[camera front]\nbackend = v4l\n"));
        EXPECT(f, 2, "", "streetcap: ROOT/none.conf: cannot be read: No such file or directory\n", "doctor", "-c",
               fixture_path(f, "none.conf"));
        assert_true(fake.tried[0] && !fake.tried[1]); /* untouched */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(a_good_camera_gives_a_picture),
                TEST(a_picture_is_written_through_no_link),
                TEST(a_folder_that_takes_no_picture_is_told),
                TEST(a_picture_that_is_not_whole_is_a_fault),
                TEST(what_a_camera_gives_is_said),
                TEST(each_problem_has_its_mend),
                TEST(each_camera_is_checked),
                TEST(an_absent_folder_is_told),
                TEST(cameras_are_listed_to_be_read),
                TEST(a_list_that_fails_is_told),
                TEST(json_is_an_object_a_line),
                TEST(json_says_why_there_is_no_picture),
                TEST(a_camera_of_the_daemon_is_left_to_it),
                TEST(settings_that_the_daemon_has_not_read_are_told),
                TEST(what_the_daemon_has_to_mend_is_told),
                TEST(a_camera_that_no_daemon_has_is_tried),
                TEST(settings_that_are_not_there_are_told),
                TEST(wrong_use_tries_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
