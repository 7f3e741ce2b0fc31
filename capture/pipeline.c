/* SPDX-License-Identifier: MIT */
/* The way of a frame, live.
 *
 *   gpsd --> on_report ----.
 *                          v                                      encoder threads        writer thread
 *   camera --> on_frame --> core --> recorder_act (decisions) --> shots (JPEG + tag) --> file, then its row
 *                          ^
 *   time  --> on_deadline -'
 *
 * Cameras stream all the time and each keeps its newest frames in a ring. gpsd's fixes and the frames' exposure times go to the core
 * (core.h), which knows where the van is between fixes, finds the frame nearest to each mark and, once the fix after it is there, its
 * position and street. The recorder carries out what the core decides. One thread, this one, runs the core; it waits for no disk, encoder
 * or camera, but for the last pictures when a run ends (some seconds at most) and when the daemon stops. All that the core is told goes
 * to the run's events.jsonl first, so that replay.c can do the same again. */
#include "capture/pipeline.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/statvfs.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "capture/core.h"
#include "capture/events.h"
#include "capture/inbox.h"
#include "capture/live_camera.h"
#include "capture/recorder.h"
#include "capture/status.h"
#include "geotag/gpsd_client.h"
#include "storage/roads.h"

#define STATUS_PERIOD_US 1000000u
/* Events and fixes without a picture may wait longer for their commit than pictures. */
#define COMMIT_MOVING_NS (1 * NS_PER_S)
#define COMMIT_STANDING_NS (10 * NS_PER_S)
#define CHECKPOINT_NS (60 * NS_PER_S)

struct pipeline {
        const char *config_path;
        struct config config;
        sd_event *event;
        struct storage_root *root;
        struct store *store;
        struct road_network *network;
        struct writer *writer;
        struct shots *shots;
        struct core *core;
        struct recorder *recorder;
        struct gpsd_parser *parser;
        struct gpsd_client *gpsd;
        struct inbox *inbox; /* what the cameras' threads deliver */
        struct live_camera *cameras[CONFIG_MAX_CAMERAS];
        sd_event_source *deadline;
        struct text line;
        bool gpsd_up;
        int status_error;
        char last_fault[160];
        uint64_t committed_pictures, bad_reports;
        struct fix fix;  /* the last with a position */
        int64_t told_ns; /* the newest instant that the core was told */
        int64_t started_ns, committed_ns, checkpoint_ns, gpsd_since_ns, fix_ns;
};

/* After each event: carry out what the core decided, and wake for what it will decide next. */
static void act(struct pipeline *p, int64_t now_ns)
{
        int64_t deadline_ns;

        recorder_act(p->recorder, now_ns);
        deadline_ns = core_deadline_boottime_ns(p->core);
        if (deadline_ns == INT64_MAX) {
                sd_event_source_set_enabled(p->deadline, SD_EVENT_OFF);
                return;
        }
        sd_event_source_set_time(p->deadline, (uint64_t)(deadline_ns / NS_PER_US) + 1);
        sd_event_source_set_enabled(p->deadline, SD_EVENT_ONESHOT);
}

/* Now, as the core is told it. */
static int64_t tell_now_ns(struct pipeline *p)
{
        p->told_ns = clock_boottime_ns();
        return p->told_ns;
}

/* --- gpsd --- */

/* The cameras expose the shorter the faster the van goes. */
static void tell_speed(struct pipeline *p, const struct fix *fix, int64_t now_ns)
{
        double speed_mps = fix_has(fix, FIX_SPEED) ? fix->speed_mps : NAN;

        for (unsigned i = 0; i < p->config.camera_count; i++)
                live_camera_set_speed(p->cameras[i], speed_mps, now_ns);
}

