/* SPDX-License-Identifier: MIT */
/* Cameras through libcamera, 0.0.3 to 0.7. The one C++ file, since libcamera's interface is C++: it shows a C table of functions, and lets
 * no exception across.
 *
 *   main thread --commands--> Hub (a thread of its own: finds, opens, closes; only it asks libcamera for what may block)
 *   libcamera's thread --requestCompleted--> Capture --> handlers.frame (only enqueues)
 *   any thread --camera_frame_unref--> Capture --> the buffer is queued again
 *
 * A process has one CameraManager. It is stopped, and started anew at the next try, when no camera streams and the one that is wanted was not to
 * be had; else hotplug finds it. After an unplug libcamera neither completes nor cancels the requests that are queued: nobody here waits for
 * them. And it aborts the process when it is asked to stop a camera that is unplugged before it has heard so from udev: hence the look at the
 * device itself before (Capture::awaitDisconnect). */
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <ostream>
#include <set>
#include <streambuf>
#include <string>
#include <thread>
#include <vector>

#include <glob.h>
#include <linux/dma-buf.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <libcamera/camera.h>
#include <libcamera/camera_manager.h>
#include <libcamera/color_space.h>
#include <libcamera/control_ids.h>
#include <libcamera/controls.h>
#include <libcamera/formats.h>
#include <libcamera/framebuffer.h>
#include <libcamera/framebuffer_allocator.h>
#include <libcamera/logging.h>
#include <libcamera/property_ids.h>
#include <libcamera/request.h>
#include <libcamera/stream.h>
#include <libcamera/version.h>

#define LIBCAMERA_IS_AT_LEAST(minor) (LIBCAMERA_VERSION_MAJOR > 0 || LIBCAMERA_VERSION_MINOR >= (minor))
#if LIBCAMERA_IS_AT_LEAST(2)
#include <libcamera/orientation.h>
#else
#include <libcamera/transform.h>
#endif

extern "C" {
#include "base/clock.h"
#include "base/log.h"
}
#include "capture/camera_private.h"
#include "capture/sensor_clock.h"

namespace
{

namespace controls = libcamera::controls;
using Clock = std::chrono::steady_clock;

/* What one camera's buffers may take together, where it lets us choose how many it has. */
constexpr std::size_t BUFFER_BYTES_MAX = std::size_t{192} << 20;
/* The ring, two that the camera fills, two that are encoded, and two on their way. */
constexpr unsigned BUFFERS_WANTED = CAMERA_RING_FRAMES + 6;
constexpr unsigned BROKEN_IN_A_ROW = 30;
/* A buffer that was cancelled so often in a row is not queued any more, until the camera is opened anew. */
constexpr unsigned CANCELLED_IN_A_ROW = 20;
/* So often an exposure is set again that a cancelled request took with it. */
constexpr unsigned EXPOSURE_TRIES = 3;
/* What libcamera may still hold messages about is kept for so long. */
constexpr auto REMAINS_KEPT = std::chrono::seconds(1);
/* So many frames that come faster than a quarter of their period: it does not pace itself. */
constexpr unsigned UNPACED_IN_A_ROW = 8;
/* Commands that wait for one that hangs in libcamera; a camera is not started beyond. */
constexpr std::size_t COMMANDS_MAX = 32;
/* From the unplugging of a device to libcamera's hearing of it: some 0.1 s are usual. */
constexpr auto DISCONNECT_PATIENCE = std::chrono::seconds(2);
/* How long the manager is kept without a camera. */
constexpr auto LINGER = std::chrono::seconds(2);
/* How long somebody who asks which cameras there are waits for the answer. */
constexpr auto LIST_PATIENCE = std::chrono::seconds(10);
/* How long the daemon's end waits for cameras to stop. */
constexpr auto STOP_PATIENCE = std::chrono::seconds(3);

/* What may throw, for C and for libcamera's own thread. */
template <typename Function> int guarded(Function &&function) noexcept
{
        try {
                function();
                return 0;
        } catch (const std::bad_alloc &) {
                return -ENOMEM;
        } catch (const std::exception &) {
                return -EIO;
        }
}

/* --- what a camera is --- */

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

/* The device nodes behind a camera. */
std::vector<dev_t> devicesOf(libcamera::CameraManager &manager, const std::shared_ptr<libcamera::Camera> &camera)
{
        std::vector<dev_t> devices;
#if LIBCAMERA_IS_AT_LEAST(2)
        (void)manager;
        if (const auto known = camera->properties().get(libcamera::properties::SystemDevices))
                for (const int64_t device : *known)
                        devices.push_back(static_cast<dev_t>(device));
#else
        glob_t nodes{};
        if (glob("/dev/video*", 0, nullptr, &nodes) == 0) {
                for (std::size_t i = 0; i < nodes.gl_pathc; i++) {
                        struct stat status{};

                        if (stat(nodes.gl_pathv[i], &status) == 0 && manager.get(status.st_rdev) == camera)
                                devices.push_back(status.st_rdev);
                }
        }
        globfree(&nodes);
#endif
        return devices;
}

bool isGone(dev_t device)
{
        const std::string path = "/sys/dev/char/" + std::to_string(major(device)) + ":" + std::to_string(minor(device));

        return access(path.c_str(), F_OK) < 0 && errno == ENOENT;
}

bool hasControl(const libcamera::Camera &camera, const libcamera::ControlId &control)
{
        return camera.controls().find(&control) != camera.controls().end();
}

std::string errorText(int error)
{
        return strerrordesc_np(error < 0 ? -error : error);
}

std::string sizeText(const libcamera::Size &size)
{
        return std::to_string(size.width) + "x" + std::to_string(size.height);
}

/* --- formats --- */

struct Format {
        libcamera::PixelFormat pixelFormat;
        frame_format format;
        bool crFirst; /* its second and third planes are exchanged */
};

/* In the order of preference: a JPEG costs no encoding, planes no unpacking. */
const std::vector<Format> &knownFormats()
{
        namespace formats = libcamera::formats;
        static const std::vector<Format> known = {
                {formats::MJPEG, FRAME_JPEG, false},   {formats::YUV420, FRAME_YUV420, false},
                {formats::YVU420, FRAME_YUV420, true}, {formats::YUV422, FRAME_YUV422, false},
                {formats::YVU422, FRAME_YUV422, true}, {formats::NV12, FRAME_NV12, false},
                {formats::NV21, FRAME_NV21, false},    {formats::NV16, FRAME_NV16, false},
                {formats::NV61, FRAME_NV61, false},    {formats::YUYV, FRAME_YUYV, false},
                {formats::YVYU, FRAME_YVYU, false},    {formats::UYVY, FRAME_UYVY, false},
                {formats::VYUY, FRAME_VYUY, false},
        };

        return known;
}

unsigned planesOf(frame_format format)
{
        switch (format) {
        case FRAME_YUV420:
        case FRAME_YUV422:
                return 3;
        case FRAME_NV12:
        case FRAME_NV21:
        case FRAME_NV16:
        case FRAME_NV61:
                return 2;
        default:
                return 1;
        }
}

unsigned strideOf(const Format &format, unsigned plane, unsigned stride)
{
        return plane > 0 && planesOf(format.format) == 3 ? (stride + 1) / 2 : stride;
}

unsigned rowsOf(const Format &format, unsigned plane, unsigned height)
{
        const bool halved = format.format == FRAME_YUV420 || format.format == FRAME_NV12 || format.format == FRAME_NV21;

        return plane > 0 && halved ? (height + 1) / 2 : height;
}

/* --- delivery --- */

/* From a backend's threads to its handlers, until it is stopped; shared by all who may still have something to tell. */
class Delivery
{
      public:
        explicit Delivery(const camera_handlers &handlers) : handlers_(handlers)
        {
        }

        void frame(camera_frame *frame)
        {
                std::unique_lock<std::mutex> lock(mutex_);

                if (closed_) {
                        lock.unlock();
                        camera_frame_unref(frame);
                        return;
                }
                handlers_.frame(handlers_.userdata, frame);
        }

