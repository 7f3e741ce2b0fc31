/* SPDX-License-Identifier: MIT */
#include "cli/coverage_print.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "base/utc.h"
#include "cli/table.h"
#include "storage/export.h"

/* Rounded down: only what is whole is 100. */
static double percent_of(double covered_m, double length_m)
{
        double percent = length_m > 0 ? 100 * covered_m / length_m : 0;

        return floor(percent * 10 + 1e-6) / 10;
}

static const char *last_seen_text(const struct coverage_row *row, char text[static UTC_TEXT_SIZE])
{
        return row->last_seen_utc_ns == INT64_MIN ? NULL : utc_format_ms(row->last_seen_utc_ns, text);
}

/* What is left to drive. */
static double left_of(const struct coverage_row *row)
{
        return fmax(0, row->length_m - row->covered_m);
}

static double length_of(const struct coverage_stretch *stretch)
{
        return stretch ? stretch->to_m - stretch->from_m : NAN;
}

static void csv_number(FILE *stream, double value, int decimals)
{
        char text[64];

        snprintf(text, sizeof(text), "%.*f", decimals, value);
        export_csv_field(stream, false, isfinite(value) ? text : NULL);
}

static void csv_integer(FILE *stream, bool known, int64_t value)
{
        char text[32];

        snprintf(text, sizeof(text), "%" PRId64, value);
        export_csv_field(stream, false, known ? text : NULL);
}

/* ---- a row a street or segment ---- */

static void json_stretch(struct json_out *json, const struct coverage_stretch *stretch)
{
        json_out_object_begin(json, NULL);
        json_out_string(json, "source_id", stretch->source_id);
        json_out_int(json, "segment", stretch->segment);
        json_out_double(json, "from_m", stretch->from_m, 1);
        json_out_double(json, "to_m", stretch->to_m, 1);
        json_out_double(json, "length_m", length_of(stretch), 1);
        json_out_string(json, "reason", stretch->reason);
        json_out_object_end(json);
}

static void json_place(struct json_out *json, const struct coverage_row *row)
{
        json_out_string(json, "street", row->street);
        json_out_string(json, "commune", row->commune);
        if (row->segment)
                json_out_int(json, "segment", row->segment);
        else
                json_out_null(json, "segment");
        json_out_string(json, "source_id", row->source_id);
        json_out_int(json, "direction", row->direction);
}

static void print_row_json(struct cli *cli, const struct coverage_row *row, bool worklist)
{
        char seen[UTC_TEXT_SIZE];
        struct text line = {0};
        struct json_out json;

        json_out_begin(&json, &line);
        json_out_object_begin(&json, NULL);
        json_place(&json, row);
        json_out_double(&json, "length_m", row->length_m, 1);
        json_out_double(&json, "covered_percent", percent_of(row->covered_m, row->length_m), 1);
        if (worklist)
                json_out_double(&json, "left_m", left_of(row), 1);
        json_out_string(&json, "last_seen", last_seen_text(row, seen));
        json_out_double(&json, "largest_gap_m", length_of(row->largest), 1);
        json_out_string(&json, "reason", row->largest ? row->largest->reason : NULL);
        json_out_array_begin(&json, "gaps");
        for (size_t i = 0; i < row->stretch_count; i++)
                json_stretch(&json, &row->stretches[i]);
        json_out_array_end(&json);
        json_out_object_end(&json);
        fprintf(cli->out, "%s\n", line.data);
        text_finish(&line);
}

static void print_row_csv(struct cli *cli, const struct coverage_row *row, bool worklist)
{
        char seen[UTC_TEXT_SIZE];

        export_csv_field(cli->out, true, row->street);
        export_csv_field(cli->out, false, row->commune);
        csv_integer(cli->out, row->segment != 0, row->segment);
        export_csv_field(cli->out, false, row->source_id);
        csv_integer(cli->out, true, row->direction);
        csv_number(cli->out, row->length_m, 1);
        csv_number(cli->out, percent_of(row->covered_m, row->length_m), 1);
        if (worklist)
                csv_number(cli->out, left_of(row), 1);
        export_csv_field(cli->out, false, last_seen_text(row, seen));
        csv_number(cli->out, length_of(row->largest), 1);
        export_csv_field(cli->out, false, row->largest ? row->largest->reason : NULL);
        fputs("\r\n", cli->out);
}

