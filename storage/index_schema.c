/* SPDX-License-Identifier: MIT */
#include "storage/index_schema.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>

#include "base/log.h"
#include "storage/index.h"
#include "storage/index_error.h"

#define TEXT_OF_(x) #x
#define TEXT_OF(x) TEXT_OF_(x)

/* The system tables of GeoPackage 1.3 (OGC 12-128r17, annex C), with the three reference systems that it demands. */
static const char geopackage_sql[] =
        "CREATE TABLE gpkg_spatial_ref_sys ("
        " srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,"
        " organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);"
        "INSERT INTO gpkg_spatial_ref_sys VALUES"
        " ('Undefined Cartesian SRS', -1, 'NONE', -1, 'undefined', 'undefined Cartesian coordinate reference system'),"
        " ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', 'undefined geographic coordinate reference system'),"
        " ('WGS 84 geodetic', 4326, 'EPSG', 4326,"
        "  'GEOGCS[\"WGS 84\",DATUM[\"WGS_1984\",SPHEROID[\"WGS"
        " 84\",6378137,298.257223563,AUTHORITY[\"EPSG\",\"7030\"]],"
        "AUTHORITY[\"EPSG\",\"6326\"]],PRIMEM[\"Greenwich\",0,AUTHORITY[\"EPSG\",\"8901\"]],"
        "UNIT[\"degree\",0.0174532925199433,AUTHORITY[\"EPSG\",\"9122\"]],AXIS[\"Latitude\",NORTH],"
        "AXIS[\"Longitude\",EAST],"
        "AUTHORITY[\"EPSG\",\"4326\"]]',"
        "  'longitude and latitude in decimal degrees on the WGS 84 spheroid');"
        "CREATE TABLE gpkg_contents ("
        " table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT"
        " DEFAULT '',"
        " last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),"
        " min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,"
        " CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));"
        "CREATE TABLE gpkg_geometry_columns ("
        " table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT"
        " NULL,"
        " z TINYINT NOT NULL, m TINYINT NOT NULL,"
        " CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),"
        " CONSTRAINT uk_gc_table_name UNIQUE (table_name),"
        " CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),"
        " CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));"
        "CREATE TABLE gpkg_extensions ("
        " table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT"
        " NULL,"
        " CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));";

/* Runs come first: frames, fixes and gaps refer to them. What a frame says of its segment stays as it was when the
 * network is replaced (network_version says which it was), hence no reference there. */
static const char runs_sql[] =
        "CREATE TABLE runs ("
        " fid INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, start_at DATETIME NOT NULL, end_at DATETIME, vehicle"
        " TEXT,"
        " cameras TEXT, software TEXT, spacing_m DOUBLE, spacing_max_m DOUBLE, config TEXT NOT NULL, frames INTEGER NOT NULL DEFAULT 0,"
        " travelled_m DOUBLE, state TEXT NOT NULL DEFAULT 'open');";

static const char frames_sql[] =
        "CREATE TABLE frames ("
        " fid INTEGER PRIMARY KEY, geom POINT,"
        " run TEXT NOT NULL REFERENCES runs(name), camera TEXT NOT NULL, sequence INTEGER NOT NULL,"
        " captured_at DATETIME NOT NULL, exposure_mid_boottime_ns INTEGER,"
        /* geom and position_source are what is best known now; these are what the picture itself says. */
        " written_latitude DOUBLE, written_longitude DOUBLE, written_position_source TEXT,"
        " altitude_m DOUBLE, altitude_hae_m DOUBLE, speed_mps DOUBLE, course_deg DOUBLE, heading_deg DOUBLE,"
        " image_direction_deg DOUBLE, accuracy_m DOUBLE, hdop DOUBLE, position_source TEXT NOT NULL, mark INTEGER,"
        " spacing_m DOUBLE, travelled_m DOUBLE, reversing BOOLEAN NOT NULL,"
        " segment INTEGER, source_id TEXT, street TEXT, chainage_m DOUBLE, direction INTEGER, offset_m DOUBLE,"
        " match_confidence DOUBLE, provisional BOOLEAN, network_version TEXT,"
        " path TEXT NOT NULL, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL, width INTEGER, height INTEGER,"
        " exposure_s DOUBLE, gain DOUBLE, sharpness DOUBLE, brightness DOUBLE, clipped_share DOUBLE,"
        " quality TEXT,"
        " upload_state TEXT NOT NULL DEFAULT 'pending',"
        " CONSTRAINT frames_once UNIQUE (run, camera, sequence));"
        "CREATE INDEX frames_by_street ON frames (street, captured_at);"
        "CREATE INDEX frames_by_segment ON frames (segment, direction, chainage_m);"
        "CREATE INDEX frames_by_time ON frames (captured_at);"
        /* Counts of a run's flagged frames need no other. */
        "CREATE INDEX frames_by_quality ON frames (run, quality) WHERE quality IS NOT NULL;";

