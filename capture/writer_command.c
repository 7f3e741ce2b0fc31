/* SPDX-License-Identifier: MIT */
#include "capture/writer_command.h"

#include <stdlib.h>
#include <string.h>

static void *allocate(size_t size)
{
        void *memory = calloc(1, size);

        if (!memory)
                abort();
        return memory;
}

struct command *command_new(enum command_kind kind)
{
        struct command *command = allocate(sizeof(*command));

        command->kind = kind;
        if (kind == COMMAND_RUN_BEGIN)
                command->begin = allocate(sizeof(*command->begin));
        if (kind == COMMAND_FIX)
                command->fix = allocate(sizeof(*command->fix));
        if (kind == COMMAND_GAP)
                command->gap = allocate(sizeof(*command->gap));
        if (kind == COMMAND_PICTURE)
                command->picture = allocate(sizeof(*command->picture));
        return command;
}

void command_free(struct command *command)
{
        switch (command->kind) {
        case COMMAND_RUN_BEGIN:
                free(command->begin->config);
                free(command->begin);
                break;
        case COMMAND_EVENT:
                free(command->event.lines);
                break;
        case COMMAND_FIX:
                free(command->fix);
                break;
        case COMMAND_GAP:
                free(command->gap);
                break;
        case COMMAND_PICTURE:
                free(command->picture->shot.jpeg);
                free(command->picture);
                break;
        default:
                break;
        }
        free(command);
}

size_t command_bytes(const struct command *command)
{
        size_t bytes = sizeof(*command);

        if (command->kind == COMMAND_EVENT)
                bytes += command->event.length;
        if (command->kind == COMMAND_FIX)
                bytes += sizeof(*command->fix);
        if (command->kind == COMMAND_GAP)
                bytes += sizeof(*command->gap);
        return bytes;
}

void command_count_lost(struct command *lost, const struct command *command)
{
        if (command->kind == COMMAND_FIX)
                lost->lost.fixes++;
        if (command->kind != COMMAND_EVENT)
                return;
        lost->lost.events++;
        for (size_t i = 0; i < command->event.length; i++)
                lost->lost.events += command->event.lines[i] == '\n';
}
