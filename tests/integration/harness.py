# SPDX-License-Identifier: MIT
"""What the integration tests share: a real gpsd, the simulator's feed and the daemon, each in its own folder and on ports of its own.

Programs come from the environment: STREETCAPD, STREETCAP, SIMULATE. Nothing waits by a sleep of a fixed length for something to be
so: `wait` looks until it is so, or fails at its deadline with what it saw last.
"""
import bisect
import contextlib
import csv
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
from datetime import datetime
from pathlib import Path

SKIP = 77
DEADLINE_S = 60
# A sanitizer slows the daemon, which runs in real time all the same: ./check says so.
SANITIZED = os.environ.get('STREETCAP_TEST_SANITIZED') == '1'
# What a machine that is too slow makes, and a fault of the daemon does not.
SLOW_REASONS = ('camera stalled', 'no frame near enough', 'encoder overrun', 'disk too slow')


def skip(reason):
    print('SKIP:', reason)
    sys.exit(SKIP)


def need_programs(*names):
    """Skips the whole test when one of them is not installed."""
    os.environ['PATH'] += ':/usr/local/sbin:/usr/sbin:/sbin'
    for name in names:
        if not shutil.which(name):
            skip('%s is not installed' % name)


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def unix(stamp):
    return datetime.fromisoformat(stamp.replace('Z', '+00:00')).timestamp()


def unprivileged():
    """gpsd needs no privilege here, and drops what it has in its own ways."""
    return {'user': 65534, 'group': 65534, 'extra_groups': []} if os.geteuid() == 0 else {}


class Truth:
    """The true trajectory that `simulate` writes: when the van was how far."""

    def __init__(self, path):
        with open(path) as stream:
            rows = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(stream)]
        self.times = [r['t_unix_utc'] for r in rows]
        self.rows = rows

    def at(self, t):
        """The row at t, between its rows by straight lines: at 100 rows a second that is good to a millimetre."""
        i = min(max(bisect.bisect_right(self.times, t) - 1, 0), len(self.rows) - 2)
        a, b = self.rows[i], self.rows[i + 1]
        u = (t - a['t_unix_utc']) / (b['t_unix_utc'] - a['t_unix_utc'])
        return {k: a[k] + u * (b[k] - a[k]) for k in a}


class Bench:
    """A folder, and the processes started for one test. Ends them all, whatever happens."""

    def __init__(self):
        self.stack = contextlib.ExitStack()
        self.dir = Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix='streetcap-test-')))
        self.root = self.dir / 'root'
        self.config = self.dir / 'streetcap.conf'
        self.truth_path = self.dir / 'truth.csv'
        self.logs = {}
        self.daemon = None

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        for process in reversed(self.started()):
            if process.poll() is None:
                process.kill()
            process.wait()
        if kind:
            self.show_logs()
        self.stack.close()

    def started(self):
        return [process for process, _ in self.logs.values()]

    def show_logs(self):
        for name, (_, path) in self.logs.items():
            print('--- %s' % name)
            print('\n'.join(path.read_text(errors='replace').splitlines()[-40:]), flush=True)

    def start(self, name, arguments, **options):
        path = self.dir / ('%s.%d.log' % (name, len(self.logs)))
        with open(path, 'wb') as log:
            process = subprocess.Popen([str(a) for a in arguments], stdout=log, stderr=log, stdin=subprocess.DEVNULL, **options)
        self.logs['%s.%d' % (name, len(self.logs))] = (process, path)
        process.log = path
        return process

    # --- what is started ---

    def start_feed(self, *arguments):
        """A simulated receiver; the truth of its drive will be in truth_path. Returns its port."""
        feed = self.start('feed', [os.environ['SIMULATE'], 'feed', '--truth', self.truth_path, '--truth-rate', '100', *arguments])
        self.feed = feed
        self.wait(lambda: feed.log.read_text().count('port '), 'the feed to listen', process=feed)
        return int(next(line for line in feed.log.read_text().splitlines() if line.startswith('port ')).split()[1])

    def start_gpsd(self, feed_port, port=None):
        """A real gpsd that reads the feed. Returns its process and port, once it answers."""
        port = port or free_port()
        gpsd = self.start('gpsd', ['gpsd', '-n', '-N', '-b', '-S', port, 'tcp://127.0.0.1:%d' % feed_port], **unprivileged(),
                          env={**os.environ, 'GPSD_SHM_KEY': '0x4770%04x' % port})
        self.wait(lambda: self.answers(port), 'gpsd to answer', process=gpsd)
        return gpsd, port

    @staticmethod
    def answers(port):
        try:
            socket.create_connection(('127.0.0.1', port), timeout=1).close()
            return True
        except OSError:
            return False

    def write_config(self, gpsd_port, cameras=('front',), **settings):
        """Settings as section_key=value; those of the camera apply to each."""
        sections = {
            'vehicle': {'id': 'test', 'time_zone': 'UTC'},
            'storage': {'root': self.root},
            'daemon': {'runtime_dir': self.dir / 'run', 'log_level': 'debug'},
            'gpsd': {'port': gpsd_port},
            'trigger': {'spacing': '5 m'},
            'camera': {'backend': 'pattern', 'size': '320x240', 'rate': '20 fps'},
        }
        for name, value in settings.items():
            section, key = name.split('_', 1)
            sections.setdefault(section, {})[key] = value
        camera = sections.pop('camera')
        sections.update({'camera ' + name: camera for name in cameras})
        text = ''.join('[%s]\n%s\n' % (s, ''.join('%s = %s\n' % kv for kv in keys.items())) for s, keys in sections.items())
        self.config.write_text(text)

    def start_daemon(self):
        with contextlib.suppress(FileNotFoundError):
            (self.dir / 'run' / 'status.json').unlink()
        self.daemon = self.start('streetcapd', [os.environ['STREETCAPD'], '-c', self.config])
        self.wait(lambda: self.status(), 'streetcapd to write its status')
        return self.daemon

    def stop_daemon(self):
        """SIGTERM, and its exit status."""
        self.daemon.send_signal(signal.SIGTERM)
        return self.daemon.wait(DEADLINE_S)

    # --- what is seen ---

    def wait(self, condition, what, seconds=DEADLINE_S, process=None):
        """The first true value of condition(). Fails at the deadline, or when the process (the daemon) ends before."""
        deadline = time.monotonic() + seconds
        process = process or self.daemon
        while True:
            value = condition()
            if value:
                return value
            if process and process.poll() is not None:
                raise AssertionError('%s ended with %s while waiting for %s' % (process.args[0], process.returncode, what))
            if time.monotonic() > deadline:
                raise AssertionError('waited %s s for %s; status: %s' % (seconds, what, self.status()))
            time.sleep(0.05)

    def status(self):
        try:
            return json.loads((self.dir / 'run' / 'status.json').read_text())
        except (FileNotFoundError, ValueError):
            return {}

    def wait_frames(self, count, seconds=DEADLINE_S):
        self.wait(lambda: self.status().get('run_frames', 0) >= count, '%d frames' % count, seconds)

    def daemon_log(self):
        return self.daemon.log.read_text(errors='replace')

    def streetcap(self, *arguments, check=True, root=None):
        done = subprocess.run([os.environ['STREETCAP'], '--root', str(root or self.root), *map(str, arguments)],
                              capture_output=True, text=True, timeout=DEADLINE_S)
        if check and done.returncode != 0:
            raise AssertionError('streetcap %s: exit %d: %s' % (' '.join(map(str, arguments)), done.returncode, done.stderr))
        return done

    def frames(self, *filters, root=None):
        return [json.loads(line) for line in self.streetcap('frames', '--json', *filters, root=root).stdout.splitlines()]

    def query(self, sql, *values, root=None):
        """Rows of the index as dictionaries."""
        with contextlib.closing(sqlite3.connect('file:%s/index.gpkg?mode=ro' % (root or self.root), uri=True, timeout=10)) as index:
            index.row_factory = sqlite3.Row
            return [dict(row) for row in index.execute(sql, values)]

    def pictures(self, root=None):
        """Whole pictures on disk, relative to the root."""
        root = Path(root or self.root)
        return sorted(str(p.relative_to(root)) for p in root.glob('runs/*/*/*.jpg'))


