/* SPDX-License-Identifier: MIT */
#include "tests/vm/usb_camera/uvc_descriptors.h"

#include <string.h>

/* Types and subtypes of descriptors. */
enum { DEVICE = 1, CONFIGURATION = 2, STRING = 3, INTERFACE = 4, ENDPOINT = 5, ASSOCIATION = 11, CS_INTERFACE = 0x24 };
enum { VC_HEADER = 1, VC_INPUT_TERMINAL = 2, VC_OUTPUT_TERMINAL = 3 };
enum {
        VS_INPUT_HEADER = 1,
        VS_FORMAT_YUYV = 4,
        VS_FRAME_YUYV = 5,
        VS_FORMAT_MJPEG = 6,
        VS_FRAME_MJPEG = 7,
        VS_COLOR = 13
};
enum { CLASS_VIDEO = 0x0e, SUBCLASS_CONTROL = 1, SUBCLASS_STREAMING = 2, SUBCLASS_COLLECTION = 3 };
enum { MANUFACTURER_STRING = 1, PRODUCT_STRING = 2, SERIAL_STRING = 3 };
enum { CAMERA_TERMINAL = 1, OUTPUT_TERMINAL = 2 };

static const struct uvc_size mjpeg_sizes[] = {{1280, 720}, {640, 480}};
static const struct uvc_size yuyv_sizes[] = {{640, 480}};

const struct uvc_size *uvc_size(enum uvc_format format, unsigned frame)
{
        size_t count = format == UVC_MJPEG ? sizeof(mjpeg_sizes) / sizeof(mjpeg_sizes[0])
                                           : sizeof(yuyv_sizes) / sizeof(yuyv_sizes[0]);

        if (frame < 1 || frame > count)
                return NULL;
        return format == UVC_MJPEG ? &mjpeg_sizes[frame - 1] : &yuyv_sizes[frame - 1];
}

uint32_t uvc_interval_100ns(const struct uvc_settings *settings)
{
        return (uint32_t)(1e7 / settings->rate_hz + 0.5);
}

static void add8(struct uvc_bytes *bytes, unsigned value)
{
        bytes->data[bytes->size++] = (uint8_t)value;
}

static void add16(struct uvc_bytes *bytes, unsigned value)
{
        add8(bytes, value & 0xff);
        add8(bytes, value >> 8 & 0xff);
}

static void add32(struct uvc_bytes *bytes, uint32_t value)
{
        add16(bytes, value & 0xffff);
        add16(bytes, value >> 16);
}

/* The length of a whole part, known at its end. */
static void set16(struct uvc_bytes *bytes, size_t offset, size_t value)
{
        bytes->data[offset] = (uint8_t)value;
        bytes->data[offset + 1] = (uint8_t)(value >> 8);
}

static void add_list(struct uvc_bytes *bytes, const uint8_t *list, size_t size)
{
        memcpy(bytes->data + bytes->size, list, size);
        bytes->size += size;
}

#define ADD(bytes, ...) add_list(bytes, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void describe_device(struct uvc_bytes *bytes)
{
        /* An association of interfaces (class 0xef): one function, video. */
        ADD(bytes, 18, DEVICE, 0x00, 0x02, 0xef, 2, 1, 64);
        add16(bytes, UVC_VENDOR);
        add16(bytes, UVC_PRODUCT);
        add16(bytes, UVC_VERSION);
        ADD(bytes, MANUFACTURER_STRING, PRODUCT_STRING, SERIAL_STRING, 1);
}

static void describe_string(struct uvc_bytes *bytes, const char *string)
{
        add8(bytes, 0);
        add8(bytes, STRING);
        for (; *string && bytes->size < 254; string++)
                add16(bytes, (uint8_t)*string);
        bytes->data[0] = (uint8_t)bytes->size;
}

/* A camera, and what its pictures leave by. */
static void describe_control(struct uvc_bytes *bytes)
{
        size_t begin;

        ADD(bytes, 9, INTERFACE, UVC_CONTROL_INTERFACE, 0, 0, CLASS_VIDEO, SUBCLASS_CONTROL, 0, 0);
        begin = bytes->size;
        ADD(bytes, 13, CS_INTERFACE, VC_HEADER, 0x00, 0x01, 0, 0);
        add32(bytes, 48000000);
        ADD(bytes, 1, UVC_STREAM_INTERFACE);
        ADD(bytes, 17, CS_INTERFACE, VC_INPUT_TERMINAL, CAMERA_TERMINAL, 0x01, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0);
        ADD(bytes, 9, CS_INTERFACE, VC_OUTPUT_TERMINAL, OUTPUT_TERMINAL, 0x01, 0x01, 0, CAMERA_TERMINAL, 0);
        set16(bytes, begin + 5, bytes->size - begin);
}

