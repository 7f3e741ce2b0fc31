/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "storage/index_private.h"

static const char *const run_state_texts[] = {[RUN_OPEN] = "open", [RUN_ENDED] = "ended", [RUN_CUT] = "cut"};

/* ---- runs ---- */

int index_put_run(struct index_db *index, const struct index_run *run)
{
        sqlite3_stmt *statement;
        int r;

        r = index_statement(
                index, STATEMENT_PUT_RUN,
                "INSERT INTO runs (name, start_at, end_at, vehicle, cameras, software, spacing_m, config, frames,"
                " travelled_m, state) VALUES (:name, :start_at, :end_at, :vehicle, :cameras, :software, :spacing_m,"
                " :config, :frames, :travelled_m, :state)"
                " ON CONFLICT (name) DO UPDATE SET start_at = excluded.start_at, end_at = excluded.end_at,"
                " vehicle = excluded.vehicle, cameras = excluded.cameras, software = excluded.software,"
                " spacing_m = excluded.spacing_m, config = excluded.config, frames = excluded.frames,"
                " travelled_m = excluded.travelled_m, state = excluded.state",
                &statement);
        if (r < 0)
                return r;
        bind_text(statement, ":name", run->name);
        bind_time(statement, ":start_at", run->start_utc_ns);
        if (run->end_utc_ns > 0)
                bind_time(statement, ":end_at", run->end_utc_ns);
        bind_text(statement, ":vehicle", run->vehicle);
        bind_text(statement, ":cameras", run->cameras);
        bind_text(statement, ":software", run->software);
        bind_double(statement, ":spacing_m", run->spacing_m > 0 ? run->spacing_m : NAN);
        sqlite3_bind_text(statement, sqlite3_bind_parameter_index(statement, ":config"), run->config, -1,
                          SQLITE_STATIC);
        bind_int(statement, ":frames", (int64_t)run->frames);
        bind_double(statement, ":travelled_m", run->travelled_m);
        bind_text(statement, ":state", run_state_texts[run->state]);
        return index_run_statement(index, statement, "cannot write a run");
}

int index_add_to_run(struct index_db *index, const char *name, uint64_t frames, double travelled_m)
{
        sqlite3_stmt *statement;
        int r;

        r = index_statement(
                index, STATEMENT_RUN_PROGRESS,
                "UPDATE runs SET frames = frames + :frames,"
                " travelled_m = max(coalesce(travelled_m, 0), coalesce(:travelled_m, 0)) WHERE name = :name",
                &statement);
        if (r < 0)
                return r;
        bind_text(statement, ":name", name);
        bind_int(statement, ":frames", (int64_t)frames);
        bind_double(statement, ":travelled_m", travelled_m);
        return index_run_statement(index, statement, "cannot write how far a run is");
}

static int touch_contents(struct index_db *index)
{
        return index_exec(index,
                          "UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
                          " WHERE table_name IN ('frames', 'runs', 'fixes', 'gaps')",
                          "cannot set the time of change");
}

int index_end_run(struct index_db *index, const char *name, int64_t end_utc_ns, double travelled_m,
                  enum run_state state)
{
        sqlite3_stmt *statement;
        int r;

        r = index_statement(index, STATEMENT_END_RUN,
                            "UPDATE runs SET end_at = :end_at, travelled_m = :travelled_m, state = :state,"
                            " frames = (SELECT count(*) FROM frames WHERE run = :name) WHERE name = :name",
                            &statement);
        if (r < 0)
                return r;
        bind_text(statement, ":name", name);
        if (end_utc_ns > 0)
                bind_time(statement, ":end_at", end_utc_ns);
        bind_double(statement, ":travelled_m", travelled_m);
        bind_text(statement, ":state", run_state_texts[state]);
        r = index_run_statement(index, statement, "cannot end a run");
        if (r == 0 && sqlite3_changes(index->sqlite) == 0)
                r = -ENOENT;
        return r < 0 ? r : touch_contents(index);
}

