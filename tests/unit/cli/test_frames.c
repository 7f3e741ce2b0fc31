/* SPDX-License-Identifier: MIT */
/* streetcap frames and runs: what is printed, to the letter. */
#include "fixture.h"

#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "storage/export.h"

#define RUN_A "20261123T101500Z"
#define RUN_B "Z0261122T080000Z" /* earlier, with a name that comes later */

/* Two runs, the later one stored first; Rue Pasteur of two segments, and a street with an accent. */
static int setup(void **state)
{
        struct fixture *f;

        fixture_setup(state);
        f = *state;
        fixture_roads(f);
        STREET(f, "A", "Rue Pasteur", ROAD_BOTH_WAYS, 0, 100, {0, 0}, {100, 0});
        STREET(f, "A", "Rue Pasteur", ROAD_BOTH_WAYS, 100, 150, {100, 0}, {150, 0});
        STREET(f, "B", "Rue de l'Église", ROAD_ALONG_ONLY, 0, 50, {150, 0}, {150, 50});
        STREET(f, "D", "Avenue Pasteur", ROAD_ALONG_ONLY, 0, 50, {0, 500}, {50, 500});
        fixture_roads_end(f);
        fixture_run(f, RUN_A, 0, 5);
        fixture_run(f, RUN_B, -94500, 10);
        FRAME(f, .run = RUN_A, .sequence = 2, .source_id = "A", .street = "Rue Pasteur", .segment = 2,
              .chainage_m = 101.26, .spot = {101, 0});
        FRAME(f, .run = RUN_A, .sequence = 1, .source_id = "A", .street = "Rue Pasteur", .chainage_m = 96,
              .spot = {96, 0}, .quality = {0.1716, 0.41, 0, NULL});
        FRAME(f, .run = RUN_A, .sequence = 3, .spot = {300, 300}, .accuracy_m = NAN);
        FRAME(f, .run = RUN_A, .sequence = 1, .camera = "back", .at_s = 1, .source_id = "B",
              .street = "Rue de l'Église", .segment = 3, .chainage_m = 7, .spot = {150, 7});
        FRAME(f, .run = RUN_B, .sequence = 1, .at_s = -94490, .source_id = "A", .street = "Rue Pasteur",
              .chainage_m = 50, .direction = -1, .no_position = 1);
        return 0;
}

#define LINE_B                                                                                                         \
        "2026-11-22T08:00:10.000Z  front   Rue Pasteur      A                50.0  against    runs/" RUN_B             \
        "/front/00000001.jpg\n"
#define LINE_BACK                                                                                                      \
        "2026-11-23T10:15:01.000Z  back    Rue de l'Église  B                 7.0  along      runs/" RUN_A             \
        "/back/00000001.jpg\n"
#define LINE_1                                                                                                         \
        "2026-11-23T10:15:01.000Z  front   Rue Pasteur      A                96.0  along      runs/" RUN_A             \
        "/front/00000001.jpg\n"
#define LINE_2                                                                                                         \
        "2026-11-23T10:15:02.000Z  front   Rue Pasteur      A               101.3  along      runs/" RUN_A             \
        "/front/00000002.jpg\n"
#define LINE_3                                                                                                         \
        "2026-11-23T10:15:03.000Z  front   -                -                   -  -          runs/" RUN_A             \
        "/front/00000003.jpg\n"
#define TITLES "time                      camera  street           source_id  chainage_m  direction  path\n"

static void test_all_in_order(void **state)
{
        EXPECT(*state, 0, TITLES LINE_B LINE_BACK LINE_1 LINE_2 LINE_3, "5 frames; paths below ROOT\n", "frames");
}

#define NARROW_TITLES "time                      camera  street       source_id  chainage_m  direction  path\n"
#define NARROW_B                                                                                                       \
        "2026-11-22T08:00:10.000Z  front   Rue Pasteur  A                50.0  against    runs/" RUN_B                 \
        "/front/00000001.jpg\n"
#define NARROW_1                                                                                                       \
        "2026-11-23T10:15:01.000Z  front   Rue Pasteur  A                96.0  along      runs/" RUN_A                 \
        "/front/00000001.jpg\n"
