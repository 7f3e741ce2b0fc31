/* SPDX-License-Identifier: MIT */
#include "capture/events.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geotag/fix.h"

static const char *const kind_texts[] = {
        [EVENT_START] = "start",    [EVENT_GPSD] = "gpsd",     [EVENT_FRAME] = "frame",
        [EVENT_LOST] = "lost",      [EVENT_CONFIG] = "config", [EVENT_CAMERA] = "camera",
        [EVENT_LINK] = "gpsd link", [EVENT_STOP] = "stop",     [EVENT_EVENTS_LOST] = "events lost",
};

void event_finish(struct event *event)
{
        free(event->report);
        free(event->config);
        event->report = event->config = NULL;
}

/* No instant or duration reaches TIME_MAX_NS, nor does a number of a frame. */
static int read_int(const json_t *object, const char *key, int64_t *ret_value)
{
        const json_t *value = json_object_get(object, key);

        if (!json_is_integer(value) || json_integer_value(value) <= -TIME_MAX_NS ||
            json_integer_value(value) >= TIME_MAX_NS)
                return -EBADMSG;
        *ret_value = json_integer_value(value);
        return 0;
}

static int read_camera(const json_t *object, struct event *event, uint64_t *ret_number)
{
        const char *camera = json_string_value(json_object_get(object, "camera"));
        int64_t number;

        if (!camera || strlen(camera) >= sizeof(event->camera) || read_int(object, "number", &number) < 0 || number < 1)
                return -EBADMSG;
        memcpy(event->camera, camera, strlen(camera) + 1);
        *ret_number = (uint64_t)number;
        return 0;
}

static int read_frame(const json_t *object, struct event *event)
{
        const json_t *gain = json_object_get(object, "gain");
        struct frame_info *frame = &event->frame;
        int64_t ring = 0;

        frame->gain = json_is_number(gain) ? json_number_value(gain) : NAN;
        if (read_camera(object, event, &frame->number) < 0 ||
            read_int(object, "exposure_ns", &frame->exposure_ns) < 0 || frame->exposure_ns < 0)
                return -EBADMSG;
        if (json_object_get(object, "ring") && (read_int(object, "ring", &ring) < 0 || ring < 1 || ring > UINT16_MAX))
                return -EBADMSG;
        frame->ring_frames = (unsigned)ring;
        return read_int(object, "exposure_mid_boottime_ns", &frame->exposure_mid_boottime_ns);
}

static int read_lost(const json_t *object, struct event *event)
{
        const char *reason = json_string_value(json_object_get(object, "reason"));

        for (int i = 0; reason && i < GAP_REASON_COUNT; i++)
                if (strcmp(reason, gap_reason_text(i)) == 0) {
                        event->reason = i;
                        return read_int(object, "exposure_mid_boottime_ns", &event->exposure_mid_boottime_ns) < 0
                                       ? -EBADMSG
                                       : read_camera(object, event, &event->number);
                }
        return -EBADMSG;
}

static int read_report(const json_t *object, struct event *event)
{
        const json_t *report = json_object_get(object, "report");

        if (!json_is_object(report) ||
            read_int(object, "realtime_minus_boottime_ns", &event->realtime_minus_boottime_ns) < 0)
                return -EBADMSG;
        /* 17 digits give back the very same double. */
        event->report = json_dumps(report, JSON_COMPACT | JSON_REAL_PRECISION(17));
        if (!event->report)
                return -ENOMEM;
        event->report_length = strlen(event->report);
        return 0;
}

static int read_config(const json_t *object, struct event *event)
{
        const char *config = json_string_value(json_object_get(object, "config"));

        if (!config)
                return -EBADMSG;
        event->config = strdup(config);
        return event->config ? 0 : -ENOMEM;
}

static int read_kind(const json_t *object, struct event *event)
{
        const char *type = json_string_value(json_object_get(object, "type"));

        for (size_t i = 0; type && i < sizeof(kind_texts) / sizeof(kind_texts[0]); i++)
                if (strcmp(type, kind_texts[i]) == 0) {
                        event->kind = (enum event_kind)i;
                        return 0;
                }
        return -EBADMSG;
}

static int read_body(const json_t *object, struct event *event)
{
        switch (event->kind) {
        case EVENT_START:
        case EVENT_CONFIG:
                return read_config(object, event);
        case EVENT_GPSD:
                return read_report(object, event);
        case EVENT_FRAME:
                return read_frame(object, event);
        case EVENT_LOST:
                return read_lost(object, event);
        case EVENT_CAMERA:
        case EVENT_LINK:
        case EVENT_EVENTS_LOST:
        case EVENT_STOP:
                return 0;
        }
        return -EBADMSG;
}

