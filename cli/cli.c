/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/options.h"
#include "cli/table.h"
#include "storage/index.h"
#include "storage/root.h"

#define ERROR_BEGIN "streetcap: "

__attribute__((format(printf, 3, 0))) static void write_line(FILE *stream, const char *begin, const char *format,
                                                             va_list args)
{
        char *line = NULL;

        if (vasprintf(&line, format, args) < 0)
                abort();
        table_blank_controls(line);
        fprintf(stream, "%s%s\n", begin, line);
        free(line);
}

void cli_print(FILE *stream, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        write_line(stream, "", format, args);
        va_end(args);
}

void cli_error(struct cli *cli, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        write_line(cli->err, ERROR_BEGIN, format, args);
        va_end(args);
}

int cli_wrong_use(struct cli *cli, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        write_line(cli->err, ERROR_BEGIN, format, args);
        va_end(args);
        fprintf(cli->err, "Try: streetcap %s%s--help\n", cli->command ? cli->command->name : "",
                cli->command ? " " : "");
        return CLI_WRONG_USE;
}

/* ---- help ---- */

static void help_option(struct cli *cli, const struct cli_option *option)
{
        struct text left = {0};

        if (option->letter)
                text_addf(&left, "-%c, ", option->letter);
        text_addf(&left, "--%s%s%s", option->name, option->value ? " " : "", option->value ? option->value : "");
        fprintf(cli->out, "  %-24s %s\n", left.data, option->help);
        text_finish(&left);
}

/* without: that one is left out. */
static void help_options(struct cli *cli, const struct cli_option *options, const char *without)
{
        for (; options && options->name; options++) {
                if (!without || strcmp(options->name, without) != 0)
                        help_option(cli, options);
        }
}

static void help_command(struct cli *cli, const struct cli_syntax *syntax)
{
        const struct cli_command *command = cli->command;

        fprintf(cli->out, "usage: streetcap %s%s%s [options]\n\n%s\n", command->name, command->arguments[0] ? " " : "",
                command->arguments, command->summary);
        if (syntax->description)
                fprintf(cli->out, "\n%s", syntax->description);
        if (syntax->options) {
                fputs("\noptions:\n", cli->out);
                help_options(cli, syntax->options, NULL);
        }
        fputs("\nglobal options:\n", cli->out);
        help_options(cli, options_global(), syntax->without);
}

static void help_all(struct cli *cli)
{
        fputs("usage: streetcap [options] COMMAND ...\n\ncommands:\n", cli->out);
        for (const struct cli_command *command = cli->commands; command->name; command++)
                fprintf(cli->out, "  %-10s %s\n", command->name, command->summary);
        fputs("\nglobal options, before or after the command:\n", cli->out);
        help_options(cli, options_global(), NULL);
        fputs("\nstreetcap COMMAND --help tells more of one. Exit status: 0 done, 1 failed, 2 wrong use.\n", cli->out);
}

/* --help or --version was read: CLI_DONE, said. Negative: neither. */
static int answer_asked(struct cli *cli, char asked, const struct cli_syntax *syntax)
{
        if (asked == 'V')
                fputs("streetcap " STREETCAP_VERSION "\n", cli->out);
        else if (asked == 'h' && syntax)
                help_command(cli, syntax);
        else if (asked == 'h')
                help_all(cli);
        else
                return -ENOENT;
        return CLI_DONE;
}

/* ---- options ---- */

static int stop(struct cli *cli, int status)
{
        cli->exit_status = status;
        return -ECANCELED;
}

static int check_count(struct cli *cli, const struct cli_syntax *syntax, int count, char **argv)
{
        if (count < syntax->min_arguments)
                return cli_wrong_use(cli, "%s: %s is missing", cli->command->name, cli->command->arguments);
        if (count > syntax->max_arguments)
                return cli_wrong_use(cli, "%s: \"%s\" is one argument too many", cli->command->name,
                                     argv[syntax->max_arguments + 1]);
        return 0;
}

int cli_parse(struct cli *cli, int argc, char **argv, const struct cli_syntax *syntax, void *values)
{
        struct options_reader reader = {
                .cli = cli, .options = syntax->options, .values = values, .argv = argv, .next = 1};
        int count = 0, status;

        while (reader.next < argc) {
                status = options_take(&reader);
                if (status == -ENOENT)
                        argv[1 + count++] = argv[reader.next++];
                else if (status != 0)
                        return stop(cli, status);
                if (reader.asked && answer_asked(cli, reader.asked, syntax) == CLI_DONE)
                        return stop(cli, CLI_DONE);
        }
        argv[1 + count] = NULL;
        status = check_count(cli, syntax, count, argv);
        return status == 0 ? count : stop(cli, status);
}

