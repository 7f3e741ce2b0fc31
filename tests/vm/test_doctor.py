# SPDX-License-Identifier: MIT
"""What `streetcap doctor` says of a camera, to the user that streetcapd runs as."""
import json
import os
import subprocess

from guest import UsbCamera
from van import TestCase, Van


class Doctor(TestCase):
    def examine(self, van):
        """Exit status, the one finding about the camera, and the cameras that are there."""
        status, output = self.guest.try_run(
            'cd /var/lib/streetcap && export LIBCAMERA_PIPELINES_MATCH_LIST=uvcvideo LIBCAMERA_LOG_LEVELS=*:FATAL && '
            'setpriv --reuid streetcap --regid streetcap --init-groups streetcap --json doctor -o /var/lib/streetcap')
        findings = [json.loads(line) for line in output.splitlines() if line.startswith('{')]
        finding, = [f for f in findings if f.get('check') == 'camera front']
        return status, finding, [f for f in findings if 'there_is' in f]

    def test_camera(self):
        """Gone, it says what to do; there, its picture is one that the camera sent; while the daemon has it, it is left alone."""
        with UsbCamera(self.guest, rate=15, no_tables=True) as camera, Van(self.guest) as van:
            van.configure({'front': {'size': '1280x720', 'rate': '15 fps'}})
            status, finding, _ = self.examine(van)
            self.assertEqual((status, finding['good']), (1, False), finding)
            self.assertTrue(finding['mend'], finding)
            camera.tell('plug')
            self.wait_for_device()
            status, finding, there = self.examine(van)
            self.assertTrue(finding['good'], finding)
            self.assertEqual((finding['format'], finding['width'], finding['height']), ('MJPEG', 1280, 720))
            self.assert_is_sent(van, finding['picture'], camera)
            # Each name that it lists is one that the settings take.
            listed, = there
            for device in (listed['there_is'], listed['model'], listed['position']):
                van.configure({'front': {'size': '1280x720', 'rate': '15 fps', 'device': device}})
                status, finding, _ = self.examine(van)
                self.assertTrue(finding['good'], (device, finding))
            van.start_daemon()
            van.wait_state('streaming')
            status, finding, _ = self.examine(van)
            self.assertTrue(finding['good'], finding)
            self.assertIsNone(finding['picture'], finding)
            self.assertEqual(van.camera()['state'], 'streaming')

    def wait_for_device(self):
        self.guest.run('until [ -e /dev/video0 ]; do sleep 0.1; done; udevadm settle')

    def assert_is_sent(self, van, path, camera):
        self.guest.run('cp %s /host/%s/doctor.jpg && chmod a+r /host/%s/doctor.jpg' % (path, van.name, van.name))
        done = subprocess.run([os.environ['READ_FRAMES']], input='%s\n' % (van.folder / 'doctor.jpg'), capture_output=True, text=True,
                              check=True)
        seen = json.loads(done.stdout)
        self.assertIsNone(seen['problem'])
        self.assertIn(seen['scan_sha256'], [f['scan_sha256'] for f in camera.sent() if f['frame'] == seen['frame']])
