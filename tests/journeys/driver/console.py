"""One running console and what a person does with it."""
import json
import os
import signal
import subprocess

from . import tree
from .wait import SCALE, Late, until


def program():
    path = os.environ.get("ELEPHAAS_PROGRAM")
    if not path:
        raise RuntimeError("ELEPHAAS_PROGRAM does not name the console")
    return path


def write_inventory(desktop, file, document):
    """Imports a document into a new local inventory, as a person would on the command line."""
    source = f"{file}.json"
    with open(source, "w", encoding="utf-8") as out:
        json.dump({"format": "elephaas-inventory", "version": 1, **document}, out)
    done = subprocess.run([program(), "--inventory", file, "--import", source], env=desktop.environment, capture_output=True, text=True,
                          timeout=60 * SCALE)
    if done.returncode != 0:
        raise RuntimeError(f"import: {done.stderr}")
    return done.stdout


class Console:
    def __init__(self, desktop, keyboard, *options, environment=None, within=(), name="console"):
        self.desktop = desktop
        self.keyboard = keyboard
        self.log = os.path.join(desktop.root, f"{name}.log")
        self.process = desktop.start(name, [*within, program(), *options], environment, self.log)
        self.press, self.type = keyboard.press, keyboard.type
        self._window = None

    # Looking ------------------------------------------------------------------------------------------------------------

    def application(self):
        if self.process.poll() is not None:
            raise Late(f"the console ended with {self.process.returncode}: {self.words()}")
        return tree.application(self.process.pid)

    def words(self):
        """What it wrote to its standard streams."""
        try:
            with open(self.log, encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def tops(self):
        """Every window that is shown."""
        app = self.application()
        return [node for node in app.children if node.showing] if app else []

    @property
    def window(self):
        if not self._window:
            self._window = until(lambda: next((n for n in self.tops() if n.role == "frame"), None), "the main window", 30)
            # Or the question that it begins with.
            until(lambda: any(top.has("active") for top in self.tops()), "a window of the console being active", 30)
        return self._window

    def dialog(self, like, seconds=10):
        """The shown dialog or window whose title has this text; waits until it has the keyboard."""
        def find():
            return next((n for n in self.tops() if like in n.name and n.has("active") and (not self._window or n.role != "frame")), None)
        return until(find, lambda: f"a dialog {like!r}; there are {[(n.role, n.name, n.has('active')) for n in self.tops()]}", seconds)

    def gone(self, node, seconds=10):
        until(lambda: not node.showing, "the window closing", seconds)

    def focus(self):
        """What has the keyboard; of a table's cell the table. The current tab always calls itself focused, and so does what hands the
        keyboard on to a part of it: the innermost that has a name counts."""
        for top in self.tops():
            if top.has("active"):
                held = [node for node in top.walk() if node.has("focused")]
                return next((node for node in reversed(held) if node.role != "page tab" and node.name), held[-1] if held else None)
        return None

    def wait_focus(self, name=None, role=None, seconds=10):
        def there():
            node = self.focus()
            return node if node and (name is None or name in node.name) and (role is None or node.role == role) else None

        def said():
            node = self.focus()
            return f"the keyboard at {name!r}; it is at {(node.role, node.name) if node else None}"
        return until(there, said, seconds)

    def outline(self):
        try:
            return "\n".join(top.outline() for top in self.tops()) + f"\n--- said: {self.words()[-2000:]}"
        except Late as late:
            return str(late)

    # Doing --------------------------------------------------------------------------------------------------------------

    def tab_to(self, name, role=None, limit=60, within=None, back=False):
        """Tab until a control whose accessible name has this text has the keyboard. A person has no other way either."""
        seen = []
        for _ in range(limit):
            node = self.focus()
            if node:
                if name in node.name and (role is None or node.role == role):
                    return node
                seen.append((node.role, node.name))
            self.press("Shift+Tab" if back else "Tab")
        raise Late(f"Tab does not reach {name!r}; it went {seen}")

    def close(self, seconds=15):
        """As the desktop asks it to."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(seconds * SCALE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def end(self):
        """Closes what still runs. A sanitizer has its say at the end of a process, and it must not be missed."""
        self.close()
        if "Sanitizer" in self.words() or "runtime error:" in self.words():
            raise AssertionError(self.words())

    def kill(self):
        self.process.kill()
        self.process.wait()