        void state(camera_state state, const std::string &why)
        {
                const std::lock_guard<std::mutex> lock(mutex_);

                if (!closed_)
                        handlers_.state(handlers_.userdata, state, why.c_str());
        }

        void streams(const std::optional<camera_stream> &stream)
        {
                const std::lock_guard<std::mutex> lock(mutex_);

                stream_ = stream;
        }

        /* Only while it streams. */
        void clockIs(const char *clock, int64_t age_mean_ns)
        {
                const std::lock_guard<std::mutex> lock(mutex_);

                if (!stream_)
                        return;
                std::strncpy(stream_->clock, clock, sizeof(stream_->clock) - 1);
                stream_->age_mean_ns = age_mean_ns;
        }

        std::optional<camera_stream> stream()
        {
                const std::lock_guard<std::mutex> lock(mutex_);

                return stream_;
        }

        void close()
        {
                const std::lock_guard<std::mutex> lock(mutex_);

                closed_ = true;
        }

        bool isClosed()
        {
                const std::lock_guard<std::mutex> lock(mutex_);

                return closed_;
        }

      private:
        std::mutex mutex_;
        const camera_handlers handlers_;
        std::optional<camera_stream> stream_;
        bool closed_ = false;
};

/* --- one start of one camera --- */

struct Problem : std::exception {
        explicit Problem(std::string text) : text_(std::move(text))
        {
        }
        const char *what() const noexcept override
        {
                return text_.c_str();
        }

      private:
        std::string text_;
};

class Capture;

/* A buffer, its request, and the frame by which it is lent. */
struct Slot {
        camera_frame frame{}; /* first: what is lent */
        std::shared_ptr<Capture> lentBy;
        libcamera::FrameBuffer *buffer = nullptr;
        std::unique_ptr<libcamera::Request> request;
        std::optional<camera_exposure> exposure; /* that its request is to set */
        unsigned cancelledInARow = 0;
        const std::uint8_t *planes[3] = {};
        std::size_t lengths[3] = {};
        std::set<int> fds;
};

struct Mapping {
        void *base;
        std::size_t length;
};

/* What of a camera's controls is said once, not at each start. */
void noteOnce(const std::string &camera, const std::string &note)
{
        static std::mutex mutex;
        static std::set<std::string> said;
        const std::lock_guard<std::mutex> lock(mutex);

        if (said.insert(camera + note).second)
                log_notice("camera %s: %s", camera.c_str(), note.c_str());
}

/* What is left of a camera that was unplugged: libcamera's thread may have messages about it under way. */
struct Remains {
        Clock::time_point until;
        std::shared_ptr<libcamera::Camera> camera;
        std::unique_ptr<libcamera::CameraConfiguration> config;
        std::unique_ptr<libcamera::FrameBufferAllocator> allocator;
        std::vector<std::unique_ptr<libcamera::Request>> requests;

        Remains() = default;
        Remains(Remains &&) = default;
        Remains &operator=(Remains &&) = delete;
        /* In this order. */
        ~Remains()
        {
                requests.clear();
                allocator.reset();
                config.reset();
                camera.reset();
        }
};

class Capture : public std::enable_shared_from_this<Capture>
{
      public:
        Capture(std::shared_ptr<libcamera::Camera> camera, std::vector<dev_t> devices, const config_camera &settings,
                unsigned frameLimit, std::shared_ptr<Delivery> delivery, std::function<void()> wake,
                std::function<void()> lost)
            : camera_(std::move(camera)), devices_(std::move(devices)), settings_(settings), frameLimit_(frameLimit),
              delivery_(std::move(delivery)), wake_(std::move(wake)), lost_(std::move(lost)),
              periodNs_(static_cast<int64_t>(1e9 / settings.rate_hz))
        {
        }
        Capture(const Capture &) = delete;
        Capture &operator=(const Capture &) = delete;
        /* The last frame is back: any thread. */
        ~Capture()
        {
                for (const auto &[fd, mapping] : mappings_)
                        munmap(mapping.base, mapping.length);
        }

        /* Throws what keeps it from streaming. Hub only, as are close, paceDue and pace. */
        void open();
        /* Frames that are out stay valid. Of an unplugged camera, ret_remains is to be kept for a while. False: libcamera does not let go of it; then
         * it is to be kept as it is, and the manager with it. */
        bool close(Remains &ret_remains);

        const libcamera::Camera *camera() const
        {
                return camera_.get();
        }
        void expose(const camera_exposure &exposure)
        {
                const std::lock_guard<std::mutex> lock(mutex_);

                exposure_ = exposure;
                exposureTries_ = EXPOSURE_TRIES;
        }
        void giveBack(Slot &slot);
        bool hasDelivered() const
        {
                return delivered_;
        }

        /* When the next buffer is to be queued of a camera that does not pace itself. */
        std::optional<Clock::time_point> paceDue();
        void pace(Clock::time_point now);

      private:
        bool awaitDisconnect();
        void configure();
        void turn(bool upsideDown);
        bool isTurned() const;
        Format chooseFormat();
        bool mayUse(const Format &format) const;
        void askForBuffers();
        bool tryFormat(libcamera::CameraConfiguration &config, const Format &format);
        void readColours();
        void makeSlots();
        void mapPlanes(Slot &slot);
        const std::uint8_t *mapFd(int fd, std::size_t *retLength);
        void noteControls();
        libcamera::ControlList startControls();
        void setExposure(libcamera::ControlList &list, const camera_exposure &exposure) const;
        bool canExpose() const;
        camera_stream describe() const;
        void readOut();

        void disconnected();
        void completed(libcamera::Request *request);
        void tellClock();
        bool isStartup(const Slot &slot) const;
        bool isWhole(const Slot &slot, std::size_t *retJpegSize) const;
        bool metadataIsBelieved(const libcamera::FrameMetadata &metadata) const;
        std::uint64_t numberOf(const libcamera::FrameMetadata &metadata);
        bool fill(Slot &slot, std::size_t jpegSize, const char **retProblem);
        void watchPace(int64_t now_ns);
        void broken(Slot &slot, const char *why);
        /* With mutex_ held. */
        void requeue(Slot &slot);
        void park(Slot &slot);
        void queue(Slot &slot);
        void setWanted(Slot &slot);
        void cancelled(Slot &slot);
        void syncForReading(const Slot &slot, bool begin) const;

        std::shared_ptr<libcamera::Camera> camera_; /* the hub's until close */
        const std::vector<dev_t> devices_;
        const config_camera settings_;
        const unsigned frameLimit_;
        const std::shared_ptr<Delivery> delivery_;
        const std::function<void()> wake_, lost_;
        std::unique_ptr<libcamera::CameraConfiguration> config_;
        std::unique_ptr<libcamera::FrameBufferAllocator> allocator_;
        Format format_{};
        frame_range range_ = FRAME_FULL_RANGE;
        frame_encoding encoding_ = FRAME_BT601;
        unsigned rotation_deg_ = 0, width_ = 0, height_ = 0, stride_ = 0, ringFrames_ = 0;
        int64_t readout_ns_ = 0;
        std::vector<std::unique_ptr<Slot>> slots_;
        std::map<int, Mapping> mappings_;

        std::mutex mutex_; /* of what follows: who gives frames back against who stops */
        bool running_ = false, disconnected_ = false;
        std::condition_variable disconnect_;
        bool acquired_ = false;                   /* hub only */
        std::optional<camera_exposure> exposure_; /* that the next request is to set */
        unsigned exposureTries_ = EXPOSURE_TRIES;
        std::deque<Slot *> paced_;
        bool paces_ = true; /* by itself */
        Clock::time_point paceNext_{};

