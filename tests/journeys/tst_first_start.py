#!/usr/bin/python3
"""An engineer who has nothing yet: an empty inventory, and by keyboard alone an environment, servers, a herd and its members, which are
then seen as they are."""
import os

from driver.journey import Journey, main
from driver.wait import until
from driver.window import REFRESH_ALL, Window


class FirstStart(Journey):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.file = os.path.join(cls.desktop.root, "first", "inventory.sqlite")
        cls.start_console("--inventory", cls.file, "--ssh-config", cls.lab.ssh_config)
        cls.window = Window(cls.console)

    def form(self, key, title, *fields):
        """Opens a form by its key, goes to each field by its letter (Alt+N …), types, and saves with Ctrl+Enter."""
        self.window.press(key)
        dialog = self.console.dialog(title)
        for letter, value in fields:
            self.console.press(f"Alt+{letter}")
            editor = until(self.console.focus, "a field having the keyboard")
            if editor.has("editable") and editor.text:
                self.console.press("Delete") # what was there is selected
            self.console.type(value)
            editor = self.console.focus()
            # A choice may add what tells it apart: "tools (stage)".
            until(lambda: value == editor.text or editor.text.startswith(f"{value} ("), lambda: f"{editor.name} saying {value!r}; it says {editor.text!r}")
            self.console.press("Tab") # away from its completions
        self.console.press("Ctrl+Return")
        until(lambda: not dialog.showing, lambda: f"the form being saved; it says {dialog.texts()}")
        self.window.active()

    def test_01_start_page(self):
        self.window.frame.wait("The inventory is empty", seconds=20)
        button = self.window.frame.wait("Add an environment…", "push button")
        self.assertTrue(button.enabled)
        self.assertTrue(os.path.exists(self.file), "the inventory is made at the first start")

    def test_02_forms(self):
        self.form("Ctrl+Shift+M", "environment", ("N", "stage"), ("D", "The rehearsal"))
        for host in ("db2", "db3"):
            self.form("Ctrl+Shift+V", "server", ("H", host), ("E", "stage"))
        self.form("Ctrl+Shift+H", "herd", ("N", "tools"), ("E", "stage"), ("P", "5433"),
                  ("I", f"/var/lib/postgresql/{self.lab.version}/tools"))
        self.form("Ctrl+N", "instance", ("H", "tools"), ("V", "db3"))
        self.form("Ctrl+N", "instance", ("H", "tools"), ("V", "db2"), ("U", "db3"))

    def test_03_seen_as_they_are(self):
        self.window.press("Ctrl+1", REFRESH_ALL)
        self.window.wait_states({("tools", "db3"): "online", ("tools", "db2"): "online"}, 40)
        rows = self.window.instances()
        self.assertEqual(rows["tools", "db3"]["Role"], "primary")
        self.assertEqual(rows["tools", "db2"]["Role"], "replica")
        self.assertEqual(rows["tools", "db2"]["Upstream"], "db3")
        self.assertTrue(rows["tools", "db2"]["Version"].startswith(self.lab.version))

    def test_04_the_other_pages_know_them(self):
        for page, key, name in (("Herds", "Herd", "tools"), ("Servers", "Server", "db2"), ("Environments", "Environment", "stage")):
            table = self.window.page(page)
            said = [" ".join(row.values()) for row in table.all_rows()]
            self.assertTrue(any(name in text for text in said), said)


if __name__ == "__main__":
    main()
