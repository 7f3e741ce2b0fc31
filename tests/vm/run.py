#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: run.py RELEASE [CASE...]
The suite `vm` with the libcamera of RELEASE (trixie, trixie-backports): one guest, in which all cases run, or those named (as unittest names
them: test_capture.Capture.test_mjpeg). docs/vm.md tells how it is made.

Exit 77 with the reason where no guest can run. STREETCAP_VM_PROGRAMS, if set, is a folder that has what `meson install` makes for each release
(DIR/trixie/usr/bin/streetcapd); without it, tests/libcamera/run makes them.
"""
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'integration')]

import harness  # noqa: E402
import van  # noqa: E402
from guest import Guest, missing_programs  # noqa: E402

RELEASES = ('trixie', 'trixie-backports')
# A case takes half a minute, so the second libcamera runs only those whose outcome is libcamera's as much as ours; all of them with
# STREETCAP_VM_ALL=1, or when they are named.
SECOND = ('test_capture.Capture.test_mjpeg', 'test_capture.Capture.test_virtual_nv12',
          'test_faults.Faults.test_freeze', 'test_faults.Faults.test_broken_frames', 'test_faults.Faults.test_one_of_two_dies',
          'test_replug.Replug.test_many_times')


def made(command):
    """Output of a program that makes something and keeps it; skips as it does."""
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL)
    lines = done.stdout.strip().splitlines() or ['it says nothing']
    if done.returncode == harness.SKIP:
        harness.skip(lines[-1])
    if done.returncode != 0:
        sys.exit('%s: exit %d\n%s' % (command[0], done.returncode, '\n'.join(lines[-30:])))
    return lines[-1]


def programs_for(release, folder):
    given = os.environ.get('STREETCAP_VM_PROGRAMS')
    if given:
        return Path(given) / release
    made([HERE.parent / 'libcamera' / 'run', release, '--install', folder])
    return folder


def main(release, *cases):
    if release not in RELEASES:
        sys.exit('run.py: "%s" is not one of %s' % (release, ', '.join(RELEASES)))
    if os.environ.get('STREETCAP_IN_CHROOT'):
        harness.skip('already in a root made for a test')
    for name in ('USB_CAMERA', 'READ_FRAMES', 'STREETCAP'):
        if not os.environ.get(name):
            harness.skip('%s is not set (is libusbredirparser-dev installed?)' % name)
    reason = missing_programs()
    if reason:
        harness.skip(reason)
    images = made([HERE / 'image'])
    with tempfile.TemporaryDirectory(prefix='streetcap-vm-programs-') as folder:
        drive(release, cases, images, programs_for(release, Path(folder)))


def drive(release, cases, images, programs):
    begin = time.monotonic()
    with Guest(images, release) as guest:
        booted = time.monotonic()
        van.install(guest, programs)
        version = re.search(r'libcamera\S* (\S+)', guest.run("dpkg-query -W -f '${Package} ${Version}\\n' 'libcamera0*'"))[1]
        van.TestCase.guest = guest
        loader = unittest.TestLoader()
        if release == 'trixie-backports' and not os.environ.get('STREETCAP_VM_ALL'):
            cases = cases or SECOND
        suite = loader.loadTestsFromNames(cases) if cases else loader.discover(str(HERE), 'test_*.py')
        result = unittest.TextTestRunner(verbosity=2, stream=sys.stdout).run(suite)
    van.figures.append('%d cases with libcamera %s in %.0f s, after a boot of %.0f s with %s'
                       % (result.testsRun, version, time.monotonic() - booted, booted - begin, guest.accelerator))
    for line in van.figures:
        print('figure: vm %s: %s' % (release, line))
    sys.exit(not result.wasSuccessful())


if __name__ == '__main__':
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
