/* SPDX-License-Identifier: MIT */
/* usage: bench_pipeline FOLDER
 * What a 12 Mpx picture costs beside its compression, and whether memory stays where it is. The same frames of the pattern, in turn:
 *
 *   alone    libjpeg-turbo's encoder as it is, into one buffer
 *   in turn  encode, tag, write, fsync, index, one after the other, before the next
 *   daemon   the same as the daemon does it: one thread of the encoder, one of the writer
 *
 * The figure is the throughput of the daemon's way against that of the encoder alone. Nothing is asserted of time; a picture that is
 * missing in the end is a failure. Below FOLDER, which should be on a real disk, a folder is made and removed again. */
#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <turbojpeg.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "capture/frame_pool.h"
#include "capture/pattern_picture.h"
#include "capture/shots.h"
#include "capture/writer.h"

#define QUALITY 90
#define FRAMES 4 /* that differ */
#define ROUNDS 6
#define FRAMES_PER_ROUND 8
#define COMMIT_EVERY 4 /* frames: 0.3 s of a drive at 13 a second */
#define QUEUED_MAX 8   /* pictures that wait for the disk before the bench does */
#define SMALL_WARM 1000
#define SMALL_FRAMES 5000 /* at a time */
#define SMALL_TIMES 4

static void check(int result, const char *what)
{
        if (result < 0) {
                fprintf(stderr, "bench_pipeline: %s: %s\n", what, strerror(-result));
                exit(1);
        }
}

/* --- frames --- */

struct frames {
        struct frame_pool *pool;
        struct camera_frame *frame[FRAMES];
};

static void frames_create(unsigned width, unsigned height, struct frames *ret_frames)
{
        struct pattern_picture *picture;

        check(pattern_picture_create("front", width, height, &picture), "pattern");
        check(frame_pool_create(FRAMES, &ret_frames->pool), "frames");
        for (unsigned i = 0; i < FRAMES; i++) {
                uint8_t *planes[3];
                struct camera_frame *frame =
                        frame_pool_take_yuv420(ret_frames->pool, FRAME_WITHIN_LIMIT, width, height, planes);

                check(frame ? 0 : -ENOMEM, "a frame");
                pattern_picture_draw(picture, i + 1, i * NS_PER_S / 13, planes, frame->strides);
                ret_frames->frame[i] = frame;
        }
        pattern_picture_destroy(picture);
}

static void frames_finish(struct frames *frames)
{
        for (unsigned i = 0; i < FRAMES; i++)
                camera_frame_unref(frames->frame[i]);
        frame_pool_destroy(frames->pool);
}

/* --- the encoder alone --- */

static void encode_alone(const struct frames *frames, unsigned count)
{
        const struct camera_frame *first = frames->frame[0];
        unsigned long room = tjBufSize((int)first->width, (int)first->height, TJSAMP_420);
        unsigned char *buffer = malloc(room);
        tjhandle handle = tjInitCompress();

        check(buffer && handle ? 0 : -ENOMEM, "encoder");
        for (unsigned i = 0; i < count; i++) {
                const struct camera_frame *frame = frames->frame[i % FRAMES];
                const unsigned char *planes[3] = {frame->planes[0], frame->planes[1], frame->planes[2]};
                unsigned long size = room;

                /* The same quality and DCT as capture/jpeg_compress.c. */
                if (tjCompressFromYUVPlanes(handle, planes, (int)frame->width, frame->strides, (int)frame->height,
                                            TJSAMP_420, &buffer, &size, QUALITY,
                                            TJFLAG_NOREALLOC | TJFLAG_ACCURATEDCT) < 0)
                        check(-EBADMSG, "encoder");
        }
        tjDestroy(handle);
        free(buffer);
}

/* --- the whole way --- */

struct way {
        struct storage_root *root;
        struct store *store;
        struct shots *shots;
        struct writer *writer;
        bool in_turn;
        uint64_t number; /* of the last frame */
};

