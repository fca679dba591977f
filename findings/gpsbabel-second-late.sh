#!/usr/bin/env bash
# Each second of a drive has the place of the second before (NMEA, GPSBabel 1.8.0).
#
# Guess: the sentences of one second (RMC with the date, GGA with the height) carry one time, and GPSBabel joins by it, in whatever
# order a receiver sends them; what it writes as NMEA it reads back with places and times. (Of the order written down only after a
# first run, in which its own file came back so.)
# Seen: with GGA before RMC all is right. With RMC before GGA, the order of u-blox receivers (RMC, VTG, GGA, GSA, GLL) and of GPSBabel's own NMEA
# files, each point has the time, speed and course of one second and the place and height of the second before: at 90 km/h the car is 25 m
# behind itself, the first place comes twice and the last one is missing. At 10 Hz it is a tenth of a second. And a GPX without
# <fix>, as GPX 1.1 of most phones and platforms, is written as V (void) and quality 0: read back, not one point of the drive is there.
# So: sort the sentences of a second, GGA first, before GPSBabel reads them; write <fix>3d</fix> where NMEA is to come of it.
#
# Needs: gpsbabel (Debian 12: 1.8.0), python3. Takes about five seconds.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat > write.py <<'P'
import functools, sys
order, rate = sys.argv[1].split(','), float(sys.argv[2])
for n in range(4):
    at, place, knots = f'1200{n * rate:05.2f}', f'34{54 + n}.0000,S,05609.8700,W', 20.0 + n
    told = {'RMC': f'GPRMC,{at},A,{place},{knots},{10 * n}.0,010726,,,A', 'GGA': f'GPGGA,{at},{place},1,09,0.8,{40 + n}.0,M,17.0,M,,', 'VTG': f'GPVTG,{10 * n}.0,T,,M,{knots},N,{knots * 1.852:.1f},K,A',
        'GSA': 'GPGSA,A,3,01,02,03,04,05,06,07,08,09,,,,1.5,0.8,1.2', 'GLL': f'GPGLL,{place},{at},A,A'}
    for sentence in map(told.get, order): print(f"${sentence}*{functools.reduce(lambda sum, letter: sum ^ ord(letter), sentence, 0):02X}", end='\r\n')
P
cat > tell.py <<'P'
import csv, sys
print(sys.argv[1] + ':', '; '.join(f"{row['Time'][6:]} place {round((-float(row['Latitude']) - 34.9) * 60)} height {row.get('Altitude') or 'none'} {float(row['Speed']) * 3.6 / 1.852:.0f} kn" for row in csv.DictReader(sys.stdin)) or 'nothing')
P
{
  gpsbabel -V | xargs
  for order in GGA,RMC RMC,GGA GGA,GLL,GSA,RMC,VTG RMC,VTG,GGA,GSA,GLL; do
    for rate in 1 0.1; do
      python3 write.py "$order" "$rate" > drive.nmea
      gpsbabel -t -i nmea -f drive.nmea -o unicsv,utc=0 -F - | python3 tell.py "$order, each $rate s"
    done
  done
  for fix in '<fix>3d</fix>' ''; do
    { echo '<?xml version="1.0"?><gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>'
      for n in 0 1 2 3; do echo "<trkpt lat=\"-$((34)).9$((n))\" lon=\"-56.16\"><ele>4$n</ele><time>2026-07-01T12:00:0${n}Z</time>$fix</trkpt>"; done
      echo '</trkseg></trk></gpx>'; } > drive.gpx
    gpsbabel -t -i gpx -f drive.gpx -o nmea -F own.nmea
    echo "GPX with '$fix' written as NMEA and read: $(gpsbabel -t -i nmea -f own.nmea -o unicsv,utc=0 -F - | tail -n +2 | wc -l) points; first $(head -1 own.nmea | cut -d, -f1-3)"
  done
} | tee seen
diff seen - <<'P'
GPSBabel Version 1.8.0
GGA,RMC, each 1 s: 00 place 0 height 40.0 20 kn; 01 place 1 height 41.0 21 kn; 02 place 2 height 42.0 22 kn; 03 place 3 height 43.0 23 kn
GGA,RMC, each 0.1 s: 00 place 0 height 40.0 20 kn; 00.100 place 1 height 41.0 21 kn; 00.200 place 2 height 42.0 22 kn; 00.300 place 3 height 43.0 23 kn
RMC,GGA, each 1 s: 00 place 0 height none 20 kn; 01 place 0 height 40.0 21 kn; 02 place 1 height 41.0 22 kn; 03 place 2 height 42.0 23 kn
RMC,GGA, each 0.1 s: 00 place 0 height none 20 kn; 00.100 place 0 height 40.0 21 kn; 00.200 place 1 height 41.0 22 kn; 00.300 place 2 height 42.0 23 kn
GGA,GLL,GSA,RMC,VTG, each 1 s: 00 place 0 height 40.0 20 kn; 01 place 1 height 41.0 21 kn; 02 place 2 height 42.0 22 kn; 03 place 3 height 43.0 23 kn
GGA,GLL,GSA,RMC,VTG, each 0.1 s: 00 place 0 height 40.0 20 kn; 00.100 place 1 height 41.0 21 kn; 00.200 place 2 height 42.0 22 kn; 00.300 place 3 height 43.0 23 kn
RMC,VTG,GGA,GSA,GLL, each 1 s: 00 place 0 height none 20 kn; 01 place 0 height 40.0 21 kn; 02 place 1 height 41.0 22 kn; 03 place 2 height 42.0 23 kn
RMC,VTG,GGA,GSA,GLL, each 0.1 s: 00 place 0 height none 20 kn; 00.100 place 0 height 40.0 21 kn; 00.200 place 1 height 41.0 22 kn; 00.300 place 2 height 42.0 23 kn
GPX with '<fix>3d</fix>' written as NMEA and read: 4 points; first $GPRMC,120000.000,A
GPX with '' written as NMEA and read: 0 points; first $GPRMC,120000.000,V
P
echo 'as before'
