/* SPDX-License-Identifier: MIT */
/* Epochs as the sentences that a receiver sends: RMC, VTG, GGA, GSA, GSV, GST. */
#pragma once

#include "base/text.h"
#include "tests/simulate/receiver.h"

/* Adds the whole burst of an epoch, each sentence with its checksum and CR LF. */
void nmea_add_burst(struct text *text, const struct epoch *epoch);

/* Exclusive or of all characters of the sentence between '$' and '*'; both may be left out. */
unsigned nmea_checksum(const char *sentence);
