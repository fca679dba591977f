#!/usr/bin/env bash
# A kilometre driven east in Montevideo is 1.2 km, and one driven north 0.6 km (DuckDB 1.5.5 with its extension spatial).
#
# Guess: ST_Distance_Sphere and ST_Distance_Spheroid take points as all else of the extension makes and reads them (GeoJSON, WKT, ST_Point(x, y)):
# longitude first, as ST_Distance_Sphere of MySQL and ST_DistanceSphere of PostGIS do.
# Seen, two positions of a car from GeoJSON: both, and ST_DWithin_Spheroid and ST_Length_Spheroid, take the first number for the latitude. 914 m
# to the east are 1,113, and 1,109 m to the north are 621, so that a drive is longer or shorter by its direction; near 0, 0 nothing
# shows. The documentation of the functions says so, their names and neighbours do not. ST_Transform does it too, unless told always_xy := true:
# an easting of 576,745 m is 1,858,983. ST_FlipCoordinates before each makes them right.
# So: in DuckDB wrap each point in ST_FlipCoordinates before a spherical function; test with a way to the east at 35 degrees or more.
#
# Needs: python3 with pip. Takes about a quarter of a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --target python duckdb==1.5.5 duckdb-extensions==1.5.5 duckdb-extension-spatial==1.5.5 geographiclib==2.1 2>/dev/null
cat > drive.py <<'P'
import os
os.environ['HOME'] = os.getcwd()
import duckdb, duckdb_extensions
from geographiclib.geodesic import Geodesic
duckdb_extensions.import_extension('spatial')
database = duckdb.connect()
database.load_extension('spatial')
def point(lon, lat): return f"ST_GeomFromGeoJSON('{{\"type\":\"Point\",\"coordinates\":[{lon},{lat}]}}')"
def ask(sql): return database.execute('select ' + sql).fetchall()[0][0]
start = (-56.16, -34.90)
for way, end in {'east': (-56.15, -34.90), 'north': (-56.16, -34.89)}.items():
    a, b = point(*start), point(*end)
    print(f'{way}: {Geodesic.WGS84.Inverse(start[1], start[0], end[1], end[0])["s12"]:.0f} m by geographiclib, ST_Distance_Sphere {ask(f"ST_Distance_Sphere({a}, {b})"):.0f}, ST_Distance_Spheroid {ask(f"ST_Distance_Spheroid({a}, {b})"):.0f},',
        f'ST_Length_Spheroid {ask(f"ST_Length_Spheroid(ST_MakeLine({a}, {b}))"):.0f}, within 1,000 m {ask(f"ST_DWithin_Spheroid({a}, {b}, 1000)")}, flipped {ask(f"ST_Distance_Spheroid(ST_FlipCoordinates({a}), ST_FlipCoordinates({b}))"):.0f}')
for told in ('', ', always_xy := true'): print(f'in zone 21 south{told}:', ask(f"ST_AsText(ST_Transform({point(*start)}, 'EPSG:4326', 'EPSG:32721'{told}))").replace('POINT (', '').split('.')[0])
P
PYTHONPATH=python python3 -W ignore drive.py | tee seen
diff seen - <<'P'
east: 914 m by geographiclib, ST_Distance_Sphere 1112, ST_Distance_Spheroid 1113, ST_Length_Spheroid 1113, within 1,000 m False, flipped 914
north: 1109 m by geographiclib, ST_Distance_Sphere 619, ST_Distance_Spheroid 621, ST_Length_Spheroid 621, within 1,000 m True, flipped 1109
in zone 21 south: 1858983
in zone 21 south, always_xy := true: 576745
P
echo 'as before'
