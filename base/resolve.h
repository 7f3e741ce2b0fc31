/* SPDX-License-Identifier: MIT */
/* The addresses of a machine, for an event loop: what needs the system's resolver, which may take long, is looked up on a thread of its
 * own. TCP, IPv4 and IPv6. */
#pragma once

#include <sys/socket.h>

#define RESOLVED_MAX 8

struct resolved_address {
        socklen_t size;
        struct sockaddr_storage address;
};

struct resolved {
        int error;      /* negative errno, -ENXIO where the resolver knows no such name; 0: count is 1 or more */
        unsigned count; /* addresses, in the order in which to try them; more than RESOLVED_MAX are left out */
        struct resolved_address addresses[RESOLVED_MAX];
};

/* A numeric address, or "localhost" (both its addresses, whatever /etc/hosts says: RFC 6761, 6.3). port is a number as text. Never blocks.
 * 0, or -EAGAIN: another name, which takes resolve_start. */
int resolve_at_once(const char *host, const char *port, struct resolved *ret_resolved);

/* Asks the system's resolver, on a detached thread that blocks all signals and ends by itself in the resolver's own time (resolv.conf(5)).
 * Returns a file descriptor that becomes readable when the answer is there: for resolve_finish, or to be closed by who does not wait.
 * Or negative errno. */
int resolve_start(const char *host, const char *port);
/* Takes the answer and closes fd. 0 or the answer's error. */
int resolve_finish(int fd, struct resolved *ret_resolved);
