/* SPDX-License-Identifier: MIT */
#include "tests/unit/core/scene.h"

#include <string.h>

#include "geotag/geodesy.h"

void scene_begin(struct scene *scene, const struct leg *legs, size_t count, const struct receiver_model *model,
                 double rate_hz, double phase_s)
{
        *scene = (struct scene){.truth = truth_create(legs, count, 30)};
        play_config(&scene->config, 1);
        play_add_fixes(&scene->play, scene->truth, model, 0, truth_duration_s(scene->truth));
        play_add_frames(&scene->play, 0, rate_hz, phase_s, 0, truth_duration_s(scene->truth));
        play_add_stop(&scene->play, truth_duration_s(scene->truth) + 2);
        play_sort(&scene->play);
}

void scene_begin_plain(struct scene *scene, const struct leg *legs, size_t count)
{
        struct receiver_model model = receiver_model_exact();

        scene_begin(scene, legs, count, &model, 10, 0.023);
}

void scene_run(struct scene *scene)
{
        outcome_finish(&scene->outcome);
        play_sort(&scene->play);
        play_run(&scene->play, &scene->config, NULL, 0, &scene->outcome);
}

void scene_end(struct scene *scene)
{
        outcome_finish(&scene->outcome);
        play_finish(&scene->play);
        truth_destroy(scene->truth);
}

static struct truth_state state_at(const struct scene *scene, const struct core_decision *tag)
{
        struct truth_state state;

        truth_at(scene->truth, play_seconds(tag->tag.exposure_mid_boottime_ns), &state);
        return state;
}

double scene_travel_m(const struct scene *scene, const struct core_decision *tag)
{
        return state_at(scene, tag).travelled_m;
}

double scene_error_m(const struct scene *scene, const struct core_decision *tag)
{
        struct truth_state state = state_at(scene, tag);

        return geodesic_m(state.latitude_deg, state.longitude_deg, tag->tag.latitude_deg, tag->tag.longitude_deg);
}

size_t scene_tags_between(const struct scene *scene, double from_s, double to_s)
{
        size_t count = 0;

        for (size_t i = 0; i < scene->outcome.count; i++) {
                const struct core_decision *d = &scene->outcome.decisions[i];
                double at_s = play_seconds(d->tag.exposure_mid_boottime_ns);

                count += d->kind == CORE_TAG && at_s >= from_s && at_s <= to_s;
        }
        return count;
}

size_t scene_verdicts(const struct scene *scene, const char *verdict)
{
        size_t count = 0;

        for (size_t i = 0; i < scene->outcome.count; i++)
                count += scene->outcome.decisions[i].kind == CORE_FIX &&
                         strcmp(scene->outcome.decisions[i].verdict, verdict) == 0;
        return count;
}
