/* SPDX-License-Identifier: MIT */
/* streetcap export: frames as files for other programs, with their pictures beside. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/commands.h"
#include "cli/filter.h"
#include "storage/export.h"
#include "storage/root.h"
#include "storage/snapshot.h"

enum format { FORMAT_NONE, FORMAT_GPKG, FORMAT_GEOJSON, FORMAT_CSV };

struct export_values {
        struct filter_options filter;
        enum format format;
        const char *output, *images;
};

static int take_format(struct cli *cli, const struct cli_option *option, const char *value, void *target)
{
        static const char *const names[] = {[FORMAT_GPKG] = "gpkg", [FORMAT_GEOJSON] = "geojson", [FORMAT_CSV] = "csv"};

        for (enum format format = FORMAT_GPKG; format <= FORMAT_CSV; format++) {
                if (strcmp(value, names[format]) == 0) {
                        *(enum format *)target = format;
                        return 0;
                }
        }
        return cli_bad_value(cli, option, value, "gpkg, geojson, csv");
}

static const struct cli_option options[] = {
        {"format", 0, "FORMAT", "gpkg (the whole index), geojson or csv (frames)", take_format,
         offsetof(struct export_values, format)},
        {"output", 'o', "FILE", "where to; default for geojson and csv: standard output", cli_take_text,
         offsetof(struct export_values, output)},
        {"with-images", 0, "DIR", "copies the pictures of what is exported below DIR, under their paths", cli_take_text,
         offsetof(struct export_values, images)},
        FILTER_OPTIONS(struct export_values, filter),
        CLI_OPTIONS_END,
};

static const struct cli_syntax syntax = {
        .options = options,
        .without = "json",
        .description =
                "FILE appears when it is whole, in place of what was there. A picture that is already in DIR, whole, is not copied again.\n",
};

/* ---- pictures ---- */

/* Copies one picture after the other; one that cannot be copied is said and counted. */
struct copier {
        struct cli *cli;
        int root_fd, target_fd; /* target_fd -1: no pictures are asked for */
        uint64_t copied, failed;
        uint64_t written; /* frames, of what is no copy of the index */
};