static void on_report(void *userdata, const char *line, size_t length, int64_t arrival_boottime_ns,
                      int64_t realtime_minus_boottime_ns)
{
        struct pipeline *p = userdata;
        struct gpsd_report report;

        if (gpsd_parser_read(p->parser, line, length, &report) < 0) {
                if (p->bad_reports++ == 0)
                        log_warning("gpsd sent a report that cannot be read; ignoring it and others like it");
                return;
        }
        /* A line that waited for its turn: its event says what the core is told. */
        if (arrival_boottime_ns < p->told_ns)
                arrival_boottime_ns = p->told_ns;
        p->told_ns = arrival_boottime_ns;
        recorder_advance(p->recorder, arrival_boottime_ns);
        recorder_report(p->recorder, line, length, &report, realtime_minus_boottime_ns, arrival_boottime_ns);
        if (report.kind == GPSD_REPORT_FIX && report.fix.mode >= 2) {
                p->fix = report.fix; /* with what SKY said of it */
                p->fix_ns = arrival_boottime_ns;
        }
        core_report(p->core, &report, realtime_minus_boottime_ns, arrival_boottime_ns);
        act(p, arrival_boottime_ns);
        if (report.kind == GPSD_REPORT_FIX)
                tell_speed(p, &report.fix, arrival_boottime_ns);
}

static void on_gpsd_link(void *userdata, enum gpsd_link link, int error)
{
        struct pipeline *p = userdata;
        const char *why = error < 0 ? strerror(-error) : "";

        if (p->gpsd_up != (link == GPSD_LINK_UP))
                p->gpsd_since_ns = clock_boottime_ns();
        p->gpsd_up = link == GPSD_LINK_UP;
        if (p->gpsd_up) {
                log_info("gpsd at %s:%s is there", p->config.gpsd_host, p->config.gpsd_port);
        } else {
                log_warning("gpsd at %s:%s is away (%s); retrying", p->config.gpsd_host, p->config.gpsd_port, why);
                snprintf(p->last_fault, sizeof(p->last_fault), "gpsd: away (%.120s)", why);
        }
        event_write_state(&p->line, tell_now_ns(p), "gpsd link", NULL, p->gpsd_up ? "up" : "down", why);
        recorder_event(p->recorder, &p->line);
}

/* --- cameras --- */

static void on_frame(struct pipeline *p, unsigned index, unsigned opening, struct camera_frame *frame)
{
        int64_t now_ns = tell_now_ns(p);
        struct frame_info info = {.number = frame->number,
                                  .exposure_mid_boottime_ns = frame->exposure_mid_boottime_ns,
                                  .exposure_ns = frame->exposure_ns,
                                  .gain = frame->gain,
                                  .ring_frames = frame->ring_frames};

        recorder_advance(p->recorder, now_ns);
        if (!live_camera_keep(p->cameras[index], opening, frame))
                return;
        event_write_frame(&p->line, now_ns, p->config.cameras[index].name, &info);
        recorder_event(p->recorder, &p->line);
        core_frame(p->core, index, &info, now_ns);
        act(p, now_ns);
}

static void on_camera_state(void *userdata, unsigned index, enum camera_state state, const char *why)
{
        struct pipeline *p = userdata;
        const char *name = p->config.cameras[index].name;

        if (state == CAMERA_STREAMING || state == CAMERA_STOPPED) {
                log_info("camera %s: %s", name, camera_state_text(state));
        } else {
                log_warning("camera %s: %s (%s); retrying", name, camera_state_text(state), why);
                snprintf(p->last_fault, sizeof(p->last_fault), "camera %.31s: %.20s (%.80s)", name,
                         camera_state_text(state), why);
        }
        event_write_state(&p->line, tell_now_ns(p), "camera", name, camera_state_text(state), why);
        recorder_event(p->recorder, &p->line);
}

static void take_inbox(struct pipeline *p)
{
        struct inbox_item item;

        while (inbox_take(p->inbox, &item)) {
                if (item.frame)
                        on_frame(p, item.camera, item.opening, item.frame);
                else
                        live_camera_set_state(p->cameras[item.camera], item.opening, item.state, item.why);
        }
}

static int on_inbox(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        take_inbox(userdata);
        return 0;
}

/* How bright its picture is tells the camera how to expose. */
static void on_measured(void *userdata, const struct shot_measured *measured)
{
        struct pipeline *p = userdata;

        live_camera_measured(p->cameras[measured->camera], measured->exposure_mid_boottime_ns, measured->exposure_ns,
                             measured->gain, measured->quality.brightness, clock_boottime_ns());
}

/* The recorder asks for a frame that the core chose. */
static struct camera_frame *find_frame(void *userdata, unsigned index, uint64_t number)
{
        struct pipeline *p = userdata;

        return live_camera_find(p->cameras[index], number);
}

