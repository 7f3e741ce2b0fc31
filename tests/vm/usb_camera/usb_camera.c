/* SPDX-License-Identifier: MIT */
/* A USB camera outside of the virtual machine that it is plugged into: uvc.c is the camera, plug.c its cable, pictures.c what it sees. */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/parse.h"
#include "base/text.h"
#include "tests/vm/usb_camera/jpeg_scan.h"
#include "tests/vm/usb_camera/plug.h"

static const char help[] =
        "usage: usb_camera SOCKET [OPTION...]\n"
        "A USB camera for QEMU's `-device usb-redir` whose chardev listens on SOCKET. Each frame has its number in the picture.\n"
        "\n"
        "  --formats LIST   mjpeg, yuyv or mjpeg,yuyv (the default)\n"
        "  --rate FPS       default 30\n"
        "  --product NAME   default Street Camera\n"
        "  --serial TEXT    default 1\n"
        "  --no-tables      its JPEGs lack their Huffman tables, as those of most USB cameras do\n"
        "  --log FILE       a JSON object a line: each frame that was sent, dropped, truncated, and when\n"
        "\n"
        "It begins unplugged, and obeys the words that come on stdin, a line each; each is answered by `ok` or `error: WHY`:\n"
        "plug, unplug, freeze, thaw, truncate (the next frame, after half of it), damage (the next frame, marked as in error).\n"
        "It ends with its stdin.\n";

struct usb_camera {
        const char *socket_path;
        struct uvc_settings settings;
        struct pictures *pictures;
        struct uvc *uvc;
        struct plug *plug; /* NULL: unplugged */
        int timer_fd;
        FILE *log;
        struct text line;
        bool frozen, truncate, damage;
};

static _Noreturn void wrong_use(const char *what)
{
        fprintf(stderr, "usb_camera: %s (see --help)\n", what);
        exit(2);
}

/* --- the log --- */

static void log_frame(void *userdata, const struct uvc_sent *sent)
{
        struct usb_camera *camera = userdata;
        char hash[JPEG_SCAN_HASH_SIZE] = "";
        struct json_out json;

        if (!camera->log)
                return;
        if (!sent->dropped && strcmp(sent->format, "mjpeg") == 0)
                jpeg_scan_hash(sent->data, sent->size, hash);
        text_clear(&camera->line);
        json_out_begin(&json, &camera->line);
        json_out_object_begin(&json, NULL);
        json_out_int(&json, "frame", sent->number);
        json_out_string(&json, "format", sent->format);
        json_out_int(&json, "began_monotonic_ns", sent->began_ns);
        json_out_int(&json, "ended_monotonic_ns", clock_monotonic_ns());
        json_out_int(&json, "bytes", (int64_t)sent->size);
        json_out_bool(&json, "dropped", sent->dropped);
        json_out_bool(&json, "truncated", sent->truncated);
        json_out_bool(&json, "damaged", sent->damaged);
        json_out_string(&json, "scan_sha256", hash);
        json_out_object_end(&json);
        fprintf(camera->log, "%s\n", camera->line.data);
        fflush(camera->log);
}

/* --- words --- */

static int plug_in(struct usb_camera *camera)
{
        if (camera->plug)
                return -EALREADY;
        return plug_create(camera->socket_path, camera->settings.product, camera->uvc, &camera->plug);
}

static void unplug(struct usb_camera *camera)
{
        plug_destroy(camera->plug);
        camera->plug = NULL;
        uvc_reset(camera->uvc);
}

static int obey(struct usb_camera *camera, const char *word)
{
        if (strcmp(word, "plug") == 0)
                return plug_in(camera);
        if (strcmp(word, "unplug") == 0)
                unplug(camera);
        else if (strcmp(word, "freeze") == 0 || strcmp(word, "thaw") == 0)
                camera->frozen = strcmp(word, "freeze") == 0;
        else if (strcmp(word, "truncate") == 0)
                camera->truncate = true;
        else if (strcmp(word, "damage") == 0)
                camera->damage = true;
        else
                return -EINVAL;
        return 0;
}

/* False at the end of stdin. */
static bool read_words(struct usb_camera *camera)
{
        char words[256], *word, *rest = NULL;
        ssize_t n = read(STDIN_FILENO, words, sizeof(words) - 1);
        int r;

        if (n <= 0)
                return false;
        words[n] = '\0';
        for (word = strtok_r(words, "\n", &rest); word; word = strtok_r(NULL, "\n", &rest)) {
                r = obey(camera, word);
                if (r < 0)
                        printf("error: %s: %s\n", word, strerror(-r));
                else
                        printf("ok\n");
        }
        return true;
}

/* --- time --- */