        /* libcamera's thread only */
        sensor_clock clock_{};
        bool clockTold_ = false;
        const int64_t periodNs_;
        std::uint64_t number_ = 0;
        std::optional<unsigned> sequence_;
        unsigned brokenInARow_ = 0, fastInARow_ = 0;
        int64_t arrival_ns_ = 0;
        std::atomic<bool> delivered_{false};
};

/* The format at the wanted size, or what the camera makes of it. */
bool Capture::tryFormat(libcamera::CameraConfiguration &config, const Format &format)
{
        libcamera::StreamConfiguration &stream = config.at(0);

        stream.pixelFormat = format.pixelFormat;
        stream.size = {settings_.width, settings_.height};
        stream.stride = 0;
        /* What a JPEG file means: full range. A camera that cannot says what it can. */
        stream.colorSpace = libcamera::ColorSpace::Sycc;
        return config.validate() != libcamera::CameraConfiguration::Invalid &&
               config.at(0).pixelFormat == format.pixelFormat;
}

void Capture::turn(bool upsideDown)
{
#if LIBCAMERA_IS_AT_LEAST(2)
        config_->orientation = upsideDown ? libcamera::Orientation::Rotate180 : libcamera::Orientation::Rotate0;
#else
        config_->transform = upsideDown ? libcamera::Transform::Rot180 : libcamera::Transform::Identity;
#endif
}

/* After validate(): does it turn them by itself? */
bool Capture::isTurned() const
{
#if LIBCAMERA_IS_AT_LEAST(2)
        return config_->orientation == libcamera::Orientation::Rotate180;
#else
        return config_->transform == libcamera::Transform::Rot180;
#endif
}

bool Capture::mayUse(const Format &format) const
{
        if (settings_.format == CONFIG_FORMAT_YUV)
                return format.format != FRAME_JPEG;
        return settings_.format != CONFIG_FORMAT_MJPEG || format.format == FRAME_JPEG;
}

/* The one that comes nearest to the size; the first of those that come as near. */
Format Capture::chooseFormat()
{
        const double wanted = static_cast<double>(settings_.width) * settings_.height;
        std::optional<Format> best;
        double bestAway = 0;
        std::string offered;

        for (const auto &pixelFormat : config_->at(0).formats().pixelformats())
                offered += " " + pixelFormat.toString();
        for (const Format &format : knownFormats()) {
                if (!mayUse(format) || !tryFormat(*config_, format))
                        continue;
                const libcamera::Size &size = config_->at(0).size;
                const bool same = size.width == settings_.width && size.height == settings_.height;
                const double away = same ? -1 : std::abs(static_cast<double>(size.width) * size.height - wanted);

                if (!best || away < bestAway) {
                        best = format;
                        bestAway = away;
                }
        }
        if (!best || !tryFormat(*config_, *best))
                throw Problem("no format of it is of use, it offers" + (offered.empty() ? " none" : offered));
        return *best;
}

void Capture::askForBuffers()
{
        libcamera::StreamConfiguration &stream = config_->at(0);
        const std::size_t fit = BUFFER_BYTES_MAX / std::max(stream.frameSize, 1U);
        const unsigned offer = stream.bufferCount;
        const unsigned wanted = static_cast<unsigned>(std::min<std::size_t>({frameLimit_, BUFFERS_WANTED, fit}));

        if (wanted <= offer)
                return;
        stream.bufferCount = wanted;
        if (config_->validate() == libcamera::CameraConfiguration::Invalid)
                stream.bufferCount = offer;
}

void Capture::configure()
{
        const bool upsideDown = settings_.rotation_quarters == 2;

        config_ = camera_->generateConfiguration({libcamera::StreamRole::VideoRecording});
        if (!config_ || config_->empty())
                throw Problem("it has no video stream");
        turn(upsideDown);
        format_ = chooseFormat();
        askForBuffers();
        const int r = camera_->configure(config_.get());
        if (r < 0)
                throw Problem(r == -EBUSY ? "busy: another program uses it" : "it cannot be set up: " + errorText(r));
        const libcamera::StreamConfiguration &stream = config_->at(0);
        width_ = stream.size.width;
        height_ = stream.size.height;
        stride_ = stream.stride;
        if (width_ != settings_.width || height_ != settings_.height)
                noteOnce(settings_.name, sizeText({settings_.width, settings_.height}) +
                                                 " is no size of it; it gives " + sizeText(stream.size));
        rotation_deg_ = upsideDown && isTurned() ? 0 : static_cast<unsigned>(settings_.rotation_quarters) * 90;
        readColours();
}

void Capture::readColours()
{
        using libcamera::ColorSpace;
        const std::optional<ColorSpace> space = config_->at(0).colorSpace;

        if (!space || format_.format == FRAME_JPEG) {
                /* A packed stream without a word is of a USB camera, whose default is limited (UVC 1.5, 3.9.2.6). */
                range_ = !space && planesOf(format_.format) == 1 && format_.format != FRAME_JPEG ? FRAME_LIMITED_RANGE
                                                                                                 : FRAME_FULL_RANGE;
                return;
        }
        range_ = space->range == ColorSpace::Range::Limited ? FRAME_LIMITED_RANGE : FRAME_FULL_RANGE;
        encoding_ = space->ycbcrEncoding == ColorSpace::YcbcrEncoding::Rec709 ? FRAME_BT709 : FRAME_BT601;
        if (space->ycbcrEncoding == ColorSpace::YcbcrEncoding::Rec2020)
                noteOnce(settings_.name, "its colours are of BT.2020, and will look pale");
}

const std::uint8_t *Capture::mapFd(int fd, std::size_t *retLength)
{
        const auto known = mappings_.find(fd);

        if (known != mappings_.end()) {
                *retLength = known->second.length;
                return static_cast<const std::uint8_t *>(known->second.base);
        }
        const off_t end = lseek(fd, 0, SEEK_END);
        if (end <= 0)
                throw Problem("its buffers have no size");
        void *base = mmap(nullptr, static_cast<std::size_t>(end), PROT_READ, MAP_SHARED, fd, 0);
        if (base == MAP_FAILED)
                throw Problem("its buffers cannot be mapped: " + errorText(errno));
        mappings_[fd] = {base, static_cast<std::size_t>(end)};
        *retLength = static_cast<std::size_t>(end);
        return static_cast<const std::uint8_t *>(base);
}

/* Planes that libcamera tells apart, or that follow each other in the one it tells of. */
void Capture::mapPlanes(Slot &slot)
{
        const auto &planes = slot.buffer->planes();
        const unsigned count = planesOf(format_.format);
        std::size_t length = 0;

        if (planes.size() == 0)
                throw Problem("its buffers have no planes");
        for (unsigned i = 0; i < count && i < planes.size(); i++) {
                const auto &plane = planes[i];
                const std::size_t offset =
                        plane.offset == libcamera::FrameBuffer::Plane::kInvalidOffset ? 0 : plane.offset;
                const std::uint8_t *base = mapFd(plane.fd.get(), &length);

                slot.fds.insert(plane.fd.get());
                if (offset > length)
                        throw Problem("a plane of its buffers begins after their end");
                slot.planes[i] = base + offset;
                slot.lengths[i] = std::min<std::size_t>(plane.length, length - offset);
        }
        if (planes.size() < count) {
                std::size_t used = 0;
                const std::uint8_t *base = slot.planes[0];
                const std::size_t whole = slot.lengths[0];

                for (unsigned i = 0; i < count; i++) {
                        const std::size_t needed =
                                std::size_t{strideOf(format_, i, stride_)} * rowsOf(format_, i, height_);

                        if (used + needed > whole)
                                throw Problem("its buffers are smaller than its frames");
                        slot.planes[i] = base + used;
                        slot.lengths[i] = needed;
                        used += needed;
                }
        }
        if (format_.crFirst) {
                std::swap(slot.planes[1], slot.planes[2]);
                std::swap(slot.lengths[1], slot.lengths[2]);
        }
}

void frameBack(camera_frame *frame)
{
        auto &slot = reinterpret_cast<Slot &>(*frame);
        const std::shared_ptr<Capture> capture = std::move(slot.lentBy);

        capture->giveBack(slot);
}

void Capture::makeSlots()
{
        libcamera::Stream *stream = config_->at(0).stream();

        allocator_ = std::make_unique<libcamera::FrameBufferAllocator>(camera_);
        const int r = allocator_->allocate(stream);
        if (r < 0)
                throw Problem("no memory for its frames: " + errorText(r));
        for (const auto &buffer : allocator_->buffers(stream)) {
                auto slot = std::make_unique<Slot>();

                slot->buffer = buffer.get();
                slot->request = camera_->createRequest(slots_.size());
                if (!slot->request || slot->request->addBuffer(stream, buffer.get()) < 0)
                        throw Problem("it takes no requests");
                mapPlanes(*slot);
                slots_.push_back(std::move(slot));
        }
        /* Half of a few: the others are being filled, or encoded. */
        const unsigned count = static_cast<unsigned>(slots_.size());
        ringFrames_ =
                count >= BUFFERS_WANTED ? 0 : std::clamp(count / 2, 1U, static_cast<unsigned>(CAMERA_RING_FRAMES));
}

bool Capture::canExpose() const
{
        return hasControl(*camera_, controls::ExposureTime) && hasControl(*camera_, controls::AeEnable);
}

void Capture::noteControls()
{
        std::string missing;
        const auto need = [&](const libcamera::ControlId &control, const char *name) {
                if (!hasControl(*camera_, control))
                        missing += std::string(missing.empty() ? "" : ", ") + name;
        };

        need(controls::AeEnable, "AeEnable");
        need(controls::ExposureTime, "ExposureTime");
        need(controls::AnalogueGain, "AnalogueGain");
        need(controls::AwbEnable, "AwbEnable");
        need(controls::FrameDurationLimits, "FrameDurationLimits");
        need(controls::LensPosition, "LensPosition");
        if (!missing.empty())
                noteOnce(settings_.name, "it lacks these controls, and does as it likes there: " + missing);
}

void Capture::setExposure(libcamera::ControlList &list, const camera_exposure &exposure) const
{
        if (!canExpose())
                return;
        list.set(controls::AeEnable, exposure.automatic);
#if LIBCAMERA_IS_AT_LEAST(5)
        if (hasControl(*camera_, controls::ExposureTimeMode))
                list.set(controls::ExposureTimeMode,
                         static_cast<int32_t>(exposure.automatic ? controls::ExposureTimeModeAuto
                                                                 : controls::ExposureTimeModeManual));
        if (hasControl(*camera_, controls::AnalogueGainMode))
                list.set(controls::AnalogueGainMode,
                         static_cast<int32_t>(exposure.automatic ? controls::AnalogueGainModeAuto
                                                                 : controls::AnalogueGainModeManual));
#else
        /* Up to 0.4, where a sensor's algorithm keeps what was fixed until it is told 0. USB cameras have no such algorithm. */
        if (exposure.automatic && hasControl(*camera_, controls::FrameDurationLimits)) {
                list.set(controls::ExposureTime, 0);
                if (hasControl(*camera_, controls::AnalogueGain))
                        list.set(controls::AnalogueGain, 0.0F);
        }
#endif
        if (!exposure.automatic) {
                list.set(controls::ExposureTime, static_cast<int32_t>(exposure.exposure_ns / NS_PER_US));
                if (hasControl(*camera_, controls::AnalogueGain))
                        list.set(controls::AnalogueGain, static_cast<float>(exposure.gain));
        }
}

libcamera::ControlList Capture::startControls()
{
        libcamera::ControlList list(camera_->controls());

        setExposure(list, {true, 0, 0});
        if (hasControl(*camera_, controls::AwbEnable))
                list.set(controls::AwbEnable, true);
        if (hasControl(*camera_, controls::FrameDurationLimits)) {
                const libcamera::ControlInfo &info = camera_->controls().at(controls::FrameDurationLimits.id());
                const int64_t us = std::clamp(static_cast<int64_t>(1e6 / settings_.rate_hz), info.min().get<int64_t>(),
                                              info.max().get<int64_t>());
                const int64_t limits[2] = {us, us};

                list.set(controls::FrameDurationLimits, libcamera::Span<const int64_t, 2>(limits));
        }
        if (hasControl(*camera_, controls::LensPosition)) {
                const libcamera::ControlInfo &info = camera_->controls().at(controls::LensPosition.id());

                if (hasControl(*camera_, controls::AfMode))
                        list.set(controls::AfMode, static_cast<int32_t>(controls::AfModeManual));
                list.set(controls::LensPosition, std::clamp(static_cast<float>(1.0 / settings_.focus_distance_m),
                                                            info.min().get<float>(), info.max().get<float>()));
        }
        return list;
}

/* First row to last: by the settings; else about the shortest time from frame to frame, which leaves a sensor hardly more than its rows. */
void Capture::readOut()
{
        readout_ns_ = static_cast<int64_t>(settings_.readout_s * 1e9);
        if (readout_ns_ == 0 && hasControl(*camera_, controls::FrameDurationLimits))
                readout_ns_ =
                        camera_->controls().at(controls::FrameDurationLimits.id()).min().get<int64_t>() * NS_PER_US;
}

camera_stream Capture::describe() const
{
        camera_stream stream{};

        stream.width = width_;
        stream.height = height_;
        stream.buffers = static_cast<unsigned>(slots_.size());
        std::strncpy(stream.format, frame_format_text(format_.format), sizeof(stream.format) - 1);
        std::strncpy(stream.id, camera_->id().c_str(), sizeof(stream.id) - 1);
        std::strncpy(stream.model, modelOf(*camera_).c_str(), sizeof(stream.model) - 1);
        if (canExpose()) {
                const libcamera::ControlInfo &time = camera_->controls().at(controls::ExposureTime.id());

                stream.exposure_min_ns = time.min().get<int32_t>() * NS_PER_US;
                stream.exposure_max_ns = time.max().get<int32_t>() * NS_PER_US;
                stream.gain_min = stream.gain_max = 1;
        }
        if (canExpose() && hasControl(*camera_, controls::AnalogueGain)) {
                const libcamera::ControlInfo &gain = camera_->controls().at(controls::AnalogueGain.id());

                stream.gain_min = static_cast<double>(gain.min().get<float>());
                stream.gain_max = static_cast<double>(gain.max().get<float>());
        }
        return stream;
}

void Capture::open()
{
        int r = camera_->acquire();

        if (r < 0)
                throw Problem(r == -EBUSY ? "busy: another program uses it" : "it cannot be opened: " + errorText(r));
        acquired_ = true;
        configure();
        makeSlots();
        noteControls();
        readOut();
        sensor_clock_init(&clock_);
        const std::weak_ptr<Capture> weak = weak_from_this();
        camera_->requestCompleted.connect(this, [weak](libcamera::Request *request) {
                if (const auto self = weak.lock())
                        self->completed(request);
        });
        camera_->disconnected.connect(this, [weak]() {
                if (const auto self = weak.lock())
                        self->disconnected();
        });
        const libcamera::ControlList list = startControls();
        const camera_stream stream = describe();
        /* Before the lock: a frame that is delivered may give back another from within, the other way round. */
        delivery_->streams(stream);
        /* No lock over what may block. Nothing completes before something is queued. */
        r = camera_->start(&list);
        if (r < 0)
                throw Problem(r == -EBUSY ? "busy: another program uses it" : "it does not start: " + errorText(r));
        const std::lock_guard<std::mutex> lock(mutex_);
        running_ = true;
        /* USB cameras heed no start controls up to 0.4, and keep what they were told before. */
        if (!exposure_)
                exposure_ = camera_exposure{true, 0, 0};
        for (const auto &slot : slots_) {
                setWanted(*slot);
                queue(*slot);
        }
        log_info("camera %s: %s, %ux%u %s, %u buffers", settings_.name, stream.id, width_, height_, stream.format,
                 stream.buffers);
}

void Capture::disconnected()
{
        {
                const std::lock_guard<std::mutex> lock(mutex_);

                disconnected_ = true;
                disconnect_.notify_all();
        }
        (void)guarded(lost_);
}

/* False: its device is gone, and libcamera does not hear of it. */
bool Capture::awaitDisconnect()
{
        std::unique_lock<std::mutex> lock(mutex_);

        if (std::none_of(devices_.begin(), devices_.end(), isGone))
                return true;
        return disconnect_.wait_for(lock, DISCONNECT_PATIENCE, [this] { return disconnected_; });
}

bool Capture::close(Remains &ret_remains)
{
        bool ran;
        {
                const std::lock_guard<std::mutex> lock(mutex_);

                ran = running_;
                running_ = false;
                paced_.clear();
        }
        delivery_->streams(std::nullopt);
        if (!camera_)
                return true;
        if (ran && !awaitDisconnect())
                return false;
        /* No lock: what is queued completes, as cancelled, before this returns. Of an unplugged camera nothing does, and this does not wait for libcamera's
         * thread: that may have messages about requests in hand, so they are kept for a while. */
        camera_->stop();
        camera_->requestCompleted.disconnect(this);
        camera_->disconnected.disconnect(this);
        if (acquired_)
                camera_->release();
        const std::lock_guard<std::mutex> lock(mutex_);
        for (const auto &slot : slots_)
                ret_remains.requests.push_back(std::move(slot->request));
        ret_remains.allocator = std::move(allocator_);
        ret_remains.config = std::move(config_);
        ret_remains.camera = std::move(camera_);
        /* Of one that was stopped, at once: its memory is wanted by the next opening. */
        ret_remains.until = Clock::now() + (disconnected_ ? REMAINS_KEPT : std::chrono::seconds(0));
        return true;
}

/* --- frames; on libcamera's thread --- */

/* The CPU's caches are told that it reads; on a machine where they are coherent this costs nothing, and what is no dma-buf says so. */
void Capture::syncForReading(const Slot &slot, bool begin) const
{
        dma_buf_sync sync{};

        sync.flags = (begin ? DMA_BUF_SYNC_START : DMA_BUF_SYNC_END) | DMA_BUF_SYNC_READ;
        for (const int fd : slot.fds)
                (void)ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync);
}

