#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""gpsd is killed while the van drives and comes back: the same daemon goes on, and a gap says what is missing. Without a road
network all along: one warning, and frames."""
import harness
from harness import Bench, TestCase


class GpsdRestart(TestCase):
    def test_gpsd_goes_and_comes_back(self):
        with Bench() as bench:
            feed_port = bench.start_feed('--scenario', 'avenue', '--rate', '5')
            gpsd, port = bench.start_gpsd(feed_port)
            bench.write_config(port)
            daemon = bench.start_daemon()
            bench.wait_frames(5)

            gpsd.kill()
            gpsd.wait()
            bench.wait(lambda: bench.status().get('state') == 'waiting for gpsd', 'the daemon to miss gpsd')
            # Long enough that no extrapolation reaches over it: then there is a gap to tell of.
            gone = bench.status()['boottime_ns']
            bench.wait(lambda: bench.status().get('boottime_ns', 0) > gone + 4e9, 'the hole to be longer than the extrapolation')
            at_return = bench.status()['run_frames']
            bench.start_gpsd(feed_port, port)
            bench.wait_frames(at_return + 10)

            self.assertIsNone(daemon.poll())
            self.assertEqual(bench.stop_daemon(), 0)
            frames = bench.frames()
            self.assert_in_order(frames)
            self.assert_whole(bench)
            self.assert_replays_the_same(bench)
            gaps = bench.query('SELECT * FROM gaps')
            self.assertIn('no fix', [g['reason'] for g in gaps])
            self.assertGreaterEqual(sum(g['metres'] for g in gaps), 10)

            self.assertEqual({f['street'] for f in frames}, {None})
            warnings = [l for l in bench.daemon_log().splitlines() if 'road network' in l]
            self.assertEqual(len(warnings), 1, bench.daemon_log())


if __name__ == '__main__':
    harness.need_programs('gpsd')
    harness.main()
