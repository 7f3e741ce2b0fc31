/* SPDX-License-Identifier: MIT */
#include "storage/store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "base/utc.h"
#include "config/config.h"
#include "storage/index_private.h"
#include "storage/sha256.h"
#include "storage/store_rows.h"

#define EVENTS_NAME "events.jsonl"
#define EVENTS_BUFFER_SIZE (256 * 1024)      /* written before the next commit when there is so much */
#define EVENTS_BUFFER_MAX (16 * 1024 * 1024) /* kept while the disk refuses them */

struct camera_folder {
        char name[32];
        int fd;
        bool dirty; /* has new names that are not synced */
};

struct store {
        struct storage_root *root;
        struct index_db *index;
        enum store_mode mode;
        const struct durable_calls *calls;
        struct store_rows *rows;
        int failed; /* STORE_BATCH: what a group's sync said; nothing can be committed after it */

        /* The open run, or one that ended and is not synced yet; fds are -1 when there is none. */
        char run[40];
        bool ended;
        int run_fd;
        int events_fd;
        struct text events;    /* lines that are not on disk for sure */
        size_t events_written; /* how much of them is in the file */
        off_t events_synced;   /* bytes before them in the file */
        struct camera_folder cameras[CONFIG_MAX_CAMERAS];
        unsigned camera_count;
};

/* ---- open, close ---- */

int store_open_with(struct storage_root *root, enum store_mode mode, const struct durable_calls *calls,
                    struct store **ret_store)
{
        struct store *store = calloc(1, sizeof(*store));
        char path[PATH_MAX];
        unsigned cut = 0;
        int r;

        if (!store)
                return -ENOMEM;
        *store = (struct store){.root = root, .mode = mode, .calls = calls, .run_fd = -1, .events_fd = -1};
        r = store_rows_create(&store->rows);
        if (r == 0 &&
            (size_t)snprintf(path, sizeof(path), "%s/" STORAGE_INDEX_NAME, storage_root_path(root)) >= sizeof(path))
                r = -ENAMETOOLONG;
        if (r == 0)
                r = index_open(path, INDEX_READ_WRITE, &store->index);
        if (r == 0)
                r = index_mark_cut_runs(store->index, &cut);
        if (r < 0) {
                store_close(store);
                return r;
        }
        /* What writes pictures never waits for an index that another holds: the rows wait instead. */
        index_set_patient(store->index, mode == STORE_BATCH);
        if (cut > 0)
                log_notice("%u run%s without an end: marked as cut", cut, cut > 1 ? "s" : "");
        *ret_store = store;
        return 0;
}

int store_open(struct storage_root *root, enum store_mode mode, struct store **ret_store)
{
        return store_open_with(root, mode, &durable_system_calls, ret_store);
}

static void close_run(struct store *store)
{
        for (unsigned i = 0; i < store->camera_count; i++)
                fd_close(store->cameras[i].fd);
        store->camera_count = 0;
        store->events_fd = fd_close(store->events_fd);
        if (store->events.length > 0)
                log_error("run %s: the last %zu bytes of its events are lost", store->run, store->events.length);
        text_finish(&store->events);
        store->events_written = 0;
        store->events_synced = 0;
        store->run_fd = fd_close(store->run_fd);
        store->run[0] = '\0';
        store->ended = false;
}

static bool has_open_run(const struct store *store)
{
        return store->run_fd >= 0 && !store->ended;
}

void store_close(struct store *store)
{
        int r;

        if (!store)
                return;
        if (store->index) {
                index_set_patient(store->index, true);
                r = store_commit(store);
                if (r < 0)
                        log_error("%s: the last rows are lost: %s", storage_root_path(store->root), strerror(-r));
        }
        close_run(store);
        store_rows_destroy(store->rows);
        index_close(store->index);
        free(store);
}

struct index_db *store_index(struct store *store)
{
        return store->index;
}

/* ---- runs ---- */

/* Taken by a row or by a folder that a lost index does not know. */
static int is_name_taken(struct store *store, const char *name, bool *ret_taken)
{
        char path[64];
        struct stat status;
        int r;

        r = index_has_run(store->index, name, ret_taken);
        if (r < 0 || *ret_taken)
                return r;
        snprintf(path, sizeof(path), STORAGE_RUNS_NAME "/%s", name);
        if (fstatat(storage_root_fd(store->root), path, &status, AT_SYMLINK_NOFOLLOW) == 0)
                *ret_taken = true;
        else if (errno != ENOENT)
                return -errno;
        return 0;
}

