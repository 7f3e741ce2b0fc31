/* SPDX-License-Identifier: MIT */
#include "tests/vm/usb_camera/uvc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/vm/usb_camera/uvc_descriptors.h"

/* USB 2.0, table 9-4; UVC 1.1, table A-8. */
enum {
        GET_STATUS = 0,
        CLEAR_FEATURE = 1,
        SET_FEATURE = 3,
        GET_DESCRIPTOR = 6,
        GET_CONFIGURATION = 8,
        SET_CONFIGURATION = 9
};
enum { GET_INTERFACE = 10, SET_INTERFACE = 11 };
enum {
        SET_CUR = 0x01,
        GET_CUR = 0x81,
        GET_MIN = 0x82,
        GET_MAX = 0x83,
        GET_RES = 0x84,
        GET_LEN = 0x85,
        GET_INFO = 0x86,
        GET_DEF = 0x87
};
enum { TYPE_CLASS = 0x20, TYPE_MASK = 0x60, TO_INTERFACE = 1, TO_ENDPOINT = 2, RECIPIENT_MASK = 0x1f };
enum { VS_PROBE = 1, VS_COMMIT = 2 };

#define PROBE_BYTES 26

/* Bits of a payload's header (UVC 1.1, 2.4.3.3). */
enum {
        HEADER_BYTES = 2,
        HEADER_FRAME_ID = 0x01,
        HEADER_END_OF_FRAME = 0x02,
        HEADER_ERROR = 0x40,
        HEADER_END_OF_HEADER = 0x80
};

struct mode {
        enum uvc_format format;
        unsigned frame; /* of uvc_sizes[format], from 1 */
};

struct uvc {
        const struct uvc_settings *settings;
        struct pictures *pictures;
        struct uvc_descriptors descriptors;
        struct mode probe, committed;
        bool streaming, damage;
        uint8_t frame_id;
        uint32_t number;
        struct uvc_sent frame; /* under way while data is not NULL */
        size_t offset;
};

int uvc_create(const struct uvc_settings *settings, struct pictures *pictures, struct uvc **ret_uvc)
{
        struct uvc *uvc = calloc(1, sizeof(*uvc));

        if (!uvc)
                return -ENOMEM;
        uvc->settings = settings;
        uvc->pictures = pictures;
        uvc_describe(settings, &uvc->descriptors);
        uvc_reset(uvc);
        *ret_uvc = uvc;
        return 0;
}

void uvc_destroy(struct uvc *uvc)
{
        free(uvc);
}

/* The first that it has. */
static struct mode default_mode(const struct uvc *uvc)
{
        return (struct mode){uvc->settings->mjpeg ? UVC_MJPEG : UVC_YUYV, 1};
}

void uvc_reset(struct uvc *uvc)
{
        uvc->probe = uvc->committed = default_mode(uvc);
        uvc->streaming = false;
        uvc->frame.data = NULL;
}

bool uvc_is_streaming(const struct uvc *uvc)
{
        return uvc->streaming;
}

/* --- control --- */

static void put32(uint8_t *bytes, uint32_t value)
{
        for (unsigned i = 0; i < 4; i++)
                bytes[i] = (uint8_t)(value >> 8 * i);
}

/* Formats are numbered from 1 in the order of the descriptors: without MJPEG, YUYV is the first. */
static uint8_t index_of(const struct uvc *uvc, enum uvc_format format)
{
        return format == UVC_YUYV && uvc->settings->mjpeg ? 2 : 1;
}

static int fill_probe(const struct uvc *uvc, const struct mode *mode, uint8_t *data)
{
        const struct uvc_size *size = uvc_size(mode->format, mode->frame);

        memset(data, 0, PROBE_BYTES);
        data[0] = 1; /* the interval is fixed */
        data[2] = index_of(uvc, mode->format);
        data[3] = (uint8_t)mode->frame;
        put32(data + 4, uvc_interval_100ns(uvc->settings));
        put32(data + 18, size->width * size->height * 2);
        put32(data + 22, UVC_PAYLOAD_BYTES);
        return PROBE_BYTES;
}

static void take_probe(struct uvc *uvc, const uint8_t *data, bool commit)
{
        struct mode mode = default_mode(uvc);

        if (uvc->settings->yuyv && data[2] == index_of(uvc, UVC_YUYV))
                mode.format = UVC_YUYV;
        if (uvc_size(mode.format, data[3]))
                mode.frame = data[3];
        uvc->probe = mode;
        if (commit) {
                uvc->committed = mode;
                uvc->streaming = true;
                uvc->frame.data = NULL;
        }
}

