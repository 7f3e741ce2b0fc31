#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""SIGTERM with pictures under way: every picture that was taken by then lands, and where one did not, a gap says so."""
import re
import time
from pathlib import Path

import harness
from harness import Bench, TestCase, Truth, unix

SPACING_M = 1
RATE_HZ = 15
SPEED_MPS = 14  # at most, on the avenue
# Between neighbours there is a spacing, and at its ends a frame's period of travel, rounded up for what the prediction errs.
STEP_M = SPACING_M + SPEED_MPS / RATE_HZ + 0.5
CAMERAS = ('front', 'left', 'right')
# At the van's full speed each camera takes 14 pictures a second, which wait up to 1.2 s for the fix after them: some dozens are always under
# way, and one thread of the encoder has its hands full with them. Frames take 12 MB each, some 40 of them at once.
SIZE = '3264x2448'
QUEUE = 20
# By then the van has its full speed.
FRAMES = 300


class Stop(TestCase):
    def assert_covered(self, bench, frames, gaps, stopped_at):
        """From the first frame to where the van was at SIGTERM there is no stretch without a picture or a gap."""
        truth = Truth(bench.truth_path)
        covered = [(f['captured_at'], f['captured_at']) for f in frames] + [(g['from_at'], g['to_at']) for g in gaps]
        stretches = [[truth.at(unix(t))['travelled_m'] for t in pair] for pair in sorted(covered)]
        at_stop = truth.at(stopped_at)['travelled_m']
        reached = stretches[0][1]
        for begin, end in stretches + [[at_stop, at_stop]]:
            self.assertLess(begin - reached, STEP_M, 'nothing after %.1f m; %s' % (reached, stretches[-20:]))
            reached = max(reached, end)

    def test_what_is_in_flight_lands(self):
        with Bench() as bench:
            _, port = bench.start_gpsd(bench.start_feed('--scenario', 'avenue', '--rate', '1'))
            bench.write_config(port, CAMERAS, trigger_spacing='%g m' % SPACING_M, encoder_threads=1, encoder_queue=QUEUE, camera_size=SIZE,
                               camera_rate='%g fps' % RATE_HZ, camera_quality=100)
            bench.start_daemon()
            bench.wait_frames(FRAMES)
            memory = re.search(r'VmHWM:\s*(\d+) kB', Path('/proc/%d/status' % bench.daemon.pid).read_text())[1]
            stopped_at = time.time()
            self.assertEqual(bench.stop_daemon(), 0)
            landed = sum((Path(bench.root) / p).stat().st_mtime > stopped_at for p in bench.pictures())
            print('%d pictures landed after SIGTERM, in %.1f s; %d MB at most' % (landed, time.time() - stopped_at, int(memory) // 1000))
            self.assertGreater(landed, 0)

            self.assert_whole(bench)
            self.assert_replays_the_same(bench)
            for camera in CAMERAS:
                frames = [f for f in bench.frames() if f['camera'] == camera]
                gaps = bench.query('SELECT * FROM gaps WHERE camera = ?', camera)
                # A disk that is slow loses pictures that have their numbers already.
                slow = sum(g['marks'] for g in gaps if g['reason'] == 'disk too slow')
                print('%s: %d pictures, %d gaps, %d pictures lost to the disk' % (camera, len(frames), len(gaps), slow))
                self.assert_in_order(frames, lost=slow)
                self.assert_covered(bench, frames, gaps, stopped_at)


if __name__ == '__main__':
    harness.need_programs('gpsd')
    harness.main()