static void way_open(const char *path, enum writer_mode mode, struct way *ret_way)
{
        struct index_run run = {.start_utc_ns = 1778572800 * NS_PER_S, .spacing_m = 1, .config = ""};

        *ret_way = (struct way){.in_turn = mode == WRITER_IN_PLACE};
        check(storage_root_open(path, STORAGE_WRITE, true, &ret_way->root), path);
        check(store_open(ret_way->root, STORE_LIVE, &ret_way->store), "store");
        check(shots_create(1, 8, &ret_way->shots), "shots");
        check(writer_create(ret_way->store, mode, &ret_way->writer), "writer");
        strcpy(run.vehicle, "bench");
        strcpy(run.cameras, "front");
        writer_run_begin(ret_way->writer, &run);
        writer_commit(ret_way->writer, false);
}

/* Everything that a picture of a street knows, another at each. */
static struct picture_tag tag_of(uint64_t number)
{
        struct picture_tag tag = {
                .camera = "front",
                .sequence = number,
                .mark = (int64_t)number,
                .captured_utc_ns = 1778572800 * NS_PER_S + (int64_t)number * NS_PER_S / 13,
                .exposure_mid_boottime_ns = 1000 * NS_PER_S + (int64_t)number * NS_PER_S / 13,
                .exposure_ns = 5 * NS_PER_MS,
                .gain = 1,
                .utc_offset_s = 7200,
                .position_source = POSITION_INTERPOLATED,
                .latitude_deg = 47.04 + (double)number * 1e-5,
                .longitude_deg = 4.48,
                .altitude_msl_m = 300,
                .altitude_hae_m = 348,
                .speed_mps = 13,
                .course_deg = 0.5,
                .heading_deg = 0.5,
                .image_direction_deg = 90.5,
                .accuracy_m = 2,
                .hdop = 0.8,
                .fix_mode = 3,
                .fix_status = 1,
                .satellites_used = 12,
                .travelled_m = (double)number,
                .source_id = "vc-003",
                .street = "Avenue du Général-de-Gaulle",
                .network_version = "bench",
                .make = "Streetcap",
                .model = "pattern camera",
                .software = "Streetcap " STREETCAP_VERSION,
                .vehicle = "bench",
                .focal_length_mm = NAN,
                .focal_length_35mm = NAN,
        };

        return tag;
}

/* Hands on what is ready, once the disk has caught up. */
static void collect(struct way *way)
{
        const struct timespec moment = {.tv_nsec = 200 * NS_PER_US};
        struct writer_status status;
        struct shot_result result;

        while (shots_next(way->shots, &result)) {
                check(result.error, "encoding");
                for (writer_get_status(way->writer, &status); status.queued > QUEUED_MAX;
                     writer_get_status(way->writer, &status))
                        nanosleep(&moment, NULL);
                check(writer_picture(way->writer, &result), "storing");
        }
}

static void drain(struct way *way)
{
        do
                collect(way);
        while (shots_wait(way->shots));
        collect(way);
}

static void drive(struct way *way, const struct frames *frames, unsigned count)
{
        for (unsigned i = 0; i < count; i++) {
                uint64_t number = ++way->number;
                struct camera_frame *frame = frames->frame[i % FRAMES];
                struct picture_tag tag = tag_of(number);

                frame->exposure_mid_boottime_ns = tag.exposure_mid_boottime_ns; /* by which they are joined */
                check(shots_encode(way->shots, 0, number, frame, QUALITY, true), "encoding");
                shots_tag(way->shots, 0, number, &tag, &(struct config_quality){0});
                if (way->in_turn)
                        drain(way);
                else
                        collect(way);
                if (number % COMMIT_EVERY == 0)
                        writer_commit(way->writer, false);
        }
        drain(way);
        writer_commit(way->writer, false);
}

/* Until all that was put is durable. */
static void settle(struct way *way)
{
        const struct timespec moment = {.tv_nsec = 200 * NS_PER_US};
        struct writer_status status;

        for (writer_get_status(way->writer, &status);
             status.queued > 0 || status.pictures + status.errors < way->number;
             writer_get_status(way->writer, &status))
                nanosleep(&moment, NULL);
        check(status.last_error, "storing");
        if (status.errors > 0 || status.pictures != way->number)
                check(-EIO, "pictures are missing");
}

