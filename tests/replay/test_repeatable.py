#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The same input gives the same pictures and the same `frames --json`, byte for byte; another seed gives another camera phase."""
import tempfile
import unittest
from pathlib import Path

import replaying
from replaying import DRIVES, frames, frames_text, gpsdecode, pictures, replay, simulate, streetcap


class Repeatable(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='streetcap-repeat-')
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.town = self.folder / 'town.geojson'
        self.town.write_bytes(simulate('town'))

    def run_of(self, name, reports, *options):
        root = self.folder / name
        done = streetcap(root, 'roads', 'import', self.town)
        self.assertEqual(done.returncode, 0, done.stderr)
        replay(root, reports, *options)
        return root

    def check_same(self, reports):
        first, again = self.run_of('first', reports), self.run_of('again', reports)
        self.assertEqual(frames_text(first), frames_text(again))
        self.assertEqual(pictures(first), pictures(again))
        self.assertGreater(len(pictures(first)), 50)
        return first

    def test_simulated_drive(self):
        reports = simulate('gpsd-json', '--scenario', 'tour', '--seed', '7')
        first = self.check_same(reports)
        other = self.run_of('other', reports, '--seed', '99')
        self.assertNotEqual([f['captured_at'] for f in frames(first)], [f['captured_at'] for f in frames(other)])

    def test_real_drive(self):
        log = DRIVES / 'munich-town' / 'drive.nmea'
        if not log.exists() or not replaying.shutil.which('gpsdecode'):
            self.skipTest('%s or gpsdecode is not there' % log)
        self.check_same(gpsdecode(log))

    def test_another_replay_is_another_run(self):
        reports = simulate('gpsd-json', '--duration', '30s')
        root = self.run_of('twice', reports)
        replay(root, reports)
        runs = {f['run'] for f in frames(root)}
        self.assertEqual(len(runs), 2)

    def test_run_replayed_from_its_events(self):
        reports = simulate('gpsd-json', '--scenario', 'avenue')
        first = self.run_of('first', reports)
        run = frames(first)[0]['run']
        again = self.folder / 'again'
        self.assertEqual(streetcap(again, 'roads', 'import', self.town).returncode, 0)
        done = streetcap(again, 'replay', first / 'runs' / run / 'events.jsonl')
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(frames_text(first), frames_text(again))
        self.assertEqual(pictures(first), pictures(again))


if __name__ == '__main__':
    replaying.main()
