/* SPDX-License-Identifier: MIT */
#include "geotag/picture_metadata.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geotag/jpeg_segments.h"
#include "geotag/xmp.h"

#define SHA256_SIZE 32
#define MAX_PAYLOAD 65533 /* of a segment: its 16-bit length counts itself */
#define APP1_HEAD_SIZE 4  /* marker and length */

/* One member of what the id is made of; its NUL keeps members apart. */
static bool digest_text(EVP_MD_CTX *context, const char *text)
{
        return EVP_DigestUpdate(context, text, strlen(text) + 1) == 1;
}

static bool digest_tag(EVP_MD_CTX *context, const struct picture_tag *tag, uint8_t digest[static SHA256_SIZE])
{
        char sequence[24], captured[24];

        snprintf(sequence, sizeof(sequence), "%" PRIu64, tag->sequence);
        snprintf(captured, sizeof(captured), "%" PRId64, tag->captured_utc_ns);
        return EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 && digest_text(context, tag->vehicle) &&
               digest_text(context, tag->run) && digest_text(context, tag->camera) && digest_text(context, sequence) &&
               digest_text(context, captured) && EVP_DigestFinal_ex(context, digest, NULL) == 1;
}

void picture_id(const struct picture_tag *tag, char ret_id[static PICTURE_ID_SIZE])
{
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        uint8_t digest[SHA256_SIZE];

        /* SHA-256 only fails for want of memory. */
        if (!context || !digest_tag(context, tag, digest))
                abort();
        EVP_MD_CTX_free(context);
        for (size_t i = 0; i < (PICTURE_ID_SIZE - 1) / 2; i++)
                snprintf(ret_id + 2 * i, 3, "%02x", digest[i]);
}

static bool starts_with(const struct jpeg_segment *segment, const char *signature, size_t size)
{
        return segment->payload_size >= size && memcmp(segment->payload, signature, size) == 0;
}

#define STARTS_WITH(segment, signature) starts_with(segment, signature, sizeof(signature))

/* JFIF must come first, where EXIF must come first too; AVI1 says how many bytes the frame has as a field of an AVI file, which is true no
 * more (OpenDML AVI File Format Extensions 1.02; FFmpeg's mjpeg2jpeg drops it as well); the index of a multi-picture file
 * points behind EOI, which is not copied. */
static bool is_dropped(const struct jpeg_segment *segment)
{
        switch (segment->marker) {
        case JPEG_APP0:
                return STARTS_WITH(segment, "JFIF") || STARTS_WITH(segment, "JFXX") || starts_with(segment, "AVI1", 4);
        case JPEG_APP1:
                return STARTS_WITH(segment, "Exif") || STARTS_WITH(segment, XMP_SIGNATURE) ||
                       STARTS_WITH(segment, "http://ns.adobe.com/xmp/extension/");
        case JPEG_APP2:
                return STARTS_WITH(segment, "MPF");
        default:
                return false;
        }
}

static uint8_t *put_bytes(uint8_t *out, const void *bytes, size_t size)
{
        memcpy(out, bytes, size);
        return out + size;
}

static uint8_t *put_app1(uint8_t *out, const uint8_t *payload, size_t size)
{
        const uint8_t head[APP1_HEAD_SIZE] = {0xff, JPEG_APP1, (uint8_t)((size + 2) >> 8), (uint8_t)(size + 2)};

        return put_bytes(put_bytes(out, head, sizeof(head)), payload, size);
}

/* Is the scan next? Without a walk through its coded data, by far the most of a JPEG. */
static bool is_scan_next(const struct jpeg_reader *reader)
{
        return reader->size - reader->position >= 2 && reader->data[reader->position + 1] == JPEG_SOS;
}

/* All segments behind SOI that are kept; the JPEG was checked. From the first scan on nothing is ours to drop. */
static uint8_t *put_kept(uint8_t *out, const uint8_t *jpeg, size_t size)
{
        struct jpeg_segment segment;
        struct jpeg_reader reader;
        int r;

        for (r = jpeg_reader_init(&reader, jpeg, size); r == 0;) {
                size_t start = reader.position;

                if (is_scan_next(&reader))
                        return put_bytes(out, jpeg + start, size - start);
                r = jpeg_reader_next(&reader, &segment);
                if (r == 0 && !is_dropped(&segment))
                        out = put_bytes(out, segment.bytes, segment.byte_count);
        }
        return out;
}

struct blocks {
        uint8_t *exif, *xmp;
        size_t exif_size, xmp_size;
};

/* EXIF demands the size in pixels, and the JPEG knows it best. */
static int build_blocks(const struct picture_tag *tag, const struct jpeg_info *info, struct blocks *blocks)
{
        struct picture_tag sized = *tag;
        int r;

        sized.width = info->width;
        sized.height = info->height;
        r = exif_build(&sized, &blocks->exif, &blocks->exif_size);
        if (r == 0)
                r = xmp_build(tag, &blocks->xmp, &blocks->xmp_size);
        if (r == 0 && (blocks->exif_size > MAX_PAYLOAD || blocks->xmp_size > MAX_PAYLOAD))
                r = -E2BIG;
        return r;
}

int picture_write(const struct picture_tag *tag, const uint8_t *jpeg, size_t jpeg_size, uint8_t **ret_data,
                  size_t *ret_size)
{
        struct blocks blocks = {0};
        struct jpeg_info info;
        uint8_t *data = NULL, *end;
        int r;

        r = jpeg_check(jpeg, jpeg_size, &info);
        if (r < 0)
                return r;
        r = build_blocks(tag, &info, &blocks);
        if (r < 0)
                goto finish;
        data = malloc(info.size + 2 * APP1_HEAD_SIZE + blocks.exif_size + blocks.xmp_size);
        if (!data) {
                r = -ENOMEM;
                goto finish;
        }

        end = put_bytes(data, jpeg, 2); /* SOI */
        end = put_app1(end, blocks.exif, blocks.exif_size);
        end = put_app1(end, blocks.xmp, blocks.xmp_size);
        end = put_kept(end, jpeg, info.size);
        *ret_data = data;
        *ret_size = (size_t)(end - data);
finish:
        free(blocks.exif);
        free(blocks.xmp);
        return r;
}