/* AUTOINCREMENT: frames and gaps keep the id of a segment that a later network lacks, so that no other may get it. */
static const char segments_sql[] =
        "CREATE TABLE segments ("
        " fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom LINESTRING,"
        " source_id TEXT NOT NULL, from_m DOUBLE NOT NULL, to_m DOUBLE NOT NULL, street TEXT, class TEXT,"
        " oneway INTEGER NOT NULL, level INTEGER NOT NULL, commune TEXT, length_m DOUBLE NOT NULL, network_version"
        " TEXT NOT NULL);"
        "CREATE INDEX segments_by_source ON segments (source_id, from_m);"
        "CREATE INDEX segments_by_street ON segments (street);";

static const char fixes_gaps_sql[] =
        "CREATE TABLE fixes ("
        " fid INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES runs(name), time DATETIME, arrival_boottime_ns"
        " INTEGER NOT NULL,"
        " mode INTEGER NOT NULL, status INTEGER NOT NULL, latitude DOUBLE, longitude DOUBLE, altitude_m DOUBLE,"
        " altitude_hae_m DOUBLE, speed_mps DOUBLE, course_deg DOUBLE, eph_m DOUBLE, epv_m DOUBLE, eps_mps DOUBLE,"
        " hdop DOUBLE,"
        " satellites INTEGER, verdict TEXT NOT NULL);"
        "CREATE INDEX fixes_by_run ON fixes (run, time);"
        "CREATE TABLE gaps ("
        " fid INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES runs(name), camera TEXT, number INTEGER NOT NULL,"
        " from_at DATETIME, to_at DATETIME, metres DOUBLE, marks INTEGER NOT NULL, reason TEXT NOT NULL,"
        " segment INTEGER, source_id TEXT, direction INTEGER, chainage_m DOUBLE, to_segment INTEGER, to_chainage_m"
        " DOUBLE, to_direction INTEGER,"
        " CONSTRAINT gaps_once UNIQUE (run, number));"
        "CREATE INDEX gaps_by_segment ON gaps (segment, direction, chainage_m);"
        "CREATE INDEX gaps_by_end_segment ON gaps (to_segment);";

static const char own_sql[] =
        /* is_snapshot: a copy that nobody writes to, so that pictures may be newer than it. */
        "CREATE TABLE streetcap_schema (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL,"
        " is_snapshot BOOLEAN NOT NULL DEFAULT 0);"
        "INSERT INTO streetcap_schema (id, version) VALUES (1, 1);"
        "CREATE TABLE streetcap_networks ("
        " id INTEGER PRIMARY KEY, version TEXT NOT NULL, source TEXT NOT NULL, imported_at DATETIME NOT NULL,"
        " segments INTEGER NOT NULL DEFAULT 0);";

