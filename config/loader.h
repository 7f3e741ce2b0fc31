/* SPDX-License-Identifier: MIT */
/* A config file while it is read: private to config/. config_load.c reads lines and values, config_section.c knows the section that
 * they are in, config_problem.c words what is wrong, config_check.c looks at the whole in the end. */
#pragma once

#include <stdbool.h>

#include "base/text.h"
#include "config/config.h"
#include "config/settings.h"

#define LOADER_BLANKS " \t"
/* At the end of a problem with the head of a section. */
#define LOADER_NOT_CHECKED "; the keys below it are not checked"

/* Where in the file a setting was given; line 0: nowhere. */
struct given {
        unsigned line;
        bool bad;
};

enum place { PLACE_BEFORE_SECTIONS, PLACE_IN_SECTION, PLACE_IN_UNKNOWN_SECTION };

struct loader_problem {
        unsigned line, order;
        char *text;
};

struct loader {
        const char *name;
        config_problem_fn problem;
        void *userdata;
        unsigned problem_count;
        struct loader_problem *held; /* problems in the order of their finding, to be told by line; see hold_problems */
        bool hold_problems;

        const char *rest, *end; /* of the file, not yet read */
        unsigned line;
        bool value_expected; /* a line that should be key = value was given to inih, which has not called back yet */

        enum place place;
        const char *section; /* in the table's own words */
        struct text label;   /* the section as messages name it: "trigger", "camera front" */
        void *object;        /* that the section's values go to */
        struct given *given; /* of the section's settings */

        struct config config;
        struct given config_given[SETTINGS_MAX];
        unsigned section_lines[SETTINGS_MAX]; /* of the head, at the section's first setting */
        unsigned camera_lines[CONFIG_MAX_CAMERAS];
        struct given camera_given[CONFIG_MAX_CAMERAS][SETTINGS_MAX];
        bool has_cameras;
        /* Where the values of a camera go that cannot be taken: they are still checked. */
        struct config_camera spare_camera;
        struct given spare_given[SETTINGS_MAX];
};

/* Passes on "FILE:LINE: KEY: TEXT", without the parts that are 0 or NULL; with hold_problems once loader_tell_held is called. */
__attribute__((format(printf, 4, 5))) void loader_report(struct loader *loader, unsigned line, const char *key,
                                                         const char *format, ...);
/* Tells what was held, by line, what has none at the end; nothing is held any more. */
void loader_tell_held(struct loader *loader);
/* As above for a key of the present section. */
void loader_report_key(struct loader *loader, unsigned line, const char *key, const char *what);
void loader_report_unknown_key(struct loader *loader, const char *key);
void loader_report_unknown_section(struct loader *loader, const char *head);

/* The head of a section, without its brackets, was read. */
void loader_enter_section(struct loader *loader, const char *head);
/* "camera NAME" to its name ("" when there is none); NULL for another section. */
const char *loader_camera_name(const char *head);

/* Reports what no single value shows. */
void loader_check_together(struct loader *loader);
