/* SPDX-License-Identifier: MIT */
#include "capture/frame_pool.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>

#define STRIDE_ALIGNMENT 64

struct pooled_frame {
        struct camera_frame frame; /* first: what is lent */
        struct frame_pool *pool;
        struct pooled_frame *next;
        uint8_t *buffer;
        size_t buffer_size;
};

struct frame_pool {
        pthread_mutex_t mutex;
        unsigned limit;
        unsigned lent;
        unsigned idle_count;
        struct pooled_frame *idle;
        bool abandoned; /* the camera is gone: the last frame that comes back frees the pool */
};

int frame_pool_create(unsigned limit, struct frame_pool **ret_pool)
{
        struct frame_pool *pool = calloc(1, sizeof(*pool));

        if (!pool)
                return -ENOMEM;
        pthread_mutex_init(&pool->mutex, NULL);
        pool->limit = limit;
        *ret_pool = pool;
        return 0;
}

static void free_frame(struct pooled_frame *pooled)
{
        free(pooled->buffer);
        free(pooled);
}

static void free_pool(struct frame_pool *pool)
{
        while (pool->idle) {
                struct pooled_frame *pooled = pool->idle;

                pool->idle = pooled->next;
                free_frame(pooled);
        }
        pthread_mutex_destroy(&pool->mutex);
        free(pool);
}

void frame_pool_destroy(struct frame_pool *pool)
{
        bool is_last;

        if (!pool)
                return;
        pthread_mutex_lock(&pool->mutex);
        pool->abandoned = true;
        is_last = pool->lent == 0;
        pthread_mutex_unlock(&pool->mutex);
        if (is_last)
                free_pool(pool);
}

static void give_back(struct camera_frame *frame)
{
        struct pooled_frame *pooled = (struct pooled_frame *)frame;
        struct frame_pool *pool = pooled->pool;
        bool is_last, keep;

        if (frame->format == FRAME_JPEG) {
                free(pooled->buffer);
                pooled->buffer = NULL;
                pooled->buffer_size = 0;
        }
        pthread_mutex_lock(&pool->mutex);
        pool->lent--;
        is_last = pool->abandoned && pool->lent == 0;
        keep = !pool->abandoned && pool->idle_count < pool->limit;
        if (keep) {
                pooled->next = pool->idle;
                pool->idle = pooled;
                pool->idle_count++;
        }
        pthread_mutex_unlock(&pool->mutex);
        if (!keep)
                free_frame(pooled);
        if (is_last)
                free_pool(pool);
}

/* An idle frame, or a new one without a buffer. */
static struct pooled_frame *take(struct frame_pool *pool, enum frame_limit limit)
{
        struct pooled_frame *pooled = NULL;
        bool allowed;

        pthread_mutex_lock(&pool->mutex);
        allowed = limit == FRAME_BEYOND_LIMIT || pool->lent < pool->limit;
        if (allowed) {
                pool->lent++;
                pooled = pool->idle;
                if (pooled) {
                        pool->idle = pooled->next;
                        pool->idle_count--;
                }
        }
        pthread_mutex_unlock(&pool->mutex);
        if (!allowed || pooled)
                return pooled;

        pooled = calloc(1, sizeof(*pooled));
        if (pooled) {
                pooled->pool = pool;
                return pooled;
        }
        pthread_mutex_lock(&pool->mutex);
        pool->lent--;
        pthread_mutex_unlock(&pool->mutex);
        return NULL;
}

static size_t align(size_t width)
{
        return (width + STRIDE_ALIGNMENT - 1) / STRIDE_ALIGNMENT * STRIDE_ALIGNMENT;
}

static bool reserve(struct pooled_frame *pooled, size_t size)
{
        if (pooled->buffer_size >= size)
                return true;
        free(pooled->buffer);
        pooled->buffer = aligned_alloc(STRIDE_ALIGNMENT, align(size));
        pooled->buffer_size = pooled->buffer ? size : 0;
        return pooled->buffer != NULL;
}

/* As new but for its buffer. */
static void reset(struct camera_frame *frame, enum frame_format format, unsigned width, unsigned height)
{
        *frame = (struct camera_frame){
                .format = format, .width = width, .height = height, .gain = NAN, .release = give_back};
        atomic_init(&frame->references, 1);
}

struct camera_frame *frame_pool_take_yuv420(struct frame_pool *pool, enum frame_limit limit, unsigned width,
                                            unsigned height, uint8_t *ret_planes[static 3])
{
        size_t chroma_width = ((size_t)width + 1) / 2, chroma_height = ((size_t)height + 1) / 2;
        size_t strides[3] = {align(width), align(chroma_width), align(chroma_width)};
        size_t sizes[3] = {strides[0] * height, strides[1] * chroma_height, strides[2] * chroma_height};
        struct pooled_frame *pooled = take(pool, limit);
        uint8_t *plane;

        if (!pooled)
                return NULL;
        reset(&pooled->frame, FRAME_YUV420, width, height);
        if (!reserve(pooled, sizes[0] + sizes[1] + sizes[2])) {
                give_back(&pooled->frame);
                return NULL;
        }
        plane = pooled->buffer;
        for (unsigned i = 0; i < 3; i++) {
                ret_planes[i] = plane;
                pooled->frame.planes[i] = plane;
                pooled->frame.strides[i] = (int)strides[i];
                pooled->frame.sizes[i] = sizes[i];
                plane += sizes[i];
        }
        return &pooled->frame;
}

struct camera_frame *frame_pool_take_jpeg(struct frame_pool *pool, enum frame_limit limit, uint8_t *jpeg, size_t size,
                                          unsigned width, unsigned height)
{
        struct pooled_frame *pooled = take(pool, limit);

        if (!pooled)
                return NULL;
        reset(&pooled->frame, FRAME_JPEG, width, height);
        free(pooled->buffer);
        pooled->buffer = jpeg;
        pooled->buffer_size = size;
        pooled->frame.planes[0] = jpeg;
        pooled->frame.sizes[0] = size;
        return &pooled->frame;
}
