/* SPDX-License-Identifier: MIT */
#include "cli/disk_left.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/utc.h"
#include "storage/query.h"
#include "storage/root.h"

#define LEAST_METRES 100.0
#define DAY_S 86400.0

/* Pictures of the run so far: how many, and what they take. */
static int read_run(struct index_db *index, const char *run, double *ret_count, double *ret_bytes)
{
        double count = 0, bytes = 0;
        struct query_frames *frames;
        struct query_filter filter;
        struct query_frame frame;
        int r;

        query_filter_init(&filter);
        filter.run = run;
        r = query_frames_open(index, &filter, &frames);
        if (r < 0)
                return r;
        while ((r = query_frames_next(frames, &frame)) == 1) {
                count++;
                bytes += frame.bytes > 0 ? (double)frame.bytes : 0;
        }
        query_frames_close(frames);
        *ret_count = count;
        *ret_bytes = bytes;
        return r;
}

/* Pictures of all other runs, and when the first of all runs began. */
static int read_others(struct index_db *index, const char *run, double *ret_count, int64_t *ret_first_utc_ns)
{
        int64_t first_utc_ns = INT64_MAX, start_utc_ns;
        struct query_filter all;
        struct query_runs *runs;
        struct query_run row;
        double count = 0;
        int r;

        query_filter_init(&all);
        r = query_runs_open(index, &all, &runs);
        if (r < 0)
                return r;
        while ((r = query_runs_next(runs, &row)) == 1) {
                if (strcmp(row.name, run) != 0)
                        count += (double)row.frames;
                if (row.start_at && utc_parse(row.start_at, &start_utc_ns) == 0 && start_utc_ns < first_utc_ns)
                        first_utc_ns = start_utc_ns;
        }
        query_runs_close(runs);
        *ret_count = count;
        *ret_first_utc_ns = first_utc_ns;
        return r;
}

static struct disk_left estimate(struct index_db *index, const char *run, double run_metres, double free_bytes,
                                 int64_t now_utc_ns)
{
        struct disk_left left = {NAN, NAN};
        double pictures, others, bytes, history_s;
        int64_t first_utc_ns;

        if (read_run(index, run, &pictures, &bytes) < 0 || !(bytes > 0))
                return left;
        left.km = free_bytes / (bytes / run_metres) / 1000;
        if (read_others(index, run, &others, &first_utc_ns) < 0 || now_utc_ns <= first_utc_ns)
                return left;
        history_s = (double)(now_utc_ns - first_utc_ns) / (double)NS_PER_S;
        if (history_s >= DAY_S)
                left.days = free_bytes / (bytes / pictures * (pictures + others) / (history_s / DAY_S));
        return left;
}

struct disk_left disk_left_estimate(const char *root, const char *run, double run_metres, double free_bytes,
                                    int64_t now_utc_ns)
{
        struct disk_left left = {NAN, NAN};
        struct index_db *index;
        char path[PATH_MAX];

        if (!root || !run || !(run_metres >= LEAST_METRES) || !(free_bytes >= 0))
                return left;
        /* Who may not read it is not told at length that it cannot be opened. */
        if ((size_t)snprintf(path, sizeof(path), "%s/%s", root, STORAGE_INDEX_NAME) >= sizeof(path) ||
            access(path, R_OK) < 0 || index_open(path, INDEX_READ_ONLY, &index) < 0)
                return left;
        left = estimate(index, run, run_metres, free_bytes, now_utc_ns);
        index_close(index);
        return left;
}
