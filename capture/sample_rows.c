/* SPDX-License-Identifier: MIT */
#include "capture/sample_rows.h"

#include <stdbool.h>

/* Loops run over blocks of this many samples, so that compilers use vectors at -O2 too, where gcc does so for counts only that are known. */
#define BLOCK 64

/* Arithmetic in 16 bits, of which a vector holds twice as many as of 32. A factor, -0.25 to 0.25, is kept as 17 bits of fraction; a sample
 * is shifted up by 7, and the upper 16 bits of their product are the rest of it in 1/256. */
#define FACTOR_BITS 17
#define SAMPLE_SHIFT 7
#define PRODUCT_BITS (FACTOR_BITS + SAMPLE_SHIFT - 16)
#define FIXED(factor) ((int16_t)((factor) * (1 << FACTOR_BITS) + ((factor) < 0 ? -0.5 : 0.5)))

/* What luma takes of red and blue: ITU-R BT.601-7, 2.5.1, and BT.709-6, 3.2. Green takes the rest. */
#define RED_601 0.299
#define BLUE_601 0.114
#define RED_709 0.2126
#define BLUE_709 0.0722

/* With Cb = (B - Y) / (2 (1 - blue)) and Cr = (R - Y) / (2 (1 - red)), of both standards, R and B are Y and a multiple of one chroma, and
 * G = (Y - red R - blue B) / green. Put into the other standard's Y, the factors of Y sum up to 1 and those of the chroma to these: */
#define OTHER_GREEN ((1 - RED_601 - BLUE_601) / (1 - RED_709 - BLUE_709))
#define Y_OF_CB (2 * (1 - BLUE_709) * (BLUE_601 - OTHER_GREEN * BLUE_709))
#define Y_OF_CR (2 * (1 - RED_709) * (RED_601 - OTHER_GREEN * RED_709))
/* B and R less the new Y, which leaves no Y. */
#define CB_OF_CB ((2 * (1 - BLUE_709) - Y_OF_CB) / (2 * (1 - BLUE_601)))
#define CB_OF_CR (-Y_OF_CR / (2 * (1 - BLUE_601)))
#define CR_OF_CB (-Y_OF_CB / (2 * (1 - RED_601)))
#define CR_OF_CR ((2 * (1 - RED_709) - Y_OF_CR) / (2 * (1 - RED_601)))

/* Limited range has 219 steps of luma and 224 of chroma: BT.601-7, 2.5.3, BT.709-6, 3.4 and 3.5. */
#define LUMA_STEPS (255.0 / 219)
#define CHROMA_STEPS (255.0 / 224)

#define MATRIX(luma_steps, chroma_steps)                                                                               \
        .luma = {FIXED((luma_steps) - 1), FIXED(Y_OF_CB * (chroma_steps)), FIXED(Y_OF_CR * (chroma_steps))},           \
        .cb = {FIXED(CB_OF_CB * (chroma_steps) - 1), FIXED(CB_OF_CR * (chroma_steps))},                                \
        .cr = {FIXED(CR_OF_CB * (chroma_steps)), FIXED(CR_OF_CR * (chroma_steps) - 1)}

static const struct sample_conversion limited_601 = {
        .black = 16,
        .luma = {FIXED(LUMA_STEPS - 1)},
        .cb = {FIXED(CHROMA_STEPS - 1), 0},
        .cr = {0, FIXED(CHROMA_STEPS - 1)},
};
static const struct sample_conversion limited_709 = {.black = 16, MATRIX(LUMA_STEPS, CHROMA_STEPS)};
static const struct sample_conversion full_709 = {MATRIX(1.0, 1.0)};

const struct sample_conversion *sample_conversion_of(enum frame_range range, enum frame_encoding encoding)
{
        if (range == FRAME_LIMITED_RANGE)
                return encoding == FRAME_BT709 ? &limited_709 : &limited_601;
        return encoding == FRAME_BT709 ? &full_709 : NULL;
}

/* --- apart --- */

static void split_pairs(size_t count, const uint8_t *restrict pairs, uint8_t *restrict first, uint8_t *restrict second)
{
        for (size_t i = 0; i < count; i++) {
                first[i] = pairs[2 * i];
                second[i] = pairs[2 * i + 1];
        }
}

void sample_rows_split_pairs(size_t count, const uint8_t *pairs, uint8_t *ret_first, uint8_t *ret_second)
{
        size_t i = 0;

        for (; i + BLOCK <= count; i += BLOCK)
                split_pairs(BLOCK, pairs + 2 * i, ret_first + i, ret_second + i);
        split_pairs(count - i, pairs + 2 * i, ret_first + i, ret_second + i);
}

