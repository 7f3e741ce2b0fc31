/* SPDX-License-Identifier: MIT */
#include "storage/export.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Decimals: 7 of a degree are a centimetre. */
enum { DEGREES = 7, METRES = 2, ANGLE = 2, SPEED = 2, SHARE = 2, QUALITY = 3 };

/* ---- CSV ---- */

void export_csv_field(FILE *stream, bool first, const char *text)
{
        if (!first)
                fputc(',', stream);
        if (!text)
                return;
        if (!strpbrk(text, ",\"\r\n")) {
                fputs(text, stream);
                return;
        }
        fputc('"', stream);
        for (; *text; text++) {
                if (*text == '"')
                        fputc('"', stream);
                fputc(*text, stream);
        }
        fputc('"', stream);
}

/* ---- one row as members or fields: the columns are named in one place ---- */

struct row {
        FILE *stream;          /* CSV */
        struct json_out *json; /* JSON; NULL: CSV */
        bool titles;           /* CSV: the names instead of the values */
        bool started;
};

static void csv_field(struct row *row, const char *name, const char *value)
{
        export_csv_field(row->stream, !row->started, row->titles ? name : value);
        row->started = true;
}

static void put_text(struct row *row, const char *name, const char *value)
{
        if (row->json)
                json_out_string(row->json, name, value);
        else
                csv_field(row, name, value);
}

static void put_number(struct row *row, const char *name, double value, int decimals)
{
        struct text text = {0};
        struct json_out number;

        if (row->json) {
                json_out_double(row->json, name, value, decimals);
                return;
        }
        json_out_begin(&number, &text);
        json_out_double(&number, NULL, value, decimals);
        csv_field(row, name, isfinite(value) ? text.data : NULL);
        text_finish(&text);
}

static void put_integer(struct row *row, const char *name, bool known, int64_t value)
{
        char text[32];

        if (row->json && known)
                json_out_int(row->json, name, value);
        else if (row->json)
                json_out_null(row->json, name);
        else {
                snprintf(text, sizeof(text), "%" PRId64, value);
                csv_field(row, name, known ? text : NULL);
        }
}

/* The contract with scripts: names and order stay. */
static void put_frame(struct row *row, const struct query_frame *frame)
{
        put_text(row, "run", frame->run);
        put_text(row, "camera", frame->camera);
        put_integer(row, "sequence", true, frame->sequence);
        put_text(row, "captured_at", frame->captured_at);
        put_number(row, "latitude", frame->latitude_deg, DEGREES);
        put_number(row, "longitude", frame->longitude_deg, DEGREES);
        put_number(row, "altitude_m", frame->altitude_m, METRES);
        put_number(row, "speed_mps", frame->speed_mps, SPEED);
        put_number(row, "course_deg", frame->course_deg, ANGLE);
        put_number(row, "image_direction_deg", frame->image_direction_deg, ANGLE);
        put_number(row, "accuracy_m", frame->accuracy_m, METRES);
        put_text(row, "position_source", frame->position_source);
        put_text(row, "street", frame->street);
        put_integer(row, "segment", frame->segment != 0, frame->segment);
        put_text(row, "source_id", frame->source_id);
        put_number(row, "chainage_m", frame->chainage_m, METRES);
        put_integer(row, "direction", frame->direction != 0, frame->direction);
        put_number(row, "match_confidence", frame->match_confidence, SHARE);
        put_text(row, "path", frame->path);
        put_integer(row, "bytes", frame->bytes >= 0, frame->bytes);
        put_text(row, "sha256", frame->sha256);
        put_text(row, "upload_state", frame->upload_state);
        put_number(row, "sharpness", frame->sharpness, QUALITY);
        put_number(row, "brightness", frame->brightness, QUALITY);
        put_number(row, "clipped_share", frame->clipped_share, QUALITY);
        put_text(row, "quality", frame->quality);
}