int store_run_name(struct store *store, int64_t start_utc_ns, char ret_name[static 40])
{
        char start[UTC_TEXT_SIZE], name[40];
        bool taken = false;
        int r;

        utc_format_compact(start_utc_ns, start);
        for (unsigned n = 1; n < 10000; n++) {
                if (n == 1)
                        snprintf(name, sizeof(name), "%s", start);
                else
                        snprintf(name, sizeof(name), "%s-%u", start, n);
                r = is_name_taken(store, name, &taken);
                if (r < 0)
                        return r;
                if (!taken) {
                        memcpy(ret_name, name, sizeof(name));
                        return 0;
                }
        }
        return -EEXIST;
}

/* A name that stays in its folder and is seen there. */
static bool is_plain_name(const char *name)
{
        return *name && *name != '.' && !strchr(name, '/');
}

/* Of a run that could not begin; a folder with something in it stays. */
static void remove_run_folder(struct store *store, const char *name)
{
        char path[64];

        if (store->run_fd >= 0)
                (void)unlinkat(store->run_fd, EVENTS_NAME, 0);
        snprintf(path, sizeof(path), STORAGE_RUNS_NAME "/%s", name);
        (void)unlinkat(storage_root_fd(store->root), path, AT_REMOVEDIR);
        close_run(store);
}

static int open_run_folder(struct store *store, int runs_fd, const char *name)
{
        int r = durable_folder_open(store->calls, runs_fd, name, &store->run_fd);

        if (r < 0)
                return r;
        store->events_fd = openat(store->run_fd, EVENTS_NAME,
                                  O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0644);
        return store->events_fd < 0 ? -errno : durable_sync(store->calls->fsync, store->run_fd);
}

/* The folder of the run, and its events file, both durable. */
static int make_run_folder(struct store *store, const char *name)
{
        int runs_fd = -1, r;

        r = durable_folder_open(store->calls, storage_root_fd(store->root), STORAGE_RUNS_NAME, &runs_fd);
        if (r < 0)
                return r;
        if (mkdirat(runs_fd, name, 0755) < 0) {
                r = -errno;
        } else {
                r = open_run_folder(store, runs_fd, name);
                if (r < 0)
                        remove_run_folder(store, name);
        }
        fd_close(runs_fd);
        return r;
}

/* Its row; with the next commit when another holds the index. */
static int put_run(struct store *store, const struct index_run *run)
{
        int r = index_put_run(store->index, run);

        return r == -EBUSY ? store_rows_add_begin(store->rows, run) : r;
}

int store_run_begin(struct store *store, const struct index_run *run)
{
        int r;

        if (has_open_run(store))
                return -EBUSY;
        if (!is_plain_name(run->name) || strlen(run->name) >= sizeof(store->run))
                return -EINVAL;
        r = store_commit(store);
        if (r < 0 && (r != -EBUSY || store->ended)) /* all is synced, and rows may wait for another's lock */
                return r;
        r = make_run_folder(store, run->name);
        if (r < 0)
                return r;
        r = put_run(store, run);
        if (r < 0) {
                remove_run_folder(store, run->name);
                return r;
        }
        memcpy(store->run, run->name, sizeof(store->run));
        return 0;
}

int store_run_end(struct store *store, int64_t end_utc_ns, double travelled_m)
{
        int r, s;

        if (!has_open_run(store))
                return -ENOENT;
        r = store_rows_add_end(store->rows, store->run, end_utc_ns, travelled_m);
        store->ended = true; /* and closed as soon as it is synced */
        s = store_commit(store);
        return r < 0 ? r : s;
}

/* ---- events ---- */

/* Back to the lines that are on disk: the file has whole lines only, and what follows is written again. */
static void take_back_events(struct store *store)
{
        store->events_written = 0;
        if (ftruncate(store->events_fd, store->events_synced) < 0)
                log_error("run %s: the file " EVENTS_NAME " has half a line: %s", store->run, strerror(errno));
}

static int write_events(struct store *store)
{
        size_t left = store->events.length - store->events_written;
        int r;

        if (left == 0)
                return 0;
        r = durable_write_all(store->calls, store->events_fd, store->events.data + store->events_written, left);
        if (r < 0)
                take_back_events(store);
        else
                store->events_written = store->events.length;
        return r;
}

/* What was written is on disk. */
static void forget_events(struct store *store)
{
        store->events_synced += (off_t)store->events.length;
        store->events_written = 0;
        text_clear(&store->events);
}

/* A sync that fails may have dropped what it could not write, and the next one knows nothing of it: so the lines are
 * kept until one succeeds, and written again. */
static int sync_events(struct store *store)
{
        int r;

        if (store->events.length == 0)
                return 0;
        r = write_events(store);
        if (r < 0)
                return r;
        r = durable_sync(store->calls->fdatasync, store->events_fd);
        if (r < 0)
                take_back_events(store);
        else
                forget_events(store);
        return r;
}

