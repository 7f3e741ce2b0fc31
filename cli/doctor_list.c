/* SPDX-License-Identifier: MIT */
#include "cli/doctor_list.h"

#include <string.h>

#include "base/text.h"
#include "capture/camera.h"

#define LINE_WIDTH 80
#define LABEL "    %-10s"
#define NAME_WIDTH 26 /* of a control */

/* --- lists of a listing --- */

/* The next of "a x; b y": its name, and what follows it. False: there is none. */
static bool next_item(const char **list, struct text *name, struct text *rest)
{
        size_t length = strcspn(*list, ";"), name_length = strcspn(*list, " ;");

        text_clear(name);
        text_clear(rest);
        if (length == 0)
                return false;
        text_add_bytes(name, *list, name_length);
        text_add_bytes(rest, *list + name_length, length - name_length);
        *list += length;
        *list += strspn(*list, "; ");
        return true;
}

/* The next word of "a b c"; 0: there is none. */
static size_t next_word(const char **words)
{
        *words += strspn(*words, " ");
        return strcspn(*words, " ");
}

/* --- for people --- */

/* After what stands in line already, words as far as they fit; the further lines begin below the first word. */
static void print_words(struct cli *cli, struct text *line, const char *words)
{
        size_t indent = line->length, length;

        while ((length = next_word(&words)) > 0) {
                if (line->length > indent && line->length + 1 + length > LINE_WIDTH) {
                        cli_print(cli->out, "%s", line->data);
                        text_clear(line);
                        text_addf(line, "%*s", (int)indent, "");
                }
                text_add(line, " ");
                text_add_bytes(line, words, length);
                words += length;
        }
        cli_print(cli->out, "%s", line->data);
        text_clear(line);
}

/* An item a line, the label before the first. */
static void print_list(struct cli *cli, const char *label, int name_width, const char *list)
{
        struct text line = {0}, name = {0}, rest = {0};

        while (next_item(&list, &name, &rest)) {
                text_addf(&line, LABEL "%-*s", label, name_width, name.data);
                print_words(cli, &line, rest.data);
                label = "";
        }
        text_finish(&line);
        text_finish(&name);
        text_finish(&rest);
}

static void print_text(struct cli *cli, const char *label, const char *text)
{
        if (text[0])
                cli_print(cli->out, LABEL "%s", label, text);
}

static void print_camera(struct cli *cli, const struct camera_listing *listing)
{
        cli_print(cli->out, "there is: %s", listing->id);
        print_text(cli, "model", listing->model);
        print_text(cli, "position", listing->position);
        print_list(cli, "formats", 6, listing->formats);
        print_list(cli, "controls", NAME_WIDTH, listing->controls);
}

/* --- for programs --- */

static void json_formats(struct json_out *json, const char *list)
{
        struct text name = {0}, rest = {0};

        json_out_array_begin(json, "formats");
        while (next_item(&list, &name, &rest)) {
                const char *words = rest.data;
                struct text size = {0};
                size_t length;

                json_out_object_begin(json, NULL);
                json_out_string(json, "format", name.data);
                json_out_array_begin(json, "sizes");
                while ((length = next_word(&words)) > 0) {
                        text_clear(&size);
                        text_add_bytes(&size, words, length);
                        json_out_string(json, NULL, size.data);
                        words += length;
                }
                json_out_array_end(json);
                json_out_object_end(json);
                text_finish(&size);
        }
        json_out_array_end(json);
        text_finish(&name);
        text_finish(&rest);
}

static void json_controls(struct json_out *json, const char *list)
{
        struct text name = {0}, rest = {0};

        json_out_array_begin(json, "controls");
        while (next_item(&list, &name, &rest)) {
                json_out_object_begin(json, NULL);
                json_out_string(json, "control", name.data);
                json_out_string(json, "range", rest.data + strspn(rest.data, " "));
                json_out_object_end(json);
        }
        json_out_array_end(json);
        text_finish(&name);
        text_finish(&rest);
}

static void print_camera_json(struct cli *cli, const struct camera_listing *listing)
{
        struct text line = {0};
        struct json_out json;

        json_out_begin(&json, &line);
        json_out_object_begin(&json, NULL);
        json_out_string(&json, "there_is", listing->id);
        json_out_string(&json, "model", listing->model[0] ? listing->model : NULL);
        json_out_string(&json, "position", listing->position[0] ? listing->position : NULL);
        json_formats(&json, listing->formats);
        json_controls(&json, listing->controls);
        json_out_object_end(&json);
        fprintf(cli->out, "%s\n", line.data);
        text_finish(&line);
}

/* --- all --- */

struct listing_state {
        struct cli *cli;
        unsigned found;
};

static void on_found(void *userdata, const struct camera_listing *listing)
{
        struct listing_state *state = userdata;

        state->found++;
        if (state->cli->json)
                print_camera_json(state->cli, listing);
        else
                print_camera(state->cli, listing);
}

void doctor_list_cameras(struct cli *cli)
{
        struct listing_state state = {.cli = cli};
        bool can_list = false;

        for (const struct camera_backend *const *backend = camera_backends; *backend; backend++) {
                int r;

                if (!(*backend)->list)
                        continue;
                can_list = true;
                r = (*backend)->list(on_found, &state);
                if (r < 0)
                        cli_error(cli, "%s does not list its cameras: %s", (*backend)->name, strerror(-r));
        }
        if (state.found == 0 && !cli->json)
                cli_print(cli->out, "there is: %s",
                          can_list ? "no camera that libcamera knows" : "nothing to list: built without libcamera");
}
