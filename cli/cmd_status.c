/* SPDX-License-Identifier: MIT */
/* streetcap status: what the daemon is doing, from the file that it keeps (capture/status.h). */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/text.h"
#include "cli/commands.h"

#define MAX_FILE_SIZE (1024 * 1024)
/* It is written each second; a disk that stalls may hold it up. */
#define STALE_NS (10 * NS_PER_S)
#define LABEL_WIDTH 20

static const struct cli_syntax syntax = {NULL, 0, 0, "Exit status 1 when the daemon is not running.\n"};

/* How a member is shown to people: its name, and its value as %s. Others are shown as they are. */
struct label {
        const char *member, *name, *form;
        double scale; /* 0: the value as it is */
};

static const struct label labels[] = {
        {"state", "state", "%s", 0},
        {"at", "at", "%s", 0},
        {"uptime_s", "running for", "%s min", 60},
        {"fix.mode", "fix mode", "%s", 0},
        {"fix.time", "fix time", "%s", 0},
        {"fix.speed_mps", "speed", "%s km/h", 1 / 3.6},
        {"fix.course_deg", "course", "%s deg", 0},
        {"fix.accuracy_m", "accuracy", "%s m", 0},
        {"clock_error_ms", "clock error", "%s ms", 0},
        {"run_frames", "frames this run", "%s", 0},
        {"run_metres", "metres this run", "%s m", 0},
        {"run_gaps", "gaps this run", "%s", 0},
        {"spacing_m", "spacing", "%s m", 0},
        {"last_frame", "last frame", "%s", 0},
        {"last_frame_at", "last frame at", "%s", 0},
        {"store_queue", "queue", "%s", 0},
        {"disk_free_bytes", "disk free", "%s GB", 1e9},
        {"last_fault", "last fault", "%s", 0},
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
static void value_text(const json_t *value, double scale, struct text *text)
{
        if (json_is_string(value))
                text_add(text, json_string_value(value));
        else if (json_is_number(value) && scale > 0)
                text_addf(text, "%.1f", json_number_value(value) / scale);
        else if (json_is_integer(value))
                text_addf(text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        else if (json_is_real(value))
                text_addf(text, "%.10g", json_real_value(value));
        else if (json_is_boolean(value))
                text_add(text, json_is_true(value) ? "yes" : "no");
        else
                text_add(text, "-");
}

/* The parts of a form around its %s. */
static void print_value(struct cli *cli, const char *name, const struct label *label, const json_t *value)
{
        const char *unit = label ? label->form + strlen("%s") : "";
        struct text text = {0};

        value_text(value, label ? label->scale : 0, &text);
        cli_print(cli->out, "%-*s  %s%s", LABEL_WIDTH, label ? label->name : name, text.data ? text.data : "",
                  json_is_null(value) ? "" : unit);
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

/* Is it of a daemon that runs? *ret_why says why not. */
static bool is_live(const json_t *status, char *why, size_t size)
{
        json_t *written = json_object_get(status, "boottime_ns"), *pid = json_object_get(status, "pid");
        int64_t age_ns;

        if (!json_is_integer(written)) {
                snprintf(why, size, "it does not say when it was written");
                return false;
        }
        age_ns = clock_boottime_ns() - json_integer_value(written);
        if (age_ns < 0) {
                snprintf(why, size, "it was written before this machine started");
                return false;
        }
        if (age_ns > STALE_NS) {
                snprintf(why, size, "it was written %" PRId64 " s ago", age_ns / NS_PER_S);
                return false;
        }
        if (json_is_integer(pid) && json_integer_value(pid) > 0 && json_integer_value(pid) <= INT_MAX &&
            kill((pid_t)json_integer_value(pid), 0) < 0 && errno == ESRCH) {
                snprintf(why, size, "its process %" JSON_INTEGER_FORMAT " is gone", json_integer_value(pid));
                return false;
        }
        return true;
}

static int show(struct cli *cli, const char *path, const char *data, size_t size)
{
        json_error_t error;
        json_t *status = json_loadb(data, size, JSON_REJECT_DUPLICATES, &error);
        char why[96];
        int exit_status = CLI_FAILED;

        if (!json_is_object(status)) {
                cli_error(cli, "%s:%d: is no status: %s", path, status ? 1 : error.line,
                          status ? "no JSON object" : error.text);
        } else if (!is_live(status, why, sizeof(why))) {
                cli_error(cli, "streetcapd is not running: %s is old: %s", path, why);
        } else {
                if (cli->json)
                        fwrite(data, 1, size, cli->out);
                else
                        print_member(cli, "", status, 0);
                exit_status = CLI_DONE;
        }
        json_decref(status);
        return exit_status;
}

int cmd_status(struct cli *cli, int argc, char **argv)
{
        const struct config *config;
        char path[PATH_MAX], *data;
        int status, r;
        size_t size;

        if (cli_parse(cli, argc, argv, &syntax, NULL) < 0)
                return cli->exit_status;
        if (cli->root)
                return cli_wrong_use(
                        cli,
                        "status: --root has no effect: the daemon that runs here is asked; -c FILE names its config");
        config = cli_config(cli);
        if (!config)
                return CLI_WRONG_USE;
        snprintf(path, sizeof(path), "%s/status.json", config->runtime_dir);
        r = fd_read_file(AT_FDCWD, path, MAX_FILE_SIZE, &data, &size);
        if (r == -ENOENT) {
                cli_error(cli, "streetcapd is not running: there is no %s", path);
                return CLI_FAILED;
        }
        if (r < 0) {
                cli_error(cli, "%s: %s", path, strerror(-r));
                return CLI_FAILED;
        }
        status = show(cli, path, data, size);
        free(data);
        return status;
}
