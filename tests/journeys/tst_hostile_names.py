#!/usr/bin/python3
"""Names that were made to deceive: line breaks, tabs, a change of direction, markup, quotes and what a shell would run. They are shown as
text, in one line, said as they are shown, run nothing, and stay what they are in the inventory."""
import json
import os
import subprocess

from driver.console import program
from driver.journey import Journey, main
from driver.wait import until
from driver.window import Window

# As the inventory has it, and as the window shows it.
NAMES = {
    "new\nline": "new\u240aline",
    "a\ttab": "a\u2409tab",
    "safe\u202egnp.exe": "safe\\u{202E}gnp.exe",
    "<b>bold</b> &amp; <img src=x>": "<b>bold</b> &amp; <img src=x>",
    "'quote\" \\ %s %1 `touch hit` $(touch hit)": "'quote\" \\ %s %1 `touch hit` $(touch hit)",
}
ENVIRONMENT = "prod\u202e<i>x\n'"
SHOWN_ENVIRONMENT = "prod\\u{202E}<i>x\u240a'"
DESCRIPTION = "<a href='x'>first</a>\nsecond \u202eline $(touch hit)"
RAW = "\n\t\r\u202e\u2028"


class HostileNames(Journey):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        herd = {"environment": ENVIRONMENT, "baseName": "tools", "port": 5433, "description": DESCRIPTION,
                "dataDirectory": f"/var/lib/postgresql/{cls.lab.version}/tools", "members": [{"server": "db3"}]}
        cls.file = cls.inventory({"environments": [{"name": ENVIRONMENT, "description": DESCRIPTION}],
                                  "servers": [{"hostName": "db3", "environment": ENVIRONMENT}],
                                  "herds": [{"name": name, **herd} for name in NAMES]})
        cls.before = cls.exported()
        cls.start_console("--inventory", cls.file, "--ssh-config", cls.lab.ssh_config)
        cls.window = Window(cls.console)

    @classmethod
    def exported(cls):
        target = os.path.join(cls.desktop.root, "exported.json")
        if os.path.exists(target):
            os.remove(target)
        subprocess.run([program(), "--inventory", cls.file, "--export", target], env=cls.desktop.environment, check=True, timeout=60,
                       capture_output=True)
        with open(target, encoding="utf-8") as file:
            return json.load(file)

    def no_raw(self, texts, breaks=""):
        """Nothing that breaks a line or turns it around is in them, but for the breaks that are allowed."""
        for text in texts:
            found = [character for character in text if character in RAW and character not in breaks]
            self.assertFalse(found, repr(text))

    def test_01_tables(self):
        self.window.wait_states({(shown, "db3"): "online" for shown in NAMES.values()}, 40)
        for page in ("Instances", "Herds", "Servers", "Environments", "Disaster recovery"):
            self.window.page(page)
            rows = self.window.rows({"Disaster recovery": "Disaster recovery pairs"}.get(page, page))
            self.no_raw(text for row in rows for text in row.values())
            if page == "Herds":
                self.assertEqual({row["Herd"] for row in rows}, set(NAMES.values()))
            if page == "Environments":
                self.assertIn(SHOWN_ENVIRONMENT, [row["Environment"] for row in rows])

    def test_02_tree_and_drop_downs(self):
        tree = self.window.frame.wait("Constellation", "tree")
        said = [tree.cell(i, 0).name for i in range(tree.rows)]
        for shown in NAMES.values():
            self.assertTrue(any(text.startswith(f"{shown}, ") for text in said), (shown, said))
        self.no_raw(said)
        herds = next(node for node in self.window.frame.all("Herd", "combo box"))
        items = [child.name for node in herds.walk(into_tables=True) for child in [node] if node.role == "list item"]
        self.no_raw(items)
        for shown in NAMES.values():
            self.assertTrue(any(text.startswith(shown) for text in items), (shown, items))

    def test_03_details(self):
        for name, shown in NAMES.items():
            self.window.choose(shown, "db3", by=name.split("\n")[0].split("\t")[0].split("\u202e")[0])
            self.window.frame.wait(like=f"{shown} on db3", role="label")
            # A description may have lines; nothing else.
            self.no_raw((text for text in self.window.frame.texts() if "second" not in text), breaks="\n")
        self.window.clear_filter()

    def test_04_reload_them_all(self):
        self.window.press("Ctrl+1", "Ctrl+A")
        until(lambda: len(self.window.table().selected_rows) == len(NAMES), "every row being selected")
        review = self.window.command("reload")
        self.no_raw([review.title])
        targets = [" ".join(row.values()) for row in review.targets.all_rows()]
        self.no_raw(targets)
        for shown in NAMES.values():
            self.assertTrue(any(shown in text for text in targets), (shown, targets))
        loaded = float(self.lab.configuration_loaded("db3", 5433))
        progress = review.run()
        rows = progress.wait()
        self.assertEqual([row["State"] for row in rows], ["done"] * len(NAMES), rows)
        self.no_raw(text for row in rows for text in row.values())
        self.assertGreater(float(self.lab.configuration_loaded("db3", 5433)), loaded)
        self.window.dismiss()
        self.no_raw(text for row in self.window.page("Operations").all_rows() for text in row.values())

    def test_05_forms_keep_them(self):
        """A form that is opened, saved and closed changes nothing but what was typed."""
        self.window.page("Herds")
        table = self.window.table("Herds")
        for index in range(len(NAMES)):
            self.window.choose_row("Herds", index)
            self.window.press("F2")
            dialog = self.console.dialog("herd")
            self.no_raw([dialog.name])
            self.console.press("Ctrl+Return")
            until(lambda: not dialog.showing, lambda: f"the form being saved; it says {dialog.texts()}")
            self.window.active()
        self.assertEqual(table.rows, len(NAMES))
        after = self.exported()

        def described(document):
            """Herds and environments; what was seen of the members since then is another matter."""
            return [{**herd, "members": len(herd["members"])} for herd in document["herds"]], document["environments"], document["servers"]
        self.assertEqual({herd["name"] for herd in after["herds"]}, set(NAMES))
        self.assertEqual(described(after), described(self.before))

    def test_06_nothing_ran(self):
        for host in ("db3",):
            self.assertEqual(self.lab.ssh(host, "find / -xdev -name hit 2>/dev/null | head", check=False).strip(), "")
        for folder, _, files in os.walk(self.desktop.root):
            self.assertNotIn("hit", files, folder)
        self.assertNotIn("arning", self.console.words())


if __name__ == "__main__":
    main()
