/* SPDX-License-Identifier: MIT */
/* A frame's planes to a JPEG: baseline, JFIF, 4:2:0 or 4:2:2 as the frame is, full range and BT.601, the accurate integer DCT. The same frame gives
 * the same bytes on every machine, whatever lies beside its pixels.
 *
 * libjpeg is given pointers to the rows, and reads them where the camera put them: no sample of a plane of its own (those of YUV420 and YUV422, the
 * luma of NV12, NV21, NV16, NV61) is copied, but those of a block of 8 columns in which a row ends. Rows below the last are the last
 * row's pointer again. What libjpeg cannot read goes through strips of 8 or 16 rows that stay in the processor's cache:
 *
 *   - chroma by turns, and packed 4:2:2: taken apart (all of a packed frame, a third of NV12, half of NV16);
 *   - limited range or BT.709, which a JPEG file cannot say: all of the frame, converted (capture/sample_rows.h).
 *
 * TurboJPEG 2.1.5's tjCompressFromYUVPlanes calls the same libjpeg and gives the same bytes. It copies the whole frame inside where a width or height
 * of a plane is not whole blocks, as at 4056x3040, 2028x1520 and 1920x1080 (not at 4064x3040 and 1280x720), reads a row and a column too many
 * of odd sizes, takes no other format than the planar ones, and heeds the environment. Its time is 1.01 to 1.04 of this one's where it copies, 1.1 to
 * 1.17 where it does not (rows are fetched ahead here): tests/bench/bench_encoder.c. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "capture/camera.h"

struct jpeg_compressor;

/* What is kept from frame to frame: libjpeg's state, the strips (100 kB at 4056 columns, where there are any), and the output, up to twice the largest JPEG yet. For one
 * thread at a time. 0, or -ENOMEM. */
int jpeg_compressor_create(struct jpeg_compressor **ret_compressor);
void jpeg_compressor_destroy(struct jpeg_compressor *compressor); /* NULL allowed */

/* frame: of any format but FRAME_JPEG, 1 to 65500 pixels each way (JPEG's limit as libjpeg has it). quality: libjpeg's, 1 to 100.
 * *ret_jpeg is the compressor's, until the next call. 0, -EBADMSG (planes that do not hold such a frame, or another format, size or quality), or
 * -ENOMEM. After an error the compressor is as good as before. */
int jpeg_compressor_run(struct jpeg_compressor *compressor, const struct camera_frame *frame, int quality,
                        const uint8_t **ret_jpeg, size_t *ret_size);
