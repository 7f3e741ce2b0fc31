/* SPDX-License-Identifier: MIT */
#include "capture/trigger.h"

#include <math.h>

void trigger_init(struct trigger *trigger, double spacing_m, double start_m)
{
        *trigger = (struct trigger){.spacing_m = spacing_m, .next_m = start_m + spacing_m / 2};
}

void trigger_advance(struct trigger *trigger)
{
        trigger->mark++;
        trigger->next_m += trigger->spacing_m;
}

void trigger_set_spacing(struct trigger *trigger, double spacing_m, double now_m)
{
        if (spacing_m == trigger->spacing_m)
                return;
        trigger->next_m = fmax(trigger->next_m - trigger->spacing_m + spacing_m, now_m);
        trigger->spacing_m = spacing_m;
}
