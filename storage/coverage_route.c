/* SPDX-License-Identifier: MIT */
#include "storage/coverage_route.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* A gap that could have gone through more of them is not guessed at. */
#define MAX_ARCS 2048
#define MAX_AT_NODE 16
#define NO_ARC UINT32_MAX

/* A segment in one direction, reached from another. */
struct arc {
        uint32_t segment, from; /* from: the arc before; NO_ARC for the first */
        int direction;
        double cost_m; /* to where it begins */
        bool settled;
};

struct search {
        const struct road_network *network;
        struct arc *arcs;
        uint32_t count;
        uint32_t goal;
        double goal_m, start_m, limit_m;
};

/* Where an arc begins, in chainage: the first one where the gap does. */
static double arc_from_m(const struct search *search, uint32_t arc)
{
        struct road_segment segment;

        if (search->arcs[arc].from == NO_ARC)
                return search->start_m;
        road_network_segment(search->network, search->arcs[arc].segment, &segment);
        return search->arcs[arc].direction > 0 ? segment.from_m : segment.to_m;
}

static double arc_to_m(const struct search *search, uint32_t arc)
{
        struct road_segment segment;

        road_network_segment(search->network, search->arcs[arc].segment, &segment);
        return search->arcs[arc].direction > 0 ? segment.to_m : segment.from_m;
}

/* What it takes to reach the goal by this arc; infinite when the goal is not ahead on it. */
static double cost_at_goal_m(const struct search *search, uint32_t arc)
{
        double way_m = (search->goal_m - arc_from_m(search, arc)) * search->arcs[arc].direction;

        if (search->arcs[arc].segment != search->goal || way_m < 0)
                return INFINITY;
        return search->arcs[arc].cost_m + way_m;
}

/* The cheapest arc that is not settled, or NO_ARC. There are few within a gap's length. */
static uint32_t cheapest(const struct search *search)
{
        uint32_t best = NO_ARC;

        for (uint32_t i = 0; i < search->count; i++) {
                if (!search->arcs[i].settled && (best == NO_ARC || search->arcs[i].cost_m < search->arcs[best].cost_m))
                        best = i;
        }
        return best;
}

static void reach_arc(struct search *search, uint32_t from, uint32_t segment, int direction, double cost_m)
{
        for (uint32_t i = 0; i < search->count; i++) {
                struct arc *arc = &search->arcs[i];

                if (arc->segment != segment || arc->direction != direction || arc->from == NO_ARC)
                        continue;
                if (!arc->settled && cost_m < arc->cost_m) {
                        arc->cost_m = cost_m;
                        arc->from = from;
                }
                return;
        }
        if (search->count < MAX_ARCS)
                search->arcs[search->count++] = (struct arc){segment, from, direction, cost_m, false};
}

/* To all that may be driven from where the arc ends. */
static void expand(struct search *search, uint32_t index)
{
        struct arc arc = search->arcs[index];
        double cost_m = arc.cost_m + fabs(arc_to_m(search, index) - arc_from_m(search, index));
        uint32_t node = road_network_node(search->network, arc.segment, arc.direction > 0), others[MAX_AT_NODE];
        size_t count = road_network_at_node(search->network, node, others, MAX_AT_NODE);

        if (cost_m > search->limit_m)
                return;
        for (size_t i = 0; i < count && i < MAX_AT_NODE; i++) {
                struct road_segment segment;

                road_network_segment(search->network, others[i], &segment);
                for (int end = 0; end < 2; end++) {
                        int direction = end == 0 ? 1 : -1;
                        bool back = others[i] == arc.segment && direction == -arc.direction;

                        if (road_network_node(search->network, others[i], end) == node && !back &&
                            road_segment_may_go(&segment, direction))
                                reach_arc(search, index, others[i], direction, cost_m);
                }
        }
}

/* The arc by which the goal is reached at least cost, or NO_ARC. */
static uint32_t run_search(struct search *search)
{
        double best_m = search->limit_m;
        uint32_t best = NO_ARC, next;

        while ((next = cheapest(search)) != NO_ARC && search->arcs[next].cost_m <= best_m) {
                double goal_m = cost_at_goal_m(search, next);

                search->arcs[next].settled = true;
                if (goal_m <= best_m) {
                        best_m = goal_m;
                        best = next;
                }
                expand(search, next);
        }
        return best;
}

static int write_steps(const struct search *search, uint32_t last, struct coverage_step *steps, size_t max)
{
        size_t count = 0;

        for (uint32_t i = last; i != NO_ARC; i = search->arcs[i].from) {
                if (count == max)
                        return 0;
                steps[count++] = (struct coverage_step){
                        .segment = search->arcs[i].segment,
                        .direction = search->arcs[i].direction,
                        .from_m = arc_from_m(search, i),
                        .to_m = i == last ? search->goal_m : arc_to_m(search, i),
                };
        }
        return (int)count;
}

int coverage_route(const struct road_network *network, uint32_t from, int direction, double from_m, uint32_t to,
                   double to_m, double limit_m, struct coverage_step *ret_steps, size_t max)
{
        struct search search = {
                .network = network, .goal = to, .goal_m = to_m, .start_m = from_m, .limit_m = limit_m, .count = 1};
        uint32_t last;
        int count = 0;

        search.arcs = calloc(MAX_ARCS, sizeof(*search.arcs));
        if (!search.arcs)
                return -ENOMEM;
        search.arcs[0] = (struct arc){from, NO_ARC, direction, 0, false};
        last = run_search(&search);
        if (last != NO_ARC)
                count = write_steps(&search, last, ret_steps, max);
        free(search.arcs);
        return count;
}