static int copier_open(struct copier *copier, const char *root, const char *target)
{
        copier->root_fd = copier->target_fd = -1;
        if (!target)
                return CLI_DONE;
        copier->root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (copier->root_fd < 0) {
                cli_error(copier->cli, "%s: %s", root, strerror(errno));
                return CLI_FAILED;
        }
        if (mkdir(target, 0755) == 0 || errno == EEXIST)
                copier->target_fd = open(target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (copier->target_fd < 0) {
                cli_error(copier->cli, "%s: %s", target, strerror(errno));
                copier->root_fd = fd_close(copier->root_fd);
                return CLI_FAILED;
        }
        return CLI_DONE;
}

static void copier_close(struct copier *copier)
{
        fd_close(copier->root_fd);
        fd_close(copier->target_fd);
}

/* A full disk stops it all: each further picture would say the same. */
static int copy_frame(void *userdata, const struct query_frame *frame)
{
        struct copier *copier = userdata;
        int r;

        if (copier->target_fd < 0)
                return 0;
        r = export_picture(copier->root_fd, copier->target_fd, frame->path, frame->bytes, frame->sha256);
        if (r == 0) {
                copier->copied++;
                return 0;
        }
        copier->failed++;
        cli_error(copier->cli, "%s: not copied: %s", frame->path,
                  r == -EPERM     ? "its path leads out of the root"
                  : r == -EBADMSG ? "it is not the picture that the index lists (streetcap verify)"
                                  : strerror(-r));
        return r == -ENOSPC || r == -EDQUOT || r == -EROFS ? r : 0;
}

static int copier_result(struct copier *copier)
{
        int r;

        if (copier->target_fd < 0)
                return CLI_DONE;
        r = export_pictures_sync(copier->target_fd);
        if (r < 0) {
                cli_error(copier->cli, "the pictures may not all be on disk: %s", strerror(-r));
                return CLI_FAILED;
        }
        fprintf(copier->cli->err, "%" PRIu64 " picture%s in place", copier->copied, copier->copied == 1 ? "" : "s");
        if (copier->failed > 0)
                fprintf(copier->cli->err, ", %" PRIu64 " not copied", copier->failed);
        fputc('\n', copier->cli->err);
        return copier->failed > 0 ? CLI_FAILED : CLI_DONE;
}

/* ---- frames as text ---- */

static int write_frames(struct cli *cli, const struct export_values *values, struct query_frames *frames, FILE *stream,
                        struct copier *copier)
{
        enum export_format format = values->format == FORMAT_CSV ? EXPORT_CSV : EXPORT_GEOJSON;
        uint64_t count = 0;

        if (export_frames(frames, format, stream, copy_frame, copier, &count) < 0)
                return CLI_FAILED;
        copier->written = count;
        return CLI_DONE;
}

/* Closes and says what failed since it was opened. */
static int close_output(struct cli *cli, const char *name, FILE *stream, int status)
{
        bool failed = ferror(stream) != 0;

        if ((fclose(stream) != 0 || failed) && status == CLI_DONE) {
                cli_error(cli, "%s: %s", name, strerror(errno));
                return CLI_FAILED;
        }
        return status;
}

/* A device or a pipe is written to as it is: it must not be replaced. */
static int write_special(struct cli *cli, const struct export_values *values, struct query_frames *frames,
                         struct copier *copier)
{
        FILE *stream = fopen(values->output, "we");

        if (!stream) {
                cli_error(cli, "%s: %s", values->output, strerror(errno));
                return CLI_FAILED;
        }
        return close_output(cli, values->output, stream, write_frames(cli, values, frames, stream, copier));
}

/* Into a new file, which takes FILE's name when it is whole. */
static int write_regular(struct cli *cli, const struct export_values *values, struct query_frames *frames,
                         struct copier *copier)
{
        char temporary[PATH_MAX];
        int status, fd;
        FILE *stream;

        if ((size_t)snprintf(temporary, sizeof(temporary), "%s.XXXXXX", values->output) >= sizeof(temporary)) {
                cli_error(cli, "%s: %s", values->output, strerror(ENAMETOOLONG));
                return CLI_FAILED;
        }
        fd = mkostemp(temporary, O_CLOEXEC);
        stream = fd >= 0 && fchmod(fd, 0644) == 0 ? fdopen(fd, "w") : NULL;
        if (!stream) {
                cli_error(cli, "%s: %s", values->output, strerror(errno));
                if (fd >= 0)
                        unlink(temporary);
                fd_close(fd);
                return CLI_FAILED;
        }
        status = close_output(cli, values->output, stream, write_frames(cli, values, frames, stream, copier));
        if (status == CLI_DONE && rename(temporary, values->output) < 0) {
                cli_error(cli, "%s: %s", values->output, strerror(errno));
                status = CLI_FAILED;
        }
        if (status != CLI_DONE)
                unlink(temporary);
        return status;
}

static int write_file(struct cli *cli, const struct export_values *values, struct query_frames *frames,
                      struct copier *copier)
{
        struct stat info;

        if (stat(values->output, &info) == 0 && !S_ISREG(info.st_mode))
                return write_special(cli, values, frames, copier);
        return write_regular(cli, values, frames, copier);
}

static int export_text(struct cli *cli, const struct export_values *values, struct index_db *index,
                       struct copier *copier)
{
        struct filter_streets streets;
        struct query_filter filter;
        struct query_frames *frames;
        int status = filter_resolve(cli, index, &values->filter, &filter, &streets);

        if (status == CLI_DONE && query_frames_open(index, &filter, &frames) < 0)
                status = CLI_FAILED;
        else if (status == CLI_DONE) {
                status = values->output ? write_file(cli, values, frames, copier)
                                        : write_frames(cli, values, frames, cli->out, copier);
                query_frames_close(frames);
                if (status == CLI_DONE && values->output)
                        cli_print(cli->err, "%" PRIu64 " frame%s in %s", copier->written,
                                  copier->written == 1 ? "" : "s", values->output);
        }
        filter_streets_finish(&streets);
        return status;
}

/* ---- the whole index ---- */

static int copy_all(struct index_db *index, struct copier *copier)
{
        struct query_frames *frames;
        struct query_filter all;
        struct query_frame frame;
        int r;

        if (copier->target_fd < 0)
                return CLI_DONE;
        query_filter_init(&all);
        if (query_frames_open(index, &all, &frames) < 0)
                return CLI_FAILED;
        while ((r = query_frames_next(frames, &frame)) == 1) {
                r = copy_frame(copier, &frame);
                if (r < 0)
                        break;
        }
        query_frames_close(frames);
        return r < 0 ? CLI_FAILED : CLI_DONE;
}

static int export_gpkg(struct cli *cli, const struct export_values *values, struct index_db *index,
                       struct copier *copier)
{
        char path[PATH_MAX];

        if ((size_t)snprintf(path, sizeof(path), "%s/%s", cli_root(cli), STORAGE_INDEX_NAME) >= sizeof(path))
                return CLI_FAILED;
        if (cli_check_replaceable(cli, values->output) != CLI_DONE)
                return CLI_FAILED;
        if (snapshot_write(path, values->output) < 0) /* it has said why */
                return CLI_FAILED;
        cli_print(cli->err, "the index is in %s", values->output);
        return copy_all(index, copier);
}

/* ---- the command ---- */

static bool has_filter(const struct filter_options *filter)
{
        return filter->run || filter->street || filter->camera || filter->segment || filter->has_since ||
               filter->has_until || filter->has_bbox || filter->quality;
}

static int check(struct cli *cli, const struct export_values *values)
{
        if (cli->json)
                return cli_wrong_use(cli, "export: --json has no effect: --format says what is written");
        if (values->format == FORMAT_NONE)
                return cli_wrong_use(cli, "export: --format is missing: gpkg, geojson or csv");
        if (values->format == FORMAT_GPKG && !values->output)
                return cli_wrong_use(cli, "export: --format gpkg needs --output FILE");
        if (values->format == FORMAT_GPKG && has_filter(&values->filter))
                return cli_wrong_use(cli, "export: --format gpkg is the whole index; filters are for geojson and csv");
        return filter_check(cli, &values->filter);
}

int cmd_export(struct cli *cli, int argc, char **argv)
{
        struct export_values values = {0};
        struct copier copier = {.cli = cli};
        struct index_db *index;
        int status, copied;

        if (cli_parse(cli, argc, argv, &syntax, &values) < 0)
                return cli->exit_status;
        status = check(cli, &values);
        if (status == CLI_DONE)
                status = cli_open_index(cli, &index);
        if (status != CLI_DONE)
                return status;
        status = copier_open(&copier, cli_root(cli), values.images);
        if (status == CLI_DONE) {
                if (values.format == FORMAT_GPKG)
                        status = export_gpkg(cli, &values, index, &copier);
                else
                        status = export_text(cli, &values, index, &copier);
                copied = copier_result(&copier);
                status = status == CLI_DONE ? copied : status;
                copier_close(&copier);
        }
        index_close(index);
        return status;
}
