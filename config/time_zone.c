/* SPDX-License-Identifier: MIT */
#include "config/time_zone.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

#define MAX_NAME 64
#define MAGIC "TZif" /* RFC 8536 */

/* The folder also holds tables that are no zones; a name must not lead out of it. */
static bool name_valid(const char *name)
{
        size_t length = strlen(name);

        return length > 0 && length < MAX_NAME && name[0] != '/' &&
               strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/") == length;
}

bool time_zone_known(const char *name)
{
        char path[sizeof(TIME_ZONE_FOLDER) + MAX_NAME + 1], magic[sizeof(MAGIC) - 1];
        ssize_t size;
        int fd;

        if (strcmp(name, "UTC") == 0)
                return true;
        if (!name_valid(name))
                return false;
        snprintf(path, sizeof(path), "%s/%s", TIME_ZONE_FOLDER, name);
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (fd < 0)
                return false;
        size = read(fd, magic, sizeof(magic));
        fd_close(fd);
        return size == (ssize_t)sizeof(magic) && memcmp(magic, MAGIC, sizeof(magic)) == 0;
}
