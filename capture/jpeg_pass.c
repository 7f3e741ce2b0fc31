/* SPDX-License-Identifier: MIT */
#include "capture/jpeg_pass.h"

#include <errno.h>
#include <stdlib.h>

int jpeg_pass(const struct camera_frame *frame, uint8_t **ret_jpeg, size_t *ret_size,
              char ret_problem[static JPEG_PROBLEM_SIZE])
{
        struct jpeg_checked checked;
        uint8_t *copy;
        int r;

        r = jpeg_check_frame(frame->planes[0], frame->sizes[0], frame->width, frame->height, &checked, ret_problem);
        if (r < 0)
                return r;
        copy = malloc(jpeg_whole_size(&checked));
        if (!copy)
                return -ENOMEM;
        jpeg_put_whole(frame->planes[0], &checked, copy);
        *ret_jpeg = copy;
        *ret_size = jpeg_whole_size(&checked);
        return 0;
}
