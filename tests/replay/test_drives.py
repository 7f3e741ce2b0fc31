#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Real drives, replayed at 5 m: what must hold on each, and the scorer's figures."""
import json
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from collections import Counter
from pathlib import Path

import replaying
from replaying import DRIVES, decode_all, frames, gpsdecode, query, replay, streetcap, unix

SPACING_M = 5
# Every so many pictures exiftool, which reads some hundred a second, looks at one.
EXIF_SAMPLE = 20
TAGS = ('GPSLatitude', 'GPSLongitude', 'GPSDateStamp', 'GPSTimeStamp', 'DateTimeOriginal', 'SubSecTimeOriginal', 'OffsetTimeOriginal',
        'Make', 'Model', 'Software', 'ImageUniqueID')


class Drive:
    """The checks that all drives share; a class a drive gives its name."""

    name = None

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix='streetcap-replay-')
        cls.addClassCleanup(folder.cleanup)
        cls.root = Path(folder.name) / 'root'
        cls.drive = DRIVES / cls.name
        if not (cls.drive / 'drive.nmea').exists():
            raise unittest.SkipTest('no %s' % cls.drive)
        cls.reports = gpsdecode(cls.drive / 'drive.nmea')
        replay(cls.root, cls.reports, '--spacing', '%dm' % SPACING_M)
        cls.frames = frames(cls.root)
        gaps = query(cls.root, 'SELECT reason, count(*) AS n, sum(metres) AS m FROM gaps GROUP BY reason')
        print('%s: %d frames; gaps: %s' % (cls.name, len(cls.frames), ', '.join('%d %s, %.0f m' % (g['n'], g['reason'], g['m'])
                                                                             for g in gaps) or 'none'))
        print('fixes: %s' % dict(Counter(r['verdict'] for r in query(cls.root, 'SELECT verdict FROM fixes'))))

    def test_there_are_frames(self):
        self.assertGreater(len(self.frames), 500)

    def test_every_jpeg_decodes(self):
        decode_all(self.root, self.frames)

    def test_all_is_whole(self):
        done = streetcap(self.root, 'verify')
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_captured_at_strictly_increases_with_the_sequence(self):
        for run in {f['run'] for f in self.frames}:
            of_run = sorted((f for f in self.frames if f['run'] == run), key=lambda f: f['sequence'])
            self.assertEqual([f['sequence'] for f in of_run], list(range(1, len(of_run) + 1)))
            stamps = [f['captured_at'] for f in of_run]
            self.assertTrue(all(a < b for a, b in zip(stamps, stamps[1:])))

    def test_exiftool_shows_the_tags(self):
        if not shutil.which('exiftool'):
            self.skipTest('exiftool is not installed')
        sample = self.frames[::EXIF_SAMPLE]
        names = ''.join('%s/%s\n' % (self.root, f['path']) for f in sample)
        done = subprocess.run(['exiftool', '-json', '-n', '-@', '-'], input=names, capture_output=True, text=True,
                              timeout=replaying.DEADLINE_S)
        read = json.loads(done.stdout)
        self.assertEqual(len(read), len(sample))
        for tags, frame in zip(read, sample):
            self.assertEqual([t for t in TAGS if t not in tags], [], frame['path'])
            self.assertFalse(tags.keys() & {'Warning', 'Error'}, tags.get('Warning'))
            self.assertAlmostEqual(tags['GPSLatitude'], frame['latitude'], delta=1e-6)
            self.assertAlmostEqual(tags['GPSLongitude'], frame['longitude'], delta=1e-6)
            stamp = tags['GPSDateStamp'].replace(':', '-') + 'T' + tags['GPSTimeStamp'] + 'Z'
            self.assertAlmostEqual(unix(pad_fraction(stamp)), unix(frame['captured_at']), delta=0.0005)
            if frame['image_direction_deg'] is not None:
                turn = (tags['GPSImgDirection'] - frame['image_direction_deg'] + 180) % 360 - 180
                # From 359.5 to 360 degrees, EXIF has the nearer of 359.49 and 0: readers that round must not get 360.
                near_north = abs((frame['image_direction_deg'] + 180) % 360 - 180) < 0.6
                self.assertAlmostEqual(turn, 0, delta=0.26 if near_north else 0.01)


def pad_fraction(stamp):
    """"...:07.5Z" to three decimals, which older readers of ISO 8601 insist on."""
    whole, _, fraction = stamp[:-1].partition('.')
    return '%s.%sZ' % (whole, (fraction + '000')[:3])


class Scored(Drive):
    def test_score(self):
        scorer = DRIVES / 'score_spacing.py'
        fixes, listed = self.root / 'fixes.json', self.root / 'frames.jsonl'
        fixes.write_bytes(self.reports)
        listed.write_text(replaying.frames_text(self.root))
        done = subprocess.run([sys.executable, scorer, '--truth', self.drive / 'truth.csv', '--fixes', fixes, '--frames', listed,
                               '--spacing', str(SPACING_M)], capture_output=True, text=True, timeout=replaying.DEADLINE_S)
        print(done.stdout)
        self.assertEqual(done.returncode, 0, done.stderr)
        ours, at_fix = (re.search(r'^%s .*?(\d+) parked.*?spacing error +(RMS \S+).*?added error +RMS (\S+ m)' % name, done.stdout,
                                  re.M | re.S) for name in ('streetcap', 'at the fix'))
        print('figure: %s at %d m: spacing error %s m (a trigger at fixes: %s m), geotag error added %s, %s frames parked' % (
            self.name, SPACING_M, ours[2], at_fix[2], ours[3], ours[1]))
        self.assertEqual(int(ours[1]), 0)


class MountainViewF9k(Scored, unittest.TestCase):
    name = 'mountain-view-f9k'


class MountainViewPixel4(Scored, unittest.TestCase):
    name = 'mountain-view-pixel4'


class MunichTown(Drive, unittest.TestCase):
    name = 'munich-town'

    def test_no_frame_while_it_stands(self):
        """Between fixes whose speed stays under 0.3 m/s for over 3 s."""
        fixes = []
        for line in self.reports.splitlines():
            r = json.loads(line)
            if r['class'] == 'TPV' and r.get('mode', 0) >= 2 and 'time' in r and 'speed' in r:
                fixes.append((unix(r['time']), r['speed']))
        stands, begin = [], None
        for (t, speed), (_, after) in zip(fixes, fixes[1:] + [(0, 99)]):
            begin = begin if begin is not None else t
            if speed >= 0.3:
                begin = None
            elif after >= 0.3 and t - begin > 3:
                stands.append((begin, t))
                begin = None
        self.assertGreater(len(stands), 5)
        inside = [f['captured_at'] for f in self.frames if any(a <= unix(f['captured_at']) <= b for a, b in stands)]
        self.assertEqual(inside, [])


if __name__ == '__main__':
    replaying.need_drives()
    replaying.need_programs('gpsdecode')
    replaying.main()
