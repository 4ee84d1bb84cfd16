"""The main window as its user knows it: pages, rows by name, filter, and the four commands with their dialogs."""
import re

from .wait import until

COMMANDS = {"start": "Ctrl+Shift+S", "stop": "Ctrl+Shift+T", "restart": "Ctrl+Shift+R", "reload": "Ctrl+Shift+L"}
REPLICATION = {"promote": "Ctrl+Shift+P", "demote": "Ctrl+Shift+D", "rebuild": "Ctrl+Shift+B", "follow": "Ctrl+Shift+O",
               "initialise": "Ctrl+Shift+I"}
PAGES = {"Instances": "Ctrl+1", "Herds": "Ctrl+2", "Servers": "Ctrl+3", "Environments": "Ctrl+4", "Disaster recovery": "Ctrl+5",
         "Operations": "Ctrl+6"}
REFRESH_ALL = "F5"


class Window:
    def __init__(self, console):
        self.console = console
        self.frame = console.window
        self._tables = {}

    def press(self, *keys):
        self.active()
        self.console.press(*keys)

    def active(self):
        """Waits until no dialog is in front any more: keys that come too early are nobody's."""
        until(lambda: self.frame.has("active"), lambda: f"the main window having the keyboard; there are {[n.name for n in self.console.tops()]}")

    # Tables ---------------------------------------------------------------------------------------------------------------

    def table(self, name="Instances"):
        known = self._tables.get(name)
        if known and known.showing:
            return known
        found = until(lambda: next((n for n in self.frame.all(name) if n.role in ("table", "tree table")), None),
                      lambda: f"the table {name}")
        self._tables[name] = found
        return found

    def rows(self, name="Instances", limit=60):
        """Row by row {column: what a screen reader says of the cell, without the column's name}."""
        return [{title: re.sub(rf"^{re.escape(title)}: ", "", text) for title, text in row.items()}
                for row in self.table(name).all_rows(limit)]

    def instances(self):
        """{(herd, server): row} as the table shows them."""
        return {(row["Herd"], row["Server"]): row for row in self.rows()}

    def state(self, herd, server):
        row = self.instances().get((herd, server))
        return row["State"] if row else ""

    def wait_states(self, wanted, seconds=30):
        """{(herd, server): "online"}: waits until the table says so of all of them at once."""
        def holds():
            rows = self.instances()
            return all(key in rows and re.match(rf"{state}\b", rows[key]["State"]) for key, state in wanted.items())
        return until(holds, lambda: f"states {wanted}; the table says { {k: r['State'] for k, r in self.instances().items()} }", seconds, 0.2)

    # Doing ----------------------------------------------------------------------------------------------------------------

    def page(self, name):
        self.press(PAGES[name])
        return self.table({"Disaster recovery": "Disaster recovery pairs"}.get(name, name))

    def filter(self, text):
        """Types a filter; the table then shows only what matches."""
        self.press("Ctrl+F")
        box = self.console.wait_focus("Filter text")
        self.press("Ctrl+A", "Delete")
        self.console.type(text)
        until(lambda: box.text == text, lambda: f"the filter saying {text!r}, it says {box.text!r}")

    def clear_filter(self):
        self.press("Ctrl+Shift+F", "Ctrl+F")
        self.console.wait_focus("Filter text")
        self.press("Escape", "Down")

    def choose(self, herd, server, by=None):
        """Filters down to one instance (or `by` a part of its name that can be typed) and puts the keyboard and the selection on it."""
        self.page("Instances")
        self.filter(by or f"{herd} {server}")
        until(lambda: (herd, server) in self.instances(), lambda: f"{herd} on {server} in {self.rows()}")
        self.press("Down")
        self.console.wait_focus(role="table")
        rows = [(row["Herd"], row["Server"]) for row in self.rows()]
        present = until(lambda: self.table().selected_rows, "a row being selected, because the keyboard came to it")
        steps = rows.index((herd, server)) - present[0]
        self.press(*["Down" if steps > 0 else "Up"] * abs(steps))
        until(lambda: [rows[i] for i in self.table().selected_rows] == [(herd, server)], lambda: f"only {herd} on {server} being selected")

    def choose_member(self, herd, server):
        """Puts the keyboard and the selection on a member below its herd, in the tree."""
        self.clear_filter()
        tree = self.frame.wait("Constellation", "tree")

        def said():
            return [tree.cell(i, 0).name for i in range(tree.rows)]

        def place():
            rows = said()
            of = next((i for i, row in enumerate(rows) if row.startswith(f"{herd}, ")), len(rows))
            return next((i for i in range(of + 1, len(rows)) if rows[i].startswith(f"{server}, ")), None)
        wanted = until(place, lambda: f"{server} below {herd} in {said()}")
        for _ in range(6):
            focus = self.console.focus()
            if focus and (focus.role, focus.name) == ("tree", "Constellation"):
                break
            self.press("F6")
        self.press("Home", *["Down"] * wanted)
        self.frame.wait(like=f"{herd} on {server}", role="label")

    def choose_row(self, page, index):
        """Puts the keyboard and the selection on a row of a page without filtering."""
        table = self.page(page)
        self.press("Escape", "Ctrl+Home", "Space")
        self.console.wait_focus(role="table")
        until(lambda: table.selected_rows == [0], lambda: f"the first row of {page} being selected; {table.selected_rows} are")
        for row in range(1, index + 1):
            self.press("Down")
            until(lambda: table.selected_rows == [row], lambda: f"row {row} of {page} being selected; {table.selected_rows} are")

    def command(self, command):
        """Asks for a command on what is selected; the review."""
        self.press(COMMANDS[command])
        return Review(self.console, self.console.dialog(command.capitalize()))

    def replicate(self, command, choose=None):
        """Asks for a replication command on what is selected, has `choose` answer what is asked first, and waits while the servers are
        looked at; the review."""
        self.press(REPLICATION[command])
        if choose:
            choose(self.console.dialog({"follow": "Whom shall", "rebuild": "Rebuild", "initialise": "Initialise"}[command]))
            self.console.press("Alt+L")
        return self.review()

    def review(self, seconds=60):
        """The review that is in front, or comes there."""
        dialog = until(lambda: next((top for top in self.console.tops() if top.has("active") and top.role != "frame"
                                     and top.first("The exact commands, per host")), None),
                       lambda: f"a review\n{self.console.outline()}", seconds)
        return Review(self.console, dialog)

    def refresh(self):
        self.press(REFRESH_ALL)

    def dismiss(self):
        """Closes the dialog that is in front."""
        self.console.press("Escape")
        self.active()


