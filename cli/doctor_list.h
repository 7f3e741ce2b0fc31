/* SPDX-License-Identifier: MIT */
/* The cameras that there are, for who chooses one: a part of streetcap doctor. */
#pragma once

#include "cli/cli.h"

/* Prints each camera that a backend finds, with its formats and controls: as lines of 80 columns, where a name is no longer; as JSON, an object
 * each. That there is none is said, and no failure. Blocking. */
void doctor_list_cameras(struct cli *cli);
