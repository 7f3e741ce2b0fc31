/* SPDX-License-Identifier: MIT */
/* A forward filter over hypotheses "on this segment, driving this way" and "off the road". Each observation weighs them by
 * distance and course, and by how well the way from the hypotheses before fits the distance travelled. */
#include "geotag/map_matcher.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "geotag/geodesy.h"

#define PLACES_MAX 16
#define STATES_MAX (2 * PLACES_MAX) /* both ways of each place */
#define WAY_OPEN_MAX 128
#define WAY_NODES_MAX 96
#define WAY_NODE_SEGMENTS 12

/* Distance: what the map itself and the lane add to the receiver's error, and what stands for an unknown error. */
#define MAP_SIGMA_M 4.0
#define UNKNOWN_SIGMA_M 8.0
#define SIGMA_MAX_M 30.0
/* Course against the direction of a hypothesis; never proof alone, so it has a floor. */
#define COURSE_SIGMA_DEG 30.0
#define COURSE_FLOOR 0.02
/* Against a one-way street: on entering it, and at each observation. */
#define WRONG_WAY_ENTRY 0.05
#define WRONG_WAY_STAY 0.3
/* Way against distance travelled. A way that does not exist on the map is unlikely, never impossible: so one wrong choice, or a
 * junction missing in the map, is left behind after a few observations. */
#define WAY_SIGMA_M 8.0
#define WAY_SIGMA_PER_M 0.1
#define WAY_FLOOR 1e-3
#define WAY_LIMIT_M 400.0
#define U_TURN 0.03
/* The road is left, and found again, seldom. Off the road fits a point as well as a road some 4.5 sigma away does. */
#define OFF_EMISSION 0.01
#define OFF_ENTRY 0.02
#define OFF_LEAVE 0.05
#define OFF_FIRST 0.05
/* Less travel than this, and slow: the van stands. */
#define STANDSTILL_M 0.3

struct state {
        struct road_place place;
        int direction;
        bool wrong_way;
        double weight;
};

/* The hypotheses at one instant. Weights add up to 1 with `off`. */
struct belief {
        struct state states[STATES_MAX];
        size_t count;
        double off;
};

struct map_matcher {
        const struct road_network *network;
        struct map_matcher_settings settings;
        bool started;
        double travelled_m;
        struct belief belief;
        struct map_match match; /* of the last observation */
};

int map_matcher_create(const struct road_network *network, const struct map_matcher_settings *settings,
                       struct map_matcher **ret_matcher)
{
        struct map_matcher *matcher = calloc(1, sizeof(*matcher));

        if (!matcher)
                return -ENOMEM;
        matcher->network = network;
        matcher->settings = *settings;
        *ret_matcher = matcher;
        return 0;
}

void map_matcher_destroy(struct map_matcher *matcher)
{
        free(matcher);
}

void map_matcher_reset(struct map_matcher *matcher)
{
        matcher->started = false;
        matcher->belief.count = 0;
        matcher->match = (struct map_match){0};
}

/* --- one observation alone --- */

static double distance_weight(const struct map_observation *observation, double distance_m)
{
        double accuracy_m = isfinite(observation->accuracy_m) ? observation->accuracy_m : UNKNOWN_SIGMA_M;
        double part = distance_m / hypot(fmin(fmax(accuracy_m, 0.0), SIGMA_MAX_M), MAP_SIGMA_M);
        double tail = 1.0 + part * part / 4.0;

        /* Student's t with four degrees of freedom: a single bad fix does not outweigh all that is known. */
        return 1.0 / (tail * tail * sqrt(tail));
}

static double course_weight(const struct map_matcher *matcher, const struct map_observation *observation,
                            double bearing_deg)
{
        double part;

        if (!isfinite(observation->course_deg) || !isfinite(observation->speed_mps) ||
            observation->speed_mps < matcher->settings.course_speed_mps)
                return 1.0;
        part = angle_between(observation->course_deg, bearing_deg) / COURSE_SIGMA_DEG;
        return fmax(exp(-0.5 * part * part), COURSE_FLOOR);
}

