/* SPDX-License-Identifier: MIT */
/* streetcap status: what the daemon is doing, from the file that it keeps (capture/status.h). */
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/utc.h"
#include "cli/commands.h"
#include "cli/daemon_status.h"
#include "cli/disk_left.h"

#define LABEL_WIDTH 20

static const struct cli_syntax syntax = {
        .without = "root",
        .description =
                "Exit status 1 when the daemon is not running. What is left of the disk is reckoned from the bytes a metre of this run, in days from\n"
                "the pictures a day of all runs in the index.\n",
};

/* ---- in the units of people ---- */

/* Members of the file that are shown in another unit, under a name that says so. */
struct conversion {
        const char *path, *shown;
        double unit;
};

static const struct conversion conversions[] = {
        {"uptime_s", "uptime_min", 60},
        {"fix.speed_mps", "speed_kmh", 1 / 3.6},
        {"disk_free_bytes", "disk_free_gb", 1e9},
};

static const struct conversion *find_conversion(const char *path)
{
        for (size_t i = 0; i < sizeof(conversions) / sizeof(conversions[0]); i++) {
                if (strcmp(conversions[i].path, path) == 0)
                        return &conversions[i];
        }
        return NULL;
}

/* To one decimal. JSON has no number for what is not known. */
static json_t *rounded(double value)
{
        return isfinite(value) ? json_real(round(value * 10) / 10) : json_null();
}

/* A copy with conversions; the caller owns it. Members of objects in objects are found by "outer.inner". */
static json_t *converted(json_t *object, const char *outer)
{
        json_t *copy = json_object(), *item;
        const char *key;

        json_object_foreach(object, key, item)
        {
                const struct conversion *conversion;
                struct text path = {0};

                text_addf(&path, "%s%s%s", outer, outer[0] ? "." : "", key);
                conversion = find_conversion(path.data);
                if (json_is_object(item) && !outer[0])
                        json_object_set_new(copy, key, converted(item, key));
                else if (!conversion)
                        json_object_set(copy, key, item);
                else if (json_is_number(item))
                        json_object_set_new(copy, conversion->shown,
                                            rounded(json_number_value(item) / conversion->unit));
                else
                        json_object_set(copy, conversion->shown, item);
                text_finish(&path);
        }
        return copy;
}

static void add_disk_left(const json_t *status, json_t *shown)
{
        const char *at = json_string_value(json_object_get(status, "at"));
        const json_t *free_bytes = json_object_get(status, "disk_free_bytes");
        int64_t now_utc_ns = 0;
        struct disk_left left;

        if (at)
                (void)utc_parse(at, &now_utc_ns);
        left = disk_left_estimate(json_string_value(json_object_get(status, "root")),
                                  json_string_value(json_object_get(status, "run")),
                                  json_number_value(json_object_get(status, "run_metres")),
                                  json_is_number(free_bytes) ? json_number_value(free_bytes) : NAN, now_utc_ns);
        json_object_set_new(shown, "disk_left_km", rounded(left.km));
        json_object_set_new(shown, "days_left", rounded(left.days));
}

/* ---- as a table ---- */

/* How a member is shown to people: its name, and its unit. Others are shown as they are. */
struct label {
        const char *member, *name, *unit;
        int decimals; /* -1: as many as there are */
};

static const struct label labels[] = {
        {"state", "state", "", -1},
        {"at", "at", "", -1},
        {"uptime_min", "running for", " min", 1},
        {"fix.mode", "fix mode", "", -1},
        {"fix.age_s", "fix age", " s", 1},
        {"fix.time", "fix time", "", -1},
        {"fix.speed_kmh", "speed", " km/h", 1},
        {"fix.course_deg", "course", " deg", -1},
        {"fix.accuracy_m", "accuracy", " m", -1},
        {"clock_error_ms", "clock error", " ms", -1},
        {"run_frames", "frames this run", "", -1},
        {"run_metres", "metres this run", " m", -1},
        {"run_gaps", "gaps this run", "", -1},
        {"spacing_m", "spacing", " m", -1},
        {"last_frame", "last frame", "", -1},
        {"last_frame_at", "last frame at", "", -1},
        {"store_queue", "queue", "", -1},
        {"disk_free_gb", "disk free", " GB", 1},
        {"disk_left_km", "disk left", " km", 1},
        {"days_left", "days left", "", 1},
        {"last_fault", "last fault", "", -1},
};