int event_parse(const char *line, size_t length, struct event *ret_event)
{
        json_t *object = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
        struct event event = {0};
        int r = -EBADMSG;

        if (json_is_object(object) && read_int(object, "boottime_ns", &event.boottime_ns) == 0 &&
            event.boottime_ns >= 0 && read_kind(object, &event) == 0)
                r = read_body(object, &event);
        json_decref(object);
        if (r < 0) {
                event_finish(&event);
                return r;
        }
        *ret_event = event;
        return 0;
}

static void begin(struct json_out *json, struct text *text, int64_t boottime_ns, const char *type)
{
        text_clear(text);
        json_out_begin(json, text);
        json_out_object_begin(json, NULL);
        json_out_int(json, "boottime_ns", boottime_ns);
        json_out_string(json, "type", type);
}

void event_write_start(struct text *text, int64_t boottime_ns, const char *config)
{
        struct json_out json;

        begin(&json, text, boottime_ns, kind_texts[EVENT_START]);
        json_out_string(&json, "software", "Streetcap " STREETCAP_VERSION);
        json_out_string(&json, "config", config);
        json_out_object_end(&json);
}

void event_write_gpsd(struct text *text, int64_t boottime_ns, int64_t realtime_minus_boottime_ns, const char *report,
                      size_t length)
{
        struct json_out json;

        begin(&json, text, boottime_ns, kind_texts[EVENT_GPSD]);
        json_out_int(&json, "realtime_minus_boottime_ns", realtime_minus_boottime_ns);
        text_add(text, ",\"report\":"); /* it is JSON already, and stays as gpsd sent it */
        text_add_bytes(text, report, length);
        json_out_object_end(&json);
}

void event_write_frame(struct text *text, int64_t boottime_ns, const char *camera, const struct frame_info *frame)
{
        struct json_out json;

        begin(&json, text, boottime_ns, kind_texts[EVENT_FRAME]);
        json_out_string(&json, "camera", camera);
        json_out_int(&json, "number", (int64_t)frame->number);
        json_out_int(&json, "exposure_mid_boottime_ns", frame->exposure_mid_boottime_ns);
        json_out_int(&json, "exposure_ns", frame->exposure_ns);
        json_out_exact(&json, "gain", frame->gain);
        if (frame->ring_frames > 0)
                json_out_int(&json, "ring", frame->ring_frames);
        json_out_object_end(&json);
}

void event_write_lost(struct text *text, int64_t boottime_ns, const char *camera, uint64_t number,
                      int64_t exposure_mid_boottime_ns, enum gap_reason reason)
{
        struct json_out json;

        begin(&json, text, boottime_ns, kind_texts[EVENT_LOST]);
        json_out_string(&json, "camera", camera);
        json_out_int(&json, "number", (int64_t)number);
        json_out_int(&json, "exposure_mid_boottime_ns", exposure_mid_boottime_ns);
        json_out_string(&json, "reason", gap_reason_text(reason));
        json_out_object_end(&json);
}

void event_write_config(struct text *text, int64_t boottime_ns, const char *config)
{
        struct json_out json;

        begin(&json, text, boottime_ns, kind_texts[EVENT_CONFIG]);
        json_out_string(&json, "config", config);
        json_out_object_end(&json);
}

void event_write_state(struct text *text, int64_t boottime_ns, const char *type, const char *camera, const char *state,
                       const char *why)
{
        struct json_out json;

        begin(&json, text, boottime_ns, type);
        if (camera)
                json_out_string(&json, "camera", camera);
        json_out_string(&json, "state", state);
        json_out_string(&json, "why", why);
        json_out_object_end(&json);
}

void event_write_events_lost(struct text *text, int64_t boottime_ns, uint64_t events, uint64_t fixes)
{
        struct json_out json;

        begin(&json, text, boottime_ns, kind_texts[EVENT_EVENTS_LOST]);
        json_out_int(&json, "events", (int64_t)events);
        json_out_int(&json, "fixes", (int64_t)fixes);
        json_out_object_end(&json);
}

void event_write_stop(struct text *text, int64_t boottime_ns)
{
        struct json_out json;

        begin(&json, text, boottime_ns, kind_texts[EVENT_STOP]);
        json_out_object_end(&json);
}
