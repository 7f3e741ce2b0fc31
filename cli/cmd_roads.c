/* SPDX-License-Identifier: MIT */
/* streetcap roads: the road network: brought in by the program streetcap-roads, which alone links GDAL; and what there is. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/table.h"
#include "storage/index.h"
#include "storage/roads_info.h"

#define IMPORTER "streetcap-roads"

struct roads_values {
        const char *layer, *map_version;
        bool keep_paths;
};

static const struct cli_option options[] = {
        {"layer", 0, "NAME", "import: the layer of FILE that holds the roads; default: found by itself", cli_take_text,
         offsetof(struct roads_values, layer)},
        {"map-version", 0, "TEXT", "import: name of this delivery of the map; default: the file's name and date",
         cli_take_text, offsetof(struct roads_values, map_version)},
        {"keep-paths", 0, NULL, "import: take footpaths, stairs, cycleways and tracks too", cli_take_flag,
         offsetof(struct roads_values, keep_paths)},
        CLI_OPTIONS_END,
};

static const struct cli_syntax syntax = {
        .options = options,
        .min_arguments = 1,
        .max_arguments = 2,
        .description =
                "import FILE  replaces the network by that of FILE: OpenStreetMap PBF, BD TOPO (GeoPackage, Shapefile), GeoJSON\n"
                "info         says what network there is\n",
};

/* ---- import ---- */

/* The importer beside this program, else by PATH. */
static const char *find_importer(struct cli *cli, char path[static PATH_MAX])
{
        if (cli->executable_dir && cli->executable_dir[0] &&
            (size_t)snprintf(path, PATH_MAX, "%s/" IMPORTER, cli->executable_dir) < PATH_MAX && access(path, X_OK) == 0)
                return path;
        return IMPORTER;
}

