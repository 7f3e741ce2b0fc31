#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A run's own events, replayed: the same pictures, whatever happened to the run; and the options of the replay hold to its end."""
import json
import tempfile
import unittest
from pathlib import Path

import replaying
from replaying import drive, frames, frames_text, pictures, query, replay, sky, streetcap


def events_of(root, run):
    return [json.loads(line) for line in (Path(root) / 'runs' / run / 'events.jsonl').read_text().splitlines()]


class LongLogs(unittest.TestCase):
    """The index takes so many rows between two commits; a log has more, of fixes alone or in a second run."""

    def play(self, reports, *options, extra=''):
        with tempfile.TemporaryDirectory(prefix='streetcap-long-') as folder:
            root = Path(folder) / 'root'
            replay(root, b''.join(reports), *options, extra=extra)
            self.assertEqual(query(root, "SELECT reason FROM gaps WHERE reason LIKE 'disk%'"), [])
            rows = query(root, 'SELECT count(*) AS n FROM fixes')[0]['n']
            return rows, len({f['run'] for f in frames(root)})

    def test_many_fixes_and_few_pictures(self):
        rows, _ = self.play(drive((18000, 5)), '--spacing', '1000m')
        self.assertGreater(rows, 17000)

    def test_a_long_second_run(self):
        rows, runs = self.play(drive((1000, 20), (400, 0), (17500, 5)), '--spacing', '50m')
        self.assertEqual(runs, 2)
        self.assertGreater(rows, 18000)


