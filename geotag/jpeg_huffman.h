/* SPDX-License-Identifier: MIT */
/* Huffman tables of a JPEG (ITU-T T.81, annexes C and K.3.3), made to be walked through: how many bits a symbol takes, and what it is. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bits that one look into `quick` takes: most codes of pictures have no more. */
#define JPEG_QUICK_BITS 10

enum jpeg_huffman_class {
        JPEG_HUFFMAN_DC, /* symbols: bits of the difference that follows, 0 to 11 */
        JPEG_HUFFMAN_AC, /* symbols: zeros before the coefficient * 16 + bits of it, 0 to 10 */
        JPEG_HUFFMAN_CLASS_COUNT,
};

/* One code and what it means, packed since there are 1,024 in a table: the functions below take it apart. Never 0. */
typedef uint32_t jpeg_huffman_entry;

struct jpeg_huffman {
        bool defined;
        jpeg_huffman_entry quick[1 << JPEG_QUICK_BITS]; /* by the next bits; 0: the code is longer than that, or none */
        jpeg_huffman_entry entries[256];                /* of all codes, by length and value */
        int32_t code_max[18];         /* greatest code of each length; -1: none. [17] stops a search */
        int32_t entry_minus_code[17]; /* of the codes of each length */
};

/* Code and the bits behind it. */
static inline unsigned jpeg_huffman_total_bits(jpeg_huffman_entry entry)
{
        return entry & 31;
}

/* The bits behind the code alone. */
static inline unsigned jpeg_huffman_value_bits(jpeg_huffman_entry entry)
{
        return entry >> 5 & 15;
}

/* In place of a number of coefficients. */
#define JPEG_HUFFMAN_WRONG                                                                                             \
        64 /* no baseline JPEG has this symbol, DC or AC: tables may list it, blocks must not use it */
#define JPEG_HUFFMAN_END 128 /* the rest of the block is zero */

/* Coefficients that the symbol covers: 1 of DC, 1 to 16 of AC; or one of those above. */
static inline unsigned jpeg_huffman_advance(jpeg_huffman_entry entry)
{
        return entry >> 9;
}

/* counts: of codes of 1 to 16 bits; symbols: as many as they add up to, symbol_count are there. 0; -EBADMSG: counts that make no code, or DC
 * symbols over 15; the table is not defined then. */
int jpeg_huffman_build(struct jpeg_huffman *table, enum jpeg_huffman_class class, const uint8_t counts[static 16],
                       const uint8_t *symbols, size_t symbol_count);

/* The entry of the code that begins in the upper bits of `bits`, which has at least 16. 0: no code. */
static inline jpeg_huffman_entry jpeg_huffman_find(const struct jpeg_huffman *table, uint64_t bits)
{
        jpeg_huffman_entry entry = table->quick[bits >> (64 - JPEG_QUICK_BITS)];
        unsigned length = JPEG_QUICK_BITS + 1;

        if (__builtin_expect(entry != 0, 1))
                return entry;
        while ((int32_t)(bits >> (64 - length)) > table->code_max[length])
                length++;
        return length > 16 ? 0 : table->entries[(int32_t)(bits >> (64 - length)) + table->entry_minus_code[length]];
}

/* A whole DHT segment with the tables of T.81, K.3.3: those of cameras that send none (as in AVI: OpenDML AVI File Format Extensions 1.02;
 * USB Device Class Definition for Video Devices: MJPEG Payload 1.5). */
#define JPEG_STANDARD_TABLES_SIZE 420
extern const uint8_t jpeg_standard_tables[JPEG_STANDARD_TABLES_SIZE];
