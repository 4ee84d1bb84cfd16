#!/usr/bin/python3
"""The check must notice a forbidden arrow, or it proves nothing."""
import pathlib
import subprocess
import sys
import tempfile

CHECK = pathlib.Path(__file__).with_name("check.py")
CASES = [
    ("models/domain/a.h", "#include <QString>\n", 0),
    ("models/domain/a.h", "#include <QWidget>\n", 1),
    ("models/domain/a.h", "#include <QSqlQuery>\n", 1),
    ("models/services/a.h", "#include <libssh/libssh.h>\n", 1),
    ("models/domain/a.h", '#include "models/ports/b.h"\n', 1),
    ("models/items/a.h", "#include <QColor>\n", 1),
    ("views/a.h", '#include "app/adapters/ssh/sshshell.h"\n', 1),
    ("views/a.h", "#include <QtWidgets/QTableView>\n", 0),
    ("views/a.h", '#include "dialogs/b.h"\n', 1),
    ("models/new/a.h", "\n", 1),
    ("models/items/CMakeLists.txt", "target_link_libraries(x Qt6::Widgets)\n", 1),
]

failed = 0
for path, text, expected in CASES:
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, content in (("models/domain/ok.h", "#pragma once\n"), (path, text)):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(content)
        got = subprocess.run([sys.executable, CHECK, root], capture_output=True, text=True)
        if got.returncode != expected:
            failed += 1
            print(f"{path} with {text.strip()!r}: expected {expected}, got {got.returncode}: {got.stdout}")
print(f"{len(CASES) - failed} passed, {failed} failed")
sys.exit(1 if failed else 0)