class Events(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='streetcap-events-')
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def play(self, name, events, *options, config=None):
        """Replays events into a root of that name; their own settings unless config is given."""
        root = self.folder / name
        if config is not None:
            path = self.folder / (name + '.conf')
            path.write_text(config)
            options = (*options, '-c', path)
        log = self.folder / (name + '.jsonl')
        log.write_text(''.join(json.dumps(e, separators=(',', ':')) + '\n' for e in events))
        done = streetcap(root, 'replay', log, *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return root

    def first_run(self, reports, **settings):
        """A run of reports: its root, its events."""
        root = self.folder / 'first'
        replay(root, reports, **settings)
        return root, events_of(root, frames(root)[0]['run'])

    def taken(self, root):
        return {r['exposure_mid_boottime_ns'] for r in query(root, 'SELECT exposure_mid_boottime_ns FROM frames')}

    def assert_same(self, first, again):
        self.assertEqual(frames_text(first), frames_text(again))
        self.assertEqual(pictures(first), pictures(again))

    def test_nothing_of_an_earlier_run(self):
        """The satellites that the run before heard of last are not in this one's events, so they must not be in its pictures."""
        reports = drive((30, 10), (20, 0), (30, 10))
        cut = next(i for i, line in enumerate(reports) if json.loads(line)['speed'] == 0)
        reports = [line for i, tpv in enumerate(reports) for line in ([sky()] if i < cut else []) + [tpv]]
        root = self.folder / 'first'
        replay(root, b''.join(reports), extra='[trigger]\nrun_end_parked = 10 s\n')
        runs = sorted({f['run'] for f in frames(root)})
        self.assertEqual(len(runs), 2)
        again = self.play('again', events_of(root, runs[1]))
        of_second = {name: data for name, data in pictures(root).items() if runs[1] in name}
        self.assertGreater(len(of_second), 50)
        self.assertEqual({Path(n).name: d for n, d in of_second.items()}, {Path(n).name: d for n, d in pictures(again).items()})
        dops = [r['hdop'] for r in query(root, 'SELECT run, hdop FROM frames ORDER BY run')]
        self.assertIsNotNone(dops[0])
        self.assertIsNone(dops[-1])

    def test_loss_before_the_camera_restarted(self):
        """Frames are numbered from 1 again when a camera restarts: a frame that was lost before is not that of the same number after."""
        root, events = self.first_run(b''.join(drive((60, 10))))
        mids = sorted(self.taken(root))
        lost_mid, kept_mid = mids[20], mids[80]
        numbers = {e['exposure_mid_boottime_ns']: e['number'] for e in events if e['type'] == 'frame'}
        restart = numbers[kept_mid] - numbers[lost_mid]
        for told_mid in (lost_mid, 0):  # 0: it was not known
            edited = []
            for e in events:
                if e['type'] == 'frame' and e['number'] > restart:
                    e = {**e, 'number': e['number'] - restart}
                edited.append(e)
                if e['type'] == 'frame' and e['exposure_mid_boottime_ns'] == mids[25]:
                    edited.append({'boottime_ns': e['boottime_ns'], 'type': 'lost', 'camera': 'front', 'number': numbers[lost_mid],
                                   'exposure_mid_boottime_ns': told_mid, 'reason': 'encoder overrun'})
            again = self.play('again%d' % told_mid, edited)
            self.assertEqual(self.taken(again), set(mids) - {lost_mid})
            self.assertEqual([g['reason'] for g in query(again, 'SELECT reason FROM gaps')], ['encoder overrun'])
            # The same through a pipe, which cannot be read twice.
            piped = self.folder / ('piped%d' % told_mid)
            done = streetcap(piped, 'replay', '-', given=(self.folder / ('again%d.jsonl' % told_mid)).read_bytes())
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assert_same(again, piped)
            # And once more, from what that run tells of itself.
            self.assert_same(again, self.play('third%d' % told_mid, events_of(again, frames(again)[0]['run'])))

    def test_live_camera_is_played_by_the_pattern(self):
        settings = {'backend': 'libcamera', 'device': 'imx477'}
        live = replaying.CONFIG.replace('backend = pattern\n', ''.join('%s = %s\n' % s for s in settings.items()))
        root, events = self.first_run(b''.join(drive((20, 10))), config=live)
        again = self.play('again', events)
        self.assert_same(root, again)
        self.assertGreater(len(frames(again)), 30)
        self.assertIn('libcamera', next(e for e in events_of(again, frames(again)[0]['run']) if e['type'] == 'start')['config'])

    def reloaded(self):
        """A drive at 5 m whose settings became 10 m halfway."""
        _, events = self.first_run(b''.join(drive((60, 10))))
        start = events[0]
        middle = len(events) // 2
        reload = {'boottime_ns': events[middle]['boottime_ns'], 'type': 'config',
                  'config': start['config'].replace('spacing = 5 m', 'spacing = 10 m')}
        self.assertNotEqual(reload['config'], start['config'])
        return events[:middle] + [reload] + events[middle:]

    def spacings(self, root):
        """Metres from one picture to the next, at the begin and at the end of a run."""
        metres = [r['travelled_m'] for r in query(root, 'SELECT travelled_m FROM frames ORDER BY sequence')]
        return metres[11] - metres[10], metres[-3] - metres[-4]

    def check_spacings(self, root, first, last):
        begin, end = self.spacings(root)
        self.assertAlmostEqual(begin, first, delta=1.1)
        self.assertAlmostEqual(end, last, delta=1.1)

    def test_reload_is_followed(self):
        root = self.play('again', self.reloaded())
        self.check_spacings(root, 5, 10)
        self.assert_same(root, self.play('third', events_of(root, frames(root)[0]['run'])))

    def test_spacing_holds_through_a_reload(self):
        root = self.play('again', self.reloaded(), '--spacing', '7 m')
        self.check_spacings(root, 7, 7)
        # The run tells what was in force, not what the other run's file said.
        self.assert_same(root, self.play('third', events_of(root, frames(root)[0]['run'])))

    def test_settings_given_hold_through_a_reload(self):
        root = self.play('again', self.reloaded(), config=replaying.CONFIG + '[trigger]\nspacing = 8 m\n')
        self.check_spacings(root, 8, 8)
        self.assert_same(root, self.play('third', events_of(root, frames(root)[0]['run'])))


if __name__ == '__main__':
    replaying.main()
