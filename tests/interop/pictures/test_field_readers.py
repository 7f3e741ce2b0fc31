#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The readers by which street pictures are taken in elsewhere, Panoramax's and Mapillary's, read ours right.

usage: test_field_readers.py MAKE_PICTURES

They are Python packages, of these versions, installed once into a folder of $STREETCAP_CACHE. Exit 77 where that cannot be done.
"""
import datetime
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

PACKAGES = ["geopic-tag-reader==1.10.1", "mapillary_tools==0.14.7"]
NOON = "2026-11-23T10:15:00.123000+00:00"
MIDNIGHT = "2026-11-22T23:59:59.999000+00:00"
# name: time, latitude, longitude, direction, altitude; what Panoramax gives is rounded to whole degrees and metres.
EXPECTED = {
    "all": (NOON, 48.12345678, 2.98765432, 181.25, 123.456),
    "south-west": (MIDNIGHT, -33.00000004, -70.99999999, 0.0, -3.25),
    "reversing": (NOON, 48.12345678, 2.98765432, 190.0, None),
}

# Runs with the packages, on the folder that it is given.
READ = """
import datetime, json, pathlib, sys
from geopic_tag_reader import reader
from mapillary_tools.exif_read import ExifRead

def utc(stamp):
    return stamp.astimezone(datetime.timezone.utc).isoformat() if stamp else None

read = {}
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.jpg")):
    tags = None
    try:
        tags = reader.readPictureMetadata(path.read_bytes())
    except reader.PartialExifException as error:
        read[path.stem] = {"refused": str(error)}
    exif = ExifRead(path)
    lon_lat = exif.extract_lon_lat() or (None, None)
    read.setdefault(path.stem, {})["mapillary"] = [utc(exif.extract_capture_time()), lon_lat[1], lon_lat[0], exif.extract_direction(),
                                                   exif.extract_altitude(), exif.extract_make(), exif.extract_model()]
    if tags:
        read[path.stem]["panoramax"] = [utc(tags.ts), tags.lat, tags.lon, tags.heading, tags.altitude, tags.make, tags.model,
                                        tags.gps_accuracy, tags.tagreader_warnings]
json.dump(read, sys.stdout)
"""


def skip(why):
    print("skipped:", why)
    sys.exit(77)


def environment():
    """The Python that has the packages."""
    cache = pathlib.Path(os.environ.get("STREETCAP_CACHE") or
                         pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "streetcap")
    key = hashlib.sha256("\n".join(PACKAGES + [sys.version]).encode()).hexdigest()[:12]
    made = cache / ("readers-" + key)
    if not (made / "complete").exists():
        shutil.rmtree(made, ignore_errors=True)
        made.parent.mkdir(parents=True, exist_ok=True)
        for command in ([sys.executable, "-m", "venv", made],
                        [made / "bin/pip", "--quiet", "--disable-pip-version-check", "--retries", "1", "--timeout", "20", "install",
                         *PACKAGES]):
            done = subprocess.run(command, capture_output=True, text=True, timeout=400)
            if done.returncode != 0:
                last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no message"]
                skip("the readers cannot be installed (is there a network, and python3-venv?): " + last[0])
        (made / "complete").touch()
    return made / "bin/python"


def near(found, wanted, delta):
    return found is None if wanted is None else found is not None and abs(found - wanted) <= delta


def check(name, by, found, delta_deg, delta_m):
    """What is wrong in what one reader says of one picture."""
    time, latitude, longitude, direction, altitude = EXPECTED[name]
    wrong = []
    stamp = found[0] and datetime.datetime.fromisoformat(found[0])
    if not stamp or abs((stamp - datetime.datetime.fromisoformat(time)).total_seconds()) > 0.0015:
        wrong.append("time %s" % found[0])
    if not near(found[1], latitude, 1e-7) or not near(found[2], longitude, 1e-7):
        wrong.append("place %s %s" % (found[1], found[2]))
    turn = None if found[3] is None else (found[3] - direction + 180) % 360 - 180
    if not near(turn, 0, delta_deg) or not 0 <= found[3] < 360:
        wrong.append("direction %s" % found[3])
    if not near(found[4], altitude, delta_m):
        wrong.append("altitude %s" % found[4])
    if found[5:7] != ["Raspberry Pi", "HQ Camera"]:
        wrong.append("camera %s" % found[5:7])
    return ["%s of %s: %s" % (by, name, what) for what in wrong]


def main():
    python = environment()
    with tempfile.TemporaryDirectory(prefix="streetcap-readers-") as folder:
        subprocess.run([sys.argv[1], folder], check=True)
        done = subprocess.run([python, "-c", READ, folder], capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        sys.exit(done.stderr)
    read, wrong = json.loads(done.stdout), []
    for name in EXPECTED:
        panoramax = read[name].get("panoramax")
        wrong += check(name, "Mapillary", read[name]["mapillary"], 0.26, 0.001)
        if not panoramax:
            wrong.append("Panoramax of %s: %s" % (name, read[name].get("refused")))
            continue
        wrong += check(name, "Panoramax", panoramax, 0.51, 0.51)
        if not near(panoramax[7], 1.234, 0.005):
            wrong.append("Panoramax of %s: accuracy %s" % (name, panoramax[7]))
    if read["no-position"]["mapillary"][1] is not None or "panoramax" in read["no-position"]:
        wrong.append("a picture without a position has one")
    print("\n".join(wrong) or "%d pictures read right by both" % len(EXPECTED))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