static void print_rows_machine(struct cli *cli, const struct coverage *coverage, bool worklist)
{
        if (!cli->json)
                fprintf(cli->out,
                        "street,commune,segment,source_id,direction,length_m,covered_percent,%slast_seen,largest_gap_m,reason\r\n",
                        worklist ? "left_m," : "");
        for (size_t i = 0; i < coverage_size(coverage); i++) {
                if (cli->json)
                        print_row_json(cli, coverage_row_at(coverage, i), worklist);
                else
                        print_row_csv(cli, coverage_row_at(coverage, i), worklist);
        }
}

/* Is the commune worth a column? */
static bool has_several_communes(const struct coverage *coverage)
{
        const char *first = coverage_size(coverage) > 0 ? coverage_row_at(coverage, 0)->commune : NULL;

        for (size_t i = 1; i < coverage_size(coverage); i++) {
                const char *commune = coverage_row_at(coverage, i)->commune;

                if ((commune == NULL) != (first == NULL) || (commune && strcmp(commune, first) != 0))
                        return true;
        }
        return false;
}

/* Which columns a table has beside those that all have. */
struct shape {
        bool communes, segments, worklist;
};

#define MAX_COLUMNS 10

static size_t row_columns(const struct shape *shape, struct table_column columns[static MAX_COLUMNS])
{
        size_t count = 0;

        columns[count++] = (struct table_column){"street", false};
        if (shape->communes)
                columns[count++] = (struct table_column){"commune", false};
        if (shape->segments)
                columns[count++] = (struct table_column){"segment", true};
        columns[count++] = (struct table_column){"direction", false};
        columns[count++] = (struct table_column){"length_m", true};
        columns[count++] = (struct table_column){"covered_%", true};
        if (shape->worklist)
                columns[count++] = (struct table_column){"left_m", true};
        columns[count++] = (struct table_column){"last_seen", false};
        columns[count++] = (struct table_column){"largest_gap_m", true};
        columns[count++] = (struct table_column){"reason", false};
        return count;
}

static void print_row(struct table *table, const struct shape *shape, const struct coverage_row *row)
{
        char seen[UTC_TEXT_SIZE];

        table_cell(table, row->street ? row->street : "(unnamed)");
        if (shape->communes)
                table_cell(table, row->commune);
        if (shape->segments)
                table_cellf(table, "%" PRId64, row->segment);
        table_direction(table, row->direction);
        table_number(table, row->length_m, 1);
        table_number(table, percent_of(row->covered_m, row->length_m), 1);
        if (shape->worklist)
                table_number(table, left_of(row), 1);
        table_cell(table, last_seen_text(row, seen));
        table_number(table, length_of(row->largest), 1);
        table_cell(table, row->largest ? row->largest->reason : NULL);
}

static void print_total(struct table *table, const struct shape *shape, double length_m, double covered_m)
{
        table_cell(table, "total");
        if (shape->communes)
                table_cell(table, "");
        if (shape->segments)
                table_cell(table, "");
        table_cell(table, "");
        table_number(table, length_m, 1);
        table_number(table, percent_of(covered_m, length_m), 1);
        if (shape->worklist)
                table_number(table, fmax(0, length_m - covered_m), 1);
        for (int i = 0; i < 3; i++)
                table_cell(table, "");
}

