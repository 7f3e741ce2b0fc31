/* SPDX-License-Identifier: MIT */
/* The test picture of the pattern camera: gradients that drift, a checker that runs, and who, which and when written
 * on it. The same arguments give the same pixels. Pure but for the allocation of its tables. */
#pragma once

#include <stdint.h>

struct pattern_picture;

/* 0 or -ENOMEM. name is copied. */
int pattern_picture_create(const char *name, unsigned width, unsigned height, struct pattern_picture **ret_picture);
void pattern_picture_destroy(struct pattern_picture *picture); /* NULL allowed */
/* Draws all pixels of three planes, YUV 4:2:0 of full range. */
void pattern_picture_draw(const struct pattern_picture *picture, uint64_t number, int64_t boottime_ns,
                          uint8_t *const planes[3], const int strides[3]);
