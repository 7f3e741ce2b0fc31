/* SPDX-License-Identifier: MIT */
#include "storage/street_name.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/edit_distance.h"

/* U+00C0 to U+017F (Latin-1 letters, Latin Extended-A) as plain letters; "" where the character is no letter. */
static const char latin[][3] = {
        "a", "a", "a",  "a",  "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i",  "i",  /* U+00C0 */
        "d", "n", "o",  "o",  "o", "o", "o",  "",  "o", "u", "u", "u", "u", "y", "th", "ss", /* U+00D0 */
        "a", "a", "a",  "a",  "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i",  "i",  /* U+00E0 */
        "d", "n", "o",  "o",  "o", "o", "o",  "",  "o", "u", "u", "u", "u", "y", "th", "y",  /* U+00F0 */
        "a", "a", "a",  "a",  "a", "a", "c",  "c", "c", "c", "c", "c", "c", "c", "d",  "d",  /* U+0100 */
        "d", "d", "e",  "e",  "e", "e", "e",  "e", "e", "e", "e", "e", "g", "g", "g",  "g",  /* U+0110 */
        "g", "g", "g",  "g",  "h", "h", "h",  "h", "i", "i", "i", "i", "i", "i", "i",  "i",  /* U+0120 */
        "i", "i", "ij", "ij", "j", "j", "k",  "k", "k", "l", "l", "l", "l", "l", "l",  "l",  /* U+0130 */
        "l", "l", "l",  "n",  "n", "n", "n",  "n", "n", "n", "n", "n", "o", "o", "o",  "o",  /* U+0140 */
        "o", "o", "oe", "oe", "r", "r", "r",  "r", "r", "r", "s", "s", "s", "s", "s",  "s",  /* U+0150 */
        "s", "s", "t",  "t",  "t", "t", "t",  "t", "u", "u", "u", "u", "u", "u", "u",  "u",  /* U+0160 */
        "u", "u", "u",  "u",  "w", "w", "y",  "y", "y", "z", "z", "z", "z", "z", "z",  "s",  /* U+0170 */
};
_Static_assert(sizeof(latin) / sizeof(latin[0]) == 0x180 - 0xc0, "one entry a character");

/* The character of two or three bytes at s, and its length; 0 for any other. */
static uint32_t character_at(const unsigned char *s, size_t *ret_length)
{
        if ((s[0] & 0xe0) == 0xc0 && (s[1] & 0xc0) == 0x80) {
                *ret_length = 2;
                return (uint32_t)(s[0] & 0x1f) << 6 | (s[1] & 0x3f);
        }
        if ((s[0] & 0xf0) == 0xe0 && (s[1] & 0xc0) == 0x80 && (s[2] & 0xc0) == 0x80) {
                *ret_length = 3;
                return (uint32_t)(s[0] & 0x0f) << 12 | (uint32_t)(s[1] & 0x3f) << 6 | (s[2] & 0x3f);
        }
        *ret_length = 1;
        return 0;
}

static bool is_blank(uint32_t c)
{
        return c == 0xa0 || c == 0xad || (c >= 0x2000 && c <= 0x2015) || c == 0x202f || c == 0x2212;
}

/* What a character that is not ASCII is compared as; NULL: itself. */
static const char *fold_character(uint32_t c)
{
        if (c >= 0xc0 && c < 0x180 && latin[c - 0xc0][0])
                return latin[c - 0xc0];
        if (c >= 0x300 && c <= 0x36f) /* combining accents */
                return "";
        if (c == 0x2018 || c == 0x2019 || c == 0x2bc)
                return "'";
        return is_blank(c) ? " " : NULL;
}

static void add_blank(struct text *folded, size_t start)
{
        if (folded->length > start && folded->data[folded->length - 1] != ' ')
                text_add(folded, " ");
}

