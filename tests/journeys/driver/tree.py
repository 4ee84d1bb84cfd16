"""The accessibility tree, read as a screen reader does. Nothing is cached: every look is a question to the program."""
import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

from .wait import until  # noqa: E402

# Their rows are asked for by index, never walked: they may be many.
TABLES = ("table", "tree table", "tree", "list")
_ready = False


def connect():
    """Once, after the desktop's addresses are in os.environ."""
    global _ready
    if not _ready:
        Atspi.init()
        Atspi.set_timeout(5000, 15000)
        _ready = True


class Node:
    def __init__(self, accessible):
        self.accessible = accessible

    def _ask(self, question, missing):
        try:
            self.accessible.clear_cache()
            answer = question(self.accessible)
        except GLib.Error:
            return missing
        return missing if answer is None else answer

    @property
    def name(self):
        return self._ask(lambda a: a.get_name(), "")

    @property
    def role(self):
        return self._ask(lambda a: a.get_role_name(), "")

    @property
    def description(self):
        return self._ask(lambda a: a.get_description(), "")

    @property
    def states(self):
        return self._ask(lambda a: {state.value_nick for state in a.get_state_set().get_states()}, set())

    def has(self, state):
        return state in self.states

    @property
    def enabled(self):
        return self.has("enabled")

    @property
    def showing(self):
        return self.has("showing")

    @property
    def text(self):
        """The text of an editor or a label; the name where there is no text interface."""
        def ask(accessible):
            if "Text" in accessible.get_interfaces():
                return Atspi.Text.get_text(accessible, 0, Atspi.Text.get_character_count(accessible))
            return accessible.get_name()
        return self._ask(ask, "")

    @property
    def children(self):
        def ask(accessible):
            return [child for child in (accessible.get_child_at_index(i) for i in range(accessible.get_child_count())) if child]
        return [Node(child) for child in self._ask(ask, [])]

    def walk(self, into_tables=False, depth=0, hidden=True):
        """Itself and what is in it; without `hidden` nothing of what is behind another page or closed."""
        if not hidden and depth > 0 and not self.has("visible"):
            return
        yield self
        if depth > 40 or (not into_tables and depth > 0 and self.role in TABLES):
            return
        for child in self.children:
            yield from child.walk(into_tables, depth + 1, hidden)

    def all(self, name=None, role=None, showing=True, like=None):
        found = []
        for node in self.walk(hidden=not showing):
            if role is not None and node.role != role:
                continue
            if name is not None and node.name != name:
                continue
            if like is not None and like not in node.name:
                continue
            if not showing or node.showing:
                found.append(node)
        return found

    def first(self, name=None, role=None, showing=True, like=None):
        found = self.all(name, role, showing, like)
        return found[0] if found else None

    def wait(self, name=None, role=None, seconds=10, showing=True, like=None):
        return until(lambda: self.first(name, role, showing, like), lambda: f"{role or 'something'} {name or like!r} in {self.role} {self.name!r}",
                     seconds)

    def texts(self):
        """Everything that can be read here, outside tables."""
        return [text for text in (node.text or node.name for node in self.walk(hidden=False) if node.showing) if text]

    # Tables -------------------------------------------------------------------------------------------------------------

    @property
    def rows(self):
        return self._ask(lambda a: Atspi.Table.get_n_rows(a), 0)

    @property
    def columns(self):
        def ask(accessible):
            return [Atspi.Table.get_column_description(accessible, i) or "" for i in range(Atspi.Table.get_n_columns(accessible))]
        return self._ask(ask, [])

    def cell(self, row, column):
        accessible = self._ask(lambda a: Atspi.Table.get_accessible_at(a, row, column), None)
        return Node(accessible) if accessible else None

    def row(self, row):
        """{column title: text}"""
        titles = self.columns
        return {title: (cell.name if (cell := self.cell(row, i)) else "") for i, title in enumerate(titles)}

    def all_rows(self, limit=200):
        return [self.row(i) for i in range(min(self.rows, limit))]

    @property
    def selected_rows(self):
        return list(self._ask(lambda a: Atspi.Table.get_selected_rows(a), []))

    def outline(self, depth=0, limit=400):
        """For the person who reads why a journey failed."""
        lines = []

        def add(node, level):
            if len(lines) >= limit:
                return
            states = node.states
            marks = "".join(mark for state, mark in (("focused", " FOCUSED"), ("active", " ACTIVE"), ("checked", " CHECKED")) if state in states)
            marks += "" if "showing" in states else " (hidden)"
            marks += "" if "enabled" in states else " (disabled)"
            text = node.text
            lines.append(f"{'  ' * level}{node.role} {node.name!r}{'' if text in ('', node.name) else f' = {text!r}'}"
                         f"{f' [{node.description}]' if node.description else ''}{marks}")
            if node.role in TABLES:
                lines.append(f"{'  ' * level}  {node.rows} rows")
                return
            for child in node.children:
                add(child, level + 1)
        add(self, depth)
        return "\n".join(lines)


def application(pid):
    """The program with this process id, or None while it is not there."""
    desktop = Atspi.get_desktop(0)
    desktop.clear_cache()
    for i in range(desktop.get_child_count()):
        try:
            child = desktop.get_child_at_index(i)
            if child and child.get_process_id() == pid:
                return Node(child)
        except GLib.Error:
            continue
    return None
