# SPDX-License-Identifier: MIT
"""What the replay tests share. Programs come from the environment: STREETCAP, SIMULATE, DECODE_JPEGS; the real drives from
STREETCAP_SHARED, or `shared` beside the repository. Skip is exit 77."""
import contextlib
import hashlib
import json
import math
import os
import shutil
import sqlite3
import subprocess
import sys
import unittest
from datetime import datetime, timezone
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


def replay(root, reports, *options, config=CONFIG, extra=''):
    """A run of reports in root, by a small pattern camera unless config says otherwise; dies if it fails."""
    path = Path(root).with_suffix('.conf')
    path.write_text(config + extra)
    done = streetcap(root, '-c', path, 'replay', '-', *options, given=reports)
    if done.returncode != 0:
        raise AssertionError('replay: exit %d: %s' % (done.returncode, done.stderr.decode()))
    return done


def drive(*legs):
    """gpsd's reports of a van that goes east, a fix a second: for so many seconds at so many m/s, and so on."""
    epoch, metres, reports = 1700000000, 0.0, []
    for seconds, speed in legs:
        for _ in range(seconds):
            report = {'class': 'TPV', 'device': '/dev/stub', 'mode': 3,
                      'time': datetime.fromtimestamp(epoch, timezone.utc).strftime('%Y-%m-%dT%H:%M:%S.000Z'), 'lat': 47.0431,
                      'lon': 2.4127 + metres / (111415 * math.cos(math.radians(47.0431))), 'altHAE': 180.0, 'altMSL': 132.4,
                      'track': 90.0, 'speed': speed, 'eph': 2.0, 'epv': 4.0}
            reports.append(json.dumps(report).encode() + b'\n')
            metres += speed
            epoch += 1
    return reports


def sky():
    return json.dumps({'class': 'SKY', 'device': '/dev/stub', 'hdop': 0.9, 'uSat': 11}).encode() + b'\n'


def pictures(root):
    """Each picture's hash, by its path under root."""
    return {str(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest() for p in Path(root).glob('runs/*/*/*.jpg')}


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
