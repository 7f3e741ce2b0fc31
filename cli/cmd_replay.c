/* SPDX-License-Identifier: MIT */
/* streetcap replay: a recorded or simulated drive, or a run's events, into a run. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/parse.h"
#include "base/text.h"
#include "capture/replay.h"
#include "cli/commands.h"
#include "storage/index.h"

struct replay_values {
        double spacing_m, rate_hz;
        const char *camera;
        uint64_t seed;
};

static void print_wrong_use(void *userdata, const char *line)
{
        cli_wrong_use(userdata, "%s", line);
}

static int take_spacing(struct cli *cli, const struct cli_option *option, const char *value, void *target)
{
        struct config config;
        int r;

        config_defaults(&config);
        r = config_set(&config, "--spacing", "trigger", "spacing", value, print_wrong_use, cli);
        if (r == 0)
                *(double *)target = config.spacing_m;
        return r;
}

static int take_rate(struct cli *cli, const struct cli_option *option, const char *value, void *target)
{
        struct config config;
        int r;

        config_defaults(&config);
        r = config_set(&config, "--fps", "camera front", "rate", value, print_wrong_use, cli);
        if (r == 0)
                *(double *)target = config.cameras[0].rate_hz;
        return r;
}

static int take_seed(struct cli *cli, const struct cli_option *option, const char *value, void *target)
{
        uint64_t seed;

        if (parse_uint64(value, &seed) < 0)
                return cli_bad_value(cli, option, value, "a whole number from 0");
        memcpy(target, &seed, sizeof(seed));
        return 0;
}

static int take_camera(struct cli *cli, const struct cli_option *option, const char *value, void *target)
{
        struct config_camera camera;
        int r = replay_camera_parse(value, &camera, print_wrong_use, cli);

        if (r == 0)
                *(const char **)target = value;
        return r;
}

static const struct cli_option options[] = {
        {"spacing", 0, "METRES", "distance between frames (the config's)", take_spacing,
         offsetof(struct replay_values, spacing_m)},
        {"camera", 0, "CAMERA", "pattern, pattern:WIDTHxHEIGHT or files:FOLDER (the config's)", take_camera,
         offsetof(struct replay_values, camera)},
        {"fps", 0, "RATE", "frames a second of the camera (the config's)", take_rate,
         offsetof(struct replay_values, rate_hz)},
        {"seed", 0, "N", "seed of the camera's phase (0)", take_seed, offsetof(struct replay_values, seed)},
        CLI_OPTIONS_END,
};

static const struct cli_syntax syntax = {
        options,
        1,
        1,
        "LOG is gpsd JSON as gpsdecode prints it, or with the times of `gpspipe -w -uu`; - is standard input; RUN is a run's folder,\n"
        "its events.jsonl, or the name of a run under --root. --root, which is required, is made if it is absent.\n",
};

/* Opens what LOG names. */
static FILE *open_input(struct cli *cli, const char *name, const char *root)
{
        char path[PATH_MAX];
        struct stat info;
        FILE *input;

        if (strcmp(name, "-") == 0)
                return stdin;
        snprintf(path, sizeof(path), "%s", name);
        if (stat(name, &info) < 0 && !strchr(name, '/'))
                snprintf(path, sizeof(path), "%s/" STORAGE_RUNS_NAME "/%s/events.jsonl", root, name);
        else if (stat(name, &info) == 0 && S_ISDIR(info.st_mode))
                snprintf(path, sizeof(path), "%s/events.jsonl", name);
        input = fopen(path, "re");
        if (!input)
                cli_error(cli, "%s: %s", name, strerror(errno));
        return input;
}

static int answer(struct cli *cli, const char *name, const char *root, const struct replay_result *result, int error)
{
        struct json_out json;
        struct text text = {0};

        if (error == -ENODATA)
                cli_error(
                        cli, "%s: not one fix in it (%" PRIu64 " lines%s)", name, result->lines,
                        result->bad_lines == result->lines && result->lines > 0
                                ? ", not one of them gpsd's JSON; is it a receiver's NMEA? gpsdecode < FILE makes JSON of that"
                                : "");
        else if (error < 0)
                cli_error(cli, "%s: %s", name, error == -EINVAL ? "cannot be replayed" : strerror(-error));
        if (error < 0)
                return CLI_FAILED;
        if (result->bad_lines > 0)
                fprintf(cli->err, "streetcap: %s: %" PRIu64 " of %" PRIu64 " lines are neither report nor event\n",
                        name, result->bad_lines, result->lines);
        if (!cli->json) {
                fprintf(cli->out, "%" PRIu64 " frames from %" PRIu64 " fixes, in %s\n", result->frames, result->fixes,
                        root);
                return CLI_DONE;
        }
        json_out_begin(&json, &text);
        json_out_object_begin(&json, NULL);
        json_out_int(&json, "lines", (int64_t)result->lines);
        json_out_int(&json, "bad_lines", (int64_t)result->bad_lines);
        json_out_int(&json, "fixes", (int64_t)result->fixes);
        json_out_int(&json, "frames", (int64_t)result->frames);
        json_out_object_end(&json);
        fprintf(cli->out, "%s\n", text.data);
        text_finish(&text);
        return CLI_DONE;
}

int cmd_replay(struct cli *cli, int argc, char **argv)
{
        struct replay_values values = {0};
        struct replay_options replay_options = {0};
        struct replay_result result = {0};
        struct storage_root *root = NULL;
        const struct config *config;
        FILE *input;
        int r;

        if (cli_parse(cli, argc, argv, &syntax, &values) < 0)
                return cli->exit_status;
        config = cli_config(cli);
        if (!config)
                return CLI_WRONG_USE;
        if (!cli->root)
                return cli_wrong_use(cli, "replay: --root DIR says where the run is to go");
        input = open_input(cli, argv[1], cli->root);
        if (!input)
                return CLI_FAILED;
        replay_options = (struct replay_options){.config = config,
                                                 .use_config = cli->config_path != NULL,
                                                 .spacing_m = values.spacing_m,
                                                 .camera = values.camera,
                                                 .rate_hz = values.rate_hz,
                                                 .seed = values.seed};
        log_set_level(LOG_LEVEL_NOTICE);
        r = storage_root_open(cli->root, STORAGE_WRITE, true, &root);
        if (r == -EBUSY)
                cli_error(cli, "%s: a Streetcap (process %d) writes there", cli->root, storage_root_writer(cli->root));
        else if (r < 0)
                cli_error(cli, "%s: %s", cli->root, strerror(-r));
        if (r == 0) {
                r = replay(input, argv[1], root, &replay_options, &result);
                r = answer(cli, argv[1], cli->root, &result, r);
        } else {
                r = CLI_FAILED;
        }
        storage_root_close(root);
        if (input != stdin)
                fclose(input);
        return r;
}
