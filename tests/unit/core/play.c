/* SPDX-License-Identifier: MIT */
#include "tests/unit/core/play.h"

#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "geotag/geodesy.h"
#include "tests/simulate/random.h"

#define FRAME_DELAY_NS (40 * NS_PER_MS)
#define WANDER_S 30.0

void play_finish(struct play *play)
{
        free(play->told);
        *play = (struct play){0};
}

struct told *play_add(struct play *play, enum told_kind kind, int64_t boottime_ns)
{
        if (play->count == play->capacity) {
                struct told *told;

                play->capacity = play->capacity ? play->capacity * 2 : 256;
                told = realloc(play->told, play->capacity * sizeof(*told));
                assert_non_null(told);
                play->told = told;
        }
        play->told[play->count] = (struct told){.kind = kind, .boottime_ns = boottime_ns};
        return &play->told[play->count++];
}

static size_t merge(struct told *into, const struct told *a, size_t a_count, const struct told *b, size_t b_count)
{
        size_t i = 0, k = 0, n = 0;

        while (i < a_count || k < b_count)
                into[n++] = k == b_count || (i < a_count && a[i].boottime_ns <= b[k].boottime_ns) ? a[i++] : b[k++];
        return n;
}

static void sort(struct told *told, struct told *spare, size_t count)
{
        size_t half = count / 2;

        if (count < 2)
                return;
        sort(told, spare, half);
        sort(told + half, spare, count - half);
        memcpy(told, spare, merge(spare, told, half, told + half, count - half) * sizeof(*told));
}

void play_sort(struct play *play)
{
        struct told *spare = calloc(play->count + 1, sizeof(*spare));

        assert_non_null(spare);
        sort(play->told, spare, play->count);
        free(spare);
}

int64_t play_boottime_ns(double t_s)
{
        return PLAY_BOOTTIME_NS + (int64_t)llround(t_s * 1e9);
}

double play_seconds(int64_t boottime_ns)
{
        return (double)(boottime_ns - PLAY_BOOTTIME_NS) / 1e9;
}

struct receiver_model receiver_model_exact(void)
{
        return (struct receiver_model){.rate_hz = 1, .latency_s = 0.1, .seed = 1};
}

/* The velocity that the receiver measures; a course out of noise alone where the van stands. */
static void measure_velocity(struct fix *fix, const struct truth_state *state, double sigma_mps, struct random *random)
{
        double course_rad = state->course_deg * (M_PI / 180.0);
        double east_mps = state->speed_mps * sin(course_rad) + sigma_mps * random_normal(random);
        double north_mps = state->speed_mps * cos(course_rad) + sigma_mps * random_normal(random);

        fix->speed_mps = hypot(east_mps, north_mps);
        fix->valid |= FIX_SPEED;
        if (fix->speed_mps > 0) {
                fix->course_deg = angle_wrap_360(atan2(east_mps, north_mps) * (180.0 / M_PI));
                fix->valid |= FIX_COURSE;
        }
}