static void print_table(struct cli *cli, const struct coverage *coverage, bool segments, bool worklist)
{
        struct shape shape = {.communes = has_several_communes(coverage), .segments = segments, .worklist = worklist};
        struct table_column columns[MAX_COLUMNS];
        size_t count = row_columns(&shape, columns);
        struct table *table = table_create(cli->out, columns, count);
        double length_m = 0, covered_m = 0;

        for (size_t i = 0; i < coverage_size(coverage); i++) {
                const struct coverage_row *row = coverage_row_at(coverage, i);

                print_row(table, &shape, row);
                length_m += row->length_m;
                covered_m += row->covered_m;
        }
        print_total(table, &shape, length_m, covered_m);
        table_finish(table);
}

/* ---- a row a stretch ---- */

static void print_stretch_json(struct cli *cli, const struct coverage_row *row, const struct coverage_stretch *stretch)
{
        struct text line = {0};
        struct json_out json;

        json_out_begin(&json, &line);
        json_out_object_begin(&json, NULL);
        json_out_string(&json, "street", row->street);
        json_out_string(&json, "commune", row->commune);
        json_out_int(&json, "segment", stretch->segment);
        json_out_string(&json, "source_id", stretch->source_id);
        json_out_int(&json, "direction", row->direction);
        json_out_double(&json, "from_m", stretch->from_m, 1);
        json_out_double(&json, "to_m", stretch->to_m, 1);
        json_out_double(&json, "length_m", length_of(stretch), 1);
        json_out_string(&json, "reason", stretch->reason);
        json_out_object_end(&json);
        fprintf(cli->out, "%s\n", line.data);
        text_finish(&line);
}

static void print_stretch_csv(struct cli *cli, const struct coverage_row *row, const struct coverage_stretch *stretch)
{
        export_csv_field(cli->out, true, row->street);
        export_csv_field(cli->out, false, row->commune);
        csv_integer(cli->out, true, stretch->segment);
        export_csv_field(cli->out, false, stretch->source_id);
        csv_integer(cli->out, true, row->direction);
        csv_number(cli->out, stretch->from_m, 1);
        csv_number(cli->out, stretch->to_m, 1);
        csv_number(cli->out, length_of(stretch), 1);
        export_csv_field(cli->out, false, stretch->reason);
        fputs("\r\n", cli->out);
}

static void print_stretch(struct table *table, const struct coverage_row *row, const struct coverage_stretch *stretch)
{
        table_cell(table, row->street ? row->street : "(unnamed)");
        table_cellf(table, "%" PRId64, stretch->segment);
        table_cell(table, stretch->source_id);
        table_direction(table, row->direction);
        table_number(table, stretch->from_m, 1);
        table_number(table, stretch->to_m, 1);
        table_number(table, length_of(stretch), 1);
        table_cell(table, stretch->reason);
}

static void print_stretches(struct cli *cli, const struct coverage *coverage, bool csv)
{
        static const struct table_column columns[] = {
                {"street", false}, {"segment", true}, {"source_id", false}, {"direction", false},
                {"from_m", true},  {"to_m", true},    {"length_m", true},   {"reason", false},
        };
        struct table *table =
                csv || cli->json ? NULL : table_create(cli->out, columns, sizeof(columns) / sizeof(columns[0]));

        if (csv)
                fputs("street,commune,segment,source_id,direction,from_m,to_m,length_m,reason\r\n", cli->out);
        for (size_t i = 0; i < coverage_size(coverage); i++) {
                const struct coverage_row *row = coverage_row_at(coverage, i);

                for (size_t j = 0; j < row->stretch_count; j++) {
                        if (table)
                                print_stretch(table, row, &row->stretches[j]);
                        else if (csv)
                                print_stretch_csv(cli, row, &row->stretches[j]);
                        else
                                print_stretch_json(cli, row, &row->stretches[j]);
                }
        }
        if (table)
                table_finish(table);
}

void coverage_print(struct cli *cli, const struct coverage *coverage, enum coverage_rows rows, bool worklist, bool csv)
{
        if (rows == COVERAGE_STRETCHES)
                print_stretches(cli, coverage, csv);
        else if (csv || cli->json)
                print_rows_machine(cli, coverage, worklist);
        else
                print_table(cli, coverage, rows == COVERAGE_SEGMENTS, worklist);
}
