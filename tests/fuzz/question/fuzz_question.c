/* SPDX-License-Identifier: MIT */
/* What a person may type, and what a map or an index may name: streets, boxes, paths. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "storage/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool held)
{
        if (!held)
                abort();
}

/* Folding again changes nothing, where the name is UTF-8; and a name is found by its own folded form. */
static void check_name(const char *name)
{
        struct text once = {0}, twice = {0};
        const char *const names[] = {"Rue Pasteur", name, "Avenue de l'Église"};
        size_t places[3], count;
        enum street_match match;

        street_name_fold(name, &once);
        street_name_fold(once.data, &twice);
        require(!text_is_utf8(name) || (strcmp(once.data, twice.data) == 0 && text_is_utf8(once.data)));
        require(strstr(once.data, "  ") == NULL);
        match = street_names_find(once.data, names, 3, places, &count);
        require(count <= 3 && (count == 0) == (match == STREET_NONE));
        require(!text_is_utf8(name) || (once.length == 0) == (match == STREET_NONE));
        count = street_names_nearest(name, names, 3, places, 2);
        require(count <= 2 && (count == 0 || places[0] < 3));
        text_finish(&once);
        text_finish(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct query_bbox box = {1, 2, 3, 4};
        char *text = malloc(size + 1);

        require(text != NULL);
        memcpy(text, data, size);
        text[size] = '\0';
        check_name(text);
        if (query_bbox_parse(text, &box) == 0)
                require(box.west < box.east && box.south < box.north && box.west >= -180 && box.east <= 180 &&
                        box.south >= -90 && box.north <= 90);
        else
                require(box.west == 1 && box.north == 4);
        if (query_path_is_safe(text))
                require(text[0] != '/' && strncmp(text, "../", 3) != 0 && strstr(text, "/../") == NULL);
        free(text);
        return 0;
}
