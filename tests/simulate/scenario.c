/* SPDX-License-Identifier: MIT */
#include "tests/simulate/scenario.h"

#include <string.h>

/* Along the Rue de la Gare to the lights, up the one-way street, most of the way round the roundabout, out to the east. */
#define TOWN_LEGS                                                                                                      \
        {                                                                                                              \
                {"P1"}, {"A3", 8}, {"B3"}, {"R6"}, {"R7"}, {"R8"}, {"R9"}, {"R10"}, {"R11"}, {"R0"}, {"S1"},           \
        }

const struct scenario scenarios[] = {
        {"town", "a minute through the middle of the town", 4, 3, TOWN_LEGS},
        {"tour",
         "most of the town's streets, some of them twice",
         3,
         3,
         {{"D1"},  {"A1"},  {"A2"}, {"P1"}, {"A3", 8},  {"B3"},    {"R6"},     {"R7"}, {"R8"}, {"R9"}, {"A4"},
          {"A5"},  {"A6"},  {"B6"}, {"B5"}, {"A5", 15}, {"V1"},    {"D5"},     {"D4"}, {"M3"}, {"A4"}, {"R9"},
          {"R10"}, {"R11"}, {"R0"}, {"S1"}, {"B5"},     {"C5"},    {"S3"},     {"C4"}, {"N1"}, {"C3"}, {"B3"},
          {"B2"},  {"A2"},  {"P1"}, {"P2"}, {"P3"},     {"D3"},    {"A3", 20}, {"M1"}, {"M2"}, {"M3"}, {"D4"},
          {"D5"},  {"D6"},  {"A6"}, {"B6"}, {"C6"},     {"C5"},    {"S3"},     {"S2"}, {"S1"}, {"R0"}, {"R1"},
          {"R2"},  {"R3"},  {"R4"}, {"R5"}, {"R6"},     {"B3", 4}, {"B2"},     {"B1"}, {"F1"}, {"F2"}, {"F3"},
          {"F4"},  {"C1"},  {"B1"}, {"A1"}, {"D1"},     {"D2"},    {"P3"},     {"D3"}}},
        {"avenue",
         "fast along the avenue, half round the roundabout, no lights",
         3,
         3,
         {{"B1"}, {"B2"}, {"B3"}, {"R6"}, {"R7"}, {"R8"}, {"R9"}, {"A4"}}},
        {"parked", "a few metres, then an hour at the kerb", 3, 3600, {{"P1"}, {"A3"}}},
        {"silence", "as town, with a receiver that says nothing for 12 s", 4, 3, TOWN_LEGS, {{24, 36}}},
        {NULL},
};

const struct scenario *scenario_find(const char *name)
{
        for (const struct scenario *scenario = scenarios; scenario->name; scenario++)
                if (strcmp(scenario->name, name) == 0)
                        return scenario;
        return NULL;
}