#define NARROW_2                                                                                                       \
        "2026-11-23T10:15:02.000Z  front   Rue Pasteur  A               101.3  along      runs/" RUN_A                 \
        "/front/00000002.jpg\n"

static void test_streets(void **state)
{
        EXPECT(*state, 0, NARROW_TITLES NARROW_B NARROW_1 NARROW_2, "3 frames; paths below ROOT\n", "frames",
               "--street", "Rue Pasteur");
        EXPECT(*state, 0, NARROW_TITLES NARROW_B NARROW_1 NARROW_2,
               "streetcap: street \"RUE-PASTEUR\": \"Rue Pasteur\"\n3 frames; paths below ROOT\n", "frames",
               "--street=RUE-PASTEUR");
        EXPECT(*state, 0, TITLES LINE_BACK,
               "streetcap: street \"eglise\": \"Rue de l'Église\"\n1 frame; paths below ROOT\n", "frames", "--street",
               "eglise");
        EXPECT(*state, 0, NARROW_TITLES NARROW_B NARROW_1 NARROW_2,
               "streetcap: street \"pasteur\": \"Avenue Pasteur\", \"Rue Pasteur\"\n3 frames; paths below ROOT\n",
               "frames", "--street", "pasteur");
        EXPECT(*state, 1, "",
               "streetcap: --street: no street is named like \"Rue Paster\"; did you mean \"Rue Pasteur\", \"Avenue Pasteur\"?\n",
               "frames", "--street", "Rue Paster");
        EXPECT(*state, 1, "", "streetcap: --street: no street is named like \"Xyzzyqwk\"\n", "frames", "--street",
               "Xyzzyqwk");
        /* A street that is in the network, without frames, is no error. */
        EXPECT(*state, 0, "time  camera  street  source_id  chainage_m  direction  path\n",
               "0 frames; paths below ROOT\n", "frames", "--street", "Avenue Pasteur");
}

/* On a border the two sides have each their name: a street is also found by that of its other side. */
static void test_streets_with_two_names(void **state)
{
        static const char titles
                [] = "time                      camera  street                         source_id  chainage_m  direction  path\n",
          pasteur[] =
                  "2026-11-22T08:00:10.000Z  front   Rue Pasteur                    A                50.0  against    runs/" RUN_B
                  "/front/00000001.jpg\n"
                  "2026-11-23T10:15:01.000Z  front   Rue Pasteur                    A                96.0  along      runs/" RUN_A
                  "/front/00000001.jpg\n"
                  "2026-11-23T10:15:02.000Z  front   Rue Pasteur                    A               101.3  along      runs/" RUN_A
                  "/front/00000002.jpg\n",
          border[] =
                  "2026-11-23T10:15:09.000Z  front   Rue Pasteur / Rue de l'Église  E                12.0  along      runs/" RUN_A
                  "/front/00000009.jpg\n";
        struct fixture *f = *state;
        struct text wanted = {0};

        FRAME(f, .run = RUN_A, .sequence = 9, .source_id = "E", .street = "Rue Pasteur / Rue de l'Église", .segment = 5,
              .chainage_m = 12, .spot = {12, 900});
        text_addf(&wanted, "%s%s%s", titles, pasteur, border);
        EXPECT(f, 0, wanted.data,
               "streetcap: street \"Rue Pasteur\": \"Rue Pasteur\", \"Rue Pasteur / Rue de l'Église\"\n4 frames; paths below ROOT\n",
               "frames", "--street", "Rue Pasteur");
        text_clear(&wanted);
        text_addf(&wanted, "%s%s", titles, border);
        EXPECT(f, 0, wanted.data, "1 frame; paths below ROOT\n", "frames", "--street", "Rue Pasteur / Rue de l'Église");
        text_finish(&wanted);
        struct outcome outcome = RUN(f, "export", "--format", "csv", "--street", "rue de l'eglise");
        assert_non_null(strstr(outcome.out, "/back/00000001.jpg"));
        assert_non_null(strstr(outcome.out, "/front/00000009.jpg"));
        assert_null(strstr(outcome.out, "/front/00000001.jpg"));
        outcome_finish(&outcome);
}