static int control_stream(struct uvc *uvc, const uint8_t setup[8], uint8_t *data)
{
        unsigned selector = setup[3], length = (unsigned)(setup[6] | setup[7] << 8);
        struct mode mode = default_mode(uvc);

        if (selector != VS_PROBE && selector != VS_COMMIT)
                return -1;
        switch (setup[1]) {
        case SET_CUR:
                if (length < 8)
                        return -1;
                take_probe(uvc, data, selector == VS_COMMIT);
                return 0;
        case GET_CUR:
        case GET_MIN:
        case GET_MAX:
                return fill_probe(uvc, &uvc->probe, data);
        case GET_DEF:
                return fill_probe(uvc, &mode, data);
        case GET_LEN:
                data[0] = PROBE_BYTES;
                data[1] = 0;
                return 2;
        case GET_INFO:
                data[0] = 3; /* get and set */
                return 1;
        default:
                return -1;
        }
}

static int get_descriptor(const struct uvc *uvc, const uint8_t setup[8], uint8_t *data)
{
        const struct uvc_bytes *bytes = uvc_descriptor(&uvc->descriptors, setup[3], setup[2]);

        if (!bytes)
                return -1;
        memcpy(data, bytes->data, bytes->size);
        return (int)bytes->size;
}

static int control_standard(struct uvc *uvc, const uint8_t setup[8], uint8_t *data)
{
        switch (setup[1]) {
        case GET_DESCRIPTOR:
                return get_descriptor(uvc, setup, data);
        case GET_STATUS:
                data[0] = data[1] = 0;
                return 2;
        case GET_CONFIGURATION:
                data[0] = 1;
                return 1;
        case GET_INTERFACE:
                data[0] = 0;
                return 1;
        case CLEAR_FEATURE:
                /* How Linux ends a stream over a bulk endpoint: it clears the endpoint's halt. */
                if ((setup[0] & RECIPIENT_MASK) == TO_ENDPOINT) {
                        uvc->streaming = false;
                        uvc->frame.data = NULL;
                }
                return 0;
        case SET_FEATURE:
        case SET_CONFIGURATION:
        case SET_INTERFACE:
                return 0;
        default:
                return -1;
        }
}

int uvc_control(struct uvc *uvc, const uint8_t setup[8], uint8_t *data)
{
        unsigned interface = setup[4], entity = setup[5];
        int length = setup[6] | setup[7] << 8, filled = -1;

        if ((setup[0] & TYPE_MASK) == 0)
                filled = control_standard(uvc, setup, data);
        else if ((setup[0] & TYPE_MASK) == TYPE_CLASS && interface == UVC_STREAM_INTERFACE && entity == 0)
                filled = control_stream(uvc, setup, data);
        return filled > length ? length : filled;
}

/* --- frames --- */

static void draw(struct uvc *uvc)
{
        const struct uvc_size *size = uvc_size(uvc->committed.format, uvc->committed.frame);
        struct uvc_sent *frame = &uvc->frame;

        if (uvc->committed.format == UVC_MJPEG)
                frame->data = pictures_jpeg(uvc->pictures, size->width, size->height, frame->number, &frame->size);
        else
                frame->data = pictures_yuyv(uvc->pictures, size->width, size->height, frame->number, &frame->size);
}

bool uvc_frame(struct uvc *uvc, int64_t now_ns, bool truncate, bool damage, struct uvc_sent *ret_sent)
{
        struct uvc_sent frame = {.number = ++uvc->number,
                                 .format = uvc->committed.format == UVC_MJPEG ? "mjpeg" : "yuyv",
                                 .truncated = truncate,
                                 .damaged = damage,
                                 .began_ns = now_ns};

        if (!uvc->streaming)
                return false;
        if (uvc->frame.data) {
                frame.dropped = true;
                *ret_sent = frame;
                return true;
        }
        uvc->frame = frame;
        draw(uvc);
        if (truncate)
                uvc->frame.size /= 2;
        uvc->offset = 0;
        uvc->frame_id ^= HEADER_FRAME_ID;
        return false;
}

size_t uvc_next_payload(struct uvc *uvc, uint8_t *payload, size_t space, bool *ret_done, struct uvc_sent *ret_sent)
{
        size_t size = uvc->frame.size - uvc->offset, most = space < UVC_PAYLOAD_BYTES ? space : UVC_PAYLOAD_BYTES;

        if (!uvc->frame.data || most <= HEADER_BYTES)
                return 0;
        if (size > most - HEADER_BYTES)
                size = most - HEADER_BYTES;
        *ret_done = uvc->offset + size == uvc->frame.size;
        payload[0] = HEADER_BYTES;
        payload[1] = (uint8_t)(HEADER_END_OF_HEADER | uvc->frame_id | (*ret_done ? HEADER_END_OF_FRAME : 0) |
                               (uvc->frame.damaged ? HEADER_ERROR : 0));
        memcpy(payload + HEADER_BYTES, uvc->frame.data + uvc->offset, size);
        uvc->offset += size;
        if (*ret_done) {
                *ret_sent = uvc->frame;
                uvc->frame.data = NULL;
        }
        return size + HEADER_BYTES;
}
