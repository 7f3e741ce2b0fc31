/* SPDX-License-Identifier: MIT */
#include "capture/quality_watch.h"

#include <math.h>
#include <string.h>

static const char *const flag_texts[QUALITY_FLAG_COUNT] = {
        [QUALITY_NIGHT] = "night", [QUALITY_CLIPPED] = "clipped", [QUALITY_BLURRED] = "blurred"};

static const unsigned pictures_needed[QUALITY_FLAG_COUNT] = {[QUALITY_NIGHT] = QUALITY_LIGHT_PICTURES,
                                                             [QUALITY_CLIPPED] = QUALITY_LIGHT_PICTURES,
                                                             [QUALITY_BLURRED] = QUALITY_LENS_PICTURES};

/* --- a picture --- */

/* All are false for what is NAN, and for a limit of 0. */
static bool is_dark(const struct config_quality *limits, const struct picture_quality *quality)
{
        return quality->brightness * 100 < limits->dark_percent;
}

static bool is_clipped(const struct config_quality *limits, const struct picture_quality *quality)
{
        return limits->clipped_percent > 0 && quality->clipped_share * 100 > limits->clipped_percent;
}

static bool is_blurred(const struct config_quality *limits, const struct picture_quality *quality)
{
        return quality->sharpness * 100 < limits->blurred_percent;
}

unsigned quality_flags(const struct config_quality *limits, const struct picture_quality *quality)
{
        if (is_dark(limits, quality))
                return 1U << QUALITY_NIGHT;
        return (is_clipped(limits, quality) ? 1U << QUALITY_CLIPPED : 0) |
               (is_blurred(limits, quality) ? 1U << QUALITY_BLURRED : 0);
}

const char *quality_flag_text(enum quality_flag flag)
{
        return flag_texts[flag];
}

void quality_flags_text(unsigned flags, char ret_text[static QUALITY_TEXT_SIZE])
{
        ret_text[0] = '\0';
        for (unsigned i = 0; i < QUALITY_FLAG_COUNT; i++) {
                if (!(flags & 1U << i))
                        continue;
                if (ret_text[0])
                        strcat(ret_text, ",");
                strcat(ret_text, flag_texts[i]);
        }
}

/* --- a camera --- */

/* Where there are fewer pictures yet than it takes, nothing begins. Returns whether it began or ended. */
static bool take(struct quality_condition *condition, unsigned needed, bool has_flag, int64_t captured_utc_ns)
{
        uint32_t mask = (UINT32_C(1) << needed) - 1;
        unsigned flagged;

        condition->pictures = (condition->pictures << 1 | has_flag) & mask;
        condition->known += condition->known < needed;
        flagged = (unsigned)__builtin_popcount(condition->pictures);
        if (!condition->is_on && condition->known == needed && 4 * flagged >= 3 * needed) {
                condition->is_on = true;
                condition->since_utc_ns = captured_utc_ns;
                return true;
        }
        if (condition->is_on && 4 * flagged <= needed) {
                condition->is_on = false;
                return true;
        }
        return false;
}

unsigned quality_watch_take(struct quality_watch *watch, unsigned flags, const struct picture_quality *quality,
                            int64_t captured_utc_ns)
{
        bool is_night = flags & 1U << QUALITY_NIGHT;
        const bool says[QUALITY_FLAG_COUNT] = {[QUALITY_NIGHT] = isfinite(quality->brightness),
                                               [QUALITY_CLIPPED] = isfinite(quality->clipped_share),
                                               [QUALITY_BLURRED] = isfinite(quality->sharpness) && !is_night};
        unsigned changed = 0;

        for (unsigned i = 0; i < QUALITY_FLAG_COUNT; i++)
                if (says[i] && take(&watch->conditions[i], pictures_needed[i], flags & 1U << i, captured_utc_ns))
                        changed |= 1U << i;
        watch->last = *quality;
        watch->has_last = true;
        return changed;
}

unsigned quality_watch_state(const struct quality_watch *watch)
{
        unsigned state = 0;

        for (unsigned i = 0; i < QUALITY_FLAG_COUNT; i++)
                state |= watch->conditions[i].is_on ? 1U << i : 0;
        return state;
}
