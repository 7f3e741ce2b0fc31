#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the simulator prints and serves: usage: test_output.py SIMULATE. Skips (77) what needs gpsdecode when it is not there."""
import csv
import datetime
import io
import json
import math
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

SIMULATE = sys.argv.pop(1)
DEADLINE_S = 30


def simulate(*arguments):
    return subprocess.run([SIMULATE, *arguments], check=True, capture_output=True, text=True, timeout=DEADLINE_S).stdout


def unix(stamp):
    return datetime.datetime.fromisoformat(stamp.replace('Z', '+00:00')).timestamp()


def truth_rows(*arguments):
    return list(csv.DictReader(io.StringIO(simulate('truth', *arguments))))


def epochs_of(nmea):
    return re.findall(r'^\$GPRMC,(\d{6}\.\d\d),', nmea, re.M)


class Printed(unittest.TestCase):
    def test_town_is_a_road_network(self):
        town = json.loads(simulate('town'))
        streets = {f['properties']['id']: f for f in town['features']}
        self.assertGreaterEqual(len(streets), 25)
        self.assertEqual(len(streets), len(town['features']))
        self.assertEqual(streets['vc-013']['properties']['oneway'], 'yes')
        self.assertEqual(streets['vc-006']['properties']['name'], 'Rue des Écoles')
        ring = streets['vc-005']['geometry']['coordinates']
        self.assertEqual(ring[0], ring[-1])
        for feature in town['features']:
            for longitude, latitude in feature['geometry']['coordinates']:
                self.assertTrue(46.9 < latitude < 47.2 and 2.3 < longitude < 2.5)

    def test_truth_moves_by_its_speed(self):
        """On the ellipsoid now, with a radius of this test's own: what is driven is what the coordinates say."""
        rows = truth_rows('--truth-rate', '50')
        metres_north, metres_east = 111174.0, 75999.0  # a degree at 47.043 N, WGS 84
        for a, b in zip(rows, rows[1:]):
            east = (float(b['lon_deg']) - float(a['lon_deg'])) * metres_east
            north = (float(b['lat_deg']) - float(a['lat_deg'])) * metres_north
            moved = float(b['travelled_m']) - float(a['travelled_m'])
            self.assertAlmostEqual(math.hypot(east, north), moved, delta=2e-3)
            self.assertAlmostEqual((float(a['speed_mps']) + float(b['speed_mps'])) / 2 * 0.02, moved, delta=2e-3)

    def test_gpsdecode_reads_every_epoch(self):
        if not shutil.which('gpsdecode'):
            self.skipTest('gpsdecode is not installed')
        for rate in ('1', '5', '10'):
            nmea = simulate('nmea', '--rate', rate)
            decoded = subprocess.run(['gpsdecode'], input=nmea, capture_output=True, text=True, check=True, timeout=DEADLINE_S)
            fixes = [r for r in map(json.loads, decoded.stdout.splitlines()) if r['class'] == 'TPV' and 'lat' in r]
            times = {round(unix(r['time']), 2) for r in fixes}
            first = unix('2026-05-12T08:00:00Z')
            wanted = {round(first + i / int(rate), 2) for i in range(len(epochs_of(nmea)))}
            # gpsd learns where an epoch ends from the first ones.
            self.assertLessEqual(len(wanted - times), 2, 'at %s Hz' % rate)
            self.assertLessEqual(max(wanted - times, default=first), first + 2 / int(rate))

    def test_gpsd_json_has_the_prefixes_of_gpspipe(self):
        lines = simulate('gpsd-json', '--duration', '20s').splitlines()
        fixes = 0
        for line in lines:
            day, clock, stamp, report = line.split(' ', 3)
            self.assertRegex(stamp, r'^\d+\.\d{6}:$')
            self.assertEqual(int(unix('%sT%sZ' % (day, clock))), int(stamp.split('.')[0]))
            report = json.loads(report)
            if report['class'] == 'TPV':
                late = float(stamp[:-1]) - unix(report['time'])
                self.assertTrue(0.099 < late < 0.2, late)
                fixes += 1
        self.assertEqual(fixes, 21)

    def test_wrong_use_is_refused(self):
        for arguments in ([], ['town', 'nmea'], ['drive'], ['nmea', '--rate', '3'], ['nmea', '--start', 'noon'],
                          ['nmea', '--seed', '-1'], ['feed', '--port', '70000'], ['nmea', '--duration', '5 parsec']):
            done = subprocess.run([SIMULATE, *arguments], capture_output=True, text=True, timeout=DEADLINE_S)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        missing = subprocess.run([SIMULATE, 'feed', '--log', '/nonexistent'], capture_output=True, text=True, timeout=DEADLINE_S)
        self.assertEqual((missing.returncode, missing.stderr), (1, 'simulate: /nonexistent: No such file or directory\n'))


