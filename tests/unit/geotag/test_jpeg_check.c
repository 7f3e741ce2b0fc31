/* SPDX-License-Identifier: MIT */
/* Against TurboJPEG: it makes the JPEGs, and what is taken here must decode there, without a warning and to the same size. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

#include <cmocka.h>

#include "geotag/jpeg_check.h"
#include "geotag/jpeg_huffman.h"
#include "geotag/jpeg_scan.h"
#include "geotag/jpeg_segments.h"
#include "tests/unit/tiny_jpeg.h"

struct bytes {
        uint8_t *data;
        size_t size;
};

static struct bytes bytes_of(const uint8_t *data, size_t size)
{
        struct bytes bytes = {malloc(size + 1), size}; /* its own: what reads behind it is seen */

        assert_non_null(bytes.data);
        memcpy(bytes.data, data, size);
        return bytes;
}

/* bytes[at] to bytes[at + removed - 1] become what is given. */
static struct bytes spliced(const struct bytes *bytes, size_t at, size_t removed, const void *put, size_t put_size)
{
        struct bytes out = {malloc(bytes->size - removed + put_size + 1), bytes->size - removed + put_size};

        assert_non_null(out.data);
        memcpy(out.data, bytes->data, at);
        memcpy(out.data + at, put, put_size);
        memcpy(out.data + at + put_size, bytes->data + at + removed, bytes->size - at - removed);
        return out;
}

/* --- pictures and TurboJPEG --- */

struct recipe {
        int width, height, subsampling, quality, flags;
        const char *restart; /* as TurboJPEG's variable TJ_RESTART: MCU rows, or MCUs with a b behind; NULL: none */
        bool optimised;      /* Huffman tables of its own */
};

/* Slopes, edges and some grain: codes of all lengths. */
static uint8_t *make_picture(int width, int height)
{
        uint8_t *pixels = malloc((size_t)width * (size_t)height * 3);
        uint32_t random = 1;

        assert_non_null(pixels);
        for (int i = 0; i < width * height * 3; i++) {
                int x = i / 3 % width, y = i / 3 / width;

                random = random * 1664525 + 1013904223;
                pixels[i] = (uint8_t)((x * 3 + y * (1 + i % 3)) % 200 + (x / 13 + y / 7) % 2 * 30 +
                                      (y > height / 3 ? random >> 28 : 0));
        }
        return pixels;
}

#ifdef TJ_NUMINIT /* TurboJPEG 3: by its parameters */
static void set_coding(tjhandle handle, const char *restart, bool optimised)
{
        bool in_blocks = restart && strchr(restart, 'b');

        assert_int_equal(tj3Set(handle, TJPARAM_OPTIMIZE, optimised), 0);
        if (restart)
                assert_int_equal(tj3Set(handle, in_blocks ? TJPARAM_RESTARTBLOCKS : TJPARAM_RESTARTROWS,
                                        (int)strtol(restart, NULL, 10)),
                                 0);
}
#else /* before: from the environment only */
static void set_variable(const char *name, const char *value)
{
        if (value)
                setenv(name, value, 1);
        else
                unsetenv(name);
}

static void set_coding(tjhandle handle, const char *restart, bool optimised)
{
        set_variable("TJ_RESTART", restart);
        set_variable("TJ_OPTIMIZE", optimised ? "1" : NULL);
}
#endif

static struct bytes make_jpeg(const struct recipe *recipe)
{
        uint8_t *pixels = make_picture(recipe->width, recipe->height), *data = NULL;
        tjhandle handle = tjInitCompress();
        unsigned long size = 0;
        struct bytes jpeg;

        set_coding(handle, recipe->restart, recipe->optimised);
        assert_int_equal(tjCompress2(handle, pixels, recipe->width, 0, recipe->height, TJPF_RGB, &data, &size,
                                     recipe->subsampling, recipe->quality, recipe->flags),
                         0);
        jpeg = bytes_of(data, size);
        tjFree(data);
        tjDestroy(handle);
        free(pixels);
        return jpeg;
}

/* NULL: it does not decode without so much as a warning. */
static uint8_t *decode(const uint8_t *jpeg, size_t size, int *ret_width, int *ret_height)
{
        tjhandle handle = tjInitDecompress();
        int subsampling, colours;
        uint8_t *pixels = NULL;

        if (tjDecompressHeader3(handle, jpeg, size, ret_width, ret_height, &subsampling, &colours) == 0) {
                pixels = malloc((size_t)*ret_width * (size_t)*ret_height * 3);
                assert_non_null(pixels);
                if (tjDecompress2(handle, jpeg, size, pixels, *ret_width, 0, *ret_height, TJPF_RGB, 0) < 0) {
                        free(pixels);
                        pixels = NULL;
                }
        }
        tjDestroy(handle);
        return pixels;
}

