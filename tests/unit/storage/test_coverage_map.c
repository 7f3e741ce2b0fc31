/* SPDX-License-Identifier: MIT */
/* Coverage of lines as no town has them. Those of towns are in tests/unit/cli/test_coverage.c. */
#include "fixture.h"

#include <math.h>
#include <stdio.h>

#include "storage/coverage_map.h"

struct piece {
        const char *source_id;
        double from_m, to_m;
        struct road_point ends[2];
};

/* Their ids count from 1; so do the network's indices from 0. */
static struct road_network *make_network(const struct piece *pieces, size_t count)
{
        struct road_builder *builder = NULL;
        struct road_network *network = NULL;

        assert_int_equal(road_builder_create(&builder), 0);
        for (size_t i = 0; i < count; i++) {
                struct road_segment segment = {
                        .id = (int64_t)i + 1,
                        .source_id = pieces[i].source_id,
                        .from_m = pieces[i].from_m,
                        .to_m = pieces[i].to_m,
                        .points = pieces[i].ends,
                        .point_count = 2,
                };

                assert_int_equal(road_builder_add(builder, &segment), 0);
        }
        assert_int_equal(road_builder_finish(builder, "", &network), 0);
        return network;
}

static double covered_m(const struct coverage_map *map, const struct piece *pieces, uint32_t index)
{
        return interval_set_covered(coverage_map_covered(map, index, 1, 0), pieces[index].from_m, pieces[index].to_m);
}

static void test_across_the_antimeridian(void **state)
{
        static const struct piece pieces[] = {
                {"A", 0, 72, {{-17, 179.99927}, {-17, 179.99995}}},
                {"B", 0, 111, {{-17, 179.99995}, {-17, -179.999}}},
        };
        struct road_network *network = make_network(pieces, 2);
        struct coverage_map *map = NULL;

        assert_int_equal(coverage_map_create(network, &map), 0);
        assert_int_equal(coverage_map_add_frame(map, "A", 1, 1, 70, 5, 1, 0), 0);
        coverage_map_settle(map);
        assert_float_equal(covered_m(map, pieces, 0), 7, 1e-6);
        assert_float_equal(covered_m(map, pieces, 1), 3, 1e-6);
        coverage_map_destroy(map);
        road_network_destroy(network);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_across_the_antimeridian),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
