/* SPDX-License-Identifier: MIT */
/* How far a mistyped word is from a known one: private to config/. Pure. */
#pragma once

/* Fewest letters to insert, delete, replace or swap with their neighbour to make b of a; words over 63 bytes are as far apart as can
 * be (UINT_MAX). */
unsigned edit_distance(const char *a, const char *b);
