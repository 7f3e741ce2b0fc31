/* SPDX-License-Identifier: MIT */
/* The cable: carries a struct uvc to QEMU's device usb-redir, by the usbredir protocol on a Unix socket. */
#pragma once

#include <stdbool.h>

#include "tests/vm/usb_camera/uvc.h"

struct plug;

/* name: what QEMU is told that it talks to. uvc must outlive it. Connects to the socket, where QEMU listens. 0 or a negative errno. */
int plug_create(const char *socket_path, const char *name, struct uvc *uvc, struct plug **ret_plug);
void plug_destroy(struct plug *plug); /* unplugged; NULL allowed */

int plug_fd(const struct plug *plug);
bool plug_wants_to_write(struct plug *plug);

/* Reads and writes what can be, without waiting, and sends what there is of a frame. sent is called for each frame whose last piece went. A
 * negative errno: the other end is gone. */
int plug_run(struct plug *plug, void (*sent)(void *userdata, const struct uvc_sent *sent), void *userdata);
