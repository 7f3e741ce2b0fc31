/* SPDX-License-Identifier: MIT */
#include "capture/encoder.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/queue.h"
#include "capture/frame_quality.h"
#include "capture/jpeg_compress.h"
#include "capture/jpeg_pass.h"

/* What one thread reuses from frame to frame. */
struct bench {
        struct jpeg_compressor *compressor; /* from the first frame that needs it on */
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
        jpeg_compressor_destroy(bench->compressor);
        *bench = (struct bench){0};
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

static int compress(struct bench *bench, const struct camera_frame *frame, int quality, uint8_t **ret_jpeg,
                    size_t *ret_size)
{
        const uint8_t *jpeg;
        size_t size;
        int r = bench->compressor ? 0 : jpeg_compressor_create(&bench->compressor);

        if (r == 0)
                r = jpeg_compressor_run(bench->compressor, frame, quality, &jpeg, &size);
        return r == 0 ? copy_out(jpeg, size, ret_jpeg, ret_size) : r;
}

static int encode_on(struct bench *bench, const struct camera_frame *frame, int quality, uint8_t **ret_jpeg,
                     size_t *ret_size, char ret_problem[static JPEG_PROBLEM_SIZE])
{
        if (frame->format == FRAME_JPEG)
                return jpeg_pass(frame, ret_jpeg, ret_size, ret_problem);
        return compress(bench, frame, quality, ret_jpeg, ret_size);
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
                if (encoded.error == 0)
                        frame_quality_measure(&meter, job->frame, &encoded.quality);
                else
                        picture_quality_clear(&encoded.quality);
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
