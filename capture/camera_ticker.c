/* SPDX-License-Identifier: MIT */
#include "capture/camera_ticker.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"

struct camera_ticker {
        double period_ns;
        int64_t start_boottime_ns;
        void (*tick)(void *userdata, uint64_t number, int64_t due_boottime_ns);
        void *userdata;
        int timer_fd, stop_fd;
        pthread_t thread;
};

/* Always from the start, so that no error adds up. */
static int64_t due_boottime_ns(const struct camera_ticker *ticker, uint64_t number)
{
        return ticker->start_boottime_ns + llround((double)number * ticker->period_ns);
}

/* The first number after `number` that is not yet late by a whole period. */
static uint64_t next_number(const struct camera_ticker *ticker, uint64_t number, int64_t now_boottime_ns)
{
        double elapsed = floor((double)(now_boottime_ns - ticker->start_boottime_ns) / ticker->period_ns);

        return elapsed > (double)(number + 1) ? (uint64_t)elapsed : number + 1;
}

/* False: it is time to stop. */
static bool wait_until(const struct camera_ticker *ticker, int64_t boottime_ns)
{
        const struct itimerspec due = {
                .it_value = {.tv_sec = boottime_ns / NS_PER_S, .tv_nsec = boottime_ns % NS_PER_S},
        };
        struct pollfd fds[] = {{.fd = ticker->stop_fd, .events = POLLIN}, {.fd = ticker->timer_fd, .events = POLLIN}};

        if (timerfd_settime(ticker->timer_fd, TFD_TIMER_ABSTIME, &due, NULL) < 0)
                return false;
        for (;;) {
                if (poll(fds, 2, -1) < 0 && errno != EINTR)
                        return false;
                if (fds[0].revents)
                        return false;
                if (fds[1].revents)
                        return true;
        }
}

static void *run(void *argument)
{
        const struct camera_ticker *ticker = argument;
        uint64_t number = 1;

        while (wait_until(ticker, due_boottime_ns(ticker, number))) {
                ticker->tick(ticker->userdata, number, due_boottime_ns(ticker, number));
                number = next_number(ticker, number, clock_boottime_ns());
        }
        return NULL;
}

static void free_ticker(struct camera_ticker *ticker)
{
        fd_close(ticker->timer_fd);
        fd_close(ticker->stop_fd);
        free(ticker);
}

int camera_ticker_start(double rate_hz, void (*tick)(void *userdata, uint64_t number, int64_t due_boottime_ns),
                        void *userdata, struct camera_ticker **ret_ticker)
{
        struct camera_ticker *ticker = malloc(sizeof(*ticker));
        int r;

        if (!ticker)
                return -ENOMEM;
        *ticker = (struct camera_ticker){
                .period_ns = (double)NS_PER_S / rate_hz,
                .start_boottime_ns = clock_boottime_ns(),
                .tick = tick,
                .userdata = userdata,
                .timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC),
                .stop_fd = eventfd(0, EFD_CLOEXEC),
        };
        r = ticker->timer_fd < 0 || ticker->stop_fd < 0 ? -errno : -pthread_create(&ticker->thread, NULL, run, ticker);
        if (r < 0) {
                free_ticker(ticker);
                return r;
        }
        *ret_ticker = ticker;
        return 0;
}

void camera_ticker_stop(struct camera_ticker *ticker)
{
        const uint64_t one = 1;

        if (!ticker)
                return;
        /* An eventfd at 0 takes a 1 at once: the write cannot fail. */
        (void)!write(ticker->stop_fd, &one, sizeof(one));
        pthread_join(ticker->thread, NULL);
        free_ticker(ticker);
}
