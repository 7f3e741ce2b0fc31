#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""gpsd's own regression logs of odd receivers, and broken input: a replay ends with a run or one clear error, never by a signal."""
import tempfile
import unittest
from pathlib import Path

import replaying
from replaying import DRIVES, decode_all, frames, simulate, streetcap


class EdgeCases(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='streetcap-edge-')
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def check(self, name, reports):
        root = self.folder / name
        done = streetcap(root, 'replay', '-', '--camera', 'pattern:160x120', given=reports)
        self.assertIn(done.returncode, (0, 1), (name, done.stderr))
        if done.returncode == 1:
            self.assertTrue(done.stderr.strip(), name)
            return done, []
        listed = frames(root)
        decode_all(root, listed)
        for run in {f['run'] for f in listed}:
            stamps = [f['captured_at'] for f in listed if f['run'] == run]
            self.assertTrue(all(a < b for a, b in zip(stamps, stamps[1:])), name)
        return done, listed

    def test_logs_of_odd_receivers(self):
        logs = sorted((DRIVES / 'gpsd-edge-cases').glob('*.chk'))
        if not logs:
            self.skipTest('no logs in %s' % DRIVES)
        for log in logs:
            with self.subTest(log=log.name):
                _, listed = self.check(log.name, log.read_bytes())
                print('%-45s %d frames' % (log.name, len(listed)))

    def test_input_cut_and_spoilt(self):
        """A good drive with every tenth line cut, doubled, turned to noise or left out still gives a run."""
        lines = simulate('gpsd-json', '--scenario', 'avenue').splitlines(keepends=True)
        spoilt = []
        for i, line in enumerate(lines):
            if i % 40 == 10:
                line = line[:len(line) // 2] + b'\n'
            elif i % 40 == 20:
                line = line + line
            elif i % 40 == 30:
                line = bytes((7 * i + 13 * k) % 256 for k in range(200)).replace(b'\n', b' ') + b'\n'
            elif i % 40 == 39:
                line = b''
            spoilt.append(line)
        _, listed = self.check('spoilt', b''.join(spoilt))
        self.assertGreater(len(listed), 40)

    def test_input_without_a_report(self):
        for name, reports in (('empty', b''), ('noise', b'\x00\xff' * 5000), ('text', b'hello\n' * 10), ('bare', b'{}\n' * 10),
                              ('long', b'x' * 3000000)):
            done, _ = self.check(name, reports)
            self.assertEqual(done.returncode, 1, name)

    def test_missing_log(self):
        done = streetcap(self.folder / 'missing', 'replay', self.folder / 'nowhere.json')
        self.assertEqual(done.returncode, 1)
        self.assertIn(b'nowhere.json', done.stderr)


if __name__ == '__main__':
    replaying.main()
