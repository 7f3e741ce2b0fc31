/* SPDX-License-Identifier: MIT */
/* Tags that GDAL packs into one column of an OpenStreetMap layer: "key"=>"value","key"=>"value", with \ before " and \. Pure. */
#pragma once

#include <stddef.h>

struct roads_tag {
        const char *key, *value;
};

/* Takes the tag at *cursor out of the text, in place: the strings point into it. Advances the cursor. 1 for a tag, 0 at the end,
 * -EBADMSG where the text is no such list. */
int roads_tags_next(char **cursor, struct roads_tag *ret_tag);
