/* SPDX-License-Identifier: MIT */
/* Epochs as gpsd reports them, in the lines of `gpspipe -w -uu`: "2026-11-23 10:15:00 1795428900.325652: {...}". */
#pragma once

#include "base/text.h"
#include "tests/simulate/receiver.h"

/* The TPV and SKY of an epoch, with the instant at which gpsd's client would have had them. */
void gpsd_json_add(struct text *text, const struct epoch *epoch);
