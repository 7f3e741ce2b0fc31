#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A log that is silent for a while: the cameras are not to blame, however long it lasts."""
import tempfile
import unittest
from pathlib import Path

import replaying
from replaying import drive, frames, query, replay


class Silences(unittest.TestCase):
    def play(self, legs, silent_leg, silence_s):
        """Gaps of a drive that is not heard of for so long, and the frames after; the van does during it what its leg says."""
        legs = list(legs)
        legs.insert(silent_leg, (silence_s, legs[silent_leg - 1][1]))
        begin = sum(s for s, _ in legs[:silent_leg])
        reports = drive(*legs)
        reports = reports[:begin] + reports[begin + silence_s:]
        with tempfile.TemporaryDirectory(prefix='streetcap-silence-') as folder:
            root = Path(folder) / 'root'
            replay(root, b''.join(reports), extra='[trigger]\nrun_end_parked = 1 h\n')
            gaps = query(root, 'SELECT reason, metres FROM gaps ORDER BY number')
            return [g['reason'] for g in gaps], sum(g['metres'] for g in gaps), frames(root)

    def check(self, legs, silent_leg, reasons):
        for silence_s in (30, 500, 700, 3000):
            with self.subTest(silence_s=silence_s):
                told, metres, listed = self.play(legs, silent_leg, silence_s)
                self.assertEqual(set(told), reasons, (silence_s, told))
                speed = legs[silent_leg - 1][1]
                self.assertAlmostEqual(metres, speed * silence_s, delta=speed * 6)
                self.assertGreater(len(listed), 100)

    def test_parked(self):
        self.check([(30, 10), (20, 0), (30, 10)], 2, set())

    def test_moving(self):
        self.check([(30, 10), (30, 10)], 1, {'no fix'})


if __name__ == '__main__':
    replaying.main()