/* The virtual camera of 0.4 leaves it as it was in memory: one that has a time near now, and as many bytes as there can be, was filled in. */
bool Capture::metadataIsBelieved(const libcamera::FrameMetadata &metadata) const
{
        const int64_t time = static_cast<int64_t>(metadata.timestamp);
        const int64_t boottime = clock_boottime_ns();
        const int64_t clocks[] = {boottime, clock_monotonic_ns(), boottime + clock_realtime_minus_boottime_ns()};

        for (const int64_t now : clocks)
                if (time > now - 10 * NS_PER_S && time < now + NS_PER_S)
                        return true;
        return false;
}

/* Its exposure is not settled yet, it says (0.7 has a name for that). */
bool Capture::isStartup(const Slot &slot) const
{
        const libcamera::FrameMetadata &metadata = slot.buffer->metadata();

        return metadataIsBelieved(metadata) &&
               static_cast<int>(metadata.status) > static_cast<int>(libcamera::FrameMetadata::FrameCancelled);
}

/* Whole, or a JPEG whose length is known (what is in it, geotag/jpeg_check.h looks at). */
bool Capture::isWhole(const Slot &slot, std::size_t *retJpegSize) const
{
        const libcamera::FrameMetadata &metadata = slot.buffer->metadata();
        const bool believed = metadataIsBelieved(metadata);
        const auto &used = metadata.planes();

        *retJpegSize = 0;
        if (believed && metadata.status != libcamera::FrameMetadata::FrameSuccess)
                return false;
        if (format_.format == FRAME_JPEG) {
                if (!believed || used.size() == 0 || used[0].bytesused == 0 || used[0].bytesused > slot.lengths[0])
                        return false;
                *retJpegSize = used[0].bytesused;
                return true;
        }
        std::size_t needed = 0, filled = 0;
        for (unsigned i = 0; i < planesOf(format_.format); i++) {
                const std::size_t plane = std::size_t{strideOf(format_, i, stride_)} * rowsOf(format_, i, height_);

                if (slot.lengths[i] < plane)
                        return false;
                needed += plane;
        }
        for (unsigned i = 0; i < used.size(); i++)
                filled += used[i].bytesused;
        return !believed || filled == 0 || filled >= needed;
}