static const char contents_sql[] =
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES"
        " ('frames', 'features', 'frames', 'Pictures, where the camera was at mid-exposure', 4326),"
        " ('segments', 'features', 'segments', 'Streets, cut at junctions', 4326),"
        " ('runs', 'attributes', 'runs', 'Drives', NULL),"
        " ('fixes', 'attributes', 'fixes', 'Positions as the receiver gave them', NULL),"
        " ('gaps', 'attributes', 'gaps', 'Where a picture was due and is missing', NULL),"
        " ('streetcap_schema', 'attributes', 'streetcap_schema', 'Version of these tables', NULL),"
        " ('streetcap_networks', 'attributes', 'streetcap_networks', 'Road networks imported, the last one in use',"
        " NULL);"
        "INSERT INTO gpkg_geometry_columns VALUES"
        " ('frames', 'geom', 'POINT', 4326, 0, 0), ('segments', 'geom', 'LINESTRING', 4326, 0, 0);"
        "INSERT INTO gpkg_extensions VALUES"
        " ('frames', 'geom', 'gpkg_rtree_index', 'http://www.geopackage.org/spec130/#extension_rtree', 'write-only'),"
        " ('segments', 'geom', 'gpkg_rtree_index', 'http://www.geopackage.org/spec130/#extension_rtree',"
        " 'write-only');";

#define RTREE_VALUES "NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)"

/* The spatial index of a feature table and the triggers that keep it, as the extension gpkg_rtree_index of 1.3 has
 * them. GDAL takes an update3 that says "UPDATE OF" for the faulty one of older standards and rewrites it. */
#define RTREE_SQL(table)                                                                                               \
        "CREATE VIRTUAL TABLE \"rtree_" table                                                                          \
        "_geom\" USING rtree(id, minx, maxx, miny, maxy);"                                                             \
        "CREATE TRIGGER \"rtree_" table "_geom_insert\" AFTER INSERT ON \"" table                                      \
        "\""                                                                                                           \
        " WHEN (NEW.geom NOT NULL AND NOT ST_IsEmpty(NEW.geom))"                                                       \
        " BEGIN INSERT OR REPLACE INTO \"rtree_" table "_geom\" VALUES (" RTREE_VALUES                                 \
        "); END;"                                                                                                      \
        "CREATE TRIGGER \"rtree_" table "_geom_update1\" AFTER UPDATE OF \"geom\" ON \"" table                         \
        "\""                                                                                                           \
        " WHEN OLD.fid = NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))"                                  \
        " BEGIN INSERT OR REPLACE INTO \"rtree_" table "_geom\" VALUES (" RTREE_VALUES                                 \
        "); END;"                                                                                                      \
        "CREATE TRIGGER \"rtree_" table "_geom_update2\" AFTER UPDATE OF \"geom\" ON \"" table                         \
        "\""                                                                                                           \
        " WHEN OLD.fid = NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))"                                        \
        " BEGIN DELETE FROM \"rtree_" table                                                                            \
        "_geom\" WHERE id = OLD.fid; END;"                                                                             \
        "CREATE TRIGGER \"rtree_" table "_geom_update3\" AFTER UPDATE ON \"" table                                     \
        "\""                                                                                                           \
        " WHEN OLD.fid != NEW.fid AND (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))"                                 \
        " BEGIN DELETE FROM \"rtree_" table                                                                            \
        "_geom\" WHERE id = OLD.fid;"                                                                                  \
        " INSERT OR REPLACE INTO \"rtree_" table "_geom\" VALUES (" RTREE_VALUES                                       \
        "); END;"                                                                                                      \
        "CREATE TRIGGER \"rtree_" table "_geom_update4\" AFTER UPDATE ON \"" table                                     \
        "\""                                                                                                           \
        " WHEN OLD.fid != NEW.fid AND (NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))"                                       \
        " BEGIN DELETE FROM \"rtree_" table                                                                            \
        "_geom\" WHERE id IN (OLD.fid, NEW.fid); END;"                                                                 \
        "CREATE TRIGGER \"rtree_" table "_geom_delete\" AFTER DELETE ON \"" table                                      \
        "\""                                                                                                           \
        " WHEN OLD.geom NOT NULL"                                                                                      \
        " BEGIN DELETE FROM \"rtree_" table "_geom\" WHERE id = OLD.fid; END;"

static const char rtree_sql[] = RTREE_SQL("frames") RTREE_SQL("segments");

static const char pragmas_sql[] =
        "PRAGMA application_id = " TEXT_OF(INDEX_APPLICATION_ID) ";"
        "PRAGMA user_version = " TEXT_OF(INDEX_GEOPACKAGE_VERSION) ";";

