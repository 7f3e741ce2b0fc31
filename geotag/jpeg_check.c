/* SPDX-License-Identifier: MIT */
#include "geotag/jpeg_check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "geotag/jpeg_huffman.h"
#include "geotag/jpeg_scan.h"
#include "geotag/jpeg_segments.h"

#define DIMENSION_MAX 65500 /* that libjpeg takes */
#define TABLE_COUNT 4       /* of a kind (T.81, B.2.4) */
#define COMPONENT_COUNT 3
#define BLOCK_SIZE 8 /* pixels */

struct component {
        uint8_t id;
        unsigned across, down; /* sampling factors */
        unsigned steps;        /* which quantisation table */
        bool coded;            /* a scan had it */
};

struct check {
        struct jpeg_reader reader;
        struct jpeg_checked checked;
        struct jpeg_huffman huffman[JPEG_HUFFMAN_CLASS_COUNT][TABLE_COUNT];
        bool has_huffman;
        uint16_t steps[TABLE_COUNT][64];
        bool has_steps[TABLE_COUNT];
        struct component components[COMPONENT_COUNT];
        unsigned component_count;
        unsigned across_max, down_max;
        unsigned restart_interval;
        char *problem;
};

static int refuse(struct check *check, const char *what)
{
        snprintf(check->problem, JPEG_PROBLEM_SIZE, "%s", what);
        return -EBADMSG;
}

static unsigned get_u16(const uint8_t *bytes)
{
        return (unsigned)bytes[0] << 8 | bytes[1];
}

/* --- tables --- */

/* T.81, B.2.4.1. */
static int read_steps(struct check *check, const uint8_t *bytes, size_t size)
{
        while (size > 0) {
                unsigned wide = bytes[0] >> 4, number = bytes[0] & 15;

                if (wide > 1 || number >= TABLE_COUNT || size < 1 + 64 * ((size_t)wide + 1))
                        return refuse(check, "bad quantisation table");
                bytes++;
                for (unsigned i = 0; i < 64; i++, bytes += wide + 1) {
                        check->steps[number][i] = (uint16_t)(wide ? get_u16(bytes) : bytes[0]);
                        if (check->steps[number][i] == 0)
                                return refuse(check, "bad quantisation table");
                }
                check->has_steps[number] = true;
                size -= 1 + 64 * ((size_t)wide + 1);
        }
        return 0;
}

/* T.81, B.2.4.2. */
static int read_huffman(struct check *check, const uint8_t *bytes, size_t size)
{
        while (size > 0) {
                unsigned class = bytes[0] >> 4, number = bytes[0] & 15;
                size_t symbols = 0;

                if (class >= JPEG_HUFFMAN_CLASS_COUNT || number >= TABLE_COUNT || size < 17)
                        return refuse(check, "bad Huffman table");
                for (unsigned i = 1; i <= 16; i++)
                        symbols += bytes[i];
                if (symbols > size - 17 ||
                    jpeg_huffman_build(&check->huffman[class][number], class, bytes + 1, bytes + 17, size - 17) < 0)
                        return refuse(check, "bad Huffman table");
                check->has_huffman = true;
                bytes += 17 + symbols;
                size -= 17 + symbols;
        }
        return 0;
}

/* --- frame header --- */

static int read_component(struct check *check, struct component *component, const uint8_t *bytes)
{
        *component =
                (struct component){.id = bytes[0], .across = bytes[1] >> 4, .down = bytes[1] & 15, .steps = bytes[2]};
        if (component->across < 1 || component->across > 4 || component->down < 1 || component->down > 4 ||
            component->steps >= TABLE_COUNT)
                return refuse(check, "bad frame header");
        for (const struct component *other = check->components; other < component; other++)
                if (other->id == component->id)
                        return refuse(check, "bad frame header");
        if (component->across > check->across_max)
                check->across_max = component->across;
        if (component->down > check->down_max)
                check->down_max = component->down;
        return 0;
}