/* By the camera's own count, where it counts. */
std::uint64_t Capture::numberOf(const libcamera::FrameMetadata &metadata)
{
        const unsigned sequence = metadata.sequence;

        if (sequence_ && metadataIsBelieved(metadata) && sequence > *sequence_ && sequence - *sequence_ < 10000)
                number_ += sequence - *sequence_;
        else
                number_++;
        sequence_ = sequence;
        return number_;
}

/* False: nobody knows when it was exposed. */
bool Capture::fill(Slot &slot, std::size_t jpegSize, const char **retProblem)
{
        const libcamera::ControlList &metadata = slot.request->metadata();
        camera_frame &frame = slot.frame;
        sensor_clock_frame seen{};
        sensor_clock_stamp stamp{};

        seen.now_boottime_ns = clock_boottime_ns();
        seen.now_monotonic_ns = clock_monotonic_ns();
        seen.now_realtime_ns = seen.now_boottime_ns + clock_realtime_minus_boottime_ns();
        seen.stamp_ns = metadata.get(controls::SensorTimestamp).value_or(0);
        seen.exposure_ns = metadata.get(controls::ExposureTime).value_or(0) * NS_PER_US;
        seen.frame_duration_ns = metadata.get(controls::FrameDuration).value_or(0) * NS_PER_US;
        const double gain = static_cast<double>(metadata.get(controls::AnalogueGain).value_or(0)) *
                            static_cast<double>(metadata.get(controls::DigitalGain).value_or(1));

        frame.number = numberOf(slot.buffer->metadata());
        if (sensor_clock_observe(&clock_, &seen, &stamp) == SENSOR_CLOCK_DROP) {
                *retProblem = stamp.problem;
                return false;
        }
        int64_t readout_ns = readout_ns_;
        if (seen.frame_duration_ns > 0 && readout_ns > seen.frame_duration_ns)
                readout_ns = seen.frame_duration_ns;
        frame.format = format_.format;
        frame.range = range_;
        frame.encoding = encoding_;
        frame.width = width_;
        frame.height = height_;
        frame.rotation_deg = rotation_deg_;
        frame.exposure_ns = seen.exposure_ns;
        frame.gain = gain > 0 ? gain : NAN;
        frame.ring_frames = ringFrames_;
        frame.exposure_mid_boottime_ns = sensor_clock_exposure_mid_boottime_ns(
                stamp.boottime_ns, seen.exposure_ns, seen.frame_duration_ns, readout_ns,
                static_cast<int64_t>(settings_.timestamp_offset_s * 1e9));
        for (unsigned i = 0; i < planesOf(format_.format); i++) {
                frame.planes[i] = slot.planes[i];
                frame.strides[i] = format_.format == FRAME_JPEG ? 0 : static_cast<int>(strideOf(format_, i, stride_));
                frame.sizes[i] = format_.format == FRAME_JPEG ? jpegSize : slot.lengths[i];
        }
        frame.release = frameBack;
        frame.references = 1;
        return true;
}

void Capture::watchPace(int64_t now_ns)
{
        const bool fast = arrival_ns_ > 0 && now_ns - arrival_ns_ < periodNs_ / 4;

        arrival_ns_ = now_ns;
        fastInARow_ = fast ? fastInARow_ + 1 : 0;
        if (fastInARow_ < UNPACED_IN_A_ROW)
                return;
        const std::lock_guard<std::mutex> lock(mutex_);
        if (paces_)
                log_info("camera %s: it streams far faster than %g fps; it is given its buffers at that rate",
                         settings_.name, settings_.rate_hz);
        paces_ = false;
}

