/* SPDX-License-Identifier: MIT */
#include "storage/verify.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/parse.h"
#include "storage/index_private.h"
#include "storage/sha256.h"

#define PICTURE_SUFFIX ".jpg"
#define TEMPORARY_SUFFIX ".tmp"
#define EVENTS_NAME "events.jsonl"

struct verify {
        struct storage_root *root;
        struct index_db *index;
        const struct verify_options *options;
        struct verify_result result;
        sqlite3_stmt *find_frame, *find_run, *find_newer;
        int error; /* of the index; ends the walk */
};

const char *verify_kind_text(enum verify_kind kind)
{
        static const char *const texts[] = {
                [VERIFY_MISSING] = "missing",    [VERIFY_SIZE] = "wrong size",
                [VERIFY_HASH] = "wrong hash",    [VERIFY_UNREADABLE] = "unreadable",
                [VERIFY_BAD_ROW] = "bad row",    [VERIFY_NOT_INDEXED] = "not in the index",
                [VERIFY_LEFTOVER] = "left over",
        };

        return (unsigned)kind < VERIFY_KIND_COUNT ? texts[kind] : "unknown";
}

uint64_t verify_problem_count(const struct verify_result *result)
{
        uint64_t count = 0;

        for (int i = 0; i < VERIFY_KIND_COUNT; i++)
                count += result->problems[i];
        return count;
}

static void tell(struct verify *verify, enum verify_kind kind, const char *path, const char *detail)
{
        struct verify_problem problem = {kind, path, detail};

        verify->result.problems[kind]++;
        if (verify->options->problem)
                verify->options->problem(verify->options->userdata, &problem);
}

static bool ends_with(const char *text, const char *suffix)
{
        size_t length = strlen(text), suffix_length = strlen(suffix);

        return length >= suffix_length && strcmp(text + length - suffix_length, suffix) == 0;
}

/* ---- rows to files ---- */

/* Columns of frames_sql. */
enum { COLUMN_RUN, COLUMN_CAMERA, COLUMN_SEQUENCE, COLUMN_PATH, COLUMN_BYTES, COLUMN_SHA256 };

static const char frames_sql[] =
        "SELECT run, camera, sequence, path, bytes, sha256 FROM frames"
        " WHERE (?1 IS NULL OR run = ?1) ORDER BY run, camera, sequence";

/* The index may come from anywhere: a path out of the root is not followed. */
static bool is_path_of_frame(sqlite3_stmt *row)
{
        const char *run = column_name(row, COLUMN_RUN), *camera = column_name(row, COLUMN_CAMERA);
        char expected[PATH_MAX];
        int length;

        if (*run == '.' || *camera == '.' || strchr(run, '/') || strchr(camera, '/'))
                return false;
        length = snprintf(expected, sizeof(expected), STORAGE_RUNS_NAME "/%s/%s/%08" PRIu64 PICTURE_SUFFIX, run, camera,
                          (uint64_t)sqlite3_column_int64(row, COLUMN_SEQUENCE));
        return (size_t)length < sizeof(expected) && strcmp(expected, column_name(row, COLUMN_PATH)) == 0;
}

static void check_hash(struct verify *verify, sqlite3_stmt *row, int fd)
{
        const char *path = column_name(row, COLUMN_PATH);
        char hash[SHA256_TEXT_SIZE];
        uint64_t size = 0;
        int r = sha256_fd_text(fd, hash, &size);

        verify->result.bytes += size;
        if (r < 0)
                tell(verify, VERIFY_UNREADABLE, path, strerror(-r));
        else if (strcmp(hash, column_name(row, COLUMN_SHA256)) != 0)
                tell(verify, VERIFY_HASH, path, hash);
        else
                verify->result.frames_whole++;
}

static void check_file(struct verify *verify, sqlite3_stmt *row, int fd)
{
        const char *path = column_name(row, COLUMN_PATH);
        int64_t bytes = sqlite3_column_int64(row, COLUMN_BYTES);
        struct stat status;
        char detail[96];

        if (fstat(fd, &status) < 0) {
                tell(verify, VERIFY_UNREADABLE, path, strerror(errno));
        } else if (!S_ISREG(status.st_mode)) {
                tell(verify, VERIFY_UNREADABLE, path, "no file");
        } else if (status.st_size != bytes) {
                snprintf(detail, sizeof(detail), "%" PRId64 " bytes, the index says %" PRId64, (int64_t)status.st_size,
                         bytes);
                tell(verify, VERIFY_SIZE, path, detail);
        } else if (verify->options->skip_hashes) {
                verify->result.frames_whole++;
        } else {
                check_hash(verify, row, fd);
        }
}

