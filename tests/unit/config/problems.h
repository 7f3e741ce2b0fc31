/* SPDX-License-Identifier: MIT */
/* Collects the problems that loading reports, for comparison with what is wanted. */
#pragma once

#include "base/text.h"

struct problems {
        struct text lines; /* each with a newline at its end */
};

static inline void problems_take(void *userdata, const char *line)
{
        struct problems *problems = userdata;

        text_addf(&problems->lines, "%s\n", line);
}

static inline const char *problems_text(const struct problems *problems)
{
        return problems->lines.data ? problems->lines.data : "";
}
