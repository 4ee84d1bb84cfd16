#!/usr/bin/python3
"""Host keys as OpenSSH treats them: a new one is shown with its fingerprint and asked for, a changed one is refused with the way to
mend it."""
import os
import re

from driver.journey import Journey, constellation, main
from driver.wait import until
from driver.window import REFRESH_ALL, Window

TOOLS = [("tools", 5433, ("db3", "db2"), "stage")]


class HostKeys(Journey):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.known = os.path.join(cls.desktop.root, "known_hosts")
        config = os.path.join(cls.desktop.root, "ssh_config")
        with open(cls.lab.ssh_config, encoding="utf-8") as source, open(config, "w", encoding="utf-8") as out:
            text = re.sub(r"UserKnownHostsFile .*", f"UserKnownHostsFile {cls.known}", source.read())
            out.write(re.sub(r"StrictHostKeyChecking .*", "StrictHostKeyChecking ask", text))
        file = cls.inventory(constellation(cls.lab.version, TOOLS, ("db2", "db3")))
        cls.start_console("--inventory", file, "--ssh-config", config)
        cls.window = Window(cls.console)

    def fingerprint(self, host):
        return self.lab.run("exec", host, "ssh-keygen", "-lf", "/run/lab/hostkey.pub").split()[1]

    def test_01_reject(self):
        for _ in range(2):
            dialog = self.console.dialog("New host key of", 30)
            host = dialog.name.split()[-1]
            self.assertEqual(dialog.wait("Fingerprint of the host key").text, self.fingerprint(host))
            self.console.press("Return")  # the safe answer
            until(lambda: not dialog.showing, "the question being closed")
        self.window.wait_states({("tools", "db2"): "unreachable", ("tools", "db3"): "unreachable"}, 20)
        self.assertFalse(os.path.exists(self.known) and os.path.getsize(self.known))

    def test_02_accept(self):
        self.console.press("Ctrl+1", REFRESH_ALL)
        for _ in range(2):
            dialog = self.console.dialog("New host key of", 30)
            self.console.press("Alt+A")
            until(lambda: not dialog.showing, "the question being closed")
        self.window.wait_states({("tools", "db2"): "online", ("tools", "db3"): "online"}, 30)
        with open(self.known, encoding="utf-8") as file:
            self.assertEqual(len(file.readlines()), 2)

    def test_03_changed(self):
        self.lab.run("rekey", "db2")
        # What holds a session with the old key: gone with the server's process.
        self.lab.run("kill", "db2")
        self.lab.run("start", "db2")
        self.console.press(REFRESH_ALL)
        self.window.wait_states({("tools", "db2"): "unreachable", ("tools", "db3"): "online"}, 60)
        self.window.choose("tools", "db2")
        # The remedy, ready to be copied.
        until(lambda: any("ssh-keygen -f" in text and '-R "db2"' in text for text in self.window.frame.texts()),
              lambda: f"the remedy being said: {self.window.frame.texts()}")


if __name__ == "__main__":
    main()