static void assert_same_picture(const struct bytes *a, const struct bytes *b)
{
        int width[2], height[2];
        uint8_t *pixels[2] = {decode(a->data, a->size, &width[0], &height[0]),
                              decode(b->data, b->size, &width[1], &height[1])};

        assert_non_null(pixels[0]);
        assert_non_null(pixels[1]);
        assert_int_equal(width[0], width[1]);
        assert_int_equal(height[0], height[1]);
        assert_memory_equal(pixels[0], pixels[1], (size_t)width[0] * (size_t)height[0] * 3);
        free(pixels[0]);
        free(pixels[1]);
}

/* --- jpeg_check_frame --- */

static int check(const struct bytes *jpeg, struct jpeg_checked *ret_checked, char problem[static JPEG_PROBLEM_SIZE])
{
        return jpeg_check_frame(jpeg->data, jpeg->size, 0, 0, ret_checked, problem);
}

/* Whether it is taken; when so, TurboJPEG must take it too. */
static bool is_taken(const struct bytes *jpeg)
{
        char problem[JPEG_PROBLEM_SIZE] = "";
        struct jpeg_checked checked;
        int width, height;
        uint8_t *pixels;

        if (check(jpeg, &checked, problem) < 0) {
                assert_true(problem[0] != '\0' && memchr(problem, '\0', sizeof(problem)));
                return false;
        }
        if (checked.walked && !checked.odd) {
                pixels = decode(jpeg->data, checked.size, &width, &height);
                assert_non_null(pixels);
                assert_int_equal(width, checked.width);
                assert_int_equal(height, checked.height);
                free(pixels);
        }
        return true;
}

static void assert_refused(const struct bytes *jpeg, const char *problem)
{
        char told[JPEG_PROBLEM_SIZE] = "nothing";
        struct jpeg_checked checked = {.width = 77};

        assert_int_equal(check(jpeg, &checked, told), -EBADMSG);
        assert_int_equal(checked.width, 77);
        if (!strstr(told, problem))
                fail_msg("told '%s', not '%s'", told, problem);
}

/* Position of the n-th segment (from 0) of that marker before or at the first scan; the size of it in *ret_size. */
static size_t find(const struct bytes *jpeg, uint8_t marker, unsigned n, size_t *ret_size)
{
        struct jpeg_segment segment;
        struct jpeg_reader reader;

        assert_int_equal(jpeg_reader_init(&reader, jpeg->data, jpeg->size), 0);
        do
                assert_int_equal(jpeg_reader_next_header(&reader, &segment), 0);
        while (segment.marker != marker || n-- > 0);
        *ret_size = segment.byte_count;
        return (size_t)(segment.bytes - jpeg->data);
}

static size_t scan_of(const struct bytes *jpeg)
{
        size_t size, at = find(jpeg, JPEG_SOS, 0, &size);

        return at + size;
}

static struct bytes without(const struct bytes *jpeg, uint8_t marker)
{
        struct bytes out = bytes_of(jpeg->data, jpeg->size), next;
        size_t at = 2;

        while (out.data[at + 1] != JPEG_SOS) {
                size_t size = 2 + ((size_t)out.data[at + 2] << 8 | out.data[at + 3]);

                if (out.data[at + 1] == marker) {
                        next = spliced(&out, at, size, "", 0);
                        free(out.data);
                        out = next;
                } else {
                        at += size;
                }
        }
        return out;
}

static void assert_completes(const struct bytes *jpeg, const struct bytes *original)
{
        char problem[JPEG_PROBLEM_SIZE];
        struct jpeg_checked checked;
        struct bytes whole;
        size_t scan = scan_of(jpeg), coded = jpeg->size - scan;

        assert_int_equal(check(jpeg, &checked, problem), 0);
        assert_true(checked.tables_at > 0);
        whole.size = jpeg_whole_size(&checked);
        whole.data = malloc(whole.size);
        assert_non_null(whole.data);
        jpeg_put_whole(jpeg->data, &checked, whole.data);
        assert_memory_equal(whole.data + whole.size - coded, jpeg->data + scan, coded);
        assert_int_equal(check(&whole, &checked, problem), 0);
        assert_int_equal(checked.tables_at, 0);
        assert_same_picture(&whole, original);
        free(whole.data);
}

static void assert_whole(const struct recipe *recipe)
{
        static const uint8_t padding[1000];
        struct bytes jpeg = make_jpeg(recipe), bare, padded;
        char problem[JPEG_PROBLEM_SIZE] = "";
        struct jpeg_checked checked;
        size_t size;

        if (check(&jpeg, &checked, problem) < 0)
                fail_msg("%d x %d, sampling %d, quality %d, restart %s, optimised %d: %s", recipe->width,
                         recipe->height, recipe->subsampling, recipe->quality, recipe->restart, recipe->optimised,
                         problem);
        assert_int_equal(checked.width, recipe->width);
        assert_int_equal(checked.height, recipe->height);
        assert_int_equal(checked.size, jpeg.size);
        assert_true(checked.walked);
        assert_false(checked.odd);
        assert_int_equal(checked.tables_at, 0);
        if (recipe->restart)
                find(&jpeg, JPEG_DRI, 0, &size); /* or this says nothing of restart markers */

        padded = spliced(&jpeg, jpeg.size, 0, padding, sizeof(padding));
        assert_int_equal(check(&padded, &checked, problem), 0);
        assert_int_equal(checked.size, jpeg.size);
        assert_int_equal(jpeg_whole_size(&checked), jpeg.size);
        free(padded.data);

        bare = without(&jpeg, JPEG_DHT);
        if (!recipe->optimised)
                assert_completes(&bare, &jpeg);
        free(bare.data);
        free(jpeg.data);
}

