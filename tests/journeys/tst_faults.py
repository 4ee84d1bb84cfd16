#!/usr/bin/python3
"""Bad days of hosts and of the console: a power cut, a server process that hangs, and a console that is killed in the middle."""
import time

from driver.console import Console
from driver.journey import HERDS, Journey, constellation, main
from driver.wait import until
from driver.window import Window

ALL = [(herd, host) for herd, _, hosts, _ in HERDS for host in hosts]
ON_DB2 = [key for key in ALL if key[1] == "db2"]
ELSEWHERE = [key for key in ALL if key[1] != "db2"]


class Faults(Journey):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.file = cls.inventory(constellation(cls.lab.version))
        cls.open()

    @classmethod
    def open(cls):
        cls.start_console("--inventory", cls.file, "--ssh-config", cls.lab.ssh_config)
        cls.window = Window(cls.console)

    def signal(self, name, host, cluster):
        process = self.lab.postmaster(host, cluster)
        self.lab.run("exec", host, "kill", f"-{name}", str(process))

    def test_01_power_cut(self):
        self.window.wait_states({key: "online" for key in ALL}, 40)
        self.lab.run("kill", "db2")
        self.window.refresh()
        begun = time.monotonic()
        # What is reachable is seen anew at once, and does not wait for what is not.
        until(lambda: all(self.seen(key) <= time.monotonic() - begun for key in ELSEWHERE), "the other hosts being seen anew", 15)
        self.window.wait_states({**{key: "unreachable" for key in ON_DB2}, **{key: "online" for key in ELSEWHERE}}, 45)

    def seen(self, key):
        """How many seconds ago, as the table says it."""
        text = self.window.instances()[key]["Seen"]
        return int("".join(c for c in text if c.isdigit()) or 0) if " s" in text else 1e9

    def test_02_power_again(self):
        self.lab.run("start", "db2")
        self.window.refresh()
        self.window.wait_states({key: "online" for key in ALL}, 45)

    def sent(self, progress):
        """Waits until the command is on the host, where nobody answers it."""
        until(lambda: any("Sent" in row["Last line"] for row in progress.rows()), lambda: str(progress.rows()), 20)

    def test_03_cancel_what_hangs(self):
        self.signal("STOP", "db3", "tools")
        self.window.choose("tools", "db3")
        progress = self.window.command("stop").run()
        self.sent(progress)
        self.console.press("Alt+C")
        row = progress.wait(40)[0]
        # The stop was sent, the server has not obeyed yet: neither done nor undone, and not "not run".
        self.assertRegex(row["State"], "cancelled|unknown")
        self.assertIn("may still take effect", row["Last line"])
        self.assertNotIn("Not run", " ".join(progress.dialog.texts()))
        self.window.dismiss()
        self.window.clear_filter()
        # Whether it runs, nobody can say while it is frozen.
        self.window.wait_states({("tools", "db3"): "unknown"}, 20)

    def test_04_what_was_sent_takes_effect(self):
        self.signal("CONT", "db3", "tools")
        until(lambda: self.lab.clusters("db3")["tools"] == "down", "the host saying that it is down", 20, 0.5)
        self.window.refresh()
        self.window.wait_states({("tools", "db3"): "offline", ("tools", "db2"): "online"}, 20)
        self.window.choose("tools", "db3")
        self.assertEqual(self.window.command("start").run().wait()[0]["State"], "done")
        self.window.dismiss()
        self.assertEqual(self.lab.clusters("db3")["tools"], "online")

    def test_05_console_dies_in_the_middle(self):
        self.signal("STOP", "db2", "trading")
        self.window.choose("trading", "db2")
        self.sent(self.window.command("stop").run())
        self.console.kill()
        self.open()
        self.window.frame.wait(like="did not come to an end", seconds=20)
        self.window.clear_filter()
        rows = self.window.page("Operations").all_rows()
        self.assertIn("unknown", rows[0]["State"], rows[0])
        self.signal("CONT", "db2", "trading")
        until(lambda: self.lab.clusters("db2")["trading"].startswith("down"), "the stop that was sent taking effect", 20, 0.5)
        self.window.page("Instances")
        self.window.refresh()
        self.window.wait_states({("trading", "db2"): "offline"}, 20)


if __name__ == "__main__":
    main()
