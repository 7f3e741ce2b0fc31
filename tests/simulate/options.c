/* SPDX-License-Identifier: MIT */
#include "tests/simulate/options.h"

#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/parse.h"
#include "base/utc.h"

#define DEFAULT_START "2026-05-12T08:00:00Z"

static const struct unit units_factor[] = {{"x", 1, 1}, {NULL, 0, 0}};

static const char help[] =
        "usage: simulate COMMAND [OPTION...]\n"
        "A van that drives through a made-up town, and what its receiver says. The same seed gives the same bytes.\n"
        "\n"
        "  town               the road network, GeoJSON\n"
        "  nmea               the drive as NMEA sentences\n"
        "  gpsd-json          the drive as gpsd reports it, with arrival times, as gpspipe -w -uu\n"
        "  truth              the true trajectory, CSV\n"
        "  feed               a receiver on a TCP port of this machine, in real time from its first client on\n"
        "  scenarios          what can be driven\n"
        "\n"
        "  --scenario NAME    default town\n"
        "  --seed N           of the receiver's errors, default 1\n"
        "  --rate HZ          epochs a second: 1, 2, 4, 5 or 10; default 1\n"
        "  --duration TIME    seconds of the drive; longer than it is, the van stays parked at its end\n"
        "  --start UTC        of the drive, default " DEFAULT_START
        "; feed starts now\n"
        "  --noise LENGTH     sigma of the position error, each axis, default 0.7 m\n"
        "  --latency TIME     epoch to first byte, at its smallest, default 0.099 s\n"
        "  --truth-rate HZ    rows a second of the truth, default 10\n"
        "feed only:\n"
        "  --port N           0, the default, takes a free one; it is printed\n"
        "  --log FILE.nmea    a recorded drive at its own pace instead of a simulated one\n"
        "  --max-gap TIME     longer silences of the log are cut to that, default 60 s\n"
        "  --speed FACTOR     so many times as fast, default 1\n"
        "  --truth FILE       writes the truth of the simulated drive there once it starts\n";

void wrong_use(const char *format, ...)
{
        va_list arguments;

        fputs("simulate: ", stderr);
        va_start(arguments, format);
        vfprintf(stderr, format, arguments);
        va_end(arguments);
        fputs(" (see --help)\n", stderr);
        exit(2);
}

static double read_quantity(const char *option, const char *text, const struct unit *units, double min, double max)
{
        double value;

        if (parse_quantity(text, units, &value) < 0 || value < min || value > max)
                wrong_use("--%s: \"%s\" is not from %g to %g %s", option, text, min, max, units[0].name);
        return value;
}

static int64_t read_int(const char *option, const char *text, int64_t min, int64_t max)
{
        int64_t value;

        if (parse_int64(text, &value) < 0 || value < min || value > max)
                wrong_use("--%s: \"%s\" is not a whole number from %lld to %lld", option, text, (long long)min,
                          (long long)max);
        return value;
}

static const struct scenario *read_scenario(const char *text)
{
        const struct scenario *scenario = scenario_find(text);

        if (!scenario)
                wrong_use("--scenario: there is no \"%s\"", text);
        return scenario;
}

static int64_t read_start(const char *text)
{
        int64_t utc_ns;

        if (utc_parse(text, &utc_ns) < 0 || utc_ns % NS_PER_S)
                wrong_use("--start: \"%s\" is not a whole second of UTC, as %s", text, DEFAULT_START);
        return utc_ns;
}

static int read_rate(const char *option, const char *text)
{
        int rate_hz = (int)read_int(option, text, 1, 100);

        /* Epochs are told in hundredths of a second. */
        if (100 % rate_hz)
                wrong_use("--%s: \"%s\" does not divide 100", option, text);
        return rate_hz;
}

static void defaults(struct options *options)
{
        *options = (struct options){
                .scenario = &scenarios[0],
                .start_utc_ns = read_start(DEFAULT_START),
                .truth_rate_hz = 10,
                .max_gap_s = 60,
                .speed = 1,
        };
        receiver_defaults(&options->receiver);
}

enum { SCENARIO, SEED, RATE, DURATION, START, NOISE, LATENCY, TRUTH_RATE, PORT, LOG, MAX_GAP, SPEED, TRUTH, HELP };

static const struct option long_options[] = {
        {"scenario", required_argument, NULL, SCENARIO},
        {"seed", required_argument, NULL, SEED},
        {"rate", required_argument, NULL, RATE},
        {"duration", required_argument, NULL, DURATION},
        {"start", required_argument, NULL, START},
        {"noise", required_argument, NULL, NOISE},
        {"latency", required_argument, NULL, LATENCY},
        {"truth-rate", required_argument, NULL, TRUTH_RATE},
        {"port", required_argument, NULL, PORT},
        {"log", required_argument, NULL, LOG},
        {"max-gap", required_argument, NULL, MAX_GAP},
        {"speed", required_argument, NULL, SPEED},
        {"truth", required_argument, NULL, TRUTH},
        {"help", no_argument, NULL, HELP},
        {NULL, 0, NULL, 0},
};

static void take_option(struct options *options, int option, const char *name, const char *value)
{
        switch (option) {
        case SCENARIO:
                options->scenario = read_scenario(value);
                break;
        case SEED:
                options->receiver.seed = (uint64_t)read_int(name, value, 0, INT64_MAX);
                break;
        case RATE:
                options->receiver.rate_hz = read_rate(name, value);
                break;
        case DURATION:
                options->duration_s = read_quantity(name, value, units_time_s, 1, 86400);
                break;
        case START:
                options->start_utc_ns = read_start(value);
                break;
        case NOISE:
                options->receiver.position_sigma_m = read_quantity(name, value, units_length_m, 0, 100);
                break;
        case LATENCY:
                options->receiver.latency_s = read_quantity(name, value, units_time_s, 0, 0.9);
                break;
        case TRUTH_RATE:
                options->truth_rate_hz = read_rate(name, value);
                break;
        case PORT:
                options->port = (uint16_t)read_int(name, value, 0, 65535);
                break;
        case LOG:
                options->log = value;
                break;
        case MAX_GAP:
                options->max_gap_s = read_quantity(name, value, units_time_s, 0, 86400);
                break;
        case SPEED:
                options->speed = read_quantity(name, value, units_factor, 0.01, 10000);
                break;
        case TRUTH:
                options->truth_path = value;
                break;
        case HELP:
                fputs(help, stdout);
                exit(0);
        default:
                exit(2);
        }
}

void options_read(int argc, char **argv, struct options *ret_options)
{
        int option, index = 0;

        defaults(ret_options);
        while ((option = getopt_long(argc, argv, "", long_options, &index)) != -1)
                take_option(ret_options, option, long_options[index].name, optarg);
        if (optind + 1 != argc)
                wrong_use("exactly one command is wanted");
        ret_options->command = argv[optind];
}