static void test_filters(void **state)
{
        EXPECT(*state, 0, NARROW_TITLES NARROW_B, "1 frame; paths below ROOT\n", "frames", "--run", RUN_B);
        EXPECT(*state, 0, TITLES LINE_BACK, "1 frame; paths below ROOT\n", "frames", "--camera", "back");
        EXPECT(*state, 0, NARROW_TITLES NARROW_2, "1 frame; paths below ROOT\n", "frames", "--segment", "2");
        EXPECT(*state, 0, TITLES LINE_BACK LINE_1 LINE_2 LINE_3, "4 frames; paths below ROOT\n", "frames", "--since",
               "2026-11-23");
        EXPECT(*state, 0, NARROW_TITLES NARROW_B, "1 frame; paths below ROOT\n", "frames", "--until", "2026-11-22");
        /* To the millisecond, both ends included. */
        EXPECT(*state, 0, NARROW_TITLES NARROW_2, "1 frame; paths below ROOT\n", "frames", "--since",
               "2026-11-23T10:15:02Z", "--until", "2026-11-23T10:15:02.000Z");
        EXPECT(*state, 0, TITLES LINE_BACK LINE_1, "2 frames; paths below ROOT\n", "frames", "--since",
               "2026-11-23T10:15:00.0001Z", "--until", "2026-11-23T10:15:01.9999Z");
        EXPECT(*state, 0, NARROW_TITLES NARROW_2, "1 frame; paths below ROOT\n", "frames", "--since",
               "2026-11-23T10:15:01.0001Z", "--until", "2026-11-23T10:15:02.9999Z");
        EXPECT(*state, 0, NARROW_TITLES NARROW_1, "1 frame; paths below ROOT\n", "frames", "--run", RUN_A, "--camera",
               "front", "--street", "Rue Pasteur", "--segment", "1", "--since", "2026-11-23", "--until", "2026-11-23");
}

static void expect_count(struct fixture *f, const char *quality, const char *run, const char *wanted)
{
        struct outcome outcome = RUN(f, "frames", "--quality", quality, "--run", run);

        assert_int_equal(outcome.status, 0);
        assert_ptr_equal(strstr(outcome.err, wanted), outcome.err);
        outcome_finish(&outcome);
}

static void test_frames_by_quality(void **state)
{
        FRAME(*state, .run = RUN_A, .sequence = 11, .quality = {0.01, 0.1, 0, "night"});
        FRAME(*state, .run = RUN_A, .sequence = 12, .quality = {0.03, 0.6, 0.5, "clipped,blurred"});
        FRAME(*state, .run = RUN_A, .sequence = 13, .quality = {0.03, 0.4, 0, "blurred"});
        expect_count(*state, "good", RUN_A, "4 frames;");
        expect_count(*state, "night", RUN_A, "1 frame;");
        expect_count(*state, "clipped", RUN_A, "1 frame;");
        expect_count(*state, "blurred", RUN_A, "2 frames;");
        expect_count(*state, "blurred", RUN_B, "0 frames;");
        EXPECT(*state, 0, NARROW_TITLES NARROW_1, "1 frame; paths below ROOT\n", "frames", "--quality", "good",
               "--segment", "1", "--run", RUN_A);
        EXPECT(*state, 0,
               "run  start  end  vehicle  cameras  frames  metres  spacing_m  night  clipped  blurred  state\n", "",
               "runs", "--quality", "blurred", "--run", RUN_B);
        EXPECT(*state, 2, "",
               "streetcap: --quality: \"bad\" is not allowed here, allowed: good, night, clipped or blurred\n"
               "Try: streetcap frames --help\n",
               "frames", "--quality", "bad");
        EXPECT(*state, 2, "",
               "streetcap: export: --format gpkg is the whole index; filters are for geojson and csv\n"
               "Try: streetcap export --help\n",
               "export", "--format", "gpkg", "-o", "x", "--quality", "good");
}

