/* SPDX-License-Identifier: MIT */
#include "capture/jpeg_compress.h"

#include <errno.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h> /* jpeglib.h wants FILE and size_t declared */
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

#ifdef STREETCAP_JPEG_STEPS
#include <jpegint.h> /* after jpeglib.h; the steps of libjpeg, of which transform() replaces one */
#endif

#include "capture/sample_rows.h"

#define OUTPUT_SIZE_MIN ((size_t)64 * 1024)
#define CACHE_LINE 64
/* libjpeg-turbo 3.1.3 of Debian keeps its steps to itself. There, a plane whose rows end within a block is copied, and no row is fetched ahead. */
#ifdef STREETCAP_JPEG_STEPS
#define STEPS_ARE_KNOWN true
#else
#define STEPS_ARE_KNOWN false
#endif

/* Y, Cb, Cr, as libjpeg numbers them. */
enum { LUMA, CB, CR, COMPONENTS };

/* Where a format keeps its components: in which plane, the first at which byte, and bytes from one to the next in a row. */
struct layout {
        unsigned planes;
        bool halves_rows; /* of chroma: 4:2:0 */
        struct {
                unsigned plane, offset, step;
        } at[COMPONENTS];
};

static const struct layout layouts[] = {
        [FRAME_YUV420] = {3, true, {{0, 0, 1}, {1, 0, 1}, {2, 0, 1}}},
        [FRAME_YUV422] = {3, false, {{0, 0, 1}, {1, 0, 1}, {2, 0, 1}}},
        [FRAME_NV12] = {2, true, {{0, 0, 1}, {1, 0, 2}, {1, 1, 2}}},
        [FRAME_NV21] = {2, true, {{0, 0, 1}, {1, 1, 2}, {1, 0, 2}}},
        [FRAME_NV16] = {2, false, {{0, 0, 1}, {1, 0, 2}, {1, 1, 2}}},
        [FRAME_NV61] = {2, false, {{0, 0, 1}, {1, 1, 2}, {1, 0, 2}}},
        [FRAME_YUYV] = {1, false, {{0, 0, 2}, {0, 1, 4}, {0, 3, 4}}},
        [FRAME_YVYU] = {1, false, {{0, 0, 2}, {0, 3, 4}, {0, 1, 4}}},
        [FRAME_UYVY] = {1, false, {{0, 1, 2}, {0, 0, 4}, {0, 2, 4}}},
        [FRAME_VYUY] = {1, false, {{0, 1, 2}, {0, 2, 4}, {0, 0, 4}}},
};

/* A component of the frame under way. */
struct component {
        const uint8_t *data; /* its first sample */
        size_t stride;
        unsigned width, height; /* samples */
        unsigned padded;        /* width in whole blocks: what libjpeg wants of a row */
        unsigned rows;          /* that libjpeg takes at once */
        bool in_place;          /* libjpeg reads the camera's rows, and these blocks where a row ends within one */
        uint8_t edge[2 * DCTSIZE][DCTSIZE];
        JSAMPROW edge_rows[2 * DCTSIZE];
        const uint8_t *rows_below[2 * DCTSIZE]; /* that libjpeg takes next */
        uint8_t *strip;                         /* not in place: `rows` rows of `padded` samples */
};

/* libjpeg's step from samples to coefficients, of `count` blocks side by side. */
typedef void transform_blocks(j_compress_ptr jpeg, jpeg_component_info *info, JSAMPARRAY rows, JBLOCKROW blocks,
                              JDIMENSION row, JDIMENSION column, JDIMENSION count);

struct jpeg_compressor {
        struct jpeg_compress_struct jpeg;
        struct jpeg_error_mgr errors;
        struct jpeg_destination_mgr output;
        jmp_buf failed; /* libjpeg must never exit: each call of it lies below a setjmp of here */
        uint8_t *buffer;
        size_t buffer_size;
        uint8_t *strips;
        size_t strips_size;
        const struct layout *layout;
        const struct sample_conversion *conversion;
        transform_blocks *transform; /* libjpeg's own */
        struct component components[COMPONENTS];
};

