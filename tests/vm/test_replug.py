# SPDX-License-Identifier: MIT
"""A camera whose plug is loose: unplugged and plugged in again, over and over."""
import os
import time

from guest import UsbCamera, wait
from van import TestCase, Van, figures

# How often; many with the libcamera that most have, fewer with the others, since each takes seconds.
CYCLES = {'trixie': 100}
CYCLES_ELSEWHERE = 25
# By then every cache that grows at first has grown; until then each step is looked at.
WARM_UP = 10
# What the allocator may take its time to give back.
MEMORY_GROWS_KB = 2048


class Replug(TestCase):
    def look(self, van):
        """Resident memory in kB, open files, threads."""
        lines = self.guest.run('grep VmRSS /proc/{0}/status; ls /proc/{0}/fd | wc -l; ls /proc/{0}/task | wc -l'.format(van.pid)).split()
        return int(lines[1]), int(lines[3]), int(lines[4])

    def replug(self, van, camera, cycle):
        camera.tell('unplug')
        if cycle < WARM_UP:
            van.wait_state('absent')
        before = len(camera.sent())
        camera.tell('plug')
        # That it streams again, the camera knows first.
        wait(lambda: len(camera.sent()) > before, 'cycle %d: the camera to stream again' % cycle)
        if cycle < WARM_UP:
            van.wait_state('streaming')

    def test_many_times(self):
        """The same process all the time, no file and no thread more, hardly any memory more, and pictures afterwards."""
        cycles = int(os.environ.get('STREETCAP_VM_CYCLES', CYCLES.get(self.guest.release, CYCLES_ELSEWHERE)))
        with UsbCamera(self.guest, rate=15) as camera, Van(self.guest) as van:
            van.configure({'front': {'size': '640x480', 'rate': '15 fps'}})
            camera.tell('plug')
            van.start_daemon()
            van.wait_state('streaming')
            begin = time.monotonic()
            for cycle in range(cycles):
                self.replug(van, camera, cycle)
                if cycle == WARM_UP:
                    before = self.look(van)
            van.wait_state('streaming')
            after = self.look(van)
            figures.append('%d times unplugged and plugged in, %.1f s each: resident %d kB, then %d kB; %d files, then %d; %d threads, '
                           'then %d' % (cycles, (time.monotonic() - begin) / cycles, before[0], after[0], before[1], after[1], before[2],
                                        after[2]))
            self.assertLess(after[0] - before[0], MEMORY_GROWS_KB)
            self.assertEqual(after[1:], before[1:])
            van.start_drive()
            van.wait_frames(5)
            van.collect()
            pictures = van.pictures()
            self.assert_stored(van, pictures)
            self.assert_sent(pictures, camera, same_scan=True)
