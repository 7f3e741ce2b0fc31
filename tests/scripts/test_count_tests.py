#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What scripts/count_tests.py makes of a meson log: nothing is left out in silence."""
import json
import subprocess
import sys
import tempfile
import unittest

from copied import TOP

UNITTEST = '''test_tags (__main__.Drive.test_tags) ... skipped 'exiftool is not installed'
test_other (__main__.Drive.test_other)
Says what it does. ... skipped "no 'real' drives"
test_third (__main__.Drive.test_third) ... ok
Ran 3 tests in 0.1s
OK (skipped=2)'''
CMOCKA = '''[ RUN      ] with_a_reason
localedef is missing
[  SKIPPED ] with_a_reason
[ RUN      ] without
[  SKIPPED ] without
[==========] 2 test(s) run.'''
CMOCKA_END = '''[  PASSED  ] 0 test(s).
[  SKIPPED ] 2 test(s), listed below:
[  SKIPPED ] with_a_reason
[  SKIPPED ] without
 2 SKIPPED TEST(S)'''


def counted(*tests):
    with tempfile.NamedTemporaryFile('w', suffix='.json') as log:
        for name, result, out, err in tests:
            log.write(json.dumps({'name': name, 'result': result, 'stdout': out, 'stderr': err}) + '\n')
        log.flush()
        done = subprocess.run([sys.executable, TOP / 'scripts' / 'count_tests.py', log.name], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


class CountTests(unittest.TestCase):
    def test_whole_tests(self):
        self.assertEqual(counted(('a', 'OK', 'fine', ''), ('b', 'SKIP', 'said\nSKIP: no gpsd', ''), ('c', 'FAIL', 'x', 'y')),
                         ['1 1 1', 'failed: c (FAIL)', '    | x', '    | y', 'skipped: b: SKIP: no gpsd'])

    def test_a_whole_test_of_unittest(self):
        self.assertEqual(counted(('b', 'SKIP', 'SKIP: no gpsd', 'Ran 1 test\nOK (skipped=1)'), ('d', 'SKIP', '', 'no reason on stdout')),
                         ['0 0 2', 'skipped: b: SKIP: no gpsd', 'skipped: d: no reason on stdout'])

    def test_cases_of_unittest(self):
        self.assertEqual(counted(('live', 'OK', 'skipped nothing', UNITTEST)),
                         ['1 0 2', 'skipped: live: test_tags: exiftool is not installed',
                          "skipped: live: Says what it does.: no 'real' drives"])

    def test_cases_that_unittest_only_counts(self):
        self.assertEqual(counted(('live', 'OK', '', 'Ran 3 tests\nOK (skipped=1)')), ['1 0 1', 'skipped: live: no reason found'])

    def test_cases_of_cmocka(self):
        self.assertEqual(counted(('parse', 'OK', CMOCKA, CMOCKA_END)),
                         ['1 0 2', 'skipped: parse: with_a_reason: localedef is missing', 'skipped: parse: without: no reason given'])


if __name__ == '__main__':
    unittest.main(verbosity=2)
