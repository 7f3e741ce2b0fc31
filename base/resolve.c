/* SPDX-License-Identifier: MIT */
#include "base/resolve.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/fd.h"

/* What goes to the thread, as one message; a struct resolved comes back, as another. */
struct question {
        char host[256], port[32]; /* no name that the DNS knows is longer */
};

static int error_of(int code)
{
        return code == EAI_SYSTEM ? -errno : code == EAI_MEMORY ? -ENOMEM : -ENXIO;
}

/* Adds the addresses of host to those in resolved. */
static int add_addresses(const char *host, const char *port, int flags, struct resolved *resolved)
{
        struct addrinfo hints = {
                .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | flags};
        struct addrinfo *list;
        int code = getaddrinfo(host, port, &hints, &list);

        if (code != 0)
                return error_of(code);
        for (const struct addrinfo *at = list; at && resolved->count < RESOLVED_MAX; at = at->ai_next) {
                struct resolved_address *address = &resolved->addresses[resolved->count++];

                address->size = at->ai_addrlen;
                memcpy(&address->address, at->ai_addr, at->ai_addrlen);
        }
        freeaddrinfo(list);
        return 0;
}

int resolve_at_once(const char *host, const char *port, struct resolved *ret_resolved)
{
        static const char *const localhost[] = {"::1", "127.0.0.1"};
        struct resolved resolved = {0};

        if (strcasecmp(host, "localhost") == 0)
                for (size_t i = 0; i < sizeof(localhost) / sizeof(localhost[0]); i++)
                        (void)add_addresses(localhost[i], port, AI_NUMERICHOST, &resolved);
        else
                (void)add_addresses(host, port, AI_NUMERICHOST, &resolved);
        if (resolved.count == 0)
                return -EAGAIN;
        *ret_resolved = resolved;
        return 0;
}

static void *look_up(void *userdata)
{
        int fd = (int)(intptr_t)userdata;
        struct resolved resolved = {0};
        struct question question;

        if (recv(fd, &question, sizeof(question), 0) == sizeof(question)) {
                resolved.error = add_addresses(question.host, question.port, 0, &resolved);
                /* Nobody may wait any more: then it is lost, and that is all. */
                (void)send(fd, &resolved, sizeof(resolved), MSG_NOSIGNAL);
        }
        fd_close(fd);
        return NULL;
}

/* A new thread takes over its creator's mask: no signal meant for the loop may end up there. It closes fd. */
static int start_detached(int fd)
{
        sigset_t all, before;
        pthread_attr_t attributes;
        pthread_t thread;
        int r = pthread_attr_init(&attributes);

        if (r != 0)
                return -r;
        r = pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        sigfillset(&all);
        if (r == 0)
                r = pthread_sigmask(SIG_SETMASK, &all, &before);
        if (r == 0) {
                r = pthread_create(&thread, &attributes, look_up, (void *)(intptr_t)fd);
                pthread_sigmask(SIG_SETMASK, &before, NULL);
        }
        pthread_attr_destroy(&attributes);
        return -r;
}

int resolve_start(const char *host, const char *port)
{
        struct question question = {0};
        int fds[2], r;

        if (strlen(host) >= sizeof(question.host) || strlen(port) >= sizeof(question.port))
                return -ENAMETOOLONG;
        memcpy(question.host, host, strlen(host));
        memcpy(question.port, port, strlen(port));
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
                return -errno;
        r = send(fds[0], &question, sizeof(question), MSG_NOSIGNAL) < 0 ? -errno : start_detached(fds[1]);
        if (r < 0) {
                fd_close(fds[0]);
                fd_close(fds[1]);
                return r;
        }
        return fds[0];
}

int resolve_finish(int fd, struct resolved *ret_resolved)
{
        struct resolved resolved;
        ssize_t size;
        int r;

        do
                size = recv(fd, &resolved, sizeof(resolved), 0);
        while (size < 0 && errno == EINTR);
        r = size < 0 ? -errno : size == sizeof(resolved) ? resolved.error : -EIO;
        fd_close(fd);
        if (r == 0)
                *ret_resolved = resolved;
        return r;
}
