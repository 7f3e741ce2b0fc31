/* SPDX-License-Identifier: MIT */
/* The way a command line is read, and the commands that are not about frames. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "cli/commands.h"

/* ---- the command line ---- */

static void test_wrong_use(void **state)
{
        EXPECT(*state, 2, "", "streetcap: name a command\nTry: streetcap --help\n", "--json");
        EXPECT(*state, 2, "", "streetcap: unknown command \"frams\"; the nearest is frames\nTry: streetcap --help\n",
               "frams");
        /* What is like none of them is told so. */
        EXPECT(*state, 2, "", "streetcap: unknown command \"match\"\nTry: streetcap --help\n", "match");
        EXPECT(*state, 2, "", "streetcap: unknown option --wxyz\nTry: streetcap frames --help\n", "frames", "--wxyz");
        EXPECT(*state, 2, "", "streetcap: unknown option --jsno; the nearest is --json\nTry: streetcap --help\n",
               "--jsno", "frames");
        EXPECT(*state, 2, "",
               "streetcap: unknown option --stret; the nearest is --street\nTry: streetcap frames --help\n", "frames",
               "--stret=x");
        EXPECT(*state, 2, "", "streetcap: unknown option -x\nTry: streetcap frames --help\n", "frames", "-x");
        EXPECT(*state, 2, "", "streetcap: --street needs a value: NAME\nTry: streetcap frames --help\n", "frames",
               "--street");
        EXPECT(*state, 2, "", "streetcap: --csv takes no value\nTry: streetcap frames --help\n", "frames", "--csv=yes");
        EXPECT(*state, 2, "",
               "streetcap: --run: \"\" is not allowed here, allowed: text that is not empty\nTry: streetcap runs --help\n",
               "runs", "--run=");
        EXPECT(*state, 2, "", "streetcap: frames: \"x\" is one argument too many\nTry: streetcap frames --help\n",
               "frames", "x");
        EXPECT(*state, 2, "", "streetcap: frames: \"--csv\" is one argument too many\nTry: streetcap frames --help\n",
               "frames", "--", "--csv");
        EXPECT(*state, 2, "", "streetcap: snapshot: FILE is missing\nTry: streetcap snapshot --help\n", "snapshot");
        EXPECT(*state, 2, "", "streetcap: coverage: one of --json and --csv\nTry: streetcap coverage --help\n",
               "coverage", "--csv", "--json");
}

/* An option that would do nothing is refused, not ignored. */
static void test_options_without_effect(void **state)
{
        EXPECT(*state, 2, "",
               "streetcap: snapshot: --json has no effect: the answer is FILE\nTry: streetcap snapshot --help\n",
               "--json", "snapshot", fixture_path(*state, "x.gpkg"));
        EXPECT(*state, 2, "",
               "streetcap: export: --json has no effect: --format says what is written\nTry: streetcap export --help\n",
               "export", "--format", "csv", "--json");
        EXPECT(*state, 2, "",
               "streetcap: roads import: --json has no effect: roads info --json tells of the network\nTry: streetcap roads --help\n",
               "roads", "import", "x.pbf", "--json");
        EXPECT(*state, 2, "",
               "streetcap: status: --root has no effect: the daemon that runs here is asked; -c FILE names its config\n"
               "Try: streetcap status --help\n",
               "status");
}

static void test_ages(void **state)
{
        static const char *const ages[] = {"180", "d", "-1d", "0d", "180 x", "1e9d", ""};

        for (size_t i = 0; i < sizeof(ages) / sizeof(ages[0]); i++) {
                char err[160];

                snprintf(
                        err, sizeof(err),
                        "streetcap: --older-than: \"%s\" is not allowed here, allowed: a time with its unit: 180d, 36h\n"
                        "Try: streetcap coverage --help\n",
                        ages[i]);
                EXPECT(*state, 2, "", err, "coverage", "--older-than", ages[i]);
        }
}

#define SIZE_ALLOWED "WIDTHxHEIGHT, each 16 to 65500 pixels, together 200 megapixels at most"
#define CAMERA_ALLOWED "pattern, pattern:WIDTHxHEIGHT, files:FOLDER"

