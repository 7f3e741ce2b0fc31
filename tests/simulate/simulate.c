/* SPDX-License-Identifier: MIT */
/* A van that drives through a made-up town, and what its receiver says of it. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tests/simulate/drive.h"
#include "tests/simulate/feed.h"
#include "tests/simulate/gpsd_json.h"
#include "tests/simulate/nmea.h"
#include "tests/simulate/options.h"
#include "tests/simulate/recorded.h"

static int64_t drive_end_ns(const struct options *options, const struct drive *drive)
{
        return options->duration_s > 0 ? llround(options->duration_s * (double)NS_PER_S) : van_duration_ns(drive->van);
}

static void start_receiver(const struct options *options, const struct drive *drive, int64_t start_utc_ns,
                           struct receiver *receiver)
{
        struct receiver_settings settings = options->receiver;

        settings.silences = options->scenario->silences;
        receiver_init(receiver, &settings, drive->van, start_utc_ns, drive_end_ns(options, drive));
}

static int run_town(const struct options *options)
{
        return town_write_geojson(stdout);
}

static int run_scenarios(const struct options *options)
{
        for (const struct scenario *scenario = scenarios; scenario->name; scenario++)
                printf("%-10s %s\n", scenario->name, scenario->about);
        return fflush(stdout) == 0 ? 0 : -EIO;
}

static int print_epochs(const struct options *options, void (*add)(struct text *text, const struct epoch *epoch))
{
        struct receiver receiver;
        struct drive drive;
        struct text text = {0};
        struct epoch epoch;
        int r = drive_init(&drive, options->scenario);

        if (r < 0)
                return r;
        fprintf(stderr, "simulate: seed %" PRIu64 "\n", options->receiver.seed);
        start_receiver(options, &drive, options->start_utc_ns, &receiver);
        while (receiver_next(&receiver, &epoch)) {
                text_clear(&text);
                add(&text, &epoch);
                fputs(text.data, stdout);
        }
        text_finish(&text);
        drive_finish(&drive);
        return fflush(stdout) == 0 && !ferror(stdout) ? 0 : -EIO;
}

static int run_nmea(const struct options *options)
{
        return print_epochs(options, nmea_add_burst);
}

static int run_gpsd_json(const struct options *options)
{
        return print_epochs(options, gpsd_json_add);
}

static int run_truth(const struct options *options)
{
        struct drive drive;
        int r = drive_init(&drive, options->scenario);

        if (r < 0)
                return r;
        r = drive_write_truth(&drive, options->start_utc_ns, drive_end_ns(options, &drive), options->truth_rate_hz,
                              stdout);
        drive_finish(&drive);
        return r;
}

struct simulated_feed {
        const struct options *options;
        struct drive drive;
        struct receiver receiver;
        struct text burst;
        int64_t start_utc_ns;
};

static void write_truth_file(const struct simulated_feed *feed)
{
        const struct options *options = feed->options;
        FILE *stream = fopen(options->truth_path, "we");
        int r = stream ? drive_write_truth(&feed->drive, feed->start_utc_ns, drive_end_ns(options, &feed->drive),
                                           options->truth_rate_hz, stream)
                       : -errno;

        if (stream && fclose(stream) < 0)
                r = -errno;
        if (r < 0)
                fprintf(stderr, "simulate: %s: %s\n", options->truth_path, strerror(-r));
}

/* The drive begins with a whole second of true UTC. */
static int64_t simulated_begin(void *userdata, int64_t utc_ns)
{
        struct simulated_feed *feed = userdata;

        feed->start_utc_ns = (utc_ns / NS_PER_S + 1) * NS_PER_S;
        start_receiver(feed->options, &feed->drive, feed->start_utc_ns, &feed->receiver);
        if (feed->options->truth_path)
                write_truth_file(feed);
        return feed->start_utc_ns - utc_ns;
}

static bool simulated_next(void *userdata, int64_t *ret_due_ns, const char **ret_data, size_t *ret_size)
{
        struct simulated_feed *feed = userdata;
        struct epoch epoch;

        if (!receiver_next(&feed->receiver, &epoch))
                return false;
        text_clear(&feed->burst);
        nmea_add_burst(&feed->burst, &epoch);
        *ret_due_ns = epoch.first_byte_utc_ns - feed->start_utc_ns;
        *ret_data = feed->burst.data;
        *ret_size = feed->burst.length;
        return true;
}

static int feed_simulated(const struct options *options)
{
        struct simulated_feed feed = {.options = options};
        struct feed_source source = {simulated_begin, simulated_next, &feed};
        int r = drive_init(&feed.drive, options->scenario);

        if (r < 0)
                return r;
        fprintf(stderr, "simulate: seed %" PRIu64 "\n", options->receiver.seed);
        r = feed_run(options->port, options->speed, &source);
        text_finish(&feed.burst);
        drive_finish(&feed.drive);
        return r;
}

struct recorded_feed {
        struct recorded *recorded;
        size_t sent;
};

static int64_t recorded_begin(void *userdata, int64_t utc_ns)
{
        return 0;
}

static bool recorded_next(void *userdata, int64_t *ret_due_ns, const char **ret_data, size_t *ret_size)
{
        struct recorded_feed *feed = userdata;
        struct recorded_burst burst;

        if (feed->sent == recorded_count(feed->recorded))
                return false;
        burst = recorded_burst(feed->recorded, feed->sent++);
        *ret_due_ns = burst.due_ns;
        *ret_data = burst.data;
        *ret_size = burst.size;
        return true;
}

static int feed_recorded(const struct options *options)
{
        struct recorded_feed feed = {0};
        struct feed_source source = {recorded_begin, recorded_next, &feed};
        int r = recorded_load(options->log, options->max_gap_s, &feed.recorded);

        if (r == -ENODATA) {
                fprintf(stderr, "simulate: %s: no NMEA sentence with a time\n", options->log);
                exit(1);
        }
        if (r < 0) {
                fprintf(stderr, "simulate: %s: %s\n", options->log, strerror(-r));
                exit(1);
        }
        r = feed_run(options->port, options->speed, &source);
        recorded_destroy(feed.recorded);
        return r;
}

static int run_feed(const struct options *options)
{
        return options->log ? feed_recorded(options) : feed_simulated(options);
}

static const struct {
        const char *name;
        int (*run)(const struct options *options);
} commands[] = {
        {"town", run_town},   {"nmea", run_nmea}, {"gpsd-json", run_gpsd_json},
        {"truth", run_truth}, {"feed", run_feed}, {"scenarios", run_scenarios},
};

int main(int argc, char **argv)
{
        struct options options;

        options_read(argc, argv, &options);
        for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
                if (strcmp(commands[i].name, options.command) == 0) {
                        int r = commands[i].run(&options);

                        if (r < 0)
                                fprintf(stderr, "simulate: %s: %s\n", options.command, strerror(-r));
                        return r < 0 ? 1 : 0;
                }
        wrong_use("there is no command \"%s\"", options.command);
}
