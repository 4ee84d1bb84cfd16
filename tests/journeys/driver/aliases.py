"""What journeys that move names have in common: the key of the DNS is given, names are looked up, pictures are taken."""
import os
import re
import subprocess

from .journey import Journey
from .wait import until


class AliasJourney(Journey):
    name_of_pictures = ""
    window = None

    def picture(self, name):
        self.desktop.screenshot(os.path.join(os.environ.get("ELEPHAAS_PICTURES", self.desktop.root), f"{self.name_of_pictures}-{name}.png"))

    @staticmethod
    def target_of(name):
        """Where a name points, as another client of the DNS sees it: the first label."""
        said = subprocess.run(["dig", "+short", "+tries=1", "+time=2", name, "CNAME"], capture_output=True, text=True, check=False).stdout
        return said.split(".")[0]

    def ended_well(self, progress, seconds=180):
        rows = progress.wait(seconds)
        self.assertLessEqual({row["State"] for row in rows}, {"done", "done, look", "already so", "skipped", "not needed"}, rows)
        return rows

    def give_dns_key(self):
        with open(self.lab.facts()["tsigKeyFile"], encoding="ascii") as file:
            key, secret = re.search(r'key "([^"]+)".*secret "([^"]+)"', file.read(), re.DOTALL).groups()
        self.window.press("Ctrl+comma")
        dialog = self.console.dialog("Preferences of the team")
        until(lambda: dialog.first("Save", "push button").enabled, "the settings being read")
        self.console.press("Alt+D", "Alt+K")
        self.console.wait_focus("Key")
        self.console.type(key)
        self.console.press("Alt+T")
        self.console.wait_focus("Secret")
        self.console.type(secret)
        self.picture("dns")
        self.assertNotIn(secret, self.console.outline())
        self.console.press("Alt+S")
        # The desktop's keychain asks for a password of its own, which nobody gives: then the secret is not kept, and that is said.
        until(lambda: not self.window.frame.has("active") and len(self.console.tops()) == 1, "the keychain asking for a password", 30)
        self.picture("keychain")

        # It has the keyboard a moment after the window lost it: a key that comes too early is nobody's.
        def is_given_up():
            if self.window.frame.has("active"):
                return self.window.frame.first(like="known only until the console is closed")
            self.console.press("Escape")
            return None
        until(is_given_up, "the keychain being given up", 60, 0.5)
        self.picture("not-kept")