/* A frame without a position is in no box. Borders: the place of the first frame is 47 N 2 E and 96 m east. */
static void test_boxes(void **state)
{
        EXPECT(*state, 0, TITLES LINE_BACK LINE_1 LINE_2, "3 frames; paths below ROOT\n", "frames", "--bbox",
               "2,46.99,2.01,47.001");
        EXPECT(*state, 0, "time  camera  street  source_id  chainage_m  direction  path\n",
               "0 frames; paths below ROOT\n", "frames", "--bbox", "-3,-47,2,47");
        EXPECT(*state, 0, NARROW_TITLES NARROW_1, "1 frame; paths below ROOT\n", "frames",
               "--bbox=2,46.99,2.0013,47.001");
}

static void test_wrong_filters(void **state)
{
        static const char *const boxes[] = {"",        "1,2,3",       "1,2,3,4,5", "2,47,1,48", "1,48,2,47",
                                            "1,2,1,3", "181,2,182,3", "1,-91,2,3", " 1,2,3,4",  "1,2,3,4 ",
                                            "1,2,3,x", "nan,2,3,4",   "1;2;3;4"};
        static const char *const times[] = {"yesterday", "2026-13-01", "2026-11-23T10:15:00", "2026-11-23 ",
                                            "2026-02-29"};
        static const char *const segments[] = {"0", "-1", "1.5", "one", "99999999999999999999"};

        for (size_t i = 0; i < sizeof(boxes) / sizeof(boxes[0]); i++) {
                char err[256];

                snprintf(
                        err, sizeof(err),
                        "streetcap: --bbox: \"%s\" is not allowed here, allowed: WEST,SOUTH,EAST,NORTH in degrees, west < east and"
                        " south < north\nTry: streetcap frames --help\n",
                        boxes[i]);
                EXPECT(*state, 2, "", err, "frames", "--bbox", boxes[i]);
        }
        for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
                struct outcome outcome = RUN(*state, "runs", "--since", times[i]);

                assert_int_equal(outcome.status, 2);
                assert_ptr_equal(strstr(outcome.err, "streetcap: --since: \""), outcome.err);
                outcome_finish(&outcome);
        }
        for (size_t i = 0; i < sizeof(segments) / sizeof(segments[0]); i++) {
                struct outcome outcome = RUN(*state, "export", "--format", "csv", "--segment", segments[i]);

                assert_int_equal(outcome.status, 2);
                assert_ptr_equal(strstr(outcome.err, "streetcap: --segment: \""), outcome.err);
                outcome_finish(&outcome);
        }
        EXPECT(*state, 2, "", "streetcap: --since is after --until\nTry: streetcap frames --help\n", "frames",
               "--since", "2026-11-24", "--until", "2026-11-23");
        EXPECT(*state, 2, "", "streetcap: frames: one of --json, --csv and --geojson\nTry: streetcap frames --help\n",
               "--json", "frames", "--csv");
        EXPECT(*state, 1, "", "streetcap: --run: there is no run \"20261123T101500\"; the nearest is " RUN_A "\n",
               "frames", "--run", "20261123T101500");
        EXPECT(*state, 1, "",
               "streetcap: --segment: there is no segment 77; streetcap coverage --segments lists them\n", "frames",
               "--segment", "77");
}

#define SHA "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define JSON_1                                                                                                                   \
        "{\"run\":\"" RUN_A                                                                                                      \
        "\",\"camera\":\"front\",\"sequence\":1,\"captured_at\":\"2026-11-23T10:15:01.000Z\",\"latitude\":47.0000000,"           \
        "\"longitude\":2.0012622,\"altitude_m\":123.46,\"speed_mps\":8.25,\"course_deg\":90.00,\"image_direction_deg\":90.00,"   \
        "\"accuracy_m\":3.00,\"position_source\":\"interpolated\",\"street\":\"Rue Pasteur\",\"segment\":1,\"source_id\":\"A\"," \
        "\"chainage_m\":96.00,\"direction\":1,\"match_confidence\":0.90,\"path\":\"runs/" RUN_A                                  \
        "/front/00000001.jpg\",\"bytes\":5,"                                                                                     \
        "\"sha256\":\"" SHA                                                                                                      \
        "\",\"upload_state\":\"pending\",\"sharpness\":0.172,\"brightness\":0.410,\"clipped_share\":0.000,\"quality\":null}"
