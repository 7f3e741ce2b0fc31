/* SPDX-License-Identifier: MIT */
#include "capture/sensor_clock.h"

#include <string.h>

#include "base/clock.h"

#define CLOCKS 3
#define EARLY_NS (2 * NS_PER_MS) /* that a stamp may lie ahead: the clocks are read one after the other */
#define AGE_NS NS_PER_S          /* that a frame may have when it arrives, or 4 frames */
#define STEP_NS (20 * NS_PER_MS) /* of an offset: less is of reading the clocks, or of slewing */
#define DURATION_NS (33 * NS_PER_MS)
#define MEAN_OF 16 /* frames */

enum fit { FITS, MISSING, REPEATED, FUTURE, TOO_OLD, DOUBTFUL, STEPPED_BACK };

const char *sensor_clock_base_text(enum sensor_clock_base base)
{
        static const char *const texts[] = {"BOOTTIME", "MONOTONIC", "REALTIME", "arrival"};

        return texts[base];
}

void sensor_clock_init(struct sensor_clock *clock)
{
        memset(clock, 0, sizeof(*clock));
        clock->base = clock->report.base = SENSOR_CLOCK_ARRIVAL;
}

static int64_t duration_ns(const struct sensor_clock_frame *frame)
{
        return frame->frame_duration_ns > 0 ? frame->frame_duration_ns : DURATION_NS;
}

static int64_t boottime_under(const struct sensor_clock *clock, const struct sensor_clock_frame *frame, unsigned under)
{
        return frame->stamp_ns + clock->offset_ns[under];
}

/* --- the clocks against each other --- */

/* Two clocks told the same until now; which one it was shows from here on. */
static void notice_sleep(struct sensor_clock *clock, const struct sensor_clock_frame *frame)
{
        clock->doubtful_until_ns[SENSOR_CLOCK_MONOTONIC] = frame->now_monotonic_ns;
        memset(clock->run, 0, sizeof(clock->run));
        if (clock->report.ambiguous)
                clock->chosen = false;
}

/* The time asleep only grows; where it seems to be less, whoever read the clocks was interrupted between them. */
static void read_clocks(struct sensor_clock *clock, const struct sensor_clock_frame *frame)
{
        int64_t asleep_ns = frame->now_boottime_ns - frame->now_monotonic_ns;
        int64_t realtime_ns = frame->now_boottime_ns - frame->now_realtime_ns;
        int64_t set_ns = realtime_ns - clock->offset_ns[SENSOR_CLOCK_REALTIME];
        bool first = clock->report.frames == 0;

        if (!first && asleep_ns > clock->offset_ns[SENSOR_CLOCK_MONOTONIC] + STEP_NS)
                notice_sleep(clock, frame);
        if (first || asleep_ns > clock->offset_ns[SENSOR_CLOCK_MONOTONIC])
                clock->offset_ns[SENSOR_CLOCK_MONOTONIC] = asleep_ns;
        if (!first && (set_ns > STEP_NS || set_ns < -STEP_NS))
                clock->doubtful_until_ns[SENSOR_CLOCK_REALTIME] = frame->now_realtime_ns;
        clock->offset_ns[SENSOR_CLOCK_REALTIME] = realtime_ns;
        clock->report.asleep_ns = clock->offset_ns[SENSOR_CLOCK_MONOTONIC];
        clock->report.frames++;
}

/* --- the stamp against the clocks --- */

/* last_boottime_ns: what it must be later than. */
static enum fit judge(const struct sensor_clock *clock, const struct sensor_clock_frame *frame, unsigned under,
                      int64_t last_boottime_ns)
{
        int64_t age_ns = frame->now_boottime_ns - boottime_under(clock, frame, under);
        int64_t age_max_ns = 4 * duration_ns(frame) > AGE_NS ? 4 * duration_ns(frame) : AGE_NS;

        if (frame->stamp_ns <= 0)
                return MISSING;
        if (frame->stamp_ns == clock->seen_stamp_ns)
                return REPEATED;
        if (age_ns < -EARLY_NS)
                return FUTURE;
        if (age_ns > age_max_ns)
                return TOO_OLD;
        if (frame->stamp_ns <= clock->doubtful_until_ns[under])
                return DOUBTFUL;
        return boottime_under(clock, frame, under) <= last_boottime_ns ? STEPPED_BACK : FITS;
}

