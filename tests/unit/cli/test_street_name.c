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
        expect_sides("/", STREET_PART, 3, (const size_t[]){2, 3, 4});
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
        expect_found("pasteur", STREET_PART, 3, 0);
        expect_found("Pasteurs", STREET_NONE, 0, 0);
        expect_found("", STREET_NONE, 0, 0);
        expect_found("-", STREET_NONE, 0, 0);
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
                cmocka_unit_test(test_folding),
                cmocka_unit_test(test_finding),
                cmocka_unit_test(test_either_side),
                cmocka_unit_test(test_nearest),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
