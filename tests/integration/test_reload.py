#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""SIGHUP on a daemon that captures: a new spacing and a new limit of quality are taken without losing a frame, a bad file changes
nothing."""
import json
import signal
import time

import harness
from harness import Bench, TestCase, Truth, unix


def spacings(bench, frames):
    """True distance between neighbouring frames."""
    truth = Truth(bench.truth_path)
    travelled = [truth.at(unix(f['captured_at']))['travelled_m'] for f in frames]
    return [b - a for a, b in zip(travelled, travelled[1:])]


class Reload(TestCase):
    def test_reload(self):
        with Bench() as bench:
            _, port = bench.start_gpsd(bench.start_feed('--scenario', 'avenue'))
            bench.write_config(port, trigger_spacing='5 m')
            bench.start_daemon()
            bench.wait_frames(5)

            # A good value that would apply at once, and a mistake elsewhere: all or nothing.
            bench.write_config(port, trigger_spacing='8 m', gpsd_latency='soon')
            bench.daemon.send_signal(signal.SIGHUP)
            bench.wait(lambda: 'not reloaded' in bench.daemon_log(), 'the refusal in the log')
            self.assertIn('%s:' % bench.config, bench.daemon_log())
            refused_at, at_refusal = time.clock_gettime_ns(time.CLOCK_BOOTTIME), bench.status()['run_frames']
            bench.wait(lambda: bench.status().get('boottime_ns', 0) > refused_at, 'a status after it')
            self.assertEqual(bench.status()['spacing_m'], 5)
            bench.wait_frames(at_refusal + 5)

            bench.write_config(port, trigger_spacing='8 m', quality_dark='100 %', encoder_threads='1')
            bench.daemon.send_signal(signal.SIGHUP)
            bench.wait(lambda: bench.status().get('spacing_m') == 8, 'the new spacing')
            self.assertIn('encoder.threads', bench.daemon_log())
            at_change = bench.status()['run_frames']
            bench.wait_frames(at_change + 10)
            bench.wait(lambda: bench.status()['cameras'][0]['quality'], 'the night')
            camera = bench.status()['cameras'][0]
            self.assertRegex(camera['quality'][0], '^night since 20')
            self.assertEqual(bench.status()['faults'], [])
            self.assertTrue(0.2 < camera['brightness'] < 0.8 and camera['sharpness'] > 0.05, camera)
            bench.wait(lambda: json.loads(bench.streetcap('runs', '--json').stdout)['night'] > 0, 'the night in the index')
            self.assertEqual(bench.stop_daemon(), 0)

            frames = bench.frames()
            self.assert_in_order(frames)
            self.assert_whole(bench)
            self.assert_replays_the_same(bench)
            nights = [f['quality'] for f in frames].count('night')
            self.assertTrue(10 <= nights <= len(frames) - at_refusal, nights)
            self.assertEqual([f['quality'] for f in frames], [None] * (len(frames) - nights) + ['night'] * nights)
            self.assertEqual(json.loads(bench.streetcap('runs', '--json').stdout)['night'], nights)
            self.assertEqual(bench.query('SELECT * FROM gaps'), [])
            self.assertEqual(len(bench.query('SELECT * FROM runs')), 1)
            steps = spacings(bench, frames)
            # From the change on each is near one of both, and never back to the first.
            self.assertTrue(all(abs(s - 5) < 2 or abs(s - 8) < 2 for s in steps), steps)
            self.assertTrue(all(abs(s - 8) < 2 for s in steps[-9:]), steps)
            self.assertTrue(all(abs(s - 5) < 2 for s in steps[:at_refusal + 3]), steps)


if __name__ == '__main__':
    harness.need_programs('gpsd')
    harness.main()