static void what_turbojpeg_makes_is_whole(void **state)
{
        static const int sizes[][2] = {{1, 1}, {8, 8}, {7, 9}, {16, 16}, {17, 15}, {33, 31}, {100, 75}};
        static const int samplings[] = {TJSAMP_444, TJSAMP_422, TJSAMP_420, TJSAMP_GRAY, TJSAMP_440, TJSAMP_411};
        static const char *const restarts[] = {NULL, "1", "1b", "3b"};
        static const int qualities[] = {10, 80, 100};

        for (unsigned i = 0; i < 7 * 6 * 4 * 3 * 2; i++) {
                struct recipe recipe = {.width = sizes[i % 7][0],
                                        .height = sizes[i % 7][1],
                                        .subsampling = samplings[i / 7 % 6],
                                        .restart = restarts[i / 42 % 4],
                                        .quality = qualities[i / 168 % 3],
                                        .optimised = i / 504};

                assert_whole(&recipe);
        }
}

static void the_size_must_be_that_of_the_frame(void **state)
{
        struct recipe recipe = {.width = 64, .height = 48, .subsampling = TJSAMP_422, .quality = 80};
        struct bytes jpeg = make_jpeg(&recipe);
        char problem[JPEG_PROBLEM_SIZE];
        struct jpeg_checked checked;

        assert_int_equal(jpeg_check_frame(jpeg.data, jpeg.size, 64, 48, &checked, problem), 0);
        assert_int_equal(jpeg_check_frame(jpeg.data, jpeg.size, 0, 48, &checked, problem), 0);
        assert_int_equal(jpeg_check_frame(jpeg.data, jpeg.size, 64, 40, &checked, problem), -EBADMSG);
        assert_string_equal(problem, "of 64 x 48, not 64 x 40");
        assert_int_equal(jpeg_check_frame(jpeg.data, jpeg.size, 128, 48, &checked, problem), -EBADMSG);
        free(jpeg.data);
}

/* --- cut --- */

static void assert_no_prefix_is_taken(const struct recipe *recipe)
{
        static const uint8_t end[] = {0xff, 0xd9};
        struct bytes jpeg = make_jpeg(recipe);
        size_t scan = scan_of(&jpeg);

        for (size_t size = 0; size < jpeg.size; size++) {
                struct bytes cut = bytes_of(jpeg.data, size), ended, filled;

                assert_false(is_taken(&cut));
                /* What drivers do: an EOI put behind, or the rest zero. */
                ended = spliced(&cut, size, 0, end, sizeof(end));
                if (size < jpeg.size - 2)
                        assert_false(is_taken(&ended));
                /* Of a few zeros blocks may come. */
                filled = bytes_of(jpeg.data, jpeg.size);
                if (size >= scan && size + 66 <= jpeg.size) {
                        memset(filled.data + size, 0, jpeg.size - 2 - size);
                        assert_false(is_taken(&filled));
                }
                free(cut.data);
                free(ended.data);
                free(filled.data);
        }
        free(jpeg.data);
}

static void every_cut_is_found(void **state)
{
        struct recipe recipe = {.width = 48, .height = 32, .subsampling = TJSAMP_422, .quality = 80};

        assert_no_prefix_is_taken(&recipe);
        recipe.restart = "2b";
        assert_no_prefix_is_taken(&recipe);
        recipe.subsampling = TJSAMP_420;
        recipe.optimised = true;
        assert_no_prefix_is_taken(&recipe);
}

static void it_says_how_far_it_came(void **state)
{
        static const uint8_t end[] = {0xff, 0xd9};
        struct recipe recipe = {.width = 160, .height = 120, .subsampling = TJSAMP_422, .quality = 80};
        struct bytes jpeg = make_jpeg(&recipe);
        size_t half = scan_of(&jpeg) + (jpeg.size - scan_of(&jpeg)) / 2;
        struct bytes cut = spliced(&jpeg, half, jpeg.size - half, end, sizeof(end));
        char problem[JPEG_PROBLEM_SIZE] = "";
        struct jpeg_checked checked;
        unsigned blocks = 0, all = 0;

        assert_int_equal(check(&cut, &checked, problem), -EBADMSG);
        assert_int_equal(sscanf(problem, "truncated: %u of %u blocks", &blocks, &all), 2);
        assert_int_equal(all, 10 * 15 * 4);
        assert_in_range(blocks, all / 4, all * 3 / 4);
        free(cut.data);
        free(jpeg.data);
}

/* --- damaged --- */

enum damage { BYTE_LOST, BYTE_CHANGED, PACKET_LOST_64, PACKET_LOST, PACKET_ZERO, PACKET_ZERO_64, DAMAGE_COUNT };
static const char *const damage_texts[] = {"a byte lost",    "a byte changed", "64 bytes lost",
                                           "512 bytes lost", "512 bytes zero", "64 bytes zero"};