static void way_close(struct way *way)
{
        writer_run_end(way->writer, 1778572800 * NS_PER_S + (int64_t)way->number * NS_PER_S, (double)way->number);
        writer_destroy(way->writer);
        shots_destroy(way->shots);
        store_close(way->store);
        storage_root_close(way->root);
}

/* --- figures --- */

static double seconds_since(int64_t begin_ns)
{
        return (double)(clock_boottime_ns() - begin_ns) / (double)NS_PER_S;
}

static void compare(const char *folder, unsigned width, unsigned height)
{
        double alone_s = 0, in_turn_s = 0, daemon_s = 0, count = ROUNDS * FRAMES_PER_ROUND;
        char in_turn_path[4096], daemon_path[4096];
        struct way in_turn, daemon;
        struct frames frames;

        snprintf(in_turn_path, sizeof(in_turn_path), "%s/in-turn", folder);
        snprintf(daemon_path, sizeof(daemon_path), "%s/daemon", folder);
        frames_create(width, height, &frames);
        way_open(in_turn_path, WRITER_IN_PLACE, &in_turn);
        way_open(daemon_path, WRITER_THREAD, &daemon);
        encode_alone(&frames, FRAMES);
        drive(&in_turn, &frames, FRAMES);
        drive(&daemon, &frames, FRAMES);
        settle(&daemon);
        /* In rounds, so that what else the machine does falls on all. */
        for (unsigned i = 0; i < ROUNDS; i++) {
                int64_t begin_ns = clock_boottime_ns();

                encode_alone(&frames, FRAMES_PER_ROUND);
                alone_s += seconds_since(begin_ns);
                begin_ns = clock_boottime_ns();
                drive(&in_turn, &frames, FRAMES_PER_ROUND);
                settle(&in_turn);
                in_turn_s += seconds_since(begin_ns);
                begin_ns = clock_boottime_ns();
                drive(&daemon, &frames, FRAMES_PER_ROUND);
                settle(&daemon);
                daemon_s += seconds_since(begin_ns);
        }
        way_close(&in_turn);
        way_close(&daemon);
        frames_finish(&frames);
        printf("%ux%u, quality %d, %.0f pictures each way:\n", width, height, QUALITY, count);
        printf("  the encoder alone    %7.2f ms a picture\n", alone_s / count * 1e3);
        printf("  all of it, in turn   %7.2f ms a picture, throughput %.3f of the encoder's\n", in_turn_s / count * 1e3,
               alone_s / in_turn_s);
        printf("  all of it, daemon    %7.2f ms a picture, throughput %.3f of the encoder's (to reach: 0.95)\n",
               daemon_s / count * 1e3, alone_s / daemon_s);
}

/* In kB. */
static long resident(void)
{
        FILE *file = fopen("/proc/self/statm", "re");
        long pages = 0;

        if (!file || fscanf(file, "%*d %ld", &pages) != 1)
                check(-EIO, "/proc/self/statm");
        fclose(file);
        return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void watch_memory(const char *folder)
{
        char path[4096];
        struct frames frames;
        struct way way;
        long warm;

        snprintf(path, sizeof(path), "%s/small", folder);
        frames_create(160, 120, &frames);
        way_open(path, WRITER_THREAD, &way);
        drive(&way, &frames, SMALL_WARM);
        settle(&way);
        warm = resident();
        printf("resident set: %ld kB after %d small pictures", warm, SMALL_WARM);
        for (unsigned i = 0; i < SMALL_TIMES; i++) {
                drive(&way, &frames, SMALL_FRAMES);
                settle(&way);
                printf(", %+ld kB after %d", resident() - warm, SMALL_WARM + (int)(i + 1) * SMALL_FRAMES);
        }
        printf("\n");
        way_close(&way);
        frames_finish(&frames);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
        return remove(path);
}

int main(int argc, char **argv)
{
        char folder[2048];

        if (argc != 2) {
                fputs("usage: bench_pipeline FOLDER\n", stderr);
                return 2;
        }
        snprintf(folder, sizeof(folder), "%s/bench-XXXXXX", argv[1]);
        check(mkdtemp(folder) ? 0 : -errno, argv[1]);
        log_set_level(LOG_LEVEL_WARNING);
        watch_memory(folder);
        compare(folder, 4056, 3040);
        nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
        return 0;
}