static void put_run(struct row *row, const struct query_run *run)
{
        put_text(row, "run", run->name);
        put_text(row, "start", run->start_at);
        put_text(row, "end", run->end_at);
        put_text(row, "vehicle", run->vehicle);
        put_text(row, "cameras", run->cameras);
        put_text(row, "software", run->software);
        put_number(row, "spacing_m", run->spacing_m, METRES);
        put_number(row, "spacing_max_m", run->spacing_max_m, METRES);
        put_integer(row, "frames", true, run->frames);
        put_number(row, "metres", run->travelled_m, 1);
        put_text(row, "state", run->state);
        put_integer(row, "night", true, run->night);
        put_integer(row, "clipped", true, run->clipped);
        put_integer(row, "blurred", true, run->blurred);
}

/* ---- whole answers ---- */

/* An answer being written: rows go through it one by one, with the same scratch text. */
struct writer {
        FILE *stream;
        enum export_format format;
        uint64_t count;
        struct text line;
        struct json_out json;
        struct row row;
};

static void writer_begin(struct writer *writer, FILE *stream, enum export_format format)
{
        *writer = (struct writer){.stream = stream, .format = format};
        if (format == EXPORT_GEOJSON)
                fputs("{\"type\":\"FeatureCollection\",\"features\":[", stream);
}

static void writer_end(struct writer *writer)
{
        if (writer->format == EXPORT_GEOJSON)
                fputs(writer->count > 0 ? "\n]}\n" : "]}\n", writer->stream);
        text_finish(&writer->line);
}

/* The row to put members into; for JSON an object is open. */
static struct row *row_begin(struct writer *writer)
{
        writer->row = (struct row){.stream = writer->stream};
        if (writer->format == EXPORT_CSV)
                return &writer->row;
        text_clear(&writer->line);
        json_out_begin(&writer->json, &writer->line);
        json_out_object_begin(&writer->json, NULL);
        writer->row.json = &writer->json;
        return &writer->row;
}

static void row_end(struct writer *writer)
{
        if (writer->format == EXPORT_CSV) {
                fputs("\r\n", writer->stream);
        } else {
                json_out_object_end(&writer->json);
                if (writer->format == EXPORT_GEOJSON)
                        fputs(writer->count > 0 ? ",\n" : "\n", writer->stream);
                fwrite(writer->line.data, 1, writer->line.length, writer->stream);
                if (writer->format == EXPORT_JSON_LINES)
                        fputc('\n', writer->stream);
        }
        writer->count++;
}

static void titles_end(struct writer *writer)
{
        fputs("\r\n", writer->stream);
        writer->row.titles = false;
}

static struct row *titles_begin(struct writer *writer)
{
        writer->row = (struct row){.stream = writer->stream, .titles = true};
        return &writer->row;
}

/* ---- frames ---- */

static void put_point(struct json_out *json, double latitude_deg, double longitude_deg)
{
        json_out_double(json, NULL, longitude_deg, DEGREES);
        json_out_double(json, NULL, latitude_deg, DEGREES);
}

static void put_frame_feature(struct writer *writer, const struct query_frame *frame)
{
        struct row *row = row_begin(writer);
        struct json_out *json = row->json;

        json_out_string(json, "type", "Feature");
        if (isfinite(frame->latitude_deg) && isfinite(frame->longitude_deg)) {
                json_out_object_begin(json, "geometry");
                json_out_string(json, "type", "Point");
                json_out_array_begin(json, "coordinates");
                put_point(json, frame->latitude_deg, frame->longitude_deg);
                json_out_array_end(json);
                json_out_object_end(json);
        } else {
                json_out_null(json, "geometry");
        }
        json_out_object_begin(json, "properties");
        put_frame(row, frame);
        json_out_object_end(json);
        row_end(writer);
}

static void write_frame(struct writer *writer, const struct query_frame *frame)
{
        if (writer->format == EXPORT_GEOJSON) {
                put_frame_feature(writer, frame);
                return;
        }
        put_frame(row_begin(writer), frame);
        row_end(writer);
}

