/* SPDX-License-Identifier: MIT */
/* Any bytes as a road map's columns and lines: through packed tags, the rules, the cutting at junctions, and into a network that is
 * then asked. A line of the input that begins with " is packed tags, any other is the vertices of a line with the last columns:
 * pairs of letters, steps of some 5 m east and north. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The importer is a program, not a library: its pure files are taken as they are. */
#include "cli/roads_lines.c"
#include "cli/roads_rules.c"
#include "cli/roads_tags.c"

#include "geotag/map_matcher.h"

#define POINTS_MAX 64
#define SEGMENTS_MAX 2000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, size_t size)
{
        size_t length = strnlen(text, size), i;

        if (length == size)
                abort();
        for (i = 0; i < length; i++)
                if ((unsigned char)text[i] < ' ')
                        abort();
}

/* The tags of one line, in place. */
static void read_columns(char *text, struct roads_attributes *ret_attributes)
{
        struct roads_values values = {0};
        struct roads_tag tag;
        char *cursor = text;

        while (roads_tags_next(&cursor, &tag) > 0) {
                int key = roads_key_find(tag.key, strlen(tag.key));

                if (key >= 0) {
                        values.text[key] = tag.value;
                        values.column[key] = true;
                }
        }
        roads_rules_apply(&values, ret_attributes);
        check_text(ret_attributes->source_id, sizeof(ret_attributes->source_id));
        check_text(ret_attributes->street, sizeof(ret_attributes->street));
        check_text(ret_attributes->road_class, sizeof(ret_attributes->road_class));
        check_text(ret_attributes->commune, sizeof(ret_attributes->commune));
        if (abs(ret_attributes->oneway) > 1 || abs(ret_attributes->level) > LEVEL_MAX)
                abort();
        if (ret_attributes->source_id[0] == '\0')
                strcpy(ret_attributes->source_id, "0");
}

static void read_line(struct roads_lines *lines, const struct roads_attributes *attributes, const char *text)
{
        struct road_point points[POINTS_MAX];
        size_t count = 0;

        for (; text[0] && text[1] && count < POINTS_MAX; text += 2)
                points[count++] = (struct road_point){.latitude_deg = 48.85 + ((unsigned char)text[1] - 'm') * 5e-5,
                                                      .longitude_deg = 2.35 + ((unsigned char)text[0] - 'm') * 5e-5};
        roads_lines_add(lines, attributes, points, count);
}

struct network_maker {
        struct road_builder *builder;
        size_t count;
};

static int take_segment(void *userdata, const struct road_segment *segment)
{
        struct network_maker *maker = userdata;
        struct road_segment numbered = *segment;

        if (maker->count == SEGMENTS_MAX)
                return -ENOSPC;
        numbered.id = (int64_t)++maker->count;
        /* Whatever was cut must fit the network. */
        if (segment->to_m - segment->from_m <= 0.0 || road_builder_add(maker->builder, &numbered) < 0)
                abort();
        return 0;
}

/* Drives a diagonal across the network. */
static void ask(const struct road_network *network)
{
        struct map_matcher_settings settings = {.radius_m = 40.0, .course_speed_mps = 2.0};
        struct map_observation observation = {.accuracy_m = 5.0, .course_deg = 45.0, .speed_mps = 10.0};
        struct map_matcher *matcher;
        struct map_match match;
        int i;

        if (map_matcher_create(network, &settings, &matcher) < 0)
                abort();
        for (i = -20; i <= 20; i++) {
                observation.boottime_ns += 1000000000;
                observation.travelled_m += 10.0;
                observation.latitude_deg = 48.85 + i * 6e-5;
                observation.longitude_deg = 2.35 + i * 9e-5;
                map_matcher_observe(matcher, &observation, &match);
                if (match.on_road &&
                    (!(match.confidence > 0.0 && match.confidence <= 1.0) || !isfinite(match.chainage_m)))
                        abort();
                observation.travelled_m -= 3.0;
                map_matcher_locate(matcher, &observation, &match);
                observation.travelled_m += 3.0;
        }
        map_matcher_destroy(matcher);
}

static void make_network(const struct roads_lines *lines)
{
        struct network_maker maker = {0};
        struct road_network *network;

        if (road_builder_create(&maker.builder) < 0)
                abort();
        roads_lines_split(lines, take_segment, &maker);
        if (road_builder_finish(maker.builder, "fuzz", &network) < 0)
                abort();
        ask(network);
        road_network_destroy(network);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct roads_attributes attributes = {.source_id = "0"};
        char *text = malloc(size + 1), *line, *rest;
        struct roads_lines *lines;

        if (!text || roads_lines_create(&lines) < 0)
                abort();
        memcpy(text, data, size);
        text[size] = '\0';
        rest = text;
        while ((line = strsep(&rest, "\n"))) {
                if (line[0] == '"')
                        read_columns(line, &attributes);
                else
                        read_line(lines, &attributes, line);
        }
        make_network(lines);
        roads_lines_destroy(lines);
        free(text);
        return 0;
}