class Feed:
    """A running `simulate feed` and a client of it."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen([SIMULATE, 'feed', *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().split()[1])

    def connect(self):
        return socket.create_connection(('127.0.0.1', self.port), timeout=DEADLINE_S)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()


def read_all(client):
    with client:
        return b''.join(iter(lambda: client.recv(65536), b'')).decode()


class Served(unittest.TestCase):
    def test_simulated_drive_is_of_now_and_matches_its_truth(self):
        with tempfile.NamedTemporaryFile() as truth, Feed('--duration', '4', '--rate', '5', '--truth', truth.name) as feed:
            before = datetime.datetime.now(datetime.timezone.utc).timestamp()
            served = read_all(feed.connect())
            self.assertEqual(feed.process.wait(DEADLINE_S), 0)
            start = float(truth.read().decode().splitlines()[1].split(',')[0])
        self.assertTrue(0 < start - before < 2)
        stamp = datetime.datetime.fromtimestamp(start, datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')
        self.assertEqual(served, simulate('nmea', '--duration', '4', '--rate', '5', '--start', stamp).replace('\n', '\r\n'))

    def test_recorded_log_keeps_its_bytes_and_its_gaps(self):
        with tempfile.NamedTemporaryFile('w', suffix='.nmea') as log:
            for clock in ('235958.00', '235959.00', '000002.00', '000001.00', '001001.00'):
                log.write('# comment\n$GPRMC,%s,A,4702.0,N,00224.0,E,0.0,,120526,,,A*00\r\n$GPGSA,A,3*00\n' % clock)
            log.flush()
            with Feed('--log', log.name, '--speed', '10', '--max-gap', '5') as feed:
                before = datetime.datetime.now().timestamp()
                served = read_all(feed.connect())
                took = datetime.datetime.now().timestamp() - before
        self.assertEqual(epochs_of(served), ['235958.00', '235959.00', '000002.00', '000001.00', '001001.00'])
        self.assertEqual(served.count('$GPGSA'), 5)
        self.assertGreaterEqual(took, 0.89)  # 1 + 3 + 0 + 5 s at ten times the pace, and never sooner

    def test_a_client_may_come_back(self):
        with Feed('--duration', '30', '--rate', '10', '--speed', '10') as feed:
            with feed.connect() as first:
                self.assertIn(b'$GPRMC', first.recv(4096))
            again = read_all(feed.connect())
            self.assertEqual(feed.process.wait(DEADLINE_S), 0)
        self.assertNotIn('080000', epochs_of(again)[0])
        self.assertGreater(len(epochs_of(again)), 20)

    def test_port_in_use(self):
        with Feed('--duration', '5') as feed:
            second = subprocess.run([SIMULATE, 'feed', '--port', str(feed.port)], capture_output=True, text=True, timeout=DEADLINE_S)
        self.assertEqual(second.returncode, 1)
        self.assertIn('simulate: feed: Address already in use\n', second.stderr)


if __name__ == '__main__':
    unittest.main(verbosity=2)
