/* SPDX-License-Identifier: MIT */
#include "storage/coverage_read.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/utc.h"
#include "storage/coverage_route.h"
#include "storage/index_private.h"

/* No drive has more between its frames; a larger one in a file from elsewhere is an error. */
#define MAX_SPACING_M 1000.0
#define MAX_STEPS 64

static const char too_inaccurate[] = "position too inaccurate";

static double spacing_or(double spacing_m, double otherwise_m)
{
        return spacing_m > 0 && spacing_m <= MAX_SPACING_M ? spacing_m : otherwise_m;
}

/* ---- frames ---- */

struct frames_reader {
        const struct coverage_settings *settings;
        struct coverage_map *map;
};

static int read_frame(void *userdata, sqlite3_stmt *statement)
{
        struct frames_reader *reader = userdata;
        const struct coverage_settings *settings = reader->settings;
        const char *source_id = column_text(statement, 0);
        int direction = sqlite3_column_int(statement, 1);
        double chainage_m = column_number(statement, 2), accuracy_m = column_number(statement, 3);
        const char *position_source = column_text(statement, 4);
        double reach_m = COVERAGE_REACH * spacing_or(column_number(statement, 5), settings->spacing_m);
        const char *captured_at = column_text(statement, 6);
        int64_t captured_utc_ns, segment = sqlite3_column_int64(statement, 7);

        if (!source_id || (direction != 1 && direction != -1) || !isfinite(chainage_m) || !captured_at ||
            utc_parse(captured_at, &captured_utc_ns) < 0)
                return 0;
        if (!position_source || strcmp(position_source, "none") == 0 || !(accuracy_m <= settings->accuracy_m))
                return coverage_map_add_gap(reader->map, source_id, segment, direction, chainage_m - reach_m,
                                            chainage_m + reach_m, too_inaccurate);
        return coverage_map_add_frame(reader->map, source_id, segment, direction, chainage_m, reach_m, captured_utc_ns,
                                      captured_utc_ns >= settings->worklist_before_utc_ns);
}

int coverage_read_frames(struct index_db *index, const struct coverage_settings *settings, struct coverage_map *map)
{
        struct frames_reader reader = {settings, map};

        return index_each_row(
                index,
                "SELECT f.source_id, f.direction, f.chainage_m, f.accuracy_m, f.position_source,"
                " coalesce(f.spacing_m, r.spacing_m),"
                " f.captured_at, f.segment FROM frames f JOIN runs r ON r.name = f.run WHERE f.source_id IS NOT NULL",
                read_frame, &reader);
}

/* ---- gaps ---- */

struct gaps_reader {
        const struct coverage_settings *settings;
        const struct road_network *network;
        struct coverage_map *map;
};

/* A row of gaps. The marks at its ends are missing, so that it reaches a spacing beyond them. */
struct gap_row {
        const char *source_id, *reason;
        int64_t segment, to_segment;
        int direction, to_direction;
        double from_m, to_m, metres, spacing_m;
};

static bool is_direction(int direction)
{
        return direction == 1 || direction == -1;
}

static double metres_of(const struct gap_row *gap)
{
        return gap->metres > 0 ? gap->metres : 0;
}

/* What is known of where it began only: so much travel from there. */
static int add_from_start(struct gaps_reader *reader, const struct gap_row *gap)
{
        return coverage_map_add_gap(reader->map, gap->source_id, gap->segment, gap->direction,
                                    gap->from_m - gap->direction * gap->spacing_m,
                                    gap->from_m + gap->direction * (metres_of(gap) + gap->spacing_m), gap->reason);
}

/* What is known of where it ended only: so much travel to there. */
static int add_to_end(struct gaps_reader *reader, const struct gap_row *gap)
{
        uint32_t to = road_network_find(reader->network, gap->to_segment);
        struct road_segment segment;

        if (to == ROAD_NONE || !is_direction(gap->to_direction) || !isfinite(gap->to_m))
                return 0;
        road_network_segment(reader->network, to, &segment);
        return coverage_map_add_gap(reader->map, segment.source_id, segment.id, gap->to_direction,
                                    gap->to_m - gap->to_direction * (metres_of(gap) + gap->spacing_m),
                                    gap->to_m + gap->to_direction * gap->spacing_m, gap->reason);
}