static void follow_runs(struct sensor_clock *clock, const struct sensor_clock_frame *frame)
{
        for (unsigned i = 0; i < CLOCKS; i++) {
                int64_t age_ns = frame->now_boottime_ns - boottime_under(clock, frame, i);
                bool fits = judge(clock, frame, i, clock->seen_boottime_ns[i]) == FITS;

                if (fits && (clock->run[i] == 0 || age_ns < clock->run_age_ns[i]))
                        clock->run_age_ns[i] = age_ns;
                clock->run[i] = fits ? clock->run[i] + 1 : 0;
                clock->seen_boottime_ns[i] = boottime_under(clock, frame, i);
        }
}

/* Of those that fit that many frames: the one under which they are younger by more than reading the clocks makes, BOOTTIME first and
 * REALTIME last. SENSOR_CLOCK_ARRIVAL: none. */
static enum sensor_clock_base best(const struct sensor_clock *clock, unsigned frames)
{
        const unsigned *run = clock->run;
        bool boottime = run[SENSOR_CLOCK_BOOTTIME] >= frames, monotonic = run[SENSOR_CLOCK_MONOTONIC] >= frames;

        if (boottime && monotonic)
                return clock->run_age_ns[SENSOR_CLOCK_MONOTONIC] + EARLY_NS < clock->run_age_ns[SENSOR_CLOCK_BOOTTIME]
                               ? SENSOR_CLOCK_MONOTONIC
                               : SENSOR_CLOCK_BOOTTIME;
        if (boottime || monotonic)
                return boottime ? SENSOR_CLOCK_BOOTTIME : SENSOR_CLOCK_MONOTONIC;
        return run[SENSOR_CLOCK_REALTIME] >= frames ? SENSOR_CLOCK_REALTIME : SENSOR_CLOCK_ARRIVAL;
}

static void set_base(struct sensor_clock *clock, enum sensor_clock_base base)
{
        clock->wrong = 0;
        if (clock->chosen && clock->base == base)
                return;
        if (clock->ever_chosen && clock->base != base)
                clock->report.changes++;
        if (base == SENSOR_CLOCK_ARRIVAL && clock->agreed >= SENSOR_CLOCK_SETTLE)
                clock->usual_age_ns = clock->report.age_mean_ns;
        clock->base = base;
        clock->chosen = clock->ever_chosen = true;
        clock->agreed = 0;
        clock->report.age_min_ns = clock->report.age_mean_ns = 0;
        clock->report.ambiguous = false;
}

/* A frame that may be from before a sleep says nothing of the clocks. A camera that gives no stamp at first will give none; one that
 * gives strange ones may yet give others. */
static void choose_first(struct sensor_clock *clock, const struct sensor_clock_frame *frame)
{
        bool doubtful = judge(clock, frame, SENSOR_CLOCK_MONOTONIC, INT64_MIN) == DOUBTFUL;
        enum sensor_clock_base base = doubtful ? SENSOR_CLOCK_ARRIVAL : best(clock, 1);

        if (base != SENSOR_CLOCK_ARRIVAL || (frame->stamp_ns <= 0 && !clock->ever_chosen) ||
            clock->wrong + 1 >= SENSOR_CLOCK_PATIENCE)
                set_base(clock, base);
}

static void choose(struct sensor_clock *clock, const struct sensor_clock_frame *frame)
{
        if (!clock->chosen)
                choose_first(clock, frame);
        else if (clock->base == SENSOR_CLOCK_ARRIVAL || clock->wrong >= SENSOR_CLOCK_PATIENCE)
                set_base(clock, best(clock, SENSOR_CLOCK_SETTLE));
}

/* --- what becomes of the frame --- */

static enum sensor_clock_verdict drop(struct sensor_clock *clock, enum fit fit, struct sensor_clock_stamp *ret_stamp)
{
        static const char *const problems[] = {
                [MISSING] = "it has no time stamp",
                [REPEATED] = "its time stamp repeats",
                [FUTURE] = "its time stamp lies in the future",
                [TOO_OLD] = "its time stamp is too old",
                [DOUBTFUL] = "its time stamp is from before the board slept or the clock was set",
                [STEPPED_BACK] = "its time stamp steps back",
        };
        struct sensor_clock_report *report = &clock->report;
        uint64_t *const counts[] = {
                [MISSING] = &report->missing, [REPEATED] = &report->repeated, [FUTURE] = &report->future,
                [TOO_OLD] = &report->too_old, [DOUBTFUL] = &report->doubtful, [STEPPED_BACK] = &report->stepped_back,
        };