/* Step n takes a file from version n to n + 1; version 0 is an empty file. A released step never changes: add another.
 */
#define STEP_MAX_PARTS 10
static const char *const steps[INDEX_SCHEMA_VERSION][STEP_MAX_PARTS] = {
        {geopackage_sql, runs_sql, frames_sql, segments_sql, fixes_gaps_sql, own_sql, contents_sql, rtree_sql,
         pragmas_sql},
};

/* First column of the first row as an integer; *ret_value is `otherwise` when there is no row. Returns SQLite's code.
 */
static int query_int(sqlite3 *sqlite, const char *sql, int otherwise, int *ret_value)
{
        sqlite3_stmt *statement = NULL;
        int rc = sqlite3_prepare_v2(sqlite, sql, -1, &statement, NULL);

        if (rc != SQLITE_OK)
                return rc;
        rc = sqlite3_step(statement);
        *ret_value = rc == SQLITE_ROW ? sqlite3_column_int(statement, 0) : otherwise;
        sqlite3_finalize(statement);
        return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int not_an_index(const char *name, const char *why)
{
        log_error("%s: not an index of Streetcap: %s", name, why);
        return -EPROTO;
}

int index_schema_read(sqlite3 *sqlite, const char *name, int *ret_version)
{
        int application_id = 0, tables = 0, own = 0, version = 0, rc;

        rc = query_int(sqlite, "PRAGMA application_id", 0, &application_id);
        if (rc == SQLITE_OK)
                rc = query_int(sqlite, "SELECT count(*) FROM sqlite_schema", 0, &tables);
        if (rc == SQLITE_OK)
                rc = query_int(sqlite,
                               "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'streetcap_schema'",
                               0, &own);
        if (rc != SQLITE_OK)
                return index_error(sqlite, name, "cannot be read");
        if (tables == 0 && application_id == 0) {
                *ret_version = 0;
                return 0;
        }
        if (application_id != INDEX_APPLICATION_ID)
                return not_an_index(name, "no GeoPackage");
        if (!own)
                return not_an_index(name, "a GeoPackage without the table streetcap_schema");

        rc = query_int(sqlite, "SELECT version FROM streetcap_schema WHERE id = 1", -1, &version);
        if (rc != SQLITE_OK)
                return index_error(sqlite, name, "cannot read the table streetcap_schema");
        if (version < 1)
                return not_an_index(name, "the table streetcap_schema gives no version");
        if (version > INDEX_SCHEMA_VERSION) {
                log_error("%s: made by a newer Streetcap: its tables have version %d, this program knows up to %d",
                          name, version, INDEX_SCHEMA_VERSION);
                return -EPROTO;
        }
        *ret_version = version;
        return 0;
}

static int run_steps(sqlite3 *sqlite, int version)
{
        char sql[96];

        for (; version < INDEX_SCHEMA_VERSION; version++) {
                for (int part = 0; part < STEP_MAX_PARTS && steps[version][part]; part++) {
                        int rc = sqlite3_exec(sqlite, steps[version][part], NULL, NULL, NULL);

                        if (rc != SQLITE_OK)
                                return rc;
                }
        }
        snprintf(sql, sizeof(sql), "UPDATE streetcap_schema SET version = %d WHERE id = 1", INDEX_SCHEMA_VERSION);
        return sqlite3_exec(sqlite, sql, NULL, NULL, NULL);
}

int index_schema_upgrade(sqlite3 *sqlite, const char *name, int version)
{
        int rc, r;

        if (version == INDEX_SCHEMA_VERSION)
                return 0;
        rc = sqlite3_exec(sqlite, "BEGIN IMMEDIATE", NULL, NULL, NULL);
        if (rc == SQLITE_OK)
                rc = run_steps(sqlite, version);
        if (rc == SQLITE_OK)
                rc = sqlite3_exec(sqlite, "COMMIT", NULL, NULL, NULL);
        if (rc == SQLITE_OK)
                return 0;
        r = index_error(sqlite, name, "cannot make its tables");
        sqlite3_exec(sqlite, "ROLLBACK", NULL, NULL, NULL);
        return r;
}
