/* SPDX-License-Identifier: MIT */
/* streetcap frames: what was captured, picture by picture. */
#include <inttypes.h>

#include "cli/commands.h"
#include "cli/filter.h"
#include "cli/table.h"
#include "storage/export.h"

struct frames_values {
        struct filter_options filter;
        bool csv, geojson;
};

static const struct cli_option options[] = {
        FILTER_OPTIONS(struct frames_values, filter),
        {"csv", 0, NULL, "the answer as CSV", cli_take_flag, offsetof(struct frames_values, csv)},
        {"geojson", 0, NULL, "the answer as GeoJSON", cli_take_flag, offsetof(struct frames_values, geojson)},
        CLI_OPTIONS_END,
};

static const struct cli_syntax syntax = {
        .options = options,
        .description =
                "By run, camera and sequence; times are UTC; paths are relative to the storage root. A street is looked for as typed, then without\n"
                "regard to case and accents, then with av., bd, st and their like in full and without de, la and theirs, then by its words, then by a\n"
                "part of its name. chainage_m counts from the start of the map's line source_id: a street has several. \"along\" is in the direction\n"
                "in which the map draws that line.\n",
};

static const struct table_column columns[] = {
        {"time", false},      {"camera", false},    {"street", false}, {"source_id", false},
        {"chainage_m", true}, {"direction", false}, {"path", false},
};

static int print_table(struct cli *cli, struct query_frames *frames)
{
        struct table *table = table_create(cli->out, columns, sizeof(columns) / sizeof(columns[0]));
        struct query_frame frame;
        uint64_t count = 0;
        int r;

        while ((r = query_frames_next(frames, &frame)) == 1) {
                table_cell(table, frame.captured_at);
                table_cell(table, frame.camera);
                table_cell(table, frame.street);
                table_cell(table, frame.source_id);
                table_number(table, frame.chainage_m, 1);
                table_direction(table, frame.direction);
                table_cell(table, frame.path);
                count++;
        }
        if (r < 0 && count == 0) {
                table_discard(table);
                return r;
        }
        table_finish(table);
        if (r < 0)
                return r;
        fflush(cli->out);
        fprintf(cli->err, "%" PRIu64 " frame%s; paths below %s\n", count, count == 1 ? "" : "s", cli_root(cli));
        return 0;
}

static int print_frames(struct cli *cli, const struct frames_values *values, struct query_frames *frames)
{
        uint64_t count;
        int r;

        if (values->csv)
                r = export_frames(frames, EXPORT_CSV, cli->out, NULL, NULL, &count);
        else if (values->geojson)
                r = export_frames(frames, EXPORT_GEOJSON, cli->out, NULL, NULL, &count);
        else if (cli->json)
                r = export_frames(frames, EXPORT_JSON_LINES, cli->out, NULL, NULL, &count);
        else
                r = print_table(cli, frames);
        return r < 0 ? CLI_FAILED : CLI_DONE;
}

static int run(struct cli *cli, const struct frames_values *values, struct index_db *index)
{
        struct filter_streets streets;
        struct query_filter filter;
        struct query_frames *frames;
        int status = filter_resolve(cli, index, &values->filter, &filter, &streets);

        if (status == CLI_DONE) {
                if (query_frames_open(index, &filter, &frames) < 0) {
                        status = CLI_FAILED;
                } else {
                        status = print_frames(cli, values, frames);
                        query_frames_close(frames);
                }
        }
        filter_streets_finish(&streets);
        return status;
}

int cmd_frames(struct cli *cli, int argc, char **argv)
{
        struct frames_values values = {0};
        struct index_db *index;
        int status;

        if (cli_parse(cli, argc, argv, &syntax, &values) < 0)
                return cli->exit_status;
        if (values.csv + values.geojson + cli->json > 1)
                return cli_wrong_use(cli, "frames: one of --json, --csv and --geojson");
        status = filter_check(cli, &values.filter);
        if (status == CLI_DONE)
                status = cli_open_index(cli, &index);
        if (status != CLI_DONE)
                return status;
        status = run(cli, &values, index);
        index_close(index);
        return status;
}