int index_mark_cut_runs(struct index_db *index, unsigned *ret_count)
{
        int r;

        r = index_exec(index,
                       "UPDATE runs SET state = 'cut', frames = (SELECT count(*) FROM frames WHERE run = name),"
                       " travelled_m = coalesce((SELECT max(travelled_m) FROM frames WHERE run = name), travelled_m),"
                       " end_at = max(start_at, coalesce((SELECT max(captured_at) FROM frames WHERE run = name), ''),"
                       "  coalesce((SELECT max(time) FROM fixes WHERE run = name AND verdict = 'taken'), ''))"
                       " WHERE state = 'open'",
                       "cannot mark the runs that were cut");
        if (r < 0)
                return r;
        *ret_count = (unsigned)sqlite3_changes(index->sqlite);
        return 0;
}

int index_has_run(struct index_db *index, const char *name, bool *ret_exists)
{
        sqlite3_stmt *statement;
        int rc, r;

        r = index_statement(index, STATEMENT_RUN_EXISTS, "SELECT 1 FROM runs WHERE name = :name", &statement);
        if (r < 0)
                return r;
        bind_text(statement, ":name", name);
        rc = sqlite3_step(statement);
        r = index_run_result(index, statement, rc, "cannot read the runs");
        if (r == 0)
                *ret_exists = rc == SQLITE_ROW;
        return r;
}

/* ---- frames ---- */

static void bind_flag(sqlite3_stmt *statement, const char *name, bool value)
{
        bind_int(statement, name, value);
}

/* The blob must outlive the step. A place out of range, or unknown, is none. */
static void bind_position(struct index_db *index, sqlite3_stmt *statement, const struct picture_tag *tag,
                          uint8_t blob[static GPKG_POINT_SIZE])
{
        const char *source = position_source_text(tag->position_source);

        bind_text(statement, ":position_source", source);
        bind_text(statement, ":written_position_source", source);
        if (tag->position_source == POSITION_NONE || !(fabs(tag->latitude_deg) <= 90) ||
            !(fabs(tag->longitude_deg) <= 180))
                return;
        gpkg_encode_point(tag->latitude_deg, tag->longitude_deg, blob);
        sqlite3_bind_blob(statement, sqlite3_bind_parameter_index(statement, ":geom"), blob, GPKG_POINT_SIZE,
                          SQLITE_STATIC);
        bind_double(statement, ":written_latitude", tag->latitude_deg);
        bind_double(statement, ":written_longitude", tag->longitude_deg);
        index_grow_box(index, tag->longitude_deg, tag->latitude_deg);
}

static void bind_motion(sqlite3_stmt *statement, const struct picture_tag *tag)
{
        bind_double(statement, ":altitude_m", tag->altitude_msl_m);
        bind_double(statement, ":altitude_hae_m", tag->altitude_hae_m);
        bind_double(statement, ":speed_mps", tag->speed_mps);
        bind_double(statement, ":course_deg", tag->course_deg);
        bind_double(statement, ":heading_deg", tag->heading_deg);
        bind_double(statement, ":image_direction_deg", tag->image_direction_deg);
        bind_double(statement, ":accuracy_m", tag->accuracy_m);
        bind_double(statement, ":hdop", tag->hdop);
        bind_double(statement, ":travelled_m", tag->travelled_m);
        bind_flag(statement, ":reversing", tag->reversing);
        if (tag->mark >= 0)
                bind_int(statement, ":mark", tag->mark);
        bind_double(statement, ":spacing_m", tag->spacing_m > 0 ? tag->spacing_m : NAN);
}

static void bind_street(sqlite3_stmt *statement, const struct picture_tag *tag)
{
        const struct map_match *match = &tag->match;

        bind_text(statement, ":network_version", tag->network_version);
        if (!match->on_road)
                return;
        bind_int(statement, ":segment", match->segment);
        bind_text(statement, ":source_id", tag->source_id);
        bind_text(statement, ":street", tag->street);
        bind_double(statement, ":chainage_m", match->chainage_m);
        bind_int(statement, ":direction", match->direction);
        bind_double(statement, ":offset_m", match->offset_m);
        bind_double(statement, ":match_confidence", match->confidence);
        bind_flag(statement, ":provisional", match->provisional);
}

