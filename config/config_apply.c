/* SPDX-License-Identifier: MIT */
#include "config/config.h"

#include <string.h>

#include "base/text.h"
#include "config/settings.h"

typedef void (*restart_only_fn)(void *userdata, const char *key);

/* Compares one object of a section and copies what is live. Returns how many keys were copied. */
static unsigned apply_section(const char *section, const char *label, void *running, const void *wanted,
                              restart_only_fn restart_only, void *userdata)
{
        unsigned changed = 0;

        for (size_t i = 0; i < settings_count; i++) {
                const struct setting *setting = &settings[i];
                struct text key = {0};

                if (strcmp(setting->section, section) != 0 || setting_equal(setting, running, wanted))
                        continue;
                if (setting->live) {
                        setting_copy(setting, running, wanted);
                        changed++;
                        continue;
                }
                text_addf(&key, "%s.%s", label, setting->key);
                if (restart_only)
                        restart_only(userdata, key.data);
                text_finish(&key);
        }
        return changed;
}

/* A camera that only one of the two has. */
static void report_missing_cameras(const struct config *of, const struct config *in, restart_only_fn restart_only,
                                   void *userdata)
{
        for (unsigned i = 0; i < of->camera_count && restart_only; i++) {
                struct text key = {0};

                text_addf(&key, "camera %s", of->cameras[i].name);
                if (settings_camera_index(in, of->cameras[i].name) < 0)
                        restart_only(userdata, key.data);
                text_finish(&key);
        }
}

static unsigned apply_camera(struct config_camera *running, const struct config *wanted, restart_only_fn restart_only,
                             void *userdata)
{
        int index = settings_camera_index(wanted, running->name);
        struct text label = {0};
        unsigned changed;

        if (index < 0)
                return 0;
        text_addf(&label, "camera %s", running->name);
        changed = apply_section(SETTING_CAMERA_SECTION, label.data, running, &wanted->cameras[index], restart_only,
                                userdata);
        text_finish(&label);
        return changed;
}

unsigned config_apply_live(struct config *running, const struct config *wanted,
                           void (*restart_only)(void *userdata, const char *key), void *userdata)
{
        const char *section = "";
        unsigned changed = 0;

        for (size_t i = 0; i < settings_count; i++) {
                if (strcmp(settings[i].section, section) == 0 || setting_is_of_camera(&settings[i]))
                        continue;
                section = settings[i].section;
                changed += apply_section(section, section, running, wanted, restart_only, userdata);
        }
        for (unsigned i = 0; i < running->camera_count; i++)
                changed += apply_camera(&running->cameras[i], wanted, restart_only, userdata);
        report_missing_cameras(running, wanted, restart_only, userdata);
        report_missing_cameras(wanted, running, restart_only, userdata);
        return changed;
}
