/* SPDX-License-Identifier: MIT */
/* Random numbers that are the same for the same seed on every machine. Not for secrets. */
#pragma once

#include <stdint.h>

struct random {
        uint64_t state;
};

void random_init(struct random *random, uint64_t seed);
uint64_t random_bits(struct random *random);
double random_uniform(struct random *random);     /* 0 < u < 1 */
double random_normal(struct random *random);      /* mean 0, sigma 1 */
double random_exponential(struct random *random); /* mean 1, > 0 */