#define JSON_3                                                                                                                 \
        "{\"run\":\"" RUN_A                                                                                                    \
        "\",\"camera\":\"front\",\"sequence\":3,\"captured_at\":\"2026-11-23T10:15:03.000Z\",\"latitude\":47.0026985,"         \
        "\"longitude\":2.0039445,\"altitude_m\":123.46,\"speed_mps\":8.25,\"course_deg\":90.00,\"image_direction_deg\":90.00," \
        "\"accuracy_m\":null,\"position_source\":\"interpolated\",\"street\":null,\"segment\":null,\"source_id\":null,"        \
        "\"chainage_m\":null,\"direction\":null,\"match_confidence\":null,\"path\":\"runs/" RUN_A                              \
        "/front/00000003.jpg\",\"bytes\":5,"                                                                                   \
        "\"sha256\":\"" SHA                                                                                                    \
        "\",\"upload_state\":\"pending\",\"sharpness\":null,\"brightness\":null,\"clipped_share\":null,\"quality\":null}"

/* The contract with scripts: these members, in this order; what is not known is null. */
static void test_json(void **state)
{
        EXPECT(*state, 0, JSON_1 "\n", "", "frames", "--json", "--segment", "1", "--run", RUN_A);
        EXPECT(*state, 0, JSON_3 "\n", "", "--json", "frames", "--since", "2026-11-23T10:15:03Z");
        EXPECT(*state, 0, "", "", "frames", "--street", "Avenue Pasteur", "--json");
}

#define CSV_TITLES                                                                                                           \
        "run,camera,sequence,captured_at,latitude,longitude,altitude_m,speed_mps,course_deg,image_direction_deg,accuracy_m," \
        "position_source,street,segment,source_id,chainage_m,direction,match_confidence,path,bytes,sha256,upload_state,sharpness,brightness,clipped_share,quality\r\n"

static void test_csv(void **state)
{
        EXPECT(*state, 0,
               CSV_TITLES RUN_A
               ",front,3,2026-11-23T10:15:03.000Z,47.0026985,2.0039445,123.46,8.25,90.00,90.00,,interpolated,,,,,,,runs/" RUN_A
               "/front/00000003.jpg,5," SHA ",pending,,,,\r\n",
               "", "frames", "--csv", "--since", "2026-11-23T10:15:03Z");
        EXPECT(*state, 0, CSV_TITLES, "", "frames", "--csv", "--street", "Avenue Pasteur");
}

static void test_csv_quotes(void **state)
{
        char *text = NULL;
        size_t size;
        FILE *stream = open_memstream(&text, &size);

        export_csv_field(stream, true, "a\"b");
        export_csv_field(stream, false, "c,d");
        export_csv_field(stream, false, NULL);
        export_csv_field(stream, false, "e\nf");
        export_csv_field(stream, false, "g h");
        fclose(stream);
        assert_string_equal(text, "\"a\"\"b\",\"c,d\",,\"e\nf\",g h");
        free(text);
}

static void test_geojson(void **state)
{
        struct outcome outcome = RUN(*state, "frames", "--geojson");
        json_t *root = json_loads(outcome.out, 0, NULL), *features = json_object_get(root, "features"), *first;

        assert_int_equal(outcome.status, 0);
        assert_string_equal(json_string_value(json_object_get(root, "type")), "FeatureCollection");
        assert_int_equal(json_array_size(features), 5);
        first = json_array_get(features, 0); /* the one without a position */
        assert_true(json_is_null(json_object_get(first, "geometry")));
        assert_true(json_is_null(json_object_get(json_object_get(first, "properties"), "latitude")));
        first = json_object_get(json_array_get(features, 2), "geometry");
        assert_string_equal(json_string_value(json_object_get(first, "type")), "Point");
        assert_float_equal(json_real_value(json_array_get(json_object_get(first, "coordinates"), 0)), 2.0012622, 1e-7);
        assert_float_equal(json_real_value(json_array_get(json_object_get(first, "coordinates"), 1)), 47, 1e-7);
        json_decref(root);
        outcome_finish(&outcome);
        EXPECT(*state, 0, "{\"type\":\"FeatureCollection\",\"features\":[]}\n", "", "frames", "--geojson", "--street",
               "Avenue Pasteur");
}