static const struct label *find_label(const char *member)
{
        for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
                if (strcmp(labels[i].member, member) == 0)
                        return &labels[i];
        }
        return NULL;
}

/* The value alone, as text. */
static void value_text(const json_t *value, int decimals, struct text *text)
{
        if (json_is_string(value))
                text_add(text, json_string_value(value));
        else if (json_is_real(value) && decimals >= 0)
                text_addf(text, "%.*f", decimals, json_real_value(value));
        else if (json_is_integer(value))
                text_addf(text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        else if (json_is_real(value))
                text_addf(text, "%.10g", json_real_value(value));
        else if (json_is_boolean(value))
                text_add(text, json_is_true(value) ? "yes" : "no");
        else
                text_add(text, "-");
}

static void print_value(struct cli *cli, const char *name, const struct label *label, const json_t *value)
{
        struct text text = {0};

        value_text(value, label ? label->decimals : -1, &text);
        cli_print(cli->out, "%-*s  %s%s", LABEL_WIDTH, label ? label->name : name, text.data ? text.data : "",
                  label && !json_is_null(value) ? label->unit : "");
        text_finish(&text);
}

#define MAX_DEPTH 8

/* Members of objects by their path, items of arrays by their name or number. */
static void print_member(struct cli *cli, const char *path, json_t *value, unsigned depth)
{
        struct text inner = {0};
        const char *key;
        json_t *item;
        size_t i;

        if (depth >= MAX_DEPTH)
                return;
        if (json_is_object(value)) {
                json_object_foreach(value, key, item)
                {
                        text_clear(&inner);
                        text_addf(&inner, "%s%s%s", path, path[0] ? "." : "", key);
                        print_member(cli, inner.data, item, depth + 1);
                }
        } else if (json_is_array(value)) {
                json_array_foreach(value, i, item)
                {
                        const char *name = json_string_value(json_object_get(item, "name"));

                        text_clear(&inner);
                        if (name)
                                text_addf(&inner, "%s.%s", path, name);
                        else
                                text_addf(&inner, "%s.%zu", path, i + 1);
                        print_member(cli, inner.data, item, depth + 1);
                }
        } else {
                print_value(cli, path, find_label(path), value);
        }
        text_finish(&inner);
}

/* ---- the command ---- */

static void print_json(struct cli *cli, const json_t *shown)
{
        char *text = json_dumps(shown, JSON_COMPACT | JSON_REAL_PRECISION(12));

        if (!text)
                abort();
        fprintf(cli->out, "%s\n", text);
        free(text);
}

int cmd_status(struct cli *cli, int argc, char **argv)
{
        char why[DAEMON_STATUS_WHY_SIZE];
        const struct config *config;
        json_t *status, *shown;

        if (cli_parse(cli, argc, argv, &syntax, NULL) < 0)
                return cli->exit_status;
        if (cli->root)
                return cli_wrong_use(
                        cli,
                        "status: --root has no effect: the daemon that runs here is asked; -c FILE names its config");
        config = cli_config_as_it_is(cli);
        if (!config)
                return CLI_WRONG_USE;
        if (daemon_status_read(config, &status, why) < 0) {
                cli_error(cli, "%s", why);
                return CLI_FAILED;
        }
        shown = converted(status, "");
        add_disk_left(status, shown);
        if (cli->json)
                print_json(cli, shown);
        else
                print_member(cli, "", shown, 0);
        json_decref(shown);
        json_decref(status);
        return CLI_DONE;
}
