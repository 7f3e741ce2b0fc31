/* SPDX-License-Identifier: MIT */
/* The daemon's entry: options, config, signals; then the pipeline. */
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "capture/camera.h"
#include "capture/pipeline.h"
#include "config/config.h"

static const char usage[] =
        "usage: streetcapd [-c FILE] [--check-config | --print-config]\n"
        "\n"
        "  -c, --config FILE   settings (" CONFIG_DEFAULT_PATH
        ")\n"
        "      --check-config  read the settings, say what is wrong with them, and end\n"
        "      --print-config  print the settings in force as a config file, and end\n"
        "  -h, --help          this text\n"
        "      --version       the version\n";

static void print_problem(void *userdata, const char *line)
{
        fprintf(stderr, "%s\n", line);
}

static void block_signals(void)
{
        sigset_t set;

        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGINT);
        sigaddset(&set, SIGHUP);
        sigprocmask(SIG_BLOCK, &set, NULL);
        signal(SIGPIPE, SIG_IGN);
}

enum action { RUN, CHECK, PRINT };

/* A backend that the settings know may have been left out of the build. A daemon goes on with the other cameras; who checks is told. */
static bool has_backends(const char *path, const struct config *config)
{
        bool all = true;

        for (unsigned i = 0; i < config->camera_count; i++) {
                const struct config_camera *camera = &config->cameras[i];

                if (camera_backend_find(camera->backend))
                        continue;
                fprintf(stderr, "%s: camera %s.backend: %s is not built into this Streetcap\n", path, camera->name,
                        camera->backend);
                all = false;
        }
        return all;
}

static int run(const char *path, enum action action)
{
        struct config config;

        if (config_load(path, &config, print_problem, NULL) < 0)
                return 2;
        log_set_level(config.log_level);
        if (action == PRINT)
                config_write(&config, stdout);
        if (action == CHECK && !has_backends(path, &config))
                return 2;
        if (action == CHECK)
                printf("%s: good\n", path);
        if (action != RUN)
                return fflush(stdout) == 0 ? 0 : 1;
        return pipeline_run(path, &config) < 0 ? 1 : 0;
}

int main(int argc, char **argv)
{
        static const struct option options[] = {
                {"config", required_argument, NULL, 'c'}, {"check-config", no_argument, NULL, 'k'},
                {"print-config", no_argument, NULL, 'p'}, {"help", no_argument, NULL, 'h'},
                {"version", no_argument, NULL, 'v'},      {NULL, 0, NULL, 0}};
        const char *path = CONFIG_DEFAULT_PATH;
        enum action action = RUN;
        int option;

        block_signals();
        while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
                switch (option) {
                case 'c':
                        path = optarg;
                        break;
                case 'k':
                        action = CHECK;
                        break;
                case 'p':
                        action = PRINT;
                        break;
                case 'h':
                        fputs(usage, stdout);
                        return 0;
                case 'v':
                        puts("streetcapd " STREETCAP_VERSION);
                        return 0;
                default:
                        fputs(usage, stderr);
                        return 2;
                }
        }
        if (optind < argc) {
                fprintf(stderr, "streetcapd: %s: no argument is allowed\n%s", argv[optind], usage);
                return 2;
        }
        return run(path, action);
}
