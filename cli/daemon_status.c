/* SPDX-License-Identifier: MIT */
#include "cli/daemon_status.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fd.h"

#define MAX_FILE_SIZE (1024 * 1024)
/* It is written each second; a disk that stalls may hold it up. */
#define STALE_NS (10 * NS_PER_S)

/* Did it end as it was told to? Then that is said. */
static bool was_stopped(const json_t *status, char *why, size_t size)
{
        const char *state = json_string_value(json_object_get(status, "state"));
        const char *at = json_string_value(json_object_get(status, "at"));

        if (!state || strcmp(state, "stopped") != 0)
                return false;
        if (at)
                snprintf(why, size, "streetcapd is not running: it was stopped at %.19sZ", at);
        else
                snprintf(why, size, "streetcapd is not running: it was stopped");
        return true;
}

/* Is it of a daemon that runs? why says why not. */
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

static int judge(const json_t *status, const char *path, char *why)
{
        char old[96];

        if (was_stopped(status, why, DAEMON_STATUS_WHY_SIZE))
                return -ESRCH;
        if (is_live(status, old, sizeof(old)))
                return 0;
        snprintf(why, DAEMON_STATUS_WHY_SIZE, "streetcapd is not running: %s is old: %s", path, old);
        return -ESRCH;
}

static int parse(const char *path, const char *data, size_t size, json_t **ret_status, char *why)
{
        json_error_t error;
        json_t *status = json_loadb(data, size, JSON_REJECT_DUPLICATES, &error);
        int r = -EBADMSG;

        if (json_is_object(status))
                r = judge(status, path, why);
        else
                snprintf(why, DAEMON_STATUS_WHY_SIZE, "%s:%d: is no status: %s", path, status ? 1 : error.line,
                         status ? "no JSON object" : error.text);
        if (r < 0)
                json_decref(status);
        else
                *ret_status = status;
        return r;
}

int daemon_status_read(const struct config *config, json_t **ret_status, char why[static DAEMON_STATUS_WHY_SIZE])
{
        char path[CONFIG_TEXT_SIZE + sizeof("/status.json")], *data;
        size_t size;
        int r;

        snprintf(path, sizeof(path), "%s/status.json", config->runtime_dir);
        r = fd_read_file(AT_FDCWD, path, MAX_FILE_SIZE, &data, &size);
        if (r == -ENOENT) {
                snprintf(why, DAEMON_STATUS_WHY_SIZE, "streetcapd is not running: there is no %s", path);
                return -ESRCH;
        }
        if (r < 0) {
                snprintf(why, DAEMON_STATUS_WHY_SIZE, "%s: %s", path, strerror(-r));
                return r;
        }
        r = parse(path, data, size, ret_status, why);
        free(data);
        return r;
}
