/* SPDX-License-Identifier: MIT */
#include "config/config.h"

#include <string.h>

#include "base/text.h"
#include "config/settings.h"

static const char *const preamble =
        "# Settings of Streetcap. A line is: key = value. A number may have a unit: 5 m, 500 cm, 0.005 km; without one "
        "it is in the\n"
        "# first unit named. A line that starts with # is a comment, and so is what follows a blank and a semicolon.\n"
        "# After a change: streetcapd --check-config, then reload the service. A file with an error changes nothing.\n";

/* "# HELP" and "# Allowed: RANGE. Default: 5 m. Applies: at once on reload." */
static void add_help(struct text *text, const struct setting *setting)
{
        text_addf(text, "\n# %s\n# Allowed: ", setting->help);
        setting_describe(setting, text);
        text_addf(text, ". Default: %s. Applies: %s.\n", setting->default_text[0] ? setting->default_text : "empty",
                  setting->live ? "at once on reload" : "after a restart");
}

static void add_value(struct text *text, const struct setting *setting, const void *object)
{
        text_addf(text, "%s =", setting->key);
        text_add(text, " ");
        setting_format(setting, object, text);
        /* An empty value leaves no blank at the end of its line. */
        if (text->data[text->length - 1] == ' ')
                text->data[--text->length] = '\0';
        text_add(text, "\n");
}

static void add_section(struct text *text, const char *section, const struct config *config)
{
        text_addf(text, "\n[%s]\n", section);
        for (size_t i = 0; i < settings_count; i++) {
                if (strcmp(settings[i].section, section) != 0)
                        continue;
                add_help(text, &settings[i]);
                add_value(text, &settings[i], config);
        }
}

static void add_camera(struct text *text, const struct config_camera *camera, bool with_help)
{
        if (with_help)
                text_addf(text,
                          "\n# One such section a camera, at most %d; NAME is of a-z 0-9 - _ and becomes a folder's "
                          "name.",
                          CONFIG_MAX_CAMERAS);
        text_addf(text, "\n[camera %s]\n", camera->name);
        for (size_t i = 0; i < settings_count; i++) {
                if (!setting_is_of_camera(&settings[i]))
                        continue;
                if (with_help)
                        add_help(text, &settings[i]);
                add_value(text, &settings[i], camera);
        }
}

void config_write(const struct config *config, FILE *stream)
{
        struct text text = {0};
        const char *section = "";

        text_add(&text, preamble);
        for (size_t i = 0; i < settings_count; i++) {
                if (strcmp(settings[i].section, section) == 0 || setting_is_of_camera(&settings[i]))
                        continue;
                section = settings[i].section;
                add_section(&text, section, config);
        }
        /* The keys of the cameras after the first are the same: explained once. */
        for (unsigned i = 0; i < config->camera_count; i++)
                add_camera(&text, &config->cameras[i], i == 0);
        fwrite(text.data, 1, text.length, stream);
        text_finish(&text);
}
