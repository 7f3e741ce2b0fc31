/* SPDX-License-Identifier: MIT */
/* The tables of index.gpkg, and how an older file gets them. For storage/index.c and tests. */
#pragma once

struct sqlite3;

/* 'GPKG', big-endian, and GeoPackage 1.3: 1.4 makes GDAL 3.6 warn. */
#define INDEX_APPLICATION_ID 0x47504B47
#define INDEX_GEOPACKAGE_VERSION 10300

/* What is in the file behind an open connection: *ret_version is 0 when it is empty, else the version of Streetcap's
 * own tables. 0; -EPROTO when it is no index of Streetcap (logged with name); -EIO or another errno when SQLite fails
 * (logged). */
int index_schema_read(struct sqlite3 *sqlite, const char *name, int *ret_version);

/* Takes the file from `version` to INDEX_SCHEMA_VERSION in one transaction. Errors as above. */
int index_schema_upgrade(struct sqlite3 *sqlite, const char *name, int version);
