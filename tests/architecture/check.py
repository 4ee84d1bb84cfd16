#!/usr/bin/python3
"""Checks the includes of every source against the table of allowed arrows (see CONTRIBUTING.md)."""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2])

# folder -> project folders it may include, and Qt modules or libraries it may use beside QtCore
ALLOWED = {
    "models/domain": ({"models/domain"}, set()),
    "models/ports": ({"models/domain", "models/ports"}, set()),
    "models/exchange": ({"models/domain", "models/exchange"}, set()),
    "models/postgres": ({"models/domain", "models/ports", "models/postgres"}, set()),
    "models/operations": ({"models/domain", "models/ports", "models/postgres", "models/operations"}, set()),
    "models/services": ({"models/domain", "models/ports", "models/postgres", "models/operations", "models/exchange",
                         "models/services"}, set()),
    "models/items": ({"models/domain", "models/ports", "models/items"}, set()),
    "views": ({"models", "views"}, {"gui", "widgets", "svg"}),
    "dialogs": ({"models", "dialogs"}, {"gui", "widgets", "svg"}),
    "app/sockets": ({"models/domain", "app/sockets"}, set()),
    "app/adapters/dns": ({"models/domain", "models/ports", "app/sockets", "app/adapters/dns"}, {"ldns"}),
    "app/adapters/secrets": ({"models/domain", "models/ports", "app/adapters/secrets"}, {"keychain"}),
    "app/adapters/ssh": ({"models/domain", "models/ports", "app/sockets", "app/adapters/ssh"}, {"libssh"}),
    "app/adapters/inventory": ({"models/domain", "models/ports", "app/adapters/inventory"}, {"sql", "libpq"}),
    "app/adapters/journal": ({"models/domain", "models/ports", "app/adapters/journal"}, {"sql"}),
    "app/platform": ({"models/domain", "models/ports", "app/platform"}, {"gui", "widgets", "dbus", "network"}),
    "app": ({"app", "models", "views", "dialogs"}, {"gui", "widgets", "svg", "dbus", "network"}),
}

# What an include belongs to when it is not QtCore or the standard library.
MODULES = [
    ("gui", r"QtGui|QAction|QBrush|QClipboard|QColor|QCursor|QFont\w*|QGuiApplication|QIcon|QImage|QKeySequence|QPaint\w*|QPalette"
            r"|QPen|QPixmap|QScreen|QShortcut|QStandardItem\w*|QStyleHints|QTextDocument|QValidator|QAccessible\w*|Q\w*Event(?<!QEvent)"),
    ("svg", r"QtSvg|QSvg\w*"),
    ("sql", r"QtSql|QSql\w*"),
    ("network", r"QtNetwork|QLocal(?:Server|Socket)|QTcp\w*|QUdp\w*|QHost\w*|QNetwork\w*|QSsl\w*"),
    ("dbus", r"QtDBus|QDBus\w*"),
    ("keychain", r"qt6?keychain.*|.*keychain\.h"),
    ("libssh", r"libssh/.*"),
    ("ldns", r"ldns/.*"),
    ("libpq", r"libpq-fe\.h|postgresql/.*"),
]
CORE = re.compile(
    r"Q(?:AbstractEventDispatcher|AbstractItemModel|AbstractListModel|AbstractProxyModel|AbstractTableModel|AnyStringView|Assoc\w*|Atomic\w*"
    r"|BasicTimer|BitArray|Buffer|ByteArray\w*|Cache|Calendar|Char|Collator\w*|CommandLine\w*|CoreApplication|CryptographicHash|Data\w*"
    r"|Date|DateTime|Deadline\w*|Debug|Dir|DirIterator|ElapsedTimer|Event|EventLoop|File|FileInfo|FileSystemWatcher|Flags|Hash|HashFunctions"
    r"|Identity\w*|IODevice|ItemSelection\w*|Json\w*|Latin1\w*|LibraryInfo|Line|List|Locale|LockFile|LoggingCategory|Map|Margins|Message\w*"
    r"|Meta\w*|MimeData|ModelIndex|MultiHash|MultiMap|Mutex|Object|Pair|PersistentModelIndex|Point\w*|Pointer|Process\w*|Queue|Random\w*"
    r"|Rect\w*|RegularExpression\w*|Resource|SaveFile|Scope\w*|Set|Settings|Shared\w*|SignalBlocker|SignalMapper|Size\w*|SocketNotifier"
    r"|SortFilterProxyModel|Span|Stack|StandardPaths|StorageInfo|String\w*|SysInfo|System\w*|Taggeds\w*|Temporary\w*|Text(?:Stream|BoundaryFinder)"
    r"|Thread\w*|Time|TimeZone|Timer|TimerEvent|TranslatorMetaData|Translator|TypeInfo|Unhandled\w*|Url\w*|Utf8\w*|VarLengthArray|Uuid|Variant\w*|Vector|VersionNumber"
    r"|XmlStream\w*|tGlobal|tTypes|tMath|tNumeric|tEndian|Numeric|ConcatenateTablesProxyModel|IdentityProxyModel|TransposeProxyModel|Types)")


def module_of(name):
    base = name.split("/")[-1] if name.startswith("Qt") and "/" in name else name
    if base.startswith("Q"):
        if CORE.fullmatch(base) or base == "QtCore":
            return None
        for module, pattern in MODULES:
            if re.fullmatch(pattern, base):
                return module
        return "widgets"
    for module, pattern in MODULES:
        if re.fullmatch(pattern, name):
            return module
    return None


def folder_of(path):
    for folder in sorted(ALLOWED, key=len, reverse=True):
        if path == folder or path.startswith(folder + "/"):
            return folder
    return None


def main():
    problems = []
    seen = set()
    for source in sorted(p for p in ROOT.rglob("*") if p.suffix in (".h", ".cpp")):
        relative = source.relative_to(ROOT).as_posix()
        if relative.split("/")[0] not in ("models", "views", "dialogs", "app"):
            continue
        folder = folder_of(relative)
        if folder is None:
            problems.append(f"{relative}: lies in a folder that the table of arrows does not know")
            continue
        seen.add(folder)
        projects, modules = ALLOWED[folder]
        for number, line in enumerate(source.read_text(encoding="utf-8").splitlines(), 1):
            quoted = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if quoted and not quoted[1].endswith(".moc"):
                target = quoted[1]
                if not any(target.startswith(p + "/") for p in projects):
                    problems.append(f"{relative}:{number}: {folder} may not include {target}")
            angled = re.match(r"\s*#\s*include\s+<([^>]+)>", line)
            if angled:
                module = module_of(angled[1])
                if module and module not in modules:
                    problems.append(f"{relative}:{number}: {folder} may not use {module} ({angled[1]})")
    if not seen:
        problems.append("no source was found: wrong folder?")
    for cmake, forbidden in (("models", r"Qt6::(?:Gui|Widgets|Sql|Network|DBus)|\bssh\b|LDNS|keychain"),
                             ("views", r"Qt6::Sql|\bssh\b|LDNS|keychain|adapters_"),
                             ("dialogs", r"Qt6::Sql|\bssh\b|LDNS|keychain|adapters_")):
        for path in (ROOT / cmake).rglob("CMakeLists.txt"):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if re.search(forbidden, line):
                    problems.append(f"{path.relative_to(ROOT)}:{number}: {cmake} may not link this: {line.strip()}")
    print("\n".join(problems) or "every include follows an allowed arrow")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
