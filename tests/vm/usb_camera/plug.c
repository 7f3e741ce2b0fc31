/* SPDX-License-Identifier: MIT */
#include "tests/vm/usb_camera/plug.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <usbredirparser.h>

/* Linux keeps a handful of transfers queued. */
#define TRANSFERS_MAX 64
#define CONTROL_BYTES 4096

/* A transfer of the bulk endpoint that waits for a piece of a frame. */
struct transfer {
        uint64_t id;
        struct usb_redir_bulk_packet_header header;
};

struct plug {
        int fd;
        struct uvc *uvc;
        struct usbredirparser *parser;
        struct transfer transfers[TRANSFERS_MAX]; /* the oldest first */
        unsigned transfer_count;
        bool hung_up;
        uint8_t control[CONTROL_BYTES], payload[UVC_PAYLOAD_BYTES];
};

/* --- what the parser calls --- */

static void on_log(void *userdata, int level, const char *message)
{
        if (level <= usbredirparser_warning)
                fprintf(stderr, "usbredir: %s\n", message);
}

/* 0 for "not now", as the parser wants it. */
static int on_read(void *userdata, uint8_t *data, int count)
{
        struct plug *plug = userdata;
        ssize_t n = read(plug->fd, data, (size_t)count);

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;
        plug->hung_up = n <= 0;
        return n == 0 ? -1 : (int)n;
}

static int on_write(void *userdata, uint8_t *data, int count)
{
        struct plug *plug = userdata;
        ssize_t n = send(plug->fd, data, (size_t)count, MSG_NOSIGNAL);

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;
        plug->hung_up = n < 0;
        return (int)n;
}

static void on_hello(void *userdata, struct usb_redir_hello_header *hello)
{
        struct plug *plug = userdata;
        struct usb_redir_interface_info_header interfaces = {
                .interface_count = 2, .interface = {0, 1}, .interface_class = {14, 14}, .interface_subclass = {1, 2}};
        struct usb_redir_ep_info_header endpoints = {0};
        struct usb_redir_device_connect_header device = {.speed = usb_redir_speed_high,
                                                         .device_class = 0xef,
                                                         .device_subclass = 2,
                                                         .device_protocol = 1,
                                                         .vendor_id = UVC_VENDOR,
                                                         .product_id = UVC_PRODUCT,
                                                         .device_version_bcd = UVC_VERSION};
        unsigned bulk_in = 16 + (UVC_ENDPOINT & 0x0f); /* of 32: those out, then those in */

        memset(endpoints.type, usb_redir_type_invalid, sizeof(endpoints.type));
        endpoints.type[0] = endpoints.type[16] = usb_redir_type_control;
        endpoints.max_packet_size[0] = endpoints.max_packet_size[16] = 64;
        endpoints.type[bulk_in] = usb_redir_type_bulk;
        endpoints.interface[bulk_in] = 1;
        endpoints.max_packet_size[bulk_in] = UVC_PACKET_BYTES;
        usbredirparser_send_interface_info(plug->parser, &interfaces);
        usbredirparser_send_ep_info(plug->parser, &endpoints);
        usbredirparser_send_device_connect(plug->parser, &device);
}

static void on_reset(void *userdata)
{
        struct plug *plug = userdata;

        uvc_reset(plug->uvc);
}

static void on_set_configuration(void *userdata, uint64_t id, struct usb_redir_set_configuration_header *header)
{
        struct plug *plug = userdata;
        struct usb_redir_configuration_status_header status = {.configuration = header->configuration};

        usbredirparser_send_configuration_status(plug->parser, id, &status);
}

static void on_get_configuration(void *userdata, uint64_t id)
{
        struct plug *plug = userdata;
        struct usb_redir_configuration_status_header status = {.configuration = 1};

        usbredirparser_send_configuration_status(plug->parser, id, &status);
}

static void on_set_alt_setting(void *userdata, uint64_t id, struct usb_redir_set_alt_setting_header *header)
{
        struct plug *plug = userdata;
        struct usb_redir_alt_setting_status_header status = {.interface = header->interface, .alt = header->alt};

        usbredirparser_send_alt_setting_status(plug->parser, id, &status);
}

static void on_get_alt_setting(void *userdata, uint64_t id, struct usb_redir_get_alt_setting_header *header)
{
        struct plug *plug = userdata;
        struct usb_redir_alt_setting_status_header status = {.interface = header->interface};

        usbredirparser_send_alt_setting_status(plug->parser, id, &status);
}

static void on_control(void *userdata, uint64_t id, struct usb_redir_control_packet_header *header, uint8_t *data,
                       int size)
{
        struct plug *plug = userdata;
        struct usb_redir_control_packet_header answer = *header;
        uint8_t setup[8] = {header->requesttype,     header->request,
                            (uint8_t)header->value,  (uint8_t)(header->value >> 8),
                            (uint8_t)header->index,  (uint8_t)(header->index >> 8),
                            (uint8_t)header->length, (uint8_t)(header->length >> 8)};
        bool in = header->requesttype & 0x80;
        int filled;

        if (size > 0)
                memcpy(plug->control, data, size > CONTROL_BYTES ? CONTROL_BYTES : (size_t)size);
        usbredirparser_free_packet_data(plug->parser, data);
        filled = uvc_control(plug->uvc, setup, plug->control);
        answer.status = filled < 0 ? usb_redir_stall : usb_redir_success;
        if (filled < 0)
                answer.length = 0;
        else if (in)
                answer.length = (uint16_t)filled;
        usbredirparser_send_control_packet(plug->parser, id, &answer, in && filled > 0 ? plug->control : NULL,
                                           in && filled > 0 ? filled : 0);
}

