/* SPDX-License-Identifier: MIT */
/* The table of all settings: private to config/. */
#pragma once

#include <stddef.h>

#include "config/config.h"
#include "config/setting.h"

#define SETTING_CAMERA_SECTION "camera"
#define SETTINGS_MAX 64

extern const struct setting settings[]; /* those of a section follow each other */
extern const size_t settings_count;     /* at most SETTINGS_MAX */

/* The section's own name in the table, which lives forever; NULL when there is none. */
const char *settings_section(const char *section);
/* NULL when there is none. */
const struct setting *settings_find(const char *section, const char *key);
bool setting_is_of_camera(const struct setting *setting);
/* Defaults for all but the name. */
void settings_camera_defaults(struct config_camera *ret_camera);

/* Place of the camera of that name among config's; -1 when there is none. */
int settings_camera_index(const struct config *config, const char *name);
/* A name of 1 to 31 of a-z 0-9 - _ : it becomes the name of a folder. */
bool settings_camera_name_valid(const char *name);
