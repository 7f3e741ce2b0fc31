# SPDX-License-Identifier: MIT
"""A camera that is not there, that hangs, that sends half a frame, that dies beside another: the daemon says so, goes on, and takes it back."""
from guest import UsbCamera, wait
from harness import unix
from van import SPACING_M, TestCase, Van, figures

FRAMES = 6


class Faults(TestCase):
    def start(self, van, **keys):
        van.configure({'front': {'size': '1280x720', 'rate': '15 fps', **keys}})
        van.start_drive()

    def test_no_camera(self):
        """The daemon is ready without one, says which is missing, and takes it when it is plugged in: with the size that the camera gives, where it has
        not the one that was asked for."""
        with UsbCamera(self.guest, rate=15, formats='mjpeg') as camera, Van(self.guest) as van:
            self.start(van, size='1024x768')
            van.wait_state('absent')
            van.wait(lambda: van.status().get('run_gaps', 0) > 0, 'a gap')
            camera.tell('plug')
            van.wait_state('streaming')
            van.wait_frames(FRAMES)
            van.collect()
            pictures = van.pictures()
            self.assert_stored(van, pictures)
            self.assert_sent(pictures, camera, same_scan=True)
            self.assertIn('camera stalled', {g['reason'] for g in van.gaps()})
            size, = {(p['width'], p['height']) for p in pictures}
            self.assertIn(size, [(640, 480), (1280, 720)])
            self.assertIn('1024x768 is no size of it; it gives %dx%d' % size, van.journal())

    def test_freeze(self):
        """It hangs without a word: that is noticed, told, and over when it streams again."""
        with UsbCamera(self.guest, rate=15) as camera, Van(self.guest) as van:
            camera.tell('plug')
            self.start(van, freeze='1 s')
            van.wait_frames(FRAMES)
            camera.tell('freeze')
            van.wait_state(('stalled', 'absent'))
            camera.tell('thaw')
            van.wait_state('streaming')
            van.wait_more_frames(FRAMES)
            van.collect()
            pictures = van.pictures()
            self.assert_stored(van, pictures)
            self.assert_in_step(self.assert_sent(pictures, camera, same_scan=True))
            self.assertIn('camera stalled', {g['reason'] for g in van.gaps()})

    def test_broken_frames(self):
        """Half a JPEG comes as if it were whole, and a frame with an error not at all: neither is stored."""
        with UsbCamera(self.guest, rate=15) as camera, Van(self.guest) as van:
            camera.tell('plug')
            self.start(van)
            van.wait_frames(2)
            # One after the other, until some of those that were due must have been among them.
            broken = 0
            while broken < 16:
                camera.tell('damage' if broken % 4 == 3 else 'truncate')
                broken += 1
                wait(lambda: sum(f['truncated'] or f['damaged'] for f in camera.frames()) >= broken, 'a broken frame')
            van.wait_more_frames(FRAMES)
            van.collect()
            pictures = van.pictures()
            self.assert_stored(van, pictures)
            self.assert_sent(pictures, camera, same_scan=True)

    def test_one_of_two_dies(self):
        """Two cameras, each with a size, a format and an angle of its own; one is unplugged for a while, with frames of it under way: nothing is
        missing of the other."""
        with UsbCamera(self.guest, 0, rate=10, product='Left') as left, UsbCamera(self.guest, 1, rate=10, product='Right') as right, \
                Van(self.guest) as van:
            for camera in (left, right):
                camera.tell('plug')
            van.configure({'left': {'device': 'Left', 'size': '640x480', 'format': 'yuv', 'rate': '10 fps', 'mount_angle': '270 deg'},
                           'right': {'device': 'Right', 'size': '1280x720', 'rate': '15 fps', 'mount_angle': '90 deg'}})
            van.start_drive()
            for name in ('left', 'right'):
                van.wait_state('streaming', name)
            van.wait_frames(FRAMES)
            left.tell('unplug')
            van.wait_state('absent', 'left')
            van.wait_more_frames(FRAMES)
            left.tell('plug')
            van.wait_state('streaming', 'left')
            van.wait_more_frames(FRAMES)
            van.collect()
            pictures = {name: van.pictures(name) for name in ('left', 'right')}
            self.assert_stored(van, pictures['left'] + pictures['right'])
            self.assert_sent(pictures['left'], left, same_scan=False)
            self.assert_sent(pictures['right'], right, same_scan=True)
            self.assertEqual({(p['width'], p['height']) for p in pictures['left']}, {(640, 480)})
            self.assertEqual({(p['width'], p['height']) for p in pictures['right']}, {(1280, 720)})
            for name, angle in (('left', 270), ('right', 90)):
                turns = [(p['image_direction_deg'] - p['course_deg'] - angle + 180) % 360 - 180 for p in pictures[name] if p['speed_mps'] > 3]
                self.assertLess(max(map(abs, turns)), 0.2)
            # What could not be queued any more was not tried over and over.
            self.assertLess(van.journal().count('libcamera:'), 200)
            self.assertIn('camera stalled', {g['reason'] for g in van.gaps('left')})
            self.assert_other_went_on(van, pictures)

    def assert_other_went_on(self, van, pictures):
        """While there are none of the left one, there are of the right. An emulated machine on a busy host misses some of any camera."""
        times = [unix(p['captured_at']) for p in pictures['left']]
        away, back = max(zip(times, times[1:]), key=lambda pair: pair[1] - pair[0])
        metres = van.truth.at(back)['travelled_m'] - van.truth.at(away)['travelled_m']
        meanwhile = sum(away < unix(p['captured_at']) < back for p in pictures['right'])
        figures.append('%.0f m without the one of two cameras: %d pictures of the other' % (metres, meanwhile))
        self.assertGreater(metres, FRAMES * SPACING_M / 2)
        self.assertGreater(meanwhile, 0.6 * metres / SPACING_M)

    def test_busy(self):
        """Another program has it: that is said, and the camera is taken when it is free."""
        with UsbCamera(self.guest, rate=15) as camera, Van(self.guest) as van:
            camera.tell('plug')
            van.configure({'front': {'size': '640x480', 'rate': '15 fps'}})
            self.guest.run("mkdir -p /var/tmp/other /run/other && printf '[%s]\\n%s\\n' storage 'root = /var/tmp/other' daemon "
                           "'runtime_dir = /run/other' 'camera front' 'backend = libcamera' >/run/other/conf && "
                           "systemd-run -q --collect --unit=other -E LIBCAMERA_PIPELINES_MATCH_LIST=uvcvideo streetcapd -c /run/other/conf && "
                           "until grep -q '\"state\":\"streaming\"' /run/other/status.json 2>/dev/null; do sleep 0.2; done")
            van.start_daemon()
            van.wait_state('absent')
            self.assertIn('busy', van.camera()['why'])
            self.guest.run('systemctl stop other')
            van.wait_state('streaming')

    def test_unplugged_unheard(self):
        """Without the kernel's word (netlink) libcamera does not know that a camera is gone, and would end the daemon that stops it: that goes on,
        and says what to do."""
        with UsbCamera(self.guest, rate=15) as camera, Van(self.guest) as van:
            camera.tell('plug')
            van.configure({'front': {'size': '640x480', 'rate': '15 fps', 'freeze': '1 s'}},
                          service=['RestrictAddressFamilies=', 'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6'])
            van.start_daemon()
            van.wait_state('streaming')
            camera.tell('unplug')
            van.wait_state('absent')
            self.assertIn('libcamera does not hear of it', van.journal())
            van.status()