static void check_frame(struct verify *verify, sqlite3_stmt *row)
{
        const char *path = column_name(row, COLUMN_PATH);
        int fd = -1, r;

        verify->result.frames++;
        if (!is_path_of_frame(row)) {
                tell(verify, VERIFY_BAD_ROW, path, "not the path of this frame");
                return;
        }
        r = fd_open_below(storage_root_fd(verify->root), path, &fd);
        if (r == 0)
                check_file(verify, row, fd);
        else if (r == -ENOENT)
                tell(verify, VERIFY_MISSING, path, "the index has it");
        else
                tell(verify, VERIFY_UNREADABLE, path, strerror(-r));
        fd_close(fd);
}

static int check_frames(struct verify *verify)
{
        sqlite3_stmt *row = NULL;
        int r = index_prepare(verify->index, frames_sql, &row);

        if (r < 0)
                return r;
        sqlite3_bind_text(row, 1, verify->options->run, -1, SQLITE_STATIC);
        while ((r = index_step(verify->index, row)) == 1)
                check_frame(verify, row);
        sqlite3_finalize(row);
        return r;
}

/* Is there a row? Whatever is bound stays. */
static bool has_any(struct verify *verify, sqlite3_stmt *statement)
{
        int r = index_step(verify->index, statement);

        if (r < 0)
                verify->error = r;
        sqlite3_reset(statement);
        return r == 1;
}

/* ---- files to rows ---- */

/* The number that a picture's name says, if it is written as ours are. */
static bool sequence_of(const char *name, int64_t *ret_sequence)
{
        char stem[NAME_MAX + 1], expected[NAME_MAX + 1];
        uint64_t sequence;

        snprintf(stem, sizeof(stem), "%.*s", (int)(strlen(name) - strlen(PICTURE_SUFFIX)), name);
        if (parse_uint64(stem, &sequence) < 0 || sequence > INT64_MAX)
                return false;
        snprintf(expected, sizeof(expected), "%08" PRIu64 PICTURE_SUFFIX, sequence);
        if (strcmp(expected, name) != 0)
                return false;
        *ret_sequence = (int64_t)sequence;
        return true;
}

/* Asks one of the statements that know a picture by run, camera and sequence. */
static bool ask_of_picture(struct verify *verify, sqlite3_stmt *statement, const char *run, const char *camera,
                           const char *name)
{
        int64_t sequence;

        if (!sequence_of(name, &sequence))
                return false;
        sqlite3_bind_text(statement, 1, run, -1, SQLITE_STATIC);
        sqlite3_bind_text(statement, 2, camera, -1, SQLITE_STATIC);
        sqlite3_bind_int64(statement, 3, sequence);
        return has_any(verify, statement);
}

/* Looks at the index of this moment, not of the start: a live run gets rows meanwhile. */
static bool has_row(struct verify *verify, const char *run, const char *camera, const char *name)
{
        return ask_of_picture(verify, verify->find_frame, run, camera, name);
}

/* Of a snapshot only: a later run than all of its own, whose names are the times of their begin; or more of one that it has open. */
static const char newer_sql[] =
        "SELECT 1 FROM streetcap_schema WHERE is_snapshot != 0 AND (?1 > (SELECT max(name) FROM runs)"
        " OR EXISTS (SELECT 1 FROM runs WHERE name = ?1 AND state = 'open'"
        " AND instr(',' || cameras || ',', ',' || ?2 || ',') > 0 AND ?3 >"
        " (SELECT ifnull(max(sequence), 0) FROM frames WHERE run = ?1 AND camera = ?2)))";

/* "20260512T080005Z", and "-2" and so on behind it. */
static bool is_run_name(const char *name)
{
        static const char form[] =
                "dddddddd"
                "T"
                "dddddd"
                "Z";
        size_t i;

        for (i = 0; form[i]; i++)
                if (form[i] == 'd' ? name[i] < '0' || name[i] > '9' : name[i] != form[i])
                        return false;
        return name[i] == '\0' ||
               (name[i] == '-' && name[i + 1] != '\0' && strspn(name + i + 1, "0123456789") == strlen(name + i + 1));
}

/* Will its files get their rows yet? Not when the writer that left it open is gone. */
static bool is_under_way(struct verify *verify, const char *run)
{
        if (storage_root_writer(storage_root_path(verify->root)) == 0)
                return false;
        sqlite3_bind_text(verify->find_run, 1, run, -1, SQLITE_STATIC);
        return has_any(verify, verify->find_run);
}

/* runs/RUN/CAMERA/NAME of a path of that depth. */
static void split(const char *path, char run[static NAME_MAX + 1], char camera[static NAME_MAX + 1])
{
        const char *at = path + strlen(STORAGE_RUNS_NAME "/");
        size_t length = strcspn(at, "/");

        snprintf(run, NAME_MAX + 1, "%.*s", (int)length, at);
        at += length + (at[length] == '/');
        snprintf(camera, NAME_MAX + 1, "%.*s", (int)strcspn(at, "/"), at);
}

