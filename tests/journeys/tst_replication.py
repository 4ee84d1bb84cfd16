#!/usr/bin/python3
"""By keyboard alone, in the real window, on real hosts: who follows whom is changed. Each review is read before it is run, and what came of
it is held against what the servers say themselves."""
import os

from driver.journey import HERDS, Journey, constellation, main
from driver.wait import until
from driver.window import Window

PORTS = {herd: port for herd, port, _, _ in HERDS}


class Replication(Journey):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # A third member of "orders" that nobody has made yet.
        herds = [(name, port, hosts + ("db3",) if name == "orders" else hosts, where) for name, port, hosts, where in HERDS]
        cls.file = cls.inventory(constellation(cls.lab.version, herds))
        cls.open()

    @classmethod
    def open(cls):
        cls.start_console("--inventory", cls.file, "--ssh-config", cls.lab.ssh_config)
        cls.window = Window(cls.console)

    def picture(self, name):
        self.desktop.screenshot(os.path.join(os.environ.get("ELEPHAAS_PICTURES", self.desktop.root), f"replication-{name}.png"))

    def followers(self, herd, host):
        """Who streams from a member, by application_name."""
        said = self.lab.sql(host, PORTS[herd], "select application_name from pg_stat_replication where state = 'streaming' order by 1")
        return said.split()

    def run_through(self, review, seconds=180):
        """Runs what was reviewed; the rows of its progress. Nothing may fail."""
        rows = review.run().wait(seconds)
        states = {row["State"] for row in rows}
        self.assertLessEqual(states, {"done", "done, look", "already so", "skipped", "not needed"}, rows)
        self.window.dismiss()
        return rows

    def role(self, herd, host, role):
        self.window.clear_filter()
        self.window.page("Instances")
        until(lambda: self.window.instances().get((herd, host), {}).get("Role", "").startswith(role),
              lambda: f"{herd} on {host} being a {role}: {self.window.instances().get((herd, host))}", 30)

    # Names with numbers: they build on each other, in this order.

    def test_01_what_cannot_be_done_says_why(self):
        self.window.wait_states({("trading", "db1"): "online", ("trading", "db3"): "online", ("orders", "db2"): "online"}, 40)
        self.window.choose("trading", "db1")
        until(lambda: any("only primary of its herd" in text for text in self.window.frame.texts()), "the reason why it cannot be demoted")
        self.picture("why-not")

    def test_02_promote(self):
        self.window.choose("trading", "db3")
        review = self.window.replicate("promote")
        self.assertIn("Promote trading on db3", review.title)
        self.assertTrue(any("two-primaries" in line and line.startswith("warning") for line in review.findings), review.findings)
        self.assertIn("pg_ctlcluster", review.commands)
        self.assertIn("Inventory: trading on db3 follows nobody from now on.", review.commands)
        self.picture("promote")
        self.console.press("Return")  # dangerous: Enter is Cancel
        self.window.active()
        self.assertEqual(self.lab.sql("db3", PORTS["trading"], "select pg_is_in_recovery()"), "t")
        self.run_through(self.window.replicate("promote"))
        self.assertEqual(self.lab.sql("db3", PORTS["trading"], "select pg_is_in_recovery()"), "f")
        self.role("trading", "db3", "primary")
        self.lab.sql("db3", PORTS["trading"], "create table lost(); checkpoint")

    def test_03_demote(self):
        self.window.choose_member("trading", "db3")
        review = self.window.replicate("demote")
        self.assertTrue(review.dialog.first(like="erases what was written there"), review.dialog.outline())
        self.assertTrue(any("Rewind" in step for step in review.steps), review.steps)
        self.picture("demote")
        self.run_through(review)
        until(lambda: self.followers("trading", "db1") == ["db2", "db3"], lambda: str(self.followers("trading", "db1")), 30)
        self.assertEqual(self.lab.sql("db3", PORTS["trading"], "select to_regclass('lost') is null"), "t")
        self.role("trading", "db3", "replica")

    def test_04_follow_another_member(self):
        self.window.choose("trading", "db3")

        def follow_db2(dialog):
            members = dialog.wait("Member to follow")
            rows = [members.cell(i, 0).name for i in range(members.rows)]
            self.assertTrue(any("db3" in row and "would be a circle" in row for row in rows), rows)
            self.picture("follow-choose")
            until(lambda: any("db2" in rows[i] for i in members.selected_rows), lambda: f"db2 being proposed: {members.selected_rows} of {rows}")
        review = self.window.replicate("follow", follow_db2)
        self.picture("follow")
        self.assertIn("Inventory: trading on db3 follows trading on db2 from now on.", review.commands)
        self.run_through(review)
        until(lambda: self.followers("trading", "db2") == ["db3"], lambda: str(self.followers("trading", "db2")), 30)
        self.assertEqual(self.followers("trading", "db1"), ["db2"])

    def copy(self, dialog):
        dialog.wait("Member to copy from")
        self.picture("rebuild-choose")
        self.console.press("Alt+C")
        until(lambda: dialog.first(like="Copy:").has("checked"), "a copy being chosen")

    def test_05_rebuild(self):
        self.window.choose("trading", "db3")
        before = self.lab.ssh("db3", f"stat -c %i /var/lib/postgresql/{self.lab.version}/trading").strip()
        review = self.window.replicate("rebuild", self.copy)
        self.assertTrue(review.dialog.first(like="Erases the data of trading on db3"), review.dialog.outline())
        self.assertTrue(any("Swap the copy" in step for step in review.steps), review.steps)
        self.picture("rebuild")
        self.run_through(review)
        until(lambda: self.followers("trading", "db1") == ["db2", "db3"], lambda: str(self.followers("trading", "db1")), 30)
        after = self.lab.ssh("db3", f"stat -c %i /var/lib/postgresql/{self.lab.version}/trading").strip()
        self.assertNotEqual(after, before)

    def test_06_initialise(self):
        self.window.choose("orders", "db3")
        review = self.window.replicate("initialise", lambda dialog: dialog.wait("Member to copy from") and self.picture("initialise-choose"))
        self.assertTrue(review.dialog.first(like="Makes the data directory of orders on db3"), review.dialog.outline())
        self.picture("initialise")
        self.run_through(review)
        until(lambda: "db3" in self.followers("orders", "db2"), lambda: str(self.followers("orders", "db2")), 30)
        self.role("orders", "db3", "replica")

    def test_07_a_state_that_changed_is_refused(self):
        self.window.choose("trading", "db2")
        review = self.window.replicate("promote")
        self.lab.ssh("db2", f"pg_ctlcluster {self.lab.version} trading stop -m fast")
        self.console.type("trading")
        until(lambda: review.dialog.first("Run", "push button").enabled, "Run being possible after the name was typed")
        self.console.press("Alt+R")
        changed = review.dialog.wait(like="The state changed since you looked", seconds=40)
        self.assertTrue(changed.showing)
        self.picture("changed")
        self.assertTrue(any(line.startswith("blocker") for line in review.findings), review.findings)
        self.assertFalse(review.dialog.first("Run", "push button").enabled)
        self.window.dismiss()
        self.lab.ssh("db2", f"pg_ctlcluster {self.lab.version} trading start")
        self.assertEqual(self.lab.sql("db2", PORTS["trading"], "select pg_is_in_recovery()"), "t")

    def test_08_the_record_has_it_all(self):
        self.window.clear_filter()
        table = self.window.page("Operations")
        titles = [row["Operation"] for row in table.all_rows()]
        self.assertEqual(len(titles), 5, titles)
        self.assertIn("Initialise", titles[0])
        # The proof, in what was recorded: who streams where.
        self.window.choose_row("Operations", 1)
        self.console.press("Return")
        record = self.console.dialog("Rebuild")
        rows = record.wait("What happens on each instance").all_rows()
        self.assertTrue(any('db1 shows "db3" in state "streaming".' in row["Last line"] for row in rows), rows)
        self.picture("record")
        self.window.dismiss()

    def checkpointer(self, signal):
        """Of trading on db1: a copy begins with a checkpoint."""
        self.lab.run("exec", "db1", "sh", "-c", f"kill -{signal} $(pgrep -f '[t]rading: checkpointer')")

    def test_09_the_console_dies_in_a_rebuild(self):
        self.window.choose("trading", "db3")
        review = self.window.replicate("rebuild", self.copy)
        self.checkpointer("STOP")
        progress = review.run()
        until(lambda: any(row["Step"].startswith("Copy") and row["State"] == "running" for row in progress.rows()), lambda: str(progress.rows()), 30)
        self.console.kill()
        self.checkpointer("CONT")
        self.open()
        self.window.frame.wait(like="did not come to an end", seconds=20)
        self.window.choose_row("Operations", 0)
        self.console.press("Return")
        dialog = self.console.dialog("Unfinished operations")
        steps = dialog.wait("Steps: what was recorded, and what holds now")
        until(lambda: any("does not hold" in row["Now"] for row in steps.all_rows()), lambda: str(steps.all_rows()), 30)
        self.picture("unfinished")
        self.console.press("Alt+C")
        review = self.window.review()
        self.assertIn("Continue: Rebuild", review.title)
        self.picture("continue")
        self.run_through(review)
        until(lambda: self.followers("trading", "db1") == ["db2", "db3"], lambda: str(self.followers("trading", "db1")), 30)
        left = self.lab.ssh("db3", f"ls -d /var/lib/postgresql/{self.lab.version}/trading.* 2>/dev/null", check=False).strip()
        self.assertEqual(left, "")


if __name__ == "__main__":
    main()
