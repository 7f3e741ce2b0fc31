/* SPDX-License-Identifier: MIT */
/* streetcap runs: the drives. */
#include "cli/commands.h"
#include "cli/filter.h"
#include "cli/table.h"
#include "storage/export.h"

struct runs_values {
        struct filter_options filter;
        bool csv, geojson;
};

static const struct cli_option options[] = {
        FILTER_OPTIONS(struct runs_values, filter),
        {"csv", 0, NULL, "the answer as CSV", cli_take_flag, offsetof(struct runs_values, csv)},
        {"geojson", 0, NULL, "the answer as GeoJSON, a line a run", cli_take_flag,
         offsetof(struct runs_values, geojson)},
        CLI_OPTIONS_END,
};

static const struct cli_syntax syntax = {
        .options = options,
        .description =
                "Runs that have frames of what is asked for. States: open (under way), ended, cut (the power went). spacing_m\n"
                "is from the smallest to the largest with which its frames were taken. night, clipped and blurred count the frames with that flag,\n"
                "by the limits of [quality] in force when they were taken.\n",
};

static const struct table_column columns[] = {
        {"run", false},     {"start", false},  {"end", false},    {"vehicle", false},
        {"cameras", false}, {"frames", true},  {"metres", true},  {"spacing_m", true},
        {"night", true},    {"clipped", true}, {"blurred", true}, {"state", false},
};

/* It may have been changed under way. */
static void print_spacing(struct table *table, const struct query_run *run)
{
        if (run->spacing_max_m > run->spacing_m)
                table_cellf(table, "%.2f-%.2f", run->spacing_m, run->spacing_max_m);
        else
                table_number(table, run->spacing_m, 2);
}

static int print_table(struct cli *cli, struct query_runs *runs)
{
        struct table *table = table_create(cli->out, columns, sizeof(columns) / sizeof(columns[0]));
        struct query_run run;
        uint64_t count = 0;
        int r;

        while ((r = query_runs_next(runs, &run)) == 1) {
                table_cell(table, run.name);
                table_cell(table, run.start_at);
                table_cell(table, run.end_at);
                table_cell(table, run.vehicle);
                table_cell(table, run.cameras);
                table_number(table, (double)run.frames, 0);
                table_number(table, run.travelled_m, 0);
                print_spacing(table, &run);
                table_number(table, (double)run.night, 0);
                table_number(table, (double)run.clipped, 0);
                table_number(table, (double)run.blurred, 0);
                table_cell(table, run.state);
                count++;
        }
        if (r < 0 && count == 0)
                table_discard(table);
        else
                table_finish(table);
        return r;
}

static int print_runs(struct cli *cli, const struct runs_values *values, struct index_db *index,
                      struct query_runs *runs)
{
        enum export_format format = values->csv ? EXPORT_CSV : values->geojson ? EXPORT_GEOJSON : EXPORT_JSON_LINES;
        uint64_t count;
        int r;

        if (values->csv || values->geojson || cli->json)
                r = export_runs(index, runs, format, cli->out, &count);
        else
                r = print_table(cli, runs);
        return r < 0 ? CLI_FAILED : CLI_DONE;
}

static int run(struct cli *cli, const struct runs_values *values, struct index_db *index)
{
        struct filter_streets streets;
        struct query_filter filter;
        struct query_runs *runs;
        int status = filter_resolve(cli, index, &values->filter, &filter, &streets);

        if (status == CLI_DONE) {
                if (query_runs_open(index, &filter, &runs) < 0) {
                        status = CLI_FAILED;
                } else {
                        status = print_runs(cli, values, index, runs);
                        query_runs_close(runs);
                }
        }
        filter_streets_finish(&streets);
        return status;
}

int cmd_runs(struct cli *cli, int argc, char **argv)
{
        struct runs_values values = {0};
        struct index_db *index;
        int status;

        if (cli_parse(cli, argc, argv, &syntax, &values) < 0)
                return cli->exit_status;
        if (values.csv + values.geojson + cli->json > 1)
                return cli_wrong_use(cli, "runs: one of --json, --csv and --geojson");
        status = filter_check(cli, &values.filter);
        if (status == CLI_DONE)
                status = cli_open_index(cli, &index);
        if (status != CLI_DONE)
                return status;
        status = run(cli, &values, index);
        index_close(index);
        return status;
}