/* Fills the belief with the hypotheses around a point, weighed by that point alone. */
static void weigh_point(const struct map_matcher *matcher, const struct map_observation *observation,
                        struct belief *belief)
{
        struct road_place places[PLACES_MAX];
        size_t count = road_network_near(matcher->network, observation->latitude_deg, observation->longitude_deg,
                                         matcher->settings.radius_m, places, PLACES_MAX);
        size_t i;
        int direction;

        belief->count = 0;
        belief->off = OFF_EMISSION;
        for (i = 0; i < count; i++) {
                double near = distance_weight(observation, places[i].distance_m);
                struct road_segment segment;

                road_network_segment(matcher->network, places[i].index, &segment);
                for (direction = 1; direction >= -1; direction -= 2) {
                        struct state *state = &belief->states[belief->count++];
                        double bearing_deg = places[i].bearing_deg + (direction < 0 ? 180.0 : 0.0);

                        *state = (struct state){
                                .place = places[i],
                                .direction = direction,
                                .wrong_way = !road_segment_may_go(&segment, direction),
                                .weight = near * course_weight(matcher, observation, bearing_deg),
                        };
                        if (state->wrong_way)
                                state->weight *= WRONG_WAY_STAY;
                }
        }
}

/* --- the way from one instant to the next --- */

static double way_weight(double way_m, double travelled_m)
{
        return exp(-fabs(way_m - travelled_m) / (WAY_SIGMA_M + WAY_SIGMA_PER_M * travelled_m));
}

/* How likely each hypothesis of `to` is, when the van was at one of the instant before and has travelled so far. Nodes are
 * passed nearest first, each once. */
struct way_step {
        uint32_t node, segment; /* reached by that segment */
        double way_m;
};

struct way_search {
        const struct road_network *network;
        double travelled_m, limit_m;
        const struct belief *to;
        double *weights; /* one for each state of `to` */
        struct way_step open[WAY_OPEN_MAX];
        size_t open_count;
        uint32_t passed[WAY_NODES_MAX];
        size_t passed_count;
};

/* The segment is entered at its end number `end` after way_m. */
static void way_enter(struct way_search *search, uint32_t index, int end, double way_m)
{
        struct road_segment segment;
        double length_m;
        size_t i;

        road_network_segment(search->network, index, &segment);
        for (i = 0; i < search->to->count; i++) {
                const struct state *state = &search->to->states[i];
                double in_m;

                if (state->place.index != index || state->direction != (end ? -1 : 1))
                        continue;
                in_m = end ? segment.to_m - state->place.chainage_m : state->place.chainage_m - segment.from_m;
                search->weights[i] = fmax(search->weights[i], way_weight(way_m + in_m, search->travelled_m));
        }
        length_m = segment.to_m - segment.from_m;
        if (way_m + length_m < search->limit_m && search->open_count < WAY_OPEN_MAX)
                search->open[search->open_count++] =
                        (struct way_step){.node = road_network_node(search->network, index, !end),
                                          .segment = index,
                                          .way_m = way_m + length_m};
}

static void way_pass_node(struct way_search *search, const struct way_step *step)
{
        uint32_t segments[WAY_NODE_SEGMENTS];
        size_t count = road_network_at_node(search->network, step->node, segments, WAY_NODE_SEGMENTS), i;

        for (i = 0; i < count && i < WAY_NODE_SEGMENTS; i++) {
                uint32_t start = road_network_node(search->network, segments[i], 0);
                uint32_t end = road_network_node(search->network, segments[i], 1);

                /* Back by where it came is a U-turn, but round a loop it is not. */
                if (segments[i] == step->segment && start != end)
                        continue;
                if (start == step->node)
                        way_enter(search, segments[i], 0, step->way_m);
                if (end == step->node)
                        way_enter(search, segments[i], 1, step->way_m);
        }
}

static bool way_take_nearest(struct way_search *search, struct way_step *ret_step)
{
        size_t nearest = 0, i;

        if (search->open_count == 0)
                return false;
        for (i = 1; i < search->open_count; i++)
                if (search->open[i].way_m < search->open[nearest].way_m)
                        nearest = i;
        *ret_step = search->open[nearest];
        search->open[nearest] = search->open[--search->open_count];
        return true;
}

