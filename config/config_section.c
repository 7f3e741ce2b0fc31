/* SPDX-License-Identifier: MIT */
#include "config/loader.h"

#include <string.h>

const char *loader_camera_name(const char *head)
{
        size_t length = strlen(SETTING_CAMERA_SECTION);

        if (strncmp(head, SETTING_CAMERA_SECTION, length) != 0)
                return NULL;
        if (head[length] != '\0' && !strchr(LOADER_BLANKS, head[length]))
                return NULL;
        return head + length + strspn(head + length, LOADER_BLANKS);
}

static void enter_spare_camera(struct loader *loader)
{
        settings_camera_defaults(&loader->spare_camera);
        memset(loader->spare_given, 0, sizeof(loader->spare_given));
        loader->object = &loader->spare_camera;
        loader->given = loader->spare_given;
}

static void enter_new_camera(struct loader *loader, const char *name)
{
        unsigned index = loader->config.camera_count++;
        struct config_camera *camera = &loader->config.cameras[index];

        settings_camera_defaults(camera);
        memcpy(camera->name, name, strlen(name));
        loader->camera_lines[index] = loader->line;
        loader->object = camera;
        loader->given = loader->camera_given[index];
}

static void enter_camera(struct loader *loader, const char *name)
{
        int index;

        loader->place = PLACE_IN_SECTION;
        loader->section = SETTING_CAMERA_SECTION;
        text_addf(&loader->label, "camera %s", name);
        if (!loader->has_cameras) {
                /* The first camera of the file takes the place of the default one. */
                memset(loader->config.cameras, 0, sizeof(loader->config.cameras));
                loader->config.camera_count = 0;
                loader->has_cameras = true;
        }

        if (!settings_camera_name_valid(name)) {
                loader_report(loader, loader->line, NULL,
                              "[camera %s]: bad name of a camera, allowed: [camera NAME] with 1 to %zu of a-z 0-9 - _",
                              name, sizeof(loader->spare_camera.name) - 1);
                enter_spare_camera(loader);
                return;
        }
        index = settings_camera_index(&loader->config, name);
        if (index >= 0) {
                loader_report(loader, loader->line, NULL,
                              "[camera %s]: duplicate section, first in line %u, allowed: once", name,
                              loader->camera_lines[index]);
                loader->object = &loader->config.cameras[index];
                loader->given = loader->camera_given[index];
        } else if (loader->config.camera_count == CONFIG_MAX_CAMERAS) {
                loader_report(loader, loader->line, NULL, "[camera %s]: too many cameras, allowed: %d", name,
                              CONFIG_MAX_CAMERAS);
                enter_spare_camera(loader);
        } else {
                enter_new_camera(loader, name);
        }
}

void loader_enter_section(struct loader *loader, const char *head)
{
        const char *camera_name = loader_camera_name(head);
        unsigned *first_line = loader->section_lines;

        text_clear(&loader->label);
        if (camera_name) {
                enter_camera(loader, camera_name);
                return;
        }
        loader->section = settings_section(head);
        if (!loader->section) {
                loader->place = PLACE_IN_UNKNOWN_SECTION;
                loader_report_unknown_section(loader, head);
                return;
        }

        while (settings[first_line - loader->section_lines].section != loader->section)
                first_line++;
        if (*first_line > 0)
                loader_report(loader, loader->line, NULL, "[%s]: duplicate section, first in line %u, allowed: once",
                              head, *first_line);
        else
                *first_line = loader->line;
        loader->place = PLACE_IN_SECTION;
        text_add(&loader->label, head);
        loader->object = &loader->config;
        loader->given = loader->config_given;
}