static void bind_picture(sqlite3_stmt *statement, const struct picture_tag *tag, const struct index_frame_file *file)
{
        bind_text(statement, ":run", tag->run);
        bind_text(statement, ":camera", tag->camera);
        bind_int(statement, ":sequence", (int64_t)tag->sequence);
        bind_time(statement, ":captured_at", tag->captured_utc_ns);
        bind_int(statement, ":exposure_mid_boottime_ns", tag->exposure_mid_boottime_ns);
        if (tag->width > 0 && tag->height > 0) {
                bind_int(statement, ":width", tag->width);
                bind_int(statement, ":height", tag->height);
        }
        if (tag->exposure_ns > 0)
                bind_double(statement, ":exposure_s", (double)tag->exposure_ns / 1e9);
        bind_double(statement, ":gain", tag->gain);
        bind_double(statement, ":sharpness", tag->sharpness);
        bind_double(statement, ":brightness", tag->brightness);
        bind_double(statement, ":clipped_share", tag->clipped_share);
        bind_text(statement, ":quality", tag->quality);
        bind_text(statement, ":path", file->path);
        bind_int(statement, ":bytes", (int64_t)file->bytes);
        bind_text(statement, ":sha256", file->sha256);
}

/* The spacing may change in a run: its row has the smallest and the largest. */
static int widen_spacing(struct index_db *index, const struct picture_tag *tag)
{
        sqlite3_stmt *statement;
        int r;

        if (!(tag->spacing_m > 0))
                return 0;
        r = index_statement(
                index, STATEMENT_RUN_SPACING,
                "UPDATE runs SET spacing_m = min(ifnull(spacing_m, :spacing_m), :spacing_m), spacing_max_m ="
                " max(ifnull(spacing_max_m, ifnull(spacing_m, :spacing_m)), :spacing_m) WHERE name = :run AND"
                " (spacing_m IS NULL OR spacing_m > :spacing_m"
                " OR ifnull(spacing_max_m, spacing_m) < :spacing_m)",
                &statement);
        if (r < 0)
                return r;
        bind_text(statement, ":run", tag->run);
        bind_double(statement, ":spacing_m", tag->spacing_m);
        return index_run_statement(index, statement, "cannot write the spacing of a run");
}

int index_add_frame(struct index_db *index, const struct picture_tag *tag, const struct index_frame_file *file)
{
        uint8_t blob[GPKG_POINT_SIZE];
        sqlite3_stmt *statement;
        int r;

        r = index_statement(
                index, STATEMENT_ADD_FRAME,
                "INSERT INTO frames (geom, run, camera, sequence, captured_at, exposure_mid_boottime_ns,"
                " written_latitude,"
                " written_longitude, written_position_source, altitude_m, altitude_hae_m, speed_mps, course_deg,"
                " heading_deg,"
                " image_direction_deg, accuracy_m, hdop, position_source, mark, spacing_m, travelled_m, reversing, segment,"
                " source_id, street,"
                " chainage_m, direction, offset_m, match_confidence, provisional, network_version, path, bytes,"
                " sha256, width,"
                " height, exposure_s, gain, sharpness, brightness, clipped_share, quality) VALUES (:geom, :run, :camera, :sequence, :captured_at,"
                " :exposure_mid_boottime_ns,"
                " :written_latitude, :written_longitude, :written_position_source, :altitude_m, :altitude_hae_m,"
                " :speed_mps,"
                " :course_deg, :heading_deg, :image_direction_deg, :accuracy_m, :hdop, :position_source, :mark,"
                " :spacing_m, :travelled_m,"
                " :reversing, :segment, :source_id, :street, :chainage_m, :direction, :offset_m, :match_confidence,"
                " :provisional,"
                " :network_version, :path, :bytes, :sha256, :width, :height, :exposure_s, :gain, :sharpness, :brightness,"
                " :clipped_share, :quality)",
                &statement);
        if (r < 0)
                return r;
        bind_picture(statement, tag, file);
        bind_position(index, statement, tag, blob);
        bind_motion(statement, tag);
        bind_street(statement, tag);
        r = index_run_statement(index, statement, "cannot add a frame");
        return r == 0 ? widen_spacing(index, tag) : r;
}

/* ---- fixes and gaps ---- */

static void bind_known(sqlite3_stmt *statement, const struct fix *fix, unsigned field, const char *name, double value)
{
        if (fix_has(fix, field))
                bind_double(statement, name, value);
}