/* ---- runs ---- */

#define RUN_TITLES                                                                                                     \
        "run               start                     end                       vehicle  cameras  frames  metres  spacing_m  night  clipped  blurred  state\n"
#define ROW_A                                                                                                          \
        RUN_A "  2026-11-23T10:15:00.000Z  2026-11-23T10:25:00.000Z  van      front         0    1234       5.00      0        0        0  ended\n"
#define ROW_B                                                                                                          \
        RUN_B "  2026-11-22T08:00:00.000Z  2026-11-22T08:10:00.000Z  van      front         0    1234      10.00      0        0        0  ended\n"

static void test_runs(void **state)
{
        EXPECT(*state, 0, RUN_TITLES ROW_B ROW_A, "", "runs");
        EXPECT(*state, 0, RUN_TITLES ROW_A, "", "runs", "--segment", "2");
        EXPECT(*state, 0, RUN_TITLES ROW_A, "", "runs", "--street", "Rue de l'Église");
        EXPECT(*state, 0, RUN_TITLES ROW_B, "", "runs", "--run", RUN_B);
        EXPECT(*state, 0, RUN_TITLES ROW_B, "", "runs", "--until", "2026-11-22");
        EXPECT(*state, 0, RUN_TITLES ROW_B, "", "runs", "--since", "2026-11-22T08:09:00Z", "--until",
               "2026-11-22T08:30:00Z");
        EXPECT(*state, 0,
               "run  start  end  vehicle  cameras  frames  metres  spacing_m  night  clipped  blurred  state\n", "",
               "runs", "--since", "2027-01-01");
        EXPECT(*state, 0,
               "{\"run\":\"" RUN_B
               "\",\"start\":\"2026-11-22T08:00:00.000Z\",\"end\":\"2026-11-22T08:10:00.000Z\",\"vehicle\":\"van\","
               "\"cameras\":\"front\",\"software\":\"Streetcap test\",\"spacing_m\":10.00,\"spacing_max_m\":10.00,\"frames\":0,\"metres\":1234.5,"
               "\"state\":\"ended\",\"night\":0,\"clipped\":0,\"blurred\":0}\n",
               "", "--json", "runs", "--run", RUN_B);
        EXPECT(*state, 0,
               "run,start,end,vehicle,cameras,software,spacing_m,spacing_max_m,frames,metres,state,night,clipped,blurred\r\n" RUN_B
               ",2026-11-22T08:00:00.000Z,2026-11-22T08:10:00.000Z,van,front,Streetcap test,10.00,10.00,0,1234.5,ended,0,0,0\r\n",
               "", "runs", "--csv", "--run", RUN_B);
}

/* The spacing may change under way, and frames know theirs. */
static void test_runs_of_several_spacings(void **state)
{
        struct outcome outcome;

        FRAME(*state, .run = RUN_A, .sequence = 11, .spacing_m = 2);
        FRAME(*state, .run = RUN_A, .sequence = 12, .spacing_m = 10);
        outcome = RUN(*state, "runs", "--run", RUN_A);
        assert_non_null(strstr(outcome.out, "    1234  2.00-10.00      0        0        0  ended\n"));
        outcome_finish(&outcome);
        outcome = RUN(*state, "runs", "--json", "--run", RUN_A);
        assert_non_null(strstr(outcome.out, ",\"spacing_m\":2.00,\"spacing_max_m\":10.00,"));
        outcome_finish(&outcome);
}

