#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""streetcap-roads on road maps of every kind, made here from small drawings, and on real ones where they are.

usage: test_import.py STREETCAP-ROADS [unittest arguments]. Skips (77) without ogr2ogr, and `Real` without the real maps.
STREETCAP_TEST_SEED: seed of the mangled files.
"""
import fcntl
import json
import math
import os
import random
import re
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
import unittest

ROADS = os.path.abspath(sys.argv.pop(1))
SHARED = os.environ.get('STREETCAP_SHARED', os.path.join(os.path.dirname(__file__), '..', '..', '..', '..', 'shared'))
SEED = int(os.environ.get('STREETCAP_TEST_SEED', time.time()))
DEADLINE_S = 120


def line(*coordinates):
    return {'type': 'LineString', 'coordinates': [list(c) for c in coordinates]}


def collection(*features):
    return {'type': 'FeatureCollection',
            'features': [{'type': 'Feature', 'properties': p, 'geometry': g} for p, g in features]}


# A street of three vertices, another that crosses it at the middle one, and a bridge over both that shares no vertex.
PASTEUR = line((2.35, 48.85), (2.351, 48.85), (2.352, 48.85))
CHATEAU = line((2.351, 48.849), (2.351, 48.85), (2.351, 48.851))
VIADUC = line((2.3495, 48.8495), (2.3525, 48.8505))
TOWN = collection(
    ({'id': 'rue-1', 'name': 'Rue Pasteur', 'highway': 'residential', 'oneway': 'yes'}, PASTEUR),
    ({'id': 'rue-2', 'name': 'Rue du Château', 'highway': 'tertiary'}, CHATEAU),
    ({'id': 'rue-3', 'highway': 'primary', 'bridge': 'yes', 'layer': 2}, VIADUC))
TOWN_PIECES = [('rue-1', 0, 73.39), ('rue-1', 73.39, 146.78), ('rue-2', 0, 111.21), ('rue-2', 111.21, 222.41), ('rue-3', 0, 246.66)]

BD_TOPO = collection(
    ({'cleabs': 'TRONROUT1', 'nature': 'Route à 1 chaussée', 'nom_voie_ban_gauche': 'Rue Pasteur',
      'nom_voie_ban_droite': 'Rue Pasteur', 'nom_collaboratif_gauche': 'R PASTEUR', 'nom_collaboratif_droite': 'R PASTEUR',
      'sens_de_circulation': 'Sens inverse', 'position_par_rapport_au_sol': '-1', 'insee_commune_gauche': '75105',
      'insee_commune_droite': '75105'}, PASTEUR),
    ({'cleabs': 'TRONROUT2', 'nature': 'Rond-point', 'nom_voie_ban_gauche': 'Rue du Château', 'nom_voie_ban_droite': 'Rue Basse',
      'nom_collaboratif_gauche': None, 'nom_collaboratif_droite': None, 'sens_de_circulation': 'Sens direct',
      'position_par_rapport_au_sol': '0', 'insee_commune_gauche': '75105', 'insee_commune_droite': '75106'}, CHATEAU),
    ({'cleabs': 'TRONROUT3', 'nature': 'Sentier', 'sens_de_circulation': 'Sans objet', 'position_par_rapport_au_sol': '0'}, VIADUC))

OSM_XML = '''<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
 <node id="1" lat="48.85" lon="2.35" version="1"/> <node id="2" lat="48.85" lon="2.351" version="1"/>
 <node id="3" lat="48.85" lon="2.352" version="1"/> <node id="4" lat="48.849" lon="2.351" version="1"/>
 <node id="5" lat="48.851" lon="2.351" version="1"/> <node id="6" lat="48.8502" lon="2.3522" version="1"/>
 <node id="7" lat="48.85" lon="2.3524" version="1"/> <node id="8" lat="48.8498" lon="2.3522" version="1"/>
 <way id="101" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/>
  <tag k="highway" v="residential"/><tag k="name" v="Rue &quot;Pasteur&quot;"/><tag k="oneway" v="-1"/></way>
 <way id="102" version="1"><nd ref="4"/><nd ref="2"/><nd ref="5"/>
  <tag k="highway" v="tertiary"/><tag k="tunnel" v="yes"/><tag k="layer" v="-2"/><tag k="name" v="Rue du Château"/></way>
 <way id="103" version="1"><nd ref="3"/><nd ref="6"/><nd ref="7"/><nd ref="8"/><nd ref="3"/>
  <tag k="highway" v="tertiary"/><tag k="junction" v="roundabout"/></way>
 <way id="104" version="1"><nd ref="4"/><nd ref="8"/><tag k="highway" v="footway"/></way>
 <way id="105" version="1"><nd ref="1"/><nd ref="5"/><tag k="railway" v="rail"/><tag k="name" v="Petite Ceinture"/></way>
</osm>
'''


def linestring(blob):
    """Vertices of a GeoPackage geometry, (longitude, latitude)."""
    envelope = [0, 32, 48, 48, 64][(blob[3] >> 1) & 7]
    count, = struct.unpack_from('<I', blob, 8 + envelope + 5)
    values = struct.unpack_from('<%dd' % (2 * count), blob, 8 + envelope + 9)
    return list(zip(values[::2], values[1::2]))


class Import(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix='streetcap-roads-')
        self.addCleanup(shutil.rmtree, self.folder)
        self.root = os.path.join(self.folder, 'root')

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        data = content if isinstance(content, bytes) else (content if isinstance(content, str) else json.dumps(content)).encode()
        with open(self.path(name), 'wb') as file:
            file.write(data)
        return self.path(name)

    def convert(self, source, name, *options):
        # Lambert-93 keeps the decimals of the drawing: what comes back is compared to a tenth of a millimetre.
        subprocess.run(['ogr2ogr', *options, self.path(name), source], check=True, capture_output=True, timeout=DEADLINE_S)
        return self.path(name)

    def run_roads(self, *arguments):
        return subprocess.run([ROADS, *arguments], capture_output=True, text=True, timeout=DEADLINE_S, stdin=subprocess.DEVNULL)

    def imported(self, file, *options):
        done = self.run_roads('import', file, '--root', self.root, *options)
        self.assertEqual((done.returncode, done.stderr), (0, ''), done)
        return done.stdout

    def refused(self, file, *options, status=1):
        done = self.run_roads('import', file, '--root', self.root, *options)
        self.assertEqual(done.returncode, status, done)
        self.assertEqual(done.stdout, '')
        self.assertNotEqual(done.stderr, '')
        return done.stderr

    def rows(self, columns):
        index = sqlite3.connect('file:%s/index.gpkg?mode=ro' % self.root, uri=True)
        try:
            return index.execute('SELECT %s FROM segments ORDER BY fid' % columns).fetchall()
        finally:
            index.close()

    def assert_pieces(self, expected):
        found = self.rows('source_id, from_m, to_m')
        self.assertEqual([row[0] for row in found], [row[0] for row in expected])
        for row, wanted in zip(found, expected):
            self.assertAlmostEqual(row[1], wanted[1], delta=0.02)
            self.assertAlmostEqual(row[2], wanted[2], delta=0.02)


class Formats(Import):
    def test_geojson(self):
        said = self.imported(self.write('town.geojson', TOWN))
        self.assertRegex(said, r'^town\.geojson: 3 features read, 5 segments, 0\.6 km, 2 streets named, 0 left out; '
                               r'version town\.geojson \d{4}-\d\d-\d\d\n$')
        self.assert_pieces(TOWN_PIECES)
        self.assertEqual(self.rows('street, class, oneway, level, commune'),
                         [('Rue Pasteur', 'residential', 1, 0, None)] * 2 + [('Rue du Château', 'tertiary', 0, 0, None)] * 2
                         + [(None, 'primary', 0, 2, None)])
        self.assertEqual([linestring(row[0]) for row in self.rows('geom')][:2],
                         [[(2.35, 48.85), (2.351, 48.85)], [(2.351, 48.85), (2.352, 48.85)]])

    def test_feature_number_where_there_is_no_id(self):
        self.imported(self.write('a.geojson', collection(({'name': 'A'}, PASTEUR), ({'name': 'B'}, VIADUC))))
        self.assertEqual(self.rows('source_id'), [('0',), ('1',)])

    def test_lambert93(self):
        town = self.write('town.geojson', TOWN)
        for name, options in (('town.gpkg', ['-f', 'GPKG']), ('shapes', ['-f', 'ESRI Shapefile']), ('town.fgb', ['-f', 'FlatGeobuf'])):
            with self.subTest(name):
                self.root = self.path('root-' + name)
                self.imported(self.convert(town, name, *options, '-t_srs', 'EPSG:2154'))
                # A FlatGeobuf is sorted by place.
                order = sorted(self.rows('source_id, from_m, to_m, street, oneway, geom'))
                for row, wanted in zip(order, TOWN_PIECES):
                    self.assertEqual(row[0], wanted[0])
                    self.assertAlmostEqual(row[1], wanted[1], delta=0.02)
                    self.assertAlmostEqual(row[2], wanted[2], delta=0.02)
                self.assertEqual(order[2][3:5], ('Rue du Château', 0))
                self.assertEqual(order[0][3:5], ('Rue Pasteur', 1))
                for found, wanted in zip(linestring(order[0][5]), PASTEUR['coordinates'][:2]):
                    self.assertAlmostEqual(found[0], wanted[0], delta=2e-9)
                    self.assertAlmostEqual(found[1], wanted[1], delta=1e-9)

    def test_shapefile_alone_or_its_folder(self):
        folder = self.convert(self.write('town.geojson', TOWN), 'shapes', '-f', 'ESRI Shapefile', '-t_srs', 'EPSG:2154')
        shapefile, = [f for f in os.listdir(folder) if f.endswith('.shp')]
        self.imported(os.path.join(folder, shapefile))
        self.assertEqual(len(self.rows('fid')), 5)

    def test_bd_topo(self):
        source = self.write('bdtopo.geojson', BD_TOPO)
        files = [source,
                 self.convert(source, 'bdtopo.gpkg', '-f', 'GPKG', '-t_srs', 'EPSG:2154', '-nln', 'troncon_de_route'),
                 self.convert(source, 'bdtopo-shapes', '-f', 'ESRI Shapefile', '-t_srs', 'EPSG:2154', '-lco', 'ENCODING=UTF-8')]
        for file in files:
            with self.subTest(file):
                self.root = file + '.root'
                said = self.imported(file)
                self.assertIn('left out: 1 paths, stairs and tracks (--keep-paths takes them)\n', said)
                self.assertEqual(self.rows('source_id, street, class, oneway, level, commune'),
                                 [('TRONROUT1', 'Rue Pasteur', 'Route à 1 chaussée', -1, -1, '75105')] * 2
                                 + [('TRONROUT2', 'Rue du Château / Rue Basse', 'Rond-point', 1, 0, '75105')] * 2)
                self.imported(file, '--keep-paths')
                self.assertEqual(self.rows('source_id, class')[-1], ('TRONROUT3', 'Sentier'))

    def test_layer_of_roads_among_others(self):
        source = self.write('bdtopo.geojson', BD_TOPO)
        file = self.convert(source, 'delivery.gpkg', '-f', 'GPKG', '-t_srs', 'EPSG:2154', '-nln', 'voie_ferree')
        self.convert(source, 'delivery.gpkg', '-update', '-t_srs', 'EPSG:2154', '-nln', 'troncon_de_route', '-sql',
                     "SELECT * FROM bdtopo WHERE cleabs = 'TRONROUT1'")
        self.imported(file)
        self.assertEqual(len(self.rows('fid')), 1)
        self.imported(file, '--layer', 'voie_ferree')
        self.assertEqual(len(self.rows('fid')), 4)
        self.assertIn('no layer rivers; its layers: voie_ferree, troncon_de_route', self.refused(file, '--layer', 'rivers'))
        other = self.convert(source, 'two.gpkg', '-f', 'GPKG', '-nln', 'one')
        self.convert(source, 'two.gpkg', '-update', '-nln', 'two')
        self.assertIn('several layers hold lines; choose one with --layer: one, two', self.refused(other))

    def test_openstreetmap(self):
        said = self.imported(self.write('town.osm', OSM_XML))
        self.assertIn('town.osm: 5 features read, 5 segments', said)
        self.assertIn('left out: 1 paths', said)
        self.assertIn('left out: 1 not roads', said)
        self.assertEqual(self.rows('source_id, street, class, oneway, level'),
                         [('101', 'Rue "Pasteur"', 'residential', -1, 0)] * 2
                         + [('102', 'Rue du Château', 'tertiary', 0, -2)] * 2
                         + [('103', None, 'tertiary', 1, 0)])
        self.imported(self.path('town.osm'), '--keep-paths')
        pieces = self.rows('source_id, from_m')
        # The footway meets the roundabout, which is cut there now.
        self.assertEqual(sum(source == '103' for source, _ in pieces), 2)
        self.assertEqual(sum(source == '104' for source, _ in pieces), 1)

    def test_parts_of_a_multiline_go_on(self):
        self.imported(self.write('m.geojson', collection(({'id': 'm'}, {
            'type': 'MultiLineString', 'coordinates': [[[2.36, 48.85], [2.361, 48.85]], [[2.362, 48.85], [2.363, 48.85]]]}))))
        self.assert_pieces([('m', 0, 73.39), ('m', 73.39, 146.78)])

    def test_what_is_left_out_is_said(self):
        features = collection(
            ({'id': 'good', 'highway': 'service'}, PASTEUR),
            ({'id': 'zero', 'highway': 'service'}, line((2.35, 48.85), (2.35, 48.85))),
            ({'id': 'far', 'highway': 'service'}, line((2.35, 48.85), (2.35, 98.85))),
            ({'id': 'leap', 'highway': 'service'}, line((2.35, 48.85), (5.35, 48.85))),
            ({'id': 'text', 'highway': 'service'}, {'type': 'LineString', 'coordinates': [[2.35, 'x'], [2.36, 48.85]]}),
            ({'id': 'single', 'highway': 'service'}, line((2.35, 48.85))),
            ({'id': 'none', 'highway': 'service'}, None),
            ({'id': 'point', 'highway': 'service'}, {'type': 'Point', 'coordinates': [2.35, 48.85]}),
            ({'id': 'rails', 'railway': 'rail'}, CHATEAU))
        said = self.imported(self.write('mixed.geojson', features))
        self.assertIn('9 features read, 1 segments', said)
        self.assertIn('8 left out', said)
        for reason in ('1 not roads', '2 without geometry (text, none)', '1 not lines (point)', '1 broken geometry (single)',
                       '1 coordinates out of range (far)', '1 with vertices over 2 degrees apart (leap)', '1 without length (zero)'):
            self.assertIn('left out: %s\n' % reason, said)
        self.assertEqual(self.rows('source_id'), [('good',)])

    def test_latin1_names_become_utf8(self):
        self.imported(self.write('a.geojson', json.dumps(collection(({'id': '1', 'name': 'Rue du Ch*teau'}, PASTEUR)))
                                 .encode().replace(b'*', b'\xe2')))
        self.assertEqual(self.rows('street'), [('Rue du Château',)])


class Again(Import):
    def test_ids_stay(self):
        town = self.write('town.geojson', TOWN)
        self.imported(town)
        before = self.rows('fid, source_id, from_m, to_m, street')
        self.imported(town)
        self.assertEqual(self.rows('fid, source_id, from_m, to_m, street'), before)

        # Another street joins Rue Pasteur half way, and Rue du Château gets another name.
        changed = json.loads(json.dumps(TOWN))
        changed['features'][0]['geometry']['coordinates'].insert(1, [2.3505, 48.85])
        changed['features'][1]['properties']['name'] = 'Rue de la Gare'
        changed['features'].append({'type': 'Feature', 'properties': {'id': 'rue-4', 'highway': 'service'},
                                    'geometry': line((2.3505, 48.85), (2.3505, 48.849))})
        self.imported(self.write('changed.geojson', changed), '--version', 'second')
        after = {row[1:4]: (row[0], row[4]) for row in self.rows('fid, source_id, from_m, to_m, street')}
        fids = [row[0] for row in before]
        kept = {(row[1], row[2], row[3]): row[0] for row in before if row[1] != 'rue-1'}
        for key, fid in kept.items():
            self.assertEqual(after[key][0], fid)
            if key[0] == 'rue-2':
                self.assertEqual(after[key][1], 'Rue de la Gare')
        new = [fid for (source, start, end), (fid, _) in after.items() if source == 'rue-4' or (source == 'rue-1' and end < 74)]
        self.assertEqual(len(new), 3)
        self.assertFalse(set(new) & set(fids))
        self.assertEqual({row[0] for row in self.rows('network_version')}, {'second'})

    def assert_kept(self, before):
        self.assertEqual(self.rows('fid, geom, source_id, from_m, to_m, street, network_version'), before)

    def test_a_failed_import_changes_nothing(self):
        town = self.write('town.geojson', TOWN)
        self.imported(town, '--version', 'first')
        before = self.rows('fid, geom, source_id, from_m, to_m, street, network_version')
        many = collection(*[({'id': str(i), 'highway': 'service', 'name': 'Rue %d' % i},
                             line((2.3 + i * 1e-4, 48.8), (2.3 + i * 1e-4, 48.801))) for i in range(3000)])
        big = self.convert(self.write('many.geojson', many), 'many.gpkg', '-f', 'GPKG', '-lco', 'SPATIAL_INDEX=NO')
        with open(big, 'rb') as file:
            data = file.read()
        shapes = self.convert(self.path('many.geojson'), 'shapes', '-f', 'ESRI Shapefile')
        with open(os.path.join(shapes, 'many.shp'), 'r+b') as file:
            file.truncate(100000)
        bare = self.convert(town, 'bare', '-f', 'ESRI Shapefile')
        os.unlink(os.path.join(bare, 'town.prj'))
        cases = {
            self.path('missing.geojson'): 'No such file or directory',
            self.write('empty.geojson', ''): 'the file is empty',
            self.write('junk.geojson', 'hello'): 'cannot be read as a map',
            self.write('cut.geojson', json.dumps(TOWN)[:300]): 'cannot be read as a map',
            self.write('none.geojson', collection()): 'holds no roads (0 features read); nothing was changed',
            self.write('points.geojson', collection(({'id': 'p'}, {'type': 'Point', 'coordinates': [2.35, 48.85]}))):
                'no layer holds lines; its layers: points',
            self.write('paths.geojson', collection(({'id': 'p', 'highway': 'footway'}, PASTEUR))): 'holds no roads',
            self.write('cut.gpkg', data[:len(data) // 2]): 'database disk image is malformed',
            self.write('mangled.gpkg', data[:len(data) // 2] + b'\xff' * 8192 + data[len(data) // 2 + 8192:]): 'is damaged after',
            shapes: 'is damaged after',
            bare: 'has no projection',
            self.write('cut.osm', OSM_XML[:600]): 'is damaged after 0 features',
        }
        for file, words in cases.items():
            with self.subTest(os.path.basename(file)):
                said = self.refused(file)
                self.assertIn(words, said)
                self.assertTrue(said.startswith('streetcap-roads: %s: ' % file), said)
                self.assert_kept(before)

    def test_nothing_is_made_where_nothing_was(self):
        self.refused(self.write('junk.geojson', 'hello'))
        self.assertFalse(os.path.exists(self.root))

    def test_a_root_in_use_is_refused(self):
        town = self.write('town.geojson', TOWN)
        self.imported(town, '--version', 'first')
        before = self.rows('fid, geom, source_id, from_m, to_m, street, network_version')
        with open(os.path.join(self.root, 'lock'), 'r+') as lock:
            lock.truncate(0)
            lock.write('%d\n' % os.getpid())
            lock.flush()
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            said = self.refused(town)
        self.assertIn('is in use by process %d' % os.getpid(), said)
        self.assertIn('nothing was changed', said)
        self.assert_kept(before)
        self.imported(town)

    def test_a_root_that_is_a_file_is_refused(self):
        self.root = self.write('file', 'x')
        self.refused(self.write('town.geojson', TOWN))
        with open(self.root) as file:
            self.assertEqual(file.read(), 'x')


class Use(Import):
    def test_wrong_use(self):
        town = self.write('town.geojson', TOWN)
        for arguments in ([], ['export'], ['import'], ['import', town, town, '--root', self.root],
                          ['import', town, '--root', self.root, '--colour'], ['import', town, '--root'],
                          ['import', town, '--root', ''], ['import', town, '--root', self.root, '--version', ''],
                          ['import', town, '--root', self.root, '--version', 'v' * 64]):
            with self.subTest(arguments):
                done = self.run_roads(*arguments)
                self.assertEqual(done.returncode, 2, done)
                self.assertEqual(done.stdout, '')
                self.assertIn('streetcap-roads: ', done.stderr)
        self.assertFalse(os.path.exists(self.root))

    def test_help_and_version(self):
        for arguments in (['--help'], ['import', '--help']):
            done = self.run_roads(*arguments)
            self.assertEqual((done.returncode, done.stderr), (0, ''))
            self.assertIn('usage: streetcap-roads import FILE', done.stdout)
        self.assertRegex(self.run_roads('--version').stdout, r'^streetcap-roads \d+\.\d+\.\d+\n$')

    def test_version_of_the_delivery(self):
        town = self.write('town.geojson', TOWN)
        os.utime(town, (1700000000, 1700000000))
        self.imported(town)
        self.assertEqual({row[0] for row in self.rows('network_version')}, {'town.geojson 2023-11-14'})
        self.imported(town, '--map-version', 'BD TOPO 2026-03')
        self.assertEqual({row[0] for row in self.rows('network_version')}, {'BD TOPO 2026-03'})
        long_name = self.write('é' * 60 + '.geojson', TOWN)
        os.utime(long_name, (1700000000, 1700000000))
        self.imported(long_name)
        version, = {row[0] for row in self.rows('network_version')}
        self.assertEqual(version, 'é' * 26 + ' 2023-11-14')

    def test_progress_is_for_a_terminal(self):
        town = self.write('town.geojson', TOWN)
        ours, theirs = os.openpty()
        try:
            done = subprocess.run([ROADS, 'import', town, '--root', self.root], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=theirs, timeout=DEADLINE_S)
            self.assertEqual(done.returncode, 0)
            shown = os.read(ours, 4096).decode()
        finally:
            os.close(ours)
            os.close(theirs)
        self.assertIn('reading town.geojson: 100 %', shown)
        self.assertNotIn('%', done.stdout.decode())

    def test_root_of_the_config(self):
        town = self.write('town.geojson', TOWN)
        config = self.write('streetcap.conf', '[storage]\nroot = %s\n' % self.root)
        done = self.run_roads('import', town, '-c', config)
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertEqual(len(self.rows('fid')), 5)
        bad = self.write('bad.conf', '[storage]\nrot = /x\n')
        done = self.run_roads('import', town, '-c', bad)
        self.assertEqual(done.returncode, 2)
        self.assertIn('%s:2: ' % bad, done.stderr)


class Mangled(Import):
    def test_mangled_files_never_crash(self):
        """Bytes changed, cut or doubled at random: done or refused, and never a torn network."""
        print('seed %d' % SEED, file=sys.stderr)
        chance = random.Random(SEED)
        sources = [('geojson', json.dumps(TOWN).encode()), ('geojson', json.dumps(BD_TOPO).encode()), ('osm', OSM_XML.encode())]
        for i in range(60):
            ending, data = chance.choice(sources)
            data = bytearray(data)
            for _ in range(chance.randint(1, 8)):
                at = chance.randrange(len(data))
                how = chance.randrange(4)
                if how == 0:
                    data[at] = chance.randrange(256)
                elif how == 1:
                    del data[at:at + chance.randint(1, 20)]
                elif how == 2:
                    data[at:at] = data[at:at + chance.randint(1, 40)]
                else:
                    data[at:at] = chance.choice([b'1e999', b'-', b'null', b'"', b'[', b'{', b'\\u0000', b'9999999999999999999'])
            done = self.run_roads('import', self.write('mangled.' + ending, bytes(data)), '--root', self.root)
            self.assertIn(done.returncode, (0, 1), (done, bytes(data)))
            self.assertNotIn('runtime error', done.stderr, bytes(data))
            if done.returncode == 0:
                for source, start, end, geometry in self.rows('source_id, from_m, to_m, geom'):
                    self.assertTrue(source and 0 <= start < end and math.isfinite(end))
                    self.assertGreaterEqual(len(linestring(geometry)), 2)


class Real(Import):
    """Counts taken once by hand and with ogrinfo; loose enough for another GDAL."""

    def real(self, name):
        path = os.path.join(SHARED, 'roads', name)
        self.assertTrue(os.path.exists(path), path)
        return path

    def counts(self, said):
        found = re.match(r'\S+: (\d+) features read, (\d+) segments, ([\d.]+) km, (\d+) streets named, (\d+) left out', said)
        return [float(n) for n in found.groups()]

    def check(self, name, segments, km, streets):
        file = self.real(name)
        _, found, length_km, named, _ = self.counts(self.imported(file))
        self.assertTrue(segments[0] <= found <= segments[1], found)
        self.assertTrue(km[0] <= length_km <= km[1], length_km)
        self.assertTrue(streets[0] <= named <= streets[1], named)
        rows = self.rows('fid, source_id, from_m, to_m, oneway, level, street, geom')
        self.assertEqual(len(rows), found)
        self.assertAlmostEqual(sum(row[3] - row[2] for row in rows) / 1000, length_km, delta=0.06)
        self.imported(file)
        self.assertEqual([row[0] for row in self.rows('fid')], [row[0] for row in rows])
        return rows

    def test_monaco(self):
        rows = self.check('monaco.osm.pbf', (2900, 3050), (355, 368), (440, 460))
        self.assertTrue(any(row[6] == 'Tunnel Rocher Antoine 1er' and row[5] < 0 and row[4] == 1 for row in rows))
        for row in rows:
            for longitude, latitude in linestring(row[7]):
                self.assertTrue(7.2 < longitude < 7.6 and 43.6 < latitude < 43.9)

    def test_andorra(self):
        self.check('andorra.osm.pbf', (2000, 2150), (405, 425), (215, 235))

    def test_liechtenstein(self):
        self.check('liechtenstein.osm.pbf', (3900, 4050), (400, 420), (690, 720))

    def test_bd_topo(self):
        rows = self.check('bdtopo-lambert93.gpkg', (490, 500), (58, 60), (0, 0))
        self.assertTrue(all(row[1].startswith('TRONROUT') for row in rows))
        self.assertTrue(any(row[5] == 1 for row in rows))
        said = self.imported(self.real('bdtopo-lambert93.gpkg'), '--keep-paths')
        self.assertIn('1382 features read', said)
        self.assertIn(' 0 left out', said)


if __name__ == '__main__':
    if not shutil.which('ogr2ogr'):
        print('SKIP: ogr2ogr is not installed')
        sys.exit(77)
    if 'Real' in sys.argv and not os.path.isdir(os.path.join(SHARED, 'roads')):
        print('SKIP: %s/roads is not here' % SHARED)
        sys.exit(77)
    unittest.main(verbosity=2)
