#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""./demo with a recorded drive and its roads, as a newcomer would run it; the build is the one at hand."""
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import harness
from harness import Bench, TestCase

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / 'scripts'))
from copied import Copied

DRIVE_S = 40


def simulate(path, *arguments):
    path.write_bytes(subprocess.run([os.environ['SIMULATE'], *arguments], check=True, capture_output=True).stdout)
    return path


class Demo(TestCase):
    def test_recorded_drive(self):
        with tempfile.TemporaryDirectory(prefix='streetcap-demo-') as folder:
            copied = Copied(folder)
            copied.all_installed()
            copied.stub(meson='exit 0')
            (copied.tree / 'build-demo').symlink_to(os.environ['BUILD_ROOT'])
            log = simulate(copied.folder / 'drive.nmea', 'nmea', '--scenario', 'avenue', '--duration', str(DRIVE_S))
            roads = simulate(copied.folder / 'town.geojson', 'town')
            root = copied.folder / 'root'
            # Named relative to where the newcomer stands.
            status, out, err = copied.run('demo', '--log', log.name, '--roads', roads.name, '--spacing', '10 m', '--seconds', '15',
                                          '--root', root.name, timeout=120)
            text = '\n'.join(out)
            self.assertEqual(status, 0, '\n'.join([text, *err]))
            for said in ('a picture every 10 m', 'all pictures stored', 'frames of Avenue du Général-de-Gaulle', 'in QGIS', str(root / 'index.gpkg')):
                self.assertIn(said, text)
            listed = subprocess.run([os.environ['STREETCAP'], '--root', root, 'frames', '--json'], capture_output=True, text=True,
                                    check=True).stdout
            frames = [json.loads(line) for line in listed.splitlines()]
            self.assertGreaterEqual(len(frames), 5)
            self.assertEqual({f['street'] for f in frames}, {'Avenue du Général-de-Gaulle'})
            # The drive is the day's that the log was recorded on, not today's.
            self.assertEqual({f['captured_at'][:10] for f in frames}, {'2026-05-12'})
            self.assertEqual(len(list(root.glob('runs/*/*/*.jpg'))), len(frames))
            # Nothing goes on running.
            self.assertFalse(Bench.answers(int(re.search(r'gpsd on port (\d+)', text)[1])))
            for program in ('streetcapd', 'simulate'):
                done = subprocess.run(['pgrep', '-f', '%s.*%s' % (program, folder)], capture_output=True, text=True)
                self.assertEqual(done.stdout, '')


if __name__ == '__main__':
    harness.need_programs('gpsd', 'setpriv', 'pgrep')
    harness.main()