/* --- what libjpeg calls --- */

static struct jpeg_compressor *compressor_of(j_common_ptr jpeg)
{
        return jpeg->client_data;
}

static _Noreturn void fail(j_common_ptr jpeg)
{
        longjmp(compressor_of(jpeg)->failed, 1);
}

/* Warnings and traces: what this encoder asks for gives none that matter. */
static void be_quiet(j_common_ptr jpeg, int level)
{
}

static void output_begin(j_compress_ptr jpeg)
{
        struct jpeg_compressor *compressor = compressor_of((j_common_ptr)jpeg);

        compressor->output.next_output_byte = compressor->buffer;
        compressor->output.free_in_buffer = compressor->buffer_size;
}

/* The buffer is full: libjpeg wants another, this gives it the same twice as long. */
static boolean output_more(j_compress_ptr jpeg)
{
        struct jpeg_compressor *compressor = compressor_of((j_common_ptr)jpeg);
        size_t size = compressor->buffer_size;
        uint8_t *longer = realloc(compressor->buffer, 2 * size);

        if (!longer)
                ERREXIT1(jpeg, JERR_OUT_OF_MEMORY, 0);
        compressor->buffer = longer;
        compressor->buffer_size = 2 * size;
        compressor->output.next_output_byte = longer + size;
        compressor->output.free_in_buffer = size;
        return TRUE;
}

static void output_end(j_compress_ptr jpeg)
{
}

/* --- create, destroy --- */

static int create_jpeg(struct jpeg_compressor *compressor)
{
        compressor->jpeg.err = jpeg_std_error(&compressor->errors);
        compressor->errors.error_exit = fail;
        compressor->errors.emit_message = be_quiet;
        compressor->jpeg.client_data = compressor;
        if (setjmp(compressor->failed))
                return -ENOMEM;
        jpeg_create_compress(&compressor->jpeg);
        return 0;
}

int jpeg_compressor_create(struct jpeg_compressor **ret_compressor)
{
        struct jpeg_compressor *compressor = calloc(1, sizeof(*compressor));

        if (!compressor)
                return -ENOMEM;
        compressor->output.init_destination = output_begin;
        compressor->output.empty_output_buffer = output_more;
        compressor->output.term_destination = output_end;
        compressor->buffer_size = OUTPUT_SIZE_MIN;
        compressor->buffer = malloc(OUTPUT_SIZE_MIN);
        if (!compressor->buffer || create_jpeg(compressor) < 0) {
                jpeg_compressor_destroy(compressor);
                return -ENOMEM;
        }
        compressor->jpeg.dest = &compressor->output;
        *ret_compressor = compressor;
        return 0;
}

void jpeg_compressor_destroy(struct jpeg_compressor *compressor)
{
        if (!compressor)
                return;
        jpeg_destroy_compress(&compressor->jpeg); /* also of what was not created: it is all zero then */
        free(compressor->strips);
        free(compressor->buffer);
        free(compressor);
}

/* --- the frame's components --- */

/* libjpeg believes what it is told of the rows. */
static bool plane_is_whole(const struct camera_frame *frame, unsigned plane, size_t width, size_t height)
{
        size_t size = frame->sizes[plane];

        if (!frame->planes[plane] || frame->strides[plane] < 0 || (size_t)frame->strides[plane] < width)
                return false;
        return size >= width && (size - width) / (size_t)frame->strides[plane] >= height - 1;
}

static bool planes_are_whole(const struct camera_frame *frame, const struct layout *layout)
{
        size_t half = ((size_t)frame->width + 1) / 2;
        size_t chroma_height = layout->halves_rows ? ((size_t)frame->height + 1) / 2 : frame->height;

        switch (layout->planes) {
        case 1:
                return plane_is_whole(frame, 0, 4 * half, frame->height);
        case 2:
                return plane_is_whole(frame, 0, frame->width, frame->height) &&
                       plane_is_whole(frame, 1, 2 * half, chroma_height);
        default:
                return plane_is_whole(frame, 0, frame->width, frame->height) &&
                       plane_is_whole(frame, 1, half, chroma_height) && plane_is_whole(frame, 2, half, chroma_height);
        }
}

