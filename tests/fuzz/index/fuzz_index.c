/* SPDX-License-Identifier: MIT */
/* Any bytes as the file index.gpkg: read by a clerk's command, then opened by a daemon that adds to it. Logs of what is
 * wrong with it go to stderr: -close_fd_mask=2 silences them. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "storage/roads.h"
#include "storage/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/tmp/streetcap-fuzz-index-XXXXXX";

static void remove_folder(void)
{
        static const char *const names[] = {"index.gpkg", "index.gpkg-wal", "index.gpkg-shm", "index.gpkg-journal"};
        char path[128];

        for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
                snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
                unlink(path);
        }
        rmdir(folder);
}

static void read_it(const char *path)
{
        struct verify_options options = {0};
        struct verify_result result;
        struct road_network *network = NULL;
        struct storage_root *root = NULL;
        struct index_db *index = NULL;

        if (index_open(path, INDEX_READ_ONLY, &index) < 0)
                return;
        if (roads_load(index, &network) == 0)
                road_network_destroy(network);
        if (storage_root_open(folder, STORAGE_READ, false, &root) == 0)
                (void)verify_run(root, index, &options, &result);
        storage_root_close(root);
        index_close(index);
}

static void write_it(const char *path)
{
        struct picture_tag tag = {.run = "a",
                                  .camera = "front",
                                  .sequence = 1,
                                  .position_source = POSITION_INTERPOLATED,
                                  .latitude_deg = 48,
                                  .longitude_deg = 2};
        struct index_run run = {.name = "a", .start_utc_ns = 1, .config = ""};
        struct index_frame_file file = {.path = "p"};
        struct index_db *index = NULL;
        unsigned cut;

        if (index_open(path, INDEX_READ_WRITE, &index) < 0)
                return;
        if (index_mark_cut_runs(index, &cut) == 0 && index_begin(index) == 0) {
                if (index_put_run(index, &run) == 0 && index_add_frame(index, &tag, &file) == 0)
                        (void)index_commit(index);
                else
                        index_rollback(index);
        }
        index_close(index);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static bool made;
        char path[128];

        if (!made) {
                if (!mkdtemp(folder) || atexit(remove_folder) != 0)
                        abort();
                made = true;
        }
        snprintf(path, sizeof(path), "%s/index.gpkg", folder);
        if (fd_write_file_atomic(AT_FDCWD, path, data, size, 0) < 0)
                abort();
        read_it(path);
        write_it(path);
        return 0;
}
