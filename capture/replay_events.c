/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "capture/replay_private.h"

/* A loss that does not say which exposure it is about was told as soon as the frame was asked for. */
#define UNKNOWN_TOLD_WITHIN_NS (10 * NS_PER_S)

static bool is_loss_of(const struct lost_frame *lost, const struct known_frame *frame)
{
        int64_t after_ns = lost->told_boottime_ns - frame->mid_boottime_ns;

        if (lost->number != frame->number)
                return false;
        return lost->mid_boottime_ns != 0 ? lost->mid_boottime_ns == frame->mid_boottime_ns
                                          : after_ns >= 0 && after_ns <= UNKNOWN_TOLD_WITHIN_NS;
}

bool replayer_was_lost(void *userdata, unsigned index, uint64_t number)
{
        const struct replayer *replayer = userdata;
        const struct known_frame *frame = &replayer->cameras[index].known[number % FRAMES_KNOWN];

        for (size_t i = 0; frame->number == number && i < replayer->lost_count; i++)
                if (is_loss_of(&replayer->lost[i], frame) &&
                    strcmp(replayer->lost[i].camera, replayer->config.cameras[index].name) == 0)
                        return true;
        return false;
}

static void add_loss(struct replayer *replayer, const struct event *event)
{
        struct lost_frame *lost;

        replayer->lost = reallocarray(replayer->lost, replayer->lost_count + 1, sizeof(*replayer->lost));
        if (!replayer->lost)
                abort();
        lost = &replayer->lost[replayer->lost_count++];
        *lost = (struct lost_frame){.number = event->number,
                                    .mid_boottime_ns = event->exposure_mid_boottime_ns,
                                    .told_boottime_ns = event->boottime_ns};
        memcpy(lost->camera, event->camera, sizeof(event->camera));
}

int replayer_find_losses(struct replayer *replayer, FILE *input)
{
        off_t begin = ftello(input);
        char *line = NULL;
        size_t capacity = 0;
        ssize_t length;
        struct event event;

        while ((length = getline(&line, &capacity, input)) >= 0) {
                if (!strstr(line, "\"lost\"") || event_parse(line, (size_t)length, &event) < 0)
                        continue;
                if (event.kind == EVENT_LOST)
                        add_loss(replayer, &event);
                event_finish(&event);
        }
        free(line);
        clearerr(input);
        return begin < 0 || fseeko(input, begin, SEEK_SET) < 0 ? -errno : 0;
}

static int camera_index(const struct replayer *replayer, const char *name)
{
        for (unsigned i = 0; i < replayer->config.camera_count; i++)
                if (strcmp(replayer->config.cameras[i].name, name) == 0)
                        return (int)i;
        return -1;
}

static void log_problem(void *userdata, const char *line)
{
        log_error("%s", line);
}

static int take_start(struct replayer *replayer, const struct event *event)
{
        struct config config = *replayer->options->config;
        int r = 0;

        if (replayer->ready)
                return -EBADMSG; /* a run starts once */
        replayer->from_events = true;
        if (!replayer->options->use_config)
                r = config_load_memory("events.jsonl", event->config, strlen(event->config), &config, log_problem,
                                       NULL);
        return r < 0 ? r : replayer_prepare(replayer, &config, event->boottime_ns);
}

static int take_config(struct replayer *replayer, const struct event *event)
{
        struct config wanted;
        int r;

        if (replayer->options->use_config)
                return 0;
        r = config_load_memory("events.jsonl", event->config, strlen(event->config), &wanted, log_problem, NULL);

        if (r < 0)
                return r;
        config_apply_live(&replayer->config, &wanted, NULL, NULL);
        replayer_apply_options(replayer);
        recorder_config(replayer->recorder, replayer->now_ns);
        core_configure(replayer->core, &replayer->config, replayer->now_ns);
        replayer_act(replayer);
        return 0;
}

static int take_lost(struct replayer *replayer, unsigned index, const struct event *event)
{
        event_write_lost(&replayer->line, replayer->now_ns, event->camera, event->number,
                         event->exposure_mid_boottime_ns, event->reason);
        recorder_event(replayer->recorder, &replayer->line);
        shots_discard(replayer->shots, index, event->number, event->exposure_mid_boottime_ns);
        core_lost(replayer->core, index, event->number, event->exposure_mid_boottime_ns, event->reason,
                  replayer->now_ns);
        replayer_act(replayer);
        return 0;
}

static int take_gpsd(struct replayer *replayer, const struct event *event)
{
        struct gpsd_report report;
        int r = gpsd_parser_read(replayer->parser, event->report, event->report_length, &report);

        if (r == 0)
                replayer_tell_report(replayer, event->report, event->report_length, &report,
                                     event->realtime_minus_boottime_ns);
        return r;
}

int replayer_take_event(struct replayer *replayer, const struct event *event)
{
        int index;

        if (event->kind == EVENT_START)
                return take_start(replayer, event);
        if (!replayer->ready)
                return -EBADMSG;
        if (event->boottime_ns > replayer->now_ns)
                replayer->now_ns = event->boottime_ns;
        if (event->kind == EVENT_GPSD)
                return take_gpsd(replayer, event);
        if (event->kind == EVENT_CONFIG)
                return take_config(replayer, event);
        if (event->kind == EVENT_EVENTS_LOST)
                log_warning(
                        "the disk took nothing for a while: events of the run are missing, and what is replayed is not whole");
        if (event->kind != EVENT_FRAME && event->kind != EVENT_LOST)
                return 0;
        index = camera_index(replayer, event->camera);
        if (index < 0)
                return -EBADMSG;
        if (event->kind == EVENT_LOST)
                return take_lost(replayer, (unsigned)index, event);
        replayer_tell_frame(replayer, (unsigned)index, &event->frame);
        return 0;
}
