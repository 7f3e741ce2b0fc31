/* SPDX-License-Identifier: MIT */
/* Says of each JPEG whose name comes on stdin, a line each, a JSON object: whether it decodes, its size, the number of the camera's frame in
 * it, and the hash of its picture as usb_camera logs it. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

#include "base/fd.h"
#include "base/text.h"
#include "tests/vm/usb_camera/frame_code.h"
#include "tests/vm/usb_camera/jpeg_scan.h"

#define MAX_BYTES (64U << 20)

struct found {
        int width, height;
        int64_t number;
        const char *problem; /* NULL: it decodes, without a warning */
        char hash[JPEG_SCAN_HASH_SIZE];
};

static void decode(tjhandle decoder, const unsigned char *jpeg, size_t size, struct found *found)
{
        int sampling, colours;
        unsigned char *luma;

        if (tjDecompressHeader3(decoder, jpeg, size, &found->width, &found->height, &sampling, &colours) < 0) {
                found->problem = tjGetErrorStr2(decoder);
                return;
        }
        luma = malloc((size_t)found->width * (size_t)found->height);
        if (!luma)
                found->problem = "no memory";
        else if (tjDecompress2(decoder, jpeg, size, luma, found->width, 0, found->height, TJPF_GRAY, 0) < 0)
                found->problem = tjGetErrorStr2(decoder);
        else
                found->number = frame_code_read(luma, (unsigned)found->width, (unsigned)found->width);
        free(luma);
}

static void look(tjhandle decoder, const char *path, struct found *ret_found)
{
        char *jpeg = NULL;
        size_t size;

        *ret_found = (struct found){.number = -1};
        if (fd_read_file(AT_FDCWD, path, MAX_BYTES, &jpeg, &size) < 0) {
                ret_found->problem = "cannot be read";
                return;
        }
        decode(decoder, (unsigned char *)jpeg, size, ret_found);
        jpeg_scan_hash((unsigned char *)jpeg, size, ret_found->hash);
        free(jpeg);
}

static void tell(const char *path, const struct found *found, struct text *line)
{
        struct json_out json;

        text_clear(line);
        json_out_begin(&json, line);
        json_out_object_begin(&json, NULL);
        json_out_string(&json, "path", path);
        json_out_string(&json, "problem", found->problem);
        json_out_int(&json, "width", found->width);
        json_out_int(&json, "height", found->height);
        json_out_int(&json, "frame", found->number);
        json_out_string(&json, "scan_sha256", found->hash);
        json_out_object_end(&json);
        puts(line->data);
}

int main(void)
{
        tjhandle decoder = tjInitDecompress();
        struct text line = {0};
        struct found found;
        char path[4096];

        while (decoder && fgets(path, sizeof(path), stdin)) {
                path[strcspn(path, "\n")] = '\0';
                look(decoder, path, &found);
                tell(path, &found, &line);
        }
        tjDestroy(decoder);
        text_finish(&line);
        return !decoder;
}
