/* SPDX-License-Identifier: MIT */
#include "config/loader.h"

#include <stdio.h>
#include <string.h>

#include "base/parse.h"

static const struct given *given_of(const struct given *given, const char *section, const char *key)
{
        return &given[settings_find(section, key) - settings];
}

static void check_absolute(struct loader *loader, const char *section, const char *key, const char *path)
{
        const struct given *given = given_of(loader->config_given, section, key);
        struct text name = {0};

        if (path[0] == '/')
                return;
        text_addf(&name, "%s.%s", section, key);
        loader_report(loader, given->line, name.data,
                      "\"%s\" depends on where the daemon is started, allowed: a path that starts with /", path);
        text_finish(&name);
}

/* The zone that stands when the file names none. */
static void check_default_time_zone(struct loader *loader)
{
        const struct given *given = given_of(loader->config_given, "vehicle", "time_zone");
        const struct setting *setting = settings_find("vehicle", "time_zone");
        struct config ignored;
        struct text what = {0};

        if (given->line == 0 && setting_parse(setting, loader->config.time_zone, &ignored, &what) < 0)
                loader_report(loader, 0, "vehicle.time_zone", "%s", what.data);
        text_finish(&what);
}

static bool is_of_backend(const struct config_camera *camera, const char *backend)
{
        return strcmp(camera->backend, backend) == 0;
}

/* The other camera that a libcamera camera's device also stands for, or NULL. */
static const struct config_camera *same_device(const struct config *config, unsigned index)
{
        const struct config_camera *camera = &config->cameras[index];

        for (unsigned i = 0; i < index; i++) {
                if (is_of_backend(&config->cameras[i], "libcamera") &&
                    strcmp(config->cameras[i].device, camera->device) == 0)
                        return &config->cameras[i];
        }
        return NULL;
}

/* As camera_pattern.c takes it: "stall-after:FRAMES" or "stall-after:FRAMES,SECONDS". */
static bool is_stall(const char *device)
{
        static const char prefix[] = "stall-after:";
        char frames[CONFIG_TEXT_SIZE];
        const char *number, *comma;
        double seconds;
        uint64_t after;

        if (strncmp(device, prefix, strlen(prefix)) != 0)
                return false;
        number = device + strlen(prefix);
        comma = strchrnul(number, ',');
        snprintf(frames, sizeof(frames), "%.*s", (int)(comma - number), number);
        if (parse_uint64(frames, &after) < 0 || after == 0)
                return false;
        return *comma == '\0' || (parse_double(comma + 1, &seconds) == 0 && seconds > 0 && seconds < 1e6);
}

static void report_device(struct loader *loader, unsigned line, const char *device, const char *what)
{
        struct text text = {0};

        text_addf(&text, "\"%s\" %s", device, what);
        loader_report_key(loader, line, "device", text.data);
        text_finish(&text);
}

static void check_camera_device(struct loader *loader, unsigned index)
{
        const struct config_camera *camera = &loader->config.cameras[index], *other;
        const struct given *device = given_of(loader->camera_given[index], SETTING_CAMERA_SECTION, "device");
        const struct given *backend = given_of(loader->camera_given[index], SETTING_CAMERA_SECTION, "backend");
        unsigned line = device->line ? device->line : backend->line;

        if (device->bad || backend->bad)
                return;
        text_clear(&loader->label);
        text_addf(&loader->label, "camera %s", camera->name);
        if (is_of_backend(camera, "files") && camera->device[0] == '\0')
                loader_report_key(loader, line, "device",
                                  "missing, allowed: with the backend files, the folder of the pictures");
        if (is_of_backend(camera, "pattern") && camera->device[0] != '\0' && !is_stall(camera->device))
                report_device(loader, line, camera->device,
                              "is no device of the backend pattern, allowed: none, or for tests "
                              "stall-after:FRAMES[,SECONDS]; is another backend meant?");
        other = is_of_backend(camera, "libcamera") ? same_device(&loader->config, index) : NULL;
        if (other) {
                struct text what = {0};

                text_addf(&what, "\"%s\" is what camera %s has, allowed: another id, model or place", camera->device,
                          other->name);
                loader_report_key(loader, line, "device", what.data);
                text_finish(&what);
        }
}

void loader_check_together(struct loader *loader)
{
        check_absolute(loader, "storage", "root", loader->config.storage_root);
        check_absolute(loader, "daemon", "runtime_dir", loader->config.runtime_dir);
        check_default_time_zone(loader);
        for (unsigned i = 0; i < loader->config.camera_count; i++)
                check_camera_device(loader, i);
}
