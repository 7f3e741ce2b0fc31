/* SPDX-License-Identifier: MIT */
#include "capture/encoder.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

#include "base/queue.h"
#include "capture/frame_quality.h"
#include "capture/jpeg_pass.h"

/* What one thread reuses from frame to frame. */
struct bench {
        tjhandle handle;
        uint8_t *buffer; /* takes the largest JPEG of buffer_size's frame; touched only as far as JPEGs go */
        size_t buffer_size;
        uint8_t *luma; /* of odd sizes only: the plane with its edge repeated */
        size_t luma_size;
};

struct job {
        uint64_t ticket;
        struct camera_frame *frame;
        int quality;
};

struct encoder {
        struct queue *jobs;
        void (*done)(void *userdata, const struct encoded *encoded);
        void *userdata;
        unsigned thread_count;
        pthread_t threads[];
};

static void bench_finish(struct bench *bench)
{
        if (bench->handle)
                tjDestroy(bench->handle);
        free(bench->buffer);
        free(bench->luma);
        *bench = (struct bench){0};
}

static int bench_prepare(struct bench *bench, unsigned width, unsigned height)
{
        unsigned long needed = tjBufSize((int)width, (int)height, TJSAMP_420);

        if (needed == (unsigned long)-1)
                return -EBADMSG;
        if (!bench->handle)
                bench->handle = tjInitCompress();
        if (bench->buffer_size < needed) {
                free(bench->buffer);
                bench->buffer = malloc(needed);
                bench->buffer_size = bench->buffer ? needed : 0;
        }
        return bench->handle && bench->buffer ? 0 : -ENOMEM;
}

/* A new buffer of exactly that size: what waits for its tag and the disk holds no more than it must. */
static int copy_out(const uint8_t *data, size_t size, uint8_t **ret_jpeg, size_t *ret_size)
{
        uint8_t *copy = malloc(size);

        if (!copy)
                return -ENOMEM;
        memcpy(copy, data, size);
        *ret_jpeg = copy;
        *ret_size = size;
        return 0;
}

/* TurboJPEG believes what it is told of the planes. */
static bool planes_are_whole(const struct camera_frame *frame)
{
        if (frame->width == 0 || frame->height == 0 || frame->width > UINT16_MAX || frame->height > UINT16_MAX)
                return false;
        for (unsigned i = 0; i < 3; i++) {
                size_t width = i == 0 ? frame->width : (frame->width + 1) / 2;
                size_t height = i == 0 ? frame->height : (frame->height + 1) / 2;

                if (!frame->planes[i] || frame->strides[i] < 0 || (size_t)frame->strides[i] < width ||
                    frame->sizes[i] < (size_t)frame->strides[i] * (height - 1) + width)
                        return false;
        }
        return true;
}

/* With halved chroma, TurboJPEG reads an even number of columns and rows of luma. Where the frame has an odd number, what lies there is not
 * the frame's: such a plane is copied with its edge repeated. */
static int even_luma(struct bench *bench, const struct camera_frame *frame, const unsigned char **plane, int *stride)
{
        size_t width = frame->width, height = frame->height;
        size_t even_width = (width + 1) / 2 * 2, even_height = (height + 1) / 2 * 2;

        if (width == even_width && height == even_height)
                return 0;
        if (bench->luma_size < even_width * even_height) {
                free(bench->luma);
                bench->luma = malloc(even_width * even_height);
                bench->luma_size = bench->luma ? even_width * even_height : 0;
                if (!bench->luma)
                        return -ENOMEM;
        }
        for (size_t y = 0; y < even_height; y++) {
                const uint8_t *from = frame->planes[0] + (y < height ? y : height - 1) * (size_t)frame->strides[0];
                uint8_t *to = bench->luma + y * even_width;

                memcpy(to, from, width);
                to[even_width - 1] = from[width - 1];
        }
        *plane = bench->luma;
        *stride = (int)even_width;
        return 0;
}

