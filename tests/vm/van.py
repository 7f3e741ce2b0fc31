# SPDX-License-Identifier: MIT
"""Streetcap in the guest, as a technician installs it: its unit, a real gpsd with a simulated receiver, and what they left afterwards."""
import contextlib
import itertools
import json
import os
import shutil
import sqlite3
import subprocess
import unittest

from guest import DEADLINE_S, wait
from harness import SLOW_REASONS, Truth, unix

# Each test drives anew, so that none depends on another.
names = ('drive%d' % i for i in itertools.count(1))
SPACING_M = 5
# What was measured: run.py tells it in the end.
figures = []


class Van:
    """One drive in the guest; a context manager that ends it. After collect(), what it stored is in `root` on the host."""
    drop_in = None  # that the guest has

    def __init__(self, guest):
        self.guest = guest
        self.name = next(names)
        self.folder = guest.share / self.name
        self.folder.mkdir()
        self.root = self.folder / 'root'
        self.pid = None

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind:
            self.show_logs()
        self.guest.run('systemctl stop streetcapd feed gpsd.service gpsd.socket 2>/dev/null; rm -rf /var/lib/streetcap/*', 2 * DEADLINE_S)

    def show_logs(self):
        _, output = self.guest.try_run('journalctl -o short-monotonic --no-pager -n 60 -u streetcapd -u gpsd -u feed; '
                                       'cat /run/streetcap/status.json; dmesg | tail -n 10')
        print('--- journal of the guest (%s, %s)' % (self.guest.release, self.name))
        print(output, flush=True)

    # --- what is started ---

    def configure(self, cameras, environment=(), groups=(), service=(), **settings):
        """cameras: of each name its settings. settings: section_key=value. The rest is what the shipped unit is given besides."""
        sections = {'vehicle': {'id': 'test', 'time_zone': 'UTC'}, 'daemon': {'log_level': 'debug'},
                    'trigger': {'spacing': '%d m' % SPACING_M}}
        for name, value in settings.items():
            section, key = name.split('_', 1)
            sections.setdefault(section, {})[key] = value
        for name, keys in cameras.items():
            sections['camera ' + name] = {'backend': 'libcamera', **keys}
        (self.folder / 'streetcap.conf').write_text(
            ''.join('[%s]\n%s\n' % (s, ''.join('%s = %s\n' % kv for kv in keys.items())) for s, keys in sections.items()))
        self.guest.run('cp /host/%s/streetcap.conf /etc/streetcap/ && streetcapd --check-config' % self.name)
        # The camera that libcamera makes up itself has no place among real ones.
        drop_in = ['[Service]', 'Environment=LIBCAMERA_LOG_LEVELS=*:WARN']
        drop_in += ['Environment=' + e for e in environment or ('LIBCAMERA_PIPELINES_MATCH_LIST=uvcvideo',)]
        drop_in += ['SupplementaryGroups=' + g for g in groups] + list(service)
        if drop_in != Van.drop_in:
            (self.folder / 'drop-in.conf').write_text('\n'.join(drop_in) + '\n')
            self.guest.run('install -D -m 644 /host/%s/drop-in.conf /run/systemd/system/streetcapd.service.d/test.conf && '
                           'systemctl daemon-reload' % self.name)
            Van.drop_in = drop_in

    def start_daemon(self, before='true', after='true'):
        """Returns once it said that it is ready."""
        self.pid = int(self.guest.run('rm -f /run/streetcap/status.json; %s && systemctl start streetcapd && %s && '
                                      'systemctl show -P MainPID streetcapd' % (before, after)))

    def start_drive(self):
        """The daemon too, unless it runs: a simulated receiver, fast along the avenue from when gpsd opens it. Its truth will be in the folder."""
        feed = ('systemd-run -q --collect --unit=feed simulate feed --port 4000 --truth /host/%s/truth.csv --truth-rate 100 --scenario avenue'
                % self.name)
        gpsd = 'systemctl restart gpsd.service'
        if self.pid:
            self.guest.run('%s && %s' % (feed, gpsd))
        else:
            self.start_daemon(feed, gpsd)

    # --- what is seen ---

    def status(self):
        """What it tells of itself; fails when the daemon that start_daemon started is no more. It never exits, whatever befalls a camera."""
        _, output = self.guest.try_run('[ ! -e /proc/%s ] || cat /run/streetcap/status.json 2>/dev/null || echo {}' % self.pid)
        if not output:
            raise AssertionError('streetcapd ended')
        return json.loads(output)

    def camera(self, name='front'):
        return next((c for c in self.status().get('cameras', ()) if c['name'] == name), {})

    def wait(self, condition, what, seconds=2 * DEADLINE_S):
        """As guest.wait. Each look at the guest takes its time: no need for one after the other."""
        try:
            return wait(condition, what, seconds, 0.3)
        except AssertionError as error:
            raise AssertionError('%s (while waiting for %s)' % (error, what)) from None

    def wait_state(self, state, name='front', seconds=2 * DEADLINE_S):
        states = (state,) if isinstance(state, str) else state
        self.wait(lambda: self.camera(name).get('state') in states, 'camera %s to be %s' % (name, ' or '.join(states)), seconds)

    def wait_frames(self, count):
        self.wait(lambda: self.status().get('run_frames', 0) >= count, '%d frames' % count)

    def wait_more_frames(self, count):
        self.wait_frames(self.status().get('run_frames', 0) + count)

    def journal(self):
        return self.guest.run('journalctl -o cat --no-pager -u streetcapd')

    # --- what is left ---

    def collect(self):
        """Stops the daemon, which must end well, and brings what it stored here."""
        result = self.guest.run('systemctl stop streetcapd; tar -C /var/lib/streetcap -cf /host/%s/root.tar . && '
                                'systemctl show -P Result streetcapd' % self.name, 2 * DEADLINE_S).strip()
        if result != 'success':
            raise AssertionError('streetcapd ended with %s' % result)
        self.root.mkdir()
        subprocess.run(['tar', '-C', self.root, '--no-same-owner', '-xf', self.folder / 'root.tar'], check=True)
        self.truth = Truth(self.folder / 'truth.csv')

    def streetcap(self, *arguments):
        done = subprocess.run([os.environ['STREETCAP'], '--root', str(self.root), *map(str, arguments)], capture_output=True, text=True,
                              timeout=DEADLINE_S)
        if done.returncode != 0:
            raise AssertionError('streetcap %s: exit %d: %s' % (' '.join(map(str, arguments)), done.returncode, done.stderr))
        return done.stdout

    def frames(self, camera=None):
        frames = [json.loads(line) for line in self.streetcap('frames', '--json').splitlines()]
        return [f for f in frames if camera in (None, f['camera'])]

    def query(self, sql, *values):
        with contextlib.closing(sqlite3.connect('file:%s/index.gpkg?mode=ro&immutable=1' % self.root, uri=True)) as index:
            index.row_factory = sqlite3.Row
            return [dict(row) for row in index.execute(sql, values)]

    def gaps(self, camera=None):
        return [g for g in self.query('SELECT * FROM gaps') if camera in (None, g['camera'])]

    def pictures(self, camera=None):
        """Of each picture of the index, in their order: its row, and what read_frames says of the file."""
        frames = self.frames(camera)
        done = subprocess.run([os.environ['READ_FRAMES']], input=''.join('%s\n' % (self.root / f['path']) for f in frames),
                              capture_output=True, text=True, timeout=DEADLINE_S, check=True)
        exact = {(f['camera'], f['sequence']): f['exposure_mid_boottime_ns'] for f in self.query('SELECT * FROM frames')}
        return [{**frame, **json.loads(line), 'exposure_mid_boottime_ns': exact[frame['camera'], frame['sequence']]}
                for frame, line in zip(frames, done.stdout.splitlines())]


