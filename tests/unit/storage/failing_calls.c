/* SPDX-License-Identifier: MIT */
#include "failing_calls.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

char calls_seen[256];

static char fail_call;
static int fail_after, fail_errno;

void see(char failing_call, int let_pass, int error_number)
{
        calls_seen[0] = '\0';
        fail_call = failing_call;
        fail_after = let_pass;
        fail_errno = error_number;
}

/* -1 when this one is to fail. */
static int note(char call)
{
        size_t length = strlen(calls_seen);

        if (length + 1 < sizeof(calls_seen) && (length == 0 || calls_seen[length - 1] != call)) {
                calls_seen[length] = call;
                calls_seen[length + 1] = '\0';
        }
        if (call != fail_call || fail_after-- > 0)
                return 0;
        errno = fail_errno;
        return -1;
}

static ssize_t seen_write(int fd, const void *data, size_t size)
{
        if (note('w') == 0)
                return write(fd, data, size);
        if (size > 1 && fail_after == -1)
                return write(fd, data, size / 2); /* the next one of this call says why it stopped */
        errno = fail_errno;
        return -1;
}

static int seen_fsync(int fd)
{
        return note('f') < 0 ? -1 : fsync(fd);
}

static int seen_fdatasync(int fd)
{
        return note('d') < 0 ? -1 : fdatasync(fd);
}

static int seen_syncfs(int fd)
{
        return note('s') < 0 ? -1 : fsync(fd);
}

static int seen_rename(int dir_fd, const char *from, const char *to)
{
        return note('r') < 0 ? -1 : durable_system_calls.rename(dir_fd, from, to);
}

const struct durable_calls failing_calls = {
        .write = seen_write,
        .fsync = seen_fsync,
        .fdatasync = seen_fdatasync,
        .syncfs = seen_syncfs,
        .rename = seen_rename,
};
