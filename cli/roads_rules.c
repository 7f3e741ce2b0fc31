/* SPDX-License-Identifier: MIT */
#include "cli/roads_rules.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/parse.h"
#include "storage/street_name.h"

#define LEVEL_MAX 10

/* *_SHP: the names in IGN's Shapefiles. *_CUT: what becomes of the long names when GDAL cuts them to a Shapefile's ten letters. */
const char *const roads_key_names[ROADS_KEY_COUNT] = {
        [ROADS_CLEABS] = "cleabs",
        [ROADS_OSM_ID] = "osm_id",
        [ROADS_OSM_WAY_ID] = "osm_way_id",
        [ROADS_AT_ID] = "@id",
        [ROADS_ID] = "id",
        [ROADS_BAN_LEFT] = "nom_voie_ban_gauche",
        [ROADS_BAN_RIGHT] = "nom_voie_ban_droite",
        [ROADS_BAN_LEFT_SHP] = "nom_ban_g",
        [ROADS_BAN_RIGHT_SHP] = "nom_ban_d",
        [ROADS_COLLABORATIVE_LEFT] = "nom_collaboratif_gauche",
        [ROADS_COLLABORATIVE_RIGHT] = "nom_collaboratif_droite",
        [ROADS_COLLABORATIVE_LEFT_SHP] = "nom_coll_g",
        [ROADS_COLLABORATIVE_RIGHT_SHP] = "nom_coll_d",
        [ROADS_FIRST_LEFT] = "nom_1_gauche",
        [ROADS_FIRST_RIGHT] = "nom_1_droite",
        [ROADS_FIRST_LEFT_SHP] = "nom_1_g",
        [ROADS_FIRST_RIGHT_SHP] = "nom_1_d",
        [ROADS_STREET_LEFT_SHP] = "nom_rue_g",
        [ROADS_STREET_RIGHT_SHP] = "nom_rue_d",
        [ROADS_BAN_LEFT_CUT] = "nom_voie_b",
        [ROADS_BAN_RIGHT_CUT] = "nom_voie_1",
        [ROADS_COLLABORATIVE_LEFT_CUT] = "nom_collab",
        [ROADS_COLLABORATIVE_RIGHT_CUT] = "nom_coll_1",
        [ROADS_NAME] = "name",
        [ROADS_STREET] = "street",
        [ROADS_NOM] = "nom",
        [ROADS_NOM_VOIE] = "nom_voie",
        [ROADS_NUMBER] = "cpx_numero",
        [ROADS_NUMBER_SHP] = "numero",
        [ROADS_REF] = "ref",
        [ROADS_HIGHWAY] = "highway",
        [ROADS_NATURE] = "nature",
        [ROADS_CLASS] = "class",
        [ROADS_FCLASS] = "fclass",
        [ROADS_ROAD_CLASS] = "road_class",
        [ROADS_AREA] = "area",
        [ROADS_STATE] = "etat_de_l_objet",
        [ROADS_STATE_SHP] = "etat",
        [ROADS_ONEWAY] = "oneway",
        [ROADS_JUNCTION] = "junction",
        [ROADS_SENS] = "sens_de_circulation",
        [ROADS_SENS_SHP] = "sens",
        [ROADS_SENS_CUT] = "sens_de_ci",
        [ROADS_LAYER] = "layer",
        [ROADS_BRIDGE] = "bridge",
        [ROADS_TUNNEL] = "tunnel",
        [ROADS_POSITION] = "position_par_rapport_au_sol",
        [ROADS_POSITION_SHP] = "pos_sol",
        [ROADS_POSITION_CUT] = "position_p",
        [ROADS_COMMUNE_LEFT] = "insee_commune_gauche",
        [ROADS_COMMUNE_RIGHT] = "insee_commune_droite",
        [ROADS_COMMUNE_LEFT_SHP] = "inseecom_g",
        [ROADS_COMMUNE_RIGHT_SHP] = "inseecom_d",
        [ROADS_COMMUNE_LEFT_CUT] = "insee_comm",
        [ROADS_COMMUNE] = "commune",
        [ROADS_INSEE] = "insee",
};

/* Values of a class, a nature or a state, in one spelling each. */
static const char *const path_classes[] = {
        /* OpenStreetMap highway */
        "footway", "path", "steps", "cycleway", "bridleway", "track", "track_grade1", "track_grade2", "track_grade3",
        "track_grade4", "track_grade5", "corridor", "via_ferrata", "ladder",
        /* BD TOPO nature */
        "Sentier", "Escalier", "Chemin", "Piste cyclable", NULL};

static const char *const not_road_classes[] = {
        /* OpenStreetMap highway: what stands beside a road, or is not there */
        "proposed", "planned", "construction", "abandoned", "razed", "demolished", "disused", "elevator", "platform",
        "rest_area", "services", "no", "raceway",
        /* BD TOPO nature */
        "Bac ou liaison maritime", "Bac auto", "Bac piéton", NULL};

