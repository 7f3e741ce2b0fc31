#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The camera delivers nothing for a while: the state says so, a gap row says so, and the pictures go on by themselves."""
import harness
from harness import Bench, TestCase


class CameraStall(TestCase):
    def test_camera_stalls_and_recovers(self):
        with Bench() as bench:
            _, port = bench.start_gpsd(bench.start_feed('--scenario', 'avenue'))
            # Streams 200 frames at 20 a second, then nothing for 4 s: the van is under way by then, and for long after.
            bench.write_config(port, camera_device='stall-after:200,4')
            bench.start_daemon()
            bench.wait(lambda: [c['state'] for c in bench.status().get('cameras', [])] == ['stalled'], 'the camera to stall')
            self.assertEqual(bench.status()['state'], 'fault')
            bench.wait(lambda: bench.status()['cameras'][0]['state'] == 'streaming', 'the camera to come back')
            at_return = bench.status()['run_frames']
            bench.wait_frames(at_return + 10)
            self.assertEqual(bench.stop_daemon(), 0)

            frames = bench.frames()
            self.assert_in_order(frames)
            self.assert_whole(bench)
            self.assert_replays_the_same(bench)
            gaps = bench.query("SELECT * FROM gaps WHERE reason = 'camera stalled'")
            self.assertGreaterEqual(len(gaps), 1, bench.query('SELECT * FROM gaps'))
            self.assertEqual({g['camera'] for g in gaps}, {'front'})
            self.assertGreaterEqual(sum(g['metres'] for g in gaps), 5)


if __name__ == '__main__':
    harness.need_programs('gpsd')
    harness.main()
