#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A gpsd that sends nonsense between good fixes: the daemon says of each fix what it thinks of it, and drives on."""
import time

import harness
from harness import Bench, TestCase
from stub_gpsd import StubGpsd, tpv

RATE_HZ = 5
SPEED_MPS = 10.0
LATENCY_S = 0.1

JUNK = ['\n', 'hello\n', '{"class":"TPV"\n', '{"class":"TPV","mode":"three"}\n', '[]\n', '{}\n', '{"class":"NEW","x":1}\n',
        '{"class":"TPV","mode":3,"time":"yesterday","lat":"north"}\n', '{"class":"ERROR","message":"no"}\n', b'\xff\xfe\x00\x01\n',
        '{"class":"TPV","lat":"x","b":{"class":"WATCH","enable":true}}\n',  # libgps 3.22 never returns from this
        '{"class":"SKY","satellites":[' + ','.join(['{"PRN":1}'] * 300) + ']}\n', 'x' * 20000 + '\n']


class Van:
    """Drives east at 10 m/s in real time; tells where it is at each of its epochs, some time after."""

    def __init__(self, stub):
        self.stub = stub
        self.start = float(int(time.time()) + 1)
        self.number = 0

    def epoch(self):
        """Waits for the next epoch's report to be due: (instant, metres)."""
        self.number += 1
        t = self.start + self.number / RATE_HZ
        time.sleep(max(0.0, t + LATENCY_S - time.time()))
        return t, self.number / RATE_HZ * SPEED_MPS

    def drive(self, epochs, *extra):
        for _ in range(epochs):
            t, metres = self.epoch()
            self.stub.send(tpv(t, metres), *extra)


class BadGpsd(TestCase):
    def each_bad_one(self, van):
        """Sends one kind of bad fix after another, good ones between."""
        stub = van.stub
        for changes in ({'mode': 0}, {'mode': 1}, {'time': None}, {'time': '1999-08-21T23:59:59.000Z'}, {'lat': None, 'lon': None},
                        {'lat': float('nan')}, {'lat': float('inf'), 'lon': 1e300}, {'lat': 91.0}, {'lon': 400.0}):
            t, metres = van.epoch()
            stub.send(tpv(t, metres, **changes))
            van.drive(3)
        for changes in ({'speed': float('nan')}, {'speed': -1.0}, {'speed': 1e9}, {'track': None}, {'track': 720.0}, {'mode': 2},
                        {'altHAE': None, 'altMSL': None}, {'eph': None}, {'eph': -3.0}):
            t, metres = van.epoch()
            stub.send(tpv(t, metres, **changes))
            van.drive(2)
        # An epoch told many times over; time that stands; time that steps back.
        for copies in (2, 18):
            t, metres = van.epoch()
            stub.send(*[tpv(t, metres, mode=2 if i % 2 else 3) for i in range(copies)])
        t, metres = van.epoch()
        for _ in range(5):
            stub.send(tpv(t, metres))
            metres = van.epoch()[1]
        van.drive(3)
        t, metres = van.epoch()
        stub.send(tpv(t - 3, metres))
        van.drive(5)
        # A jump of a kilometre and back.
        t, metres = van.epoch()
        stub.send(tpv(t, metres + 1000))
        van.drive(10)

    def test_daemon_survives(self):
        with StubGpsd() as stub, Bench() as bench:
            bench.write_config(stub.port, camera_size='160x120')
            daemon = bench.start_daemon()
            bench.wait(stub.watched.is_set, 'the daemon to watch')
            van = Van(stub)
            stub.send(*JUNK)
            van.drive(10, *JUNK[:3])
            for junk in JUNK:
                van.drive(1, junk)
            self.assertGreater(bench.status().get('run_frames', 0), 0)
            self.each_bad_one(van)
            before = bench.status()['run_frames']
            van.drive(15)
            bench.wait(lambda: bench.status()['run_frames'] > before, 'frames after all that')
            self.assertIsNone(daemon.poll())
            self.assertEqual(bench.stop_daemon(), 0)

            self.assert_in_order(bench.frames())
            self.assert_whole(bench)
            verdicts = {r['verdict']: r['n'] for r in bench.query('SELECT verdict, count(*) AS n FROM fixes GROUP BY verdict')}
            print(verdicts)
            # Each bad fix of above, and of the junk what claims to be a fix. JSON has no NaN: such reports are no fixes at all.
            self.assertEqual(verdicts.get('no fix'), 2 + 2)
            self.assertEqual(verdicts.get('no time'), 1 + 1)
            self.assertEqual(verdicts.get('date too old'), 1)
            self.assertEqual(verdicts.get('no position'), 3)
            self.assertGreaterEqual(verdicts.get('not advancing', 0), 1 + 17 + 4)
            self.assertGreaterEqual(verdicts.get('jump', 0) + verdicts.get('frozen', 0), 1)
            self.assertGreater(verdicts['taken'], 70)
            for column in ('speed_mps', 'course_deg', 'latitude', 'longitude', 'eph_m'):
                values = [r['v'] for r in bench.query('SELECT %s AS v FROM fixes WHERE %s IS NOT NULL' % (column, column))]
                self.assertTrue(all(abs(v) <= 1000 for v in values), column)
            # The van went straight east: nothing bad reached a picture's position.
            for frame in bench.frames():
                self.assertAlmostEqual(frame['latitude'], 47.0431, delta=1e-5)

    def test_no_fix_at_all(self):
        """Mode 0 and 1 only, and then 2D: nothing is stored before there is a fix, and 2D is one."""
        with StubGpsd() as stub, Bench() as bench:
            bench.write_config(stub.port, camera_size='160x120')
            bench.start_daemon()
            bench.wait(stub.watched.is_set, 'the daemon to watch')
            van = Van(stub)
            for mode in (0, 1) * 5:
                t, metres = van.epoch()
                stub.send({'class': 'TPV', 'device': '/dev/stub', 'mode': mode})
            bench.wait(lambda: bench.status()['state'] == 'waiting for fix', 'the state')
            self.assertEqual(bench.pictures(), [])
            for _ in range(20):
                t, metres = van.epoch()
                stub.send(tpv(t, metres, mode=2, altHAE=None, altMSL=None, epv=None))
            bench.wait_frames(1)
            self.assertEqual(bench.stop_daemon(), 0)
            frames = bench.frames()
            self.assert_in_order(frames)
            self.assertEqual({f['altitude_m'] for f in frames}, {None})


if __name__ == '__main__':
    harness.main()