void play_add_fixes(struct play *play, const struct truth *truth, const struct receiver_model *model, double from_s,
                    double to_s)
{
        double error_m[2], keep = exp(-1.0 / (model->rate_hz * WANDER_S));
        struct random random;

        random_init(&random, model->seed);
        for (int axis = 0; axis < 2; axis++)
                error_m[axis] = model->position_sigma_m * random_normal(&random);
        for (int64_t i = (int64_t)ceil(from_s * model->rate_hz - 1e-9); (double)i <= to_s * model->rate_hz; i++) {
                double t_s = (double)i / model->rate_hz;
                double late_s =
                        model->latency_s + (model->jitter_s > 0 ? model->jitter_s * random_exponential(&random) : 0);
                struct told *told = play_add(play, TOLD_REPORT, play_boottime_ns(t_s + late_s));
                struct fix *fix = &told->report.fix;
                struct truth_state state;
                struct plane plane;

                for (int axis = 0; axis < 2; axis++)
                        error_m[axis] = keep * error_m[axis] +
                                        sqrt(1 - keep * keep) * model->position_sigma_m * random_normal(&random);
                truth_at(truth, t_s, &state);
                plane_init(&plane, state.latitude_deg, state.longitude_deg);
                told->report.kind = GPSD_REPORT_FIX;
                *fix = (struct fix){.valid = FIX_TIME | FIX_POSITION | FIX_ALTITUDE_HAE | FIX_ALTITUDE_MSL | FIX_EPH |
                                             FIX_HDOP,
                                    .mode = 3,
                                    .status = 1,
                                    .utc_ns = PLAY_UTC_NS + (int64_t)llround(t_s * 1e9),
                                    .altitude_msl_m = 120,
                                    .altitude_hae_m = 166,
                                    .eph_m = 2.5,
                                    .hdop = 0.9,
                                    .epv_m = NAN,
                                    .eps_mps = NAN};
                plane_to_geodetic(&plane, error_m[0], error_m[1], &fix->latitude_deg, &fix->longitude_deg);
                measure_velocity(fix, &state, model->speed_sigma_mps, &random);
        }
        /* A receiver speaks in order, however late. */
        for (size_t i = 1; i < play->count; i++)
                if (play->told[i].kind == TOLD_REPORT && play->told[i - 1].kind == TOLD_REPORT &&
                    play->told[i].boottime_ns < play->told[i - 1].boottime_ns)
                        play->told[i].boottime_ns = play->told[i - 1].boottime_ns;
}

void play_add_frames(struct play *play, unsigned camera, double rate_hz, double phase_s, double from_s, double to_s)
{
        for (uint64_t i = 0; from_s + phase_s + (double)i / rate_hz <= to_s; i++) {
                int64_t mid_ns = play_boottime_ns(from_s + phase_s + (double)i / rate_hz);
                struct told *told = play_add(play, TOLD_FRAME, mid_ns + FRAME_DELAY_NS);

                told->camera = camera;
                told->number = i + 1;
                told->mid_boottime_ns = mid_ns;
        }
}

void play_add_stop(struct play *play, double at_s)
{
        play_add(play, TOLD_STOP, play_boottime_ns(at_s));
}

struct fix *play_fix_at(struct play *play, double t_s)
{
        int64_t utc_ns = PLAY_UTC_NS + (int64_t)llround(t_s * 1e9);
        struct fix *best = NULL;

        for (size_t i = 0; i < play->count; i++) {
                struct fix *fix = &play->told[i].report.fix;

                if (play->told[i].kind == TOLD_REPORT &&
                    (!best || llabs(fix->utc_ns - utc_ns) < llabs(best->utc_ns - utc_ns)))
                        best = fix;
        }
        assert_non_null(best);
        return best;
}

void play_drop(struct play *play, enum told_kind kind, double from_s, double to_s)
{
        size_t kept = 0;

        for (size_t i = 0; i < play->count; i++) {
                double at_s = play_seconds(play->told[i].boottime_ns);

                if (play->told[i].kind != kind || at_s < from_s || at_s >= to_s)
                        play->told[kept++] = play->told[i];
        }
        play->count = kept;
}

/* --- the core --- */

void outcome_finish(struct outcome *outcome)
{
        free(outcome->decisions);
        *outcome = (struct outcome){0};
}

static void keep_decision(struct outcome *outcome, const struct core_decision *decision)
{
        if (outcome->count == outcome->capacity) {
                struct core_decision *decisions;

                outcome->capacity = outcome->capacity ? outcome->capacity * 2 : 256;
                decisions = realloc(outcome->decisions, outcome->capacity * sizeof(*decisions));
                assert_non_null(decisions);
                outcome->decisions = decisions;
        }
        outcome->decisions[outcome->count++] = *decision;
}

static void drain(struct core *core, struct outcome *outcome, int64_t now_ns)
{
        struct core_decision decision;

        while (core_next(core, &decision)) {
                assert_true(decision.boottime_ns <= now_ns);
                keep_decision(outcome, &decision);
                if (decision.kind == CORE_RUN_END)
                        core_reset(core);
        }
}

