/* SPDX-License-Identifier: MIT */
#include "cli/roads_import.h"

#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/utc.h"
#include "cli/roads_lines.h"
#include "cli/roads_source.h"
#include "storage/roads.h"
#include "storage/root.h"

#define IDS_SHOWN 10

/* Why features were left out. */
enum reason { PATH, NOT_ROAD, NO_GEOMETRY, OTHER_SHAPE, BROKEN, NOT_ON_EARTH, FAR_APART, NO_LENGTH, REASON_COUNT };

static const char *const reason_texts[REASON_COUNT] = {
        [PATH] = "paths, stairs and tracks (--keep-paths takes them)",
        [NOT_ROAD] = "not roads",
        [NO_GEOMETRY] = "without geometry",
        [OTHER_SHAPE] = "not lines",
        [BROKEN] = "broken geometry",
        [NOT_ON_EARTH] = "coordinates out of range",
        [FAR_APART] = "with vertices over 2 degrees apart", /* ROAD_PIECE_MAX_DEG */
        [NO_LENGTH] = "without length",
};

/* An import under way: what was read, and what came of it. */
struct job {
        const struct roads_import_options *options;
        const char *name; /* of the file, without its folders */
        struct roads_lines *lines;
        uint64_t read;
        uint64_t left_out[REASON_COUNT];
        struct text left_out_ids[REASON_COUNT];
        struct roads_import *import;
        uint64_t segments;
        double metres;
        void *streets; /* tree of names, by address: each is there once */
        uint64_t street_count;
        int shown_percent;
        struct roads_frames frames; /* how the pictures stand to the new network */
};

__attribute__((format(printf, 2, 3))) static void complain(const struct job *job, const char *format, ...)
{
        va_list arguments;

        fprintf(stderr, "streetcap-roads: %s: ", job->options->file);
        va_start(arguments, format);
        vfprintf(stderr, format, arguments);
        va_end(arguments);
        fputc('\n', stderr);
}

/* --- reading --- */

static void show_progress(struct job *job, double part)
{
        int percent = (int)(part * 100.0);

        if (part < 0.0 || percent == job->shown_percent || !isatty(STDERR_FILENO))
                return;
        job->shown_percent = percent;
        fprintf(stderr, "\rreading %s: %3d %%", job->name, percent);
}

static void end_progress(struct job *job)
{
        if (job->shown_percent >= 0)
                fputs("\r\033[K", stderr);
}

static void leave_out(struct job *job, enum reason reason, const char *id)
{
        struct text *ids = &job->left_out_ids[reason];

        if (job->left_out[reason]++ < IDS_SHOWN)
                text_addf(ids, "%s%s", ids->length ? ", " : "", id);
        else if (job->left_out[reason] == IDS_SHOWN + 1)
                text_add(ids, ", ...");
}

static int take_lines(struct job *job, const struct roads_feature *feature, const struct roads_attributes *attributes)
{
        const struct road_point *points = feature->points;
        size_t i, taken = 0;
        enum reason reason = NO_LENGTH;
        int r;

        for (i = 0; i < feature->part_count; i++) {
                r = roads_lines_add(job->lines, attributes, points, feature->part_sizes[i]);
                if (r == -ENOMEM)
                        return r;
                if (r == -ERANGE)
                        reason = NOT_ON_EARTH;
                else if (r == -EDOM)
                        reason = FAR_APART;
                else if (r == 0)
                        taken++;
                points += feature->part_sizes[i];
        }
        if (reason != NO_LENGTH || (taken == 0 && feature->part_count > 0))
                leave_out(job, reason, attributes->source_id);
        return 0;
}

static int take_feature(struct job *job, const struct roads_feature *feature)
{
        static const enum reason shape_reasons[] = {
                [ROADS_NO_GEOMETRY] = NO_GEOMETRY, [ROADS_OTHER_SHAPE] = OTHER_SHAPE, [ROADS_BROKEN] = BROKEN};
        struct roads_attributes attributes;
        enum roads_verdict verdict = roads_rules_apply(&feature->values, &attributes);

        job->read++;
        if (attributes.source_id[0] == '\0')
                snprintf(attributes.source_id, sizeof(attributes.source_id), "%s", feature->number);
        if (feature->shape != ROADS_LINES)
                leave_out(job, shape_reasons[feature->shape], attributes.source_id);
        else if (verdict == ROADS_NOT_ROAD)
                leave_out(job, NOT_ROAD, attributes.source_id);
        else if (verdict == ROADS_PATH && !job->options->keep_paths)
                leave_out(job, PATH, attributes.source_id);
        else
                return take_lines(job, feature, &attributes);
        return 0;
}

static int read_source(struct job *job)
{
        struct text problem = {0};
        struct roads_source *source = NULL;
        struct roads_feature feature;
        int r = roads_source_open(job->options->file, job->options->layer, &source, &problem);

        while (r >= 0) {
                r = roads_source_next(source, &feature, &problem);
                if (r <= 0)
                        break;
                r = take_feature(job, &feature);
                show_progress(job, roads_source_progress(source));
        }
        end_progress(job);
        roads_source_close(source);
        if (r < 0)
                complain(job, "%s", problem.data ? problem.data : strerror(-r));
        text_finish(&problem);
        return r;
}

/* --- storing --- */

static int compare_addresses(const void *a, const void *b)
{
        return (a > b) - (a < b);
}

static void keep_nothing(void *item)
{
        (void)item;
}