static struct bytes damaged(const struct bytes *jpeg, enum damage damage, size_t at)
{
        struct bytes out;

        switch (damage) {
        case BYTE_LOST:
                return spliced(jpeg, at, 1, "", 0);
        case PACKET_LOST_64:
                return spliced(jpeg, at, 64, "", 0);
        case PACKET_LOST:
                return spliced(jpeg, at, 512, "", 0);
        default:
                out = bytes_of(jpeg->data, jpeg->size);
                if (damage == BYTE_CHANGED)
                        out.data[at] ^= (uint8_t)(1 + at % 255);
                else
                        memset(out.data + at, 0, damage == PACKET_ZERO ? 512 : 64);
                return out;
        }
}

/* Per mille that is found, of damages all over the coded data. */
static unsigned share_found(const struct bytes *jpeg, enum damage damage)
{
        size_t scan = scan_of(jpeg), tried = 0, found = 0;

        for (size_t at = scan; at + 514 < jpeg->size; at += 1 + jpeg->size / 800) {
                struct bytes out = damaged(jpeg, damage, at);

                if (out.size != jpeg->size || memcmp(out.data, jpeg->data, jpeg->size) != 0) {
                        tried++;
                        found += !is_taken(&out);
                }
                free(out.data);
        }
        assert_true(tried > 300);
        return tried > 0 ? (unsigned)(1000 * found / tried) : 0;
}

/* What a cable loses, USB packets, is found. Of single bytes many are not: codes find their place again after some blocks, and as many
 * blocks as there should be may come of it. */
static void lost_packets_are_found(void **state)
{
        static const unsigned wanted[DAMAGE_COUNT] = {
                [PACKET_LOST_64] = 600, [PACKET_LOST] = 985, [PACKET_ZERO] = 1000, [PACKET_ZERO_64] = 1000};
        static const char *const restarts[] = {NULL, "1"};

        for (unsigned i = 0; i < 2; i++) {
                struct recipe recipe = {
                        .width = 640, .height = 240, .subsampling = TJSAMP_422, .quality = 85, .restart = restarts[i]};
                struct bytes jpeg = make_jpeg(&recipe);

                for (enum damage damage = 0; damage < DAMAGE_COUNT; damage++) {
                        unsigned share = share_found(&jpeg, damage);

                        print_message("%s, %s restart markers: %u of 1000 found\n", damage_texts[damage],
                                      restarts[i] ? "with" : "without", share);
                        assert_true(share >= wanted[damage]);
                }
                free(jpeg.data);
        }
}

/* --- restart markers --- */

static size_t find_restart(const struct bytes *jpeg, unsigned n)
{
        size_t at = scan_of(jpeg);

        for (;; at++)
                if (jpeg->data[at] == 0xff && jpeg->data[at + 1] >= JPEG_RST0 && jpeg->data[at + 1] <= JPEG_RST7 &&
                    n-- == 0)
                        return at;
}

static void restart_markers_are_counted(void **state)
{
        struct recipe recipe = {.width = 64, .height = 64, .subsampling = TJSAMP_420, .quality = 80, .restart = "1b"};
        struct bytes jpeg = make_jpeg(&recipe), wrong;
        size_t size;

        wrong = bytes_of(jpeg.data, jpeg.size);
        wrong.data[find_restart(&jpeg, 3) + 1] = JPEG_RST0 + 4;
        assert_refused(&wrong, "restart marker out of order: 24 of 96 blocks");
        free(wrong.data);

        wrong = spliced(&jpeg, find_restart(&jpeg, 5), 2, "", 0);
        assert_false(is_taken(&wrong));
        free(wrong.data);

        wrong = spliced(&jpeg, find_restart(&jpeg, 5), 0, jpeg.data + find_restart(&jpeg, 5), 2);
        assert_refused(&wrong, "data missing before a restart marker");
        free(wrong.data);

        /* A whole interval is lost, markers and all. */
        wrong = spliced(&jpeg, find_restart(&jpeg, 2), find_restart(&jpeg, 3) - find_restart(&jpeg, 2), "", 0);
        assert_refused(&wrong, "restart marker out of order");
        free(wrong.data);

        /* Eight are: the markers are in order again, and the end comes early. */
        wrong = spliced(&jpeg, find_restart(&jpeg, 2), find_restart(&jpeg, 10) - find_restart(&jpeg, 2), "", 0);
        assert_refused(&wrong, "truncated");
        free(wrong.data);

        wrong = bytes_of(jpeg.data, jpeg.size);
        wrong.data[find(&jpeg, JPEG_DRI, 0, &size) + 5] = 2;
        assert_false(is_taken(&wrong));
        wrong.data[find(&jpeg, JPEG_DRI, 0, &size) + 5] = 0;
        assert_false(is_taken(&wrong));
        free(wrong.data);
        free(jpeg.data);
}

