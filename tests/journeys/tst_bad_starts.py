#!/usr/bin/python3
"""Starts on bad days, and what may never be touched: no session bus, a home that cannot be written, a disk that is full, read-only
mode, and names that were made to deceive. There is no keychain on this desktop in any journey. It works, or says why."""

from driver.journey import Journey, constellation, main
from driver.wait import Late, until
from driver.window import COMMANDS, Window

TOOLS = [("tools", 5433, ("db3", "db2"), "stage")]
ONLINE = {("tools", "db3"): "online", ("tools", "db2"): "online"}


class BadStarts(Journey):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.file = cls.inventory(constellation(cls.lab.version, TOOLS, ("db2", "db3")))
        cls.options = ["--ssh-config", cls.lab.ssh_config]

    def setUp(self):
        if self.console:
            self.console.end()

    def start(self, *options, **more):
        self.start_console(*options, *self.options, **more)
        self.window = Window(self.console)

    def said(self):
        """Everything that can be read in the window, in one text."""
        return "\n".join(self.window.frame.texts())

    def enabled(self, *names):
        return {name: self.window.frame.first(name, "push button").enabled for name in names}

    def test_01_no_session_bus(self):
        """There is nothing to read then: the accessibility interface is found over the session bus. So by keys alone, and the host is asked."""
        before = self.lab.configuration_loaded("db2", 5433)
        self.start_console("--inventory", self.file, *self.options, environment={"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"})

        def reloaded():
            self.assertIsNone(self.console.process.poll(), self.console.words())
            return self.lab.configuration_loaded("db2", 5433) != before

        def blindly():
            self.console.press("Escape", "Escape", "Ctrl+1", "Ctrl+F", "Ctrl+A")
            self.console.type("tools db2")
            self.console.press("Down", "Ctrl+Shift+L")
            try:
                # The review opens when it does; Run where there is none is nobody's key.
                return until(lambda: self.console.press("Alt+R") or reloaded(), "", 5, 0.5)
            except Late:
                return False
        until(blindly, lambda: f"the server being reloaded; the console says {self.console.words()}", 60)

    def test_02_read_only_mode(self):
        before = self.lab.clusters("db2")
        self.start("--inventory", self.file, "--read-only")
        self.window.clear_filter()  # of the start before: it is remembered
        self.window.wait_states(ONLINE, 40)
        self.window.choose("tools", "db2")
        self.window.frame.wait(like="ead-only", role="label")
        commands = ("Start", "Stop", "Restart", "Reload")
        self.assertEqual(self.enabled(*commands), {name: False for name in commands})
        for name in (*commands, "Edit", "Delete"):
            button = self.window.frame.first(name, "push button")
            self.assertFalse(button.enabled, name)
            self.assertIn("ead-only", button.description)
        tops = len(self.console.tops())
        for key in (*COMMANDS.values(), "Delete", "Ctrl+N"):
            self.window.press(key)
        self.window.clear_filter() # arrives after them
        self.assertEqual(len(self.console.tops()), tops, [node.name for node in self.console.tops()])
        self.assertEqual(self.lab.clusters("db2"), before)

    def test_03_read_only_home(self):
        home = self.desktop.file_system("ro")
        self.start("--inventory", self.file, within=home)
        self.window.wait_states(ONLINE, 40)

    def test_04_read_only_home_without_an_inventory(self):
        self.start(within=self.desktop.file_system("ro"))
        until(lambda: "cannot" in self.said() and self.desktop.home in self.said(), lambda: f"why there is no inventory being said: {self.said()}", 20)

    def test_05_full_disk(self):
        self.start("--inventory", self.file, within=self.desktop.file_system("full"))
        self.window.wait_states(ONLINE, 40)
        # What ran could not be recorded: then it does not run.
        before = self.lab.postmaster_started("db2", 5433)
        self.window.choose("tools", "db2")
        progress = self.window.command("restart").run()
        row = progress.wait()[0]
        self.assertNotIn("done", row["State"])
        self.assertRegex(" ".join(progress.dialog.texts()) + row["Last line"], "(?i)full|no space|cannot")
        self.assertEqual(self.lab.postmaster_started("db2", 5433), before)
        self.window.dismiss()

    def test_06_full_disk_without_an_inventory(self):
        self.start(within=self.desktop.file_system("full"))
        until(lambda: "full" in self.said().lower(), lambda: f"the full disk being named: {self.said()}", 20)


if __name__ == "__main__":
    main()
