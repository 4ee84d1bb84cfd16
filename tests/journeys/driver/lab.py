"""The lab that was leased around the test, and the truth on its hosts by other means than the console's."""
import json
import os
import subprocess


class Lab:
    def __init__(self):
        self.program = os.environ.get("ELEPHAAS_LAB")
        if not self.program:
            raise RuntimeError("there is no lab: run this through tests/lab/lab lease --hosts 3 -- …")
        self.state = os.environ["LAB_STATE"]

    def run(self, *words, seconds=60, check=True):
        return self.call(self.program, *words, seconds=seconds, check=check)

    def call(self, *words, seconds, check):
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds)
        if check and done.returncode != 0:
            raise RuntimeError(f"{' '.join(words)}: {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def ssh(self, host, command, seconds=60, check=True):
        return self.call("ssh", "-F", self.ssh_config + "-kept", host, command, seconds=seconds, check=check)

    def facts(self):
        return json.loads(self.run("json"))

    @property
    def ssh_config(self):
        return os.path.join(self.state, "ssh", "config")

    @property
    def version(self):
        return str(self.facts()["postgresVersion"])

    def clusters(self, host):
        """{name: status} as pg_lsclusters says: "online", "online,recovery", "down", …"""
        rows = [line.split() for line in self.ssh(host, "pg_lsclusters -h").splitlines()]
        return {row[1]: row[3] for row in rows}

    def postmaster_started(self, host, port):
        return self.sql(host, port, "select extract(epoch from pg_postmaster_start_time())::text")

    def configuration_loaded(self, host, port):
        return self.sql(host, port, "select extract(epoch from pg_conf_load_time())::text")

    def sql(self, host, port, statement):
        return self.ssh(host, f"/usr/lib/postgresql/{self.version}/bin/psql -XAtqp {port} -v ON_ERROR_STOP=1 -c \"{statement}\"").strip()

    def postmaster(self, host, cluster):
        """The process id on the host, as its own tools see it; None where it is down."""
        text = self.ssh(host, f"head -1 /var/lib/postgresql/{self.version}/{cluster}/postmaster.pid 2>/dev/null", check=False).strip()
        return int(text) if text else None
