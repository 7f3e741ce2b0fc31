/* SPDX-License-Identifier: MIT */
#include "storage/store_rows.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "storage/index_private.h"

/* More than an hour of rows while commits keep failing; 30 MB. */
#define ROWS_MAX 16384

enum row_kind { ROW_BEGIN, ROW_FRAME, ROW_FIX, ROW_GAP, ROW_END };

struct row {
        struct row *next;
        enum row_kind kind;
        union {
                struct {
                        struct index_run run;
                        char *config; /* what run.config points to */
                } begin;
                struct {
                        struct picture_tag tag;
                        struct index_frame_file file;
                        char path[128];
                } frame;
                struct {
                        char run[40], verdict[64];
                        struct fix fix;
                        int64_t arrival_boottime_ns;
                } fix;
                struct gap gap;
                struct {
                        char run[40];
                        int64_t utc_ns;
                        double travelled_m;
                } end;
        };
};

struct store_rows {
        struct row *first, **last; /* where the next one is hung in */
        size_t count;
        struct row *free; /* used again, so that a long run allocates no more */
};

int store_rows_create(struct store_rows **ret_rows)
{
        struct store_rows *rows = calloc(1, sizeof(*rows));

        if (!rows)
                return -ENOMEM;
        rows->last = &rows->first;
        *ret_rows = rows;
        return 0;
}

static void row_finish(struct row *row)
{
        if (row->kind == ROW_BEGIN) {
                free(row->begin.config);
                row->begin.config = NULL;
        }
}

static void free_list(struct row *row)
{
        while (row) {
                struct row *next = row->next;

                row_finish(row);
                free(row);
                row = next;
        }
}

void store_rows_destroy(struct store_rows *rows)
{
        if (!rows)
                return;
        free_list(rows->first);
        free_list(rows->free);
        free(rows);
}

int store_rows_check_room(const struct store_rows *rows)
{
        return rows->count < ROWS_MAX ? 0 : -ENOBUFS;
}

static int append(struct store_rows *rows, enum row_kind kind, struct row **ret_row)
{
        struct row *row = rows->free;

        /* The ends of a run are always taken: without them its rows could not go in, or it would count as cut. */
        if (kind != ROW_BEGIN && kind != ROW_END && store_rows_check_room(rows) < 0)
                return -ENOBUFS;
        if (row)
                rows->free = row->next;
        else
                row = malloc(sizeof(*row));
        if (!row)
                return -ENOMEM;
        row->next = NULL;
        row->kind = kind;
        *rows->last = row;
        rows->last = &row->next;
        rows->count++;
        *ret_row = row;
        return 0;
}

static void copy_text(char *to, size_t size, const char *from)
{
        size_t length = strnlen(from, size - 1);

        memcpy(to, from, length);
        to[length] = '\0';
}

int store_rows_add_begin(struct store_rows *rows, const struct index_run *run)
{
        char *config = strdup(run->config);
        struct row *row;
        int r = config ? append(rows, ROW_BEGIN, &row) : -ENOMEM;

        if (r < 0) {
                free(config);
                return r;
        }
        row->begin.run = *run;
        row->begin.run.config = row->begin.config = config;
        return 0;
}

int store_rows_add_frame(struct store_rows *rows, const struct picture_tag *tag, const struct index_frame_file *file)
{
        struct row *row;
        int r = append(rows, ROW_FRAME, &row);

        if (r < 0)
                return r;
        row->frame.tag = *tag;
        row->frame.file = *file;
        copy_text(row->frame.path, sizeof(row->frame.path), file->path);
        row->frame.file.path = row->frame.path;
        return 0;
}

int store_rows_add_fix(struct store_rows *rows, const char *run, const struct fix *fix, int64_t arrival_boottime_ns,
                       const char *verdict)
{
        struct row *row;
        int r = append(rows, ROW_FIX, &row);

        if (r < 0)
                return r;
        copy_text(row->fix.run, sizeof(row->fix.run), run);
        copy_text(row->fix.verdict, sizeof(row->fix.verdict), verdict);
        row->fix.fix = *fix;
        row->fix.arrival_boottime_ns = arrival_boottime_ns;
        return 0;
}

