/* SPDX-License-Identifier: MIT */
/* What every command of `streetcap` shares: where it writes, the global options, and the reading of its own options. A command writes
 * its answer to `out` and nothing else there; errors and notes go to `err`. One thread; blocking. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "config/config.h"

enum cli_exit { CLI_DONE = 0, CLI_FAILED = 1, CLI_WRONG_USE = 2 };

struct cli;

struct cli_command {
        const char *name;
        const char *arguments;                              /* "FILE"; "" for none */
        const char *summary;                                /* one line, for the list */
        int (*run)(struct cli *cli, int argc, char **argv); /* argv[0] is the command's name; returns enum cli_exit */
};

struct cli {
        FILE *out, *err;
        const struct cli_command *commands; /* ends with a NULL name */
        const char *executable_dir;         /* where streetcap-roads is looked for first; NULL: not known */
        int64_t now_utc_ns;                 /* the wall clock, at start */

        /* the global options */
        const char *config_path; /* NULL: CONFIG_DEFAULT_PATH where there is one, else the defaults */
        const char *root;        /* NULL: the config's */
        bool json;

        /* private to cli.c */
        const struct cli_command *command;
        int exit_status; /* when cli_parse said stop */
        struct config config;
        bool config_loaded;
};

/* Runs `streetcap` with these arguments (argv[0] is the program) and returns enum cli_exit. The caller fills the first five members and
 * zeroes the rest. */
int cli_run(struct cli *cli, int argc, char **argv);

/* One option of a command. Its value goes to the member of the command's own options that lies at `offset`. */
struct cli_option {
        const char *name;  /* without the dashes; NULL ends a table */
        char letter;       /* 0: none */
        const char *value; /* its value's name in the help; NULL: takes none */
        const char *help;
        /* Reads the value into target; on failure it reports with cli_bad_value and returns -EINVAL. */
        int (*take)(struct cli *cli, const struct cli_option *option, const char *value, void *target);
        size_t offset;
};

#define CLI_OPTIONS_END {.name = NULL}

int cli_take_flag(struct cli *cli, const struct cli_option *option, const char *value, void *target); /* bool */
int cli_take_text(struct cli *cli, const struct cli_option *option, const char *value,
                  void *target); /* const char *, not empty */

/* What a command takes beside the global options. */
struct cli_syntax {
        const struct cli_option *options; /* NULL: none */
        int min_arguments, max_arguments;
        const char *description; /* more lines for the help, each with its newline; NULL: none */
        const char *without;     /* the global option that it refuses, and does not name in its help; NULL: none */
};

/* Reads the options of a command and the global ones, in any order, into values. What is no option is moved to argv[1] and on, in order, with a
 * NULL behind: returns how many. Negative: the command is to return cli->exit_status (the help was asked for, or the use was wrong, which
 * was said). */
int cli_parse(struct cli *cli, int argc, char **argv, const struct cli_syntax *syntax, void *values);

/* A line for people, without its newline: control characters in it, such as those in names of an index from elsewhere, are shown as "?". */
__attribute__((format(printf, 2, 3))) void cli_print(FILE *stream, const char *format, ...);
/* "streetcap: " and the message, as such a line on err. */
__attribute__((format(printf, 2, 3))) void cli_error(struct cli *cli, const char *format, ...);
/* The same, and says how to get help. Returns CLI_WRONG_USE. */
__attribute__((format(printf, 2, 3))) int cli_wrong_use(struct cli *cli, const char *format, ...);
/* "streetcap: --since: "..." is ..., allowed: ...". Returns -EINVAL. */
int cli_bad_value(struct cli *cli, const struct cli_option *option, const char *value, const char *allowed);

/* The config, loaded at the first call. NULL: it has errors, which were said; the command is to return CLI_WRONG_USE. */
const struct config *cli_config(struct cli *cli);
/* For a command that needs little of it: what of the config is right, with one line on err when something is not. NULL: a file that
 * -c names cannot be read, which was said; the command is to return CLI_WRONG_USE. */
const struct config *cli_config_as_it_is(struct cli *cli);
/* The storage root: --root, else the config's. NULL as above. */
const char *cli_root(struct cli *cli);

struct index_db;
/* Opens the root's index for reading. Returns CLI_DONE, or the exit status, with the error said. */
int cli_open_index(struct cli *cli, struct index_db **ret_index);

/* A file that is about to be replaced as a whole: CLI_DONE when nothing or a plain file is there, else CLI_FAILED, said. */
int cli_check_replaceable(struct cli *cli, const char *file);
