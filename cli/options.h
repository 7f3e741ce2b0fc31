/* SPDX-License-Identifier: MIT */
/* Reading options one after another: private to cli.c. "--name VALUE", "--name=VALUE", "-xVALUE", "-x VALUE"; "--" ends them. */
#pragma once

#include "cli/cli.h"

struct options_reader {
        struct cli *cli;
        const struct cli_option *options; /* the command's; NULL before the command is known */
        void *values;
        char **argv;         /* ends with NULL */
        int next;            /* the argument to look at */
        bool only_arguments; /* "--" was read */
        char asked;          /* letter of --help or --version when it was read */
};

const struct cli_option *options_global(void);

/* Takes the option at `next`, with its value. 0; -ENOENT when there is none there; CLI_WRONG_USE, with the error said. */
int options_take(struct options_reader *reader);

/* The name most like a word. */
struct nearest {
        const char *word;
        const char *name; /* NULL: none considered */
        unsigned distance;
};
void options_consider(struct nearest *nearest, const char *name);
/* Is it near enough to be meant? A letter wrong, and another for each four letters. */
bool options_is_near(const struct nearest *nearest);
