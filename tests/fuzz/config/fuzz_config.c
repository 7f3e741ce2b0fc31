/* SPDX-License-Identifier: MIT */
/* Any bytes as a config file: refused with problems and nothing written, or taken, and then what is written reads back the same. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count(void *userdata, const char *line)
{
        unsigned *problems = userdata;

        /* A problem is one line, and names the file. */
        if (strncmp(line, "fuzz:", 5) != 0 || strchr(line, '\n'))
                abort();
        ++*problems;
}

static void different(void *userdata, const char *key)
{
        abort();
}

/* The caller frees. */
static char *written(const struct config *config, size_t *ret_size)
{
        char *text = NULL;
        FILE *stream = open_memstream(&text, ret_size);

        if (!stream)
                abort();
        config_write(config, stream);
        if (fclose(stream) != 0)
                abort();
        return text;
}

static void read_back(const struct config *config)
{
        struct config again;
        unsigned problems = 0;
        size_t size, again_size;
        char *text = written(config, &size), *again_text;

        if (config_load_memory("fuzz", text, size, &again, count, &problems) != 0)
                abort();
        if (config_apply_live(&again, config, different, NULL) != 0)
                abort();
        again_text = written(&again, &again_size);
        if (again_size != size || memcmp(again_text, text, size) != 0)
                abort();
        free(again_text);
        free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        union {
                struct config config;
                unsigned char bytes[sizeof(struct config)];
        } after;
        unsigned problems = 0;
        int r;

        memset(after.bytes, 0x5a, sizeof(after.bytes));
        r = config_load_memory("fuzz", (const char *)data, size, &after.config, count, &problems);
        if ((r == 0) != (problems == 0))
                abort();
        if (r == 0)
                read_back(&after.config);
        for (size_t i = 0; r < 0 && i < sizeof(after.bytes); i++) {
                if (after.bytes[i] != 0x5a)
                        abort();
        }
        return 0;
}
