/* SPDX-License-Identifier: MIT */
#include "tests/vm/usb_camera/jpeg_scan.h"

#include <openssl/sha.h>
#include <stdio.h>

#define SOI 0xd8
#define SOS 0xda

int jpeg_next_segment(const uint8_t *jpeg, size_t size, size_t *offset, struct jpeg_segment *ret_segment)
{
        size_t at = *offset;

        if (at == 0) {
                if (size < 2 || jpeg[0] != 0xff || jpeg[1] != SOI)
                        return -1;
                at = 2;
        }
        if (size - at < 4 || jpeg[at] != 0xff)
                return -1;
        *ret_segment = (struct jpeg_segment){jpeg[at + 1], at, 2 + (size_t)(jpeg[at + 2] << 8 | jpeg[at + 3])};
        if (ret_segment->size > size - at)
                return -1;
        *offset = at;
        if (ret_segment->marker == SOS)
                return 0;
        *offset += ret_segment->size;
        return 1;
}

size_t jpeg_scan_offset(const uint8_t *jpeg, size_t size)
{
        struct jpeg_segment segment;
        size_t offset = 0;
        int r;

        do
                r = jpeg_next_segment(jpeg, size, &offset, &segment);
        while (r > 0);
        return r == 0 ? offset : 0;
}

void jpeg_scan_hash(const uint8_t *jpeg, size_t size, char ret_hash[JPEG_SCAN_HASH_SIZE])
{
        size_t offset = jpeg_scan_offset(jpeg, size);
        unsigned char digest[SHA256_DIGEST_LENGTH];

        ret_hash[0] = '\0';
        if (offset == 0)
                return;
        SHA256(jpeg + offset, size - offset, digest);
        for (unsigned i = 0; i < SHA256_DIGEST_LENGTH; i++)
                snprintf(ret_hash + 2 * i, 3, "%02x", digest[i]);
}