static void tell(struct core *core, const struct told *told)
{
        switch (told->kind) {
        case TOLD_REPORT:
                core_report(core, &told->report, told->realtime_minus_boottime_ns, told->boottime_ns);
                break;
        case TOLD_FRAME:
                core_frame(core, told->camera,
                           &(struct frame_info){.number = told->number,
                                                .exposure_mid_boottime_ns = told->mid_boottime_ns,
                                                .gain = NAN,
                                                .ring_frames = told->ring_frames},
                           told->boottime_ns);
                break;
        case TOLD_LOST:
                core_lost(core, told->camera, told->number, told->mid_boottime_ns, told->reason, told->boottime_ns);
                break;
        case TOLD_CONFIG:
                core_configure(core, told->config, told->boottime_ns);
                break;
        case TOLD_STOP:
                core_stop(core, told->boottime_ns);
                break;
        }
}

/* What holds in every run, whatever the receiver and the cameras do. */
static void check_always(const struct outcome *outcome)
{
        uint64_t asked[CONFIG_MAX_CAMERAS] = {0}, tagged[CONFIG_MAX_CAMERAS] = {0}, sequence[CONFIG_MAX_CAMERAS] = {0};
        int64_t captured_ns[CONFIG_MAX_CAMERAS] = {0}, mid_ns[CONFIG_MAX_CAMERAS] = {0}, mark[CONFIG_MAX_CAMERAS];
        bool open = false;

        for (size_t i = 0; i < outcome->count; i++) {
                const struct core_decision *d = &outcome->decisions[i];
                unsigned c = d->camera;

                switch (d->kind) {
                case CORE_RUN_BEGIN:
                        assert_false(open);
                        open = true;
                        for (unsigned k = 0; k < CONFIG_MAX_CAMERAS; k++) {
                                asked[k] = tagged[k] = sequence[k] = 0;
                                captured_ns[k] = mid_ns[k] = INT64_MIN;
                                mark[k] = -1;
                        }
                        break;
                case CORE_RUN_END:
                        assert_true(open);
                        open = false;
                        break;
                case CORE_ENCODE:
                        assert_true(open);
                        assert_true(d->frame_number > asked[c]); /* asked for once */
                        asked[c] = d->frame_number;
                        break;
                case CORE_TAG:
                        assert_true(open);
                        assert_true(d->frame_number > tagged[c] && d->frame_number <= asked[c]);
                        tagged[c] = d->frame_number;
                        assert_int_equal(d->tag.sequence, ++sequence[c]);
                        assert_true(d->tag.captured_utc_ns / NS_PER_MS > captured_ns[c] / NS_PER_MS);
                        captured_ns[c] = d->tag.captured_utc_ns;
                        assert_true(d->tag.exposure_mid_boottime_ns > mid_ns[c]);
                        mid_ns[c] = d->tag.exposure_mid_boottime_ns;
                        assert_true(d->tag.mark > mark[c]);
                        mark[c] = d->tag.mark;
                        assert_true(isfinite(d->tag.latitude_deg) && isfinite(d->tag.longitude_deg));
                        assert_true(d->tag.position_source == POSITION_INTERPOLATED ||
                                    d->tag.position_source == POSITION_EXTRAPOLATED);
                        break;
                case CORE_DISCARD:
                case CORE_GAP:
                case CORE_FIX:
                        assert_true(open);
                        break;
                case CORE_NOTE:
                        break;
                }
        }
}