static const char *const not_road_states[] = {"En construction", "En projet", NULL};

static bool is_one_of(const char *text, const char *const *words)
{
        for (; *words; words++)
                if (strcasecmp(text, *words) == 0)
                        return true;
        return false;
}

int roads_key_find(const char *name, size_t length)
{
        int key;

        for (key = 0; key < ROADS_KEY_COUNT; key++)
                if (strncasecmp(name, roads_key_names[key], length) == 0 && roads_key_names[key][length] == '\0')
                        return key;
        return -1;
}

/* The text, or NULL when unset, blank or one of IGN's words for "not recorded". */
static const char *value(const struct roads_values *values, enum roads_key key)
{
        static const char *const blanks[] = {"NR", "NC", "Sans objet", "Non renseigné", NULL};
        const char *text = values->text[key];

        if (!text || text[strspn(text, " \t\r\n")] == '\0' || is_one_of(text, blanks))
                return NULL;
        return text;
}

static const char *first_value(const struct roads_values *values, const enum roads_key *keys, size_t count)
{
        size_t i;

        for (i = 0; i < count; i++) {
                const char *text = value(values, keys[i]);

                if (text)
                        return text;
        }
        return NULL;
}

#define FIRST(values, ...)                                                                                             \
        first_value(values, (const enum roads_key[]){__VA_ARGS__},                                                     \
                    sizeof((const enum roads_key[]){__VA_ARGS__}) / sizeof(enum roads_key))

/* Copies without blanks at the ends and with control characters made blanks; cuts between characters, not inside one. */
static void copy_text(char *to, size_t size, const char *from)
{
        size_t length, i;

        from += strspn(from, " \t\r\n");
        length = strlen(from);
        if (length >= size) {
                length = size - 1;
                while (length > 0 && ((unsigned char)from[length] & 0xc0) == 0x80)
                        length--;
        }
        for (i = 0; i < length; i++)
                to[i] = (unsigned char)from[i] < ' ' || from[i] == 0x7f ? ' ' : from[i];
        while (length > 0 && to[length - 1] == ' ')
                length--;
        to[length] = '\0';
}

static void set_source_id(const struct roads_values *values, struct roads_attributes *attributes)
{
        const char *id = FIRST(values, ROADS_CLEABS, ROADS_OSM_ID, ROADS_OSM_WAY_ID, ROADS_AT_ID, ROADS_ID);

        /* Overpass writes "way/123" for what every other tool calls 123. */
        if (id && id == value(values, ROADS_AT_ID) && strncmp(id, "way/", 4) == 0)
                id += 4;
        copy_text(attributes->source_id, sizeof(attributes->source_id), id ? id : "");
}

static void set_street(const struct roads_values *values, struct roads_attributes *attributes)
{
        static const enum roads_key sides[][2] = {
                {ROADS_BAN_LEFT, ROADS_BAN_RIGHT},
                {ROADS_BAN_LEFT_SHP, ROADS_BAN_RIGHT_SHP},
                {ROADS_COLLABORATIVE_LEFT, ROADS_COLLABORATIVE_RIGHT},
                {ROADS_COLLABORATIVE_LEFT_SHP, ROADS_COLLABORATIVE_RIGHT_SHP},
                {ROADS_FIRST_LEFT, ROADS_FIRST_RIGHT},
                {ROADS_FIRST_LEFT_SHP, ROADS_FIRST_RIGHT_SHP},
                {ROADS_STREET_LEFT_SHP, ROADS_STREET_RIGHT_SHP},
                {ROADS_BAN_LEFT_CUT, ROADS_BAN_RIGHT_CUT},
                {ROADS_COLLABORATIVE_LEFT_CUT, ROADS_COLLABORATIVE_RIGHT_CUT},
        };
        const char *left = NULL, *right = NULL,
                   *name = FIRST(values, ROADS_NAME, ROADS_STREET, ROADS_NOM, ROADS_NOM_VOIE);
        const char *number = FIRST(values, ROADS_NUMBER, ROADS_NUMBER_SHP);
        char both[2 * ROADS_NAME_SIZE + 4], one[ROADS_NAME_SIZE], other[ROADS_NAME_SIZE];
        size_t i;

        for (i = 0; i < sizeof(sides) / sizeof(sides[0]) && !left && !right; i++) {
                left = value(values, sides[i][0]);
                right = value(values, sides[i][1]);
        }
        /* Out of town a road goes by its number. */
        if (!name)
                name = number ? number : value(values, ROADS_HIGHWAY) ? value(values, ROADS_REF) : NULL;
        copy_text(one, sizeof(one), left ? left : right ? right : name ? name : "");
        copy_text(other, sizeof(other), left && right ? right : "");
        if (other[0] == '\0' || strcmp(one, other) == 0) {
                copy_text(attributes->street, sizeof(attributes->street), one);
                return;
        }
        snprintf(both, sizeof(both), "%s" STREET_NAMES_BETWEEN "%s", one, other);
        copy_text(attributes->street, sizeof(attributes->street), both);
}

