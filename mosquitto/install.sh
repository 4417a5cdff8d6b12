#!/bin/sh
# Installs Mosquitto by the system's package manager where it is missing, or says what to do.
set -eu

for folder in $(echo "$PATH" | tr ':' ' ') /usr/sbin /usr/local/sbin /opt/homebrew/sbin; do
  [ -x "$folder/mosquitto" ] && exit 0
done

say() { echo "Mosquitto, the MQTT broker, is not installed. $1" >&2; exit 1; }

if command -v brew >/dev/null 2>&1; then
  echo "Installing Mosquitto with Homebrew ..."
  exec brew install --quiet mosquitto
fi
command -v apt-get >/dev/null 2>&1 || say "Install it with your system's package manager, then run make again."

root=""
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null 2>&1 || say "As root, run: apt-get install mosquitto   - then run make again."
  root="sudo"
fi

echo "Installing Mosquitto ..."
# Debian starts a broker of its own on port 1883 at installation; HomeIQ starts its own, so that one is not wanted.
policy=/usr/sbin/policy-rc.d
made_policy=""
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | $root tee "$policy" >/dev/null && $root chmod 755 "$policy" && made_policy=yes
fi
status=0
{ $root apt-get update -qq && $root env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y -qq --no-install-recommends mosquitto mosquitto-clients >/dev/null; } || status=$?
[ -z "$made_policy" ] || $root rm -f "$policy"
[ "$status" -eq 0 ] || say "apt-get could not install it (its words stand above): run apt-get install mosquitto yourself."