        clock->wrong++;
        ++*counts[fit];
        ret_stamp->problem = problems[fit];
        return SENSOR_CLOCK_DROP;
}

static void note_age(struct sensor_clock *clock, int64_t age_ns)
{
        struct sensor_clock_report *report = &clock->report;

        if (clock->agreed == 0 || age_ns < report->age_min_ns)
                report->age_min_ns = age_ns;
        report->age_mean_ns =
                clock->agreed == 0 ? age_ns : report->age_mean_ns + (age_ns - report->age_mean_ns) / MEAN_OF;
        if (clock->agreed < SENSOR_CLOCK_SETTLE)
                clock->agreed++;
        clock->wrong = 0;
}

static enum sensor_clock_verdict take(struct sensor_clock *clock, const struct sensor_clock_frame *frame,
                                      struct sensor_clock_stamp *ret_stamp)
{
        ret_stamp->boottime_ns = boottime_under(clock, frame, clock->base);
        note_age(clock, frame->now_boottime_ns - ret_stamp->boottime_ns);
        clock->report.ambiguous = clock->run[SENSOR_CLOCK_BOOTTIME] > 0 && clock->run[SENSOR_CLOCK_MONOTONIC] > 0;
        return SENSOR_CLOCK_TAKEN;
}

static enum sensor_clock_verdict estimate(struct sensor_clock *clock, const struct sensor_clock_frame *frame,
                                          struct sensor_clock_stamp *ret_stamp)
{
        int64_t exposure_ns = frame->exposure_ns > 0 ? frame->exposure_ns : duration_ns(frame) / 2;
        int64_t age_ns = clock->usual_age_ns > 0 ? clock->usual_age_ns : exposure_ns + duration_ns(frame);

        ret_stamp->boottime_ns = frame->now_boottime_ns - age_ns;
        if (ret_stamp->boottime_ns <= clock->last_boottime_ns) /* two that arrive in one burst */
                ret_stamp->boottime_ns = clock->last_boottime_ns + 1;
        note_age(clock, age_ns);
        clock->report.estimated++;
        return SENSOR_CLOCK_ESTIMATED;
}

enum sensor_clock_verdict sensor_clock_observe(struct sensor_clock *clock, const struct sensor_clock_frame *frame,
                                               struct sensor_clock_stamp *ret_stamp)
{
        enum sensor_clock_verdict verdict;
        enum fit fit = FITS;

        *ret_stamp = (struct sensor_clock_stamp){.problem = ""};
        read_clocks(clock, frame);
        follow_runs(clock, frame);
        choose(clock, frame);
        if (!clock->chosen) /* it fits none: why not, of the likeliest */
                fit = judge(clock, frame, SENSOR_CLOCK_MONOTONIC, INT64_MAX);
        else if (clock->base != SENSOR_CLOCK_ARRIVAL)
                fit = judge(clock, frame, clock->base, clock->last_boottime_ns);

        if (fit != FITS)
                verdict = drop(clock, fit, ret_stamp);
        else if (clock->base == SENSOR_CLOCK_ARRIVAL)
                verdict = estimate(clock, frame, ret_stamp);
        else
                verdict = take(clock, frame, ret_stamp);
        clock->seen_stamp_ns = frame->stamp_ns;
        if (verdict != SENSOR_CLOCK_DROP)
                clock->last_boottime_ns = ret_stamp->boottime_ns;
        return verdict;
}

void sensor_clock_get_report(const struct sensor_clock *clock, struct sensor_clock_report *ret_report)
{
        *ret_report = clock->report;
        ret_report->base = clock->base;
        ret_report->settled = clock->chosen && clock->agreed >= SENSOR_CLOCK_SETTLE;
        ret_report->offset_ns = clock->base == SENSOR_CLOCK_ARRIVAL ? 0 : clock->offset_ns[clock->base];
}

int64_t sensor_clock_exposure_mid_boottime_ns(int64_t boottime_ns, int64_t exposure_ns, int64_t frame_duration_ns,
                                              int64_t readout_ns, int64_t offset_ns)
{
        if (exposure_ns <= 0)
                exposure_ns = frame_duration_ns / 2;
        return boottime_ns + exposure_ns / 2 + readout_ns / 2 + offset_ns;
}