int export_frames(struct query_frames *frames, enum export_format format, FILE *stream, export_frame_fn each,
                  void *userdata, uint64_t *ret_count)
{
        static const struct query_frame no_frame;
        struct query_frame frame;
        struct writer writer;
        int r;

        writer_begin(&writer, stream, format);
        if (format == EXPORT_CSV) {
                put_frame(titles_begin(&writer), &no_frame);
                titles_end(&writer);
        }
        while ((r = query_frames_next(frames, &frame)) == 1) {
                write_frame(&writer, &frame);
                r = each ? each(userdata, &frame) : 0;
                if (r != 0 || ferror(stream))
                        break;
        }
        writer_end(&writer);
        if (r < 0)
                return r;
        *ret_count = writer.count;
        return r;
}

/* ---- runs ---- */

/* The places of the frames of the run's first camera, as struct road_point one behind the other. */
static int read_run_points(struct index_db *index, const char *run, struct text *points)
{
        struct query_frames *frames;
        struct query_filter filter;
        struct query_frame frame;
        char camera[64] = "";
        int r;

        query_filter_init(&filter);
        filter.run = run;
        r = query_frames_open(index, &filter, &frames);
        if (r < 0)
                return r;
        while ((r = query_frames_next(frames, &frame)) == 1) {
                struct road_point point = {frame.latitude_deg, frame.longitude_deg};

                if (camera[0] == '\0')
                        snprintf(camera, sizeof(camera), "%s", frame.camera);
                if (strncmp(camera, frame.camera, sizeof(camera) - 1) != 0)
                        break;
                if (isfinite(point.latitude_deg) && isfinite(point.longitude_deg))
                        text_add_bytes(points, &point, sizeof(point));
        }
        query_frames_close(frames);
        return r < 0 ? r : 0;
}

/* Two points at least make a line. */
static int put_run_line(struct index_db *index, const char *run, struct json_out *json)
{
        struct text points = {0};
        int r = read_run_points(index, run, &points);

        if (r == 0 && points.length >= 2 * sizeof(struct road_point)) {
                json_out_object_begin(json, "geometry");
                json_out_string(json, "type", "LineString");
                json_out_array_begin(json, "coordinates");
                for (size_t at = 0; at < points.length; at += sizeof(struct road_point)) {
                        struct road_point point;

                        memcpy(&point, points.data + at, sizeof(point));
                        json_out_array_begin(json, NULL);
                        put_point(json, point.latitude_deg, point.longitude_deg);
                        json_out_array_end(json);
                }
                json_out_array_end(json);
                json_out_object_end(json);
        } else if (r == 0) {
                json_out_null(json, "geometry");
        }
        text_finish(&points);
        return r;
}

static int write_run(struct index_db *index, struct writer *writer, const struct query_run *run)
{
        struct row *row = row_begin(writer);
        int r = 0;

        if (writer->format == EXPORT_GEOJSON) {
                json_out_string(row->json, "type", "Feature");
                r = put_run_line(index, run->name, row->json);
                if (r < 0)
                        return r;
                json_out_object_begin(row->json, "properties");
                put_run(row, run);
                json_out_object_end(row->json);
        } else {
                put_run(row, run);
        }
        row_end(writer);
        return 0;
}

int export_runs(struct index_db *index, struct query_runs *runs, enum export_format format, FILE *stream,
                uint64_t *ret_count)
{
        static const struct query_run no_run;
        struct writer writer;
        struct query_run run;
        int r;

        writer_begin(&writer, stream, format);
        if (format == EXPORT_CSV) {
                put_run(titles_begin(&writer), &no_run);
                titles_end(&writer);
        }
        while ((r = query_runs_next(runs, &run)) == 1) {
                r = write_run(index, &writer, &run);
                if (r < 0)
                        break;
        }
        writer_end(&writer);
        if (r < 0)
                return r;
        *ret_count = writer.count;
        return 0;
}