/* T.81, B.2.2. */
static int read_frame_header(struct check *check, const uint8_t *bytes, size_t size)
{
        int r = 0;

        if (check->component_count > 0 || size < 6 || size != 6 + 3 * (size_t)bytes[5])
                return refuse(check, "bad frame header");
        if (bytes[0] != 8)
                return refuse(check, "samples of other than 8 bits");
        check->checked.height = get_u16(bytes + 1);
        check->checked.width = get_u16(bytes + 3);
        check->component_count = bytes[5];
        if (check->component_count != 1 && check->component_count != COMPONENT_COUNT)
                return refuse(check, "neither grey nor of three components");
        if (check->checked.width == 0 || check->checked.height == 0 || check->checked.width > DIMENSION_MAX ||
            check->checked.height > DIMENSION_MAX)
                return refuse(check, "bad frame header");
        for (unsigned i = 0; r == 0 && i < check->component_count; i++)
                r = read_component(check, &check->components[i], bytes + 6 + 3 * (size_t)i);
        for (unsigned i = 0; r == 0 && i < check->component_count; i++)
                if (check->across_max % check->components[i].across || check->down_max % check->components[i].down)
                        r = refuse(check, "sampling that no decoder takes");
        return r;
}

/* --- scans --- */

static unsigned divide_up(unsigned a, unsigned b)
{
        return (a + b - 1) / b;
}

/* A scan of one component has a block an MCU, and none for what the others' sampling would add (T.81, A.2.2). */
static void set_mcus(const struct check *check, const struct component *only, struct jpeg_scan *scan)
{
        unsigned width = check->checked.width, height = check->checked.height;

        if (scan->component_count == 1) {
                scan->components[0].blocks = 1;
                scan->mcus = divide_up(divide_up(width * only->across, check->across_max), BLOCK_SIZE) *
                             divide_up(divide_up(height * only->down, check->down_max), BLOCK_SIZE);
        } else {
                scan->mcus = divide_up(width, BLOCK_SIZE * check->across_max) *
                             divide_up(height, BLOCK_SIZE * check->down_max);
        }
}

static struct component *find_component(struct check *check, uint8_t id)
{
        for (unsigned i = 0; i < check->component_count; i++)
                if (check->components[i].id == id)
                        return &check->components[i];
        return NULL;
}

static int add_component(struct check *check, struct component *component, uint8_t tables, struct jpeg_scan *scan)
{
        struct jpeg_scan_component *coded = &scan->components[scan->component_count++];

        if (!component || component->coded || tables >> 4 >= TABLE_COUNT || (tables & 15) >= TABLE_COUNT)
                return refuse(check, "bad scan header");
        if (!check->has_steps[component->steps])
                return refuse(check, "a quantisation table is missing");
        component->coded = true;
        coded->dc_table = &check->huffman[JPEG_HUFFMAN_DC][tables >> 4];
        coded->ac_table = &check->huffman[JPEG_HUFFMAN_AC][tables & 15];
        coded->blocks = component->across * component->down;
        if (!coded->dc_table->defined || !coded->ac_table->defined)
                return refuse(check, "a Huffman table is missing");
        jpeg_scan_set_limits(coded, check->steps[component->steps]);
        return 0;
}

/* T.81, B.2.3. */
static int read_scan_header(struct check *check, const uint8_t *bytes, size_t size, struct jpeg_scan *scan)
{
        struct component *component = NULL, *previous = NULL;
        unsigned count = size > 0 ? bytes[0] : 0, blocks = 0;
        int r = 0;

        if (check->component_count == 0 || count == 0 || count > check->component_count ||
            size != 4 + 2 * (size_t)count)
                return refuse(check, "bad scan header");
        for (unsigned i = 0; r == 0 && i < count; i++) {
                component = find_component(check, bytes[1 + 2 * (size_t)i]);
                if (previous && (!component || component < previous)) /* not in the order of the frame header */
                        return refuse(check, "bad scan header");
                previous = component;
                r = add_component(check, component, bytes[2 + 2 * (size_t)i], scan);
                blocks += scan->components[i].blocks;
        }
        if (r < 0)
                return r;
        if (count > 1 && blocks > JPEG_SCAN_BLOCKS)
                return refuse(check, "sampling that no decoder takes");
        set_mcus(check, component, scan);
        bytes += 1 + 2 * (size_t)count;
        if (bytes[0] != 0 || bytes[1] != 63 || bytes[2] != 0)
                check->checked.odd = true;
        return 0;
}

/* No Huffman table at all: those of the standard are meant. */
static int take_standard_tables(struct check *check, const struct jpeg_segment *scan)
{
        check->checked.tables_at = (size_t)(scan->bytes - check->reader.data);
        return read_huffman(check, jpeg_standard_tables + 4, JPEG_STANDARD_TABLES_SIZE - 4);
}

