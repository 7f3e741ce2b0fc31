/* SPDX-License-Identifier: MIT */
#include "cli/roads_tags.h"

#include <errno.h>
#include <string.h>

static char *skip_blanks(char *text)
{
        return text + strspn(text, " \t\r\n");
}

/* A quoted string, its backslashes taken out in place; NULL where there is none. */
static const char *take_quoted(char **cursor)
{
        char *from = *cursor, *to, *start;

        if (*from != '"')
                return NULL;
        start = to = ++from;
        while (*from && *from != '"') {
                if (*from == '\\' && from[1])
                        from++;
                *to++ = *from++;
        }
        if (*from != '"')
                return NULL;
        *to = '\0';
        *cursor = from + 1;
        return start;
}

int roads_tags_next(char **cursor, struct roads_tag *ret_tag)
{
        char *at = skip_blanks(*cursor);
        struct roads_tag tag;

        if (*at == '\0')
                return 0;
        tag.key = take_quoted(&at);
        if (!tag.key)
                return -EBADMSG;
        at = skip_blanks(at);
        if (strncmp(at, "=>", 2) != 0)
                return -EBADMSG;
        at = skip_blanks(at + 2);
        if (strncasecmp(at, "NULL", 4) == 0) {
                tag.value = "";
                at += 4;
        } else {
                tag.value = take_quoted(&at);
        }
        if (!tag.value)
                return -EBADMSG;
        at = skip_blanks(at);
        if (*at == ',')
                at++;
        else if (*at != '\0')
                return -EBADMSG;
        *cursor = at;
        *ret_tag = tag;
        return 1;
}
