/* SPDX-License-Identifier: MIT */
#include "tests/simulate/recorded.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/text.h"

#define MAX_LOG_BYTES (UINT64_C(1) << 30)
#define DAY_S 86400.0

struct burst {
        int64_t due_ns;
        size_t from, to; /* in text */
};

struct recorded {
        struct text text; /* the sentences, each with CR LF */
        struct burst *bursts;
        size_t count, room;
};

/* "hhmmss" or "hhmmss.ss" to the second of the day; false when it is not that. */
static bool read_clock(const char *field, double *ret_seconds)
{
        char *end;
        double value;

        if (strspn(field, "0123456789") < 6)
                return false;
        value = strtod(field, &end);
        if (*end != ',' && *end != '*')
                return false;
        *ret_seconds = floor(value / 1e4) * 3600 + fmod(floor(value / 100), 100) * 60 + fmod(value, 100);
        return true;
}

static const char *skip_fields(const char *sentence, int count)
{
        while (count-- > 0) {
                sentence = strchr(sentence, ',');
                if (!sentence)
                        return NULL;
                sentence++;
        }
        return sentence;
}

/* The second of the day that a sentence is of; false when it bears none. */
static bool sentence_time(const char *sentence, double *ret_seconds)
{
        static const struct {
                const char *type;
                int field;
        } timed[] = {{"RMC", 1}, {"GGA", 1}, {"GNS", 1}, {"GST", 1}, {"ZDA", 1}, {"GLL", 5}};

        if (strlen(sentence) < 7)
                return false;
        for (size_t i = 0; i < sizeof(timed) / sizeof(timed[0]); i++)
                if (strncmp(sentence + 3, timed[i].type, 3) == 0) {
                        const char *field = skip_fields(sentence, timed[i].field);

                        return field && read_clock(field, ret_seconds);
                }
        return false;
}

static int begin_burst(struct recorded *recorded, int64_t due_ns)
{
        if (recorded->count == recorded->room) {
                size_t room = recorded->room ? 2 * recorded->room : 256;
                struct burst *bursts = reallocarray(recorded->bursts, room, sizeof(*bursts));

                if (!bursts)
                        return -ENOMEM;
                recorded->bursts = bursts;
                recorded->room = room;
        }
        recorded->bursts[recorded->count++] = (struct burst){due_ns, recorded->text.length, recorded->text.length};
        return 0;
}

/* Seconds from an epoch to the next as a receiver would have waited: over midnight, never back. */
static double step_s(double from_s, double to_s, double max_gap_s)
{
        double step = to_s - from_s;

        if (step < -DAY_S / 2)
                step += DAY_S;
        return fmin(fmax(step, 0), max_gap_s);
}

static int cut_bursts(struct recorded *recorded, char *log, double max_gap_s)
{
        double now_s = 0, due_s = 0;
        char *rest = log, *line;

        while ((line = strsep(&rest, "\r\n"))) {
                const char *sentence = strchr(line, '$');
                double seconds;

                if (!sentence)
                        continue;
                if (sentence_time(sentence, &seconds) && (!recorded->count || fabs(seconds - now_s) > 1e-6)) {
                        due_s += recorded->count ? step_s(now_s, seconds, max_gap_s) : 0;
                        now_s = seconds;
                        if (begin_burst(recorded, llround(due_s * (double)NS_PER_S)) < 0)
                                return -ENOMEM;
                }
                if (!recorded->count)
                        continue;
                text_addf(&recorded->text, "%s\r\n", sentence);
                recorded->bursts[recorded->count - 1].to = recorded->text.length;
        }
        return recorded->count ? 0 : -ENODATA;
}

int recorded_load(const char *path, double max_gap_s, struct recorded **ret_recorded)
{
        struct recorded *recorded = calloc(1, sizeof(*recorded));
        size_t size;
        char *log;
        int r;

        if (!recorded)
                return -ENOMEM;
        r = fd_read_file(AT_FDCWD, path, MAX_LOG_BYTES, &log, &size);
        if (r < 0)
                goto fail;
        r = cut_bursts(recorded, log, max_gap_s);
        free(log);
        if (r < 0)
                goto fail;
        *ret_recorded = recorded;
        return 0;
fail:
        recorded_destroy(recorded);
        return r;
}

void recorded_destroy(struct recorded *recorded)
{
        if (!recorded)
                return;
        text_finish(&recorded->text);
        free(recorded->bursts);
        free(recorded);
}

size_t recorded_count(const struct recorded *recorded)
{
        return recorded->count;
}

struct recorded_burst recorded_burst(const struct recorded *recorded, size_t i)
{
        const struct burst *burst = &recorded->bursts[i];

        return (struct recorded_burst){burst->due_ns, recorded->text.data + burst->from, burst->to - burst->from};
}
