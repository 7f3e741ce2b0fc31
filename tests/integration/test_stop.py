#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""SIGTERM while the encoder is behind: every picture that was taken by then lands, and where one did not, a gap says so."""
import time

import harness
from harness import Bench, TestCase, Truth, unix

SPACING_M = 1
RATE_HZ = 15
SPEED_MPS = 14  # at most, on the avenue
# Between neighbours there is a spacing, and at its ends a frame's period of travel, rounded up for what the prediction errs.
STEP_M = SPACING_M + SPEED_MPS / RATE_HZ + 0.5
CAMERAS = ('front', 'left', 'right')
# One thread for the pictures of three large cameras, more than it keeps up with at the van's full speed. Where it does keep up, the van
# is stopped after so many all the same.
BEHIND = 18
FRAMES_AT_MOST = 300


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
            _, port = bench.start_gpsd(bench.start_feed('--scenario', 'avenue', '--rate', '5'))
            bench.write_config(port, CAMERAS, trigger_spacing='%g m' % SPACING_M, encoder_threads=1, encoder_queue=20, camera_size='4056x3040',
                               camera_rate='%g fps' % RATE_HZ, camera_quality=100)
            bench.start_daemon()
            bench.wait(lambda: bench.status().get('pictures_waiting', 0) >= BEHIND or
                       bench.status().get('run_frames', 0) >= FRAMES_AT_MOST, 'pictures in the making')
            waiting = bench.status()['pictures_waiting']
            stopped_at = time.time()
            self.assertEqual(bench.stop_daemon(), 0)
            print('%d pictures in the making at SIGTERM, %.1f s to store them' % (waiting, time.time() - stopped_at))

            self.assert_whole(bench)
            self.assert_replays_the_same(bench)
            for camera in CAMERAS:
                frames = [f for f in bench.frames() if f['camera'] == camera]
                gaps = bench.query('SELECT * FROM gaps WHERE camera = ?', camera)
                print('%s: %d pictures, %d gaps' % (camera, len(frames), len(gaps)))
                self.assert_in_order(frames)
                self.assert_covered(bench, frames, gaps, stopped_at)


if __name__ == '__main__':
    harness.need_programs('gpsd')
    harness.main()
