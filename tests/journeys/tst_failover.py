#!/usr/bin/python3
"""By keyboard alone, in the real window: the key of the DNS is given, a primary hands over, its host is lost, a replica takes over, and the one
that was lost is made a replica again. What came of it is held against what the servers and the name server say themselves."""
import subprocess

from driver.journey import HERDS, constellation, main
from driver.aliases import AliasJourney
from driver.wait import until
from driver.window import Window

PORT = {herd: port for herd, port, _, _ in HERDS}["trading"]


class Failover(AliasJourney):
    name_of_pictures = "failover"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        facts = cls.lab.facts()
        cls.name = f"trading-vhost.{facts['zone']}"
        document = constellation(cls.lab.version, [herd for herd in HERDS if herd[0] == "trading"])
        document["herds"][0]["virtualHost"] = cls.name
        cls.start_console("--inventory", cls.inventory(document), "--ssh-config", cls.lab.ssh_config)
        cls.window = Window(cls.console)

    def points_to(self):
        return self.target_of(self.name)

    def point_elsewhere(self, host):
        facts = self.lab.facts()
        lines = [f"server {facts['dnsServer']}", f"zone {facts['zone']}", f"update delete {self.name} CNAME",
                 f"update add {self.name} 5 CNAME {host}.{facts['zone']}.", "send", ""]
        subprocess.run(["nsupdate", "-k", facts["tsigKeyFile"]], input="\n".join(lines), text=True, check=True)

    def window_rows(self, page):
        self.window.page(page)
        return self.window.rows(page)

    def followers(self, host):
        said = self.lab.sql(host, PORT, "select application_name from pg_stat_replication where state = 'streaming' order by 1")
        return said.split()

    def ask_for(self, keys, title):
        self.window.press(keys)
        dialog = self.console.dialog(title)
        dialog.wait("Member to take over")
        return dialog

    # Names with numbers: they build on each other, in this order.

    def test_01_the_key_is_given(self):
        self.window.wait_states({("trading", "db1"): "online", ("trading", "db2"): "online", ("trading", "db3"): "online"}, 40)
        self.give_dns_key()

    def test_02_switch_over(self):
        self.assertEqual(self.points_to(), "db1")
        self.window.choose("trading", "db2")
        dialog = self.ask_for("Ctrl+Shift+W", "Switch over to trading on db2")
        self.assertTrue(dialog.first(like="follows the new one at once").has("checked"))
        self.picture("switchover-choose")
        self.console.press("Alt+L")
        review = self.window.review()
        self.picture("switchover")
        self.assertFalse([line for line in review.findings if line.startswith("blocker")], review.findings)
        self.assertTrue(any(f"Point {self.name} to" in step for step in review.steps), review.steps)
        rows = self.ended_well(review.run())
        self.picture("switchover-done")
        self.assertTrue(any(row["Step"].startswith("Hand over from") for row in rows), rows)
        self.window.dismiss()
        self.assertEqual(self.lab.sql("db2", PORT, "select pg_is_in_recovery()"), "f")
        self.assertEqual(self.followers("db2"), ["db1", "db3"])
        self.assertEqual(self.points_to(), "db2")

    def test_03_fail_over(self):
        self.lab.run("kill", "db2")
        self.window.refresh()
        self.window.wait_states({("trading", "db2"): "un(reachable|known)"}, 60)
        self.picture("lost")
        self.window.choose("trading", "db1")
        self.ask_for("Ctrl+Shift+X", "Fail over to trading on db1")
        self.console.press("Alt+L")
        review = self.window.review(120)
        self.picture("failover")
        blockers = [line for line in review.findings if line.startswith("blocker")]
        self.assertEqual(len(blockers), 1, blockers)
        self.assertIn("split-brain", blockers[0])
        self.assertTrue(any("loss" in line for line in review.findings), review.findings)
        self.assertFalse(review.dialog.first("Run", "push button").enabled)
        self.console.wait_focus("type your reason")
        self.console.type("its power is off")
        self.console.press("Tab")
        self.ended_well(review.run())
        self.picture("failover-done")
        self.window.dismiss()
        self.assertEqual(self.lab.sql("db1", PORT, "select pg_is_in_recovery()"), "f")
        self.assertEqual(self.followers("db1"), ["db3"])
        self.assertEqual(self.points_to(), "db1")

    def test_04_the_lost_one_comes_back(self):
        self.lab.run("start", "db2")
        self.window.clear_filter()
        self.window.refresh()
        self.window.wait_states({("trading", "db2"): "online"}, 60)
        self.picture("two-primaries")
        self.window.choose("trading", "db2")
        review = self.window.replicate("demote")
        self.picture("demote")
        self.assertTrue(any("timeline" in line and line.startswith("warning") for line in review.findings), review.findings)
        self.ended_well(review.run())
        self.window.dismiss()
        until(lambda: self.followers("db1") == ["db2", "db3"], lambda: str(self.followers("db1")), 30)

    def test_05_and_back_from_the_page_of_pairs(self):
        self.window.clear_filter()
        self.window.page("Disaster recovery")
        until(lambda: [row["Points to"].split(".")[0] for row in self.window.rows("Disaster recovery pairs")] == ["db1"],
              lambda: f"the name pointing to db1 in {self.window.rows('Disaster recovery pairs')}", 30)
        self.picture("pairs")
        self.window.choose_row("Disaster recovery", 0)
        dialog = self.ask_for("Ctrl+Shift+W", "Switch over to trading on")
        members = dialog.wait("Member to take over")
        rows = [members.cell(i, 0).name for i in range(members.rows)]
        wanted = next(i for i, row in enumerate(rows) if "db2" in row)
        present = until(lambda: members.selected_rows, "a member being proposed")[0]
        self.console.press(*["Down" if wanted > present else "Up"] * abs(wanted - present))
        until(lambda: members.selected_rows == [wanted], lambda: f"db2 being chosen: {members.selected_rows} of {rows}")
        self.console.press("Alt+F")  # the old one is left off
        self.console.press("Alt+L")
        self.ended_well(self.window.review().run())
        self.window.dismiss()
        self.assertEqual(self.points_to(), "db2")
        self.assertEqual(self.followers("db2"), ["db3"])
        self.assertIsNone(self.lab.postmaster("db1", "trading"))
        self.window.clear_filter()

    def test_06_the_server_is_drained(self):
        self.window.page("Instances")
        self.window.wait_states({("trading", "db2"): "online", ("trading", "db1"): "offline"}, 30)
        servers = [row["Server"] for row in self.window_rows("Servers")]
        self.window.choose_row("Servers", servers.index("db2"))
        dialog = self.ask_for("Ctrl+Shift+Y", "Drain db2")
        self.picture("drain-choose")
        members = dialog.wait("Member to take over")
        self.assertEqual(["db3" in members.cell(i, 0).name for i in members.selected_rows], [True])
        self.console.press("Alt+L")
        review = self.window.review()
        self.picture("drain")
        self.assertEqual(review.title, "Drain db2: switch over 1 herd")
        self.ended_well(review.run())
        self.picture("drain-done")
        self.window.dismiss()
        self.assertEqual(self.points_to(), "db3")
        self.assertEqual(self.followers("db3"), ["db2"])

    def test_07_a_name_that_points_elsewhere(self):
        self.point_elsewhere("db1")
        self.assertEqual(self.points_to(), "db1")
        self.window.choose_row("Disaster recovery", 0)
        self.window.press("Ctrl+Shift+N")
        review = self.window.review()
        self.picture("refresh-dns")
        self.assertTrue(any("db1" in line and "not the primary" in line for line in review.findings), review.findings)
        self.ended_well(review.run())
        self.window.dismiss()
        self.assertEqual(self.points_to(), "db3")
        self.window.clear_filter()
        self.picture("end")


if __name__ == "__main__":
    main()
