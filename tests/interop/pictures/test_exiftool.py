#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""exiftool, the field's yardstick, reads our pictures: every tag right, none that says what is not known, no warning.

usage: test_exiftool.py MAKE_PICTURES
"""
import hashlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

SAME = {"IFD0:Orientation": 1, "IFD0:XResolution": 72, "IFD0:YResolution": 72, "IFD0:ResolutionUnit": 2,
        "IFD0:YCbCrPositioning": 1, "ExifIFD:ExifVersion": "0232", "ExifIFD:FlashpixVersion": "0100",
        "ExifIFD:ComponentsConfiguration": "1 2 3 0", "ExifIFD:ColorSpace": 1, "ExifIFD:ExifImageWidth": 160,
        "ExifIFD:ExifImageHeight": 120, "GPS:GPSVersionID": "2 3 0 0"}

CAMERA = {"IFD0:Orientation": 6, "IFD0:Make": "Raspberry Pi", "IFD0:Model": "HQ Camera", "IFD0:Software": "Streetcap 0.1.0",
          "ExifIFD:SerialNumber": "SN-0001", "ExifIFD:FocalLength": 6, "ExifIFD:FocalLengthIn35mmFormat": 33}

NOON = {"IFD0:ModifyDate": "2026:11:23 11:15:00", "ExifIFD:DateTimeOriginal": "2026:11:23 11:15:00",
        "ExifIFD:CreateDate": "2026:11:23 11:15:00", "ExifIFD:OffsetTime": "+01:00",
        "ExifIFD:OffsetTimeOriginal": "+01:00", "ExifIFD:OffsetTimeDigitized": "+01:00", "ExifIFD:SubSecTime": 123,
        "ExifIFD:SubSecTimeOriginal": 123, "ExifIFD:SubSecTimeDigitized": 123, "GPS:GPSDateStamp": "2026:11:23",
        "GPS:GPSTimeStamp": "10:15:00.123"}

RECEIVER = {"GPS:GPSStatus": "A", "GPS:GPSMeasureMode": 3, "GPS:GPSDOP": 0.87, "GPS:GPSSatellites": 9,
            "GPS:GPSDifferential": 1}

DIRECTION = {"GPS:GPSImgDirectionRef": "T", "GPS:GPSImgDirection": 181.25}

PLACE = {"GPS:GPSLatitudeRef": "N", "GPS:GPSLatitude": 48.12345678, "GPS:GPSLongitudeRef": "E",
         "GPS:GPSLongitude": 2.98765432, "GPS:GPSAltitudeRef": 0, "GPS:GPSAltitude": 123.456,
         "GPS:GPSSpeedRef": "K", "GPS:GPSSpeed": 48.6, "GPS:GPSTrackRef": "T", "GPS:GPSTrack": 91.25,
         "GPS:GPSMapDatum": "WGS-84", "GPS:GPSProcessingMethod": "GPS", "GPS:GPSHPositioningError": 1.234}


def unique_id(*members):
    text = "".join(str(member) + "\0" for member in members)
    return {"ExifIFD:ImageUniqueID": hashlib.sha256(text.encode()).hexdigest()[:32]}


ID_ALL = unique_id("van-1", "20261123T101500Z", "front", 42, 1795428900123456789)

# A gain of 1.5: a hundred times as the ISO speed, and "low gain up".
GAIN = {"ExifIFD:ISO": 150, "ExifIFD:GainControl": 1}

# Everything that a picture's EXIF holds: a tag that is not here must not be there.
EXPECTED = {
    "nothing": {
        **SAME, **unique_id("", "20261123T101500Z", "front", 1, 1795428900000000000), "GPS:GPSStatus": "V",
        "IFD0:ModifyDate": "2026:11:23 10:15:00", "ExifIFD:DateTimeOriginal": "2026:11:23 10:15:00",
        "ExifIFD:CreateDate": "2026:11:23 10:15:00", "ExifIFD:OffsetTime": "+00:00",
        "ExifIFD:OffsetTimeOriginal": "+00:00", "ExifIFD:OffsetTimeDigitized": "+00:00", "ExifIFD:SubSecTime": "000",
        "ExifIFD:SubSecTimeOriginal": "000", "ExifIFD:SubSecTimeDigitized": "000", "GPS:GPSDateStamp": "2026:11:23",
        "GPS:GPSTimeStamp": "10:15:00"},
    "all": {**SAME, **CAMERA, **NOON, **RECEIVER, **DIRECTION, **PLACE, **ID_ALL, **GAIN, "ExifIFD:ExposureTime": 0.004},
    # 3.5 hours west of Greenwich: the day before is not over there; 359.997 degrees is not 360; course 359.96 rounds to
    # 360 in the readers of the field, so it is written as 0 too.
    "south-west": {
        **SAME, **CAMERA, **PLACE, **RECEIVER, **DIRECTION,
        **unique_id("van-1", "20261123T101500Z", "front", 42, 1795391999999999999),
        "IFD0:Orientation": 1, **GAIN, "ExifIFD:ExposureTime": 0.004, "GPS:GPSDifferential": None, "GPS:GPSMeasureMode": 2,
        "IFD0:ModifyDate": "2026:11:22 20:29:59", "ExifIFD:DateTimeOriginal": "2026:11:22 20:29:59",
        "ExifIFD:CreateDate": "2026:11:22 20:29:59", "ExifIFD:OffsetTime": "-03:30",
        "ExifIFD:OffsetTimeOriginal": "-03:30", "ExifIFD:OffsetTimeDigitized": "-03:30", "ExifIFD:SubSecTime": 999,
        "ExifIFD:SubSecTimeOriginal": 999, "ExifIFD:SubSecTimeDigitized": 999, "GPS:GPSDateStamp": "2026:11:22",
        "GPS:GPSTimeStamp": "23:59:59.999", "GPS:GPSLatitudeRef": "S", "GPS:GPSLatitude": 33.00000004,
        "GPS:GPSLongitudeRef": "W", "GPS:GPSLongitude": 70.99999999, "GPS:GPSAltitudeRef": 1, "GPS:GPSAltitude": 3.25,
        "GPS:GPSTrack": 0, "GPS:GPSImgDirection": 0},
    "reversing": {
        **SAME, **CAMERA, **NOON, **RECEIVER, **PLACE, **ID_ALL, **GAIN, "ExifIFD:ExposureTime": 0.004,
        "GPS:GPSImgDirectionRef": "T", "GPS:GPSImgDirection": 190, "GPS:GPSTrack": 10, "GPS:GPSSpeed": 1.8,
        "GPS:GPSAltitude": None, "GPS:GPSAltitudeRef": None},
    "no-position": {**SAME, **CAMERA, **NOON, **RECEIVER, **DIRECTION, **ID_ALL, **GAIN, "ExifIFD:ExposureTime": 5.5,
                    "GPS:GPSStatus": "V"},
}
EXPECTED["mjpeg"] = EXPECTED["all"]  # of a USB camera's frame

# Some of what XMP holds, as exiftool spells it.
XMP = {
    "nothing": {"Run": "20261123T101500Z", "Camera": "front", "Sequence": 1, "Mark": -1, "PositionSource": "none",
                "OnRoad": False, "Street": None, "LatitudeDeg": None, "AltitudeHaeM": None, "Gain": None,
                "Orientation": None, "Sharpness": None, "Brightness": None, "ClippedShare": None, "Quality": None},
    "all": {"CapturedUtcNs": 1795428900123456789, "ExposureMidBoottimeNs": 98765432101, "Sequence": 42, "Mark": 41,
            "PositionSource": "interpolated", "AltitudeHaeM": 168.9, "HeadingDeg": 91.25, "Reversing": False,
            "TravelledM": 1234.5, "OnRoad": True, "Segment": 77, "ChainageM": 12.5, "Direction": -1,
            "OffsetM": -1.75, "MatchConfidence": 0.875, "Provisional": True, "SourceId": "TRONROUT0000000123",
            "Street": 'Rue de l\'\u00c9glise "<basse> & haute"', "NetworkVersion": "BD TOPO 2026-09",
            "Vehicle": "van-1", "Orientation": 6, "Sharpness": 0.03125, "Brightness": 0.75, "ClippedShare": 0.5,
            "Quality": "clipped,blurred"},
    "south-west": {"ImageDirectionDeg": 359.997, "CourseDeg": 359.96, "UtcOffsetS": -12600, "AltitudeMslM": -3.25},
    "reversing": {"Reversing": True, "PositionSource": "extrapolated", "AltitudeMslM": None, "AltitudeHaeM": 168.9},
    "no-position": {"PositionSource": "none"},
}
XMP["mjpeg"] = XMP["all"]


def same(got, want):
    """None stands for "not there". What JSON makes of a number or a word differs between versions of exiftool."""
    if got is None or want is None:
        return got is want
    if isinstance(want, float):
        return abs(float(got) - want) < 1e-9
    return str(got) == str(want)


def compare(name, got, want, groups):
    problems = [f"{name}: {key} is {got.get(key)!r}, not {value!r}"
                for key, value in want.items() if not same(got.get(key), value)]
    extra = [key for key in got if key.split(":")[0] in groups and key not in want]
    return problems + [f"{name}: {key} is {got[key]!r}, but should not be there" for key in extra]


def exiftool(*arguments):
    done = subprocess.run(["exiftool", *arguments], capture_output=True, text=True, encoding="utf-8", check=False)
    if not done.stdout:
        sys.exit(f"exiftool {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def check(folder):
    problems = []
    files = sorted(str(path) for path in folder.glob("*.jpg"))
    by_name = {pathlib.Path(tags["SourceFile"]).stem: tags for tags in json.loads(exiftool("-j", "-n", "-G1", *files))}
    if sorted(by_name) != sorted(EXPECTED):
        problems.append(f"pictures {sorted(by_name)}, not {sorted(EXPECTED)}")
    for name, tags in by_name.items():
        problems += compare(name, tags, EXPECTED[name], ("IFD0", "ExifIFD", "GPS", "JFIF", "AVI1"))
        problems += compare(name, tags, {"XMP-streetcap:" + key: value for key, value in XMP[name].items()}, ())
    for tags in json.loads(exiftool("-j", "-n", "-a", "-validate", "-warning", "-error", *files)):
        if tags.get("Validate") != "0 0 0":
            problems.append(f"{tags['SourceFile']}: exiftool -validate: {tags}")
    return problems


def main():
    if not shutil.which("exiftool"):
        print("skipped: no exiftool")
        return 77
    with tempfile.TemporaryDirectory(prefix="streetcap-pictures-") as folder:
        subprocess.run([sys.argv[1], folder], check=True)
        problems = check(pathlib.Path(folder))
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