static void add_ascii(struct text *folded, size_t start, unsigned char c)
{
        char letter = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);

        if (c <= ' ' || c == '-')
                add_blank(folded, start);
        else
                text_add_bytes(folded, &letter, 1);
}

void street_name_fold(const char *name, struct text *folded)
{
        const unsigned char *s = (const unsigned char *)name;
        size_t start = folded->length, length;

        text_add(folded, "");
        for (; *s; s += length) {
                uint32_t c = character_at(s, &length);
                const char *plain = c ? fold_character(c) : NULL;

                if (plain && plain[0] == ' ')
                        add_blank(folded, start);
                else if (plain)
                        text_add(folded, plain);
                else if (*s < 0x80)
                        add_ascii(folded, start, *s);
                else
                        text_add_bytes(folded, s, length);
        }
        if (folded->length > start && folded->data[folded->length - 1] == ' ')
                folded->data[--folded->length] = '\0';
}

/* ---- as people type ---- */

static const char *const particles[] = {"de", "du", "des", "d", "la", "le", "les", "l"};

static const struct {
        const char *typed, *whole;
} abbreviations[] = {
        {"av", "avenue"},     {"ave", "avenue"},  {"r", "rue"},      {"bd", "boulevard"}, {"bld", "boulevard"},
        {"bvd", "boulevard"}, {"pl", "place"},    {"rte", "route"},  {"ch", "chemin"},    {"che", "chemin"},
        {"chem", "chemin"},   {"imp", "impasse"}, {"all", "allee"},  {"sq", "square"},    {"fg", "faubourg"},
        {"fbg", "faubourg"},  {"st", "saint"},    {"ste", "sainte"},
};

static bool is_word(const char *word, size_t length, const char *known)
{
        return strlen(known) == length && memcmp(word, known, length) == 0;
}

/* A particle stands before something; at the end it is a letter of its own. */
static void add_word(struct text *loose, size_t start, const char *word, size_t length, bool is_last)
{
        for (size_t i = 0; !is_last && i < sizeof(particles) / sizeof(particles[0]); i++) {
                if (is_word(word, length, particles[i]))
                        return;
        }
        if (loose->length > start)
                text_add(loose, " ");
        for (size_t i = 0; i < sizeof(abbreviations) / sizeof(abbreviations[0]); i++) {
                if (is_word(word, length, abbreviations[i].typed)) {
                        text_add(loose, abbreviations[i].whole);
                        return;
                }
        }
        text_add_bytes(loose, word, length);
}

void street_name_loosen(const char *name, struct text *loose)
{
        static const char between[] = " '.,";
        size_t start = loose->length, length;
        struct text folded = {0};

        text_add(loose, "");
        street_name_fold(name, &folded);
        for (const char *at = folded.data; *at; at += length) {
                at += strspn(at, between);
                length = strcspn(at, between);
                if (length > 0)
                        add_word(loose, start, at, length, at[length + strspn(at + length, between)] == '\0');
        }
        text_finish(&folded);
}

/* ---- finding ---- */

/* Is it the name, or one of the names of a street whose sides have each their own? */
static bool is_name_or_side(const char *typed, const char *name)
{
        size_t length = strlen(typed);
        const char *at = name;

        while (at) {
                if (strncmp(at, typed, length) == 0 &&
                    (at[length] == '\0' ||
                     strncmp(at + length, STREET_NAMES_BETWEEN, strlen(STREET_NAMES_BETWEEN)) == 0))
                        return true;
                at = strstr(at, STREET_NAMES_BETWEEN);
                at = at ? at + strlen(STREET_NAMES_BETWEEN) : NULL;
        }
        return false;
}

/* Is it one or more words of the name, which has a blank between its words? */
static bool has_words(const char *typed, const char *name)
{
        size_t length = strlen(typed);

        for (const char *at = strstr(name, typed); at; at = strstr(at + 1, typed)) {
                if ((at == name || at[-1] == ' ') && (at[length] == '\0' || at[length] == ' '))
                        return true;
        }
        return false;
}