/* Wrong use, whatever the log is: the root is not even made. The settings' own ranges hold. */
static void test_replay_settings(void **state)
{
        static const struct {
                const char *option, *value, *problem;
        } wrong[] = {
                {"--camera", "bogus", "\"bogus\" is not allowed here, allowed: " CAMERA_ALLOWED},
                {"--camera", "files", "\"files\" is not allowed here, allowed: " CAMERA_ALLOWED},
                {"--camera", "files:", "\"files:\" is not allowed here, allowed: " CAMERA_ALLOWED},
                {"--camera", "libcamera", "\"libcamera\" is not allowed here, allowed: " CAMERA_ALLOWED},
                {"--camera", "pattern:", "camera front.size: \"\" is no size, allowed: " SIZE_ALLOWED},
                {"--camera", "pattern:640", "camera front.size: \"640\" is no size, allowed: " SIZE_ALLOWED},
                {"--camera", "pattern:640x480x3",
                 "camera front.size: \"640x480x3\" is no size, allowed: " SIZE_ALLOWED},
                {"--camera", "pattern:65501x16",
                 "camera front.size: \"65501x16\" is out of range, allowed: " SIZE_ALLOWED},
                {"--camera", "pattern:65500x65500",
                 "camera front.size: \"65500x65500\" is too large, allowed: " SIZE_ALLOWED},
                {"--camera", "pattern:15x16", "camera front.size: \"15x16\" is out of range, allowed: " SIZE_ALLOWED},
                {"--spacing", "0.4 m",
                 "trigger.spacing: \"0.4 m\" is out of range, allowed: 0.5 to 1000 m, also in cm, mm, km"},
                {"--spacing", "5 miles",
                 "trigger.spacing: \"5 miles\" has an unknown unit, allowed: 0.5 to 1000 m, also in cm, mm, km"},
                {"--fps", "121", "camera front.rate: \"121\" is out of range, allowed: 0.5 to 120 fps, also in Hz"},
                {"--fps", "fast", "camera front.rate: \"fast\" is no number, allowed: 0.5 to 120 fps, also in Hz"},
        };
        static const char *const right[][2] = {{"--camera", "pattern"},  {"--camera", "pattern:65500x16"},
                                               {"--camera", "files:/x"}, {"--spacing", "1 km"},
                                               {"--spacing", "50 cm"},   {"--fps", "0.5"},
                                               {"--fps", "120 Hz"}};
        struct fixture *f = *state;

        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
                char err[320];

                snprintf(err, sizeof(err), "streetcap: %s: %s\nTry: streetcap replay --help\n", wrong[i].option,
                         wrong[i].problem);
                EXPECT(f, 2, "", err, "replay", "--root", fixture_path(f, "new"), wrong[i].option, wrong[i].value,
                       "none.json");
        }
        /* These are read further. */
        for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
                EXPECT(f, 1, "", "streetcap: ROOT/none.json: No such file or directory\n", "replay", right[i][0],
                       right[i][1], fixture_path(f, "none.json"));
}

/* What a receiver says is no log of gpsd's: it is told what makes one. */
static void test_replay_of_nmea(void **state)
{
        struct fixture *f = *state;

        fixture_write(f, "drive.nmea", "$GPRMC,101500.00,A,4700.0,N,00200.0,E,16.0,90.0,231126,,,A*6F\n");
        EXPECT(f, 1, "",
               "streetcap: ROOT/drive.nmea: not one fix in it (1 lines, not one of them gpsd's JSON; is it a receiver's NMEA?"
               " gpsdecode < FILE makes JSON of that)\n",
               "replay", "--root", fixture_path(f, "new"), fixture_path(f, "drive.nmea"));
        fixture_write(f, "empty", "");
        EXPECT(f, 1, "", "streetcap: ROOT/empty: not one fix in it (0 lines)\n", "replay", "--root",
               fixture_path(f, "new"), fixture_path(f, "empty"));
}

