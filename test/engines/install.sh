#!/usr/bin/env bash
# Brings what the tests meet that is no package of npm. By apt, for Debian, as root: brokers, PostgreSQL with PostGIS, a JDK, a browser. By Maven
# and pip, for this user: servers as jars, and packages of Python.
set -euo pipefail
# Debian keeps brokers where a user's PATH does not look.
PATH=$PATH:/usr/sbin:/usr/local/sbin
missing=()
lacks() { [[ " ${missing[*]} " == *" $1 "* ]]; }
has() { command -v "$1" >/dev/null; }
found() { compgen -G "$1" >/dev/null; }
has chromium || missing+=(chromium)
has mosquitto || missing+=(mosquitto)
has mosquitto_pub || missing+=(mosquitto-clients)
javac -version >/dev/null 2>&1 || missing+=(openjdk-17-jdk-headless)
has mvn || missing+=(maven)
# The compiler alone lacks the headers of libc.
echo '#include <stdio.h>' | cc -fsyntax-only -x c - 2>/dev/null || missing+=(gcc libc6-dev)
python3 -m pip --version >/dev/null 2>&1 || missing+=(python3 python3-pip)
found '/usr/lib/*/faketime/libfaketimeMT.so.1' || missing+=(faketime)
found '/usr/lib/postgresql/*/bin/postgres' || missing+=(postgresql)
found '/usr/share/postgresql/*/extension/postgis.control' || missing+=(postgresql-postgis)
if [ ${#missing[@]} -gt 0 ]; then
  echo "installing ${missing[*]}"
  # Debian makes and starts the servers it installs, unless it is told; the tests start their own on free ports.
  if lacks postgresql; then
    mkdir -p /etc/postgresql-common/createcluster.d
    echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.d/roadstream.conf
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
  # One that was here before is somebody's own.
  if lacks mosquitto; then service mosquitto stop || true; fi
fi
engines=$(cd "$(dirname "$0")" && pwd)
kept=${XDG_CACHE_HOME:-$HOME/.cache}/roadstream
mkdir -p "$kept"
# Jars by Maven, once, beside what else this user keeps; a repository that does not answer is asked again.
# bring NAME VERSION JAR: JAR is one of those that are there then.
bring() {
  local jars=$kept/$1-$2 fresh pause
  [ ! -e "$jars/$3" ] || return 0
  echo "bringing $1 to $jars"
  fresh=$(mktemp -d "$jars.XXXXXX")
  for pause in 10 20 0; do
    mvn -q -B -ntp -f "$engines/$1" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$fresh" && break
    sleep "$pause"
  done
  # Of two that came at once the first stays.
  if [ -e "$fresh/$3" ]; then mv -T "$fresh" "$jars" 2>/dev/null || rm -rf "$fresh"; else rm -rf "$fresh"; return 1; fi
}
bring kafka 4.4.0 kafka_2.13-4.4.0.jar
bring hivemq 2025.5 hivemq-community-edition-embedded-2025.5.jar
# Packages of Python likewise, and anew for another Python, since some are compiled for one. Not among the system's, which some systems let only
# themselves change.
packages=$kept/python-packages
wanted="$(python3 --version 2>&1)
$(cat "$engines/python.txt")"
if [ "$(cat "$packages/brought" 2>/dev/null)" != "$wanted" ]; then
  echo "bringing packages of Python to $packages"
  fresh=$(mktemp -d "$packages.XXXXXX")
  python3 -m pip install --quiet --target "$fresh" --requirement "$engines/python.txt" || { rm -rf "$fresh"; exit 1; }
  echo "$wanted" >"$fresh/brought"
  rm -rf "$packages"
  mv -T "$fresh" "$packages" 2>/dev/null || rm -rf "$fresh"
fi
