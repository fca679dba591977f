#!/usr/bin/env bash
# An order to unlock that was to end after 2 s opens the car when it comes back, behind a bridge (Mosquitto 2.0.11 of Debian 12, two of them).
#
# Guess: two brokers that both speak MQTT 5, one in the depot and one in the centre, hand on a message over a bridge as it came: with its end
# (message expiry), its user properties, the type of its content and where to answer.
# Seen: a bridge speaks MQTT 3.1.1 unless it is told otherwise, and that has none of them; no line of the log says so. An order of
# 2 s is gone for a car that comes back to the first broker after 3 s, and is given to the one that comes back to the second: it has no
# end there, and no instant of sending, no response topic by which the sender could hear of it. With bridge_protocol_version mqttv50 all
# arrive, and the order ends on both.
# So: set bridge_protocol_version mqttv50 on every bridge, look for a user property on the far side once, and put the instant and the
# end of an order into its payload, which no broker takes away.
#
# Needs: mosquitto and mosquitto-clients (Debian 12: 2.0.11), python3, two loopback ports. Takes about half a minute.
set -euo pipefail
work=$(mktemp -d) pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
PATH=$PATH:/usr/sbin
read -r depot centre < <(python3 - <<'P'
import random, socket
taken = []
while len(taken) < 2:
    port = random.randint(22000, 32000)
    with socket.socket() as one:
        if one.connect_ex(('127.0.0.1', port)) and port not in taken: taken.append(port)
print(*taken)
P
)
printf 'listener %s 127.0.0.1\nallow_anonymous true\n' "$centre" > centre.conf
form='%p expiry=%E user=%P content=%C answer=%R'
pub() { mosquitto_pub -V 5 -p "$depot" -q 1 "$@"; }
car() { timeout 20 mosquitto_sub -V 5 -p "$1" -i car17 -c -x 600 -t 'cars/17/#' -q 1 "${@:2}" 2>/dev/null || true; }
bridged() {
  printf 'listener %s 127.0.0.1\nallow_anonymous true\nconnection out\naddress 127.0.0.1:%s\ntopic cars/# out 1\nnotifications false\n%s\n' "$depot" "$centre" "$2" > depot.conf
  mosquitto -c centre.conf >>log 2>&1 & pids=($!)
  mosquitto -c depot.conf >>log 2>&1 & pids+=($!)
  for _ in $(seq 100); do
    mosquitto_pub -p "$depot" -q 1 -t cars/ready -m yes 2>/dev/null || true
    timeout 5 mosquitto_sub -p "$centre" -t cars/ready -C 1 -W 1 >/dev/null 2>&1 & watch=$!
    mosquitto_pub -p "$depot" -q 1 -t cars/ready -m yes 2>/dev/null || true
    if wait $watch; then break; fi
  done
  for broker in "$depot" "$centre"; do car "$broker" -E; done
  for broker in "$depot" "$centre"; do timeout 20 mosquitto_sub -V 5 -p "$broker" -t cars/17/order -q 1 -C 1 -F "$form" > "seen.$broker" & done
  sleep 0.5
  pub -t cars/17/order -m unlock -D publish message-expiry-interval 2 -D publish user-property sent 12:00:00Z -D publish content-type text/plain -D publish response-topic cars/17/answer
  for job in $(jobs -p); do case " ${pids[*]} " in *" $job "*) ;; *) wait "$job" ;; esac; done
  echo "$1: first broker $(cat "seen.$depot"); second broker $(cat "seen.$centre")"
  sleep 3
  pub -t cars/17/order -m lock
  for broker in "$depot" "$centre"; do car "$broker" -W 1 -F '%p' > "back.$broker"; done
  echo "$1: after 3 s the car gets" "$(paste -sd, "back.$depot")" at the first and "$(paste -sd, "back.$centre")" at the second
  kill "${pids[@]}"; wait "${pids[@]}" || true
}
bridged 'as it comes' '' > seen
bridged 'told mqttv50' 'bridge_protocol_version mqttv50' >> seen
cat seen
diff seen - <<'P'
as it comes: first broker unlock expiry=2 user=sent:12:00:00Z content=text/plain answer=cars/17/answer; second broker unlock expiry= user= content= answer=
as it comes: after 3 s the car gets lock at the first and unlock,lock at the second
told mqttv50: first broker unlock expiry=2 user=sent:12:00:00Z content=text/plain answer=cars/17/answer; second broker unlock expiry=2 user=sent:12:00:00Z content=text/plain answer=cars/17/answer
told mqttv50: after 3 s the car gets lock at the first and lock at the second
P
echo 'as before'
