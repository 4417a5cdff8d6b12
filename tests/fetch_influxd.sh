#!/bin/sh
# Brings the InfluxDB 1.x server that the tests start, where there is none. Debian's package would install, enable and
# start a service: only its program is taken out of it, into the folder named.
set -eu

folder=$(cd "${1:?name the folder for the program, such as .venv/bin}" && pwd)
for each in "$folder" $(echo "$PATH" | tr ':' ' ') /usr/bin; do
  [ -x "$each/influxd" ] && exit 0
done
if ! command -v apt-get >/dev/null 2>&1; then
  echo "There is no InfluxDB 1.x server: the tests that need one will be skipped." >&2
  exit 0
fi

echo "Fetching InfluxDB ..."
parts=$(mktemp -d)
trap 'rm -rf "$parts"' EXIT
chmod 755 "$parts"
cd "$parts"
if ! apt-get download -qq influxdb >/dev/null 2>&1; then
  root=""
  [ "$(id -u)" -eq 0 ] || root="sudo"
  $root apt-get update -qq && apt-get download -qq influxdb >/dev/null
fi
dpkg-deb --extract influxdb_*.deb .
cp usr/bin/influxd "$folder/influxd"
