# SPDX-License-Identifier: MIT
"""Pictures by distance from real libcamera, each of its kinds of frames: which the camera sent, when, and where."""
import unittest

from guest import UsbCamera
from van import TestCase, Van

FRAMES = 15


class Capture(TestCase):
    def drive(self, van, frames=FRAMES):
        van.start_drive()
        van.wait_frames(frames)
        van.collect()
        pictures = van.pictures()
        self.assertGreaterEqual(len(pictures), frames)
        self.assert_stored(van, pictures)
        return pictures

    def test_mjpeg(self):
        """The camera's own JPEGs, without tables as most USB cameras send them: what is stored is what was sent."""
        with UsbCamera(self.guest, rate=30, no_tables=True) as camera, Van(self.guest) as van:
            camera.tell('plug')
            van.configure({'front': {'size': '1280x720', 'rate': '30 fps'}})
            pictures = self.drive(van, 25)
            self.assertEqual({(p['width'], p['height']) for p in pictures}, {(1280, 720)})
            self.assert_in_step(self.assert_sent(pictures, camera, same_scan=True))
            self.assert_few_missing(van, pictures)
            self.assert_spaced(van, pictures)

    def test_yuyv(self):
        """Pixels, which the daemon encodes."""
        with UsbCamera(self.guest, rate=15) as camera, Van(self.guest) as van:
            camera.tell('plug')
            van.configure({'front': {'size': '640x480', 'rate': '15 fps', 'format': 'yuv'}})
            pictures = self.drive(van)
            self.assertEqual({(p['width'], p['height']) for p in pictures}, {(640, 480)})
            self.assert_in_step(self.assert_sent(pictures, camera, same_scan=False))
            self.assert_spaced(van, pictures)

    def test_virtual_nv12(self):
        """The camera that libcamera makes up itself: it does not pace itself, and its buffers come from the kernel's udmabuf."""
        with Van(self.guest) as van:
            van.configure({'front': {'size': '640x480', 'rate': '10 fps', 'device': 'Virtual lines'}},
                          environment=['LIBCAMERA_PIPELINES_MATCH_LIST=virtual'], groups=['kvm'])
            pictures = self.drive(van)
            self.assertEqual({(p['width'], p['height']) for p in pictures}, {(640, 480)})
            self.assert_spaced(van, pictures)