class TestCase(unittest.TestCase):
    """Checks that several tests share. `guest` is the one that run.py started."""
    guest = None

    def assert_stored(self, van, pictures):
        """Index and files are one, and each picture decodes without a warning."""
        van.streetcap('verify')
        self.assertEqual([p['problem'] for p in pictures if p['problem']], [])
        paths = sorted(str(p.relative_to(van.root)) for p in van.root.glob('runs/*/*/*.jpg'))
        self.assertEqual(paths, sorted(f['path'] for f in van.frames()))

    def assert_sent(self, pictures, camera, same_scan):
        """Each is a frame that the camera sent whole, another each time, in their order. Returns pairs (picture, frame)."""
        sent = {f['frame']: f for f in camera.sent()}
        pairs = [(p, sent[p['frame']]) for p in pictures]
        numbers = [p['frame'] for p in pictures]
        self.assertEqual(numbers, sorted(set(numbers)))
        self.assertEqual([p['frame'] for p, f in pairs if f['truncated'] or f['damaged']], [])
        if same_scan:
            self.assertEqual([p['scan_sha256'] for p in pictures], [f['scan_sha256'] for _, f in pairs])
        return pairs

    def assert_in_step(self, pairs):
        """The times of exposure are those at which the camera took the frames: the distance between the two clocks is one and the same. What
        carries a frame to the guest takes a moment, more of it when the host is busy, so that some of them may be late."""
        offsets = sorted(p['exposure_mid_boottime_ns'] / 1e9 - f['began_monotonic_ns'] / 1e9 for p, f in pairs)
        middle = offsets[len(offsets) // 2]
        off = sorted(abs(o - middle) for o in offsets)
        figures.append("time stamps of %d pictures: half within %.1f ms, all within %.1f ms of the camera's"
                       % (len(off), off[len(off) // 2] * 1e3, off[-1] * 1e3))
        self.assertLess(off[len(off) // 2], 0.05)
        self.assertLess(off[len(off) * 9 // 10], 0.2)
        ahead, unsure = self.guest.clock_offset()
        self.assertAlmostEqual(middle, ahead, delta=0.1 + unsure)

    def assert_spaced(self, van, pictures):
        """As the integration tests do: travel between one picture and the next, by the true trajectory."""
        times = [unix(p['captured_at']) for p in pictures]
        missed = [unix(g['from_at']) for g in van.gaps()]
        errors = [van.truth.at(b)['travelled_m'] - van.truth.at(a)['travelled_m'] - SPACING_M for a, b in zip(times, times[1:])
                  if not any(a <= t <= b for t in missed)]
        rms = (sum(e * e for e in errors) / len(errors)) ** 0.5
        figures.append('spacing of %d pictures: RMS error %.2f m, largest %.2f m' % (len(pictures), rms, max(map(abs, errors))))
        self.assertLess(rms, 1.0)
        self.assertLess(sorted(map(abs, errors))[len(errors) * 9 // 10], 2.5)

    def assert_few_missing(self, van, pictures):
        """None but the few that an emulated machine on a busy host is too slow for."""
        gaps = van.gaps()
        self.assertLessEqual({g['reason'] for g in gaps}, set(SLOW_REASONS))
        self.assertLessEqual(sum(g['marks'] for g in gaps), len(pictures) // 5, gaps)


def install(guest, programs):
    """Lays what `meson install` installed in the folder over the guest's root, and sets up what the README says."""
    shutil.copytree(programs, guest.share / 'programs', symlinks=True)
    guest.run('set -e; cp -r --no-preserve=ownership /host/programs/. /; systemd-sysusers; systemd-tmpfiles --create streetcap.conf; '
              'systemctl daemon-reload')