static int run_importer(struct cli *cli, char *const *arguments)
{
        char path[PATH_MAX];
        int status, r;
        pid_t pid;

        fflush(cli->out);
        r = posix_spawnp(&pid, find_importer(cli, path), NULL, NULL, arguments, environ);
        if (r != 0) {
                cli_error(cli, IMPORTER " cannot be run: %s; the package streetcap-roads has it", strerror(r));
                return CLI_FAILED;
        }
        while (waitpid(pid, &status, 0) < 0) {
                if (errno != EINTR)
                        return CLI_FAILED;
        }
        if (WIFEXITED(status) && WEXITSTATUS(status) <= CLI_WRONG_USE)
                return WEXITSTATUS(status);
        if (WIFEXITED(status))
                cli_error(cli, IMPORTER " ended with the unknown status %d", WEXITSTATUS(status));
        else
                cli_error(cli, IMPORTER " ended by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
        return CLI_FAILED;
}

static int import(struct cli *cli, const struct roads_values *values, const char *file)
{
        const char *root = cli_root(cli), *arguments[16];
        size_t count = 0;

        if (!root)
                return CLI_WRONG_USE;
        arguments[count++] = IMPORTER;
        arguments[count++] = "import";
        arguments[count++] = "--root";
        arguments[count++] = root;
        if (values->layer) {
                arguments[count++] = "--layer";
                arguments[count++] = values->layer;
        }
        if (values->map_version) {
                arguments[count++] = "--map-version";
                arguments[count++] = values->map_version;
        }
        if (values->keep_paths)
                arguments[count++] = "--keep-paths";
        arguments[count++] = "--";
        arguments[count++] = file;
        arguments[count] = NULL;
        return run_importer(cli, (char *const *)arguments);
}

/* ---- info ---- */

static const char *text_or_null(const char *text)
{
        return text[0] ? text : NULL;
}

static void print_json(struct cli *cli, const struct roads_info *info)
{
        struct text line = {0};
        struct json_out json;

        json_out_begin(&json, &line);
        json_out_object_begin(&json, NULL);
        json_out_string(&json, "version", text_or_null(info->version));
        json_out_string(&json, "source", text_or_null(info->source));
        json_out_string(&json, "imported_at", text_or_null(info->imported_at));
        json_out_int(&json, "segments", info->segments);
        json_out_int(&json, "lines", info->lines);
        json_out_int(&json, "streets", info->streets);
        json_out_int(&json, "communes", info->communes);
        json_out_int(&json, "one_way_segments", info->one_way);
        json_out_double(&json, "length_m", info->length_m, 1);
        json_out_double(&json, "named_length_m", info->named_length_m, 1);
        json_out_array_begin(&json, "classes");
        for (size_t i = 0; i < info->class_count; i++) {
                json_out_object_begin(&json, NULL);
                json_out_string(&json, "class", text_or_null(info->classes[i].name));
                json_out_int(&json, "segments", info->classes[i].segments);
                json_out_double(&json, "length_m", info->classes[i].length_m, 1);
                json_out_object_end(&json);
        }
        json_out_array_end(&json);
        json_out_object_end(&json);
        fprintf(cli->out, "%s\n", line.data);
        text_finish(&line);
}

static void print_classes(struct cli *cli, const struct roads_info *info)
{
        static const struct table_column columns[] = {{"class", false}, {"segments", true}, {"length_m", true}};
        struct table *table = table_create(cli->out, columns, sizeof(columns) / sizeof(columns[0]));

        for (size_t i = 0; i < info->class_count; i++) {
                table_cell(table, info->classes[i].name);
                table_cellf(table, "%" PRId64, info->classes[i].segments);
                table_number(table, info->classes[i].length_m, 0);
        }
        table_finish(table);
        if (info->other_classes > 0)
                fprintf(cli->out, "and %" PRId64 " more classes\n", info->other_classes);
}

static void print_text(struct cli *cli, const struct roads_info *info)
{
        cli_print(cli->out, "version   %s", info->version);
        cli_print(cli->out, "source    %s", info->source);
        cli_print(cli->out, "imported  %s", info->imported_at);
        fprintf(cli->out, "segments  %" PRId64 " of %" PRId64 " source lines, %" PRId64 " one-way\n", info->segments,
                info->lines, info->one_way);
        fprintf(cli->out, "streets   %" PRId64 " names, in %" PRId64 " commune%s\n", info->streets, info->communes,
                info->communes == 1 ? "" : "s");
        fprintf(cli->out, "length    %.0f m, %.0f m of it named\n\n", info->length_m, info->named_length_m);
        print_classes(cli, info);
}

static int show_info(struct cli *cli)
{
        struct roads_info info;
        struct index_db *index;
        int status = cli_open_index(cli, &index);
        int r;

        if (status != CLI_DONE)
                return status;
        r = roads_info_read(index, &info);
        index_close(index);
        if (r < 0)
                return CLI_FAILED;
        if (info.segments == 0) {
                cli_error(cli, "%s: no road network; streetcap roads import FILE brings one", cli_root(cli));
                return CLI_FAILED;
        }
        if (cli->json)
                print_json(cli, &info);
        else
                print_text(cli, &info);
        return CLI_DONE;
}

int cmd_roads(struct cli *cli, int argc, char **argv)
{
        struct roads_values values = {0};
        int count = cli_parse(cli, argc, argv, &syntax, &values);

        if (count < 0)
                return cli->exit_status;
        if (strcmp(argv[1], "info") == 0) {
                if (count > 1 || values.layer || values.map_version || values.keep_paths)
                        return cli_wrong_use(cli, "roads info takes no file and no options of import");
                return show_info(cli);
        }
        if (strcmp(argv[1], "import") != 0)
                return cli_wrong_use(cli, "roads: \"%s\" is neither import nor info", argv[1]);
        if (count < 2)
                return cli_wrong_use(cli, "roads import: FILE is missing");
        if (cli->json)
                return cli_wrong_use(cli, "roads import: --json has no effect: roads info --json tells of the network");
        return import(cli, &values, argv[2]);
}
