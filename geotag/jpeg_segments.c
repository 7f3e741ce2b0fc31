/* SPDX-License-Identifier: MIT */
#include "geotag/jpeg_segments.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define FRAME_HEADER_SIZE 6 /* precision, height, width, number of components */

static unsigned get_u16(const uint8_t *bytes)
{
        return (unsigned)bytes[0] << 8 | bytes[1];
}

static bool is_frame_header(uint8_t marker)
{
        return marker >= JPEG_SOF0 && marker <= JPEG_SOF15 && marker != JPEG_DHT && marker != JPEG_JPG &&
               marker != JPEG_DAC;
}

int jpeg_reader_init(struct jpeg_reader *reader, const uint8_t *data, size_t size)
{
        if (size < 2 || data[0] != 0xff || data[1] != JPEG_SOI)
                return -EBADMSG;
        *reader = (struct jpeg_reader){.data = data, .size = size, .position = 2};
        return 0;
}

/* Position of the first marker at or after `position` in entropy-coded data: an 0xff that is followed neither by a
 * stuffed zero, nor by a restart marker, nor by another 0xff (a fill byte). The size of the data when there is none. */
static size_t find_marker(const uint8_t *data, size_t size, size_t position)
{
        while (position + 1 < size) {
                const uint8_t *found = memchr(data + position, 0xff, size - position - 1);
                uint8_t next;

                if (!found)
                        break;
                position = (size_t)(found - data);
                next = data[position + 1];
                if (next == 0xff)
                        position++;
                else if (next == 0x00 || (next >= JPEG_RST0 && next <= JPEG_RST7))
                        position += 2;
                else
                        return position;
        }
        return size;
}

/* Markers that carry a length. Those left out stand alone, are reserved, or may not stand here. */
static bool has_length(uint8_t marker)
{
        return marker >= JPEG_SOF0 && !(marker >= JPEG_RST0 && marker <= JPEG_EOI) && marker != 0xff;
}

int jpeg_reader_next_header(struct jpeg_reader *reader, struct jpeg_segment *ret_segment)
{
        struct jpeg_segment segment = {0};
        size_t start = reader->position;
        size_t end, length;

        if (start >= reader->size || reader->data[start] != 0xff)
                return -EBADMSG;
        while (start + 1 < reader->size && reader->data[start + 1] == 0xff)
                start++; /* fill bytes */
        if (reader->size - start < 2)
                return -EBADMSG;

        segment.marker = reader->data[start + 1];
        segment.bytes = reader->data + start;
        end = start + 2;
        if (segment.marker != JPEG_EOI) {
                if (!has_length(segment.marker) || reader->size - end < 2)
                        return -EBADMSG;
                length = get_u16(reader->data + end);
                if (length < 2 || length > reader->size - end)
                        return -EBADMSG;
                segment.payload = reader->data + end + 2;
                segment.payload_size = length - 2;
                end += length;
        }
        segment.byte_count = end - start;

        reader->position = end;
        *ret_segment = segment;
        return 0;
}

int jpeg_reader_next(struct jpeg_reader *reader, struct jpeg_segment *ret_segment)
{
        size_t header_end;
        int r = jpeg_reader_next_header(reader, ret_segment);

        if (r == 0 && ret_segment->marker == JPEG_SOS) {
                header_end = reader->position;
                reader->position = find_marker(reader->data, reader->size, header_end);
                ret_segment->byte_count += reader->position - header_end;
        }
        return r;
}

/* Each component has three bytes: id, sampling factors, table. */
static int read_frame_header(const struct jpeg_segment *segment, struct jpeg_info *info)
{
        if (segment->payload_size < FRAME_HEADER_SIZE)
                return -EBADMSG;
        info->height = get_u16(segment->payload + 1);
        info->width = get_u16(segment->payload + 3);
        info->components = segment->payload[5];
        if (info->height == 0 || info->width == 0 || info->components == 0 ||
            segment->payload_size != FRAME_HEADER_SIZE + 3 * (size_t)info->components)
                return -EBADMSG;
        return 0;
}

int jpeg_check(const uint8_t *data, size_t size, struct jpeg_info *ret_info)
{
        struct jpeg_reader reader;
        struct jpeg_segment segment = {0};
        struct jpeg_info info = {0};
        bool has_scan = false;
        int r;

        r = jpeg_reader_init(&reader, data, size);
        while (r == 0 && segment.marker != JPEG_EOI) {
                r = jpeg_reader_next(&reader, &segment);
                if (r < 0)
                        break;
                if (is_frame_header(segment.marker))
                        r = info.width > 0 ? -EBADMSG : read_frame_header(&segment, &info);
                else if (segment.marker == JPEG_SOS && info.width == 0)
                        r = -EBADMSG;
                else if (segment.marker == JPEG_SOS)
                        has_scan = true;
        }
        if (r < 0)
                return r;
        if (!has_scan)
                return -EBADMSG;

        info.size = reader.position;
        *ret_info = info;
        return 0;
}