void Capture::broken(Slot &slot, const char *why)
{
        if (++brokenInARow_ == BROKEN_IN_A_ROW)
                delivery_->state(CAMERA_STALLED,
                                 std::to_string(BROKEN_IN_A_ROW) + " frames in a row are broken: " + why);
        const std::lock_guard<std::mutex> lock(mutex_);
        if (running_)
                syncForReading(slot, false);
        requeue(slot);
}

/* At a stop; or one that could not be queued, as all of a camera that is being unplugged: queued again at once, libcamera would cancel it at once, and do
 * nothing else, not even hear that the camera is gone. */
void Capture::cancelled(Slot &slot)
{
        const std::lock_guard<std::mutex> lock(mutex_);

        if (!running_)
                return;
        if (slot.exposure && !exposure_ && exposureTries_ > 0) {
                exposure_ = slot.exposure;
                exposureTries_--;
        }
        slot.exposure.reset();
        if (++slot.cancelledInARow < CANCELLED_IN_A_ROW)
                park(slot);
}

/* Once it is settled. */
void Capture::tellClock()
{
        sensor_clock_report report{};

        sensor_clock_get_report(&clock_, &report);
        if (!report.settled)
                return;
        clockTold_ = true;
        delivery_->clockIs(sensor_clock_base_text(report.base), report.age_mean_ns);
        log_info("camera %s: its time stamps are of %s%s, %.1f ms old when frames arrive", settings_.name,
                 sensor_clock_base_text(report.base), report.ambiguous ? " (or another clock that tells the same)" : "",
                 static_cast<double>(report.age_mean_ns) / 1e6);
}

void Capture::completed(libcamera::Request *request)
try {
        Slot &slot = *slots_[request->cookie()];
        std::size_t jpegSize = 0;

        if (request->status() == libcamera::Request::RequestCancelled) {
                cancelled(slot);
                return;
        }
        slot.cancelledInARow = 0;
        slot.exposure.reset();
        if (isStartup(slot)) {
                const std::lock_guard<std::mutex> lock(mutex_);

                requeue(slot);
                return;
        }
        const char *problem = "its time is not known";

        syncForReading(slot, true);
        watchPace(clock_boottime_ns());
        if (!isWhole(slot, &jpegSize)) {
                broken(slot, "not whole");
                return;
        }
        if (!fill(slot, jpegSize, &problem)) {
                broken(slot, problem);
                return;
        }
        brokenInARow_ = 0;
        if (!clockTold_)
                tellClock();
        slot.lentBy = shared_from_this();
        delivered_ = true;
        delivery_->frame(&slot.frame);
} catch (const std::exception &) {
        /* Out of memory: that buffer is lost until the camera is opened again. */
}

void Capture::setWanted(Slot &slot)
{
        if (!exposure_)
                return;
        setExposure(slot.request->controls(), *exposure_);
        if (hasControl(*camera_, controls::AwbEnable))
                slot.request->controls().set(controls::AwbEnable, true);
        slot.exposure = exposure_;
        exposure_.reset();
}

void Capture::queue(Slot &slot)
{
        if (camera_->queueRequest(slot.request.get()) < 0)
                park(slot);
}

/* Until the hub has time: one of them each frame period. */
void Capture::park(Slot &slot)
{
        paced_.push_back(&slot);
        if (paced_.size() == 1)
                wake_();
}

void Capture::requeue(Slot &slot)
{
        if (!running_)
                return;
        if (paces_) {
                slot.request->reuse(libcamera::Request::ReuseBuffers);
                setWanted(slot);
                queue(slot);
        } else {
                park(slot);
        }
}

void Capture::giveBack(Slot &slot)
try {
        const std::lock_guard<std::mutex> lock(mutex_);

        if (running_)
                syncForReading(slot, false);
        requeue(slot);
} catch (const std::exception &) {
}

std::optional<Clock::time_point> Capture::paceDue()
{
        const std::lock_guard<std::mutex> lock(mutex_);

        return paced_.empty() ? std::nullopt : std::make_optional(paceNext_);
}

void Capture::pace(Clock::time_point now)
{
        const std::lock_guard<std::mutex> lock(mutex_);

        if (!running_ || paced_.empty() || now < paceNext_)
                return;
        const std::chrono::nanoseconds period(periodNs_);
        Slot &slot = *paced_.front();

        paceNext_ = std::max(paceNext_, now - period) + period;
        paced_.pop_front();
        slot.request->reuse(libcamera::Request::ReuseBuffers);
        setWanted(slot);
        queue(slot);
}

/* --- what libcamera logs --- */

/* Its lines to our log: errors are worth a technician's look, the rest is for who looks closely. */
class LogLines : public std::streambuf
{
      protected:
        std::streamsize xsputn(const char *text, std::streamsize size) override
        {
                const std::lock_guard<std::mutex> lock(mutex_);

                for (std::streamsize i = 0; i < size; i++)
                        take(text[i]);
                return size;
        }
        int_type overflow(int_type c) override
        {
                const std::lock_guard<std::mutex> lock(mutex_);

                if (!traits_type::eq_int_type(c, traits_type::eof()))
                        take(traits_type::to_char_type(c));
                return traits_type::not_eof(c);
        }

      private:
        void take(char c)
        {
                if (c != '\n') {
                        line_ += c;
                        return;
                }
                const bool isError =
                        line_.find("ERROR") != std::string::npos || line_.find("FATAL") != std::string::npos;
                log_write(isError ? LOG_LEVEL_WARNING : LOG_LEVEL_DEBUG, "libcamera: %s", line_.c_str());
                line_.clear();
        }

        std::mutex mutex_;
        std::string line_;
};

void logThroughOurs()
{
        static LogLines *lines = new LogLines; /* libcamera may log as long as the process lives */
        static std::ostream *stream = new std::ostream(lines);

        libcamera::logSetStream(stream);
}

/* --- all cameras of the process --- */

/* A camera that somebody wants; the hub's, but for its delivery and capture (behind its mutex). */
class Session
{
      public:
        Session(const config_camera &wanted, unsigned limit, const camera_handlers &handlers)
            : settings(wanted), frameLimit(limit), delivery(std::make_shared<Delivery>(handlers))
        {
        }

        std::shared_ptr<Capture> capture()
        {
                const std::lock_guard<std::mutex> lock(mutex_);

                return capture_;
        }
        void setCapture(std::shared_ptr<Capture> capture)
        {
                const std::lock_guard<std::mutex> lock(mutex_);

                capture_.swap(capture);
        }

        const config_camera settings;
        const unsigned frameLimit;
        const std::shared_ptr<Delivery> delivery;

      private:
        std::mutex mutex_;
        std::shared_ptr<Capture> capture_;
};

/* A camera that is there. */
struct Listed {
        std::string id, model, position, formats, controls;
};

class Hub
{
      public:
        /* Never destroyed, nor is its thread: where libcamera hangs, it hangs with it. */
        static Hub &get()
        {
                static Hub *hub = new Hub;

                return *hub;
        }

        /* As long as there is one, and for a moment after the last, the manager is kept. */
        void addUser();
        void removeUser();
        /* Waits until all is closed, for a while. */
        void finish();
        void post(std::function<void()> command);
        bool isBehind(); /* it does what was asked of it long ago: libcamera hangs */

        /* Commands. */
        void open(const std::shared_ptr<Session> &session);
        void close(const std::shared_ptr<Session> &session);
        int list(std::vector<Listed> &cameras);

      private:
        void run();
        void rest(std::unique_lock<std::mutex> &lock);
        void closeAll();
        void waitFor(std::unique_lock<std::mutex> &lock);
        void paceAll();
        int startManager();
        void stopManager();
        void clearRemains(bool all);
        void closeCapture(const std::shared_ptr<Capture> &capture, const char *name);
        bool anyCapture();
        bool isStuck(const libcamera::Camera *camera) const;
        bool isUsed(const libcamera::Camera *camera) const;
        std::shared_ptr<libcamera::Camera> find(const config_camera &settings);
        void tryOpen(const std::shared_ptr<Session> &session);
        void drop(const std::shared_ptr<Session> &session);
        void lost(const std::weak_ptr<Session> &session, const libcamera::Camera *camera);
        void cameraAppeared();