/* A picture without a row: did the index, a snapshot, come too early for it? (Or did a cut lose its row: the van's own index tells.) */
static bool is_newer(struct verify *verify, const char *run, const char *camera, const char *name)
{
        return is_run_name(run) && ask_of_picture(verify, verify->find_newer, run, camera, name);
}

/* A file that no row speaks of. */
static void stray(struct verify *verify, const char *path, const char *name)
{
        bool temporary = ends_with(name, TEMPORARY_SUFFIX);

        if (verify->error == 0)
                tell(verify, temporary ? VERIFY_LEFTOVER : VERIFY_NOT_INDEXED, path,
                     temporary ? "a write that was cut short" : "no row speaks of it");
}

typedef void (*entry_fn)(struct verify *verify, int fd, const char *path, const char *name);

/* 1 with the next name but "." and ".."; 0 at the end, or an error. */
static int next_name(DIR *folder, const char **ret_name)
{
        struct dirent *dirent;

        do {
                errno = 0; /* the end leaves it so */
                dirent = readdir(folder);
        } while (dirent && (strcmp(dirent->d_name, ".") == 0 || strcmp(dirent->d_name, "..") == 0));
        if (!dirent)
                return -errno;
        *ret_name = dirent->d_name;
        return 1;
}

/* Calls entry for all that is in the folder `name` of fd; path is for people. What this opens, it closes. */
static void walk(struct verify *verify, int fd, const char *path, const char *name, entry_fn entry)
{
        int folder_fd = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), r = 0;
        DIR *folder = folder_fd >= 0 ? fdopendir(folder_fd) : NULL;
        const char *below_name = NULL;

        if (!folder) {
                if (errno != ENOENT)
                        tell(verify, VERIFY_UNREADABLE, path, strerror(errno));
                fd_close(folder_fd);
                return;
        }
        while (verify->error == 0 && (r = next_name(folder, &below_name)) == 1) {
                char below[PATH_MAX];

                if ((size_t)snprintf(below, sizeof(below), "%s/%s", path, below_name) < sizeof(below))
                        entry(verify, dirfd(folder), below, below_name);
                else
                        tell(verify, VERIFY_UNREADABLE, path, "a path in it is too long");
        }
        if (r < 0)
                tell(verify, VERIFY_UNREADABLE, path, strerror(-r));
        closedir(folder);
}

static bool is_folder(int fd, const char *name)
{
        struct stat status;

        return fstatat(fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode);
}

/* Live runs move while this looks: a row or a final name may come at any time, and a run may end between two questions.
 */
static void check_picture(struct verify *verify, int fd, const char *path, const char *name)
{
        char run[NAME_MAX + 1], camera[NAME_MAX + 1];
        bool picture = ends_with(name, PICTURE_SUFFIX);

        split(path, run, camera);
        if (picture && has_row(verify, run, camera, name))
                return;
        if (is_under_way(verify, run))
                verify->result.open_not_indexed++;
        else if (picture && has_row(verify, run, camera, name))
                return;
        else if (picture && is_newer(verify, run, camera, name))
                verify->result.newer++;
        else if (faccessat(fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                stray(verify, path, name);
}

static void check_in_run(struct verify *verify, int fd, const char *path, const char *name)
{
        if (is_folder(fd, name))
                walk(verify, fd, path, name, check_picture);
        else if (strcmp(name, EVENTS_NAME) != 0)
                stray(verify, path, name);
}

static void check_in_runs(struct verify *verify, int fd, const char *path, const char *name)
{
        if (verify->options->run && strcmp(verify->options->run, name) != 0)
                return;
        if (is_folder(fd, name))
                walk(verify, fd, path, name, check_in_run);
        else
                stray(verify, path, name);
}

int verify_run(struct storage_root *root, struct index_db *index, const struct verify_options *options,
               struct verify_result *ret_result)
{
        struct verify verify = {.root = root, .index = index, .options = options};
        int r;

        r = check_frames(&verify);
        if (r < 0)
                return r;
        r = index_prepare(index, "SELECT 1 FROM frames WHERE run = ?1 AND camera = ?2 AND sequence = ?3",
                          &verify.find_frame);
        if (r == 0)
                r = index_prepare(index, "SELECT 1 FROM runs WHERE name = ?1 AND state = 'open'", &verify.find_run);
        if (r == 0)
                r = index_prepare(index, newer_sql, &verify.find_newer);
        if (r == 0)
                walk(&verify, storage_root_fd(root), STORAGE_RUNS_NAME, STORAGE_RUNS_NAME, check_in_runs);
        sqlite3_finalize(verify.find_frame);
        sqlite3_finalize(verify.find_run);
        sqlite3_finalize(verify.find_newer);
        if (r == 0)
                r = verify.error;
        if (r < 0)
                return r;
        *ret_result = verify.result;
        return 0;
}