static void test_help_and_version(void **state)
{
        struct outcome outcome;

        EXPECT(*state, 0, "streetcap " STREETCAP_VERSION "\n", "", "--version");
        EXPECT(*state, 0, "streetcap " STREETCAP_VERSION "\n", "", "frames", "-V", "--nonsense");
        outcome = RUN(*state, "--help");
        assert_int_equal(outcome.status, 0);
        assert_string_equal(outcome.err, "");
        for (const struct cli_command *command = cli_commands; command->name; command++) {
                char line[128];
                struct outcome own = RUN(*state, command->name, "--help");

                snprintf(line, sizeof(line), "  %-10s %s\n", command->name, command->summary);
                assert_non_null(strstr(outcome.out, line));
                snprintf(line, sizeof(line), "usage: streetcap %s ", command->name);
                assert_ptr_equal(strstr(own.out, line), own.out);
                /* A global option that it refuses is none of its own. */
                assert_int_equal(strstr(own.out, "\n  --root DIR ") == NULL,
                                 strcmp(command->name, "status") == 0 || strcmp(command->name, "doctor") == 0);
                assert_int_equal(strstr(own.out, "\n  --json ") == NULL,
                                 strcmp(command->name, "export") == 0 || strcmp(command->name, "snapshot") == 0);
                assert_int_equal(own.status, 0);
                outcome_finish(&own);
        }
        outcome_finish(&outcome);
}

/* What is wrong with the root or the config is said with its name. */
static void test_no_index(void **state)
{
        struct fixture *f = *state;

        EXPECT(f, 1, "",
               "streetcap: ROOT/none/index.gpkg: there is no index here; --root names the folder that has one\n",
               "frames", "--root", fixture_path(f, "none"));
        fixture_write(f, "torn/index.gpkg", "no database\n");
        EXPECT(f, 1, "", "", "runs", "--root", fixture_path(f, "torn")); /* the log has said it */
        EXPECT(f, 1, "", "streetcap: ROOT: no road network; streetcap roads import FILE brings one\n", "coverage");
        EXPECT(f, 1, "", "streetcap: ROOT: no road network; streetcap roads import FILE brings one\n", "roads", "info");
        EXPECT(f, 1, "", "streetcap: --street: there is no street in this index; streetcap roads import brings them\n",
               "frames", "--street", "Rue Pasteur");
        EXPECT(f, 1, "", "streetcap: --run: there is no run \"x\"; the index has no run yet\n", "frames", "--run", "x");
}

#define PROBLEM "/bad.conf: 1 problem, which streetcapd -c ROOT/bad.conf --check-config tells; going on with the rest\n"

/* Who only asks is not held up by a mistake elsewhere in the config; a file that is named has to be there. */
static void test_config_errors(void **state)
{
        struct fixture *f = *state;
        struct outcome outcome;

        fixture_write(f, "bad.conf", "[trigger]\nspacing = 5 parsecs\n[daemon]\nruntime_dir = /none\n");
        EXPECT(f, 1, "",
               "streetcap: ROOT" PROBLEM "streetcap: ROOT: no road network; streetcap roads import FILE brings one\n",
               "-c", fixture_path(f, "bad.conf"), "coverage");
        EXPECT(f, 2, "", "streetcap: ROOT/none.conf: cannot be read: No such file or directory\n", "-c",
               fixture_path(f, "none.conf"), "coverage");
        f->without_root = true;
        EXPECT(f, 1, "",
               "streetcap: ROOT" PROBLEM "streetcap: streetcapd is not running: there is no /none/status.json\n",
               "status", "-c", fixture_path(f, "bad.conf"));
        EXPECT(f, 2, "", "streetcap: ROOT/none.conf: cannot be read: No such file or directory\n", "status", "-c",
               fixture_path(f, "none.conf"));
        /* Without --root it is the config that says where the index is. */
        outcome = RUN(f, "-c", fixture_path(f, "bad.conf"), "coverage");
        assert_int_equal(outcome.status, 2);
        assert_non_null(strstr(outcome.err, "/bad.conf:2: trigger.spacing: "));
        outcome_finish(&outcome);
}

/* ---- coverage as it is printed ---- */