        std::mutex mutex_;
        std::condition_variable wake_, idle_;
        std::deque<std::function<void()>> commands_;
        unsigned users_ = 0;
        bool running_ = false, finishing_ = false;
        bool closed_ = true; /* no session, no manager */

        /* The thread's own. */
        std::unique_ptr<libcamera::CameraManager> manager_;
        bool logs_ = false;
        bool failed_ = false; /* since the manager was started, a camera was not to be had, or gave no frame */
        std::vector<std::shared_ptr<Session>> sessions_;
        std::list<Remains> remains_;
        std::vector<std::shared_ptr<Capture>> stuck_; /* unplugged ones that libcamera holds for there */
};

void Hub::addUser()
{
        const std::lock_guard<std::mutex> lock(mutex_);

        if (!running_) {
                std::thread(&Hub::run, this).detach();
                running_ = true;
        }
        users_++;
        closed_ = false;
}

void Hub::removeUser()
{
        const std::lock_guard<std::mutex> lock(mutex_);

        users_--;
        wake_.notify_all();
}

void Hub::finish()
{
        std::unique_lock<std::mutex> lock(mutex_);

        finishing_ = true;
        wake_.notify_all();
        if (!idle_.wait_for(lock, STOP_PATIENCE, [this] { return closed_ || users_ > 0; }))
                log_warning("libcamera does not stop its cameras; going on without waiting for it");
        finishing_ = false;
}

void Hub::post(std::function<void()> command)
{
        const std::lock_guard<std::mutex> lock(mutex_);

        commands_.push_back(std::move(command));
        wake_.notify_all();
}

bool Hub::isBehind()
{
        const std::lock_guard<std::mutex> lock(mutex_);

        return commands_.size() > COMMANDS_MAX;
}

void Hub::waitFor(std::unique_lock<std::mutex> &lock)
{
        std::optional<Clock::time_point> due;

        lock.unlock();
        for (const auto &session : sessions_) {
                const auto capture = session->capture();
                const auto next = capture ? capture->paceDue() : std::nullopt;

                if (next && (!due || *next < *due))
                        due = next;
        }
        if (!remains_.empty() && (!due || remains_.front().until < *due))
                due = remains_.front().until;
        lock.lock();
        const auto isNeeded = [this] { return !commands_.empty() || users_ == 0; };
        if (due)
                wake_.wait_until(lock, *due, isNeeded);
        else if (!isNeeded())
                wake_.wait(lock);
}

void Hub::paceAll()
{
        const Clock::time_point now = Clock::now();

        for (const auto &session : sessions_)
                if (const auto capture = session->capture())
                        capture->pace(now);
}

void Hub::run()
{
        pthread_setname_np(pthread_self(), "cameras");
        std::unique_lock<std::mutex> lock(mutex_);
        for (;;) {
                if (commands_.empty() && users_ == 0)
                        rest(lock);
                else if (commands_.empty())
                        waitFor(lock);
                std::function<void()> command;
                if (!commands_.empty()) {
                        command = std::move(commands_.front());
                        commands_.pop_front();
                }
                lock.unlock();
                try {
                        if (command)
                                command();
                        paceAll();
                        clearRemains(false);
                } catch (const std::exception &problem) {
                        log_error("libcamera: %s", problem.what());
                }
                command = nullptr;
                lock.lock();
        }
}

/* Nobody wants anything: somebody who opens a camera anew will in a moment. */
void Hub::rest(std::unique_lock<std::mutex> &lock)
{
        const auto isNeeded = [this] { return !commands_.empty() || users_ > 0; };

        if (!closed_ && wake_.wait_for(lock, LINGER, [&] { return isNeeded() || finishing_; }) && isNeeded())
                return;
        if (!closed_) {
                lock.unlock();
                closeAll();
                lock.lock();
                closed_ = users_ == 0 && commands_.empty();
        }
        idle_.notify_all();
        wake_.wait(lock, isNeeded);
}

void Hub::closeAll()
{
        while (!sessions_.empty())
                close(sessions_.front());
        stopManager();
}

/* --- the rest runs on the hub's thread --- */

int Hub::startManager()
{
        if (manager_)
                return 0;
        if (!logs_)
                logThroughOurs();
        logs_ = true;
        auto manager = std::make_unique<libcamera::CameraManager>();
        const int r = manager->start();
        if (r < 0)
                return r;
        manager->cameraAdded.connect(this, [this](const std::shared_ptr<libcamera::Camera> &) {
                (void)guarded([this] { post([this] { cameraAppeared(); }); });
        });
        manager_ = std::move(manager);
        failed_ = false;
        return 0;
}

/* What need not be kept any more; or all, when libcamera's thread has had the time. */
void Hub::clearRemains(bool all)
{
        while (!remains_.empty()) {
                const Clock::time_point until = remains_.front().until;

                if (until > Clock::now() && !all)
                        return;
                std::this_thread::sleep_until(until);
                remains_.pop_front();
        }
}

void Hub::stopManager()
{
        if (!manager_ || !stuck_.empty())
                return;
        clearRemains(true);
        manager_->cameraAdded.disconnect(this);
        manager_->stop();
        manager_.reset();
}

bool Hub::anyCapture()
{
        for (const auto &session : sessions_)
                if (session->capture())
                        return true;
        return false;
}

bool Hub::isStuck(const libcamera::Camera *camera) const
{
        return std::any_of(stuck_.begin(), stuck_.end(),
                           [&](const std::shared_ptr<Capture> &capture) { return capture->camera() == camera; });
}

bool Hub::isUsed(const libcamera::Camera *camera) const
{
        return std::any_of(sessions_.begin(), sessions_.end(), [&](const std::shared_ptr<Session> &session) {
                const auto capture = session->capture();

                return capture && capture->camera() == camera;
        });
}

/* Throws when there is none, or none that nobody else here has. */
std::shared_ptr<libcamera::Camera> Hub::find(const config_camera &settings)
{
        const std::string device = settings.device;
        std::vector<std::shared_ptr<libcamera::Camera>> fitting;
        bool taken = false;
        std::string others;

        for (const auto &camera : manager_->cameras()) {
                if (!isWanted(*camera, device)) {
                        others += (others.empty() ? "" : ", ") + camera->id();
                        continue;
                }
                if (isStuck(camera.get()))
                        throw Problem("unplugged, and libcamera does not hear of it: it takes a restart of streetcapd");
                const bool used = isUsed(camera.get());

                taken = taken || used;
                if (!used)
                        fitting.push_back(camera);
        }
        if (fitting.size() == 1)
                return fitting.front();
        if (fitting.size() > 1)
                throw Problem("several cameras fit: set the device to the id of one (streetcap doctor lists them)");
        if (taken)
                throw Problem("the camera that fits is another [camera] section's already: set the device of each");
        if (others.empty())
                throw Problem("no camera found");
        throw Problem("no camera is called " + device + ", there is " + others);
}

void Hub::closeCapture(const std::shared_ptr<Capture> &capture, const char *name)
{
        Remains remains;

        if (capture->close(remains)) {
                remains_.push_back(std::move(remains));
                return;
        }
        stuck_.push_back(capture);
        log_error(
                "camera %s: unplugged, and libcamera does not hear of it (is systemd-udevd running, and AF_NETLINK allowed?)",
                name);
}

void Hub::drop(const std::shared_ptr<Session> &session)
{
        const auto capture = session->capture();

        if (!capture)
                return;
        session->setCapture(nullptr);
        closeCapture(capture, session->settings.name);
}

