/* SPDX-License-Identifier: MIT */
/* A folder of JPEGs played as a camera: *.jpg and *.jpeg sorted by name, in a loop, at the rate of its settings.
 * Frame number n is file n (counted round), or the next one that is a whole JPEG; so what a frame shows does not
 * depend on which frames were asked for before. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "capture/camera_private.h"
#include "capture/camera_ticker.h"
#include "capture/frame_pool.h"
#include "geotag/jpeg_segments.h"

#define MAX_FILE_SIZE (64U << 20) /* bytes */

struct picture_file {
        char *name;
        bool warned;
};

struct files_camera {
        struct camera camera; /* first: what callers see */
        struct frame_pool *pool;
        struct camera_ticker *ticker;
        double rate_hz;
        unsigned rotation_deg;
        int folder_fd;
        struct picture_file *files;
        size_t file_count;
        bool absent; /* as last told to the state handler */
};

/* What is in a folder may be a FIFO, which would block whoever opens it. */
static int is_picture(const struct dirent *entry)
{
        const char *dot = strrchr(entry->d_name, '.');

        if (entry->d_type != DT_REG && entry->d_type != DT_LNK && entry->d_type != DT_UNKNOWN)
                return 0;
        return entry->d_name[0] != '.' && dot && (strcasecmp(dot, ".jpg") == 0 || strcasecmp(dot, ".jpeg") == 0);
}

/* By bytes: the same order in every locale. */
static int compare_names(const struct dirent **a, const struct dirent **b)
{
        return strcmp((*a)->d_name, (*b)->d_name);
}

static int list_folder(struct files_camera *files)
{
        struct dirent **entries;
        int count = scandirat(files->folder_fd, ".", &entries, is_picture, compare_names);
        int r = 0;

        if (count < 0)
                return -errno;
        files->files = calloc((size_t)count + 1, sizeof(files->files[0]));
        for (int i = 0; i < count; i++) {
                char *name = files->files && r == 0 ? strdup(entries[i]->d_name) : NULL;

                if (name)
                        files->files[files->file_count++].name = name;
                else
                        r = -ENOMEM;
                free(entries[i]);
        }
        free(entries);
        return files->files ? r : -ENOMEM;
}

struct picture {
        uint8_t *jpeg;
        struct jpeg_info info;
};

static int load_file(struct files_camera *files, struct picture_file *file, struct picture *ret_picture)
{
        struct picture picture;
        char *data;
        size_t size;
        int r;

        r = fd_read_file(files->folder_fd, file->name, MAX_FILE_SIZE, &data, &size);
        if (r == 0) {
                picture.jpeg = (uint8_t *)data;
                r = jpeg_check(picture.jpeg, size, &picture.info);
                if (r < 0)
                        free(data);
        }
        if (r < 0) {
                if (!file->warned)
                        log_warning("camera files: %s: %s, skipping it", file->name,
                                    r == -EBADMSG ? "not a whole JPEG" : strerror(-r));
                file->warned = true;
                return r;
        }
        *ret_picture = picture;
        return 0;
}

/* The file of that number or the next good one. -ENOENT: there is none. */
static int load_number(struct files_camera *files, uint64_t number, struct picture *ret_picture)
{
        size_t first = (size_t)((number + files->file_count - 1) % files->file_count);

        for (size_t i = 0; i < files->file_count; i++) {
                if (load_file(files, &files->files[(first + i) % files->file_count], ret_picture) == 0)
                        return 0;
        }
        return -ENOENT;
}

static void files_stop(struct camera *camera)
{
        struct files_camera *files = (struct files_camera *)camera;

        camera_ticker_stop(files->ticker);
        files->ticker = NULL;
}

static void files_destroy(struct camera *camera)
{
        struct files_camera *files = (struct files_camera *)camera;

        if (!camera)
                return;
        files_stop(camera);
        for (size_t i = 0; i < files->file_count; i++)
                free(files->files[i].name);
        free(files->files);
        fd_close(files->folder_fd);
        frame_pool_destroy(files->pool);
        free(files);
}

