/* SPDX-License-Identifier: MIT */
#include "cli/options.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "config/edit_distance.h"

static const struct cli_option global_options[] = {
        {"config", 'c', "FILE", "the config; default " CONFIG_DEFAULT_PATH, cli_take_text,
         offsetof(struct cli, config_path)},
        {"root", 0, "DIR", "the storage root; default: storage.root of the config", cli_take_text,
         offsetof(struct cli, root)},
        {"json", 0, NULL, "the answer as JSON, one object a line", cli_take_flag, offsetof(struct cli, json)},
        {"help", 'h', NULL, "this text", NULL, 0},
        {"version", 'V', NULL, "the version", NULL, 0},
        CLI_OPTIONS_END,
};

const struct cli_option *options_global(void)
{
        return global_options;
}

int cli_take_flag(struct cli *cli, const struct cli_option *option, const char *value, void *target)
{
        *(bool *)target = true;
        return 0;
}

int cli_take_text(struct cli *cli, const struct cli_option *option, const char *value, void *target)
{
        if (value[0] == '\0')
                return cli_bad_value(cli, option, value, "text that is not empty");
        *(const char **)target = value;
        return 0;
}

int cli_bad_value(struct cli *cli, const struct cli_option *option, const char *value, const char *allowed)
{
        cli_wrong_use(cli, "--%s: \"%s\" is not allowed here, allowed: %s", option->name, value, allowed);
        return -EINVAL;
}

/* ---- the nearest name ---- */

void options_consider(struct nearest *nearest, const char *name)
{
        unsigned distance = edit_distance(nearest->word, name);

        if (nearest->name && distance >= nearest->distance)
                return;
        nearest->name = name;
        nearest->distance = distance;
}

bool options_is_near(const struct nearest *nearest)
{
        return nearest->name && nearest->distance <= 1 + strlen(nearest->name) / 4;
}

static void consider_options(struct nearest *nearest, const struct cli_option *options)
{
        for (; options && options->name; options++)
                options_consider(nearest, options->name);
}

/* ---- finding ---- */

static bool is_named(const struct cli_option *option, const char *name, size_t length)
{
        return strlen(option->name) == length && memcmp(option->name, name, length) == 0;
}

static const struct cli_option *find_long(const struct cli_option *options, const char *name, size_t length)
{
        for (; options && options->name; options++) {
                if (is_named(options, name, length))
                        return options;
        }
        return NULL;
}

static const struct cli_option *find_letter(const struct cli_option *options, char letter)
{
        for (; options && options->name; options++) {
                if (options->letter == letter)
                        return options;
        }
        return NULL;
}

static int unknown_option(struct options_reader *reader, const char *name, size_t length)
{
        char word[64];
        struct nearest nearest = {.word = word};

        if (length >= sizeof(word))
                return cli_wrong_use(reader->cli, "unknown option --%.*s", (int)length, name);
        memcpy(word, name, length);
        word[length] = '\0';
        consider_options(&nearest, reader->options);
        consider_options(&nearest, global_options);
        if (!options_is_near(&nearest))
                return cli_wrong_use(reader->cli, "unknown option --%s", word);
        return cli_wrong_use(reader->cli, "unknown option --%s; the nearest is --%s", word, nearest.name);
}

/* ---- taking ---- */

static int apply(struct options_reader *reader, const struct cli_option *option, bool is_global, const char *value)
{
        void *values = is_global ? (void *)reader->cli : reader->values;

        if (!option->take) {
                reader->asked = option->letter;
                return 0;
        }
        if (option->take(reader->cli, option, value, (char *)values + option->offset) < 0)
                return CLI_WRONG_USE;
        return 0;
}

/* The value that the option needs: behind = or its letter, else the next argument. */
static int apply_with_value(struct options_reader *reader, const struct cli_option *option, bool is_global,
                            const char *attached)
{
        if (!option->value && attached)
                return cli_wrong_use(reader->cli, "--%s takes no value", option->name);
        if (option->value && !attached) {
                attached = reader->argv[reader->next];
                if (!attached)
                        return cli_wrong_use(reader->cli, "--%s needs a value: %s", option->name, option->value);
                reader->next++;
        }
        return apply(reader, option, is_global, attached);
}

static int take_long(struct options_reader *reader, const char *text)
{
        const char *equals = strchr(text, '=');
        size_t length = equals ? (size_t)(equals - text) : strlen(text);
        const struct cli_option *own = find_long(reader->options, text, length);
        const struct cli_option *option = own ? own : find_long(global_options, text, length);

        if (!option)
                return unknown_option(reader, text, length);
        return apply_with_value(reader, option, !own, equals ? equals + 1 : NULL);
}

static int take_letters(struct options_reader *reader, const char *letters)
{
        for (; *letters; letters++) {
                const struct cli_option *own = find_letter(reader->options, *letters);
                const struct cli_option *option = own ? own : find_letter(global_options, *letters);
                int status;

                if (!option)
                        return cli_wrong_use(reader->cli, "unknown option -%c", *letters);
                if (option->value)
                        return apply_with_value(reader, option, !own, letters[1] ? letters + 1 : NULL);
                status = apply_with_value(reader, option, !own, NULL);
                if (status != 0)
                        return status;
        }
        return 0;
}

int options_take(struct options_reader *reader)
{
        const char *argument = reader->argv[reader->next];

        if (!argument || reader->only_arguments || argument[0] != '-' || argument[1] == '\0')
                return -ENOENT;
        reader->next++;
        if (strcmp(argument, "--") == 0) {
                reader->only_arguments = true;
                return 0;
        }
        return argument[1] == '-' ? take_long(reader, argument + 2) : take_letters(reader, argument + 1);
}