static bool way_passed(const struct way_search *search, uint32_t node)
{
        size_t i;

        for (i = 0; i < search->passed_count; i++)
                if (search->passed[i] == node)
                        return true;
        return false;
}

/* Same segment: straight on, or turned back. */
static void way_same_segment(struct way_search *search, const struct state *from)
{
        size_t i;

        for (i = 0; i < search->to->count; i++) {
                const struct state *state = &search->to->states[i];
                double progress_m = from->direction * (state->place.chainage_m - from->place.chainage_m), weight;

                if (state->place.index != from->place.index)
                        continue;
                if (state->direction == from->direction)
                        weight = way_weight(progress_m, search->travelled_m);
                else
                        weight = U_TURN * way_weight(fmax(fabs(progress_m), search->travelled_m), search->travelled_m);
                search->weights[i] = fmax(search->weights[i], weight);
        }
}

static void way_search_from(struct way_search *search, const struct state *from)
{
        struct road_segment segment;
        struct way_step step;
        size_t i;

        for (i = 0; i < search->to->count; i++)
                search->weights[i] = WAY_FLOOR;
        way_same_segment(search, from);
        road_network_segment(search->network, from->place.index, &segment);
        step.node = road_network_node(search->network, from->place.index, from->direction > 0);
        step.segment = from->place.index;
        step.way_m =
                from->direction > 0 ? segment.to_m - from->place.chainage_m : from->place.chainage_m - segment.from_m;
        search->passed_count = search->open_count = 0;
        if (step.way_m < search->limit_m)
                search->open[search->open_count++] = step;
        while (search->passed_count < WAY_NODES_MAX && way_take_nearest(search, &step)) {
                if (way_passed(search, step.node))
                        continue;
                search->passed[search->passed_count++] = step.node;
                way_pass_node(search, &step);
        }
}

static struct way_search way_search_make(const struct map_matcher *matcher, const struct belief *to, double travelled_m,
                                         double *weights)
{
        return (struct way_search){
                .network = matcher->network,
                .travelled_m = travelled_m,
                .limit_m = fmin(travelled_m + 3.0 * (WAY_SIGMA_M + WAY_SIGMA_PER_M * travelled_m), WAY_LIMIT_M),
                .to = to,
                .weights = weights,
        };
}

static double entry_weight(const struct state *from, const struct state *to)
{
        return to->wrong_way && !from->wrong_way ? WRONG_WAY_ENTRY : 1.0;
}

static void normalise(struct belief *belief)
{
        double sum = belief->off;
        size_t i;

        for (i = 0; i < belief->count; i++)
                sum += belief->states[i].weight;
        for (i = 0; i < belief->count; i++)
                belief->states[i].weight /= sum;
        belief->off /= sum;
}

/* The very first point: nothing is known but itself. */
static void start_belief(struct belief *belief)
{
        size_t i;

        for (i = 0; i < belief->count; i++)
                if (belief->states[i].wrong_way)
                        belief->states[i].weight *= WRONG_WAY_ENTRY;
        belief->off *= OFF_FIRST;
        normalise(belief);
}

/* `to` came after `from`, and holds the weights of its point alone. */
static void carry_forward(const struct map_matcher *matcher, const struct belief *from, double travelled_m,
                          struct belief *to)
{
        double weights[STATES_MAX], best[STATES_MAX], best_off = from->off * (1.0 - OFF_LEAVE);
        struct way_search search = way_search_make(matcher, to, travelled_m, weights);
        size_t i, k;

        for (k = 0; k < to->count; k++)
                best[k] = from->off * OFF_LEAVE * (to->states[k].wrong_way ? WRONG_WAY_ENTRY : 1.0);
        for (i = 0; i < from->count; i++) {
                if (from->states[i].weight < 1e-9)
                        continue;
                way_search_from(&search, &from->states[i]);
                for (k = 0; k < to->count; k++)
                        best[k] = fmax(best[k], from->states[i].weight * weights[k] *
                                                        entry_weight(&from->states[i], &to->states[k]));
                best_off = fmax(best_off, from->states[i].weight * OFF_ENTRY);
        }
        for (k = 0; k < to->count; k++)
                to->states[k].weight *= best[k];
        to->off *= best_off;
        normalise(to);
}

