/* SPDX-License-Identifier: MIT */
/* main() for a fuzz target where libFuzzer is not linked: feeds it the files named, or those of the folders named, whole and cut short.
 * The same inputs, in the same order, each time. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"

#define MAX_INPUT_SIZE (16 * 1024 * 1024)
#define CUTS 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* From a block of just that size, so that a sanitizer sees a read past its end. */
static int feed(const char *data, size_t size)
{
        uint8_t *block = malloc(size > 0 ? size : 1);

        if (!block)
                return -ENOMEM;
        memcpy(block, data, size);
        (void)LLVMFuzzerTestOneInput(block, size);
        free(block);
        return 0;
}

static int replay_file(const char *path)
{
        char *data = NULL;
        size_t size = 0, cut;
        int r = fd_read_file(AT_FDCWD, path, MAX_INPUT_SIZE, &data, &size);

        if (r < 0) {
                fprintf(stderr, "%s: %s\n", path, strerror(-r));
                return r;
        }
        /* Before it is fed: after a crash, the last line says which it was. */
        printf("%s (%zu bytes)\n", path, size);
        fflush(stdout);
        for (cut = 0; r == 0 && cut < CUTS; cut++)
                r = feed(data, size * cut / CUTS);
        if (r == 0)
                r = feed(data, size);
        free(data);
        return r;
}

static int no_dot_file(const struct dirent *entry)
{
        return entry->d_name[0] != '.';
}

/* Returns how many files were fed, or negative errno. */
static int replay_folder(const char *path)
{
        struct dirent **entries;
        int count = scandir(path, &entries, no_dot_file, alphasort), i, r = 0;

        if (count < 0) {
                r = -errno;
                fprintf(stderr, "%s: %s\n", path, strerror(-r));
                return r;
        }
        for (i = 0; i < count; i++) {
                char name[4096];

                snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
                if (r == 0)
                        r = replay_file(name);
                free(entries[i]);
        }
        free(entries);
        return r < 0 ? r : count;
}

int main(int argc, char *argv[])
{
        int i, fed = 0;

        for (i = 1; i < argc; i++) {
                struct stat status;
                int r;

                if (stat(argv[i], &status) == 0 && S_ISDIR(status.st_mode))
                        r = replay_folder(argv[i]);
                else
                        r = replay_file(argv[i]) < 0 ? -1 : 1;
                if (r < 0)
                        return EXIT_FAILURE;
                fed += r;
        }
        if (fed == 0) {
                fprintf(stderr, "usage: %s FILE|FOLDER... (at least one file)\n", argv[0]);
                return EXIT_FAILURE;
        }
        return EXIT_SUCCESS;
}