/* --- time, encoder, writer --- */

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct pipeline *p = userdata;
        int64_t now_ns = tell_now_ns(p);

        core_advance(p->core, now_ns);
        act(p, now_ns);
        return 0;
}

static int on_picture(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        struct pipeline *p = userdata;
        int64_t now_ns = tell_now_ns(p);

        recorder_collect(p->recorder, now_ns);
        act(p, now_ns);
        return 0;
}

/* Wakes a timer a period after it was due, or from now when it came late: what was missed in a suspend is not made up for. */
static int rearm(sd_event_source *source, uint64_t due_us, int64_t now_ns, uint64_t period_us)
{
        uint64_t now_us = (uint64_t)(now_ns / NS_PER_US);

        sd_event_source_set_time(source, (due_us > now_us ? due_us : now_us) + period_us);
        return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* Pictures are made durable at each commit interval, the rest at leisure; the WAL is folded when the van stands, and each minute. */
static int on_commit(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct pipeline *p = userdata;
        int64_t now_ns = clock_boottime_ns();
        struct core_status core;
        struct writer_status written;
        bool checkpoint;

        core_get_status(p->core, &core);
        writer_get_status(p->writer, &written);
        if (core.run_open && (written.pictures != p->committed_pictures ||
                              now_ns - p->committed_ns >= (core.moving ? COMMIT_MOVING_NS : COMMIT_STANDING_NS))) {
                checkpoint = now_ns - p->checkpoint_ns >= CHECKPOINT_NS ||
                             (!core.moving && now_ns - p->checkpoint_ns >= COMMIT_STANDING_NS);
                writer_commit(p->writer, checkpoint);
                p->committed_pictures = written.pictures;
                p->committed_ns = now_ns;
                p->checkpoint_ns = checkpoint ? now_ns : p->checkpoint_ns;
        }
        return rearm(source, usec, now_ns, (uint64_t)(p->config.commit_interval_s * 1e6));
}

static void fill_status(struct pipeline *p, struct status *status, int64_t now_ns)
{
        struct statvfs disk;

        *status = (struct status){.config = &p->config,
                                  .gpsd_up = p->gpsd_up,
                                  .gpsd_since_boottime_ns = p->gpsd_since_ns,
                                  .fix = p->fix,
                                  .fix_boottime_ns = p->fix_ns,
                                  .pictures_waiting = shots_count(p->shots),
                                  .started_boottime_ns = p->started_ns,
                                  .now_boottime_ns = now_ns,
                                  .disk_free_bytes = NAN};
        core_get_status(p->core, &status->core);
        writer_get_status(p->writer, &status->writer);
        for (unsigned i = 0; i < p->config.camera_count; i++)
                live_camera_get_status(p->cameras[i], &status->cameras[i]);
        for (unsigned i = 0; i < p->config.camera_count; i++)
                status->quality[i] = *recorder_quality(p->recorder, i);
        if (statvfs(storage_root_path(p->root), &disk) == 0)
                status->disk_free_bytes = (double)disk.f_bavail * (double)disk.f_frsize;
        if (status->core.has_utc)
                status->now_utc_ns = now_ns - status->core.boottime_minus_utc_ns;
        if (status->writer.last_error < 0)
                snprintf(p->last_fault, sizeof(p->last_fault), "storing: %.100s", strerror(-status->writer.last_error));
        memcpy(status->last_fault, p->last_fault, sizeof(status->last_fault));
}

static int on_status(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct pipeline *p = userdata;
        int64_t now_ns = clock_boottime_ns();
        struct status status;
        char line[160];
        int r;

        for (unsigned i = 0; i < p->config.camera_count; i++)
                live_camera_watch(p->cameras[i], now_ns);
        recorder_forget(p->recorder, now_ns);
        fill_status(p, &status, now_ns);
        r = status_write(&status);
        if (r < 0 && r != p->status_error)
                log_warning("%s/status.json: %s; ignoring", p->config.runtime_dir, strerror(-r));
        p->status_error = r;
        sd_notifyf(false, "STATUS=%s", status_line(&status, line, sizeof(line)));
        return rearm(source, usec, now_ns, STATUS_PERIOD_US);
}

/* --- reload --- */

static void log_problem(void *userdata, const char *line)
{
        log_error("%s", line);
}

static void log_restart_only(void *userdata, const char *key)
{
        log_notice("%s changed: it takes a restart to apply", key);
}

static int on_reload(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
        struct pipeline *p = userdata;
        int64_t now_ns = tell_now_ns(p);
        struct config wanted;
        unsigned changed;

        sd_notifyf(false, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, (uint64_t)(clock_monotonic_ns() / NS_PER_US));
        if (config_load(p->config_path, &wanted, log_problem, NULL) == 0) {
                changed = config_apply_live(&p->config, &wanted, log_restart_only, NULL);
                log_set_level(p->config.log_level);
                log_info("%s reloaded: %u of the settings that apply at once changed; a frame each %g m",
                         p->config_path, changed, p->config.spacing_m);
                recorder_config(p->recorder, now_ns);
                core_configure(p->core, &p->config, now_ns);
                act(p, now_ns);
        } else {
                log_error("%s: not reloaded; going on with the settings in force", p->config_path);
                snprintf(p->last_fault, sizeof(p->last_fault), "settings: not reloaded, the log says why (%.100s)",
                         p->config_path);
        }
        sd_notify(false, "READY=1");
        return 0;
}

static int on_stop(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
        log_info("stopping: storing the pictures in the making");
        return sd_event_exit(sd_event_source_get_event(source), 0);
}

/* --- start and stop --- */

static int open_storage(struct pipeline *p)
{
        int r = storage_root_open(p->config.storage_root, STORAGE_WRITE, true, &p->root);

        if (r == -EBUSY)
                log_error("%s: another Streetcap (process %d) writes there", p->config.storage_root,
                          storage_root_writer(p->config.storage_root));
        else if (r < 0)
                log_error("%s: %s", p->config.storage_root, strerror(-r));
        if (r < 0)
                return r;
        r = store_open(p->root, STORE_LIVE, &p->store);
        if (r == 0)
                r = roads_load(store_index(p->store), &p->network);
        if (r < 0)
                log_error("%s/" STORAGE_INDEX_NAME ": %s", p->config.storage_root, strerror(-r));
        else if (!p->network)
                log_warning("no road network (streetcap roads import FILE): frames are taken without a street");
        return r;
}

/* Who forgot to choose a camera learns it before the drive, not after. */
static void warn_of_test_pictures(struct pipeline *p)
{
        struct text names = {0};

        for (unsigned i = 0; i < p->config.camera_count; i++) {
                if (strcmp(p->config.cameras[i].backend, "pattern") == 0)
                        text_addf(&names, "%s%s", names.length > 0 ? ", " : "", p->config.cameras[i].name);
        }
        if (names.length > 0)
                log_warning("test pictures, not the street, from camera %s: its backend is pattern", names.data);
        text_finish(&names);
}

static int create_parts(struct pipeline *p)
{
        struct recorder_settings settings = {
                .config = &p->config, .find_frame = find_frame, .picture_measured = on_measured, .userdata = p};
        int r = core_create(&p->config, p->network, &p->core);

        if (r == 0)
                r = shots_create((unsigned)p->config.encoder_threads, (unsigned)p->config.encoder_queue, &p->shots);
        if (r == 0)
                r = writer_create(p->store, WRITER_THREAD, &p->writer);
        if (r == 0)
                r = gpsd_parser_create(&p->parser);
        if (r == 0)
                r = inbox_create(&p->inbox);
        settings.core = p->core;
        settings.shots = p->shots;
        settings.writer = p->writer;
        if (r == 0)
                r = recorder_create(&settings, &p->recorder);
        if (r == 0)
                recorder_start(p->recorder, clock_boottime_ns());
        return r;
}

static int watch_events(struct pipeline *p)
{
        uint64_t now_us = (uint64_t)(clock_boottime_ns() / NS_PER_US);
        int r = sd_event_new(&p->event);

        if (r >= 0)
                r = sd_event_add_signal(p->event, NULL, SIGTERM, on_stop, p);
        if (r >= 0)
                r = sd_event_add_signal(p->event, NULL, SIGINT, on_stop, p);
        if (r >= 0)
                r = sd_event_add_signal(p->event, NULL, SIGHUP, on_reload, p);
        if (r >= 0)
                r = sd_event_add_io(p->event, NULL, inbox_fd(p->inbox), EPOLLIN, on_inbox, p);
        if (r >= 0)
                r = sd_event_add_io(p->event, NULL, shots_fd(p->shots), EPOLLIN, on_picture, p);
        if (r >= 0)
                r = sd_event_add_io(p->event, NULL, writer_fd(p->writer), EPOLLIN, on_picture, p);
        if (r >= 0)
                r = sd_event_add_time(p->event, &p->deadline, CLOCK_BOOTTIME, UINT64_MAX, 1000, on_deadline, p);
        if (r >= 0)
                r = sd_event_add_time(p->event, NULL, CLOCK_BOOTTIME, now_us, 10000, on_commit, p);
        if (r >= 0)
                r = sd_event_add_time(p->event, NULL, CLOCK_BOOTTIME, now_us, 50000, on_status, p);
        return r < 0 ? r : 0;
}

static int start_camera(struct pipeline *p, unsigned index)
{
        struct live_camera_settings settings = {.event = p->event,
                                                .config = &p->config,
                                                .index = index,
                                                .inbox = p->inbox,
                                                .changed = on_camera_state,
                                                .userdata = p};

        return live_camera_create(&settings, &p->cameras[index]);
}

static int start(struct pipeline *p)
{
        struct gpsd_client_handlers handlers = {.report = on_report, .link = on_gpsd_link, .userdata = p};
        int r = open_storage(p);

        if (r == 0)
                r = create_parts(p);
        if (r == 0)
                r = watch_events(p);
        for (unsigned i = 0; r == 0 && i < p->config.camera_count; i++)
                r = start_camera(p, i);
        if (r == 0)
                r = gpsd_client_create(p->event, p->config.gpsd_host, p->config.gpsd_port, p->config.gpsd_device,
                                       &handlers, &p->gpsd);
        return r;
}

/* The last status: that it ended as it was told to, and not in a crash. */
static void tell_stopped(struct pipeline *p)
{
        struct status status;

        fill_status(p, &status, clock_boottime_ns());
        status.stopped = true;
        (void)status_write(&status);
        log_info("stopped: %" PRIu64 " pictures stored since the start", status.writer.pictures);
}

/* In the order of the flow: no more input, then decide all that is pending, then let every picture land. */
static void stop(struct pipeline *p, bool ran)
{
        int64_t now_ns;

        gpsd_client_destroy(p->gpsd);
        for (unsigned i = 0; i < CONFIG_MAX_CAMERAS; i++)
                live_camera_stop(p->cameras[i]);
        if (p->recorder) {
                recorder_stopping(p->recorder);
                take_inbox(p);
                now_ns = clock_boottime_ns();
                event_write_stop(&p->line, now_ns);
                recorder_event(p->recorder, &p->line);
                core_stop(p->core, now_ns);
                recorder_act(p->recorder, now_ns);
                recorder_finish(p->recorder, now_ns);
        }
        if (ran)
                tell_stopped(p);
        for (unsigned i = 0; i < CONFIG_MAX_CAMERAS; i++)
                live_camera_destroy(p->cameras[i]);
        recorder_destroy(p->recorder);
        shots_destroy(p->shots);
        camera_backends_finish();
        writer_destroy(p->writer);
        core_destroy(p->core);
        inbox_destroy(p->inbox);
        gpsd_parser_destroy(p->parser);
        text_finish(&p->line);
        sd_event_source_unref(p->deadline);
        sd_event_unref(p->event);
        road_network_destroy(p->network);
        store_close(p->store);
        storage_root_close(p->root);
}

int pipeline_run(const char *config_path, const struct config *config)
{
        struct pipeline p = {.config_path = config_path, .config = *config, .started_ns = clock_boottime_ns()};
        bool ran = false;
        int r;

        setenv("TZ", config->time_zone, 1);
        tzset();
        status_remove(config); /* what an earlier daemon left says nothing of this one */
        p.gpsd_since_ns = p.started_ns;
        r = start(&p);
        if (r == 0) {
                warn_of_test_pictures(&p);
                sd_notify(false, "READY=1");
                log_info("ready: a frame each %g m, into %s", config->spacing_m, config->storage_root);
                r = sd_event_loop(p.event);
                sd_notify(false, "STOPPING=1");
                ran = r >= 0;
        } else {
                log_error("cannot start: %s", strerror(-r));
        }
        stop(&p, ran);
        return r;
}
