# shellcheck shell=bash
# The files of a lab: keys, accounts, names, sshd and BIND configuration. All are written before the first process starts.

prepare_files() {
  mkdir -p "$S"/{etc,ssh,host,requests}
  chmod 755 "$S"
  touch "$S/herds"
  write_settings
  write_accounts
  write_names
  write_keys
  write_sshd_configs
  write_dns
  if [[ $MODE == root && $OWNER_UID != 0 ]]; then
    chown "$OWNER_UID:$OWNER_GID" "$S" "$S/requests" "$S/ssh" "$S"/ssh/*
  fi
}

# The hosts' own passwd, group and shadow. Debian locks the account postgres with "!", and sshd without PAM then refuses
# its keys: "*" means "no password", which is what is wanted. For an sshd that is not root a TTY needs a group "tty"
# with the user's own id.
write_accounts() {
  local account="postgres:x:$OWNER_UID:$OWNER_GID:PostgreSQL:/var/lib/postgresql:/bin/bash"
  if [[ $MODE == root ]]; then
    cp /etc/passwd /etc/group "$S/etc/"
    printf 'root:*:19000:0:99999:7:::\npostgres:*:19000:0:99999:7:::\nsshd:!:19000::::::\n' >"$S/etc/shadow"
    chmod 600 "$S/etc/shadow"
    return
  fi
  { echo "$account"; grep -v -e '^postgres:' -e "^[^:]*:[^:]*:$OWNER_UID:" /etc/passwd; } >"$S/etc/passwd"
  { printf 'postgres:x:%s:\ntty:x:%s:\n' "$OWNER_GID" "$OWNER_GID"
    grep -v -e '^postgres:' -e '^tty:' -e "^[^:]*:[^:]*:$OWNER_GID:" /etc/group; } >"$S/etc/group"
}

# Written in place, never renamed: these files are bind-mounted. Names added by `lab name` or `lab many` end with the lab.
write_names() {
  local host address
  {
    printf '127.0.0.1 localhost\n::1 localhost ip6-localhost\n127.0.1.1 %s\n%s.254 controller\n' "$(uname -n)" "$NET"
    while read -r host; do
      address=$(host_address "$host")
      echo "$address $host $host.$ZONE"
      echo "$NET6:$(host_number "$host") $host-6"
    done < <(host_names | grep -vxF "$MANY_HOST")
  } >"$S/etc/hosts"
  printf 'search %s\nnameserver %s\noptions timeout:1 attempts:2\n' "$ZONE" "$(host_address dns1)" >"$S/etc/resolv.conf"
  # glibc must ask the files above, not a resolver daemon of the machine.
  { grep -v '^hosts:' /etc/nsswitch.conf 2>/dev/null; echo 'hosts: files dns'; } >"$S/etc/nsswitch.conf"
}

write_keys() {
  local host dir
  [[ -f $S/ssh/id ]] || ssh-keygen -q -t ed25519 -N '' -C elephaas-lab -f "$S/ssh/id"
  while read -r host; do
    dir=$(host_dir "$host")
    mkdir -p "$dir"
    [[ -f $dir/hostkey ]] || ssh-keygen -q -t ed25519 -N '' -C "$host" -f "$dir/hostkey"
  done < <(host_names)
  write_known_hosts
  cat >"$S/ssh/config" <<END
Host *
  User postgres
  IdentityFile $S/ssh/id
  IdentitiesOnly yes
  UserKnownHostsFile $S/ssh/known_hosts
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
END
  # One connection for many commands: a new one costs several times the command. It ends by itself, soon after its host does not answer.
  cat >"$S/ssh/config-kept" <<END
Include $S/ssh/config
Host *
  ControlMaster auto
  ControlPath $S/ssh/to-%h-%p-%r
  ControlPersist 20
  ServerAliveInterval 2
  ServerAliveCountMax 2
END
}

# Keys as they are now; `lab rekey` leaves this file alone until the next start.
write_known_hosts() {
  local host key
  while read -r host; do
    read -r type key _ <"$(host_dir "$host")/hostkey.pub"
    if [[ $host == "$MANY_HOST" ]]; then
      echo "many*,127.1.* $type $key"
    else
      echo "$host,$host.$ZONE,$host-6,$(host_address "$host"),$NET6:$(host_number "$host") $type $key"
    fi
  done < <(host_names) >"$S/ssh/known_hosts"
}

write_sshd_configs() {
  cat >"$S/ssh/sshd_plain" <<'END'
AuthorizedKeysFile .ssh/authorized_keys
HostKey /run/lab/hostkey
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
UseDNS no
PrintMotd no
Subsystem sftp internal-sftp
END
  # Tests open many connections to few hosts; where the limits themselves are tested, `lab sshd` has sshd's defaults.
  { cat "$S/ssh/sshd_plain"; printf 'MaxStartups 200:30:400\nMaxSessions 100\n'; } >"$S/ssh/sshd_wide"
}

# BIND sees its directory as /var/cache/bind and its pid in /run/named: that is what its AppArmor profile allows.
write_dns() {
  local dir host
  dir=$(host_dir dns1)/dns
  mkdir -p "$dir"
  [[ -f $S/tsig.key ]] || tsig-keygen -a hmac-sha256 lab-key >"$S/tsig.key"
  cp "$S/tsig.key" "$dir/tsig.key"
  cat >"$dir/named.conf" <<END
include "/var/cache/bind/tsig.key";
options {
  directory "/var/cache/bind"; managed-keys-directory "/var/cache/bind";
  pid-file "/run/named/named.pid"; session-keyfile "/run/named/session.key";
  listen-on port 53 { any; }; listen-on-v6 { none; };
  recursion no; allow-query { any; }; dnssec-validation no; notify no; max-cache-size 8m;
};
controls { };
zone "$ZONE" { type primary; file "/var/cache/bind/zone.db"; update-policy { grant lab-key zonesub ANY; }; };
END
  [[ -f $dir/zone.db ]] || {
    printf '$TTL 5\n@ IN SOA dns1 hostmaster 1 60 30 600 5\n  IN NS dns1\n'
    while read -r host; do
      [[ $host == "$MANY_HOST" ]] || echo "$host IN A $(host_address "$host")"
    done < <(host_names)
  } >"$dir/zone.db"
}