static void on_timer(struct usb_camera *camera)
{
        struct uvc_sent dropped;
        uint64_t times;

        if (read(camera->timer_fd, &times, sizeof(times)) != sizeof(times) || camera->frozen || !camera->plug)
                return;
        if (uvc_frame(camera->uvc, clock_monotonic_ns(), camera->truncate, camera->damage, &dropped))
                log_frame(camera, &dropped);
        else if (uvc_is_streaming(camera->uvc))
                camera->truncate = camera->damage = false;
}

static int start_timer(struct usb_camera *camera)
{
        int64_t period_ns = (int64_t)((double)NS_PER_S / camera->settings.rate_hz);
        struct timespec period = {period_ns / NS_PER_S, period_ns % NS_PER_S};
        struct itimerspec timer = {period, period};

        camera->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
        if (camera->timer_fd < 0 || timerfd_settime(camera->timer_fd, 0, &timer, NULL) < 0)
                return -errno;
        return 0;
}

static void run(struct usb_camera *camera)
{
        for (;;) {
                struct pollfd fds[3] = {{STDIN_FILENO, POLLIN, 0}, {camera->timer_fd, POLLIN, 0}, {-1, POLLIN, 0}};

                if (camera->plug) {
                        fds[2].fd = plug_fd(camera->plug);
                        if (plug_wants_to_write(camera->plug))
                                fds[2].events |= POLLOUT;
                }
                if (poll(fds, 3, -1) < 0)
                        continue;
                if (fds[1].revents)
                        on_timer(camera);
                if (camera->plug && plug_run(camera->plug, log_frame, camera) < 0)
                        unplug(camera);
                if (fds[0].revents && !read_words(camera))
                        return;
        }
}

/* --- options --- */

static void read_formats(struct uvc_settings *settings, char *list)
{
        char *word, *rest = NULL;

        settings->mjpeg = settings->yuyv = false;
        for (word = strtok_r(list, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
                if (strcmp(word, "mjpeg") == 0)
                        settings->mjpeg = true;
                else if (strcmp(word, "yuyv") == 0)
                        settings->yuyv = true;
                else
                        wrong_use("--formats: mjpeg, yuyv or both");
        }
        if (!settings->mjpeg && !settings->yuyv)
                wrong_use("--formats: it needs one");
}

enum { FORMATS, RATE, PRODUCT, SERIAL, NO_TABLES, LOG, HELP };

static const struct option long_options[] = {
        {"formats", required_argument, NULL, FORMATS},
        {"rate", required_argument, NULL, RATE},
        {"product", required_argument, NULL, PRODUCT},
        {"serial", required_argument, NULL, SERIAL},
        {"no-tables", no_argument, NULL, NO_TABLES},
        {"log", required_argument, NULL, LOG},
        {"help", no_argument, NULL, HELP},
        {NULL, 0, NULL, 0},
};

static void take_option(struct usb_camera *camera, int option, bool *tables)
{
        switch (option) {
        case FORMATS:
                read_formats(&camera->settings, optarg);
                break;
        case RATE:
                if (parse_double(optarg, &camera->settings.rate_hz) < 0 || camera->settings.rate_hz < 1 ||
                    camera->settings.rate_hz > 120)
                        wrong_use("--rate: from 1 to 120");
                break;
        case PRODUCT:
                camera->settings.product = optarg;
                break;
        case SERIAL:
                camera->settings.serial = optarg;
                break;
        case NO_TABLES:
                *tables = false;
                break;
        case LOG:
                camera->log = fopen(optarg, "we");
                if (!camera->log)
                        wrong_use("--log: cannot be written");
                break;
        case HELP:
                fputs(help, stdout);
                exit(0);
        default:
                exit(2);
        }
}

int main(int argc, char **argv)
{
        struct usb_camera camera = {.settings = {true, true, 30, "Street Camera", "1"}};
        bool tables = true;
        int option;

        while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
                take_option(&camera, option, &tables);
        if (optind + 1 != argc)
                wrong_use("it takes one socket");
        camera.socket_path = argv[optind];
        /* Words are answered at once, and nothing outlives the test. */
        setvbuf(stdout, NULL, _IOLBF, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (pictures_create(tables, &camera.pictures) < 0 ||
            uvc_create(&camera.settings, camera.pictures, &camera.uvc) < 0 || start_timer(&camera) < 0) {
                fputs("usb_camera: cannot start\n", stderr);
                return 1;
        }
        run(&camera);
        plug_destroy(camera.plug);
        uvc_destroy(camera.uvc);
        pictures_destroy(camera.pictures);
        close(camera.timer_fd);
        text_finish(&camera.line);
        if (camera.log)
                fclose(camera.log);
        return 0;
}