/* By the flags of its own frames, under way or not. */
static void test_runs_count_what_is_wrong(void **state)
{
        struct outcome outcome;

        FRAME(*state, .run = RUN_A, .sequence = 11, .quality = {0.01, 0.1, 0, "night"});
        FRAME(*state, .run = RUN_A, .sequence = 12, .quality = {0.01, 0.1, 0, "night"});
        FRAME(*state, .run = RUN_A, .sequence = 13, .camera = "back", .quality = {0.03, 0.6, 0.5, "clipped,blurred"});
        FRAME(*state, .run = RUN_A, .sequence = 14, .quality = {0.03, 0.4, 0, "blurred"});
        FRAME(*state, .run = RUN_B, .sequence = 11, .quality = {0.2, 0.6, 0.5, "clipped"});
        outcome = RUN(*state, "runs");
        assert_non_null(strstr(outcome.out, "10.00      0        1        0  ended\n"));
        assert_non_null(strstr(outcome.out, " 5.00      2        1        2  ended\n"));
        outcome_finish(&outcome);
        outcome = RUN(*state, "runs", "--json", "--run", RUN_A, "--camera", "back");
        assert_non_null(strstr(outcome.out, ",\"night\":2,\"clipped\":1,\"blurred\":2}\n"));
        outcome_finish(&outcome);
        outcome = RUN(*state, "frames", "--json", "--run", RUN_A, "--camera", "back");
        assert_non_null(strstr(outcome.out,
                               ",\"sharpness\":0.030,\"brightness\":0.600,\"clipped_share\":0.500,"
                               "\"quality\":\"clipped,blurred\"}\n"));
        outcome_finish(&outcome);
}

/* The line through a run's frames of its first camera; one point is no line. */
static void test_runs_as_lines(void **state)
{
        struct outcome outcome;
        json_t *root, *line;

        FRAME(*state, .run = RUN_A, .sequence = 2, .camera = "back", .spot = {150, 12});
        outcome = RUN(*state, "runs", "--geojson");
        root = json_loads(outcome.out, 0, NULL);
        assert_int_equal(json_array_size(json_object_get(root, "features")), 2);
        assert_true(json_is_null(json_object_get(json_array_get(json_object_get(root, "features"), 0), "geometry")));
        line = json_object_get(json_array_get(json_object_get(root, "features"), 1), "geometry");
        assert_string_equal(json_string_value(json_object_get(line, "type")), "LineString");
        assert_int_equal(json_array_size(json_object_get(line, "coordinates")), 2);
        json_decref(root);
        outcome_finish(&outcome);
}

/* ---- a damaged index ---- */

/* Spoils the page where the rows of a table begin. */
static void spoil(struct fixture *f, const char *table)
{
        char junk[4096];
        sqlite3_stmt *statement;
        int64_t page, size;
        int fd;

        assert_int_equal(
                sqlite3_prepare_v2(index_sqlite(f->index),
                                   "SELECT rootpage, page_size FROM sqlite_schema, pragma_page_size WHERE name = ?1",
                                   -1, &statement, NULL),
                SQLITE_OK);
        sqlite3_bind_text(statement, 1, table, -1, SQLITE_STATIC);
        assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
        page = sqlite3_column_int64(statement, 0);
        size = sqlite3_column_int64(statement, 1);
        sqlite3_finalize(statement);
        fixture_close(f);
        assert_int_equal(size, sizeof(junk));
        memset(junk, 0x55, sizeof(junk));
        fd = open(fixture_path(f, "index.gpkg"), O_WRONLY | O_CLOEXEC);
        assert_true(fd >= 0);
        assert_int_equal(pwrite(fd, junk, sizeof(junk), (page - 1) * size), sizeof(junk));
        close(fd);
}

/* No titles of a table that is not there. */
static void test_a_damaged_index(void **state)
{
        spoil(*state, "runs");
        EXPECT(*state, 1, "", "", "frames");
        EXPECT(*state, 1, "", "", "runs");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(test_all_in_order),
                TEST(test_streets),
                TEST(test_streets_with_two_names),
                TEST(test_filters),
                TEST(test_frames_by_quality),
                TEST(test_boxes),
                TEST(test_wrong_filters),
                TEST(test_json),
                TEST(test_csv),
                cmocka_unit_test(test_csv_quotes),
                TEST(test_geojson),
                TEST(test_runs),
                TEST(test_runs_of_several_spacings),
                TEST(test_runs_count_what_is_wrong),
                TEST(test_runs_as_lines),
                TEST(test_a_damaged_index),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
