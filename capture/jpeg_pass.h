/* SPDX-License-Identifier: MIT */
/* A frame that a camera compressed itself passes as it is, once it was found whole. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "capture/camera.h"
#include "geotag/jpeg_check.h"

/* A copy of a FRAME_JPEG frame's JPEG: with the Huffman tables that it lacks, without what follows EOI, and all else byte for byte. The
 * caller frees. 0, -ENOMEM, or -EBADMSG with what is wrong in ret_problem: it is not whole, or of another size than the frame. */
int jpeg_pass(const struct camera_frame *frame, uint8_t **ret_jpeg, size_t *ret_size,
              char ret_problem[static JPEG_PROBLEM_SIZE]);