static void describe(struct jpeg_compressor *compressor, const struct camera_frame *frame)
{
        const struct layout *layout = &layouts[frame->format];

        compressor->layout = layout;
        compressor->conversion = sample_conversion_of(frame->range, frame->encoding);
        for (unsigned i = 0; i < COMPONENTS; i++) {
                unsigned plane = layout->at[i].plane;
                bool is_chroma = i != LUMA;
                struct component *component = &compressor->components[i];

                *component = (struct component){
                        .data = frame->planes[plane] + layout->at[i].offset,
                        .stride = (size_t)frame->strides[plane],
                        .width = is_chroma ? (frame->width + 1) / 2 : frame->width,
                        .height = is_chroma && layout->halves_rows ? (frame->height + 1) / 2 : frame->height,
                        .rows = layout->halves_rows && !is_chroma ? 2 * DCTSIZE : DCTSIZE,
                };
                component->padded = (component->width + DCTSIZE - 1) / DCTSIZE * DCTSIZE;
                component->in_place = layout->at[i].step == 1 && !compressor->conversion &&
                                      (STEPS_ARE_KNOWN || component->width == component->padded);
        }
}

static int reserve_strips(struct jpeg_compressor *compressor)
{
        size_t needed = 0;
        uint8_t *strip;

        for (unsigned i = 0; i < COMPONENTS; i++) {
                const struct component *component = &compressor->components[i];

                needed += component->in_place ? 0 : (size_t)component->rows * component->padded;
        }
        if (compressor->strips_size < needed) {
                free(compressor->strips);
                compressor->strips = malloc(needed);
                compressor->strips_size = compressor->strips ? needed : 0;
                if (!compressor->strips)
                        return -ENOMEM;
        }
        strip = compressor->strips;
        for (unsigned i = 0; i < COMPONENTS; i++) {
                struct component *component = &compressor->components[i];

                if (component->in_place)
                        continue;
                component->strip = strip;
                strip += (size_t)component->rows * component->padded;
        }
        return 0;
}

/* --- rows in strips --- */

static const uint8_t *row_of(const struct component *component, unsigned row)
{
        return component->data + row * component->stride;
}

static uint8_t *strip_row(const struct component *component, unsigned row)
{
        return component->strip + (size_t)row * component->padded;
}

/* Of the rows that libjpeg takes next, the first being `row`: those that the component has. */
static unsigned rows_left(const struct component *component, unsigned row)
{
        return component->height - row < component->rows ? component->height - row : component->rows;
}

static void copy_rows(const struct component *component, unsigned first)
{
        for (unsigned i = 0; i < rows_left(component, first); i++)
                memcpy(strip_row(component, i), row_of(component, first + i), component->width);
}

/* The chroma of two planes, and all of one. */
static void split_rows(const struct jpeg_compressor *compressor, unsigned first)
{
        const struct layout *layout = compressor->layout;
        const struct component *luma = &compressor->components[LUMA];
        bool cr_leads = layout->at[CR].offset < layout->at[CB].offset;
        const struct component *leading = &compressor->components[cr_leads ? CR : CB];
        const struct component *following = &compressor->components[cr_leads ? CB : CR];

        for (unsigned i = 0; i < rows_left(leading, first); i++) {
                uint8_t *one = strip_row(leading, i), *other = strip_row(following, i);

                if (layout->planes == 2)
                        sample_rows_split_pairs(leading->width, row_of(leading, first + i), one, other);
                else
                        sample_rows_split_quads(leading->width, row_of(luma, first + i) - layout->at[LUMA].offset,
                                                layout->at[LUMA].offset, strip_row(luma, i), one, other);
        }
}