static void draw_coverage(struct fixture *f)
{
        fixture_roads(f);
        STREET(f, "A", "Rue Pasteur", ROAD_BOTH_WAYS, 0, 100, {0, 0}, {100, 0});
        STREET(f, "B", "Rue Zola", ROAD_ALONG_ONLY, 0, 7, {0, 50}, {7, 50});
        STREET(f, "C", NULL, ROAD_ALONG_ONLY, 0, 10, {0, 90}, {10, 90});
        fixture_roads_end(f);
        fixture_run(f, "a", 0, 5);
        FRAME(f, .source_id = "A", .chainage_m = 40, .at_s = 1);
        FRAME(f, .source_id = "B", .chainage_m = 3.5, .at_s = 2);
        GAP(f, .reason = GAP_ENCODER_OVERRUN, .source_id = "A", .from_segment = 1, .to_segment = 1, .from_m = 45,
            .to_m = 95, .metres = 55);
}

static void test_coverage_table(void **state)
{
        draw_coverage(*state);
        EXPECT(*state, 0,
               "street       direction  length_m  covered_%  last_seen                 largest_gap_m  reason\n"
               "Rue Pasteur  along         100.0        7.5  2026-11-23T10:15:01.000Z           56.2  encoder overrun\n"
               "Rue Pasteur  against       100.0        0.0  -                                 100.0  never driven\n"
               "Rue Zola     along           7.0      100.0  2026-11-23T10:15:02.000Z              -  -\n"
               "(unnamed)    along          10.0        0.0  -                                  10.0  never driven\n"
               "total        -             217.0        6.6  -                                     -  -\n",
               "", "coverage");
        EXPECT(*state, 0,
               "street       segment  source_id  direction  from_m   to_m  length_m  reason\n"
               "Rue Pasteur        1  A          along         0.0   36.2      36.2  never driven\n"
               "Rue Pasteur        1  A          along        43.8  100.0      56.2  encoder overrun\n"
               "Rue Pasteur        1  A          against       0.0  100.0     100.0  never driven\n",
               "streetcap: street \"past\": \"Rue Pasteur\"\n", "coverage", "--gaps", "--street", "past");
        EXPECT(*state, 0,
               "street    segment  direction  length_m  covered_%  last_seen                 largest_gap_m  reason\n"
               "Rue Zola        2  along           7.0      100.0  2026-11-23T10:15:02.000Z              -  -\n"
               "total           -  -               7.0      100.0  -                                     -  -\n",
               "", "coverage", "--segments", "--street", "Rue Zola");
        /* Now is a day after the drive. */
        EXPECT(*state, 0,
               "street  direction  length_m  covered_%  left_m  last_seen  largest_gap_m  reason\n"
               "total   -               0.0        0.0     0.0  -                      -  -\n",
               "", "coverage", "--street", "Rue Zola", "--older-than", "24h");
        EXPECT(*state, 0,
               "street    direction  length_m  covered_%  left_m  last_seen                 largest_gap_m  reason\n"
               "Rue Zola  along           7.0        0.0     7.0  2026-11-23T10:15:02.000Z            7.0  not seen since 2026-11-23T10:21:00Z\n"
               "total     -               7.0        0.0     7.0  -                                     -  -\n",
               "", "coverage", "--street", "Rue Zola", "--older-than", "23.9h");
        EXPECT(*state, 0,
               "street    segment  source_id  direction  from_m  to_m  length_m  reason\n"
               "Rue Zola        2  B          along         0.0   7.0       7.0  not seen since 2026-11-23T10:21:00Z\n",
               "", "coverage", "--street", "Rue Zola", "--older-than", "23.9h", "--gaps");
}

static void test_coverage_of_streets_with_two_names(void **state)
{
        struct fixture *f = *state;

        fixture_roads(f);
        STREET(f, "A", "Rue Pasteur", ROAD_ALONG_ONLY, 0, 10, {0, 0}, {10, 0});
        STREET(f, "B", "Rue Foch / Rue Pasteur", ROAD_ALONG_ONLY, 0, 30, {0, 50}, {30, 50});
        STREET(f, "C", "Rue Zola", ROAD_ALONG_ONLY, 0, 10, {0, 90}, {10, 90});
        fixture_roads_end(f);
        EXPECT(f, 0,
               "street                  direction  length_m  covered_%  last_seen  largest_gap_m  reason\n"
               "Rue Foch / Rue Pasteur  along          30.0        0.0  -                   30.0  never driven\n"
               "Rue Pasteur             along          10.0        0.0  -                   10.0  never driven\n"
               "total                   -              40.0        0.0  -                      -  -\n",
               "streetcap: street \"Rue Pasteur\": \"Rue Foch / Rue Pasteur\", \"Rue Pasteur\"\n", "coverage",
               "--street", "Rue Pasteur");
}

