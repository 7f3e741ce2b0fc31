/* SPDX-License-Identifier: MIT */
/* Any bytes as a camera's JPEG: what is taken decodes with TurboJPEG, without a warning unless one was foretold, and what is made whole of it
 * is taken too. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

#include "geotag/jpeg_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
        if (!condition)
                abort();
}

/* What is no matter of the coded data: segments that only say how to read colours. */
static int is_harmless(const char *warning)
{
        return strstr(warning, "JFIF") || strstr(warning, "Adobe");
}

static void require_decodes(const uint8_t *data, const struct jpeg_checked *checked)
{
        /* Blocks take a bit at least, so this is not much for the size of the input. */
        uint8_t *pixels = malloc((size_t)checked->width * checked->height * 3);
        tjhandle handle = tjInitDecompress();
        int r;

        require(pixels && handle);
        r = tjDecompress2(handle, data, checked->size, pixels, (int)checked->width, 0, (int)checked->height, TJPF_RGB,
                          0);
        require(r == 0 ||
                (tjGetErrorCode(handle) == TJERR_WARNING && (checked->odd || is_harmless(tjGetErrorStr2(handle)))));
        tjDestroy(handle);
        free(pixels);
}

static void require_whole(const uint8_t *data, const struct jpeg_checked *checked)
{
        size_t size = jpeg_whole_size(checked);
        uint8_t *whole = malloc(size);
        char problem[JPEG_PROBLEM_SIZE];
        struct jpeg_checked again;

        require(whole != NULL);
        jpeg_put_whole(data, checked, whole);
        require(jpeg_check_frame(whole, size, checked->width, checked->height, &again, problem) == 0);
        require(again.tables_at == 0 && again.size == size);
        free(whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char problem[JPEG_PROBLEM_SIZE] = "";
        struct jpeg_checked checked;
        int r = jpeg_check_frame(data, size, 0, 0, &checked, problem);

        require(r == 0 || r == -EBADMSG);
        if (r < 0) {
                require(problem[0] != '\0' && memchr(problem, '\0', sizeof(problem)) != NULL);
                return 0;
        }
        require(checked.size <= size && checked.width > 0 && checked.height > 0);
        if (checked.walked)
                require_decodes(data, &checked);
        require_whole(data, &checked);
        return 0;
}