/* Logitech's cameras put some bytes of no meaning before each marker. */
static void a_few_bytes_before_a_marker_are_put_up_with(void **state)
{
        static const uint8_t extra[JPEG_EXTRA_BYTES + 1] = {0x55, 0xaa, 0x00, 0x13};
        uint8_t fill[41];
        struct recipe recipe = {.width = 64, .height = 64, .subsampling = TJSAMP_422, .quality = 80, .restart = "1"};
        struct bytes jpeg = make_jpeg(&recipe);
        size_t places[] = {find_restart(&jpeg, 1), jpeg.size - 2};
        char problem[JPEG_PROBLEM_SIZE];
        struct jpeg_checked checked;

        memset(fill, 0xff, sizeof(fill));
        for (unsigned i = 0; i < 2; i++) {
                for (size_t count = 1; count <= sizeof(extra); count++) {
                        struct bytes odd = spliced(&jpeg, places[i], 0, extra, count);

                        if (count > JPEG_EXTRA_BYTES) {
                                assert_refused(&odd, "damaged: data left over");
                        } else {
                                assert_int_equal(check(&odd, &checked, problem), 0);
                                assert_true(checked.odd);
                                assert_int_equal(checked.size, odd.size);
                        }
                        free(odd.data);
                }
                /* Fill bytes are no data, and nothing to warn of. */
                struct bytes filled = spliced(&jpeg, places[i], 0, fill, sizeof(fill));
                assert_int_equal(check(&filled, &checked, problem), 0);
                assert_false(checked.odd);
                assert_int_equal(checked.size, filled.size);
                assert_same_picture(&filled, &jpeg);
                free(filled.data);
        }
        free(jpeg.data);
}

/* --- headers --- */

static void tables_must_be_there(void **state)
{
        struct recipe recipe = {.width = 32, .height = 32, .subsampling = TJSAMP_422, .quality = 80};
        struct bytes jpeg = make_jpeg(&recipe), wrong;
        size_t size, at;

        wrong = without(&jpeg, JPEG_DQT);
        assert_refused(&wrong, "a quantisation table is missing");
        free(wrong.data);
        at = find(&jpeg, JPEG_DQT, 1, &size);
        wrong = spliced(&jpeg, at, size, "", 0);
        assert_refused(&wrong, "a quantisation table is missing");
        free(wrong.data);
        at = find(&jpeg, JPEG_DHT, 3, &size);
        wrong = spliced(&jpeg, at, size, "", 0);
        assert_refused(&wrong, "a Huffman table is missing");
        free(wrong.data);

        wrong = bytes_of(jpeg.data, jpeg.size);
        wrong.data[at + 5] = 3; /* three codes of one bit */
        assert_refused(&wrong, "bad Huffman table");
        free(wrong.data);
        wrong = bytes_of(jpeg.data, jpeg.size);
        at = find(&jpeg, JPEG_DQT, 0, &size);
        wrong.data[at + 20] = 0;
        assert_refused(&wrong, "bad quantisation table");
        wrong.data[at + 20] = 1;
        wrong.data[at + 4] = 4;
        assert_refused(&wrong, "bad quantisation table");
        free(wrong.data);
        free(jpeg.data);
}

static void standard_tables_are_those_of_turbojpeg(void **state)
{
        struct recipe recipe = {.width = 8, .height = 8, .subsampling = TJSAMP_444, .quality = 80};
        struct bytes jpeg = make_jpeg(&recipe);
        uint8_t tables[JPEG_STANDARD_TABLES_SIZE] = {0xff, JPEG_DHT, (JPEG_STANDARD_TABLES_SIZE - 2) >> 8,
                                                     (JPEG_STANDARD_TABLES_SIZE - 2) & 0xff};
        size_t put = 4;

        for (unsigned i = 0; i < 4; i++) {
                size_t size, at = find(&jpeg, JPEG_DHT, i, &size);

                assert_true(put + size - 4 <= sizeof(tables));
                memcpy(tables + put, jpeg.data + at + 4, size - 4);
                put += size - 4;
        }
        assert_int_equal(put, sizeof(tables));
        assert_memory_equal(tables, jpeg_standard_tables, sizeof(tables));
        free(jpeg.data);
}

struct patch {
        uint8_t marker; /* of the segment */
        size_t offset;  /* in it, from its marker on */
        uint8_t byte;
        const char *problem;
};

