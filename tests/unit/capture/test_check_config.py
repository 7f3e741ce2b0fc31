#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: test_check_config.py STREETCAPD yes|no
--check-config of a camera by libcamera, with a Streetcap that was built with it (yes) or without: what cannot work is said before the drive."""
import subprocess
import sys
import tempfile

program, built = sys.argv[1:]
with tempfile.NamedTemporaryFile('w', suffix='.conf') as config:
    config.write('[camera front]\n[camera left]\nbackend = libcamera\n')
    config.flush()
    done = subprocess.run([program, '-c', config.name, '--check-config'], capture_output=True, text=True)
    wanted = (0, config.name + ': good\n', '') if built == 'yes' else \
        (2, '', config.name + ': camera left.backend: libcamera is not built into this Streetcap\n')
    answer = (done.returncode, done.stdout, done.stderr)
    if answer != wanted:
        sys.exit('%s, expected %s' % (answer, wanted))
