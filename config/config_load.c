/* SPDX-License-Identifier: MIT */
/* inih takes the lines apart; what it is silent about is done by the reader that feeds it: it counts the lines (the handler is not
 * told them), reads the section heads (inih cuts them at 50 bytes and does not say when one begins), and refuses what inih would take
 * for something else (NUL bytes, lines longer than its buffer, indented lines). */
#include "config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include <ini.h>

#include "base/fd.h"
#include "config/loader.h"

#define MAX_FILE_SIZE (256 * 1024)
#define MAX_LINE 198 /* what fits with its end into the 200 bytes that inih is built with in Debian */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* Is it one that keys can be checked by? */
static bool is_known_head(const char *head)
{
        const char *camera_name = loader_camera_name(head);

        return camera_name ? settings_camera_name_valid(camera_name) : settings_section(head) != NULL;
}

/* A head that is not as it should be; where it is plain what was meant, what stands below is read as that. */
static void take_bad_head(struct loader *loader, const char *line, const char *head)
{
        bool known = is_known_head(head);

        loader_report(loader, loader->line, NULL, "\"%s\" is no section, allowed: [NAME] alone in its line%s", line,
                      known ? "" : LOADER_NOT_CHECKED);
        if (known)
                loader_enter_section(loader, head);
        else
                loader->place = PLACE_IN_UNKNOWN_SECTION;
}

/* line starts with "[" and has no blanks at its ends. */
static void take_head(struct loader *loader, const char *line)
{
        const char *close = strchrnul(line, ']'), *tail = *close ? close + 1 : "", *begin;
        struct text head = {0};
        size_t length;

        begin = line + 1 + strspn(line + 1, LOADER_BLANKS);
        length = begin < close ? (size_t)(close - begin) : 0;
        while (length > 0 && strchr(LOADER_BLANKS, begin[length - 1]))
                length--;
        text_add_bytes(&head, begin, length);
        tail += strspn(tail, LOADER_BLANKS);
        if (*close == '\0' || (*tail != '\0' && *tail != ';' && *tail != '#'))
                take_bad_head(loader, line, head.data);
        else
                loader_enter_section(loader, head.data);
        text_finish(&head);
}

/* inih was given key = value and saw none in it. */
static void settle_line(struct loader *loader)
{
        if (loader->value_expected)
                loader_report(loader, loader->line, NULL,
                              "neither a key with a value nor a section, allowed: key = value");
        loader->value_expected = false;
}

/* Bytes of a line that no text of ours has: NUL and its like would hide what follows. */
static bool check_bytes(struct loader *loader, const char *line, size_t length)
{
        struct text copy = {0};
        bool is_utf8;

        for (size_t i = 0; i < length; i++) {
                unsigned char c = (unsigned char)line[i];

                if ((c < 0x20 && c != '\t') || c == 0x7f) {
                        loader_report(loader, loader->line, NULL,
                                      "control character 0x%02x in column %zu, allowed: text", c, i + 1);
                        return false;
                }
        }
        text_add_bytes(&copy, line, length);
        is_utf8 = text_is_utf8(copy.data);
        text_finish(&copy);
        if (!is_utf8)
                loader_report(loader, loader->line, NULL, "not UTF-8, allowed: text in UTF-8");
        return is_utf8;
}

/* Takes one line off the rest, without its end and the blanks around it. */
static const char *take_line(struct loader *loader, size_t *ret_length)
{
        const char *line = loader->rest, *newline = memchr(line, '\n', (size_t)(loader->end - line));
        const char *line_end = newline ? newline : loader->end;
        size_t mark = strlen(BYTE_ORDER_MARK);

        loader->rest = newline ? newline + 1 : loader->end;
        loader->line++;
        if (loader->line == 1 && (size_t)(line_end - line) >= mark && memcmp(line, BYTE_ORDER_MARK, mark) == 0)
                line += mark;
        if (line < line_end && line_end[-1] == '\r')
                line_end--;
        while (line < line_end && (*line == ' ' || *line == '\t'))
                line++;
        while (line < line_end && (line_end[-1] == ' ' || line_end[-1] == '\t'))
                line_end--;
        *ret_length = (size_t)(line_end - line);
        return line;
}

/* inih's reader, as fgets. Each call gives one whole line; a comment, or a line with a problem, is given as an empty one. */
static char *feed_line(char *buffer, int size, void *userdata)
{
        size_t max_length = size - 2 < MAX_LINE ? (size_t)size - 2 : MAX_LINE, length;
        struct loader *loader = userdata;
        const char *line;

        settle_line(loader);
        if (loader->rest == loader->end)
                return NULL;
        line = take_line(loader, &length);

        if (!check_bytes(loader, line, length) || length == 0 || line[0] == '#' || line[0] == ';') {
                length = 0;
        } else if (length > max_length) {
                loader_report(loader, loader->line, NULL, "line too long (%zu bytes), allowed: %zu bytes", length,
                              max_length);
                length = 0;
        }
        memcpy(buffer, line, length);
        buffer[length] = '\0';
        if (buffer[0] == '[')
                take_head(loader, buffer);
        else
                loader->value_expected = length > 0;
        memcpy(buffer + length, "\n", 2);
        return buffer;
}

