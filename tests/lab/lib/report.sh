# shellcheck shell=bash
# What the lab says about itself.

json_text() {
  local text=${1//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}

lab_json() {
  [[ -f $S/settings && -f $S/hosts ]] || die "there is no lab in $S"
  local host name port members first=1 up=false
  ! is_up || up=true
  printf '{\n  "state": %s,\n  "up": %s,\n  "mode": "%s",\n' "$(json_text "$S")" "$up" "$MODE"
  printf '  "postgresVersion": "%s",\n  "zone": "%s",\n  "dnsServer": "%s",\n' "$PG_VERSION" "$ZONE" "$(host_address dns1)"
  printf '  "tsigKeyFile": %s,\n' "$(json_text "$S/tsig.key")"
  printf '  "ssh": {"user": "postgres", "port": 22, "identity": %s, "knownHosts": %s, "config": %s, "keptConfig": %s},\n' \
    "$(json_text "$S/ssh/id")" "$(json_text "$S/ssh/known_hosts")" "$(json_text "$S/ssh/config")" "$(json_text "$S/ssh/config-kept")"
  printf '  "hosts": ['
  while read -r host; do
    [[ $host != "$MANY_HOST" ]] || continue
    [[ $first == 1 ]] || printf ','
    first=0
    printf '\n    {"name": "%s", "address": "%s", "address6": "%s"}' "$host" "$(host_address "$host")" "$NET6:$(host_number "$host")"
  done <"$S/hosts"
  printf '\n  ],\n  "many": ['
  if known_host "$MANY_HOST"; then
    for ((name = 1; name <= $(<"$(host_dir "$MANY_HOST")/count"); name++)); do
      [[ $name == 1 ]] || printf ', '
      printf '"%s"' "$MANY_HOST$name"
    done
  fi
  printf '],\n  "herds": ['
  first=1
  while read -r name port members; do
    [[ $first == 1 ]] || printf ','
    first=0
    printf '\n    {"name": "%s", "port": %s, "virtualHost": "%s-vhost.%s", "dataDirectory": "/var/lib/postgresql/%s/%s", "hosts": ["%s"]}' \
      "$name" "$port" "$name" "$ZONE" "$PG_VERSION" "$name" "${members// /\", \"}"
  done <"$S/herds"
  printf '\n  ]\n}\n'
}

lab_status() {
  [[ -f $S/hosts ]] || die "there is no lab in $S"
  is_up || { echo "lab in $S: down"; return 0; }
  echo "lab in $S: up"
  request links
  request clusters
}

list_links() {
  local host
  while read -r host; do
    if ! host_alive "$host"; then
      echo "$host: powered off"
      continue
    fi
    if host_frozen "$host"; then
      echo "$host: frozen"
    elif [[ $host != "$MANY_HOST" ]] && ! ip link show "v-$host" | grep -q 'state UP'; then
      echo "$host: cut off"
    else
      echo "$host: up, $(host_address "$host")"
    fi
  done < <(host_names)
}

# Through the namespaces, not through ssh: also for a host that is cut off.
list_clusters() {
  local host
  while read -r host; do
    if [[ $host == dns1 ]] || ! host_alive "$host" || host_frozen "$host"; then continue; fi
    echo "== $host"
    as_postgres "$host" pg_lsclusters --no-header
  done < <(host_names)
}