/* The luma first: it takes the chroma as it was. */
static void convert_rows(const struct jpeg_compressor *compressor, unsigned luma_first, unsigned chroma_first)
{
        const struct component *luma = &compressor->components[LUMA];
        const struct component *cb = &compressor->components[CB], *cr = &compressor->components[CR];
        unsigned rows_of_one = luma->rows / cb->rows;

        for (unsigned i = 0; i < rows_left(luma, luma_first); i++)
                sample_rows_convert_luma(compressor->conversion, luma->width, strip_row(luma, i),
                                         strip_row(cb, i / rows_of_one), strip_row(cr, i / rows_of_one));
        for (unsigned i = 0; i < rows_left(cb, chroma_first); i++)
                sample_rows_convert_chroma(compressor->conversion, cb->width, strip_row(cb, i), strip_row(cr, i));
}

/* To whole blocks, with their last sample. */
static void lengthen_rows(const struct component *component, unsigned first)
{
        for (unsigned i = 0; i < rows_left(component, first); i++) {
                uint8_t *end = strip_row(component, i) + component->width;

                memset(end, end[-1], component->padded - component->width);
        }
}

static void fill_strips(const struct jpeg_compressor *compressor, unsigned group)
{
        const struct component *components = compressor->components;

        for (unsigned i = 0; i < COMPONENTS; i++) {
                if (!components[i].in_place && compressor->layout->at[i].step == 1)
                        copy_rows(&components[i], group * components[i].rows);
        }
        if (compressor->layout->planes < 3)
                split_rows(compressor, group * components[CB].rows);
        if (compressor->conversion)
                convert_rows(compressor, group * components[LUMA].rows, group * components[CB].rows);
        for (unsigned i = 0; i < COMPONENTS; i++) {
                if (!components[i].in_place)
                        lengthen_rows(&components[i], group * components[i].rows);
        }
}

/* --- rows in place --- */

static bool has_edge(const struct component *component)
{
        return component->in_place && component->width < component->padded;
}

static void cut_edge(struct component *component, unsigned group)
{
        unsigned first = group * component->rows, begin = component->padded - DCTSIZE;

        for (unsigned i = 0; i < rows_left(component, first); i++) {
                const uint8_t *row = row_of(component, first + i);

                for (unsigned x = 0; x < DCTSIZE; x++)
                        component->edge[i][x] = row[begin + x < component->width ? begin + x : component->width - 1];
        }
}

#ifdef STREETCAP_JPEG_STEPS
/* libjpeg reads 8 bytes of each of 8 rows, then the next 8: too many places for a processor to see that each goes on, and without this a
 * picture took 9 to 15 % longer. While libjpeg works on these rows, those that it takes next are fetched. */
static void fetch_below(const struct component *component, unsigned row, size_t column)
{
        for (unsigned i = 0; i < DCTSIZE; i++)
                __builtin_prefetch(component->rows_below[row + i] + column, 0, 2);
}

/* In the place of libjpeg's own step: it is given the row's last block from elsewhere where what lies there is not all the frame's. */
static void transform(j_compress_ptr jpeg, jpeg_component_info *info, JSAMPARRAY rows, JBLOCKROW blocks, JDIMENSION row,
                      JDIMENSION column, JDIMENSION count)
{
        struct jpeg_compressor *compressor = compressor_of((j_common_ptr)jpeg);
        struct component *component = &compressor->components[info->component_index];

        if (component->in_place && column % CACHE_LINE == 0)
                fetch_below(component, row, column);
        if (component->in_place && column + count * DCTSIZE > component->width) {
                count--;
                compressor->transform(jpeg, info, component->edge_rows, blocks + count, row, 0, 1);
        }
        if (count > 0)
                compressor->transform(jpeg, info, rows, blocks, row, column, count);
}
#endif

/* Of the picture that has begun. */
static void replace_steps(struct jpeg_compressor *compressor)
{
#ifdef STREETCAP_JPEG_STEPS
        compressor->transform = compressor->jpeg.fdct->forward_DCT;
        compressor->jpeg.fdct->forward_DCT = transform;
#endif
}

