/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

/* The place of the call would always be this file: of no use to a reader of the journal. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "base/fd.h"

#define LINE_SIZE 4096
#define CUT_MARK "..."

static const struct {
        const char *prefix; /* on stderr: an ordinary line needs none */
        int priority;
} levels[] = {
        [LOG_LEVEL_ERROR] = {"error: ", LOG_ERR},      [LOG_LEVEL_WARNING] = {"warning: ", LOG_WARNING},
        [LOG_LEVEL_NOTICE] = {"notice: ", LOG_NOTICE}, [LOG_LEVEL_INFO] = {"", LOG_INFO},
        [LOG_LEVEL_DEBUG] = {"debug: ", LOG_DEBUG},
};

static atomic_int max_level = LOG_LEVEL_INFO;

void log_set_level(enum log_level level)
{
        atomic_store(&max_level, (int)level);
}

enum log_level log_get_level(void)
{
        return (enum log_level)atomic_load(&max_level);
}

/* systemd names the stream that it connected as "device:inode"; a redirection afterwards makes stderr another file. */
static bool stderr_is_journal(void)
{
        const char *stream = getenv("JOURNAL_STREAM");
        char name[64];
        struct stat status;

        if (!stream || fstat(STDERR_FILENO, &status) < 0)
                return false;
        snprintf(name, sizeof(name), "%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
        return strcmp(stream, name) == 0;
}

/* What came from outside (a device's name, a file's line) must not start a line of its own or steer a terminal. */
static void blank_control_characters(char *line)
{
        for (; *line; line++) {
                if ((unsigned char)*line < 0x20 || *line == 0x7f)
                        *line = ' ';
        }
}

void log_write(enum log_level level, const char *format, ...)
{
        int saved_errno = errno;
        char line[LINE_SIZE];
        va_list args;
        int length;

        if (level > log_get_level())
                return;

        va_start(args, format);
        length = vsnprintf(line, sizeof(line) - 1, format, args);
        va_end(args);
        if (length < 0)
                return;
        if ((size_t)length >= sizeof(line) - 1)
                memcpy(line + sizeof(line) - 1 - sizeof(CUT_MARK), CUT_MARK, sizeof(CUT_MARK));
        blank_control_characters(line);

        if (!stderr_is_journal() ||
            sd_journal_send("MESSAGE=%s", line, "PRIORITY=%i", levels[level].priority, NULL) < 0) {
                char whole[LINE_SIZE + 16];

                /* In one write, so that lines of two threads do not mix. Nobody could be told of its failure. */
                length = snprintf(whole, sizeof(whole), "%s%s\n", levels[level].prefix, line);
                (void)fd_write_all(STDERR_FILENO, whole, (size_t)length);
        }
        errno = saved_errno;
}
