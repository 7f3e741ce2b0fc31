/* SPDX-License-Identifier: MIT */
#include "config/loader.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/edit_distance.h"

static void hold(struct loader *loader, unsigned line, const struct text *text)
{
        struct loader_problem *held =
                reallocarray(loader->held, loader->problem_count + (size_t)1, sizeof(*loader->held));

        if (!held)
                abort();
        held[loader->problem_count] = (struct loader_problem){line, loader->problem_count, strdup(text->data)};
        if (!held[loader->problem_count].text)
                abort();
        loader->held = held;
}

/* By line, none last; within a line as they were found. */
static int compare_problems(const void *a, const void *b)
{
        const struct loader_problem *left = a, *right = b;

        if (left->line != right->line)
                return left->line - 1 < right->line - 1 ? -1 : 1; /* 0 becomes the largest */
        return left->order < right->order ? -1 : 1;
}

void loader_tell_held(struct loader *loader)
{
        if (loader->held)
                qsort(loader->held, loader->problem_count, sizeof(*loader->held), compare_problems);
        for (unsigned i = 0; loader->held && i < loader->problem_count; i++) {
                if (loader->problem)
                        loader->problem(loader->userdata, loader->held[i].text);
                free(loader->held[i].text);
        }
        free(loader->held);
        loader->held = NULL;
        loader->hold_problems = false;
}

void loader_report(struct loader *loader, unsigned line, const char *key, const char *format, ...)
{
        struct text text = {0};
        char *what = NULL;
        va_list args;

        va_start(args, format);
        if (vasprintf(&what, format, args) < 0)
                abort();
        va_end(args);

        text_add(&text, loader->name);
        if (line > 0)
                text_addf(&text, ":%u", line);
        if (key)
                text_addf(&text, ": %s", key);
        text_addf(&text, ": %s", what);
        if (loader->hold_problems)
                hold(loader, line, &text);
        else if (loader->problem)
                loader->problem(loader->userdata, text.data);
        loader->problem_count++;
        free(what);
        text_finish(&text);
}

void loader_report_key(struct loader *loader, unsigned line, const char *key, const char *what)
{
        struct text name = {0};

        text_addf(&name, "%s.%s", loader->label.data, key);
        loader_report(loader, line, name.data, "%s", what);
        text_finish(&name);
}

/* Near enough to a known word to be meant by who typed it: a letter wrong, and another for each four letters. */
static bool is_near(unsigned distance, const char *known)
{
        return distance <= 1 + strlen(known) / 4;
}

static const char *nearest_key(const char *section, const char *key)
{
        unsigned best = UINT_MAX;
        const char *nearest = NULL;

        for (size_t i = 0; i < settings_count; i++) {
                unsigned distance;

                if (strcmp(settings[i].section, section) != 0)
                        continue;
                distance = edit_distance(key, settings[i].key);
                if (distance < best && is_near(distance, settings[i].key)) {
                        best = distance;
                        nearest = settings[i].key;
                }
        }
        return nearest;
}

static bool is_first_of_section(size_t index)
{
        return index == 0 || strcmp(settings[index].section, settings[index - 1].section) != 0;
}

static const char *nearest_section(const char *section)
{
        unsigned best = UINT_MAX;
        const char *nearest = NULL;

        for (size_t i = 0; i < settings_count; i++) {
                unsigned distance = edit_distance(section, settings[i].section);

                if (distance < best && is_near(distance, settings[i].section)) {
                        best = distance;
                        nearest = settings[i].section;
                }
        }
        return nearest;
}

/* The setting of this very key in any section: it may only have been put under the wrong head. */
static const struct setting *setting_of_key(const char *key)
{
        for (size_t i = 0; i < settings_count; i++) {
                if (strcmp(settings[i].key, key) == 0)
                        return &settings[i];
        }
        return NULL;
}

static void add_head(struct text *text, const char *section)
{
        text_addf(text, strcmp(section, SETTING_CAMERA_SECTION) == 0 ? "[%s NAME]" : "[%s]", section);
}

static void add_all_heads(struct text *text)
{
        const char *separator = "";

        for (size_t i = 0; i < settings_count; i++) {
                if (!is_first_of_section(i))
                        continue;
                text_add(text, separator);
                add_head(text, settings[i].section);
                separator = ", ";
        }
}

void loader_report_unknown_key(struct loader *loader, const char *key)
{
        const char *nearest = nearest_key(loader->section, key), *separator = " ";
        const struct setting *other = setting_of_key(key);
        struct text what = {0};

        text_add(&what, "unknown key");
        if (other) {
                text_add(&what, " here, did you mean it under ");
                add_head(&what, other->section);
                text_add(&what, "?");
        } else if (nearest) {
                text_addf(&what, ", did you mean %s?", nearest);
        }
        text_addf(&what, "%s allowed:", other || nearest ? "" : ",");
        for (size_t i = 0; i < settings_count; i++) {
                if (strcmp(settings[i].section, loader->section) == 0) {
                        text_addf(&what, "%s%s", separator, settings[i].key);
                        separator = ", ";
                }
        }
        loader_report_key(loader, loader->line, key, what.data);
        text_finish(&what);
}

void loader_report_unknown_section(struct loader *loader, const char *head)
{
        const char *nearest = nearest_section(head);
        struct text what = {0};

        text_addf(&what, "[%s]: unknown section", head);
        if (nearest) {
                text_add(&what, ", did you mean ");
                add_head(&what, nearest);
                text_add(&what, "? allowed: ");
        } else {
                text_add(&what, ", allowed: ");
        }
        add_all_heads(&what);
        if (loader->line > 0)
                text_add(&what, LOADER_NOT_CHECKED);
        loader_report(loader, loader->line, NULL, "%s", what.data);
        text_finish(&what);
}
