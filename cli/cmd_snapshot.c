/* SPDX-License-Identifier: MIT */
/* streetcap snapshot: the index as one plain file, taken while it is in use. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/commands.h"
#include "storage/index.h"
#include "storage/root.h"
#include "storage/snapshot.h"

static const struct cli_syntax syntax = {
        .min_arguments = 1,
        .max_arguments = 1,
        .without = "json",
        .description =
                "The way to copy the index while the daemon runs: a file manager would miss its last minutes. A snapshot at FILE is replaced.\n",
};

/* Nothing, an empty file, or a database: anything else at FILE is somebody's, and a slip of the fingers. */
static bool is_snapshot_or_nothing(const char *path)
{
        static const char magic[16] = "SQLite format 3"; /* sqlite.org/fileformat.html, section 1.3 */
        char head[sizeof(magic)];
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t n = fd < 0 ? 0 : read(fd, head, sizeof(head));

        fd_close(fd);
        return n == 0 || (n == sizeof(head) && memcmp(head, magic, sizeof(head)) == 0);
}

/* Is there an index? Said as all commands say it. */
static int check_index(struct cli *cli)
{
        struct index_db *index;
        int status = cli_open_index(cli, &index);

        if (status == CLI_DONE)
                index_close(index);
        return status;
}

int cmd_snapshot(struct cli *cli, int argc, char **argv)
{
        char path[PATH_MAX];
        const char *root;
        int status;

        if (cli_parse(cli, argc, argv, &syntax, NULL) < 0)
                return cli->exit_status;
        if (cli->json)
                return cli_wrong_use(cli, "snapshot: --json has no effect: the answer is FILE");
        root = cli_root(cli);
        if (!root)
                return CLI_WRONG_USE;
        if ((size_t)snprintf(path, sizeof(path), "%s/%s", root, STORAGE_INDEX_NAME) >= sizeof(path)) {
                cli_error(cli, "%s: %s", root, strerror(ENAMETOOLONG));
                return CLI_FAILED;
        }
        status = check_index(cli);
        if (status != CLI_DONE)
                return status;
        if (cli_check_replaceable(cli, argv[1]) != CLI_DONE)
                return CLI_FAILED;
        if (!is_snapshot_or_nothing(argv[1])) {
                cli_error(cli, "%s: is there, and is no index; choose another name", argv[1]);
                return CLI_FAILED;
        }
        if (snapshot_write(path, argv[1]) < 0) /* it has said why */
                return CLI_FAILED;
        cli_print(cli->err, "the index of %s is in %s", root, argv[1]);
        return CLI_DONE;
}