/* A name in the forms in which it is compared. */
struct forms {
        const char *name;
        struct text folded, loose;
};

static void set_forms(struct forms *forms, const char *name)
{
        forms->name = name;
        text_clear(&forms->folded);
        text_clear(&forms->loose);
        street_name_fold(name, &forms->folded);
        street_name_loosen(name, &forms->loose);
}

static void finish_forms(struct forms *forms)
{
        text_finish(&forms->folded);
        text_finish(&forms->loose);
}

/* How one name matches. */
static enum street_match match_one(const struct forms *typed, const struct forms *name)
{
        bool has_loose = typed->loose.length > 0; /* not so of "la" alone */

        if (is_name_or_side(typed->name, name->name))
                return STREET_EXACT;
        if (is_name_or_side(typed->folded.data, name->folded.data))
                return STREET_FOLDED;
        if (has_loose && is_name_or_side(typed->loose.data, name->loose.data))
                return STREET_LOOSE;
        if (has_loose && has_words(typed->loose.data, name->loose.data))
                return STREET_WORDS;
        if (strstr(name->folded.data, typed->folded.data) || (has_loose && strstr(name->loose.data, typed->loose.data)))
                return STREET_PART;
        return STREET_NONE;
}

enum street_match street_names_find(const char *typed, const char *const *names, size_t count, size_t *ret_places,
                                    size_t *ret_count)
{
        struct forms typed_forms = {0}, name_forms = {0};
        enum street_match best = STREET_NONE;

        *ret_count = 0;
        set_forms(&typed_forms, typed);
        for (size_t i = 0; typed_forms.folded.length > 0 && i < count; i++) {
                enum street_match match;

                set_forms(&name_forms, names[i]);
                match = match_one(&typed_forms, &name_forms);
                if (match == STREET_NONE || match > best)
                        continue;
                if (match < best)
                        *ret_count = 0;
                best = match;
                ret_places[(*ret_count)++] = i;
        }
        finish_forms(&typed_forms);
        finish_forms(&name_forms);
        return best;
}

/* ---- the nearest ---- */

struct candidate {
        size_t place;
        unsigned distance;
};

/* A candidate into its place among the best, which are in order. */
static size_t insert(struct candidate *best, size_t count, size_t max, struct candidate candidate)
{
        size_t at = count < max ? count++ : max;

        while (at > 0 && candidate.distance < best[at - 1].distance) {
                if (at < max)
                        best[at] = best[at - 1];
                at--;
        }
        if (at < max)
                best[at] = candidate;
        return count;
}

#define MAX_NEAREST 8

/* Like the whole name, or like its last word: "Paster" is meant for "Rue Pasteur". */
static unsigned distance_to(const char *typed, const char *name)
{
        const char *last = strrchr(name, ' ');
        unsigned whole = edit_distance(typed, name);
        unsigned word = last ? edit_distance(typed, last + 1) : UINT_MAX;

        return whole < word ? whole : word;
}

size_t street_names_nearest(const char *typed, const char *const *names, size_t count, size_t *ret_places, size_t max)
{
        struct candidate best[MAX_NEAREST];
        struct text folded = {0}, scratch = {0};
        size_t found = 0;

        if (max > MAX_NEAREST)
                max = MAX_NEAREST;
        street_name_fold(typed, &folded);
        for (size_t i = 0; i < count; i++) {
                struct candidate candidate = {.place = i};

                text_clear(&scratch);
                street_name_fold(names[i], &scratch);
                candidate.distance = distance_to(folded.data, scratch.data);
                /* Nothing in common is no help. */
                if (candidate.distance <= 1 + folded.length / 2)
                        found = insert(best, found, max, candidate);
        }
        for (size_t i = 0; i < found; i++)
                ret_places[i] = best[i].place;
        text_finish(&folded);
        text_finish(&scratch);
        return found;
}
