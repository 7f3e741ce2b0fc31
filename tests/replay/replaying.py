# SPDX-License-Identifier: MIT
"""What the replay tests share. Programs come from the environment: STREETCAP, SIMULATE, DECODE_JPEGS; the real drives from
STREETCAP_SHARED, or `shared` beside the repository. Skip is exit 77."""
import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import unittest
from datetime import datetime
from pathlib import Path

SKIP = 77
DEADLINE_S = 300
SHARED = Path(os.environ.get('STREETCAP_SHARED') or Path(__file__).resolve().parents[3] / 'shared')
DRIVES = SHARED / 'drives'


def skip(reason):
    print('SKIP:', reason)
    sys.exit(SKIP)


def need_drives():
    if not DRIVES.is_dir():
        skip('the real drives are not in %s' % DRIVES)


def need_programs(*names):
    for name in names:
        if not shutil.which(name):
            skip('%s is not installed' % name)


def unix(stamp):
    return datetime.fromisoformat(stamp.replace('Z', '+00:00')).timestamp()


def gpsdecode(nmea):
    """gpsd's reports of an NMEA log, as bytes of JSON lines."""
    with open(nmea, 'rb') as log:
        return subprocess.run(['gpsdecode'], stdin=log, stdout=subprocess.PIPE, check=True, timeout=DEADLINE_S).stdout


def simulate(*arguments):
    return subprocess.run([os.environ['SIMULATE'], *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True,
                          timeout=DEADLINE_S).stdout


def streetcap(root, *arguments, given=None):
    return subprocess.run([os.environ['STREETCAP'], '--root', str(root), *map(str, arguments)], input=given,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=DEADLINE_S)


CONFIG = """[vehicle]
id = replay
[camera front]
backend = pattern
size = 160x120
rate = 10 fps
make = Streetcap
model = Pattern
"""


def replay(root, reports, *options):
    """A run of reports in root, by a small pattern camera; dies if it fails."""
    config = Path(root).with_suffix('.conf')
    config.write_text(CONFIG)
    done = streetcap(root, '-c', config, 'replay', '-', *options, given=reports)
    if done.returncode != 0:
        raise AssertionError('replay: exit %d: %s' % (done.returncode, done.stderr.decode()))
    return done


def frames_text(root):
    done = streetcap(root, 'frames', '--json')
    if done.returncode != 0:
        raise AssertionError('frames: exit %d: %s' % (done.returncode, done.stderr.decode()))
    return done.stdout.decode()


def frames(root):
    return [json.loads(line) for line in frames_text(root).splitlines()]


def query(root, sql):
    with contextlib.closing(sqlite3.connect('file:%s/index.gpkg?mode=ro' % root, uri=True)) as index:
        index.row_factory = sqlite3.Row
        return [dict(row) for row in index.execute(sql)]


def decode_all(root, listed):
    """Every picture decodes without a warning."""
    names = ''.join('%s/%s\n' % (root, f['path']) for f in listed)
    done = subprocess.run([os.environ['DECODE_JPEGS']], input=names, capture_output=True, text=True, timeout=DEADLINE_S)
    if done.returncode != 0 or done.stdout != '%d decoded, 0 bad\n' % len(listed):
        raise AssertionError(done.stdout + done.stderr)


def main():
    for name in ('STREETCAP', 'SIMULATE', 'DECODE_JPEGS'):
        if not os.environ.get(name):
            skip('%s is not set' % name)
    unittest.main(verbosity=2)