static void answer_transfer(struct plug *plug, unsigned index, uint8_t status, size_t size)
{
        struct usb_redir_bulk_packet_header header = plug->transfers[index].header;

        header.status = status;
        header.length = (uint16_t)size;
        header.length_high = (uint16_t)(size >> 16);
        usbredirparser_send_bulk_packet(plug->parser, plug->transfers[index].id, &header,
                                        size > 0 ? plug->payload : NULL, (int)size);
        plug->transfer_count--;
        memmove(&plug->transfers[index], &plug->transfers[index + 1],
                (plug->transfer_count - index) * sizeof(plug->transfers[0]));
}

static void on_bulk(void *userdata, uint64_t id, struct usb_redir_bulk_packet_header *header, uint8_t *data, int size)
{
        struct plug *plug = userdata;

        usbredirparser_free_packet_data(plug->parser, data);
        if (plug->transfer_count == TRANSFERS_MAX)
                answer_transfer(plug, 0, usb_redir_ioerror, 0);
        plug->transfers[plug->transfer_count++] = (struct transfer){id, *header};
}

static void on_cancel(void *userdata, uint64_t id)
{
        struct plug *plug = userdata;

        for (unsigned i = 0; i < plug->transfer_count; i++) {
                if (plug->transfers[i].id == id) {
                        answer_transfer(plug, i, usb_redir_cancelled, 0);
                        return;
                }
        }
}

/* --- plugged in and out --- */

static int connect_to(const char *path)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int fd, r;

        if (strlen(path) >= sizeof(address.sun_path))
                return -ENAMETOOLONG;
        strcpy(address.sun_path, path);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
                r = -errno;
                close(fd);
                return r;
        }
        return fd;
}

static int create_parser(struct plug *plug, const char *name)
{
        uint32_t caps[USB_REDIR_CAPS_SIZE] = {0};
        struct usbredirparser *parser = usbredirparser_create();

        if (!parser)
                return -ENOMEM;
        parser->priv = plug;
        parser->log_func = on_log;
        parser->read_func = on_read;
        parser->write_func = on_write;
        parser->hello_func = on_hello;
        parser->reset_func = on_reset;
        parser->set_configuration_func = on_set_configuration;
        parser->get_configuration_func = on_get_configuration;
        parser->set_alt_setting_func = on_set_alt_setting;
        parser->get_alt_setting_func = on_get_alt_setting;
        parser->control_packet_func = on_control;
        parser->bulk_packet_func = on_bulk;
        parser->cancel_data_packet_func = on_cancel;
        usbredirparser_caps_set_cap(caps, usb_redir_cap_connect_device_version);
        usbredirparser_caps_set_cap(caps, usb_redir_cap_ep_info_max_packet_size);
        usbredirparser_caps_set_cap(caps, usb_redir_cap_64bits_ids);
        usbredirparser_caps_set_cap(caps, usb_redir_cap_32bits_bulk_length);
        usbredirparser_init(parser, name, caps, USB_REDIR_CAPS_SIZE, usbredirparser_fl_usb_host);
        plug->parser = parser;
        return 0;
}

int plug_create(const char *socket_path, const char *name, struct uvc *uvc, struct plug **ret_plug)
{
        struct plug *plug = calloc(1, sizeof(*plug));
        int r;

        if (!plug)
                return -ENOMEM;
        plug->uvc = uvc;
        plug->fd = connect_to(socket_path);
        r = plug->fd < 0 ? plug->fd : create_parser(plug, name);
        if (r < 0) {
                plug_destroy(plug);
                return r;
        }
        uvc_reset(uvc);
        *ret_plug = plug;
        return 0;
}

void plug_destroy(struct plug *plug)
{
        if (!plug)
                return;
        if (plug->parser)
                usbredirparser_destroy(plug->parser);
        if (plug->fd >= 0)
                close(plug->fd);
        free(plug);
}

int plug_fd(const struct plug *plug)
{
        return plug->fd;
}

bool plug_wants_to_write(struct plug *plug)
{
        return usbredirparser_has_data_to_write(plug->parser) > 0;
}

static size_t transfer_bytes(const struct transfer *transfer)
{
        return transfer->header.length | (size_t)transfer->header.length_high << 16;
}

int plug_run(struct plug *plug, void (*sent)(void *userdata, const struct uvc_sent *sent), void *userdata)
{
        struct uvc_sent frame;
        bool done;
        size_t size;

        /* What it says of a packet that it cannot read, it has logged. */
        (void)usbredirparser_do_read(plug->parser);
        while (plug->transfer_count > 0) {
                done = false;
                size = uvc_next_payload(plug->uvc, plug->payload, transfer_bytes(&plug->transfers[0]), &done, &frame);
                if (size == 0)
                        break;
                answer_transfer(plug, 0, usb_redir_success, size);
                if (done)
                        sent(userdata, &frame);
        }
        if (plug_wants_to_write(plug))
                (void)usbredirparser_do_write(plug->parser);
        return plug->hung_up ? -EPIPE : 0;
}