int store_rows_add_gap(struct store_rows *rows, const struct gap *gap)
{
        struct row *row;
        int r = append(rows, ROW_GAP, &row);

        if (r == 0)
                row->gap = *gap;
        return r;
}

int store_rows_add_end(struct store_rows *rows, const char *run, int64_t end_utc_ns, double travelled_m)
{
        struct row *row;
        int r = append(rows, ROW_END, &row);

        if (r < 0)
                return r;
        copy_text(row->end.run, sizeof(row->end.run), run);
        row->end.utc_ns = end_utc_ns;
        row->end.travelled_m = travelled_m;
        return 0;
}

static int write_row(struct index_db *index, const struct row *row)
{
        switch (row->kind) {
        case ROW_BEGIN:
                return index_put_run(index, &row->begin.run);
        case ROW_FRAME:
                return index_add_frame(index, &row->frame.tag, &row->frame.file);
        case ROW_FIX:
                return index_add_fix(index, row->fix.run, &row->fix.fix, row->fix.arrival_boottime_ns,
                                     row->fix.verdict);
        case ROW_GAP:
                return index_put_gap(index, &row->gap);
        case ROW_END:
                return index_end_run(index, row->end.run, row->end.utc_ns, row->end.travelled_m, RUN_ENDED);
        }
        return -EINVAL;
}

/* One update for the frames of a run that follow each other. */
static int write_progress(struct index_db *index, const char *run, uint64_t frames, double travelled_m)
{
        return frames > 0 ? index_add_to_run(index, run, frames, travelled_m) : 0;
}

/* An errno of the row itself, whenever it is tried. */
static bool is_refused(int r)
{
        return r == -EEXIST || r == -EINVAL || r == -ENOENT;
}

static void tell_refused(const struct row *row, int r)
{
        const char *what = r == -EEXIST ? "its row is in the index already, ignoring it"
                                        : "its row is refused by the index, dropping it";

        switch (row->kind) {
        case ROW_BEGIN:
                log_error("run %s: %s", row->begin.run.name, what);
                break;
        case ROW_FRAME:
                log_error("run %s, camera %s, picture %" PRIu64 ": %s", row->frame.tag.run, row->frame.tag.camera,
                          row->frame.tag.sequence, what);
                break;
        case ROW_FIX:
                log_error("run %s, a fix: %s", row->fix.run, what);
                break;
        case ROW_GAP:
                log_error("run %s, gap %" PRIu64 ": %s", row->gap.run, row->gap.number, what);
                break;
        case ROW_END:
                log_error("run %s, its end: %s", row->end.run, what);
                break;
        }
}

static int write_rows(const struct store_rows *rows, struct index_db *index)
{
        const char *run = "";
        uint64_t frames = 0;
        double travelled_m = 0;
        int r = 0;

        for (const struct row *row = rows->first; row; row = row->next) {
                if (frames > 0 &&
                    (row->kind == ROW_END || (row->kind == ROW_FRAME && strcmp(row->frame.tag.run, run) != 0))) {
                        r = write_progress(index, run, frames, travelled_m);
                        if (r < 0)
                                return r;
                        frames = 0;
                }
                r = write_row(index, row);
                if (is_refused(r)) {
                        tell_refused(row, r);
                        continue;
                }
                if (r < 0)
                        return r;
                if (row->kind == ROW_FRAME) {
                        run = row->frame.tag.run;
                        frames++;
                        travelled_m = row->frame.tag.travelled_m;
                }
        }
        return write_progress(index, run, frames, travelled_m);
}

/* Gives the rows to the list of free ones. */
static void recycle(struct store_rows *rows)
{
        for (struct row *row = rows->first; row; row = row->next)
                row_finish(row);
        *rows->last = rows->free;
        rows->free = rows->first;
        rows->first = NULL;
        rows->last = &rows->first;
        rows->count = 0;
}

int store_rows_commit(struct store_rows *rows, struct index_db *index)
{
        int r;

        if (!rows->first)
                return 0;
        r = index_begin(index);
        if (r < 0)
                return r;
        r = write_rows(rows, index);
        if (r == 0)
                r = index_commit(index);
        if (r < 0) {
                index_rollback(index);
                return r;
        }
        recycle(rows);
        return 0;
}
