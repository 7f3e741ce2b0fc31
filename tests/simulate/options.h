/* SPDX-License-Identifier: MIT */
/* The command line of the simulator. */
#pragma once

#include <stdint.h>

#include "tests/simulate/scenario.h"

struct options {
        const char *command;
        const struct scenario *scenario;
        struct receiver_settings receiver;
        int64_t start_utc_ns;
        double duration_s; /* 0: as long as the scenario */
        int truth_rate_hz;
        uint16_t port;
        const char *log;        /* NULL: simulated */
        const char *truth_path; /* NULL: none */
        double max_gap_s, speed;
};

/* Exits by itself: 0 after --help, 2 with a message on wrong use. */
void options_read(int argc, char **argv, struct options *ret_options);
/* One line on stderr and exit 2. */
__attribute__((noreturn, format(printf, 1, 2))) void wrong_use(const char *format, ...);