static void test_coverage_for_programs(void **state)
{
        draw_coverage(*state);
        EXPECT(*state, 0,
               "{\"street\":\"Rue Zola\",\"commune\":null,\"segment\":null,\"source_id\":null,\"direction\":1,\"length_m\":7.0,"
               "\"covered_percent\":100.0,\"last_seen\":\"2026-11-23T10:15:02.000Z\",\"largest_gap_m\":null,\"reason\":null,\"gaps\":[]}\n",
               "", "coverage", "--street", "Rue Zola", "--json");
        EXPECT(*state, 0,
               "{\"street\":\"Rue Pasteur\",\"commune\":null,\"segment\":1,\"source_id\":\"A\",\"direction\":1,\"from_m\":0.0,"
               "\"to_m\":36.2,\"length_m\":36.2,\"reason\":\"never driven\"}\n"
               "{\"street\":\"Rue Pasteur\",\"commune\":null,\"segment\":1,\"source_id\":\"A\",\"direction\":1,\"from_m\":43.8,"
               "\"to_m\":100.0,\"length_m\":56.2,\"reason\":\"encoder overrun\"}\n"
               "{\"street\":\"Rue Pasteur\",\"commune\":null,\"segment\":1,\"source_id\":\"A\",\"direction\":-1,\"from_m\":0.0,"
               "\"to_m\":100.0,\"length_m\":100.0,\"reason\":\"never driven\"}\n",
               "", "coverage", "--gaps", "--street", "Rue Pasteur", "--json");
        EXPECT(*state, 0,
               "{\"street\":\"Rue Zola\",\"commune\":null,\"segment\":null,\"source_id\":null,\"direction\":1,\"length_m\":7.0,"
               "\"covered_percent\":0.0,\"left_m\":7.0,\"last_seen\":\"2026-11-23T10:15:02.000Z\",\"largest_gap_m\":7.0,"
               "\"reason\":\"not seen since 2026-11-23T10:21:00Z\",\"gaps\":[{\"source_id\":\"B\",\"segment\":2,\"from_m\":0.0,"
               "\"to_m\":7.0,\"length_m\":7.0,\"reason\":\"not seen since 2026-11-23T10:21:00Z\"}]}\n",
               "", "coverage", "--street", "Rue Zola", "--older-than", "23.9h", "--json");
        EXPECT(*state, 0,
               "street,commune,segment,source_id,direction,length_m,covered_percent,last_seen,largest_gap_m,reason\r\n"
               "Rue Pasteur,,1,A,1,100.0,7.5,2026-11-23T10:15:01.000Z,56.2,encoder overrun\r\n"
               "Rue Pasteur,,1,A,-1,100.0,0.0,,100.0,never driven\r\n",
               "", "coverage", "--street", "Rue Pasteur", "--segments", "--csv");
        EXPECT(*state, 0,
               "street,commune,segment,source_id,direction,length_m,covered_percent,left_m,last_seen,largest_gap_m,reason\r\n"
               "Rue Zola,,,,1,7.0,0.0,7.0,2026-11-23T10:15:02.000Z,7.0,not seen since 2026-11-23T10:21:00Z\r\n",
               "", "coverage", "--street", "Rue Zola", "--csv", "--older-than", "23.9h");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(test_wrong_use),
                TEST(test_options_without_effect),
                TEST(test_ages),
                TEST(test_replay_settings),
                TEST(test_replay_of_nmea),
                TEST(test_help_and_version),
                TEST(test_no_index),
                TEST(test_config_errors),
                TEST(test_coverage_table),
                TEST(test_coverage_of_streets_with_two_names),
                TEST(test_coverage_for_programs),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