void play_tell(const struct play *play, struct core *core, uint64_t extra_seed, struct outcome *ret_outcome)
{
        struct random random;
        int64_t now_ns = 0;

        *ret_outcome = (struct outcome){0};
        random_init(&random, extra_seed);
        for (size_t i = 0; i < play->count; i++) {
                const struct told *told = &play->told[i];

                assert_true(told->boottime_ns >= now_ns);
                while (extra_seed && random_uniform(&random) < 0.6) {
                        double share = random_uniform(&random);

                        now_ns += (int64_t)(share * (double)(told->boottime_ns - now_ns));
                        core_advance(core, now_ns);
                        assert_true(core_deadline_boottime_ns(core) > now_ns); /* nothing that has fallen due is left */
                        drain(core, ret_outcome, now_ns);
                }
                now_ns = told->boottime_ns;
                if (told->kind == TOLD_STOP)
                        core_get_status(core, &ret_outcome->status);
                /* As the drivers do: what comes after the end of a run is the next one's. */
                core_advance(core, now_ns);
                drain(core, ret_outcome, now_ns);
                tell(core, told);
                drain(core, ret_outcome, now_ns);
        }
        if (play->count == 0 || play->told[play->count - 1].kind != TOLD_STOP)
                core_get_status(core, &ret_outcome->status);
        check_always(ret_outcome);
}

void play_run(const struct play *play, const struct config *config, const struct road_network *network,
              uint64_t extra_seed, struct outcome *ret_outcome)
{
        struct core *core;

        assert_int_equal(core_create(config, network, &core), 0);
        play_tell(play, core, extra_seed, ret_outcome);
        core_destroy(core);
}

size_t outcome_count(const struct outcome *outcome, enum core_decision_kind kind)
{
        size_t count = 0;

        for (size_t i = 0; i < outcome->count; i++)
                count += outcome->decisions[i].kind == kind;
        return count;
}

const struct core_decision *outcome_nth(const struct outcome *outcome, enum core_decision_kind kind, size_t n)
{
        for (size_t i = 0; i < outcome->count; i++)
                if (outcome->decisions[i].kind == kind && n-- == 0)
                        return &outcome->decisions[i];
        return NULL;
}

size_t outcome_gaps(const struct outcome *outcome, struct gap *gaps, size_t max)
{
        size_t count = 0;

        for (size_t i = 0; i < outcome->count; i++) {
                const struct gap *gap = &outcome->decisions[i].gap;

                if (outcome->decisions[i].kind != CORE_GAP)
                        continue;
                assert_true(gap->number >= 1 && gap->number <= count + 1); /* numbered without holes */
                if (gap->number > count)
                        count = gap->number;
                if (gap->number <= max)
                        gaps[gap->number - 1] = *gap;
        }
        return count;
}

static void print_tag(const struct picture_tag *tag, struct text *text)
{
        text_addf(
                text,
                " sequence %" PRIu64 " mark %" PRId64 " utc %" PRId64 " mid %" PRId64 " exposure %" PRId64
                " gain %.17g source %d at %.17g %.17g msl %.17g hae %.17g speed %.17g course %.17g heading %.17g view %.17g"
                " reversing %d accuracy %.17g hdop %.17g mode %d status %d satellites %d travelled %.17g road %d %" PRId64
                " %.17g %d %.17g %.17g %s %s %s",
                tag->sequence, tag->mark, tag->captured_utc_ns, tag->exposure_mid_boottime_ns, tag->exposure_ns,
                tag->gain, tag->position_source, tag->latitude_deg, tag->longitude_deg, tag->altitude_msl_m,
                tag->altitude_hae_m, tag->speed_mps, tag->course_deg, tag->heading_deg, tag->image_direction_deg,
                tag->reversing, tag->accuracy_m, tag->hdop, tag->fix_mode, tag->fix_status, tag->satellites_used,
                tag->travelled_m, tag->match.on_road, tag->match.segment, tag->match.chainage_m, tag->match.direction,
                tag->match.offset_m, tag->match.confidence, tag->source_id, tag->street, tag->network_version);
}

static void print_gap(const struct gap *gap, struct text *text)
{
        text_addf(text,
                  " gap %" PRIu64 " %s %" PRId64 " %" PRId64 " metres %.17g marks %" PRIu64 " %d %" PRId64
                  " %.17g %d %" PRId64 " %.17g %s",
                  gap->number, gap_reason_text(gap->reason), gap->from_utc_ns, gap->to_utc_ns, gap->metres, gap->marks,
                  gap->from.on_road, gap->from.segment, gap->from.chainage_m, gap->to.on_road, gap->to.segment,
                  gap->to.chainage_m, gap->source_id);
}

