/* SPDX-License-Identifier: MIT */
#include "cli/filter.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/parse.h"
#include "base/text.h"
#include "base/utc.h"

#define DAY_NS (INT64_C(86400) * NS_PER_S)
#define TIME_ALLOWED "a UTC date or time: 2026-11-23 or 2026-11-23T10:15:00Z"
#define NAMES_SHOWN 3

int filter_take_segment(struct cli *cli, const struct cli_option *option, const char *value, void *target)
{
        struct filter_options *options = target;
        int64_t segment;

        if (parse_int64(value, &segment) < 0 || segment < 1)
                return cli_bad_value(cli, option, value, "the number of a segment, 1 or more");
        options->segment = segment;
        return 0;
}

int filter_take_since(struct cli *cli, const struct cli_option *option, const char *value, void *target)
{
        struct filter_options *options = target;

        if (utc_parse(value, &options->since_utc_ns) < 0)
                return cli_bad_value(cli, option, value, TIME_ALLOWED);
        options->has_since = true;
        return 0;
}

int filter_take_until(struct cli *cli, const struct cli_option *option, const char *value, void *target)
{
        struct filter_options *options = target;

        if (utc_parse(value, &options->until_utc_ns) < 0)
                return cli_bad_value(cli, option, value, TIME_ALLOWED);
        /* Who asks until a day wants that day. */
        if (!strchr(value, 'T'))
                options->until_utc_ns += DAY_NS - 1;
        options->has_until = true;
        return 0;
}

int filter_take_bbox(struct cli *cli, const struct cli_option *option, const char *value, void *target)
{
        struct filter_options *options = target;

        if (query_bbox_parse(value, &options->bbox) < 0)
                return cli_bad_value(cli, option, value,
                                     "WEST,SOUTH,EAST,NORTH in degrees, west < east and south < north");
        options->has_bbox = true;
        return 0;
}

int filter_take_quality(struct cli *cli, const struct cli_option *option, const char *value, void *target)
{
        static const char *const words[] = {QUERY_GOOD, "night", "clipped", "blurred"};
        struct filter_options *options = target;

        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
                if (strcmp(value, words[i]) == 0) {
                        options->quality = words[i];
                        return 0;
                }
        }
        return cli_bad_value(cli, option, value, "good, night, clipped or blurred");
}

int filter_check(struct cli *cli, const struct filter_options *options)
{
        if (options->has_since && options->has_until && options->since_utc_ns > options->until_utc_ns)
                return cli_wrong_use(cli, "--since is after --until");
        return CLI_DONE;
}

/* ---- streets ---- */

static void add_name(struct text *list, const char *name)
{
        text_addf(list, "%s\"%s\"", list->length > 0 ? ", " : "", name);
}

static void say_not_found(struct cli *cli, const char *typed, const struct query_streets *all)
{
        size_t places[NAMES_SHOWN];
        size_t count = street_names_nearest(typed, (const char *const *)all->names, all->count, places, NAMES_SHOWN);
        struct text list = {0};

        for (size_t i = 0; i < count; i++)
                add_name(&list, all->names[places[i]]);
        if (all->count == 0)
                cli_error(cli, "--street: there is no street in this index; streetcap roads import brings them");
        else if (count == 0)
                cli_error(cli, "--street: no street is named like \"%s\"", typed);
        else
                cli_error(cli, "--street: no street is named like \"%s\"; did you mean %s?", typed, list.data);
        text_finish(&list);
}

/* Which streets are meant, where that is not what was typed. */
static void say_found(struct cli *cli, const char *typed, const struct filter_streets *streets)
{
        struct text list = {0};

        if (streets->count == 1 && strcmp(streets->names[0], typed) == 0)
                return;
        for (size_t i = 0; i < streets->count && i < NAMES_SHOWN; i++)
                add_name(&list, streets->names[i]);
        if (streets->count > NAMES_SHOWN)
                text_addf(&list, " and %zu more", streets->count - NAMES_SHOWN);
        cli_error(cli, "street \"%s\": %s", typed, list.data);
        text_finish(&list);
}

static int find_among(struct cli *cli, const char *typed, struct filter_streets *streets)
{
        const struct query_streets *all = &streets->all;
        size_t *places = calloc(all->count + 1, sizeof(*places));
        enum street_match match;

        streets->names = calloc(all->count + 1, sizeof(*streets->names));
        if (!places || !streets->names) {
                free(places);
                cli_error(cli, "%s", strerror(ENOMEM));
                return CLI_FAILED;
        }
        match = street_names_find(typed, (const char *const *)all->names, all->count, places, &streets->count);
        for (size_t i = 0; i < streets->count; i++)
                streets->names[i] = all->names[places[i]];
        free(places);
        if (match == STREET_NONE) {
                say_not_found(cli, typed, all);
                return CLI_FAILED;
        }
        say_found(cli, typed, streets);
        return CLI_DONE;
}

int filter_find_streets(struct cli *cli, struct index_db *index, const char *typed, struct filter_streets *ret_streets)
{
        struct filter_streets streets = {0};
        int status;

        if (query_streets_read(index, &streets.all) < 0)
                return CLI_FAILED;
        status = find_among(cli, typed, &streets);
        if (status != CLI_DONE) {
                filter_streets_finish(&streets);
                return status;
        }
        *ret_streets = streets;
        return CLI_DONE;
}

void filter_streets_finish(struct filter_streets *streets)
{
        query_streets_finish(&streets->all);
        free(streets->names);
        *streets = (struct filter_streets){0};
}

/* ---- against the index ---- */

int filter_check_run(struct cli *cli, struct index_db *index, const char *run)
{
        char nearest[40];
        int r = query_run_exists(index, run, nearest);

        if (r == 1)
                return CLI_DONE;
        if (r == 0 && nearest[0])
                cli_error(cli, "--run: there is no run \"%s\"; the nearest is %s", run, nearest);
        else if (r == 0)
                cli_error(cli, "--run: there is no run \"%s\"; the index has no run yet", run);
        return CLI_FAILED;
}

static int check_segment(struct cli *cli, struct index_db *index, int64_t segment)
{
        int r = query_segment_exists(index, segment);

        if (r == 1)
                return CLI_DONE;
        if (r == 0)
                cli_error(cli, "--segment: there is no segment %" PRId64 "; streetcap coverage --segments lists them",
                          segment);
        return CLI_FAILED;
}

int filter_resolve(struct cli *cli, struct index_db *index, const struct filter_options *options,
                   struct query_filter *ret_filter, struct filter_streets *ret_streets)
{
        int status = CLI_DONE;

        *ret_streets = (struct filter_streets){0};
        if (options->run)
                status = filter_check_run(cli, index, options->run);
        if (status == CLI_DONE && options->segment)
                status = check_segment(cli, index, options->segment);
        if (status == CLI_DONE && options->street)
                status = filter_find_streets(cli, index, options->street, ret_streets);
        if (status != CLI_DONE)
                return status;

        query_filter_init(ret_filter);
        ret_filter->run = options->run;
        ret_filter->camera = options->camera;
        ret_filter->quality = options->quality;
        ret_filter->streets = options->street ? ret_streets->names : NULL;
        ret_filter->street_count = ret_streets->count;
        ret_filter->segment = options->segment;
        if (options->has_since)
                ret_filter->since_utc_ns = options->since_utc_ns;
        if (options->has_until)
                ret_filter->until_utc_ns = options->until_utc_ns;
        ret_filter->has_bbox = options->has_bbox;
        ret_filter->bbox = options->bbox;
        return CLI_DONE;
}
