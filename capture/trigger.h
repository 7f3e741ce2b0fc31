/* SPDX-License-Identifier: MIT */
/* The marks of one camera: where along the travelled distance frames are due. Pure. A mark's place depends on the marks before it and
 * the spacing only, never on where a frame was really taken: an early or late shot does not move the next mark. */
#pragma once

#include <stdint.h>

struct trigger {
        double spacing_m;
        int64_t mark;  /* number of the next mark in the run, from 0 */
        double next_m; /* its place: distance travelled since the start of the run */
};

/* The first mark lies half a spacing after start_m, the travel at the first motion. */
void trigger_init(struct trigger *trigger, double spacing_m, double start_m);
/* The next mark is done with, taken or missed. */
void trigger_advance(struct trigger *trigger);
/* From the last mark on, the spacing is another. The next mark never falls before now_m, the travel at this moment. */
void trigger_set_spacing(struct trigger *trigger, double spacing_m, double now_m);
