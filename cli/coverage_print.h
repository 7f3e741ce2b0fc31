/* SPDX-License-Identifier: MIT */
/* Coverage as a table, JSON or CSV. */
#pragma once

#include "cli/cli.h"
#include "storage/coverage.h"

enum coverage_rows {
        COVERAGE_STREETS,
        COVERAGE_SEGMENTS,  /* the coverage was made by segment */
        COVERAGE_STRETCHES, /* a row a stretch that is not covered */
};

/* On cli->out: CSV where asked for, else JSON with --json, else a table, which ends with a total. */
void coverage_print(struct cli *cli, const struct coverage *coverage, enum coverage_rows rows, bool worklist, bool csv);
