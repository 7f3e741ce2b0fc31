#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Simulated drives, replayed: what the truth says of their frames. The tighter figures are the bench's."""
import bisect
import csv
import io
import math
import tempfile
import unittest
from pathlib import Path

import replaying
from replaying import frames, query, replay, simulate, streetcap, unix

SPACING_M = 5


class Truth:
    def __init__(self, *arguments):
        rows = csv.DictReader(io.StringIO(simulate('truth', '--truth-rate', '100', *arguments).decode()))
        self.rows = [{k: float(v) for k, v in row.items()} for row in rows]
        self.times = [row['t_unix_utc'] for row in self.rows]

    def at(self, t):
        i = min(max(bisect.bisect_right(self.times, t) - 1, 0), len(self.rows) - 2)
        a, b = self.rows[i], self.rows[i + 1]
        u = (t - a['t_unix_utc']) / (b['t_unix_utc'] - a['t_unix_utc'])
        return {k: a[k] + u * (b[k] - a[k]) for k in a}


class Scenarios(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='streetcap-scenario-')
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name) / 'root'
        town = Path(folder.name) / 'town.geojson'
        town.write_bytes(simulate('town'))
        self.assertEqual(streetcap(self.root, 'roads', 'import', town).returncode, 0)

    def run_of(self, scenario):
        arguments = ('--scenario', scenario)
        replay(self.root, simulate('gpsd-json', *arguments), '--spacing', '%dm' % SPACING_M)
        truth = Truth(*arguments)
        listed = frames(self.root)
        return listed, [truth.at(unix(f['captured_at'])) for f in listed], truth

    def test_tour(self):
        listed, states, truth = self.run_of('tour')
        driven = truth.rows[-1]['travelled_m']
        self.assertAlmostEqual(len(listed), driven / SPACING_M, delta=0.03 * driven / SPACING_M)
        errors = [b['travelled_m'] - a['travelled_m'] - SPACING_M for a, b in zip(states, states[1:])]
        rms = math.sqrt(sum(e * e for e in errors) / len(errors))
        print('figure: simulated tour: %d frames, spacing error RMS %.3f, largest %.3f m' % (len(listed), rms, max(map(abs, errors))))
        self.assertLess(rms, 0.8)
        streets = {f['street'] for f in listed}
        for street in ('Rue Pasteur', 'Rue des Écoles', 'Rond-point des Tilleuls', "Quai de l'Île-aux-Hérons", 'Rue de la Forêt'):
            self.assertIn(street, streets)
        self.assertGreater(sum(f['street'] is not None for f in listed), 0.95 * len(listed))

    def test_parked_for_an_hour(self):
        listed, states, _ = self.run_of('parked')
        self.assertGreater(len(listed), 8)
        self.assertEqual([s['t_unix_utc'] for s in states if s['speed_mps'] == 0], [])

    def test_silence(self):
        """A receiver that says nothing for 12 s of driving: what is not there is told."""
        listed, states, _ = self.run_of('silence')
        jumps = [(a, b) for a, b in zip(states, states[1:]) if b['travelled_m'] - a['travelled_m'] > 2 * SPACING_M]
        missing = sum(b['travelled_m'] - a['travelled_m'] - SPACING_M for a, b in jumps)
        gaps = query(self.root, "SELECT * FROM gaps WHERE reason = 'no fix'")
        told = sum(g['metres'] for g in gaps)
        print('silence: %.0f m without frames, %.0f m told as gaps' % (missing, told))
        # Of the way in a hole only its ends are known: it is taken to be straight.
        self.assertAlmostEqual(told, missing, delta=3 * SPACING_M)


if __name__ == '__main__':
    replaying.main()
