/* SPDX-License-Identifier: MIT */
/* Cameras through libcamera. The one C++ file, since libcamera's interface is C++: it shows a C table of functions,
 * and lets no exception across. At present it finds the camera and says so; it does not stream yet. */
#include <cerrno>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include <libcamera/camera.h>
#include <libcamera/camera_manager.h>
#include <libcamera/property_ids.h>

#include "capture/camera_private.h"

namespace
{

struct LibcameraCamera {
        struct camera camera; /* first: what callers see */
        std::string device;   /* id, model or position of the wanted one; empty: the only one */
};

std::string modelOf(const libcamera::Camera &camera)
{
        const auto model = camera.properties().get(libcamera::properties::Model);

        return model ? std::string(*model) : std::string();
}

std::string positionOf(const libcamera::Camera &camera)
{
        const auto location = camera.properties().get(libcamera::properties::Location);

        if (!location)
                return "";
        switch (static_cast<int>(*location)) {
        case libcamera::properties::CameraLocationFront:
                return "front";
        case libcamera::properties::CameraLocationBack:
                return "back";
        case libcamera::properties::CameraLocationExternal:
                return "external";
        default:
                return "";
        }
}

bool isWanted(const libcamera::Camera &camera, const std::string &device)
{
        return device.empty() || camera.id() == device || modelOf(camera) == device || positionOf(camera) == device;
}

/* What keeps the wanted camera from streaming, in words. */
std::string lookUp(const std::string &device)
{
        /* A process may have one manager at a time: it lives no longer than this. */
        libcamera::CameraManager manager;
        const int r = manager.start();

        if (r < 0)
                return "libcamera does not start: " + std::string(strerrordesc_np(-r));

        std::vector<std::string> ids;
        for (const auto &camera : manager.cameras()) {
                if (isWanted(*camera, device))
                        ids.push_back(camera->id());
        }
        const bool any = !manager.cameras().empty();
        manager.stop();

        if (ids.empty())
                return any ? "no camera is called " + device : "no camera found";
        if (ids.size() > 1)
                return "several cameras fit: set the device to the id of one";
        return "camera " + ids.front() + " found: capture through libcamera is not in this version yet";
}

int libcameraCreate(const struct config_camera *settings, unsigned, const struct camera_handlers *handlers,
                    struct camera **ret_camera, const char **ret_problem)
{
        try {
                auto self = std::make_unique<LibcameraCamera>();

                self->camera.handlers = *handlers;
                self->device = settings->device;
                *ret_camera = &self.release()->camera;
                return 0;
        } catch (const std::exception &) {
                *ret_problem = "out of memory";
                return -ENOMEM;
        }
}

/* A camera that is not there is a state, not an error. */
int libcameraStart(struct camera *camera)
{
        const auto *self = reinterpret_cast<const LibcameraCamera *>(camera);

        try {
                const std::string why = lookUp(self->device);

                camera->handlers.state(camera->handlers.userdata, CAMERA_ABSENT, why.c_str());
                return 0;
        } catch (const std::bad_alloc &) {
                return -ENOMEM;
        } catch (const std::exception &) {
                return -EIO;
        }
}

void libcameraStop(struct camera *)
{
}

void libcameraDestroy(struct camera *camera)
{
        delete reinterpret_cast<LibcameraCamera *>(camera);
}

} /* namespace */

const struct camera_backend camera_backend_libcamera = {
        "libcamera", libcameraCreate, libcameraStart, libcameraStop, libcameraDestroy, nullptr,
};
