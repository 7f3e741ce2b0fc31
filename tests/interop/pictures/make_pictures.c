/* SPDX-License-Identifier: MIT */
/* Writes one tagged JPEG for each case of test_exiftool.py into a folder: make_pictures DIR. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "capture/camera.h"
#include "capture/encoder.h"
#include "geotag/jpeg_segments.h"
#include "geotag/picture_metadata.h"

#define WIDTH 160
#define HEIGHT 120

static void nothing_known(struct picture_tag *tag)
{
        picture_tag_clear(tag);
        strcpy(tag->run, "20261123T101500Z");
        strcpy(tag->camera, "front");
        tag->sequence = 1;
        tag->captured_utc_ns = INT64_C(1795428900000000000); /* 2026-11-23T10:15:00Z */
}

static void all_known(struct picture_tag *tag)
{
        *tag = (struct picture_tag){
                .run = "20261123T101500Z",
                .camera = "front",
                .sequence = 42,
                .mark = 41,
                .captured_utc_ns = INT64_C(1795428900123456789),
                .exposure_mid_boottime_ns = INT64_C(98765432101),
                .exposure_ns = 4000000,
                .gain = 1.5,
                .utc_offset_s = 3600,
                .position_source = POSITION_INTERPOLATED,
                .latitude_deg = 48.12345678,
                .longitude_deg = 2.98765432,
                .altitude_msl_m = 123.456,
                .altitude_hae_m = 168.9,
                .speed_mps = 13.5,
                .course_deg = 91.25,
                .heading_deg = 91.25,
                .image_direction_deg = 181.25,
                .accuracy_m = 1.234,
                .hdop = 0.87,
                .fix_mode = 3,
                .fix_status = 2,
                .satellites_used = 9,
                .travelled_m = 1234.5,
                .match = {.on_road = true,
                          .segment = 77,
                          .index = 5,
                          .chainage_m = 12.5,
                          .direction = -1,
                          .offset_m = -1.75,
                          .confidence = 0.875,
                          .provisional = true},
                .source_id = "TRONROUT0000000123",
                .street = "Rue de l'\u00c9glise \"<basse> & haute\"",
                .network_version = "BD TOPO 2026-09",
                .width = WIDTH,
                .height = HEIGHT,
                .orientation = 6,
                .make = "Raspberry Pi",
                .model = "HQ Camera",
                .serial = "SN-0001",
                .software = "Streetcap 0.1.0",
                .vehicle = "van-1",
                .focal_length_mm = 6,
                .focal_length_35mm = 33.4,
                .sharpness = 0.03125,
                .brightness = 0.75,
                .clipped_share = 0.5,
                .quality = "clipped,blurred",
        };
}

static void south_west(struct picture_tag *tag)
{
        all_known(tag);
        tag->latitude_deg = -33.00000004;
        tag->longitude_deg = -70.99999999;
        tag->altitude_msl_m = -3.25;
        tag->captured_utc_ns = INT64_C(1795391999999999999); /* 2026-11-22T23:59:59.999999999Z */
        tag->utc_offset_s = -12600;
        tag->image_direction_deg = 359.997;
        tag->course_deg = 359.96;
        tag->fix_mode = 2;
        tag->fix_status = 1;
        tag->orientation = 9; /* no such */
}

/* The nose points where the van does not go. */
static void reversing(struct picture_tag *tag)
{
        all_known(tag);
        tag->reversing = true;
        tag->course_deg = 10;
        tag->heading_deg = 190;
        tag->image_direction_deg = 190;
        tag->speed_mps = 0.5;
        tag->position_source = POSITION_EXTRAPOLATED;
        tag->altitude_msl_m = NAN;
}

static void no_position(struct picture_tag *tag)
{
        all_known(tag);
        tag->position_source = POSITION_NONE;
        tag->exposure_ns = INT64_C(5500000000);
}

static int encode_gray(uint8_t **ret_jpeg, size_t *ret_size)
{
        static uint8_t luma[WIDTH * HEIGHT], chroma[WIDTH * HEIGHT / 4];
        struct camera_frame frame = {
                .format = FRAME_YUV420,
                .width = WIDTH,
                .height = HEIGHT,
                .planes = {luma, chroma, chroma},
                .strides = {WIDTH, WIDTH / 2, WIDTH / 2},
                .sizes = {sizeof(luma), sizeof(chroma), sizeof(chroma)},
        };

        for (unsigned i = 0; i < sizeof(luma); i++)
                luma[i] = (uint8_t)(i % WIDTH);
        memset(chroma, 128, sizeof(chroma));
        return encode_frame(&frame, 85, ret_jpeg, ret_size);
}

/* As USB cameras send it: AVI's segment in front, no Huffman tables, zeros behind. What passes of it. */
static int encode_mjpeg(const uint8_t *jpeg, size_t size, uint8_t **ret_jpeg, size_t *ret_size)
{
        static const uint8_t avi1[18] = {0xff, 0xe0, 0, 16, 'A', 'V', 'I', '1'};
        uint8_t *sent = calloc(1, size + 1000);
        struct camera_frame frame = {.format = FRAME_JPEG, .width = WIDTH, .height = HEIGHT, .planes = {sent}};
        size_t at = 2, put = 2 + sizeof(avi1);
        int r;

        if (!sent)
                return -ENOMEM;
        memcpy(sent, jpeg, 2);
        memcpy(sent + 2, avi1, sizeof(avi1));
        while (jpeg[at + 1] != JPEG_SOS) {
                size_t length = 2 + ((size_t)jpeg[at + 2] << 8 | jpeg[at + 3]);

                if (jpeg[at + 1] != JPEG_APP0 && jpeg[at + 1] != JPEG_DHT) {
                        memcpy(sent + put, jpeg + at, length);
                        put += length;
                }
                at += length;
        }
        memcpy(sent + put, jpeg + at, size - at);
        frame.sizes[0] = put + size - at + 200;
        r = encode_frame(&frame, 85, ret_jpeg, ret_size);
        free(sent);
        return r;
}

int main(int argc, char **argv)
{
        static const struct {
                const char *name;
                void (*fill)(struct picture_tag *tag);
        } cases[] = {
                {"nothing", nothing_known}, {"all", all_known},           {"south-west", south_west},
                {"reversing", reversing},   {"no-position", no_position}, {"mjpeg", all_known},
        };
        uint8_t *jpeg = NULL, *mjpeg = NULL;
        size_t jpeg_size = 0, mjpeg_size = 0;
        int r;

        if (argc != 2)
                return 2;
        r = encode_gray(&jpeg, &jpeg_size);
        if (r == 0)
                r = encode_mjpeg(jpeg, jpeg_size, &mjpeg, &mjpeg_size);
        for (size_t i = 0; r == 0 && i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct picture_tag tag;
                uint8_t *picture = NULL;
                size_t size = 0;
                bool is_mjpeg = strcmp(cases[i].name, "mjpeg") == 0;
                char path[4096];

                cases[i].fill(&tag);
                snprintf(path, sizeof(path), "%s/%s.jpg", argv[1], cases[i].name);
                r = picture_write(&tag, is_mjpeg ? mjpeg : jpeg, is_mjpeg ? mjpeg_size : jpeg_size, &picture, &size);
                if (r == 0)
                        r = fd_write_file_atomic(AT_FDCWD, path, picture, size, 0);
                free(picture);
        }
        free(jpeg);
        free(mjpeg);
        if (r < 0)
                fprintf(stderr, "make_pictures: %s\n", strerror(-r));
        return r < 0;
}
