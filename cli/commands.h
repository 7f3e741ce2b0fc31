/* SPDX-License-Identifier: MIT */
/* The commands of `streetcap`, a file each: cmd_NAME in cli/cmd_NAME.c. As struct cli_command.run. */
#pragma once

#include "cli/cli.h"

/* All of them, in the order of the help; ends with a NULL name. */
extern const struct cli_command cli_commands[];

int cmd_status(struct cli *cli, int argc, char **argv);
int cmd_doctor(struct cli *cli, int argc, char **argv);
int cmd_runs(struct cli *cli, int argc, char **argv);
int cmd_frames(struct cli *cli, int argc, char **argv);
int cmd_coverage(struct cli *cli, int argc, char **argv);
int cmd_export(struct cli *cli, int argc, char **argv);
int cmd_roads(struct cli *cli, int argc, char **argv);
int cmd_replay(struct cli *cli, int argc, char **argv);
int cmd_verify(struct cli *cli, int argc, char **argv);
int cmd_snapshot(struct cli *cli, int argc, char **argv);
