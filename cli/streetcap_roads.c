/* SPDX-License-Identifier: MIT */
/* streetcap-roads: brings road maps into the index. A program of its own, because only it links GDAL. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/roads_import.h"
#include "config/config.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_WRONG_USE = 2 };

static void usage(FILE *stream)
{
        fputs("usage: streetcap-roads import FILE [--root DIR] [-c FILE] [--layer NAME]\n"
              "                              [--version TEXT] [--keep-paths]\n"
              "\n"
              "Replaces the road network of a storage root by that of FILE: OpenStreetMap PBF,\n"
              "BD TOPO (GeoPackage, Shapefile), GeoJSON, or anything else that GDAL reads,\n"
              "in any projection.\n"
              "\n"
              "  --root DIR         the storage root; default: storage.root of the config\n"
              "  -c, --config FILE  the config, where there is no --root;\n"
              "                     default " CONFIG_DEFAULT_PATH
              "\n"
              "  --layer NAME       the layer of FILE that holds the roads; default: found by itself\n"
              "  --version TEXT     name of this delivery of the map (also --map-version);\n"
              "                     default: the file's name and date\n"
              "  --keep-paths       take footpaths, stairs, cycleways and tracks too\n"
              "  --help             this text\n"
              "\n"
              "Exit status: 0 done, 1 failed (the network is what it was), 2 wrong use.\n",
              stream);
}

static int wrong_use(const char *what)
{
        fprintf(stderr, "streetcap-roads: %s\nTry: streetcap-roads --help\n", what);
        return EXIT_WRONG_USE;
}

static void print_problem(void *userdata, const char *line)
{
        (void)userdata;
        fprintf(stderr, "streetcap-roads: %s\n", line);
}

static int import(struct roads_import_options *options, const char *config_path)
{
        struct config config;

        if (!options->root) {
                if (config_load(config_path ? config_path : CONFIG_DEFAULT_PATH, &config, print_problem, NULL) < 0) {
                        fputs("streetcap-roads: no storage root: name it with --root, or mend the config\n", stderr);
                        return EXIT_WRONG_USE;
                }
                options->root = config.storage_root;
        }
        return roads_import_file(options) < 0 ? EXIT_FAILED : EXIT_DONE;
}

static int import_command(int count, char **arguments)
{
        enum { ROOT = 256, LAYER, VERSION, KEEP_PATHS };
        static const struct option long_options[] = {
                {"root", required_argument, NULL, ROOT},
                {"config", required_argument, NULL, 'c'},
                {"layer", required_argument, NULL, LAYER},
                {"version", required_argument, NULL, VERSION},
                {"map-version", required_argument, NULL, VERSION},
                {"keep-paths", no_argument, NULL, KEEP_PATHS},
                {"help", no_argument, NULL, 'h'},
                {NULL, 0, NULL, 0},
        };
        struct roads_import_options options = {0};
        const char *config_path = NULL;
        int option;

        while ((option = getopt_long(count, arguments, "c:h", long_options, NULL)) != -1) {
                switch (option) {
                case ROOT:
                        options.root = optarg;
                        break;
                case 'c':
                        config_path = optarg;
                        break;
                case LAYER:
                        options.layer = optarg;
                        break;
                case VERSION:
                        options.version = optarg;
                        break;
                case KEEP_PATHS:
                        options.keep_paths = true;
                        break;
                case 'h':
                        usage(stdout);
                        return EXIT_DONE;
                default:
                        return EXIT_WRONG_USE;
                }
        }
        if (optind != count - 1)
                return wrong_use(optind == count ? "import: name the file" : "import: one file only");
        if (options.root && options.root[0] == '\0')
                return wrong_use("--root: must not be empty");
        if (options.version && (options.version[0] == '\0' || strlen(options.version) > ROADS_VERSION_MAX))
                return wrong_use("--version: 1 to 63 bytes");
        options.file = arguments[optind];
        return import(&options, config_path);
}

int main(int count, char **arguments)
{
        static char program[] = "streetcap-roads"; /* whose errors getopt's are */

        if (count < 2)
                return wrong_use("name a command");
        if (strcmp(arguments[1], "import") == 0) {
                arguments[1] = program;
                return import_command(count - 1, arguments + 1);
        }
        if (strcmp(arguments[1], "--help") == 0 || strcmp(arguments[1], "-h") == 0) {
                usage(stdout);
                return EXIT_DONE;
        }
        if (strcmp(arguments[1], "--version") == 0) {
                puts("streetcap-roads " STREETCAP_VERSION);
                return EXIT_DONE;
        }
        fprintf(stderr, "streetcap-roads: %s: no such command\nTry: streetcap-roads --help\n", arguments[1]);
        return EXIT_WRONG_USE;
}
