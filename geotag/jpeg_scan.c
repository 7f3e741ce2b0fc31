/* SPDX-License-Identifier: MIT */
#include "geotag/jpeg_scan.h"

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "geotag/jpeg_segments.h"

#define COEFFICIENT_MAX (1024 + 1024 / 4)
#define ZERO_RUN 64u /* bytes */
#define ONES UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

/* The bits that come next, from the uppermost on. Apart from where they come from, so that they stay in registers. */
struct bits {
        uint64_t next;
        int count; /* of those that are there */
};

struct source {
        const uint8_t *byte; /* the first that is not among the bits */
        const uint8_t *end;
        int padding; /* of the bits, zeros from behind the data */
};

struct walk {
        struct jpeg_scan *scan;
        struct source source;
        struct bits bits;
        unsigned block, block_count; /* walked, and of all the scan */
        unsigned restarts;
        char *problem;
        size_t problem_size;
};

/* Byte by byte: a zero behind 0xff is none of the data, anything else there ends it. */
static __attribute__((noinline)) struct bits refill_slowly(struct source *source, uint64_t next, int count)
{
        while (count <= 56) {
                uint64_t byte = 0;

                if (source->byte < source->end && source->byte[0] != 0xff) {
                        byte = *source->byte++;
                } else if (source->end - source->byte >= 2 && source->byte[1] == 0) {
                        byte = 0xff;
                        source->byte += 2;
                } else {
                        source->padding += 8;
                }
                next |= byte << (56 - count);
                count += 8;
        }
        return (struct bits){next, count};
}

/* At least 32 bits are there afterwards: a code and what is behind it take 31 at most. */
static inline struct bits refill(struct source *source, struct bits bits)
{
        uint64_t word;

        if (bits.count >= 32)
                return bits;
        if (source->end - source->byte < 8)
                return refill_slowly(source, bits.next, bits.count);
        memcpy(&word, source->byte, sizeof(word));
        if ((~word - ONES) & word & HIGHS) /* one of them may be 0xff */
                return refill_slowly(source, bits.next, bits.count);
        /* Bits beyond `count` are or'ed again next time, the same. */
        bits.next |= be64toh(word) >> bits.count;
        source->byte += (63 - bits.count) / 8;
        bits.count += (63 - bits.count) / 8 * 8;
        return bits;
}

static inline struct bits skip(struct bits bits, unsigned count)
{
        return (struct bits){bits.next << count, bits.count - (int)count};
}

/* T.81, F.2.2.1: bits of the difference that begin with 0 are of a negative one. */
static inline int difference(uint64_t next, jpeg_huffman_entry entry)
{
        unsigned value_bits = jpeg_huffman_value_bits(entry);
        unsigned code_bits = jpeg_huffman_total_bits(entry) - value_bits;
        int value = (int)(next << code_bits >> 1 >> (63 - value_bits));

        return value_bits > 0 && value < 1 << (value_bits - 1) ? value - (1 << value_bits) + 1 : value;
}

/* Where a coefficient has more bits than a picture can have, or the last lies behind the 63rd, the codes are not where they seem to be. */
static int walk_block(struct jpeg_scan_component *component, struct source *source, struct bits *in_out_bits)
{
        struct bits bits = refill(source, *in_out_bits);
        jpeg_huffman_entry entry = jpeg_huffman_find(component->dc_table, bits.next);
        unsigned place = 1, too_large = 0;

        if (entry == 0 || jpeg_huffman_advance(entry) == JPEG_HUFFMAN_WRONG)
                return -EBADMSG;
        component->dc += difference(bits.next, entry);
        bits = skip(bits, jpeg_huffman_total_bits(entry));
        if (component->dc > component->dc_limit || component->dc < -component->dc_limit)
                too_large = 1;
        while (place < 64) {
                bits = refill(source, bits);
                entry = jpeg_huffman_find(component->ac_table, bits.next);
                if (entry == 0)
                        break;
                bits = skip(bits, jpeg_huffman_total_bits(entry));
                place += jpeg_huffman_advance(entry);
                too_large |= jpeg_huffman_value_bits(entry) > component->ac_limit[place];
        }
        *in_out_bits = bits;
        return too_large || place < 64 || (place > 64 && place <= JPEG_HUFFMAN_END) ? -EBADMSG : 0;
}

static int refuse(struct walk *walk, const char *what)
{
        snprintf(walk->problem, walk->problem_size, "%s: %u of %u blocks", what, walk->block, walk->block_count);
        return -EBADMSG;
}

static bool is_restart(const uint8_t *marker)
{
        return marker[1] >= JPEG_RST0 && marker[1] <= JPEG_RST7;
}

static int walk_mcu(struct walk *walk)
{
        struct jpeg_scan *scan = walk->scan;
        struct source *source = &walk->source;

        for (unsigned i = 0; i < scan->component_count; i++) {
                for (unsigned n = 0; n < scan->components[i].blocks; n++, walk->block++) {
                        int r = walk_block(&scan->components[i], source, &walk->bits);

                        /* More was read than there is: then what was read is of no interest. */
                        if (walk->bits.count < source->padding)
                                return refuse(walk, source->end - source->byte >= 2 && is_restart(source->byte)
                                                            ? "data missing before a restart marker"
                                                            : "truncated");
                        if (r < 0)
                                return refuse(walk, "damaged");
                }
        }
        return 0;
}