/* It is gone, by what libcamera says; it may be a notice about one that was opened again since, or that was given up. */
void Hub::lost(const std::weak_ptr<Session> &weak, const libcamera::Camera *camera)
{
        const auto session = weak.lock();
        const auto capture = session ? session->capture() : nullptr;
        const auto late = std::find_if(stuck_.begin(), stuck_.end(), [&](const std::shared_ptr<Capture> &stuck) {
                return stuck->camera() == camera;
        });

        if (late != stuck_.end()) {
                const auto given = *late;

                stuck_.erase(late);
                closeCapture(given, "given up");
                return;
        }
        if (!capture || capture->camera() != camera)
                return;
        drop(session);
        failed_ = true;
        session->delivery->state(CAMERA_ABSENT, "unplugged");
}

void Hub::tryOpen(const std::shared_ptr<Session> &session)
{
        std::string why;

        if (failed_ && !anyCapture())
                stopManager();
        const int r = startManager();
        if (r < 0) {
                session->delivery->state(CAMERA_ABSENT, "libcamera does not start: " + errorText(r));
                return;
        }
        try {
                const auto camera = find(session->settings);
                const std::weak_ptr<Session> weak = session;
                const libcamera::Camera *pointer = camera.get();
                const auto capture = std::make_shared<Capture>(
                        camera, devicesOf(*manager_, camera), session->settings, session->frameLimit, session->delivery,
                        [this] { post(nullptr); },
                        [this, weak, pointer] { post([this, weak, pointer] { lost(weak, pointer); }); });

                session->setCapture(capture);
                capture->open();
                session->delivery->state(CAMERA_STREAMING, "");
                return;
        } catch (const std::exception &problem) {
                why = problem.what();
        }
        drop(session);
        failed_ = true;
        session->delivery->state(CAMERA_ABSENT, why);
}

void Hub::open(const std::shared_ptr<Session> &session)
{
        if (session->delivery->isClosed())
                return; /* nobody waits for it any more */
        sessions_.push_back(session);
        tryOpen(session);
}

void Hub::close(const std::shared_ptr<Session> &session)
{
        const auto capture = session->capture();

        if (capture && !capture->hasDelivered())
                failed_ = true;
        drop(session);
        for (auto i = sessions_.begin(); i != sessions_.end(); ++i) {
                if (*i == session) {
                        sessions_.erase(i);
                        break;
                }
        }
}

/* Plugged in again, or for the first time: no need to wait for the next try. */
void Hub::cameraAppeared()
{
        for (const auto &session : std::vector<std::shared_ptr<Session>>(sessions_)) {
                if (session->capture())
                        continue;
                failed_ = false;
                tryOpen(session);
        }
}

std::string formatsOf(libcamera::Camera &camera)
{
        const auto config = camera.generateConfiguration({libcamera::StreamRole::VideoRecording});
        std::string text;

        if (!config || config->empty())
                return text;
        for (const auto &pixelFormat : config->at(0).formats().pixelformats()) {
                text += (text.empty() ? "" : "; ") + pixelFormat.toString();
                for (const auto &size : config->at(0).formats().sizes(pixelFormat))
                        text += " " + sizeText(size);
        }
        return text;
}

std::string controlsOf(const libcamera::Camera &camera)
{
        std::string text;

        for (const auto &[control, info] : camera.controls())
                text += (text.empty() ? "" : "; ") + control->name() + " " + info.toString();
        return text;
}

int Hub::list(std::vector<Listed> &cameras)
{
        const int r = startManager();

        if (r < 0)
                return r;
        for (const auto &camera : manager_->cameras())
                cameras.push_back(
                        {camera->id(), modelOf(*camera), positionOf(*camera), formatsOf(*camera), controlsOf(*camera)});
        return 0;
}

/* --- the table of functions; each on the main thread --- */

struct LibcameraCamera {
        struct camera camera; /* first: what callers see */
        config_camera settings;
        unsigned frameLimit;
        std::shared_ptr<Session> session; /* since start */
        std::shared_ptr<Session> stopped; /* it delivers nothing any more, and is closed when there is time */
};

LibcameraCamera *self(struct camera *camera)
{
        return reinterpret_cast<LibcameraCamera *>(camera);
}

int libcameraCreate(const struct config_camera *settings, unsigned frameLimit, const struct camera_handlers *handlers,
                    struct camera **ret_camera, const char **ret_problem)
{
        const int r = guarded([&] {
                auto made = std::make_unique<LibcameraCamera>();

                made->camera.handlers = *handlers;
                made->settings = *settings;
                made->frameLimit = frameLimit;
                Hub::get().addUser();
                *ret_camera = &made.release()->camera;
        });

        if (r < 0)
                *ret_problem = "out of memory";
        return r;
}

/* What was stopped is closed: at a stop of the daemon when its pictures are stored, since nobody knows how libcamera takes it. */
void closeStopped(struct camera *camera)
{
        const auto session = std::move(self(camera)->stopped);

        if (session)
                (void)guarded([&] { Hub::get().post([session] { Hub::get().close(session); }); });
}

int libcameraStart(struct camera *camera)
{
        if (self(camera)->session)
                return -EALREADY;
        if (Hub::get().isBehind())
                return -EBUSY;
        closeStopped(camera);
        return guarded([&] {
                const auto session =
                        std::make_shared<Session>(self(camera)->settings, self(camera)->frameLimit, camera->handlers);

                Hub::get().post([session] { Hub::get().open(session); });
                self(camera)->session = session;
        });
}

void libcameraStop(struct camera *camera)
{
        auto &session = self(camera)->session;

        if (!session)
                return;
        session->delivery->close();
        self(camera)->stopped = std::move(session);
}

void libcameraDestroy(struct camera *camera)
{
        if (!camera)
                return;
        libcameraStop(camera);
        closeStopped(camera);
        delete self(camera);
        Hub::get().removeUser();
}

int libcameraGetStream(struct camera *camera, struct camera_stream *ret_stream)
{
        const auto &session = self(camera)->session;
        const auto stream = session ? session->delivery->stream() : std::nullopt;

        if (!stream)
                return -EAGAIN;
        *ret_stream = *stream;
        return 0;
}

void libcameraExpose(struct camera *camera, const struct camera_exposure *exposure)
{
        const auto &session = self(camera)->session;
        const auto capture = session ? session->capture() : nullptr;

        if (capture)
                capture->expose(*exposure);
}

/* What the hub finds for somebody who may not wait for it any more. */
struct ListRequest {
        std::mutex mutex;
        std::condition_variable ready;
        std::vector<Listed> cameras;
        int result = -ETIMEDOUT;
        bool done = false;
};

void fulfil(ListRequest &request)
{
        std::vector<Listed> cameras;
        int result = -EIO;

        (void)guarded([&] { result = Hub::get().list(cameras); });
        const std::lock_guard<std::mutex> lock(request.mutex);
        request.cameras = std::move(cameras);
        request.result = result;
        request.done = true;
        request.ready.notify_all();
}

int libcameraList(void (*found)(void *userdata, const struct camera_listing *listing), void *userdata)
{
        int result = -EIO;
        const int r = guarded([&] {
                const auto request = std::make_shared<ListRequest>();

                Hub::get().addUser();
                Hub::get().post([request] { fulfil(*request); });
                std::unique_lock<std::mutex> lock(request->mutex);
                request->ready.wait_for(lock, LIST_PATIENCE, [&] { return request->done; });
                Hub::get().removeUser();
                result = request->result;
                for (const Listed &camera : request->cameras) {
                        const camera_listing listing = {camera.id.c_str(), camera.model.c_str(),
                                                        camera.position.c_str(), camera.formats.c_str(),
                                                        camera.controls.c_str()};

                        found(userdata, &listing);
                }
        });

        return r < 0 ? r : result;
}

void libcameraFinish()
{
        (void)guarded([] { Hub::get().finish(); });
}

} /* namespace */

const struct camera_backend camera_backend_libcamera = {
        "libcamera", libcameraCreate,    libcameraStart,  libcameraStop, libcameraDestroy,
        nullptr,     libcameraGetStream, libcameraExpose, libcameraList, libcameraFinish,
};
