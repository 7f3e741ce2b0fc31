#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How ./check ends when it cannot begin, and how it is told what to run."""
import shutil
import subprocess
import tempfile
import unittest

from copied import Copied


class Check(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='streetcap-check-')
        self.addCleanup(folder.cleanup)
        self.copied = Copied(folder.name)

    def test_without_network_it_still_counts(self):
        self.copied.without_network()
        for arguments in ([], ['--quick'], ['--suite', 'format']):
            status, out, _ = self.copied.run('check', *arguments)
            self.assertEqual(status, 1, out)
            self.assertEqual(out[-1], '0 passed, 1 failed, 0 skipped')
            self.assertEqual(sum('apt-get cannot install the packages' in line for line in out), 1, out)

    def test_nowhere_to_write_it_still_counts(self):
        (self.copied.tree / 'build-check').write_text('a file where a folder should be')
        status, out, err = self.copied.run('check', '--quick')
        self.assertEqual((status, out[-1:]), (1, ['0 passed, 1 failed, 0 skipped']))
        self.assertIn('cannot write in', err[-1])

    def test_unknown_suite_is_refused_at_once(self):
        self.copied.without_network()
        for arguments in (['--suite', 'typo'], ['--suite', 'unit', 'typo']):
            status, out, err = self.copied.run('check', *arguments)
            self.assertEqual((status, out, len(err)), (2, [], 1))
            self.assertIn('"typo"', err[0])
            for name in ('unit', 'integration', 'fuzz', 'format', 'chroot'):
                self.assertIn(name, err[0])
        self.assertFalse((self.copied.tree / 'build-check').exists())

    @unittest.skipUnless(shutil.which('git'), 'git is not installed')
    def test_stray_file_at_the_top_is_named(self):
        def git(*arguments):
            subprocess.run(['git', *arguments], cwd=self.copied.tree, check=True, capture_output=True)

        def check():
            return subprocess.run(['bash', '-c', '. scripts/check_parts.sh; check_top_files'], cwd=self.copied.tree, capture_output=True,
                                  text=True)
        (self.copied.tree / 'x.gpkg').touch()
        self.assertEqual(check().returncode, 0)  # no repository
        git('init', '-q')
        git('add', 'check', 'demo', 'scripts')
        self.assertEqual(check().returncode, 0)  # not tracked
        git('add', 'x.gpkg')
        done = check()
        self.assertEqual(done.returncode, 1)
        self.assertIn('x.gpkg', done.stderr)

    def test_wrong_use(self):
        for arguments in (['--suite'], ['--suite', '--all'], ['--nonsense'], ['unit']):
            status, out, err = self.copied.run('check', *arguments)
            self.assertEqual((status, out, len(err)), (2, [], 1), arguments)


if __name__ == '__main__':
    unittest.main(verbosity=2)