static int store_segment(void *userdata, const struct road_segment *segment)
{
        struct job *job = userdata;
        int r = roads_import_add(job->import, segment);

        if (r < 0)
                return r;
        job->segments++;
        job->metres += segment->to_m - segment->from_m;
        if (segment->street && !tfind(segment->street, &job->streets, compare_addresses)) {
                if (!tsearch(segment->street, &job->streets, compare_addresses))
                        return -ENOMEM;
                job->street_count++;
        }
        return 0;
}

static int store_network(struct job *job, struct index_db *index, const char *version)
{
        int r = roads_import_begin(index, version, job->name, &job->import);

        if (r < 0)
                return r;
        r = roads_lines_split(job->lines, store_segment, job);
        if (r < 0) {
                roads_import_abort(job->import);
                return r;
        }
        return roads_import_finish(job->import);
}

static void complain_busy(const struct job *job)
{
        fprintf(stderr,
                "streetcap-roads: %s is in use by process %d (a running streetcapd?): stop it first (systemctl stop "
                "streetcapd); "
                "nothing was changed\n",
                job->options->root, storage_root_writer(job->options->root));
}

static int store(struct job *job, const char *version)
{
        struct storage_root *root;
        struct index_db *index;
        struct text path = {0};
        int r = storage_root_open(job->options->root, STORAGE_WRITE, true, &root);

        if (r == -EBUSY) {
                complain_busy(job);
                return r;
        }
        if (r < 0) {
                fprintf(stderr, "streetcap-roads: %s: %s\n", job->options->root, strerror(-r));
                return r;
        }
        text_addf(&path, "%s/%s", storage_root_path(root), STORAGE_INDEX_NAME);
        r = index_open(path.data, INDEX_READ_WRITE, &index);
        if (r >= 0) {
                r = store_network(job, index, version);
                /* Only a remark: the network is stored. */
                if (r == 0 && roads_count_frames(index, &job->frames) < 0)
                        job->frames = (struct roads_frames){0};
                index_close(index);
        }
        if (r < 0)
                fprintf(stderr, "streetcap-roads: %s: the network was not stored: %s\n", path.data, strerror(-r));
        text_finish(&path);
        storage_root_close(root);
        return r;
}

/* --- the whole --- */

static const char *name_of(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash && slash[1] ? slash + 1 : path;
}

/* The file's name, cut where it must be, and the day it was changed. */
static void default_version(const struct job *job, char version[static ROADS_VERSION_MAX + 1])
{
        char changed[UTC_TEXT_SIZE], day[16] = "";
        size_t length = strlen(job->name), room;
        struct stat status;

        if (stat(job->options->file, &status) == 0 && status.st_mtime >= 0)
                snprintf(day, sizeof(day), " %.10s", utc_format_ms((int64_t)status.st_mtime * NS_PER_S, changed));
        room = ROADS_VERSION_MAX - strlen(day);
        if (length > room) {
                length = room;
                while (length > 0 && ((unsigned char)job->name[length] & 0xc0) == 0x80)
                        length--;
        }
        snprintf(version, ROADS_VERSION_MAX + 1, "%.*s%s", (int)length, job->name, day);
}

static uint64_t left_out_count(const struct job *job)
{
        uint64_t count = 0;
        int reason;

        for (reason = 0; reason < REASON_COUNT; reason++)
                count += job->left_out[reason];
        return count;
}

static void say_left_out(const struct job *job, FILE *stream)
{
        int reason;

        for (reason = 0; reason < REASON_COUNT; reason++) {
                if (job->left_out[reason] == 0)
                        continue;
                fprintf(stream, "left out: %" PRIu64 " %s", job->left_out[reason], reason_texts[reason]);
                /* What a road map is expected to hold needs no list. */
                if (reason != PATH && reason != NOT_ROAD)
                        fprintf(stream, " (%s)", job->left_out_ids[reason].data);
                fputc('\n', stream);
        }
}

static void say_done(const struct job *job, const char *version)
{
        printf("%s: %" PRIu64 " features read, %" PRIu64 " segments, %.1f km, %" PRIu64 " streets named, %" PRIu64
               " left out; version %s\n",
               job->name, job->read, job->segments, job->metres / 1000.0, job->street_count, left_out_count(job),
               version);
        say_left_out(job, stdout);
        if (job->frames.gone > 0 || job->frames.without > 0)
                printf("of %" PRId64 " frames in the index, %" PRId64
                       " name segments that this network lacks and %" PRId64
                       " have no street; streetcap replay RUN takes them anew on this network\n",
                       job->frames.all, job->frames.gone, job->frames.without);
}

static int run(struct job *job)
{
        char version[ROADS_VERSION_MAX + 1];
        int r;

        if (storage_root_writer(job->options->root) > 0) {
                complain_busy(job);
                return -EBUSY;
        }
        r = read_source(job);
        if (r < 0)
                return r;
        if (roads_lines_count(job->lines) == 0) {
                complain(job, "holds no roads (%" PRIu64 " features read); nothing was changed", job->read);
                say_left_out(job, stderr);
                return -ENODATA;
        }
        if (job->options->version)
                snprintf(version, sizeof(version), "%s", job->options->version);
        else
                default_version(job, version);
        r = store(job, version);
        if (r >= 0)
                say_done(job, version);
        return r;
}

int roads_import_file(const struct roads_import_options *options)
{
        struct job job = {.options = options, .name = name_of(options->file), .shown_percent = -1};
        int reason, r = roads_lines_create(&job.lines);

        if (r < 0)
                complain(&job, "%s", strerror(-r));
        else
                r = run(&job);
        roads_lines_destroy(job.lines);
        tdestroy(job.streets, keep_nothing);
        for (reason = 0; reason < REASON_COUNT; reason++)
                text_finish(&job.left_out_ids[reason]);
        return r;
}