/* `earlier` came before `later`, whose weights are known, and holds the weights of its point alone. */
static void carry_back(const struct map_matcher *matcher, const struct belief *later, double travelled_m,
                       struct belief *earlier)
{
        double weights[STATES_MAX];
        struct way_search search = way_search_make(matcher, later, travelled_m, weights);
        double best_off = later->off * (1.0 - OFF_ENTRY);
        size_t i, k;

        for (k = 0; k < earlier->count; k++) {
                double best = later->off * OFF_ENTRY;

                way_search_from(&search, &earlier->states[k]);
                for (i = 0; i < later->count; i++)
                        best = fmax(best, later->states[i].weight * weights[i]);
                earlier->states[k].weight *= best;
        }
        for (i = 0; i < later->count; i++)
                best_off = fmax(best_off, later->states[i].weight * OFF_LEAVE);
        earlier->off *= best_off;
        normalise(earlier);
}

/* --- the answer --- */

static struct map_match best_match(const struct map_matcher *matcher, const struct belief *belief)
{
        const struct state *best = NULL;
        struct road_segment segment;
        size_t i;

        for (i = 0; i < belief->count; i++)
                if (!best || belief->states[i].weight > best->weight)
                        best = &belief->states[i];
        /* The rest of the road's share counts for the road: near a junction it is spread over many hypotheses. */
        if (!best || belief->off > 0.5)
                return (struct map_match){0};
        road_network_segment(matcher->network, best->place.index, &segment);
        return (struct map_match){
                .on_road = true,
                .segment = segment.id,
                .index = best->place.index,
                .chainage_m = best->place.chainage_m,
                .direction = best->direction,
                .offset_m = best->place.offset_m,
                .confidence = best->weight,
        };
}

static bool position_known(const struct map_observation *observation)
{
        return isfinite(observation->latitude_deg) && isfinite(observation->longitude_deg);
}

static bool stands(const struct map_matcher *matcher, const struct map_observation *observation)
{
        bool slow = !isfinite(observation->speed_mps) || observation->speed_mps < matcher->settings.course_speed_mps;

        return slow && fabs(observation->travelled_m - matcher->travelled_m) < STANDSTILL_M;
}

void map_matcher_observe(struct map_matcher *matcher, const struct map_observation *observation,
                         struct map_match *ret_match)
{
        struct belief next;

        if (!matcher->network || !position_known(observation)) {
                *ret_match = (struct map_match){0};
                return;
        }
        if (matcher->started && stands(matcher, observation)) {
                *ret_match = matcher->match;
                return;
        }
        weigh_point(matcher, observation, &next);
        if (matcher->started)
                carry_forward(matcher, &matcher->belief, fmax(observation->travelled_m - matcher->travelled_m, 0.0),
                              &next);
        else
                start_belief(&next);
        matcher->belief = next;
        matcher->started = true;
        matcher->travelled_m = observation->travelled_m;
        matcher->match = best_match(matcher, &matcher->belief);
        *ret_match = matcher->match;
}

void map_matcher_locate(const struct map_matcher *matcher, const struct map_observation *observation,
                        struct map_match *ret_match)
{
        struct belief here;
        double ahead_m = observation->travelled_m - matcher->travelled_m;

        if (!matcher->network || !position_known(observation)) {
                *ret_match = (struct map_match){0};
                return;
        }
        if (matcher->started && stands(matcher, observation)) {
                *ret_match = matcher->match;
                return;
        }
        weigh_point(matcher, observation, &here);
        if (!matcher->started)
                start_belief(&here);
        else if (ahead_m >= 0.0)
                carry_forward(matcher, &matcher->belief, ahead_m, &here);
        else
                carry_back(matcher, &matcher->belief, -ahead_m, &here);
        *ret_match = best_match(matcher, &here);
}