static void describe_frame(struct uvc_bytes *bytes, const struct uvc_settings *settings, unsigned subtype,
                           unsigned frame, const struct uvc_size *size)
{
        uint32_t frame_bytes = size->width * size->height * 2;

        ADD(bytes, 30, CS_INTERFACE);
        add8(bytes, subtype);
        add8(bytes, frame);
        add8(bytes, 0);
        add16(bytes, size->width);
        add16(bytes, size->height);
        add32(bytes, frame_bytes * 8);
        add32(bytes, (uint32_t)(frame_bytes * 8 * settings->rate_hz));
        add32(bytes, frame_bytes);
        add32(bytes, uvc_interval_100ns(settings));
        add8(bytes, 1);
        add32(bytes, uvc_interval_100ns(settings));
}

static void describe_frames(struct uvc_bytes *bytes, const struct uvc_settings *settings, enum uvc_format format)
{
        unsigned subtype = format == UVC_MJPEG ? VS_FRAME_MJPEG : VS_FRAME_YUYV;
        const struct uvc_size *size;

        for (unsigned frame = 1; (size = uvc_size(format, frame)); frame++)
                describe_frame(bytes, settings, subtype, frame, size);
        /* sRGB, with the matrix of BT.601. */
        ADD(bytes, 6, CS_INTERFACE, VS_COLOR, 1, 1, 4);
}

static unsigned frame_count(enum uvc_format format)
{
        unsigned count = 0;

        while (uvc_size(format, count + 1))
                count++;
        return count;
}

static void describe_formats(struct uvc_bytes *bytes, const struct uvc_settings *settings)
{
        static const uint8_t guid_yuyv[16] = {'Y', 'U', 'Y', '2', 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71};
        unsigned index = 0;

        if (settings->mjpeg) {
                ADD(bytes, 11, CS_INTERFACE, VS_FORMAT_MJPEG);
                add8(bytes, ++index);
                add8(bytes, frame_count(UVC_MJPEG));
                ADD(bytes, 1, 1, 0, 0, 0, 0);
                describe_frames(bytes, settings, UVC_MJPEG);
        }
        if (settings->yuyv) {
                ADD(bytes, 27, CS_INTERFACE, VS_FORMAT_YUYV);
                add8(bytes, ++index);
                add8(bytes, frame_count(UVC_YUYV));
                add_list(bytes, guid_yuyv, sizeof(guid_yuyv));
                ADD(bytes, 16, 1, 0, 0, 0, 0);
                describe_frames(bytes, settings, UVC_YUYV);
        }
}

static void describe_stream(struct uvc_bytes *bytes, const struct uvc_settings *settings)
{
        unsigned formats = (unsigned)settings->mjpeg + settings->yuyv;
        size_t begin;

        ADD(bytes, 9, INTERFACE, UVC_STREAM_INTERFACE, 0, 1, CLASS_VIDEO, SUBCLASS_STREAMING, 0, 0);
        begin = bytes->size;
        add8(bytes, 13 + formats);
        ADD(bytes, CS_INTERFACE, VS_INPUT_HEADER);
        add8(bytes, formats);
        ADD(bytes, 0, 0, UVC_ENDPOINT, 0, OUTPUT_TERMINAL, 0, 0, 0, 1);
        for (unsigned i = 0; i < formats; i++)
                add8(bytes, 0);
        describe_formats(bytes, settings);
        set16(bytes, begin + 4, bytes->size - begin);
        ADD(bytes, 7, ENDPOINT, UVC_ENDPOINT, 2, UVC_PACKET_BYTES & 0xff, UVC_PACKET_BYTES >> 8, 0);
}

static void describe_configuration(struct uvc_bytes *bytes, const struct uvc_settings *settings)
{
        ADD(bytes, 9, CONFIGURATION, 0, 0, 2, 1, 0, 0x80, 250);
        ADD(bytes, 8, ASSOCIATION, UVC_CONTROL_INTERFACE, 2, CLASS_VIDEO, SUBCLASS_COLLECTION, 0, 0);
        describe_control(bytes);
        describe_stream(bytes, settings);
        set16(bytes, 2, bytes->size);
}

void uvc_describe(const struct uvc_settings *settings, struct uvc_descriptors *ret_descriptors)
{
        struct uvc_descriptors *d = ret_descriptors;

        *d = (struct uvc_descriptors){.strings[0] = {{4, STRING, 0x09, 0x04}, 4}}; /* in English */
        describe_device(&d->device);
        describe_configuration(&d->configuration, settings);
        describe_string(&d->strings[MANUFACTURER_STRING], "Streetcap");
        describe_string(&d->strings[PRODUCT_STRING], settings->product);
        describe_string(&d->strings[SERIAL_STRING], settings->serial);
}

const struct uvc_bytes *uvc_descriptor(const struct uvc_descriptors *descriptors, unsigned type, unsigned index)
{
        switch (type) {
        case DEVICE:
                return &descriptors->device;
        case CONFIGURATION:
                return &descriptors->configuration;
        case STRING:
                return index < UVC_STRINGS ? &descriptors->strings[index] : NULL;
        default:
                return NULL;
        }
}
