#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How streetcapd ends when it cannot begin: systemd starts it anew after 1, and leaves it alone after 2."""
import os
import subprocess

import harness
from harness import Bench, TestCase


def streetcapd(*arguments):
    return subprocess.run([os.environ['STREETCAPD'], *map(str, arguments)], capture_output=True, text=True, timeout=harness.DEADLINE_S,
                          stdin=subprocess.DEVNULL)


class ExitStatus(TestCase):
    def assert_refuses(self, bench, done, status, *words):
        self.assertEqual((done.returncode, done.stdout), (status, ''), done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertFalse((bench.dir / 'run' / 'status.json').exists())

    def test_no_config(self):
        with Bench() as bench:
            done = streetcapd('-c', bench.config)
            self.assert_refuses(bench, done, 2, str(bench.config), 'No such file')
            self.assertEqual(len(done.stderr.splitlines()), 1)

    def test_bad_config(self):
        with Bench() as bench:
            bench.write_config(2947, trigger_spacing='soon', camera_size='65500x65500', camera_device='/dev/video0')
            for arguments in ((), ('--check-config',), ('--print-config',)):
                done = streetcapd('-c', bench.config, *arguments)
                self.assert_refuses(bench, done, 2, 'trigger.spacing: "soon"', 'camera front.size: "65500x65500"',
                                    'camera front.device: "/dev/video0"')
                self.assertEqual(len(done.stderr.splitlines()), 3)
            self.assertFalse(bench.root.exists())

    def test_wrong_use(self):
        with Bench() as bench:
            for arguments in (('--nonsense',), ('-c',), ('more',)):
                self.assert_refuses(bench, streetcapd(*arguments), 2, 'usage: streetcapd')

    def test_storage_that_cannot_be_made(self):
        with Bench() as bench:
            bench.root.write_text('a file where a folder should be')
            bench.write_config(2947)
            self.assert_refuses(bench, streetcapd('-c', bench.config), 1, str(bench.root))


if __name__ == '__main__':
    harness.main()
