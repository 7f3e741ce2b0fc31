/* SPDX-License-Identifier: MIT */
#include "tests/unit/capture/street.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PIXELS (STREET_WIDTH * STREET_HEIGHT)
#define HORIZON (STREET_HEIGHT / 3)
#define LEAVES 6000

/* Numerical Recipes' generator: enough for leaves. */
static uint32_t draw(uint32_t *seed, uint32_t below)
{
        *seed = *seed * 1664525U + 1013904223U;
        return (uint32_t)((uint64_t)*seed * below >> 32);
}

static void *allocate(size_t size)
{
        void *memory = malloc(size);

        if (!memory)
                abort();
        return memory;
}

static void lay_leaf(uint8_t *street, int x, int y, int radius, uint8_t level)
{
        for (int j = -radius; j <= radius; j++) {
                for (int i = -radius; i <= radius; i++) {
                        int at_x = x + i, at_y = y + j;

                        if (i * i + j * j <= radius * radius && at_x >= 0 && at_x < STREET_WIDTH && at_y >= HORIZON &&
                            at_y < STREET_HEIGHT)
                                street[at_y * STREET_WIDTH + at_x] = level;
                }
        }
}

uint8_t *street_make(void)
{
        uint8_t *street = allocate(PIXELS);
        uint32_t seed = 7;

        memset(street, 90, PIXELS);
        for (int i = 0; i < HORIZON * STREET_WIDTH; i++)
                street[i] = (uint8_t)(200 + i / STREET_WIDTH / 16);
        for (int leaf = 0; leaf < LEAVES; leaf++) {
                /* Small ones by far the most, as it takes for the spectrum. */
                int radius = 2 + 60 / (1 + (int)draw(&seed, 60));
                int x = (int)draw(&seed, STREET_WIDTH);
                int y = HORIZON + (int)draw(&seed, STREET_HEIGHT - HORIZON);

                lay_leaf(street, x, y, radius, (uint8_t)(30 + draw(&seed, 150)));
        }
        return street;
}

/* Along one axis: from pixel to pixel is step, from line to line is jump. */
static void blur_lines(const double *from, double *to, int length, int lines, int step, int jump, double sigma)
{
        int reach = (int)ceil(4 * sigma);

        for (int line = 0; line < lines; line++) {
                for (int at = 0; at < length; at++) {
                        double sum = 0, weights = 0;

                        for (int d = -reach; d <= reach; d++) {
                                double weight = exp(-d * d / (2 * sigma * sigma));
                                int place = at + d < 0 ? 0 : at + d >= length ? length - 1 : at + d;

                                sum += weight * from[line * jump + place * step];
                                weights += weight;
                        }
                        to[line * jump + at * step] = sum / weights;
                }
        }
}

uint8_t *street_blurred(const uint8_t *street, double sigma_px)
{
        double *a = allocate(PIXELS * sizeof(*a)), *b = allocate(PIXELS * sizeof(*b));
        uint8_t *blurred = allocate(PIXELS);

        for (int i = 0; i < PIXELS; i++)
                a[i] = street[i];
        blur_lines(a, b, STREET_WIDTH, STREET_HEIGHT, 1, STREET_WIDTH, sigma_px);
        blur_lines(b, a, STREET_HEIGHT, STREET_WIDTH, STREET_WIDTH, 1, sigma_px);
        for (int i = 0; i < PIXELS; i++)
                blurred[i] = (uint8_t)lround(a[i]);
        free(a);
        free(b);
        return blurred;
}

uint8_t *street_doubled(const uint8_t *street)
{
        uint8_t *doubled = allocate((size_t)4 * PIXELS);

        for (int y = 0; y < 2 * STREET_HEIGHT; y++)
                for (int x = 0; x < 2 * STREET_WIDTH; x++)
                        doubled[y * 2 * STREET_WIDTH + x] = street[y / 2 * STREET_WIDTH + x / 2];
        return doubled;
}

void street_change(uint8_t *street, double gain, double offset, double noise)
{
        uint32_t seed = 11;

        for (int i = 0; i < PIXELS; i++) {
                double sum = 0, value;

                /* Twelve uniform ones make a normal one of sigma 1. */
                for (int n = 0; n < 12 && noise > 0; n++)
                        sum += draw(&seed, 1000000) / 1e6 - 0.5;
                value = street[i] * gain + offset + noise * sum;
                street[i] = (uint8_t)lround(fmin(fmax(value, 0), 255));
        }
}