/* The last row stands for those below it. libjpeg's rows are not const, but it only reads them. */
static void point_at_rows(struct component *component, unsigned group, JSAMPROW *ret_rows)
{
        unsigned first = group * component->rows, left = rows_left(component, first);

        for (unsigned i = 0; i < component->rows; i++) {
                unsigned row = i < left ? i : left - 1, below = first + component->rows + i;

                ret_rows[i] =
                        component->in_place ? (JSAMPROW)row_of(component, first + row) : strip_row(component, row);
                component->edge_rows[i] = component->edge[row];
                component->rows_below[i] = row_of(component, below < component->height ? below : component->height - 1);
        }
}

/* --- the picture --- */

static void set_parameters(struct jpeg_compressor *compressor, const struct camera_frame *frame, int quality)
{
        struct jpeg_compress_struct *jpeg = &compressor->jpeg;

        jpeg->image_width = frame->width;
        jpeg->image_height = frame->height;
        jpeg->input_components = COMPONENTS;
        jpeg->in_color_space = JCS_YCbCr;
        jpeg_set_defaults(jpeg);
        jpeg_set_quality(jpeg, quality, TRUE);
        jpeg->dct_method = JDCT_ISLOW; /* the same on every machine, with vectors or without */
        jpeg->raw_data_in = TRUE;
        jpeg->comp_info[LUMA].h_samp_factor = 2;
        jpeg->comp_info[LUMA].v_samp_factor = compressor->layout->halves_rows ? 2 : 1;
}

/* The rows that libjpeg takes next. */
static void prepare_rows(struct jpeg_compressor *compressor, unsigned group, JSAMPROW rows[COMPONENTS][2 * DCTSIZE])
{
        fill_strips(compressor, group);
        for (unsigned i = 0; i < COMPONENTS; i++) {
                struct component *component = &compressor->components[i];

                if (has_edge(component))
                        cut_edge(component, group);
                point_at_rows(component, group, rows[i]);
        }
}

static void write_picture(struct jpeg_compressor *compressor)
{
        struct jpeg_compress_struct *jpeg = &compressor->jpeg;
        JSAMPROW rows[COMPONENTS][2 * DCTSIZE];
        JSAMPARRAY planes[COMPONENTS] = {rows[LUMA], rows[CB], rows[CR]};

        jpeg_start_compress(jpeg, TRUE);
        replace_steps(compressor);
        for (unsigned group = 0; jpeg->next_scanline < jpeg->image_height; group++) {
                prepare_rows(compressor, group, rows);
                jpeg_write_raw_data(jpeg, planes, compressor->components[LUMA].rows);
        }
        jpeg_finish_compress(jpeg);
}

int jpeg_compressor_run(struct jpeg_compressor *compressor, const struct camera_frame *frame, int quality,
                        const uint8_t **ret_jpeg, size_t *ret_size)
{
        int r;

        if ((size_t)frame->format >= sizeof(layouts) / sizeof(layouts[0]) || quality < 1 || quality > 100 ||
            frame->width == 0 || frame->height == 0 || frame->width > JPEG_MAX_DIMENSION ||
            frame->height > JPEG_MAX_DIMENSION || !planes_are_whole(frame, &layouts[frame->format]))
                return -EBADMSG;
        describe(compressor, frame);
        r = reserve_strips(compressor);
        if (r < 0)
                return r;
        if (setjmp(compressor->failed)) {
                jpeg_abort_compress(&compressor->jpeg);
                return compressor->errors.msg_code == JERR_OUT_OF_MEMORY ? -ENOMEM : -EBADMSG;
        }
        set_parameters(compressor, frame, quality);
        write_picture(compressor);
        *ret_jpeg = compressor->buffer;
        *ret_size = compressor->buffer_size - compressor->output.free_in_buffer;
        return 0;
}