static void headers_must_make_sense(void **state)
{
        static const struct patch patches[] = {
                {JPEG_SOF0, 1, 0xc3, "lossless"},
                {JPEG_SOF0, 1, 0xc9, "lossless, hierarchical, arithmetic"},
                {JPEG_SOF0, 1, JPEG_JPG, "none of JPEG"},
                {JPEG_SOF0, 3, 18, "bad frame header"},
                {JPEG_SOF0, 4, 12, "samples of other than 8 bits"},
                {JPEG_SOF0, 6, 0, "bad frame header"},
                {JPEG_SOF0, 8, 0, "bad frame header"},
                {JPEG_SOF0, 9, 4, "bad frame header"},
                {JPEG_SOF0, 10, 2, "bad frame header"},    /* two components of one name */
                {JPEG_SOF0, 11, 0x51, "bad frame header"}, /* sampling factor 5 */
                {JPEG_SOF0, 11, 0x31, "data missing"},     /* six blocks an MCU where there are four */
                {JPEG_SOF0, 12, 3, "a quantisation table is missing"},
                {JPEG_SOF0, 14, 0x31, "sampling that no decoder takes"},
                {JPEG_SOS, 4, 2, "bad scan header"},
                {JPEG_SOS, 4, 0, "bad scan header"},
                {JPEG_SOS, 5, 9, "bad scan header"},
                {JPEG_SOS, 7, 1, "bad scan header"}, /* a component twice */
                {JPEG_SOS, 6, 0x50, "bad scan header"},
                {JPEG_SOS, 6, 0x20, "a Huffman table is missing"},
                {JPEG_DRI, 3, 5, "damaged"}, /* takes the next segment's first byte in */
        };
        struct recipe recipe = {.width = 32, .height = 16, .subsampling = TJSAMP_422, .quality = 80, .restart = "1b"};
        struct bytes jpeg = make_jpeg(&recipe);

        for (unsigned i = 0; i < sizeof(patches) / sizeof(patches[0]); i++) {
                struct bytes wrong = bytes_of(jpeg.data, jpeg.size);
                size_t size;

                wrong.data[find(&jpeg, patches[i].marker, 0, &size) + patches[i].offset] = patches[i].byte;
                if (patches[i].marker == JPEG_DRI)
                        assert_false(is_taken(&wrong));
                else
                        assert_refused(&wrong, patches[i].problem);
                free(wrong.data);
        }
        free(jpeg.data);
}

static void headers_come_once_and_in_order(void **state)
{
        struct recipe recipe = {.width = 32, .height = 16, .subsampling = TJSAMP_444, .quality = 80};
        struct bytes jpeg = make_jpeg(&recipe), wrong;
        size_t size, at = find(&jpeg, JPEG_SOF0, 0, &size);

        wrong = spliced(&jpeg, at, 0, jpeg.data + at, size);
        assert_refused(&wrong, "bad frame header");
        free(wrong.data);
        /* The order of a scan's components is that of the frame header (T.81, B.2.3). */
        wrong = bytes_of(jpeg.data, jpeg.size);
        at = find(&jpeg, JPEG_SOS, 0, &size);
        memcpy(wrong.data + at + 7, jpeg.data + at + 9, 2);
        memcpy(wrong.data + at + 9, jpeg.data + at + 7, 2);
        assert_refused(&wrong, "bad scan header");
        free(wrong.data);
        free(jpeg.data);
}

static void what_is_no_jpeg_is_refused(void **state)
{
        struct recipe recipe = {.width = 32, .height = 16, .subsampling = TJSAMP_422, .quality = 80};
        struct bytes jpeg = make_jpeg(&recipe), wrong;
        char problem[JPEG_PROBLEM_SIZE];
        struct jpeg_checked checked;
        size_t size;

        assert_int_equal(jpeg_check_frame(NULL, 0, 0, 0, &checked, problem), -EBADMSG);
        assert_string_equal(problem, "empty");
        assert_int_equal(jpeg_check_frame((const uint8_t *)"GIF89a", 6, 0, 0, &checked, problem), -EBADMSG);
        assert_string_equal(problem, "no JPEG");
        wrong = without(&jpeg, JPEG_SOF0);
        assert_refused(&wrong, "bad scan header");
        free(wrong.data);
        wrong = spliced(&jpeg, find(&jpeg, JPEG_SOS, 0, &size), 0, jpeg.data, 2); /* SOI */
        assert_refused(&wrong, "truncated");
        free(wrong.data);
        wrong = spliced(&jpeg, find(&jpeg, JPEG_SOS, 0, &size), jpeg.size - find(&jpeg, JPEG_SOS, 0, &size), "\xff\xd9",
                        2);
        assert_refused(&wrong, "no scan");
        free(wrong.data);
        free(jpeg.data);
}

/* Comments, AVI's and the maker's segments are passed over. */
static void other_segments_are_passed_over(void **state)
{
        static const uint8_t segments[] =
                "\xff\xe0\x00\x10"
                "AVI1\0\0\0\0\0\0\0\0\0\0"
                "\xff\xfe\x00\x05"
                "abc"
                "\xff\xef\x00\x04\xff\xd9";
        struct recipe recipe = {.width = 32, .height = 16, .subsampling = TJSAMP_422, .quality = 80};
        struct bytes jpeg = make_jpeg(&recipe), more = spliced(&jpeg, 2, 0, segments, sizeof(segments) - 1);

        assert_true(is_taken(&more));
        free(more.data);
        free(jpeg.data);
}

static void progressive_ones_are_taken_by_their_segments(void **state)
{
        struct recipe recipe = {
                .width = 64, .height = 48, .subsampling = TJSAMP_420, .quality = 80, .flags = TJFLAG_PROGRESSIVE};
        struct bytes jpeg = make_jpeg(&recipe), cut;
        char problem[JPEG_PROBLEM_SIZE];
        struct jpeg_checked checked;

        assert_int_equal(check(&jpeg, &checked, problem), 0);
        assert_false(checked.walked);
        assert_int_equal(checked.size, jpeg.size);
        assert_int_equal(checked.width, 64);
        assert_int_equal(checked.tables_at, 0);
        cut = bytes_of(jpeg.data, jpeg.size / 2);
        assert_refused(&cut, "truncated");
        free(cut.data);
        free(jpeg.data);
}

