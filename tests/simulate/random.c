/* SPDX-License-Identifier: MIT */
#include "tests/simulate/random.h"

#include <math.h>

#define TAU 6.283185307179586

void random_init(struct random *random, uint64_t seed)
{
        random->state = seed;
}

/* SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014): any seed is a good one. */
uint64_t random_bits(struct random *random)
{
        uint64_t bits;

        random->state += UINT64_C(0x9e3779b97f4a7c15);
        bits = random->state;
        bits = (bits ^ (bits >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        bits = (bits ^ (bits >> 27)) * UINT64_C(0x94d049bb133111eb);
        return bits ^ (bits >> 31);
}

double random_uniform(struct random *random)
{
        return ((double)(random_bits(random) >> 12) + 0.5) * 0x1p-52;
}

double random_normal(struct random *random)
{
        double radius = sqrt(-2.0 * log(random_uniform(random)));

        return radius * cos(TAU * random_uniform(random));
}

double random_exponential(struct random *random)
{
        return -log(random_uniform(random));
}
