#!/usr/bin/python3
"""By keyboard alone, in the real window, on real hosts: start, stop, restart and reload of one instance and of all; hosts that die and
come back; what the table says is held against what the hosts' own tools say."""
import re

from driver.journey import HERDS, Journey, constellation, main
from driver.wait import until
from driver.window import Window

ALL = [(herd, host) for herd, _, hosts, _ in HERDS for host in hosts]
PORTS = {herd: port for herd, port, _, _ in HERDS}


class Lifecycle(Journey):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        file = cls.inventory(constellation(cls.lab.version))
        cls.start_console("--inventory", file, "--ssh-config", cls.lab.ssh_config)
        cls.window = Window(cls.console)

    def hosts_say(self, wanted, host):
        """pg_lsclusters of a host, as {cluster: "online" or "down"}."""
        said = {name: status.split(",")[0] for name, status in self.lab.clusters(host).items()}
        self.assertEqual(said, wanted)

    def one_step(self, progress, target):
        rows = progress.wait()
        self.assertEqual(len(rows), 1, rows)
        self.assertIn(target, " ".join(rows[0].values()))
        return rows[0]

    # Names with numbers: they build on each other, in this order.

    def test_01_first_data_is_true(self):
        self.window.wait_states({key: "online" for key in ALL}, 40)
        rows = self.window.instances()
        self.assertEqual(set(rows), set(ALL))
        for herd, port, hosts, _ in HERDS:
            for host in hosts:
                row = rows[herd, host]
                self.assertEqual(row["Port"], str(port))
                self.assertEqual(row["Role"], "primary" if host == hosts[0] else "replica", row)
                self.assertTrue(row["Version"].startswith(self.lab.version), row)
                recovery = self.lab.sql(host, port, "select pg_is_in_recovery()")
                self.assertEqual(recovery == "t", host != hosts[0])
        # A standstill: every replica has replayed everything.
        self.assertRegex(rows["trading", "db2"]["MB lag"], r"^0[.,]00")

    def test_02_stop_one(self):
        self.window.choose("tools", "db2")
        review = self.window.command("stop")
        self.assertIn("tools on db2", review.title)
        self.assertIn("pg_ctlcluster", review.commands)
        row = self.one_step(review.run(), "tools on db2")
        self.assertIn("done", " ".join(row.values()))
        self.hosts_say({"trading": "online", "orders": "online", "tools": "down"}, "db2")

    def test_03_the_table_knows_without_a_refresh(self):
        self.window.dismiss()
        self.window.clear_filter()
        self.window.wait_states({("tools", "db2"): "offline", ("tools", "db3"): "online"}, 10)

    def test_04_stopped_again_is_a_warning(self):
        self.window.choose("tools", "db2")
        row = self.one_step(self.window.command("stop").run(), "tools on db2")
        self.assertIn("Already stopped", " ".join(row.values()))
        self.window.dismiss()

    def test_05_start_one(self):
        self.window.choose("tools", "db2")
        row = self.one_step(self.window.command("start").run(), "tools on db2")
        self.assertIn("done", " ".join(row.values()))
        self.assertEqual(self.lab.clusters("db2")["tools"], "online,recovery")
        self.window.dismiss()
        self.window.clear_filter()
        self.window.wait_states({("tools", "db2"): "online"}, 10)

    def test_06_started_again_is_a_warning(self):
        self.window.choose("tools", "db3")
        row = self.one_step(self.window.command("start").run(), "tools on db3")
        self.assertIn("Already running", " ".join(row.values()))
        self.window.dismiss()

    def test_07_restart_one(self):
        before = self.lab.postmaster_started("db2", PORTS["tools"])
        self.window.choose("tools", "db2")
        row = self.one_step(self.window.command("restart").run(), "tools on db2")
        self.assertIn("done", " ".join(row.values()))
        self.assertGreater(float(self.lab.postmaster_started("db2", PORTS["tools"])), float(before))
        self.window.dismiss()

    def test_08_reload_one(self):
        before = self.lab.configuration_loaded("db3", PORTS["tools"])
        started = self.lab.postmaster_started("db3", PORTS["tools"])
        self.window.choose("tools", "db3")
        row = self.one_step(self.window.command("reload").run(), "tools on db3")
        self.assertIn("done", " ".join(row.values()))
        self.assertGreater(float(self.lab.configuration_loaded("db3", PORTS["tools"])), float(before))
        self.assertEqual(self.lab.postmaster_started("db3", PORTS["tools"]), started)
        self.window.dismiss()

    def all_of_them(self, command, states):
        """The command on every instance, chosen with Ctrl+A; prod asks for its name."""
        self.window.clear_filter()
        self.window.press("Ctrl+1", "Ctrl+A")
        until(lambda: len(self.window.table().selected_rows) == len(ALL), "every row being selected")
        review = self.window.command(command)
        self.assertEqual(review.targets.rows, len(ALL))
        self.assertFalse(review.dialog.first("Run", "push button").enabled, "prod is protected: its name is asked for")
        rows = review.run().wait(90)
        self.assertEqual([row["State"] for row in rows], [states] * len(ALL), rows)
        self.window.dismiss()

    def test_09_enter_is_cancel_where_it_is_dangerous(self):
        self.window.choose("trading", "db1")
        review = self.window.command("stop")
        self.assertIn("2 streaming", " ".join(review.dialog.first("What was found before").cell(i, 0).name
                                              for i in range(review.dialog.first("What was found before").rows)))
        self.console.press("Return")
        self.window.active()
        self.assertEqual(self.lab.clusters("db1")["trading"], "online")

    def test_10_reload_all(self):
        before = {(herd, host): float(self.lab.configuration_loaded(host, PORTS[herd])) for herd, host in ALL}
        self.all_of_them("reload", "done")
        for herd, host in ALL:
            self.assertGreater(float(self.lab.configuration_loaded(host, PORTS[herd])), before[herd, host])

    def test_11_restart_all(self):
        before = {(herd, host): float(self.lab.postmaster_started(host, PORTS[herd])) for herd, host in ALL}
        self.all_of_them("restart", "done")
        for herd, host in ALL:
            self.assertGreater(float(self.lab.postmaster_started(host, PORTS[herd])), before[herd, host])
        self.window.wait_states({key: "online" for key in ALL})

    def test_12_stop_all(self):
        self.all_of_them("stop", "done")
        self.window.wait_states({key: "offline" for key in ALL}, 15)
        for host in ("db1", "db2", "db3"):
            self.assertEqual({status.split(",")[0] for status in self.lab.clusters(host).values()}, {"down"})
        self.window.frame.wait(like="7 down", seconds=5)

    def test_13_start_all(self):
        self.all_of_them("start", "done")
        self.window.wait_states({key: "online" for key in ALL})
        for host in ("db1", "db2", "db3"):
            self.assertEqual({status.split(",")[0] for status in self.lab.clusters(host).values()}, {"online"})
        self.window.refresh()
        until(lambda: all(row["MB lag"].startswith("0") for row in self.window.instances().values() if row["Role"] == "replica"),
              lambda: f"every replica streaming again: {self.window.rows()}", 20)

    def test_14_the_record(self):
        table = self.window.page("Operations")
        titles = [row["Operation"] for row in table.all_rows()]
        self.assertTrue(titles[0].endswith("Start 7 instances"), titles)
        self.assertEqual(len(titles), 10, titles)
        self.console.press("Down", "Return")
        progress = self.console.dialog("Start 7 instances")
        self.assertEqual(progress.wait("What happens on each instance").rows, 7)
        self.window.dismiss()

    def test_15_pages_filter_and_details(self):
        self.window.page("Instances")
        self.window.filter("trading replica")
        until(lambda: set(self.window.instances()) == {("trading", "db2"), ("trading", "db3")}, lambda: str(self.window.rows()))
        self.console.press("Escape")
        until(lambda: len(self.window.rows()) == len(ALL), "Escape clearing the filter")
        self.window.choose("trading", "db2")
        self.window.frame.wait(like="trading on db2", role="label")
        self.window.clear_filter()
        self.assertEqual(self.window.page("Herds").rows, 3)
        self.assertEqual(self.window.page("Servers").rows, 3)
        self.assertEqual(self.window.page("Environments").rows, 2)
        self.assertEqual(self.window.page("Disaster recovery").rows, 3)


if __name__ == "__main__":
    main()