class Review:
    def __init__(self, console, dialog):
        self.console = console
        self.dialog = dialog

    @property
    def title(self):
        return self.dialog.name

    @property
    def targets(self):
        return self.dialog.wait("Targets, by name")

    @property
    def commands(self):
        return self.dialog.wait("The exact commands, per host").text

    @property
    def findings(self):
        """What a screen reader says of each check that is not folded."""
        tree = self.dialog.wait("What was found before")
        return [tree.cell(i, 0).name for i in range(tree.rows)]

    @property
    def steps(self):
        steps = self.dialog.wait("Steps, in order")
        return [child.name for child in steps.children]

    @property
    def name_field(self):
        return self.dialog.first(like="is protected. Type", role="text")

    def run(self):
        """Types the asked name where one is asked for, then runs; the progress dialog."""
        field = self.name_field
        if field:
            name = re.search("Type “(.*)” to go on", field.name).group(1)
            until(lambda: field.has("focused"), "the name's field having the keyboard")
            self.console.type(name)
            until(lambda: self.dialog.first("Run", "push button").enabled, "Run being possible after the name was typed")
        title = self.title
        self.console.press("Alt+R")
        return Progress(self.console, title)


class Progress:
    def __init__(self, console, title):
        self.console = console
        self.dialog = until(lambda: next((n for n in console.tops() if n.name == title and n.first(like="What happens on each instance",
                                          showing=False)), None), lambda: f"the progress of {title!r}", 30)  # the state is read again first
        self.steps = self.dialog.wait("What happens on each instance")

    def rows(self):
        return self.steps.all_rows()

    def finished(self):
        return self.dialog.first("Close", "push button") is not None

    def wait(self, seconds=60):
        until(self.finished, lambda: f"the operation's end\n{self.dialog.outline()}\n{self.rows()}", seconds, 0.1)
        return self.rows()

    def close(self):
        self.console.press("Escape")
        until(lambda: not self.dialog.showing, "the progress dialog being closed")
