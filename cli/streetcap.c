/* SPDX-License-Identifier: MIT */
/* streetcap: what technicians and roads staff ask. A table of commands (cli/commands.c), a file each. */
#include <limits.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/commands.h"

/* The folder of this program; "" when it cannot be known. */
static void find_executable_dir(char *dir, size_t size)
{
        ssize_t length = readlink("/proc/self/exe", dir, size - 1);
        char *slash;

        dir[length > 0 ? length : 0] = '\0';
        slash = strrchr(dir, '/');
        if (slash)
                *slash = '\0';
}

int main(int argc, char **argv)
{
        char executable_dir[PATH_MAX];
        struct cli cli = {.out = stdout, .err = stderr, .commands = cli_commands, .executable_dir = executable_dir};
        struct timespec now;

        find_executable_dir(executable_dir, sizeof(executable_dir));
        clock_gettime(CLOCK_REALTIME, &now);
        cli.now_utc_ns = (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
        return cli_run(&cli, argc, argv);
}
