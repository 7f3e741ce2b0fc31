/* SPDX-License-Identifier: MIT */
#include "tests/simulate/town.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/text.h"

#define CENTRE_LATITUDE_DEG 47.0431
#define CENTRE_LONGITUDE_DEG 2.4127
#define DEG (180.0 / M_PI)

bool town_find(const char *vertex, struct town_point *ret_point)
{
        for (const struct town_vertex *v = town_vertices; v->name; v++)
                if (strcmp(v->name, vertex) == 0) {
                        *ret_point = v->at;
                        return true;
                }
        return false;
}

const struct town_street *town_street_between(const char *from, const char *to, bool *ret_against)
{
        for (const struct town_street *street = town_streets; street->id; street++)
                for (size_t i = 0; i + 1 < TOWN_STREET_VERTICES && street->vertices[i + 1]; i++) {
                        const char *a = street->vertices[i], *b = street->vertices[i + 1];
                        bool against = strcmp(a, to) == 0 && strcmp(b, from) == 0;

                        if (against || (strcmp(a, from) == 0 && strcmp(b, to) == 0)) {
                                *ret_against = against;
                                return street;
                        }
                }
        return NULL;
}

double town_speed_limit_mps(const struct town_street *street)
{
        static const struct {
                const char *highway;
                double kmh;
        } limits[] = {{"secondary", 50}, {"tertiary", 45}, {"living_street", 20}, {"service", 15}};

        for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
                if (strcmp(limits[i].highway, street->highway) == 0)
                        return limits[i].kmh / 3.6;
        return 30 / 3.6;
}

/* Worked out here and not by geotag/geodesy.h: the truth must not share a mistake with what it judges. */
void town_to_geodetic(struct town_point point, double *ret_latitude_deg, double *ret_longitude_deg)
{
        const double a = 6378137.0, e2 = 0.00669437999014;
        double sin0 = sin(CENTRE_LATITUDE_DEG / DEG);
        double meridian = a * (1 - e2) / pow(1 - e2 * sin0 * sin0, 1.5);
        double latitude = CENTRE_LATITUDE_DEG / DEG + point.north_m / meridian;
        double prime = a / sqrt(1 - e2 * sin(latitude) * sin(latitude));

        *ret_latitude_deg = latitude * DEG;
        *ret_longitude_deg = CENTRE_LONGITUDE_DEG + point.east_m / (prime * cos(latitude)) * DEG;
}

double town_altitude_m(struct town_point point)
{
        return 137 + 3 * sin(point.east_m / 160) + 4 * sin(point.north_m / 140);
}

static void write_properties(struct json_out *json, const struct town_street *street)
{
        json_out_object_begin(json, "properties");
        json_out_string(json, "id", street->id);
        json_out_string(json, "name", street->name);
        json_out_string(json, "highway", street->highway);
        json_out_string(json, "oneway", street->oneway ? "yes" : "no");
        if (street->roundabout)
                json_out_string(json, "junction", "roundabout");
        if (street->level)
                json_out_string(json, "bridge", "yes");
        json_out_int(json, "layer", street->level);
        json_out_object_end(json);
}

static void write_geometry(struct json_out *json, const struct town_street *street)
{
        json_out_object_begin(json, "geometry");
        json_out_string(json, "type", "LineString");
        json_out_array_begin(json, "coordinates");
        for (size_t i = 0; i < TOWN_STREET_VERTICES && street->vertices[i]; i++) {
                struct town_point point = {0};
                double latitude_deg, longitude_deg;

                town_find(street->vertices[i], &point);
                town_to_geodetic(point, &latitude_deg, &longitude_deg);
                json_out_array_begin(json, NULL);
                json_out_double(json, NULL, longitude_deg, 8);
                json_out_double(json, NULL, latitude_deg, 8);
                json_out_array_end(json);
        }
        json_out_array_end(json);
        json_out_object_end(json);
}

int town_write_geojson(FILE *stream)
{
        struct text text = {0};
        bool written = fputs("{\"type\":\"FeatureCollection\",\"features\":[\n", stream) >= 0;

        for (const struct town_street *street = town_streets; street->id; street++) {
                struct json_out json;

                text_clear(&text);
                json_out_begin(&json, &text);
                json_out_object_begin(&json, NULL);
                json_out_string(&json, "type", "Feature");
                write_properties(&json, street);
                write_geometry(&json, street);
                json_out_object_end(&json);
                written = written && fprintf(stream, "%s%s\n", text.data, street[1].id ? "," : "") > 0;
        }
        text_finish(&text);
        written = written && fputs("]}\n", stream) >= 0 && fflush(stream) == 0;
        return written ? 0 : -EIO;
}