void outcome_print(const struct outcome *outcome, struct text *text)
{
        static const char *const kinds[] = {"begin", "fix", "encode", "tag", "discard", "gap", "end", "note"};

        for (size_t i = 0; i < outcome->count; i++) {
                const struct core_decision *d = &outcome->decisions[i];

                text_addf(text, "%s due %" PRId64 " camera %u frame %" PRIu64 " utc %" PRId64 " travelled %.17g",
                          kinds[d->kind], d->boottime_ns, d->camera, d->frame_number, d->utc_ns, d->travelled_m);
                if (d->kind == CORE_TAG)
                        print_tag(&d->tag, text);
                if (d->kind == CORE_GAP)
                        print_gap(&d->gap, text);
                if (d->kind == CORE_FIX)
                        text_addf(text, " epoch %" PRId64 " arrival %" PRId64 " %s", d->fix.utc_ns,
                                  d->arrival_boottime_ns, d->verdict);
                text_addf(text, " %s\n", d->note);
        }
}

void play_config(struct config *ret_config, unsigned cameras)
{
        config_defaults(ret_config);
        ret_config->camera_count = cameras;
        for (unsigned i = 1; i < cameras; i++) {
                ret_config->cameras[i] = ret_config->cameras[0];
                snprintf(ret_config->cameras[i].name, sizeof(ret_config->cameras[i].name), "camera%u", i);
        }
}

static double true_travel_m(const struct truth *truth, int64_t boottime_ns)
{
        struct truth_state state;

        truth_at(truth, play_seconds(boottime_ns), &state);
        return state.travelled_m;
}

double outcome_spacing_rms_m(const struct outcome *outcome, const struct truth *truth, unsigned camera,
                             double spacing_m, double from_s, double to_s)
{
        double sum = 0, before_m = NAN;
        size_t count = 0;

        for (size_t i = 0; i < outcome->count; i++) {
                const struct core_decision *d = &outcome->decisions[i];
                double at_s = play_seconds(d->tag.exposure_mid_boottime_ns), at_m;

                if (d->kind != CORE_TAG || d->camera != camera || at_s < from_s || at_s > to_s)
                        continue;
                at_m = true_travel_m(truth, d->tag.exposure_mid_boottime_ns);
                if (isfinite(before_m)) {
                        sum += (at_m - before_m - spacing_m) * (at_m - before_m - spacing_m);
                        count++;
                }
                before_m = at_m;
        }
        assert_true(count > 0);
        return sqrt(sum / (double)count);
}

double play_limit_rms_m(const struct play *play, const struct truth *truth, unsigned camera, double spacing_m,
                        double first_m, double from_s, double to_s)
{
        double sum = 0, before_m = NAN, last_m = true_travel_m(truth, play_boottime_ns(to_s));
        size_t count = 0;

        for (double mark_m = first_m; mark_m <= last_m; mark_m += spacing_m) {
                int64_t crossing_ns = play_boottime_ns(truth_when_s(truth, mark_m)), best_ns = INT64_MAX;
                double at_m;

                if (crossing_ns < play_boottime_ns(from_s))
                        continue;
                for (size_t i = 0; i < play->count; i++)
                        if (play->told[i].kind == TOLD_FRAME && play->told[i].camera == camera &&
                            llabs(play->told[i].mid_boottime_ns - crossing_ns) < llabs(best_ns - crossing_ns))
                                best_ns = play->told[i].mid_boottime_ns;
                at_m = true_travel_m(truth, best_ns);
                if (isfinite(before_m)) {
                        sum += (at_m - before_m - spacing_m) * (at_m - before_m - spacing_m);
                        count++;
                }
                before_m = at_m;
        }
        assert_true(count > 0);
        return sqrt(sum / (double)count);
}

uint64_t play_seed(uint64_t seed)
{
        const char *text = getenv("STREETCAP_TEST_SEED");

        if (text)
                seed = strtoull(text, NULL, 10);
        print_message("seed %" PRIu64 " (STREETCAP_TEST_SEED sets another)\n", seed);
        return seed;
}