/* ---- config and root ---- */

static void print_problem(void *userdata, const char *line)
{
        cli_error(userdata, "%s", line);
}

const struct config *cli_config(struct cli *cli)
{
        const char *path = cli->config_path ? cli->config_path : CONFIG_DEFAULT_PATH;

        if (cli->config_loaded)
                return &cli->config;
        /* An office machine has no config of its own, and needs none. */
        if (!cli->config_path && access(path, F_OK) < 0 && errno == ENOENT)
                config_defaults(&cli->config);
        else if (config_load(path, &cli->config, print_problem, cli) < 0)
                return NULL;
        cli->config_loaded = true;
        return &cli->config;
}

const struct config *cli_config_as_it_is(struct cli *cli)
{
        const char *path = cli->config_path ? cli->config_path : CONFIG_DEFAULT_PATH;
        unsigned problems = 0;

        if (cli->config_loaded)
                return &cli->config;
        config_defaults(&cli->config);
        if ((cli->config_path || access(path, F_OK) == 0) &&
            config_load_what_is_right(path, &cli->config, &problems, print_problem, cli) < 0 && cli->config_path)
                return NULL;
        if (problems > 0)
                cli_error(cli, "%s: %u problem%s, which streetcapd -c %s --check-config tells; going on with the rest",
                          path, problems, problems == 1 ? "" : "s", path);
        cli->config_loaded = true;
        return &cli->config;
}

const char *cli_root(struct cli *cli)
{
        const struct config *config;

        if (cli->root)
                return cli->root;
        config = cli_config(cli);
        return config ? config->storage_root : NULL;
}

int cli_open_index(struct cli *cli, struct index_db **ret_index)
{
        const char *root = cli_root(cli);
        char path[PATH_MAX];
        int r;

        if (!root)
                return CLI_WRONG_USE;
        if ((size_t)snprintf(path, sizeof(path), "%s/%s", root, STORAGE_INDEX_NAME) >= sizeof(path)) {
                cli_error(cli, "%s: %s", root, strerror(ENAMETOOLONG));
                return CLI_FAILED;
        }
        r = index_open(path, INDEX_READ_ONLY, ret_index);
        if (r == 0)
                return CLI_DONE;
        if (r == -ENOENT)
                cli_error(cli, "%s: there is no index here; --root names the folder that has one", path);
        /* else index_open has said it */
        return CLI_FAILED;
}

int cli_check_replaceable(struct cli *cli, const char *file)
{
        struct stat info;

        if (stat(file, &info) < 0 || S_ISREG(info.st_mode))
                return CLI_DONE;
        cli_error(cli, "%s: is %s, allowed: a plain file, or none yet", file,
                  S_ISDIR(info.st_mode) ? "a folder" : "a device or pipe");
        return CLI_FAILED;
}

/* ---- running ---- */

static const struct cli_command *find_command(struct cli *cli, const char *name)
{
        struct nearest nearest = {.word = name};

        for (const struct cli_command *command = cli->commands; command->name; command++) {
                if (strcmp(command->name, name) == 0)
                        return command;
                options_consider(&nearest, command->name);
        }
        if (options_is_near(&nearest))
                cli_wrong_use(cli, "unknown command \"%s\"; the nearest is %s", name, nearest.name);
        else
                cli_wrong_use(cli, "unknown command \"%s\"", name);
        return NULL;
}

/* What was printed has to have arrived: a full disk is a failure. */
static int finish_output(struct cli *cli, int status)
{
        if (fflush(cli->out) == 0 && !ferror(cli->out))
                return status;
        cli_error(cli, "the answer cannot be written: %s", strerror(errno));
        return status == CLI_DONE ? CLI_FAILED : status;
}

int cli_run(struct cli *cli, int argc, char **argv)
{
        struct options_reader reader = {.cli = cli, .argv = argv, .next = argc > 0 ? 1 : 0};
        int status;

        while ((status = options_take(&reader)) == 0) {
                if (reader.asked && answer_asked(cli, reader.asked, NULL) == CLI_DONE)
                        return finish_output(cli, CLI_DONE);
        }
        if (status != -ENOENT)
                return status;
        if (reader.next >= argc) {
                cli_wrong_use(cli, "name a command");
                return CLI_WRONG_USE;
        }
        cli->command = find_command(cli, argv[reader.next]);
        if (!cli->command)
                return CLI_WRONG_USE;
        status = cli->command->run(cli, argc - reader.next, argv + reader.next);
        return finish_output(cli, status);
}
