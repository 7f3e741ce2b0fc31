/* SPDX-License-Identifier: MIT */
/* The filters that runs, frames and export share: as options, and then as what storage/query.h asks with. */
#pragma once

#include "cli/cli.h"
#include "storage/query.h"

/* Zeroed, it filters nothing. */
struct filter_options {
        const char *run, *street, *camera, *quality;
        int64_t segment; /* 0: not given */
        int64_t since_utc_ns, until_utc_ns;
        bool has_since, has_until, has_bbox;
        struct query_bbox bbox;
};

/* Each takes the whole struct filter_options as its target. */
int filter_take_segment(struct cli *cli, const struct cli_option *option, const char *value, void *target);
int filter_take_since(struct cli *cli, const struct cli_option *option, const char *value, void *target);
int filter_take_until(struct cli *cli, const struct cli_option *option, const char *value, void *target);
int filter_take_quality(struct cli *cli, const struct cli_option *option, const char *value, void *target);
int filter_take_bbox(struct cli *cli, const struct cli_option *option, const char *value, void *target);

/* Rows of a table of options; member is the struct filter_options in the command's values. */
#define FILTER_OPTIONS(type, member)                                                                                   \
        {"run", 0, "NAME", "of this run", cli_take_text, offsetof(type, member.run)},                                  \
                {"camera", 0, "NAME", "of this camera", cli_take_text, offsetof(type, member.camera)},                 \
                {"street",      0,                                                                                     \
                 "NAME",        "of this street, or of those whose name has this part",                                \
                 cli_take_text, offsetof(type, member.street)},                                                        \
                {"segment", 0, "ID", "of this segment", filter_take_segment, offsetof(type, member)},                  \
                {"since",                                                                                              \
                 0,                                                                                                    \
                 "TIME",                                                                                               \
                 "taken then or later: 2026-11-23 or 2026-11-23T10:15:00Z",                                            \
                 filter_take_since,                                                                                    \
                 offsetof(type, member)},                                                                              \
                {"until",                                                                                              \
                 0,                                                                                                    \
                 "TIME",                                                                                               \
                 "taken then or earlier; a date alone is its whole day",                                               \
                 filter_take_until,                                                                                    \
                 offsetof(type, member)},                                                                              \
                {"quality",                                                                                            \
                 0,                                                                                                    \
                 "WHAT",                                                                                               \
                 "good, or with the flag night, clipped or blurred",                                                   \
                 filter_take_quality,                                                                                  \
                 offsetof(type, member)},                                                                              \
        {                                                                                                              \
                "bbox", 0, "W,S,E,N", "within these degrees", filter_take_bbox, offsetof(type, member)                 \
        }

/* What the options say on their own. CLI_DONE, or CLI_WRONG_USE with the error said. */
int filter_check(struct cli *cli, const struct filter_options *options);

/* A street as typed, found in the index. */
struct filter_streets {
        struct query_streets all;
        const char **names; /* those that are meant */
        size_t count;
};
/* CLI_DONE; CLI_FAILED when there is none, with what could be meant said. When several are meant, or it was not typed as it is, a note on
 * err says which. */
int filter_find_streets(struct cli *cli, struct index_db *index, const char *typed, struct filter_streets *ret_streets);
void filter_streets_finish(struct filter_streets *streets);

/* Is there such a run? CLI_DONE, or CLI_FAILED with the nearest said. */
int filter_check_run(struct cli *cli, struct index_db *index, const char *run);

/* The filter against this index: run, segment and street must be there. ret_streets backs the filter: finish it after the last use, whatever
 * was returned. CLI_DONE, or CLI_FAILED with the error said. */
int filter_resolve(struct cli *cli, struct index_db *index, const struct filter_options *options,
                   struct query_filter *ret_filter, struct filter_streets *ret_streets);
