#!/usr/bin/python3
"""By keyboard alone, in the real window: many herds hand over in one plan, one that cannot is left alone with a reason, and a server is drained.
With whatever herds the lab has."""
from collections import Counter

from driver.journey import constellation, main
from driver.aliases import AliasJourney
from driver.wait import until
from driver.window import Window


class Many(AliasJourney):
    name_of_pictures = "many"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        facts = cls.lab.facts()
        cls.herds = {herd["name"]: herd for herd in facts["herds"]}
        document = constellation(cls.lab.version, [(herd["name"], herd["port"], herd["hosts"], "prod") for herd in facts["herds"]])
        for herd in document["herds"]:
            herd["virtualHost"] = cls.herds[herd["name"]]["virtualHost"]
        cls.start_console("--inventory", cls.inventory(document), "--ssh-config", cls.lab.ssh_config)
        cls.window = Window(cls.console)
        cls.patience = 60 + 20 * len(cls.herds)

    def primary(self, name):
        """Who runs as primary, as the servers say: one, and all others stream from it."""
        herd = self.herds[name]
        found = [host for host in herd["hosts"] if self.lab.sql(host, herd["port"], "select pg_is_in_recovery()") == "f"]
        self.assertEqual(len(found), 1, name)
        follow = self.lab.sql(found[0], herd["port"], "select application_name from pg_stat_replication where state = 'streaming'").split()
        self.assertEqual(sorted(follow + found), sorted(herd["hosts"]), name)
        self.assertEqual(self.target_of(herd["virtualHost"]), found[0], name)
        return found[0]

    def primaries(self):
        return {name: self.primary(name) for name in self.herds}

    def on_replicas(self, name, statement):
        herd = self.herds[name]
        for host in herd["hosts"]:
            if host != self.primary(name):
                self.lab.sql(host, herd["port"], statement)

    def choose_all(self):
        table = self.window.page("Disaster recovery")
        until(lambda: table.rows == len(self.herds), lambda: f"a row for each herd: {table.rows}")
        self.window.press("Escape", "Ctrl+Home", "Ctrl+A")
        until(lambda: len(table.selected_rows) == len(self.herds), lambda: f"all being selected: {table.selected_rows}")

    def plan(self, keys, title):
        self.window.press(keys)
        dialog = self.console.dialog(title)
        dialog.wait("Look at the servers and plan")
        self.picture(f"{title.split()[0].lower()}-choose")
        self.console.press("Alt+L")
        return self.window.review(self.patience)

    # Names with numbers: they build on each other, in this order.

    def test_01_the_key_is_given(self):
        self.window.wait_states({(herd["name"], host): "online" for herd in self.herds.values() for host in herd["hosts"]}, self.patience)
        self.give_dns_key()

    def test_02_all_switch_over_in_one_plan(self):
        before = self.primaries()
        self.choose_all()
        self.picture("pairs")
        review = self.plan("Ctrl+Shift+W", "Switch over to")
        self.picture("review")
        self.assertEqual(review.title, f"Switch over {len(self.herds)} herds")
        self.assertFalse([line for line in review.findings if line.startswith("blocker")], review.findings)
        progress = review.run()
        self.picture("running")
        self.ended_well(progress, self.patience)
        self.picture("done")
        self.window.dismiss()
        after = self.primaries()
        self.assertFalse([name for name in self.herds if after[name] == before[name]])

    def test_03_one_that_cannot_is_left_alone(self):
        before = self.primaries()
        alone = next(iter(self.herds))
        self.on_replicas(alone, "select pg_wal_replay_pause()")
        try:
            self.choose_all()
            review = self.plan("Ctrl+Shift+W", "Switch over to")
            self.picture("one-cannot")
            blockers = [line for line in review.findings if line.startswith("blocker")]
            self.assertTrue(blockers and all(alone in line for line in blockers), blockers)
            self.assertFalse(review.dialog.first("Run", "push button").enabled)
            self.console.wait_focus("type your reason")
            self.console.type("it waits for its auditor")
            self.console.press("Tab")
            self.picture("one-is-left-alone")
            self.ended_well(review.run(), self.patience)
            self.window.dismiss()
        finally:
            self.on_replicas(alone, "select pg_wal_replay_resume()")
        after = self.primaries()
        self.assertEqual([name for name in self.herds if after[name] == before[name]], [alone])

    def test_04_a_server_is_drained(self):
        self.window.clear_filter()
        before = self.primaries()
        host, count = Counter(before.values()).most_common(1)[0]
        self.window.refresh()
        self.window.page("Servers")
        servers = [row["Server"] for row in self.window.rows("Servers")]
        self.window.choose_row("Servers", servers.index(host))
        review = self.plan("Ctrl+Shift+Y", f"Drain {host}")
        self.picture("drain")
        self.assertEqual(review.title, f"Drain {host}: switch over {count} herd{'s' if count > 1 else ''}")
        self.ended_well(review.run(), self.patience)
        self.picture("drained")
        self.window.dismiss()
        after = self.primaries()
        self.assertNotIn(host, after.values())
        for name, was in before.items():
            if was != host:
                self.assertEqual(after[name], was)

    def test_05_the_help_is_one_key_away(self):
        self.window.page("Disaster recovery")
        self.window.press("F1")
        help_ = self.console.dialog("Help: DR pair")
        pages = help_.wait("Pages", "list")
        self.assertEqual(len(pages.children), 16)
        self.console.press("Shift+Tab", "Return")  # the last link of the page
        self.console.dialog("Help: The name of a herd")
        self.picture("help")
        self.console.press("Alt+B")
        self.console.dialog("Help: DR pair")
        self.window.dismiss()


if __name__ == "__main__":
    main()
