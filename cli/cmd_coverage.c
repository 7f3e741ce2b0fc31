/* SPDX-License-Identifier: MIT */
/* streetcap coverage: what there is of each street, and what is missing. */
#include <errno.h>
#include <string.h>

#include "base/parse.h"
#include "cli/commands.h"
#include "cli/coverage_print.h"
#include "cli/filter.h"

struct coverage_values {
        const char *street;
        bool segments, stretches, csv;
        double older_than_s; /* 0: not given */
};

/* A bare number would be seconds, which nobody means. */
static int take_age(struct cli *cli, const struct cli_option *option, const char *value, void *target)
{
        double age_s;

        if (value[strspn(value, "0123456789.")] == '\0' || parse_quantity(value, units_time_s, &age_s) < 0 ||
            !(age_s > 0) || age_s > 100 * 366 * 86400.0)
                return cli_bad_value(cli, option, value, "a time with its unit: 180d, 36h");
        *(double *)target = age_s;
        return 0;
}

static const struct cli_option options[] = {
        {"street", 0, "NAME", "this street, or those whose name has this part", cli_take_text,
         offsetof(struct coverage_values, street)},
        {"segments", 0, NULL, "a row a segment, instead of a street", cli_take_flag,
         offsetof(struct coverage_values, segments)},
        {"gaps", 0, NULL, "a row a stretch that is not covered", cli_take_flag,
         offsetof(struct coverage_values, stretches)},
        {"older-than", 0, "AGE",
         "the worklist: what was last seen longer ago (180d), or never; older frames cover nothing", take_age,
         offsetof(struct coverage_values, older_than_s)},
        {"csv", 0, NULL, "the answer as CSV", cli_take_flag, offsetof(struct coverage_values, csv)},
        CLI_OPTIONS_END,
};

static const struct cli_syntax syntax = {
        .options = options,
        .description =
                "Each direction of travel on its own (a one-way street has one): \"along\" is the way in which the map draws the street. Covered is what lies\n"
                "within 0.75 of the spacing of a frame whose accuracy is no worse than coverage.accuracy of the config. With --older-than, covered_% and\n"
                "the gaps are of what was seen since; a street is listed when a stretch longer than trigger.spacing is not, or when nothing of it is.\n",
};

/* ---- the command ---- */

static int run(struct cli *cli, const struct coverage_values *values, const struct config *config,
               struct index_db *index)
{
        struct filter_streets streets = {0};
        struct coverage *coverage;
        struct coverage_settings settings = {
                .accuracy_m = config->coverage_accuracy_m,
                .spacing_m = config->spacing_m,
                .by_segment = values->segments,
                .worklist_before_utc_ns = INT64_MIN,
        };
        int r;

        if (values->street && filter_find_streets(cli, index, values->street, &streets) != CLI_DONE)
                return CLI_FAILED;
        settings.streets = values->street ? streets.names : NULL;
        settings.street_count = streets.count;
        if (values->older_than_s > 0)
                settings.worklist_before_utc_ns = cli->now_utc_ns - (int64_t)(values->older_than_s * 1e9);
        r = coverage_create(index, &settings, &coverage);
        if (r == 0) {
                coverage_print(cli, coverage,
                               values->stretches  ? COVERAGE_STRETCHES
                               : values->segments ? COVERAGE_SEGMENTS
                                                  : COVERAGE_STREETS,
                               values->older_than_s > 0, values->csv);
                coverage_destroy(coverage);
        } else if (r == -ENODATA) {
                cli_error(cli, "%s: no road network; streetcap roads import FILE brings one", cli_root(cli));
        } else {
                cli_error(cli, "%s: the coverage cannot be worked out: %s", cli_root(cli), strerror(-r));
        }
        filter_streets_finish(&streets);
        return r == 0 ? CLI_DONE : CLI_FAILED;
}

int cmd_coverage(struct cli *cli, int argc, char **argv)
{
        struct coverage_values values = {0};
        const struct config *config;
        struct index_db *index;
        int status;

        if (cli_parse(cli, argc, argv, &syntax, &values) < 0)
                return cli->exit_status;
        if (values.csv && cli->json)
                return cli_wrong_use(cli, "coverage: one of --json and --csv");
        /* Where the index is must be sure; how it is asked may be by default. */
        config = cli->root ? cli_config_as_it_is(cli) : cli_config(cli);
        if (!config)
                return CLI_WRONG_USE;
        status = cli_open_index(cli, &index);
        if (status != CLI_DONE)
                return status;
        status = run(cli, &values, config, index);
        index_close(index);
        return status;
}