static int read_scan(struct check *check, const struct jpeg_segment *segment)
{
        struct jpeg_scan scan = {.data = check->reader.data,
                                 .size = check->reader.size,
                                 .position = check->reader.position,
                                 .restart_interval = check->restart_interval};
        int r = 0;

        if (!check->has_huffman)
                r = take_standard_tables(check, segment);
        if (r == 0)
                r = read_scan_header(check, segment->payload, segment->payload_size, &scan);
        if (r == 0)
                r = jpeg_scan_walk(&scan, check->problem, JPEG_PROBLEM_SIZE);
        if (r < 0)
                return r;
        check->reader.position = scan.position;
        if (scan.extra_bytes > 0)
                check->checked.odd = true;
        return 0;
}

/* --- all of it --- */

static int read_segment(struct check *check, const struct jpeg_segment *segment)
{
        switch (segment->marker) {
        case JPEG_DQT:
                return read_steps(check, segment->payload, segment->payload_size);
        case JPEG_DHT:
                return read_huffman(check, segment->payload, segment->payload_size);
        case JPEG_DRI:
                if (segment->payload_size != 2)
                        return refuse(check, "bad restart interval");
                check->restart_interval = get_u16(segment->payload);
                return 0;
        case JPEG_SOF0:
        case JPEG_SOF1:
                return read_frame_header(check, segment->payload, segment->payload_size);
        case JPEG_SOS:
                return read_scan(check, segment);
        case JPEG_DNL: /* behind the scan; says the height again */
        case JPEG_COM:
        case JPEG_EOI:
                return 0;
        default:
                if (segment->marker >= JPEG_APP0 && segment->marker <= JPEG_APP15)
                        return 0;
                return refuse(check, "lossless, hierarchical, arithmetic-coded, or none of JPEG");
        }
}

static int check_coded(struct check *check)
{
        unsigned coded = 0;

        for (unsigned i = 0; i < check->component_count; i++)
                coded += check->components[i].coded;
        if (coded == 0 || coded < check->component_count)
                return refuse(check, coded == 0 ? "no scan" : "a component is missing");
        return 0;
}

/* What a progressive JPEG codes is not walked through: no camera that streams makes them. */
static int take_progressive(struct check *check)
{
        struct jpeg_info info;

        if (jpeg_check(check->reader.data, check->reader.size, &info) < 0)
                return refuse(check, "truncated");
        check->checked = (struct jpeg_checked){.width = info.width, .height = info.height, .size = info.size};
        return 0;
}

static int check_segments(struct check *check)
{
        struct jpeg_segment segment = {0};
        int r = 0;

        check->checked.walked = true;
        while (r == 0 && segment.marker != JPEG_EOI) {
                if (jpeg_reader_next_header(&check->reader, &segment) < 0)
                        return refuse(check, check->component_count > 0 ? "truncated" : "a broken segment");
                if (segment.marker == JPEG_SOF2 && check->component_count == 0)
                        return take_progressive(check);
                r = read_segment(check, &segment);
        }
        check->checked.size = check->reader.position;
        return r < 0 ? r : check_coded(check);
}

int jpeg_check_frame(const uint8_t *data, size_t size, unsigned width, unsigned height,
                     struct jpeg_checked *ret_checked, char ret_problem[static JPEG_PROBLEM_SIZE])
{
        struct check check = {.problem = ret_problem};
        int r = jpeg_reader_init(&check.reader, data, size);

        if (r < 0)
                return refuse(&check, size == 0 ? "empty" : "no JPEG");
        r = check_segments(&check);
        if (r < 0)
                return r;
        if ((width > 0 && check.checked.width != width) || (height > 0 && check.checked.height != height)) {
                snprintf(ret_problem, JPEG_PROBLEM_SIZE, "of %u x %u, not %u x %u", check.checked.width,
                         check.checked.height, width, height);
                return -EBADMSG;
        }
        *ret_checked = check.checked;
        return 0;
}

size_t jpeg_whole_size(const struct jpeg_checked *checked)
{
        return checked->size + (checked->tables_at > 0 ? JPEG_STANDARD_TABLES_SIZE : 0);
}

void jpeg_put_whole(const uint8_t *data, const struct jpeg_checked *checked, uint8_t *out)
{
        memcpy(out, data, checked->tables_at);
        if (checked->tables_at > 0)
                memcpy(out + checked->tables_at, jpeg_standard_tables, JPEG_STANDARD_TABLES_SIZE);
        memcpy(out + jpeg_whole_size(checked) - (checked->size - checked->tables_at), data + checked->tables_at,
               checked->size - checked->tables_at);
}
