/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "cli/roads_rules.h"
#include "cli/roads_tags.h"

struct column {
        const char *name, *value;
};

struct row {
        struct column columns[8];
        enum roads_verdict verdict;
        const char *source_id, *street, *road_class, *commune;
        int oneway, level;
};

static enum roads_verdict apply(const struct column *columns, struct roads_attributes *attributes)
{
        struct roads_values values = {0};

        for (; columns->name; columns++) {
                int key = roads_key_find(columns->name, strlen(columns->name));

                if (key < 0)
                        fail_msg("the rules do not know %s", columns->name);
                values.text[key] = columns->value;
                values.column[key] = true;
        }
        memset(attributes, 0xa5, sizeof(*attributes));
        return roads_rules_apply(&values, attributes);
}

static void check_rows(const struct row *rows, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                struct roads_attributes found;

                print_message("row %zu: %s = %s\n", i, rows[i].columns[0].name, rows[i].columns[0].value);
                assert_int_equal(apply(rows[i].columns, &found), rows[i].verdict);
                assert_string_equal(found.source_id, rows[i].source_id ? rows[i].source_id : "");
                assert_string_equal(found.street, rows[i].street ? rows[i].street : "");
                assert_string_equal(found.road_class, rows[i].road_class ? rows[i].road_class : "");
                assert_string_equal(found.commune, rows[i].commune ? rows[i].commune : "");
                assert_int_equal(found.oneway, rows[i].oneway);
                assert_int_equal(found.level, rows[i].level);
        }
}