static enum road_oneway oneway_of(const struct roads_values *values, const char *road_class)
{
        static const char *const along[] = {"yes", "true", "1", "Sens direct", "Direct", "Sens unique", NULL};
        static const char *const against[] = {"-1", "reverse", "Sens inverse", "Inverse", NULL};
        static const char *const circles[] = {"roundabout", "circular", NULL};
        const char *text = FIRST(values, ROADS_ONEWAY, ROADS_SENS, ROADS_SENS_SHP, ROADS_SENS_CUT);
        const char *junction = value(values, ROADS_JUNCTION);

        if (text && is_one_of(text, along))
                return ROAD_ALONG_ONLY;
        if (text && is_one_of(text, against))
                return ROAD_AGAINST_ONLY;
        /* T and F are true and false, but "to" and "from" in Geofabrik's Shapefiles, which have the column fclass. */
        if (text && strcasecmp(text, "T") == 0)
                return values->column[ROADS_FCLASS] ? ROAD_AGAINST_ONLY : ROAD_ALONG_ONLY;
        if (text && strcasecmp(text, "F") == 0)
                return values->column[ROADS_FCLASS] ? ROAD_ALONG_ONLY : ROAD_BOTH_WAYS;
        if (!text && ((junction && is_one_of(junction, circles)) || strcmp(road_class, "motorway") == 0))
                return ROAD_ALONG_ONLY;
        return ROAD_BOTH_WAYS;
}

static bool is_set(const char *text)
{
        static const char *const no[] = {"no", "false", "0", "F", NULL};

        return text && !is_one_of(text, no);
}

static int level_of(const struct roads_values *values)
{
        const char *text = FIRST(values, ROADS_LAYER, ROADS_POSITION, ROADS_POSITION_SHP, ROADS_POSITION_CUT);
        const char *tunnel = value(values, ROADS_TUNNEL);
        double number = 0.0;
        int level = 0;

        if (text && parse_double(text, &number) == 0)
                level = (int)(number > LEVEL_MAX ? LEVEL_MAX : number < -LEVEL_MAX ? -LEVEL_MAX : number);
        if (is_set(value(values, ROADS_BRIDGE)))
                return level > 0 ? level : 1;
        /* A passage through a building is at the street's own level. */
        if (is_set(tunnel) && strcasecmp(tunnel, "building_passage") != 0)
                return level < 0 ? level : -1;
        return level;
}

static enum roads_verdict verdict_of(const struct roads_values *values, const char *road_class)
{
        const char *state = FIRST(values, ROADS_STATE, ROADS_STATE_SHP), *area = value(values, ROADS_AREA);
        bool from_osm = values->column[ROADS_HIGHWAY] || values->column[ROADS_OSM_ID] ||
                        values->column[ROADS_OSM_WAY_ID] || values->column[ROADS_AT_ID];

        if (!road_class)
                /* A map of roads alone need not say so of each; a map of everything does. */
                return from_osm ? ROADS_NOT_ROAD : ROADS_TAKEN;
        if (is_one_of(road_class, not_road_classes) || (state && is_one_of(state, not_road_states)))
                return ROADS_NOT_ROAD;
        if (values->column[ROADS_HIGHWAY] && area && strcasecmp(area, "yes") == 0)
                return ROADS_NOT_ROAD;
        return is_one_of(road_class, path_classes) ? ROADS_PATH : ROADS_TAKEN;
}

enum roads_verdict roads_rules_apply(const struct roads_values *values, struct roads_attributes *ret_attributes)
{
        const char *road_class =
                FIRST(values, ROADS_HIGHWAY, ROADS_NATURE, ROADS_FCLASS, ROADS_CLASS, ROADS_ROAD_CLASS);
        const char *commune = FIRST(values, ROADS_COMMUNE_LEFT, ROADS_COMMUNE_RIGHT, ROADS_COMMUNE_LEFT_SHP,
                                    ROADS_COMMUNE_RIGHT_SHP, ROADS_COMMUNE_LEFT_CUT, ROADS_COMMUNE, ROADS_INSEE);

        set_source_id(values, ret_attributes);
        set_street(values, ret_attributes);
        copy_text(ret_attributes->road_class, sizeof(ret_attributes->road_class), road_class ? road_class : "");
        copy_text(ret_attributes->commune, sizeof(ret_attributes->commune), commune ? commune : "");
        ret_attributes->oneway = oneway_of(values, ret_attributes->road_class);
        ret_attributes->level = level_of(values);
        return verdict_of(values, road_class);
}
