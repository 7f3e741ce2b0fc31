/* SPDX-License-Identifier: MIT */
/* The drives that can be simulated: a table. What befalls the van or its receiver is a field here and a part of its own. */
#pragma once

#include "tests/simulate/receiver.h"

#define SCENARIO_LEGS 128
#define SCENARIO_SILENCES 4

struct scenario_leg {
        const char *vertex; /* of the town, on a street from the one before */
        double lights_s;    /* > 0: waits that long at its stop line */
};

struct scenario {
        const char *name, *about;
        double parked_before_s, parked_after_s;
        struct scenario_leg legs[SCENARIO_LEGS];             /* vertex NULL after the last */
        struct receiver_silence silences[SCENARIO_SILENCES]; /* zeros after the last */
};

extern const struct scenario scenarios[];               /* a NULL name after the last; the first is the default */
const struct scenario *scenario_find(const char *name); /* NULL: none */
