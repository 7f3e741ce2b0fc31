/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "storage/street_name.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void expect_fold(const char *name, const char *folded)
{
        struct text text = {0};

        text_add(&text, "before ");
        street_name_fold(name, &text);
        assert_string_equal(text.data + 7, folded);
        text_finish(&text);
}

static void test_folding(void **state)
{
        expect_fold("Rue Pasteur", "rue pasteur");
        expect_fold("RUE DE L’ÉGLISE", "rue de l'eglise");
        expect_fold("rue de l'e\xcc\x81glise", "rue de l'eglise"); /* a combining accent */
        expect_fold("Place du Cœur-Sacré", "place du coeur sacre");
        expect_fold("Æther ŒUVRE ŸŠŽ ß", "aether oeuvre ysz ss");
        expect_fold(
                "  Saint–Rémi \t lès\xc2\xa0"
                "Bois - ",
                "saint remi les bois");
        expect_fold("Улица", "Улица");
        expect_fold("", "");
        expect_fold(" - ", "");
        expect_fold("a\xff\xc3", "a\xff\xc3"); /* no UTF-8: as it is */
        expect_fold("3 × 4", "3 × 4");
}

static const char *const town[] = {
        "Avenue Pasteur", "Chemin Rural", "Rue Émile-Zola", "Rue Pasteur", "rue pasteur", "Rue des Écoles",
};

/* A street on a border of communes has a name on each side. */
static const char *const border[] = {
        "Rue Foch",
        "Rue Pasteur",
        "Rue Pasteur / Rue Foch",
        "Rue Pasteur Nord / Rue Foch",
        "Quai / Rue Émile-Zola / Rue Pasteur",
};

static void expect_sides(const char *typed, enum street_match match, size_t count, const size_t *wanted)
{
        size_t places[COUNT(border)], found = 99;

        assert_int_equal(street_names_find(typed, border, COUNT(border), places, &found), match);
        assert_int_equal(found, count);
        assert_memory_equal(places, wanted, count * sizeof(*wanted));
}

static void test_either_side(void **state)
{
        expect_sides("Rue Pasteur", STREET_EXACT, 3, (const size_t[]){1, 2, 4});
        expect_sides("Rue Foch", STREET_EXACT, 3, (const size_t[]){0, 2, 3});
        expect_sides("RUE FOCH", STREET_FOLDED, 3, (const size_t[]){0, 2, 3});
        expect_sides("rue emile zola", STREET_FOLDED, 1, (const size_t[]){4});
        expect_sides("Quai / Rue Émile-Zola", STREET_EXACT, 1, (const size_t[]){4});
        expect_sides("Rue Pasteur / Rue Foch", STREET_EXACT, 1, (const size_t[]){2});
        expect_sides("Rue Pasteur N", STREET_PART, 1, (const size_t[]){3});
        expect_sides("/", STREET_WORDS, 3, (const size_t[]){2, 3, 4});
}

static void expect_found(const char *typed, enum street_match match, size_t count, size_t first)
{
        size_t places[COUNT(town)], found = 99;

        assert_int_equal(street_names_find(typed, town, COUNT(town), places, &found), match);
        assert_int_equal(found, count);
        if (count > 0)
                assert_int_equal(places[0], first);
}

static void test_finding(void **state)
{
        expect_found("Rue Pasteur", STREET_EXACT, 1, 3);
        expect_found("RUE PASTEUR", STREET_FOLDED, 2, 3);
        expect_found("rue emile zola", STREET_FOLDED, 1, 2);
        expect_found("ecole", STREET_PART, 1, 5);
        expect_found("ecoles", STREET_WORDS, 1, 5);
        expect_found("pasteur", STREET_WORDS, 3, 0);
        expect_found("Pasteurs", STREET_NONE, 0, 0);
        expect_found("", STREET_NONE, 0, 0);
        expect_found("-", STREET_NONE, 0, 0);
}

static void expect_loose(const char *name, const char *loose)
{
        struct text text = {0};

        street_name_loosen(name, &text);
        assert_string_equal(text.data, loose);
        text_finish(&text);
}

/* What is left out and written short in daily typing. */
static void test_loosening(void **state)
{
        expect_loose("Avenue du Général de Gaulle", "avenue general gaulle");
        expect_loose("av. general de gaulle", "avenue general gaulle");
        expect_loose("Bd de l'Hôtel-de-Ville", "boulevard hotel ville");
        expect_loose("R. d’Arc / Pl. St-Rémi", "rue arc / place saint remi");
        expect_loose("rte des Stes", "route stes"); /* no word of the list */
        expect_loose("de la", "la");
        expect_loose("R. L", "rue l"); /* a letter, not an article: nothing comes after it */
        expect_loose("Place d", "place d");
        expect_loose("", "");
        expect_loose(" . ", "");
}

static const char *const typed_town[] = {
        "Avenue du Général de Gaulle",
        "Rue de l'Église",
        "Place Saint-Rémi / Rue de la Gare",
        "Rue de la Garenne",
        "Boulevard Pasteur",
        "Route de Sens",
        "Chemin des Dames",
        "Rue Sainte-Anne",
};

static void test_daily_typing(void **state)
{
        static const struct {
                const char *typed;
                enum street_match match;
                size_t place;
        } cases[] = {
                {"avenue general de gaulle", STREET_LOOSE, 0},
                {"av. du general de gaulle", STREET_LOOSE, 0},
                {"AV GENERAL DE GAULLE", STREET_LOOSE, 0},
                {"de gaulle", STREET_WORDS, 0},
                {"rue de l eglise", STREET_LOOSE, 1},
                {"r. de l'église", STREET_LOOSE, 1},
                {"rue eglise", STREET_LOOSE, 1},
                {"pl. st remi", STREET_LOOSE, 2},
                {"place st.-remi", STREET_LOOSE, 2},
                {"gare", STREET_WORDS, 2}, /* and not Garenne */
                {"rue gare", STREET_LOOSE, 2},
                {"garen", STREET_PART, 3},
                {"general gaul", STREET_PART, 0},
                {"bd pasteur", STREET_LOOSE, 4},
                {"rte sens", STREET_LOOSE, 5},
                {"che. des dames", STREET_LOOSE, 6},
                {"ch. des dames", STREET_LOOSE, 6},
                {"r ste anne", STREET_LOOSE, 7},
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                size_t places[COUNT(typed_town)], found = 99;

                print_message("%s\n", cases[i].typed);
                assert_int_equal(street_names_find(cases[i].typed, typed_town, COUNT(typed_town), places, &found),
                                 cases[i].match);
                assert_int_equal(found, 1);
                assert_int_equal(places[0], cases[i].place);
        }
}

static void test_nearest(void **state)
{
        size_t places[3] = {9, 9, 9};

        assert_int_equal(street_names_nearest("Paster", town, COUNT(town), places, 3), 3);
        assert_int_equal(places[0], 0);
        assert_int_equal(places[1], 3);
        assert_int_equal(places[2], 4);
        assert_int_equal(street_names_nearest("Rue Émile Zolla", town, COUNT(town), places, 1), 1);
        assert_int_equal(places[0], 2);
        assert_int_equal(street_names_nearest("Xyzzyqwk", town, COUNT(town), places, 3), 0);
        assert_int_equal(street_names_nearest("Rue", town, 0, places, 3), 0);
        assert_int_equal(street_names_nearest("Rue Pasteur", town, COUNT(town), places, 0), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_folding), cmocka_unit_test(test_loosening),   cmocka_unit_test(test_daily_typing),
                cmocka_unit_test(test_finding), cmocka_unit_test(test_either_side), cmocka_unit_test(test_nearest),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