/* Along the way between its ends, each step on its own line; the first and the last reach a spacing further. */
static int add_steps(struct gaps_reader *reader, const struct gap_row *gap, const struct coverage_step *steps,
                     int count)
{
        int r = 0;

        for (int i = 0; r == 0 && i < count; i++) {
                struct road_segment segment;
                double from_m = steps[i].from_m, to_m = steps[i].to_m;

                road_network_segment(reader->network, steps[i].segment, &segment);
                if (i == count - 1)
                        from_m -= steps[i].direction * gap->spacing_m;
                if (i == 0)
                        to_m += steps[i].direction * gap->spacing_m;
                r = coverage_map_add_gap(reader->map, segment.source_id, segment.id, steps[i].direction, from_m, to_m,
                                         gap->reason);
        }
        return r;
}

/* A gap may end before it begins by the noise of the match. */
static bool is_on_spot(const struct gap_row *gap)
{
        return gap->segment == gap->to_segment && fabs(gap->to_m - gap->from_m) <= gap->spacing_m;
}

static int add_gap(struct gaps_reader *reader, const struct gap_row *gap)
{
        struct coverage_step steps[MAX_STEPS];
        uint32_t from = road_network_find(reader->network, gap->segment);
        uint32_t to = road_network_find(reader->network, gap->to_segment);
        double limit_m = 1.25 * gap->metres + 4 * gap->spacing_m;
        int count;

        if (is_on_spot(gap))
                return coverage_map_add_gap(reader->map, gap->source_id, gap->segment, gap->direction,
                                            fmin(gap->from_m, gap->to_m) - gap->spacing_m,
                                            fmax(gap->from_m, gap->to_m) + gap->spacing_m, gap->reason);
        if (from == ROAD_NONE || to == ROAD_NONE || !isfinite(gap->to_m) || !isfinite(limit_m))
                return add_from_start(reader, gap);
        count = coverage_route(reader->network, from, gap->direction, gap->from_m, to, gap->to_m, limit_m, steps,
                               MAX_STEPS);
        if (count == 0)
                return add_from_start(reader, gap);
        return count < 0 ? count : add_steps(reader, gap, steps, count);
}

static int read_gap(void *userdata, sqlite3_stmt *statement)
{
        struct gaps_reader *reader = userdata;
        struct gap_row gap = {
                .source_id = column_text(statement, 0),
                .direction = sqlite3_column_int(statement, 1),
                .segment = sqlite3_column_int64(statement, 2),
                .from_m = column_number(statement, 3),
                .to_segment = sqlite3_column_int64(statement, 4),
                .to_m = column_number(statement, 5),
                .metres = column_number(statement, 6),
                .reason = column_text(statement, 7),
                .spacing_m = spacing_or(column_number(statement, 8), reader->settings->spacing_m),
                .to_direction = sqlite3_column_int(statement, 9),
        };

        if (!gap.reason)
                return 0;
        if (!gap.source_id || !is_direction(gap.direction) || !isfinite(gap.from_m))
                return add_to_end(reader, &gap);
        return add_gap(reader, &gap);
}

int coverage_read_gaps(struct index_db *index, const struct coverage_settings *settings,
                       const struct road_network *network, struct coverage_map *map)
{
        struct gaps_reader reader = {settings, network, map};

        return index_each_row(
                index,
                "SELECT g.source_id, g.direction, g.segment, g.chainage_m, g.to_segment, g.to_chainage_m, g.metres,"
                " g.reason, CASE WHEN g.marks > 0 THEN g.metres / g.marks ELSE r.spacing_m END, g.to_direction FROM gaps g JOIN runs r ON r.name = g.run"
                " WHERE g.source_id IS NOT NULL OR g.to_segment IS NOT NULL"
                " ORDER BY r.start_at, g.number",
                read_gap, &reader);
}