int store_event(struct store *store, const char *line, size_t length)
{
        if (!has_open_run(store))
                return -ENOENT;
        if (store->events.length + length >= EVENTS_BUFFER_MAX)
                return -ENOBUFS;
        text_add_bytes(&store->events, line, length);
        text_add_bytes(&store->events, "\n", 1);
        return store->events.length - store->events_written >= EVENTS_BUFFER_SIZE ? write_events(store) : 0;
}

/* ---- rows ---- */

static int camera_folder(struct store *store, const char *name, struct camera_folder **ret_folder)
{
        struct camera_folder *folder;
        int r;

        for (unsigned i = 0; i < store->camera_count; i++) {
                if (strcmp(store->cameras[i].name, name) == 0) {
                        *ret_folder = &store->cameras[i];
                        return 0;
                }
        }
        if (store->camera_count == CONFIG_MAX_CAMERAS)
                return -EINVAL;
        folder = &store->cameras[store->camera_count];
        r = durable_folder_open(store->calls, store->run_fd, name, &folder->fd);
        if (r < 0)
                return r;
        snprintf(folder->name, sizeof(folder->name), "%s", name);
        folder->dirty = false;
        store->camera_count++;
        *ret_folder = folder;
        return 0;
}

int store_picture(struct store *store, const struct picture_tag *tag, const void *data, size_t size)
{
        struct index_frame_file file = {.bytes = size};
        struct camera_folder *folder = NULL;
        char path[128], *name;
        int r;

        if (!has_open_run(store))
                return -ENOENT;
        if (strcmp(tag->run, store->run) != 0 || !is_plain_name(tag->camera))
                return -EINVAL;
        r = store_rows_check_room(store->rows);
        if (r == 0)
                r = sha256_text(data, size, file.sha256);
        if (r == 0)
                r = camera_folder(store, tag->camera, &folder);
        if (r < 0)
                return r;

        snprintf(path, sizeof(path), STORAGE_RUNS_NAME "/%s/%s/%08" PRIu64 ".jpg", tag->run, tag->camera,
                 tag->sequence);
        name = strrchr(path, '/') + 1;
        r = durable_file_write(store->calls, folder->fd, name, data, size, store->mode == STORE_LIVE);
        if (r < 0)
                return r;
        folder->dirty = true;
        file.path = path;
        r = store_rows_add_frame(store->rows, tag, &file);
        if (r < 0)
                (void)unlinkat(folder->fd, name, 0);
        return r;
}

int store_fix(struct store *store, const char *run, const struct fix *fix, int64_t arrival_boottime_ns,
              const char *verdict)
{
        if (!has_open_run(store))
                return -ENOENT;
        if (strcmp(run, store->run) != 0)
                return -EINVAL;
        return store_rows_add_fix(store->rows, store->run, fix, arrival_boottime_ns, verdict);
}

int store_gap(struct store *store, const struct gap *gap)
{
        if (!has_open_run(store))
                return -ENOENT;
        if (strcmp(gap->run, store->run) != 0)
                return -EINVAL;
        return store_rows_add_gap(store->rows, gap);
}

/* ---- commit ---- */

/* A success after a failure counts here, unlike for the bytes of a file: a journal that could not write these names would
 * fail each later sync too (docs/storage.md). */
static int sync_folders(struct store *store)
{
        for (unsigned i = 0; i < store->camera_count; i++) {
                struct camera_folder *folder = &store->cameras[i];
                int r;

                if (!folder->dirty)
                        continue;
                r = durable_sync(store->calls->fsync, folder->fd);
                if (r < 0)
                        return r;
                folder->dirty = false;
        }
        return 0;
}

/* Pictures, their names and the events of the group, all at once. Unlike in live mode the pictures were not synced one
 * by one, and when this fails nobody can say which of them is whole: then no row of them, nor of a later group, may
 * follow. */
static int sync_batch(struct store *store)
{
        bool dirty = store->events.length > 0;
        int r;

        if (store->failed < 0)
                return store->failed;
        for (unsigned i = 0; i < store->camera_count; i++)
                dirty |= store->cameras[i].dirty;
        if (!dirty)
                return 0;
        r = write_events(store);
        if (r < 0)
                return r;
        r = durable_sync(store->calls->syncfs, store->run_fd);
        if (r < 0) {
                store->failed = r;
                return r;
        }
        for (unsigned i = 0; i < store->camera_count; i++)
                store->cameras[i].dirty = false;
        forget_events(store);
        return 0;
}

/* The order is the promise: what a row speaks of is on disk before the row. */
int store_commit(struct store *store)
{
        int r;

        if (store->mode == STORE_BATCH) {
                r = sync_batch(store);
        } else {
                r = sync_events(store);
                if (r == 0)
                        r = sync_folders(store);
        }
        if (r < 0)
                return r;
        if (store->ended)
                close_run(store);
        return store_rows_commit(store->rows, store->index);
}

int store_checkpoint(struct store *store)
{
        return index_checkpoint(store->index);
}
