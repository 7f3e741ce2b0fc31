# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# The parts of ./check, which sources this: each a function that returns 0, or 77 with the reason as its last line, or fails.
# shellcheck disable=SC2034,SC2154 # what ./check uses of these, and these of ./check: $here, $builds, $tally, $tier

test_suites=(unit replay integration interop fuzz vm) # of tests/meson.build
rest_suites=(format scripts manuals install clang tidy asan tsan minimal fuzzers bench libcamera chroot)
asan_suites=(--suite unit --suite replay --suite integration --suite fuzz)
# clang's runtime does not find a symbolizer by itself on Debian.
symbolizer=external_symbolizer_path=/usr/bin/addr2line

skip() {
        echo "$*"
        return 77
}

# List of the C sources, or of the files of other endings, without what is built.
source_files() {
        local ending tests=()
        for ending in "$@"; do
                tests+=(-o -name "*.$ending")
        done
        find base config geotag storage capture cli tests docs systemd scripts -type f \( "${tests[@]:1}" \) | LC_ALL=C sort
}

# build FLAVOUR: sets it up (anew when its options changed), and compiles everything in it.
build() {
        local flavour=$1 compiler=gcc options=()
        case $flavour in
        gcc) ;;
        clang) compiler=clang-19 ;;
        asan) options=("-Db_sanitize=address,undefined") ;;
        tsan) compiler=clang-19 options=(-Db_sanitize=thread -Db_lundef=false) ;;
        fuzzers) compiler=clang-19 options=(-Dfuzzers=true "-Db_sanitize=address,undefined" -Db_lundef=false) ;;
        minimal) options=(-Droads=disabled -Dlibcamera=disabled) ;;
        esac
        set_up "$builds/$flavour" "$compiler" -Dwerror=true "${options[@]}"
        meson compile -C "$builds/$flavour"
}

# set_up FOLDER COMPILER OPTION...: an existing folder is set up again only if it was made in another way.
set_up() {
        local folder=$1 how="cxx $*"
        if [[ -e $folder/build.ninja && $(cat "$folder/how" 2>/dev/null) == "$how" ]]; then
                # Fuzz targets are found by their names, when the build is set up.
                meson setup --reconfigure "$folder"
                return
        fi
        rm -rf "$folder"
        local cxx=${2/gcc/g++}
        CC=$2 CXX=${cxx/clang/clang++} meson setup "$folder" "${@:3}"
        echo "$how" >"$folder/how"
}

# run_tests FLAVOUR ARGUMENT...: those of its suites, counted from meson's own log.
run_tests() {
        local folder=$builds/$1 slower=1 status=0 figures=()
        # The same in every build, so they are shown once.
        if [[ $1 == gcc ]]; then figures=(--figures); fi
        shift
        case $folder in
        */asan)
                slower=4
                export STREETCAP_TEST_SANITIZED=1
                export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1:halt_on_error=1
                export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
                ;;
        */tsan)
                slower=8
                export STREETCAP_TEST_SANITIZED=1
                export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:suppressions=$here/tests/tsan.supp:$symbolizer
                tsan_works || skip "ThreadSanitizer cannot run here (address space layout)"
                ;;
        esac
        rm -f "$folder/meson-logs/check.json"
        meson test -C "$folder" --no-rebuild --logbase check --print-errorlogs --timeout-multiplier $slower "$@" ||
                status=$?
        scripts/count_tests.py "$folder/meson-logs/check.json" "${figures[@]}" >"$tally"
        return $status
}

# Kernels with much randomness in their layout of addresses, and containers that forbid to turn it off, keep it from starting.
tsan_works() {
        local probe=$builds/tsan/probe
        echo 'int main(void) { return 0; }' >"$probe.c"
        clang-19 -fsanitize=thread -o "$probe" "$probe.c" && "$probe"
}

check_format() {
        source_files c h cpp | xargs -d '\n' clang-format-19 --dry-run --Werror
}

# A test that wrote where it was started has left a file in the repository before.
check_top_files() {
        local known=(.clang-format .clang-tidy .gitignore CHANGELOG.md CONTRIBUTING.md LICENSE README.md check demo meson.build
                meson_options.txt) name status=0
        while read -r name; do
                if [[ $name != */* && " ${known[*]} " != *" $name "* ]]; then
                        echo "$name: no file that belongs to the top of the repository" >&2
                        status=1
                fi
        done < <(git ls-files 2>/dev/null) # nothing where this is no repository
        return $status
}

check_scripts() {
        local scripts
        check_top_files
        # All that is a shell script by its first line, wherever it lies; what is sourced has none.
        scripts=$(grep -rlE '^#!.*\b(ba)?sh$' check demo .ci base config geotag storage capture cli tests docs systemd scripts |
                LC_ALL=C sort)
        # shellcheck disable=SC2086 # a name a word
        shellcheck -x $scripts scripts/*.sh docs/completion/*.bash
        source_files py | while read -r script; do
                # Only compiled: nothing is left in the tree.
                python3 -c 'import sys; compile(open(sys.argv[1], "rb").read(), sys.argv[1], "exec")' "$script"
        done
}

check_manuals() {
        mandoc -T lint -W warning docs/man/*.[158] "$builds"/gcc/docs/*.[158]
}

# What a technician's `meson install` lays down, and that it does not touch settings that are there.
check_install() {
        scripts/check_install "$builds/gcc" "$builds/install"
}

run_fuzzers() {
        local seconds=20
        if [[ $tier == all ]]; then seconds=300; fi
        tests/fuzz/run "$builds/fuzzers" $seconds
}

run_benches() {
        local log=$builds/gcc/meson-logs/bench.json status=0
        rm -f "$log"
        meson test -C "$builds/gcc" --no-rebuild --benchmark --logbase bench --print-errorlogs || status=$?
        scripts/count_tests.py "$log" >"$tally"
        # What they measured is what they are for.
        python3 -c 'import json, sys
for line in open(sys.argv[1], encoding="utf-8"):
    print(json.loads(line).get("stdout", "").rstrip())' "$log" >>"$tally"
        return $status
}