/* The marker behind the data, which ends with the byte of the last bit read; a little more is put up with, and any number of fill bytes
 * 0xff (T.81, B.1.1.2). */
static int find_marker(struct walk *walk, const uint8_t **ret_marker)
{
        const struct source *source = &walk->source;
        const uint8_t *marker = source->byte;
        size_t extra_bytes = (size_t)(walk->bits.count - source->padding) / 8;

        for (;; marker += marker[1] == 0 ? 2 : 1) {
                marker = memchr(marker, 0xff, (size_t)(source->end - marker));
                if (!marker || source->end - marker < 2)
                        return refuse(walk, "truncated: no marker behind the data");
                if (marker[1] != 0 && marker[1] != 0xff)
                        break;
        }
        extra_bytes += (size_t)(marker - source->byte);
        for (const uint8_t *fill = marker; fill > source->byte && fill[-1] == 0xff; fill--)
                extra_bytes--;
        if (extra_bytes > JPEG_EXTRA_BYTES)
                return refuse(walk, "damaged: data left over");
        walk->scan->extra_bytes += (unsigned)extra_bytes;
        *ret_marker = marker;
        return 0;
}

/* Between two intervals: the marker that is due, and all begins anew (T.81, F.2.1.3.1). */
static int take_restart(struct walk *walk)
{
        const uint8_t *marker;
        int r = find_marker(walk, &marker);

        if (r < 0)
                return r;
        if (marker[1] != JPEG_RST0 + (walk->restarts & 7))
                return refuse(walk, is_restart(marker) ? "restart marker out of order" : "truncated");
        walk->restarts++;
        walk->source = (struct source){.byte = marker + 2, .end = walk->source.end};
        walk->bits = (struct bits){0};
        for (unsigned i = 0; i < walk->scan->component_count; i++)
                walk->scan->components[i].dc = 0;
        return 0;
}

/* Can a picture have many zero bits in a row? Where the shortest code is that of a block's end in each component, as of one colour all over.
 * Else they make blocks of which all coefficients are -1, and no picture has two of those. */
static bool may_be_zeros(const struct jpeg_scan *scan)
{
        for (unsigned i = 0; i < scan->component_count; i++) {
                jpeg_huffman_entry zeros = jpeg_huffman_find(scan->components[i].ac_table, 0);

                if (jpeg_huffman_advance(zeros) != JPEG_HUFFMAN_END)
                        return false;
        }
        return true;
}

/* Some drivers leave zeros where a packet was lost. Looks at one word in four: a run of ZERO_RUN bytes has one of them. */
static bool has_zeros(const uint8_t *data, size_t size)
{
        for (size_t at = 0; at + 8 <= size; at += ZERO_RUN / 2) {
                size_t begin = at, end = at;
                uint64_t word;

                memcpy(&word, data + at, sizeof(word));
                if (word != 0)
                        continue;
                while (begin > 0 && data[begin - 1] == 0)
                        begin--;
                while (end < size && data[end] == 0)
                        end++;
                if (end - begin >= ZERO_RUN)
                        return true;
        }
        return false;
}

static void begin(struct walk *walk, struct jpeg_scan *scan)
{
        walk->scan = scan;
        walk->source = (struct source){.byte = scan->data + scan->position, .end = scan->data + scan->size};
        for (unsigned i = 0; i < scan->component_count; i++) {
                scan->components[i].dc = 0;
                walk->block_count += scan->components[i].blocks * scan->mcus;
        }
        scan->extra_bytes = 0;
}

int jpeg_scan_walk(struct jpeg_scan *scan, char *ret_problem, size_t problem_size)
{
        struct walk walk = {.problem = ret_problem, .problem_size = problem_size};
        const uint8_t *marker;
        int r = 0;

        begin(&walk, scan);
        for (unsigned mcu = 0, due = scan->restart_interval; mcu < scan->mcus && r == 0; mcu++) {
                if (scan->restart_interval > 0 && mcu == due) {
                        r = take_restart(&walk);
                        due += scan->restart_interval;
                }
                if (r == 0)
                        r = walk_mcu(&walk);
        }
        if (r == 0)
                r = find_marker(&walk, &marker);
        if (r < 0)
                return r;
        if (!may_be_zeros(scan) &&
            has_zeros(scan->data + scan->position, (size_t)(marker - scan->data) - scan->position)) {
                snprintf(ret_problem, problem_size, "damaged: zeros in its data");
                return -EBADMSG;
        }
        scan->position = (size_t)(marker - scan->data);
        return 0;
}

/* Bits of the largest coefficient that a step allows. */
static uint8_t limit_of(uint16_t step)
{
        unsigned largest = COEFFICIENT_MAX / step + 1;
        uint8_t value_bits = 0;

        for (; largest > 0; largest >>= 1)
                value_bits++;
        return value_bits;
}

void jpeg_scan_set_limits(struct jpeg_scan_component *component, const uint16_t steps[static 64])
{
        component->dc_limit = COEFFICIENT_MAX / steps[0] + 1;
        memset(component->ac_limit, 15, sizeof(component->ac_limit));
        for (unsigned i = 1; i < 64; i++)
                component->ac_limit[i + 1] = limit_of(steps[i]);
}
