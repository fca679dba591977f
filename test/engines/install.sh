#!/usr/bin/env bash
# Installs by apt what the tests meet that is no package of npm: brokers, PostgreSQL with PostGIS, a JDK, a browser. For Debian, as root.
set -euo pipefail
missing=()
has() { command -v "$1" >/dev/null; }
found() { compgen -G "$1" >/dev/null; }
has chromium || missing+=(chromium)
has mosquitto || missing+=(mosquitto)
has mosquitto_pub || missing+=(mosquitto-clients)
javac -version >/dev/null 2>&1 || missing+=(openjdk-17-jdk-headless)
has mvn || missing+=(maven)
python3 -m pip --version >/dev/null 2>&1 || missing+=(python3 python3-pip)
found '/usr/lib/*/faketime/libfaketimeMT.so.1' || missing+=(faketime)
found '/usr/lib/postgresql/*/bin/postgres' || missing+=(postgresql)
found '/usr/share/postgresql/*/extension/postgis.control' || missing+=(postgresql-postgis)
if [ ${#missing[@]} -gt 0 ]; then
  echo "installing ${missing[*]}"
  # Debian makes and starts the servers it installs, unless it is told; the tests start their own on free ports.
  mkdir -p /etc/postgresql-common/createcluster.d
  echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.d/roadstream.conf
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
  service mosquitto stop || true
fi
# Jars by Maven, once, beside what else this user keeps; a repository that does not answer is asked again.
engines=$(cd "$(dirname "$0")" && pwd)
# bring NAME VERSION JAR: JAR is one of those that are there then.
bring() {
  local jars=${XDG_CACHE_HOME:-$HOME/.cache}/roadstream/$1-$2 fresh pause
  [ ! -e "$jars/$3" ] || return 0
  echo "bringing $1 to $jars"
  mkdir -p "$(dirname "$jars")"
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
