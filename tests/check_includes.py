#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks what the sources include.

  * Folders point one way: base <- config <- geotag <- storage <- capture <- cli. Paths start at the repository root.
  * Pure files include nothing that does I/O, keeps time, starts threads or speaks SQL, and call none of it.
  * Heavy libraries stay where they belong.

A file is pure when it is listed below, or when its header says so in its opening comment ("Pure.").
Prints each break as FILE:LINE: what is wrong; exit status 1 when there is any.

usage: check_includes.py [--self-test] [ROOT]
"""

import pathlib
import re
import sys
import tempfile

FOLDERS = ["base", "config", "geotag", "storage", "capture", "cli"]
SUFFIXES = {".c", ".h", ".cpp"}

# Without their suffix: the .h and the .c of that name, of which one may be missing.
PURE = {
    "base/parse", "base/utc",
    "geotag/clock_map", "geotag/exif", "geotag/fix", "geotag/gap", "geotag/geodesy", "geotag/jpeg_check",
    "geotag/jpeg_huffman", "geotag/jpeg_scan", "geotag/jpeg_segments", "geotag/map_matcher", "geotag/picture_metadata",
    "geotag/picture_read", "geotag/picture_tag", "geotag/picture_write", "geotag/road_builder",
    "geotag/road_network", "geotag/track", "geotag/xmp", "geotag/xmp_read",
    "capture/core", "capture/sensor_clock", "capture/trigger",
}
# The parts of a pure whole.
PURE_PARTS = re.compile(r"capture/core_\w+|geotag/track_\w+")
# Its header is plain data; behind it libgps parses text in memory, and gps.h pulls in all of libgps.
PURE_HEADERS = {"geotag/gpsd_report.h"}

# What a pure file may include of the C library: all of it computes only. stdio.h has snprintf: in a .c only, see CALLS.
PURE_SYSTEM = {
    "assert.h", "ctype.h", "endian.h", "errno.h", "float.h", "inttypes.h", "limits.h", "locale.h", "math.h", "search.h",
    "stdalign.h", "stdarg.h", "stdbool.h", "stddef.h", "stdint.h", "stdlib.h", "stdnoreturn.h", "string.h", "strings.h",
    # libraries that work on memory
    "libexif/exif-data.h", "openssl/evp.h",
}
# Of ours, besides pure headers: the settings as plain data, the constants of time, and text in memory.
PURE_PROJECT = {"base/clock.h", "base/text.h", "config/config.h"}
# What those headers also declare, and a pure file must not call.
CALLS = re.compile(
    r"\b(clock_boottime_ns|clock_realtime_minus_boottime_ns|config_load|config_write|log_\w+"
    r"|[fv]{0,2}printf|dprintf|f?put[cs]|putchar|perror|f(?:open|read|write|close|flush|gets|scanf)|scanf|getenv|secure_getenv"
    r"|system|exit)\s*\("
    r"|\b(stdin|stdout|stderr|FILE)\b")

# Headers of a library: the files that may have them.
RESTRICTED = [
    (re.compile(r"(gdal|ogr|cpl)_?\w*\.h|gdal/.*"), re.compile(r"cli/(roads_\w+|streetcap_roads)\.[ch]"),
     "GDAL is for streetcap-roads only"),
    (re.compile(r"libcamera/.*"), re.compile(r"capture/camera_libcamera\.cpp"), "libcamera is for its backend only"),
    (re.compile(r"sqlite3\.h"), re.compile(r"storage/.*"), "SQL is for storage only"),
    (re.compile(r"(jpeglib|jerror|jpegint)\.h"), re.compile(r"capture/jpeg_compress\.c"),
     "libjpeg, which exits unless told not to, is for one file only"),
]

TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
INCLUDE = re.compile(r"^[ \t]*#[ \t]*include(?:_next)?\b[ \t]*(.*?)[ \t]*$", re.MULTILINE)
TARGET = re.compile(r'"([^"]*)"|<([^>]*)>')
OPENING_COMMENT = re.compile(r"\s*(?:/\* SPDX[^\n]*\*/\s*)?/\*(.*?)\*/", re.DOTALL)


def without_comments(text):
    """Comments become blanks; lines keep their numbers."""
    def blank(match):
        token = match.group()
        return token if token[0] in "\"'" else re.sub(r"[^\n]", " ", token)
    return TOKEN.sub(blank, text)


def without_strings(text):
    return TOKEN.sub(lambda match: '""', text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


class Tree:
    def __init__(self, root):
        self.root = root
        self.texts = {}
        for folder in FOLDERS:
            for path in sorted((root / folder).rglob("*")):
                if path.suffix in SUFFIXES:
                    self.texts[path.relative_to(root).as_posix()] = path.read_text(encoding="utf-8", errors="replace")
        self.pure = {path for path in self.texts if self.is_pure(path)}

    def is_pure(self, path):
        stem, _, suffix = path.rpartition(".")
        if stem in PURE or PURE_PARTS.fullmatch(stem) or path in PURE_HEADERS:
            return True
        if stem + ".h" in PURE_HEADERS:
            return False
        opening = OPENING_COMMENT.match(self.texts.get(stem + ".h", ""))
        return bool(opening and re.search(r"\b[Pp]ure\b", opening.group(1)))

    def breaks(self):
        found = []
        for stem in sorted(PURE):
            if stem + ".h" not in self.texts and stem + ".c" not in self.texts:
                found.append((stem + ".h", 1, "listed as pure, but not there"))
        for path, raw in self.texts.items():
            text = without_comments(raw)
            for match in INCLUDE.finditer(text):
                line = line_of(text, match.start(1))
                found += [(path, line, what) for what in self.check_include(path, match.group(1))]
            if path in self.pure:
                found += self.check_calls(path, without_strings(text))
        return found

    def check_include(self, path, written):
        target = TARGET.match(written)
        if not target:
            return [f"include of {written}: give the header's name here"]
        name = target.group(1) if target.group(1) is not None else target.group(2)
        quoted = target.group(1) is not None
        folder = name.split("/")[0]
        what = []
        if quoted or folder in FOLDERS or folder == "tests":
            what += self.check_project_include(path, name, folder)
        else:
            what += self.check_system_include(path, name)
        return what

    def check_project_include(self, path, name, folder):
        own = path.split("/")[0]
        if folder not in FOLDERS:
            return [f"include of {name}: a path from the repository root, in {', '.join(FOLDERS)}"]
        if name not in self.texts:
            return [f"include of {name}: there is no such file"]
        what = []
        if FOLDERS.index(folder) > FOLDERS.index(own):
            what.append(f"include of {name}: {own} must not depend on {folder}")
        if path in self.pure and name not in self.pure and name not in PURE_PROJECT:
            what.append(f"include of {name}: a pure file includes pure files")
        return what

    def check_system_include(self, path, name):
        what = []
        if path in self.pure and name not in PURE_SYSTEM:
            if name != "stdio.h":
                what.append(f"include of {name}: not for a pure file")
            elif not path.endswith(".c"):
                what.append(f"include of {name}: a pure file has it in a .c only, for snprintf")
        for header, allowed, why in RESTRICTED:
            if header.fullmatch(name) and not allowed.fullmatch(path):
                what.append(f"include of {name}: {why}")
        return what

    @staticmethod
    def check_calls(path, text):
        return [(path, line_of(text, match.start()), f"{match.group(1) or match.group(2)}: not for a pure file")
                for match in CALLS.finditer(text)]


# Files with planted breaks: each line that must be found ends in its mark.
PLANTED = {
    "base/log.h": '#include <stdio.h>\n#include "config/config.h" // BREAK\n',
    "base/parse.h": "#include <stddef.h>\n#include <stdio.h> // BREAK\n",
    "base/parse.c": '#include "base/parse.h"\n#include <stdio.h>\n#include <pthread.h> // BREAK\n'
                    "int f(void)\n{\n\tsnprintf(0, 0, \"printf(\");\n\tprintf(\"x\"); // BREAK\n}\n",
    "base/utc.h": '#include "base/log.h" // BREAK\n',
    "base/utc.c": "#include <sys/time.h> // BREAK\n#include <time.h> // BREAK\n",
    "base/clock.h": "#include <stdint.h>\n",
    "base/text.h": "",
    "config/config.h": '#include <stdio.h>\n#include "base/log.h"\n',
    "config/a.c": '#include "config.h" // BREAK\n#include "../base/log.h" // BREAK\n#include <geotag/fix.h> // BREAK\n'
                  '#include "base/none.h" // BREAK\n#include SOME_MACRO // BREAK\n#include "tests/x.h" // BREAK\n'
                  '/* #include "cli/cli.h"\n#include "cli/cli.h" */\n\n#\tinclude "cli/cli.h" // BREAK\n',
    "geotag/fix.h": "", "geotag/gap.h": "", "geotag/geodesy.h": "", "geotag/map_matcher.h": "",
    "geotag/picture_tag.h": "", "geotag/picture_metadata.h": "", "geotag/road_network.h": "", "geotag/xmp.h": "",
    "geotag/exif.c": "#include <libexif/exif-data.h>\n", "geotag/picture_write.c": "#include <openssl/evp.h>\n",
    "geotag/picture_read.c": "", "geotag/xmp_read.c": "", "geotag/jpeg_check.h": "",
    "geotag/jpeg_huffman.h": "", "geotag/jpeg_scan.h": "", "geotag/jpeg_segments.h": "",
    "geotag/road_builder.c": "",
    "geotag/track.h": "#include <unistd.h> // BREAK\n#include <gps.h> // BREAK\n",
    "geotag/clock_map.h": "",
    "geotag/clock_map.c": '#include "base/clock.h"\nint64_t f(void) { return clock_boottime_ns(); } // BREAK\n',
    "geotag/gpsd_report.h": "#include <gps.h> // BREAK\n",
    "geotag/gpsd_report.c": "#include <gps.h>\n#include <fcntl.h>\n",
    "geotag/said.h": "/* SPDX-License-Identifier: MIT */\n/* Lines, cut. Pure. */\n",
    "geotag/said.c": '#include "geotag/said.h"\n#include <fcntl.h> // BREAK\n#include "geotag/io.h" // BREAK\n',
    "geotag/io.h": "/* SPDX-License-Identifier: MIT */\n/* Reads lines. */\n#include <sqlite3.h> // BREAK\n",
    "storage/index.c": '#include <sqlite3.h>\n#include <gdal.h> // BREAK\n#include "capture/core.h" // BREAK\n',
    "capture/core.h": '#include "config/config.h"\n#include "geotag/track.h"\n#include "storage/store.h" // BREAK\n',
    "capture/core.c": "#include <sqlite3.h> // BREAK BREAK\n",
    "capture/core_marks.c": "#include <unistd.h> // BREAK\n",
    "capture/sensor_clock.h": "", "capture/trigger.h": "", "storage/store.h": "",
    "capture/jpeg_compress.c": "#include <jpeglib.h>\n#include <jpegint.h>\n",
    "capture/encoder.c": "#include <jpeglib.h> // BREAK\n#include <turbojpeg.h>\n",
    "capture/camera.c": "#include <libcamera/libcamera.h> // BREAK\n",
    "capture/camera_libcamera.cpp": "#include <libcamera/libcamera.h>\n",
    "cli/cli.h": '#include "capture/core.h"\n#include "storage/store.h"\n#include <systemd/sd-event.h>\n',
    "cli/roads_source.c": "#include <gdal.h>\n#include <ogr_api.h>\n",
}


def self_test():
    """The planted breaks, all of them and nothing else, are found."""
    wanted = [(path, number) for path, text in PLANTED.items()
              for number, line in enumerate(text.splitlines(), 1) for _ in range(line.count("BREAK"))]
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for path, text in PLANTED.items():
            (root / path).parent.mkdir(exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        found = [(path, line) for path, line, _ in Tree(root).breaks()]
        (root / "geotag/track.h").unlink()
        lost = [path for path, _, what in Tree(root).breaks() if "listed as pure" in what]
    missed, invented = sorted(set(wanted) - set(found)), sorted(set(found) - set(wanted))
    for path, line in missed:
        print(f"self-test: {path}:{line}: planted break not found")
    for path, line in invented:
        print(f"self-test: {path}:{line}: found where none was planted")
    if sorted(found) != sorted(wanted) and not missed and not invented:
        print("self-test: a line has another number of breaks than planted")
        return 1
    if lost != ["geotag/track.h"]:
        print(f"self-test: a lost pure file was not noticed: {lost}")
        return 1
    return 1 if missed or invented else 0


def main(arguments):
    if arguments and arguments[0] == "--self-test":
        return self_test()
    root = pathlib.Path(arguments[0]) if arguments else pathlib.Path(__file__).resolve().parent.parent
    tree = Tree(root)
    found = tree.breaks()
    for path, line, what in sorted(found):
        print(f"{path}:{line}: {what}")
    if not tree.texts:
        print(f"{root}: no sources here")
        return 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