/* --- made by hand --- */

static void the_smallest_is_taken(void **state)
{
        struct bytes jpeg = bytes_of(tiny_jpeg, sizeof(tiny_jpeg)), wrong;
        char problem[JPEG_PROBLEM_SIZE];
        struct jpeg_checked checked;

        assert_true(is_taken(&jpeg));
        assert_int_equal(check(&jpeg, &checked, problem), 0);
        assert_int_equal(checked.tables_at, sizeof(tiny_jpeg) - 13);

        /* The scan header of a progressive JPEG: decoders warn and go on. */
        wrong = bytes_of(tiny_jpeg, sizeof(tiny_jpeg));
        wrong.data[sizeof(tiny_jpeg) - 5] = 0;
        assert_int_equal(check(&wrong, &checked, problem), 0);
        assert_true(checked.odd);
        free(wrong.data);

        /* DC 11111110 0...: a difference of 11 bits, twice what there is. */
        wrong = spliced(&jpeg, jpeg.size - 3, 1, "\xff\x00\x7f\xfa", 4);
        assert_refused(&wrong, "damaged: 0 of 1 blocks");
        free(wrong.data);

        /* 48 zeros, and a coefficient behind 15 more: the 65th. */
        wrong = spliced(&jpeg, jpeg.size - 3, 1, "\x3f\xcf\xf9\xff\x00\x3f\xfe\xbf", 8);
        assert_refused(&wrong, "damaged: 0 of 1 blocks");
        free(wrong.data);
        free(jpeg.data);
}

/* Code lengths as in annex C, symbols as in annex F. */
static void huffman_tables_must_be_codes(void **state)
{
        static const struct {
                uint8_t counts[16], symbols[4];
                size_t size;
                enum jpeg_huffman_class class;
                int result;
        } tables[] = {
                {{1}, {0}, 1, JPEG_HUFFMAN_DC, 0},
                {{0, 3}, {0, 1, 2}, 3, JPEG_HUFFMAN_DC, 0},
                {{2}, {0, 1}, 2, JPEG_HUFFMAN_DC, -EBADMSG},       /* all ones are no code */
                {{1, 2}, {0, 1, 2}, 3, JPEG_HUFFMAN_DC, -EBADMSG}, /* nor here */
                {{0, 3}, {0, 1, 2}, 2, JPEG_HUFFMAN_DC, -EBADMSG}, /* a symbol too few */
                {{0, 3}, {0, 1, 15}, 3, JPEG_HUFFMAN_DC, 0},
                {{0, 3}, {0, 1, 16}, 3, JPEG_HUFFMAN_DC, -EBADMSG}, /* libjpeg does not take it either */
                {{0, 3}, {0, 1, 16}, 3, JPEG_HUFFMAN_AC, 0},
        };
        static struct jpeg_huffman table;

        for (unsigned i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
                assert_int_equal(jpeg_huffman_build(&table, tables[i].class, tables[i].counts, tables[i].symbols,
                                                    tables[i].size),
                                 tables[i].result);
                assert_int_equal(table.defined, tables[i].result == 0);
        }
}

static void symbols_of_no_baseline_jpeg_are_wrong(void **state)
{
        static const uint8_t counts[16] = {0, 3}, long_counts[16] = {[14] = 3};
        static const uint8_t dc[] = {11, 12, 0}, ac[] = {0x0a, 0x0b, 0x10}, ends[] = {0x00, 0xf0, 0x31};
        static struct jpeg_huffman table;

        assert_int_equal(jpeg_huffman_build(&table, JPEG_HUFFMAN_DC, counts, dc, 3), 0);
        assert_int_equal(jpeg_huffman_advance(jpeg_huffman_find(&table, UINT64_C(0) << 62)), 1);
        assert_int_equal(jpeg_huffman_advance(jpeg_huffman_find(&table, UINT64_C(1) << 62)), JPEG_HUFFMAN_WRONG);
        assert_int_equal(jpeg_huffman_find(&table, UINT64_C(3) << 62), 0);
        assert_int_equal(jpeg_huffman_build(&table, JPEG_HUFFMAN_AC, counts, ac, 3), 0);
        assert_int_equal(jpeg_huffman_advance(jpeg_huffman_find(&table, UINT64_C(0) << 62)), 1);
        assert_int_equal(jpeg_huffman_advance(jpeg_huffman_find(&table, UINT64_C(1) << 62)), JPEG_HUFFMAN_WRONG);
        assert_int_equal(jpeg_huffman_advance(jpeg_huffman_find(&table, UINT64_C(2) << 62)), JPEG_HUFFMAN_WRONG);
        assert_int_equal(jpeg_huffman_build(&table, JPEG_HUFFMAN_AC, long_counts, ends, 3), 0);
        assert_int_equal(jpeg_huffman_advance(jpeg_huffman_find(&table, UINT64_C(0) << 49)), JPEG_HUFFMAN_END);
        assert_int_equal(jpeg_huffman_advance(jpeg_huffman_find(&table, UINT64_C(1) << 49)), 16);
        assert_int_equal(jpeg_huffman_advance(jpeg_huffman_find(&table, UINT64_C(2) << 49)), 4);
        assert_int_equal(jpeg_huffman_value_bits(jpeg_huffman_find(&table, UINT64_C(2) << 49)), 1);
        assert_int_equal(jpeg_huffman_total_bits(jpeg_huffman_find(&table, UINT64_C(2) << 49)), 16);
        assert_int_equal(jpeg_huffman_find(&table, UINT64_C(3) << 49), 0);
}

