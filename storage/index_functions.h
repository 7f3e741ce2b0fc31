/* SPDX-License-Identifier: MIT */
/* The SQL functions that the triggers of a GeoPackage's spatial index call: ST_IsEmpty, ST_MinX, ST_MaxX, ST_MinY,
 * ST_MaxY. */
#pragma once

struct sqlite3;

/* Registers them on a connection. Returns SQLite's code. */
int index_functions_register(struct sqlite3 *sqlite);