/* inih's handler. Returns 1: go on. */
static int take_value(void *userdata, const char *section, const char *key, const char *value)
{
        struct loader *loader = userdata;
        const struct setting *setting;
        struct text what = {0};
        struct given *given;

        if (!value) /* a build of inih that takes a key alone; settle_line reports it */
                return 1;
        loader->value_expected = false;
        if (loader->place == PLACE_BEFORE_SECTIONS)
                loader_report(loader, loader->line, key, "stands before any section, allowed: below its [section]");
        if (loader->place != PLACE_IN_SECTION)
                return 1;

        setting = settings_find(loader->section, key);
        if (!setting) {
                loader_report_unknown_key(loader, key);
                return 1;
        }
        given = &loader->given[setting - settings];
        if (given->line > 0) {
                text_addf(&what, "duplicate key, first in line %u, allowed: once", given->line);
        } else {
                given->line = loader->line;
                given->bad = setting_parse(setting, value, loader->object, &what) < 0;
        }
        if (what.length > 0)
                loader_report_key(loader, loader->line, key, what.data);
        text_finish(&what);
        return 1;
}

/* Reads all of it into loader->config: what is wrong stays at its default. */
static void load_all(struct loader *loader)
{
        loader->hold_problems = true;
        config_defaults(&loader->config);
        if (ini_parse_stream(feed_line, loader, take_value, loader) == -2)
                loader_report(loader, 0, NULL, "out of memory");
        loader_check_together(loader);
        text_finish(&loader->label);
        loader_tell_held(loader);
}

int config_load_memory(const char *name, const char *data, size_t size, struct config *ret_config,
                       config_problem_fn problem, void *userdata)
{
        struct loader loader = {
                .name = name, .problem = problem, .userdata = userdata, .rest = data, .end = data + size};

        if (size > MAX_FILE_SIZE) {
                loader_report(&loader, 0, NULL, "file too large, allowed: %d bytes", MAX_FILE_SIZE);
                return -EINVAL;
        }
        load_all(&loader);
        if (loader.problem_count > 0)
                return -EINVAL;
        *ret_config = loader.config;
        return 0;
}

/* Reads the file, or reports why not. */
static int read_file(const char *path, config_problem_fn problem, void *userdata, char **ret_data, size_t *ret_size)
{
        struct loader loader = {.name = path, .problem = problem, .userdata = userdata};
        int r = fd_read_file(AT_FDCWD, path, MAX_FILE_SIZE, ret_data, ret_size);

        if (r == -EFBIG)
                loader_report(&loader, 0, NULL, "file too large, allowed: %d bytes", MAX_FILE_SIZE);
        else if (r < 0)
                loader_report(&loader, 0, NULL, "cannot be read: %s", strerror(-r));
        return r;
}

int config_load(const char *path, struct config *ret_config, config_problem_fn problem, void *userdata)
{
        char *data;
        size_t size;
        int r = read_file(path, problem, userdata, &data, &size);

        if (r < 0)
                return r;
        r = config_load_memory(path, data, size, ret_config, problem, userdata);
        free(data);
        return r;
}

int config_load_what_is_right(const char *path, struct config *ret_config, unsigned *ret_problems,
                              config_problem_fn problem, void *userdata)
{
        struct loader loader = {.name = path};
        char *data;
        size_t size;
        int r = read_file(path, problem, userdata, &data, &size);

        if (r < 0)
                return r;
        loader.rest = data;
        loader.end = data + size;
        load_all(&loader);
        free(data);
        *ret_config = loader.config;
        *ret_problems = loader.problem_count;
        return 0;
}

/* The object that section names, in loader; reports when there is none. */
static bool find_object(struct loader *loader, struct config *config, const char *section)
{
        const char *camera_name = loader_camera_name(section);
        int index;

        loader->object = config;
        loader->section = camera_name ? SETTING_CAMERA_SECTION : settings_section(section);
        if (!loader->section) {
                loader_report_unknown_section(loader, section);
                return false;
        }
        if (camera_name) {
                index = settings_camera_index(config, camera_name);
                if (index < 0) {
                        loader_report(loader, 0, NULL, "[%s]: there is no camera of that name", section);
                        return false;
                }
                loader->object = &config->cameras[index];
        }
        return true;
}

int config_set(struct config *config, const char *name, const char *section, const char *key, const char *value,
               config_problem_fn problem, void *userdata)
{
        struct loader loader = {.name = name, .problem = problem, .userdata = userdata};
        const struct setting *setting;
        struct text what = {0};

        if (!find_object(&loader, config, section))
                return -EINVAL;
        text_add(&loader.label, section);
        setting = settings_find(loader.section, key);
        if (!setting)
                loader_report_unknown_key(&loader, key);
        else if (setting_parse(setting, value, loader.object, &what) < 0)
                loader_report_key(&loader, 0, key, what.data);
        text_finish(&what);
        text_finish(&loader.label);
        return loader.problem_count > 0 ? -EINVAL : 0;
}