/* A scan a component, as baseline JPEGs may have. */
static void scans_of_one_component_are_walked(void **state)
{
        static const uint8_t start[] = {0xff,       0xd8, 0xff, 0xdb, 0,  67,   0, TINY_STEPS, TINY_STEPS, TINY_STEPS,
                                        TINY_STEPS, 0xff, 0xc0, 0,    17, 8,    0, 8,          0,          12,
                                        3,          1,    0x21, 0,    2,  0x11, 0, 3,          0x11,       0};
        static const uint8_t luma[] = {0xff, 0xda, 0, 8, 1, 1, 0x00, 0, 63, 0, 0x28, 0xaf}; /* two blocks */
        static const uint8_t blue[] = {0xff, 0xda, 0, 8, 1, 2, 0x11, 0, 63, 0, 0x0f};
        static const uint8_t red[] = {0xff, 0xda, 0, 8, 1, 3, 0x11, 0, 63, 0, 0x0f};
        static const uint8_t end[] = {0xff, 0xd9};
        const struct bytes parts[] = {{(uint8_t *)luma, sizeof(luma)},
                                      {(uint8_t *)blue, sizeof(blue)},
                                      {(uint8_t *)red, sizeof(red)},
                                      {(uint8_t *)end, sizeof(end)}};
        struct bytes jpeg = bytes_of(start, sizeof(start)), more, wrong;

        for (unsigned i = 0; i < 4; i++) {
                more = spliced(&jpeg, jpeg.size, 0, parts[i].data, parts[i].size);
                free(jpeg.data);
                jpeg = more;
        }
        assert_true(is_taken(&jpeg));
        wrong = spliced(&jpeg, jpeg.size - 2 - sizeof(red), sizeof(red), "", 0);
        assert_refused(&wrong, "a component is missing");
        free(wrong.data);
        wrong = spliced(&jpeg, jpeg.size - 2, 0, red, sizeof(red));
        assert_refused(&wrong, "bad scan header");
        free(wrong.data);
        free(jpeg.data);
}

/* One colour all over may be zeros from end to end, where the tables are made for it. */
static void zeros_of_a_plain_picture_are_no_damage(void **state)
{
        static uint8_t pixels[1024 * 1024];
        tjhandle handle = tjInitCompress();
        unsigned long size = 0;
        uint8_t *data = NULL;
        struct bytes jpeg;

        memset(pixels, 77, sizeof(pixels));
        set_coding(handle, NULL, true);
        assert_int_equal(tjCompress2(handle, pixels, 1024, 0, 1024, TJPF_GRAY, &data, &size, TJSAMP_GRAY, 80, 0), 0);
        jpeg = bytes_of(data, size);
        assert_true(is_taken(&jpeg));
        for (size_t i = 0;; i++) {
                assert_true(i + 500 < size);
                if (data[i] == 0 && memcmp(data + i, data + i + 1, 499) == 0)
                        break; /* there are 500 zeros indeed */
        }
        free(jpeg.data);
        tjFree(data);
        tjDestroy(handle);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_turbojpeg_makes_is_whole),
                cmocka_unit_test(the_size_must_be_that_of_the_frame),
                cmocka_unit_test(every_cut_is_found),
                cmocka_unit_test(it_says_how_far_it_came),
                cmocka_unit_test(lost_packets_are_found),
                cmocka_unit_test(restart_markers_are_counted),
                cmocka_unit_test(a_few_bytes_before_a_marker_are_put_up_with),
                cmocka_unit_test(tables_must_be_there),
                cmocka_unit_test(standard_tables_are_those_of_turbojpeg),
                cmocka_unit_test(headers_must_make_sense),
                cmocka_unit_test(headers_come_once_and_in_order),
                cmocka_unit_test(what_is_no_jpeg_is_refused),
                cmocka_unit_test(other_segments_are_passed_over),
                cmocka_unit_test(progressive_ones_are_taken_by_their_segments),
                cmocka_unit_test(the_smallest_is_taken),
                cmocka_unit_test(huffman_tables_must_be_codes),
                cmocka_unit_test(symbols_of_no_baseline_jpeg_are_wrong),
                cmocka_unit_test(scans_of_one_component_are_walked),
                cmocka_unit_test(zeros_of_a_plain_picture_are_no_damage),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