int index_add_fix(struct index_db *index, const char *run, const struct fix *fix, int64_t arrival_boottime_ns,
                  const char *verdict)
{
        sqlite3_stmt *statement;
        int r;

        r = index_statement(
                index, STATEMENT_ADD_FIX,
                "INSERT INTO fixes (run, time, arrival_boottime_ns, mode, status, latitude, longitude, altitude_m,"
                " altitude_hae_m, speed_mps, course_deg, eph_m, epv_m, eps_mps, hdop, satellites, verdict)"
                " VALUES (:run, :time, :arrival, :mode, :status, :latitude, :longitude, :altitude_m, :altitude_hae_m,"
                " :speed_mps, :course_deg, :eph_m, :epv_m, :eps_mps, :hdop, :satellites, :verdict)",
                &statement);
        if (r < 0)
                return r;
        bind_text(statement, ":run", run);
        if (fix_has(fix, FIX_TIME))
                bind_time(statement, ":time", fix->utc_ns);
        bind_int(statement, ":arrival", arrival_boottime_ns);
        bind_int(statement, ":mode", fix->mode);
        bind_int(statement, ":status", fix->status);
        bind_known(statement, fix, FIX_POSITION, ":latitude", fix->latitude_deg);
        bind_known(statement, fix, FIX_POSITION, ":longitude", fix->longitude_deg);
        bind_known(statement, fix, FIX_ALTITUDE_MSL, ":altitude_m", fix->altitude_msl_m);
        bind_known(statement, fix, FIX_ALTITUDE_HAE, ":altitude_hae_m", fix->altitude_hae_m);
        bind_known(statement, fix, FIX_SPEED, ":speed_mps", fix->speed_mps);
        bind_known(statement, fix, FIX_COURSE, ":course_deg", fix->course_deg);
        bind_known(statement, fix, FIX_EPH, ":eph_m", fix->eph_m);
        bind_known(statement, fix, FIX_EPV, ":epv_m", fix->epv_m);
        bind_known(statement, fix, FIX_EPS, ":eps_mps", fix->eps_mps);
        bind_known(statement, fix, FIX_HDOP, ":hdop", fix->hdop);
        if (fix_has(fix, FIX_SATELLITES))
                bind_int(statement, ":satellites", fix->satellites_used);
        bind_text(statement, ":verdict", verdict);
        return index_run_statement(index, statement, "cannot add a fix");
}

int index_put_gap(struct index_db *index, const struct gap *gap)
{
        sqlite3_stmt *statement;
        int r;

        r = index_statement(
                index, STATEMENT_PUT_GAP,
                "INSERT INTO gaps (run, camera, number, from_at, to_at, metres, marks, reason, segment, source_id,"
                " direction, chainage_m, to_segment, to_chainage_m, to_direction) VALUES (:run, :camera, :number, :from_at, :to_at,"
                " :metres, :marks, :reason, :segment, :source_id, :direction, :chainage_m, :to_segment, :to_chainage_m, :to_direction)"
                " ON CONFLICT (run, number) DO UPDATE SET camera = excluded.camera, from_at = excluded.from_at,"
                " to_at = excluded.to_at, metres = excluded.metres, marks = excluded.marks, reason = excluded.reason,"
                " segment = excluded.segment, source_id = excluded.source_id, direction = excluded.direction,"
                " chainage_m = excluded.chainage_m, to_segment = excluded.to_segment,"
                " to_chainage_m = excluded.to_chainage_m, to_direction = excluded.to_direction",
                &statement);
        if (r < 0)
                return r;
        bind_text(statement, ":run", gap->run);
        bind_text(statement, ":camera", gap->camera);
        bind_int(statement, ":number", (int64_t)gap->number);
        if (gap->from_utc_ns > 0)
                bind_time(statement, ":from_at", gap->from_utc_ns);
        if (gap->to_utc_ns > 0)
                bind_time(statement, ":to_at", gap->to_utc_ns);
        bind_double(statement, ":metres", gap->metres);
        bind_int(statement, ":marks", (int64_t)gap->marks);
        bind_text(statement, ":reason", gap_reason_text(gap->reason));
        if (gap->from.on_road) {
                bind_int(statement, ":segment", gap->from.segment);
                bind_text(statement, ":source_id", gap->source_id);
                bind_int(statement, ":direction", gap->from.direction);
                bind_double(statement, ":chainage_m", gap->from.chainage_m);
        }
        if (gap->to.on_road) {
                bind_int(statement, ":to_segment", gap->to.segment);
                bind_double(statement, ":to_chainage_m", gap->to.chainage_m);
                bind_int(statement, ":to_direction", gap->to.direction);
        }
        return index_run_statement(index, statement, "cannot write a gap");
}
