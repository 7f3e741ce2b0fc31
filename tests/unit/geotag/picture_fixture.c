/* SPDX-License-Identifier: MIT */
#include "tests/unit/geotag/picture_fixture.h"

#include <string.h>

void fixture_segment(struct text *jpeg, unsigned char marker, const void *payload, size_t size)
{
        const unsigned char head[] = {0xff, marker, (unsigned char)((size + 2) >> 8), (unsigned char)(size + 2)};

        text_add_bytes(jpeg, head, sizeof(head));
        text_add_bytes(jpeg, payload, size);
}

void fixture_soi(struct text *jpeg)
{
        text_add_bytes(jpeg, "\xff\xd8", 2);
}

void fixture_jfif(struct text *jpeg)
{
        fixture_segment(jpeg, 0xe0, "JFIF\0\1\1\0\0\1\0\1\0\0", 14);
}

void fixture_tables(struct text *jpeg)
{
        static const unsigned char frame[] = {
                8, 0, FIXTURE_HEIGHT, 0, FIXTURE_WIDTH, 3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0,
        };
        unsigned char table[65];

        memset(table, 1, sizeof(table));
        table[0] = 0;
        fixture_segment(jpeg, 0xdb, table, sizeof(table));
        fixture_segment(jpeg, 0xc0, frame, sizeof(frame));
}

void fixture_scan(struct text *jpeg)
{
        static const unsigned char header[] = {3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0};
        static const unsigned char coded[] = {0x12, 0xff, 0x00, 0x34, 0xff, 0xd0, 0x56, 0xff, 0xff, 0xd1, 0x78};

        fixture_segment(jpeg, 0xda, header, sizeof(header));
        text_add_bytes(jpeg, coded, sizeof(coded));
}

void fixture_eoi(struct text *jpeg)
{
        text_add_bytes(jpeg, "\xff\xd9", 2);
}

void fixture_jpeg(struct text *jpeg)
{
        fixture_soi(jpeg);
        fixture_jfif(jpeg);
        fixture_tables(jpeg);
        fixture_scan(jpeg);
        fixture_eoi(jpeg);
}
