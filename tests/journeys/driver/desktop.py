"""A desktop of the test's own: X display, session bus, window manager, home. Ends what it started by process id."""
import os
import random
import shutil
import subprocess
import tempfile

from .wait import until


class Desktop:
    def __init__(self, size="1440x900", scale=1):
        self.root = tempfile.mkdtemp(prefix="elephaas-desk.")
        self.home = os.path.join(self.root, "home")
        os.makedirs(self.home, 0o700)
        self._children = []
        self.environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin",
            "LC_ALL": "C.UTF-8",
            "HOME": self.home,
            "XDG_RUNTIME_DIR": os.path.join(self.root, "run"),
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
            "QT_QPA_PLATFORM": "xcb",
            "QT_SCALE_FACTOR": str(scale),
            "TMPDIR": self.root,
        }
        # The hosts of the lab are reached as the caller would; sanitizers keep their options.
        for name in os.environ:
            if name.startswith(("LAB_", "ELEPHAAS_")) or name.endswith("SAN_OPTIONS"):
                self.environment[name] = os.environ[name]
        os.makedirs(self.environment["XDG_RUNTIME_DIR"], 0o700)
        try:
            self._start_display(size)
            self._start_bus()
            self._start_window_manager()
        except BaseException:
            self.close()
            raise

    # A number that nobody uses: the lock of another process namespace must not be taken for an abandoned one.
    def _start_display(self, size):
        for _ in range(50):
            number = random.randint(200, 9000)
            if os.path.exists(f"/tmp/.X{number}-lock") or os.path.exists(f"/tmp/.X11-unix/X{number}"):
                continue
            server = self._start("Xvfb", ["Xvfb", f":{number}", "-screen", "0", f"{size}x24", "-nolisten", "tcp", "-ac"])
            until(lambda: os.path.exists(f"/tmp/.X11-unix/X{number}") or server.poll() is not None, "the virtual display", 20)
            if server.poll() is None:
                self.display = f":{number}"
                self.environment["DISPLAY"] = self.display
                return
        raise RuntimeError("no virtual display could be started")

    def _start_bus(self):
        address = os.path.join(self.root, "bus")
        self._start("dbus", ["dbus-daemon", "--session", "--nofork", f"--address=unix:path={address}"])
        until(lambda: os.path.exists(address), "the session bus", 10)
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={address}"

    # A window that is shown before the window manager is there never becomes active.
    def _start_window_manager(self):
        ready = os.path.join(self.root, "openbox.ready")
        self._start("openbox", ["openbox", "--sm-disable", "--startup", f"touch {ready}"])
        until(lambda: os.path.exists(ready), "the window manager", 20)

    def file_system(self, kind):
        """The words before a command that give it a home of its own: "ro" cannot be written, "full" has no byte left."""
        options = {"ro": "ro,size=64k", "full": "size=16k"}[kind]
        fill = {"ro": ":", "full": 'cat /dev/zero >"$1/filler" 2>/dev/null'}[kind]
        script = f'mount -t tmpfs -o {options},mode=700 none "$1" || exit 99; {fill}; shift; exec "$@"'
        if os.getuid() == 0:
            return ["unshare", "--mount", "sh", "-c", script, "sh", self.home]
        # Only a root may mount; the console stays who it was.
        back = ["unshare", "--user", f"--map-user={os.getuid()}", f"--map-group={os.getgid()}"]
        return ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh", self.home, *back]

    def _start(self, name, command):
        with open(os.path.join(self.root, f"{name}.log"), "wb") as log:
            child = subprocess.Popen(command, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._children.append(child)
        return child

    def start(self, name, command, environment=None, log=None):
        """Starts a program on this desktop; it is ended with it. What it writes is in NAME.log."""
        path = log or os.path.join(self.root, f"{name}.log")
        with open(path, "ab") as file:
            child = subprocess.Popen(command, env={**self.environment, **(environment or {})}, stdin=subprocess.DEVNULL,
                                     stdout=file, stderr=file, cwd=self.home)
        self._children.append(child)
        return child

    def screenshot(self, file):
        os.makedirs(os.path.dirname(os.path.abspath(file)), exist_ok=True)
        subprocess.run(["import", "-window", "root", file], env=self.environment, timeout=20, check=False)

    def close(self):
        for child in reversed(self._children):
            if child.poll() is None:
                child.terminate()
                try:
                    child.wait(5)
                except subprocess.TimeoutExpired:
                    child.kill()
                    child.wait()
        self._children.clear()
        shutil.rmtree(self.root, ignore_errors=True)