void sample_rows_split_quads(size_t count, const uint8_t *quads, unsigned luma_at, uint8_t *ret_luma,
                             uint8_t *ret_first, uint8_t *ret_second)
{
        uint8_t chroma[2 * BLOCK] = {0}; /* clang-tidy does not follow two blocks */

        /* Twice pairs: of luma and chroma, then of one chroma and the other. */
        for (size_t i = 0; i < count; i += BLOCK) {
                size_t now = count - i < BLOCK ? count - i : BLOCK;

                if (luma_at == 0)
                        sample_rows_split_pairs(2 * now, quads + 4 * i, ret_luma + 2 * i, chroma);
                else
                        sample_rows_split_pairs(2 * now, quads + 4 * i, chroma, ret_luma + 2 * i);
                sample_rows_split_pairs(now, chroma, ret_first + i, ret_second + i);
        }
}

/* --- converted --- */

/* Each step is cut to 16 bits again, so that compilers see that it fits. */
static inline int16_t part_of(int16_t sample, int16_t factor)
{
        return (int16_t)(((int16_t)(sample * (1 << SAMPLE_SHIFT)) * factor) >> 16);
}

static inline uint8_t sample_of(int16_t whole, int16_t parts)
{
        int16_t value = (int16_t)(whole + (int16_t)((int16_t)(parts + (1 << (PRODUCT_BITS - 1))) >> PRODUCT_BITS));

        value = value > 0 ? value : 0;
        return (uint8_t)(value < 255 ? value : 255);
}

static inline void stretch(size_t count, uint8_t *luma, int16_t factor, int16_t black)
{
        for (size_t i = 0; i < count; i++) {
                int16_t whole = (int16_t)(luma[i] - black);

                luma[i] = sample_of(whole, part_of(whole, factor));
        }
}

static inline void mix_luma(const struct sample_conversion *conversion, size_t count, uint8_t *restrict luma,
                            const uint8_t *restrict cb, const uint8_t *restrict cr)
{
        const int16_t of_luma = conversion->luma[0], of_cb = conversion->luma[1], of_cr = conversion->luma[2];
        const int16_t black = conversion->black;

        for (size_t i = 0; i < count / 2; i++) {
                int16_t colour =
                        (int16_t)(part_of((int16_t)(cb[i] - 128), of_cb) + part_of((int16_t)(cr[i] - 128), of_cr));
                int16_t one = (int16_t)(luma[2 * i] - black), other = (int16_t)(luma[2 * i + 1] - black);

                luma[2 * i] = sample_of(one, (int16_t)(part_of(one, of_luma) + colour));
                luma[2 * i + 1] = sample_of(other, (int16_t)(part_of(other, of_luma) + colour));
        }
}

void sample_rows_convert_luma(const struct sample_conversion *conversion, size_t count, uint8_t *luma,
                              const uint8_t *cb, const uint8_t *cr)
{
        size_t i = 0;

        if (conversion->luma[1] == 0 && conversion->luma[2] == 0) { /* the chroma has no say */
                for (; i + BLOCK <= count; i += BLOCK)
                        stretch(BLOCK, luma + i, conversion->luma[0], conversion->black);
                stretch(count - i, luma + i, conversion->luma[0], conversion->black);
                return;
        }
        for (; i + BLOCK <= count; i += BLOCK)
                mix_luma(conversion, BLOCK, luma + i, cb + i / 2, cr + i / 2);
        mix_luma(conversion, count - i, luma + i, cb + i / 2, cr + i / 2);
        if (count % 2 == 1) {
                uint8_t last[2] = {luma[count - 1], luma[count - 1]};

                mix_luma(conversion, 2, last, cb + count / 2, cr + count / 2);
                luma[count - 1] = last[0];
        }
}

static inline void mix_chroma(const struct sample_conversion *conversion, size_t count, uint8_t *restrict cb,
                              uint8_t *restrict cr)
{
        const int16_t cb_of_cb = conversion->cb[0], cb_of_cr = conversion->cb[1];
        const int16_t cr_of_cb = conversion->cr[0], cr_of_cr = conversion->cr[1];

        for (size_t i = 0; i < count; i++) {
                int16_t blue = (int16_t)(cb[i] - 128), red = (int16_t)(cr[i] - 128);

                cb[i] = sample_of(cb[i], (int16_t)(part_of(blue, cb_of_cb) + part_of(red, cb_of_cr)));
                cr[i] = sample_of(cr[i], (int16_t)(part_of(blue, cr_of_cb) + part_of(red, cr_of_cr)));
        }
}

void sample_rows_convert_chroma(const struct sample_conversion *conversion, size_t count, uint8_t *cb, uint8_t *cr)
{
        size_t i = 0;

        for (; i + BLOCK <= count; i += BLOCK)
                mix_chroma(conversion, BLOCK, cb + i, cr + i);
        mix_chroma(conversion, count - i, cb + i, cr + i);
}
