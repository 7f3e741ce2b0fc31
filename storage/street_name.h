/* SPDX-License-Identifier: MIT */
/* Names of streets as people type them. Pure. */
#pragma once

#include <stddef.h>

#include "base/text.h"

/* Adds the name as it is compared: lower case, without accents (composed or combining), ligatures apart, typographic apostrophes and
 * dashes plain, dashes and runs of blanks as one blank, none at the ends. Letters other than Latin ones stay; what is no UTF-8 stays. */
void street_name_fold(const char *name, struct text *folded);

/* Stands between the names of the left and the right side where they differ, as the import of a map writes them. */
#define STREET_NAMES_BETWEEN " / "

/* Adds the name as people abbreviate it in typing: folded, in words with a blank between them, without "de", "la" and their like, and the
 * kinds of streets and saints in full: "Av. du Gal-Leclerc" as "avenue gal leclerc". May add nothing. */
void street_name_loosen(const char *name, struct text *loose);

enum street_match {
        STREET_EXACT,  /* as typed; or the name of one side is */
        STREET_FOLDED, /* but for case and accents */
        STREET_LOOSE,  /* but for abbreviations and what street_name_loosen leaves out, too */
        STREET_WORDS,  /* what was typed are whole words of it, loosened */
        STREET_PART,   /* what was typed is a part of it */
        STREET_NONE,
};

/* Which of count names somebody means who types `typed`: all that match in the best way of those above. Writes their places, in order; ret_places
 * has room for count, *ret_count says how many. "" matches none. */
enum street_match street_names_find(const char *typed, const char *const *names, size_t count, size_t *ret_places,
                                    size_t *ret_count);

/* Up to max places of the names most like it, the nearest first: returns how many. */
size_t street_names_nearest(const char *typed, const char *const *names, size_t count, size_t *ret_places, size_t max);
