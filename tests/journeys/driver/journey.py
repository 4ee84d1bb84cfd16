"""What every journey stands on: the desktop, the lab and the console; a picture and the tree when something is not as it should be."""
import os
import sys
import time
import unittest

from . import tree
from .console import Console, write_inventory
from .desktop import Desktop
from .keyboard import Keyboard
from .lab import Lab

HERDS = [("trading", 5432, ("db1", "db2", "db3"), "prod"), ("orders", 5434, ("db2", "db1"), "prod"), ("tools", 5433, ("db3", "db2"), "stage")]
HERD_OPTIONS = [f"{name}:{port}:{','.join(hosts)}" for name, port, hosts, _ in HERDS]


def constellation(version, herds=None, hosts=("db1", "db2", "db3")):
    """The inventory document of the lab's herds; the first host of a herd is its primary."""
    herds = HERDS if herds is None else herds
    environments = sorted({herd[3] for herd in herds})
    return {
        "environments": [{"name": name} for name in environments],
        "servers": [{"hostName": host, "environment": environments[0] if host != "db3" else environments[-1]} for host in hosts],
        "herds": [{
            "name": name, "environment": environment, "port": port, "dataDirectory": f"/var/lib/postgresql/{version}/{name}",
            "members": [{"server": host, **({"upstream": members[0]} if host != members[0] else {})} for host in members],
        } for name, port, members, environment in herds],
    }


class Journey(unittest.TestCase):
    maxDiff = None
    size = "1440x900"

    @classmethod
    def setUpClass(cls):
        cls.lab = Lab()
        # To look at the pictures: another theme, another scale (ELEPHAAS_THEME=dark ELEPHAAS_SCALE=2).
        cls.look = ["--theme", os.environ["ELEPHAAS_THEME"]] if "ELEPHAAS_THEME" in os.environ else []
        scale = int(os.environ.get("ELEPHAAS_SCALE", "1"))
        cls.desktop = Desktop("x".join(str(int(side) * scale) for side in cls.size.split("x")), scale)
        cls.addClassCleanup(cls.desktop.close)
        os.environ.update(cls.desktop.environment)
        tree.connect()
        cls.keyboard = Keyboard(cls.desktop.display)
        cls.console = None

    def run(self, result=None):
        before = len(result.failures) + len(result.errors)
        begun = time.monotonic()
        super().run(result)
        print(f"    {time.monotonic() - begun:.1f} s", file=sys.stderr)
        if self.console and len(result.failures) + len(result.errors) > before:
            self._report()

    def _report(self):
        folder = os.environ.get("ELEPHAAS_PICTURES", self.desktop.root)
        file = os.path.join(folder, f"{type(self).__name__}-{self._testMethodName}.png")
        self.desktop.screenshot(file)
        with open(f"{file[:-4]}.txt", "w", encoding="utf-8") as out:
            out.write(self.console.outline())
        print(f"--- {self.id()}: a picture is in {file}, and what a screen reader saw beside it", file=sys.stderr)

    @classmethod
    def start_console(cls, *options, environment=None, within=()):
        console = Console(cls.desktop, cls.keyboard, *cls.look, *options, environment=environment, within=within)
        cls.addClassCleanup(console.end)
        cls.console = console
        return console

    @classmethod
    def inventory(cls, document, name="inventory.sqlite"):
        file = os.path.join(cls.desktop.root, name)
        write_inventory(cls.desktop, file, document)
        return file


def main():
    unittest.main(verbosity=2, failfast=os.environ.get("ELEPHAAS_FAILFAST", "1") == "1")