static int open_folder(struct files_camera *files, const char *path, const char **ret_problem)
{
        struct picture picture;
        int r;

        files->folder_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (files->folder_fd < 0) {
                r = -errno;
                *ret_problem = r == -ENOENT ? "there is no such folder" : "the folder cannot be opened";
                return r;
        }
        r = list_folder(files);
        if (r < 0) {
                *ret_problem = "the folder cannot be read";
                return r;
        }
        if (files->file_count == 0) {
                *ret_problem = "the folder has no *.jpg or *.jpeg file";
                return -ENOENT;
        }
        r = load_number(files, 1, &picture);
        if (r < 0) {
                *ret_problem = "no file of the folder is a whole JPEG";
                return r;
        }
        free(picture.jpeg);
        return 0;
}

static int files_create(const struct config_camera *settings, unsigned frame_limit,
                        const struct camera_handlers *handlers, struct camera **ret_camera, const char **ret_problem)
{
        struct files_camera *files;
        int r;

        if (!settings->device[0] || !(settings->rate_hz > 0 && settings->rate_hz <= 1000)) {
                *ret_problem = settings->device[0] ? "the rate is out of range, above 0 to 1000 fps"
                                                   : "the device must name a folder";
                return -EINVAL;
        }
        files = calloc(1, sizeof(*files));
        if (!files) {
                *ret_problem = "out of memory";
                return -ENOMEM;
        }
        files->camera.handlers = *handlers;
        files->rate_hz = settings->rate_hz;
        files->rotation_deg = (unsigned)settings->rotation_quarters * 90;
        files->folder_fd = -1;
        *ret_problem = "out of memory";
        r = frame_pool_create(frame_limit, &files->pool);
        if (r == 0)
                r = open_folder(files, settings->device, ret_problem);
        if (r < 0) {
                files_destroy(&files->camera);
                return r;
        }
        *ret_camera = &files->camera;
        return 0;
}

/* NULL, with the reason in *ret_error: -ENOENT no good file, -EAGAIN no frame is free. */
static struct camera_frame *make_frame(struct files_camera *files, enum frame_limit limit, uint64_t number,
                                       int64_t exposure_mid_boottime_ns, int *ret_error)
{
        struct camera_frame *frame;
        struct picture picture;
        int r;

        r = load_number(files, number, &picture);
        if (r < 0) {
                *ret_error = r;
                return NULL;
        }
        frame = frame_pool_take_jpeg(files->pool, limit, picture.jpeg, picture.info.size, picture.info.width,
                                     picture.info.height);
        if (!frame) {
                free(picture.jpeg);
                *ret_error = -EAGAIN;
                return NULL;
        }
        frame->number = number;
        frame->rotation_deg = files->rotation_deg;
        frame->exposure_mid_boottime_ns = exposure_mid_boottime_ns;
        return frame;
}

/* Tells the state when it changes: a folder may go with its disk, and come back. */
static void tell_absent(struct files_camera *files, bool absent)
{
        if (files->absent == absent)
                return;
        files->absent = absent;
        files->camera.handlers.state(files->camera.handlers.userdata, absent ? CAMERA_ABSENT : CAMERA_STREAMING,
                                     absent ? "no file of the folder is a whole JPEG" : "");
}

static void files_tick(void *userdata, uint64_t number, int64_t due_boottime_ns)
{
        struct files_camera *files = userdata;
        int error = 0;
        struct camera_frame *frame = make_frame(files, FRAME_WITHIN_LIMIT, number, due_boottime_ns, &error);

        tell_absent(files, error == -ENOENT);
        if (frame)
                files->camera.handlers.frame(files->camera.handlers.userdata, frame);
}

static int files_start(struct camera *camera)
{
        struct files_camera *files = (struct files_camera *)camera;

        if (files->ticker)
                return -EALREADY;
        files->absent = false;
        camera->handlers.state(camera->handlers.userdata, CAMERA_STREAMING, "");
        return camera_ticker_start(files->rate_hz, files_tick, files, &files->ticker);
}

static struct camera_frame *files_render(struct camera *camera, uint64_t number, int64_t exposure_mid_boottime_ns)
{
        int error;

        return make_frame((struct files_camera *)camera, FRAME_BEYOND_LIMIT, number, exposure_mid_boottime_ns, &error);
}

const struct camera_backend camera_backend_files = {
        .name = "files",
        .create = files_create,
        .start = files_start,
        .stop = files_stop,
        .destroy = files_destroy,
        .render = files_render,
};
