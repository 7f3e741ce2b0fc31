# SPDX-License-Identifier: MIT
"""check_index.py MAKE_INDEX [--read-only]: what GDAL, and SQLite by itself, say of an index and of its snapshot; with --read-only
of both on read-only media.

Skips (77) without ogrinfo; --read-only where this user cannot make such a mount."""
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile

FRAMES = 200
POSITIONS = 180
SEGMENTS = 50
problems = []


def check(condition, what):
    if not condition:
        problems.append(what)
        print("wrong:", what)


def ogrinfo(*arguments, prefix=()):
    """Its output; whatever it warns of is a problem."""
    done = subprocess.run([*prefix, "ogrinfo", *arguments], capture_output=True, text=True)
    both = done.stdout + done.stderr
    check(done.returncode == 0, f"ogrinfo {' '.join(arguments)} ended with {done.returncode}")
    for line in both.splitlines():
        if "warning" in line.lower() or "error" in line.lower():
            check(False, f"ogrinfo {' '.join(arguments)}: {line}")
    return done.stdout


def check_layers(path, prefix=()):
    output = ogrinfo("-ro", "-al", "-so", path, prefix=prefix)
    for name in ("frames", "segments", "runs", "fixes", "gaps", "streetcap_schema", "streetcap_networks"):
        check(f"Layer name: {name}\n" in output, f"{path}: no layer {name}")
    check("Geometry: Point" in output and "Geometry: Line String" in output, f"{path}: types of geometry")
    check("Extent: (2.100000, 48.100010) - (2.100000, 48.101990)" in output, f"{path}: extent of the frames")
    check("Extent: (2.100000, 48.100000) - (2.105000, 48.110000)" in output, f"{path}: extent of the segments")
    check(f"Feature Count: {FRAMES}\n" in output, f"{path}: count of the frames")
    check(f"Feature Count: {SEGMENTS}\n" in output, f"{path}: count of the segments")
    everything = ogrinfo("-ro", "-al", path, prefix=prefix)
    check(everything.count("POINT (") == POSITIONS, f"{path}: positions of the frames")
    check(everything.count("LINESTRING (") == SEGMENTS, f"{path}: lines of the segments")
    check("Rue de l'Église" in everything and "2026/11/23 10:15:00.5" in everything, f"{path}: values")
    near = ogrinfo("-ro", "-al", "-so", "-spat", "2.0999", "48.1009995", "2.1001", "48.1010205", path, "frames", prefix=prefix)
    check("Feature Count: 2\n" in near, f"{path}: frames within a box")


def check_sqlite(path):
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    one = lambda sql: db.execute(sql).fetchone()[0]
    check(one("PRAGMA integrity_check") == "ok", f"{path}: integrity_check")
    check(db.execute("PRAGMA foreign_key_check").fetchall() == [], f"{path}: foreign_key_check")
    check(one("PRAGMA application_id") == 0x47504B47 and one("PRAGMA user_version") == 10300, f"{path}: kind and version")
    for table, count in (("frames", POSITIONS), ("segments", SEGMENTS)):
        check(one(f"SELECT count(*) FROM rtree_{table}_geom") == count, f"{path}: R*Tree of {table}")
        check(one(f"SELECT count(*) FROM {table} WHERE geom IS NOT NULL") == count, f"{path}: positions of {table}")
        check(one(f"SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'rtree_{table}_geom_%'") == 6,
              f"{path}: triggers of {table}")
    db.close()


def check_gdal_writes(path):
    """A GIS that edits: our triggers work with its functions, and it finds nothing to mend."""
    before = sqlite3.connect(path).execute("SELECT group_concat(sql) FROM sqlite_master WHERE type = 'trigger'").fetchone()
    ogrinfo(path, "-sql", "DELETE FROM frames WHERE sequence = 1")
    db = sqlite3.connect(path)
    check(db.execute("SELECT count(*) FROM rtree_frames_geom").fetchone()[0] == POSITIONS - 1, "R*Tree after GDAL's edit")
    after = db.execute("SELECT group_concat(sql) FROM sqlite_master WHERE type = 'trigger'").fetchone()
    check(before == after, "GDAL changed the triggers")
    db.close()


def check_live(maker, folder):
    """Beside a daemon that has it open."""
    with subprocess.Popen([maker, folder, "hold"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as daemon:
        check(daemon.stdout.readline() == "ready\n", "the live index could not be made")
        check_layers(f"{folder}/index.gpkg")
        daemon.stdin.close()
    check(daemon.returncode == 0, "the live index could not be closed")


def check_read_only(folder):
    """False if no read-only mount can be made here."""
    script = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
    prefix = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"]), "sh", "-c", script, folder]
    probe = subprocess.run([*prefix, "sh", "-c", f"! touch {folder}/probe"], capture_output=True)
    if probe.returncode != 0:
        return False
    for name in ("index.gpkg", "snapshot.gpkg"):
        check_layers(f"{folder}/{name}", prefix)
    return True


def main():
    if not shutil.which("ogrinfo"):
        print("skipped: ogrinfo (package gdal-bin) is missing")
        return 77
    os.environ.setdefault("LC_ALL", "C.UTF-8")
    with tempfile.TemporaryDirectory(prefix="streetcap-index-") as folder:
        subprocess.run([sys.argv[1], folder], check=True)
        if "--read-only" in sys.argv:
            if not check_read_only(folder):
                print("skipped: no read-only mount can be made here")
                return 77
            return 1 if problems else 0
        for name in ("index.gpkg", "snapshot.gpkg"):
            check_layers(f"{folder}/{name}")
            check_sqlite(f"{folder}/{name}")
        check_live(sys.argv[1], f"{folder}/live")
        check_gdal_writes(f"{folder}/snapshot.gpkg")
    return 1 if problems else 0


sys.exit(main())