static void bd_topo_fits(void **state)
{
        static const struct row rows[] = {
                {.columns = {{"cleabs", "TRONROUT0000000027820911"},
                             {"nature", "Route à 1 chaussée"},
                             {"nom_voie_ban_gauche", "Rue Pasteur"},
                             {"nom_voie_ban_droite", "Rue Pasteur"},
                             {"sens_de_circulation", "Sens inverse"},
                             {"position_par_rapport_au_sol", "-1"},
                             {"insee_commune_gauche", "73011"}},
                 .source_id = "TRONROUT0000000027820911",
                 .street = "Rue Pasteur",
                 .road_class = "Route à 1 chaussée",
                 .commune = "73011",
                 .oneway = -1,
                 .level = -1},
                /* a street between two communes, with a name on each side */
                {.columns = {{"cleabs", "T1"},
                             {"nature", "Rond-point"},
                             {"nom_voie_ban_gauche", "Rue Pasteur"},
                             {"nom_voie_ban_droite", "Avenue de l'Île"},
                             {"sens_de_circulation", "Sens direct"},
                             {"position_par_rapport_au_sol", "1"},
                             {"insee_commune_droite", "73012"}},
                 .source_id = "T1",
                 .street = "Rue Pasteur / Avenue de l'Île",
                 .road_class = "Rond-point",
                 .commune = "73012",
                 .oneway = 1,
                 .level = 1},
                {.columns = {{"cleabs", "T2"},
                             {"nom_collaboratif_droite", "Rte de l'Étang"},
                             {"sens_de_circulation", "Double sens"}},
                 .source_id = "T2",
                 .street = "Rte de l'Étang"},
                /* BAN's names go before the collaborative ones, and those before the old ones */
                {.columns = {{"nom_1_gauche", "C"}, {"nom_collaboratif_gauche", "B"}, {"nom_voie_ban_gauche", NULL}},
                 .street = "B"},
                {.columns = {{"nom_1_gauche", "R PASTEUR"}, {"nom_1_droite", ""}}, .street = "R PASTEUR"},
                {.columns = {{"nature", "Sentier"}}, .verdict = ROADS_PATH, .road_class = "Sentier"},
                {.columns = {{"nature", "Escalier"}}, .verdict = ROADS_PATH, .road_class = "Escalier"},
                {.columns = {{"nature", "Chemin"}}, .verdict = ROADS_PATH, .road_class = "Chemin"},
                {.columns = {{"nature", "Route empierrée"}}, .road_class = "Route empierrée"},
                {.columns = {{"nature", "Bac ou liaison maritime"}},
                 .verdict = ROADS_NOT_ROAD,
                 .road_class = "Bac ou liaison maritime"},
                {.columns = {{"nature", "Bretelle"}, {"etat_de_l_objet", "En construction"}},
                 .verdict = ROADS_NOT_ROAD,
                 .road_class = "Bretelle"},
                {.columns = {{"nature", "Bretelle"}, {"etat_de_l_objet", "En service"}}, .road_class = "Bretelle"},
                {.columns = {{"sens_de_circulation", "Sans objet"}, {"position_par_rapport_au_sol", "Gué ou radier"}}},
                {.columns = {{"cpx_numero", "D911"}, {"nom_voie_ban_gauche", "NR"}}, .street = "D911"},
        };

        check_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

/* Their columns have capitals, or are cut to ten characters. */
static void bd_topo_shapefiles_fit(void **state)
{
        static const struct row rows[] = {
                {.columns = {{"ID", "TRONROUT1"},
                             {"NATURE", "Bretelle"},
                             {"NOM_COLL_G", "Rue A"},
                             {"NOM_COLL_D", "Rue A"},
                             {"SENS", "Sens direct"},
                             {"POS_SOL", "2"},
                             {"INSEECOM_G", "01004"}},
                 .source_id = "TRONROUT1",
                 .street = "Rue A",
                 .road_class = "Bretelle",
                 .commune = "01004",
                 .oneway = 1,
                 .level = 2},
                {.columns = {{"SENS", "Inverse"}, {"NOM_RUE_D", "Rue B"}, {"POS_SOL", "NC"}},
                 .oneway = -1,
                 .street = "Rue B"},
                {.columns = {{"sens_de_ci", "Sens inverse"},
                             {"position_p", "-2"},
                             {"nom_voie_1", "Rue C"},
                             {"insee_comm", "1"}},
                 .oneway = -1,
                 .level = -2,
                 .street = "Rue C",
                 .commune = "1"},
        };

        check_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

static void openstreetmap_fits(void **state)
{
        static const struct row rows[] = {
                {.columns = {{"osm_id", "4227218"},
                             {"highway", "residential"},
                             {"name", "Rue Grimaldi"},
                             {"oneway", "yes"},
                             {"tunnel", "yes"},
                             {"layer", "-3"}},
                 .source_id = "4227218",
                 .street = "Rue Grimaldi",
                 .road_class = "residential",
                 .oneway = 1,
                 .level = -3},
                {.columns = {{"highway", "primary"}, {"oneway", "-1"}}, .road_class = "primary", .oneway = -1},
                {.columns = {{"highway", "primary"}, {"oneway", "no"}}, .road_class = "primary"},
                {.columns = {{"highway", "primary"}, {"oneway", "reversible"}}, .road_class = "primary"},
                {.columns = {{"highway", "tertiary"}, {"junction", "roundabout"}},
                 .road_class = "tertiary",
                 .oneway = 1},
                {.columns = {{"highway", "tertiary"}, {"junction", "circular"}, {"oneway", "no"}},
                 .road_class = "tertiary"},
                {.columns = {{"highway", "motorway"}}, .road_class = "motorway", .oneway = 1},
                {.columns = {{"highway", "motorway"}, {"oneway", "no"}}, .road_class = "motorway"},
                {.columns = {{"highway", "service"}, {"bridge", "viaduct"}}, .road_class = "service", .level = 1},
                {.columns = {{"highway", "service"}, {"bridge", "yes"}, {"layer", "2"}},
                 .road_class = "service",
                 .level = 2},
                {.columns = {{"highway", "service"}, {"bridge", "no"}}, .road_class = "service"},
                {.columns = {{"highway", "service"}, {"tunnel", "yes"}}, .road_class = "service", .level = -1},
                {.columns = {{"highway", "service"}, {"tunnel", "building_passage"}}, .road_class = "service"},
                {.columns = {{"highway", "service"}, {"layer", "99"}}, .road_class = "service", .level = 10},
                {.columns = {{"highway", "service"}, {"layer", "1;2"}}, .road_class = "service"},
                {.columns = {{"highway", "pedestrian"}}, .road_class = "pedestrian"},
                {.columns = {{"highway", "footway"}}, .verdict = ROADS_PATH, .road_class = "footway"},
                {.columns = {{"highway", "steps"}}, .verdict = ROADS_PATH, .road_class = "steps"},
                {.columns = {{"highway", "cycleway"}}, .verdict = ROADS_PATH, .road_class = "cycleway"},
                {.columns = {{"highway", "track"}}, .verdict = ROADS_PATH, .road_class = "track"},
                {.columns = {{"highway", "path"}}, .verdict = ROADS_PATH, .road_class = "path"},
                {.columns = {{"highway", "construction"}}, .verdict = ROADS_NOT_ROAD, .road_class = "construction"},
                {.columns = {{"highway", "pedestrian"}, {"area", "yes"}},
                 .verdict = ROADS_NOT_ROAD,
                 .road_class = "pedestrian"},
                {.columns = {{"osm_id", "1"}, {"name", "Ligne de Nice"}, {"highway", NULL}},
                 .verdict = ROADS_NOT_ROAD,
                 .source_id = "1",
                 .street = "Ligne de Nice"},
                {.columns = {{"@id", "way/77"}, {"highway", "trunk"}, {"ref", "N 7"}},
                 .source_id = "77",
                 .street = "N 7",
                 .road_class = "trunk"},
        };

        check_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

static void geofabrik_shapefiles_fit(void **state)
{
        static const struct row rows[] = {
                {.columns =
                         {{"osm_id", "5"}, {"fclass", "residential"}, {"oneway", "F"}, {"bridge", "T"}, {"layer", "1"}},
                 .source_id = "5",
                 .road_class = "residential",
                 .oneway = 1,
                 .level = 1},
                {.columns = {{"fclass", "residential"}, {"oneway", "T"}, {"tunnel", "F"}},
                 .road_class = "residential",
                 .oneway = -1},
                {.columns = {{"fclass", "residential"}, {"oneway", "B"}}, .road_class = "residential"},
                {.columns = {{"fclass", "track_grade3"}}, .verdict = ROADS_PATH, .road_class = "track_grade3"},
        };

        check_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

static void plain_geojson_fits(void **state)
{
        static const struct row rows[] = {
                {.columns = {{"id", "12"}, {"name", "  Rue\tdu Lac \n"}, {"class", "street"}, {"oneway", "true"}},
                 .source_id = "12",
                 .street = "Rue du Lac",
                 .road_class = "street",
                 .oneway = 1},
                {.columns = {{"id", "12"}, {"highway", "residential"}, {"oneway", "1"}, {"commune", "Bourg"}},
                 .source_id = "12",
                 .road_class = "residential",
                 .commune = "Bourg",
                 .oneway = 1},
                {.columns = {{"id", "13"}, {"oneway", "T"}}, .source_id = "13", .oneway = 1},
                {.columns = {{"id", "13"}, {"oneway", "F"}}, .source_id = "13"},
                {.columns = {{"name", ""}}},
                {.columns = {{"id", "8"}, {"ref", "asset 8"}}, .source_id = "8"},
        };

        check_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

static void long_texts_are_cut_between_characters(void **state)
{
        char name[400];
        struct roads_attributes found;

        memset(name, 'a', sizeof(name));
        memcpy(name + ROADS_NAME_SIZE - 2, "é", 2); /* its second byte would be the last that fits not */
        name[399] = '\0';
        assert_int_equal(apply((struct column[]){{"name", name}, {NULL, NULL}}, &found), ROADS_TAKEN);
        assert_int_equal(strlen(found.street), ROADS_NAME_SIZE - 2);
        assert_int_equal(apply((struct column[]){{"cleabs", name}, {"nature", name}, {NULL, NULL}}, &found),
                         ROADS_TAKEN);
        assert_true(strlen(found.source_id) < ROADS_ID_SIZE && strlen(found.road_class) < ROADS_WORD_SIZE);
}

static void tags_are_taken_apart(void **state)
{
        char text[] = "\"oneway\"=>\"yes\", \"name\" => \"L\\\"étoile \\\\\" ,\"empty\"=>\"\",\"none\"=>NULL";
        static const struct column expected[] = {
                {"oneway", "yes"}, {"name", "L\"étoile \\"}, {"empty", ""}, {"none", ""}};
        char *cursor = text;
        struct roads_tag tag;

        for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
                assert_int_equal(roads_tags_next(&cursor, &tag), 1);
                assert_string_equal(tag.key, expected[i].name);
                assert_string_equal(tag.value, expected[i].value);
        }
        assert_int_equal(roads_tags_next(&cursor, &tag), 0);
        assert_int_equal(roads_tags_next(&cursor, &tag), 0);
}

static void broken_tags_are_refused(void **state)
{
        static const char *const texts[] = {
                "oneway=yes",     "\"oneway",    "\"oneway\"",    "\"oneway\"=>", "\"a\"=>\"b", "\"a\"=>\"b\\",
                "\"a\"=>\"b\" c", "\"a\"=\"b\"", "{\"a\":\"b\"}", "\"a\"=>b",     ","};

        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
                char copy[32], *cursor = copy;
                struct roads_tag tag;

                strcpy(copy, texts[i]);
                assert_int_equal(roads_tags_next(&cursor, &tag), -EBADMSG);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(bd_topo_fits),         cmocka_unit_test(bd_topo_shapefiles_fit),
                cmocka_unit_test(openstreetmap_fits),   cmocka_unit_test(geofabrik_shapefiles_fit),
                cmocka_unit_test(plain_geojson_fits),   cmocka_unit_test(long_texts_are_cut_between_characters),
                cmocka_unit_test(tags_are_taken_apart), cmocka_unit_test(broken_tags_are_refused),
        };

        return cmocka_run_group_tests_name("road rules", tests, NULL, NULL);
}