static int compress_planes(struct bench *bench, const struct camera_frame *frame, int quality, uint8_t **ret_jpeg,
                           size_t *ret_size)
{
        const unsigned char *planes[3] = {frame->planes[0], frame->planes[1], frame->planes[2]};
        int strides[3] = {frame->strides[0], frame->strides[1], frame->strides[2]};
        unsigned char *out;
        unsigned long size;
        int r;

        if (!planes_are_whole(frame) || quality < 1 || quality > 100)
                return -EBADMSG;
        r = bench_prepare(bench, frame->width, frame->height);
        if (r == 0)
                r = even_luma(bench, frame, &planes[0], &strides[0]);
        if (r < 0)
                return r;
        out = bench->buffer;
        size = bench->buffer_size;
        /* The accurate DCT: the default changed from one TurboJPEG to the next, and the same frame is to give the
         * same bytes. */
        if (tjCompressFromYUVPlanes(bench->handle, planes, (int)frame->width, strides, (int)frame->height, TJSAMP_420,
                                    &out, &size, quality, TJFLAG_NOREALLOC | TJFLAG_ACCURATEDCT) < 0)
                return -EBADMSG;
        return copy_out(out, size, ret_jpeg, ret_size);
}

static int encode_on(struct bench *bench, const struct camera_frame *frame, int quality, uint8_t **ret_jpeg,
                     size_t *ret_size, char ret_problem[static JPEG_PROBLEM_SIZE])
{
        if (frame->format == FRAME_JPEG)
                return jpeg_pass(frame, ret_jpeg, ret_size, ret_problem);
        return compress_planes(bench, frame, quality, ret_jpeg, ret_size);
}

int encode_frame(const struct camera_frame *frame, int quality, uint8_t **ret_jpeg, size_t *ret_size)
{
        struct bench bench = {0};
        char problem[JPEG_PROBLEM_SIZE];
        int r = encode_on(&bench, frame, quality, ret_jpeg, ret_size, problem);

        bench_finish(&bench);
        return r;
}

static void *run_worker(void *argument)
{
        struct encoder *encoder = argument;
        struct bench bench = {0};
        struct frame_meter meter = {0};
        struct job *job;

        while ((job = queue_take(encoder->jobs))) {
                struct encoded encoded = {.ticket = job->ticket};

                encoded.error =
                        encode_on(&bench, job->frame, job->quality, &encoded.jpeg, &encoded.jpeg_size, encoded.problem);
                frame_quality_measure(&meter, job->frame, &encoded.quality);
                /* The camera gets its buffer back before anyone is told. */
                camera_frame_unref(job->frame);
                free(job);
                encoder->done(encoder->userdata, &encoded);
        }
        bench_finish(&bench);
        frame_meter_finish(&meter);
        return NULL;
}

int encoder_create(unsigned threads, unsigned queue_length, void (*done)(void *userdata, const struct encoded *encoded),
                   void *userdata, struct encoder **ret_encoder)
{
        struct encoder *encoder;
        int r;

        if (threads == 0 || queue_length == 0)
                return -EINVAL;
        encoder = calloc(1, sizeof(*encoder) + threads * sizeof(encoder->threads[0]));
        if (!encoder)
                return -ENOMEM;
        encoder->done = done;
        encoder->userdata = userdata;
        r = queue_create(queue_length, &encoder->jobs);
        if (r < 0) {
                free(encoder);
                return r;
        }
        for (; encoder->thread_count < threads; encoder->thread_count++) {
                r = -pthread_create(&encoder->threads[encoder->thread_count], NULL, run_worker, encoder);
                if (r < 0) {
                        encoder_destroy(encoder);
                        return r;
                }
        }
        *ret_encoder = encoder;
        return 0;
}

void encoder_destroy(struct encoder *encoder)
{
        if (!encoder)
                return;
        queue_close(encoder->jobs);
        for (unsigned i = 0; i < encoder->thread_count; i++)
                pthread_join(encoder->threads[i], NULL);
        queue_destroy(encoder->jobs);
        free(encoder);
}

static int submit(struct encoder *encoder, uint64_t ticket, struct camera_frame *frame, int quality,
                  int (*put)(struct queue *queue, void *item))
{
        struct job *job = malloc(sizeof(*job));
        int r;

        if (!job)
                return -ENOMEM;
        *job = (struct job){.ticket = ticket, .frame = camera_frame_ref(frame), .quality = quality};
        r = put(encoder->jobs, job);
        if (r < 0) {
                camera_frame_unref(frame);
                free(job);
        }
        return r;
}

int encoder_submit(struct encoder *encoder, uint64_t ticket, struct camera_frame *frame, int quality)
{
        return submit(encoder, ticket, frame, quality, queue_try_put);
}

int encoder_submit_wait(struct encoder *encoder, uint64_t ticket, struct camera_frame *frame, int quality)
{
        return submit(encoder, ticket, frame, quality, queue_put);
}