class TestCase(unittest.TestCase):
    """Checks that every run must pass."""

    def assert_whole(self, bench, root=None):
        """Rows and files are the same set, the hashes are right, nothing half-written lies about."""
        rows = bench.query('SELECT path FROM frames ORDER BY path', root=root)
        self.assertEqual([r['path'] for r in rows], bench.pictures(root))
        bench.streetcap('verify', root=root)
        strays = [p for p in Path(root or bench.root).glob('runs/**/*') if p.is_file() and p.suffix not in ('.jpg', '.jsonl')]
        self.assertEqual(strays, [])

    def assert_in_order(self, frames, lost=0):
        """Sequences from 1 with no hole but those of so many pictures lost after their tag, instants that strictly increase."""
        sequences = [f['sequence'] for f in frames]
        if lost == 0:
            self.assertEqual(sequences, list(range(1, len(frames) + 1)))
        self.assertEqual(sequences, sorted(set(sequences)))
        self.assertLessEqual(max(sequences, default=0), len(frames) + lost)
        stamps = [unix(f['captured_at']) for f in frames]
        self.assertTrue(all(a < b for a, b in zip(stamps, stamps[1:])), stamps)

    def assert_replays_the_same(self, bench):
        """The one run of the bench, replayed from its events with the same roads: the same rows, and pictures byte for byte."""
        again = bench.dir / 'again'
        town = bench.dir / 'town.geojson'
        if town.exists():
            bench.streetcap('roads', 'import', town, root=again)
        run, = bench.query('SELECT name FROM runs')
        bench.streetcap('replay', bench.root / 'runs' / run['name'] / 'events.jsonl', root=again)
        keys = ('camera', 'sequence', 'captured_at', 'latitude', 'longitude', 'altitude_m', 'course_deg', 'position_source', 'street',
                'segment', 'chainage_m', 'direction', 'sharpness', 'brightness', 'clipped_share', 'quality', 'sha256', 'bytes')
        live, replayed = ([[f[k] for k in keys] for f in bench.frames(root=root)] for root in (bench.root, again))
        self.assertEqual(replayed, live)
        self.assert_whole(bench, root=again)


def main():
    for name in ('STREETCAPD', 'STREETCAP', 'SIMULATE'):
        if not os.environ.get(name):
            skip('%s is not set' % name)
    result = unittest.main(verbosity=2, exit=False).result
    if result.skipped and len(result.skipped) == result.testsRun and result.wasSuccessful():
        skip('; '.join(reason for _, reason in result.skipped))
    sys.exit(not result.wasSuccessful())
