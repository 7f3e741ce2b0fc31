/* SPDX-License-Identifier: MIT */
/* Decodes each JPEG whose name comes on stdin, a line each; says which cannot be, or only with a warning. Exit 1 if any. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <turbojpeg.h>

#include "base/fd.h"

#define MAX_BYTES (64U << 20)

/* NULL when it decodes, else why not. */
static const char *decode(tjhandle decoder, const char *path)
{
        int width, height, sampling, colours;
        unsigned char *pixels = NULL;
        char *jpeg = NULL;
        size_t size;
        const char *why = NULL;

        if (fd_read_file(AT_FDCWD, path, MAX_BYTES, &jpeg, &size) < 0)
                return "cannot be read";
        if (tjDecompressHeader3(decoder, (unsigned char *)jpeg, size, &width, &height, &sampling, &colours) < 0)
                why = tjGetErrorStr2(decoder);
        else
                pixels = malloc((size_t)width * (size_t)height * 3);
        /* A warning (a scan cut short) is an error too. */
        if (pixels && tjDecompress2(decoder, (unsigned char *)jpeg, size, pixels, width, 0, height, TJPF_RGB, 0) < 0)
                why = tjGetErrorStr2(decoder);
        if (!why && !pixels)
                why = "no memory";
        free(pixels);
        free(jpeg);
        return why;
}

int main(void)
{
        tjhandle decoder = tjInitDecompress();
        unsigned long count = 0, bad = 0;
        char path[4096];

        while (decoder && fgets(path, sizeof(path), stdin)) {
                const char *why;

                path[strcspn(path, "\n")] = '\0';
                why = decode(decoder, path);
                if (why)
                        fprintf(stderr, "%s: %s\n", path, why);
                bad += why != NULL;
                count++;
        }
        printf("%lu decoded, %lu bad\n", count - bad, bad);
        tjDestroy(decoder);
        return !decoder || bad ? 1 : 0;
}
