/* SPDX-License-Identifier: MIT */
#include "geotag/picture_metadata.h"

#include <errno.h>

#include "geotag/jpeg_segments.h"
#include "geotag/xmp.h"

/* XMP holds every member as it was; EXIF holds some, rounded, for other readers. */
int picture_read(const uint8_t *jpeg, size_t jpeg_size, struct picture_tag *ret_tag)
{
        struct jpeg_segment segment = {0};
        struct jpeg_reader reader;
        struct jpeg_info info;
        int r;

        r = jpeg_check(jpeg, jpeg_size, &info);
        if (r < 0)
                return r;
        r = jpeg_reader_init(&reader, jpeg, info.size);
        while (r == 0 && segment.marker != JPEG_SOS) {
                r = jpeg_reader_next(&reader, &segment);
                if (r == 0 && segment.marker == JPEG_APP1) {
                        r = xmp_read(segment.payload, segment.payload_size, ret_tag);
                        if (r != -ENODATA)
                                return r;
                        r = 0;
                }
        }
        return r < 0 ? r : -ENODATA;
}
