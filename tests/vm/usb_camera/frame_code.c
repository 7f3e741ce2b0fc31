/* SPDX-License-Identifier: MIT */
#include "tests/vm/usb_camera/frame_code.h"

#define BLACK 16
#define WHITE 235

/* So that a picture of something else is not taken for a number. */
static uint8_t check_of(uint32_t number)
{
        return (uint8_t)(0xa5u ^ number ^ (number >> 8) ^ (number >> 16));
}

void frame_code_write(uint8_t *luma, unsigned width, unsigned stride, unsigned step, uint32_t number)
{
        uint32_t code = (number & FRAME_CODE_MAX) << 8 | check_of(number & FRAME_CODE_MAX);
        unsigned side = width / FRAME_CODE_SQUARES;

        for (unsigned y = 0; y < side; y++) {
                for (unsigned x = 0; x < side * FRAME_CODE_SQUARES; x++) {
                        unsigned bit = FRAME_CODE_SQUARES - 1 - x / side;

                        luma[y * stride + x * step] = code >> bit & 1 ? WHITE : BLACK;
                }
        }
}

int64_t frame_code_read(const uint8_t *luma, unsigned width, unsigned stride)
{
        unsigned side = width / FRAME_CODE_SQUARES;
        uint32_t code = 0, number;

        for (unsigned square = 0; square < FRAME_CODE_SQUARES; square++) {
                uint8_t middle = luma[side / 2 * stride + square * side + side / 2];

                if (middle > 90 && middle < 165)
                        return -1;
                code = code << 1 | (middle >= 165);
        }
        number = code >> 8;
        return (code & 0xff) == check_of(number) ? (int64_t)number : -1;
}
