"""Keys through the X test extension: they arrive as a keyboard's do, wherever the focus is."""
import ctypes
import ctypes.util

_NAMES = {
    "Ctrl": "Control_L", "Alt": "Alt_L", "Shift": "Shift_L", "Enter": "Return", "Esc": "Escape", "Space": "space", "Del": "Delete",
    "PgUp": "Prior", "PgDown": "Next",
}
_CHARACTERS = {"\n": "Return", "\t": "Tab", " ": "space"}


class Keyboard:
    def __init__(self, display):
        self._x = ctypes.CDLL(ctypes.util.find_library("X11") or "libX11.so.6")
        self._xtst = ctypes.CDLL(ctypes.util.find_library("Xtst") or "libXtst.so.6")
        self._x.XOpenDisplay.restype = ctypes.c_void_p
        self._x.XStringToKeysym.restype = ctypes.c_ulong
        self._x.XKeysymToKeycode.argtypes = [ctypes.c_void_p, ctypes.c_ulong]
        self._x.XKeysymToKeycode.restype = ctypes.c_ubyte
        self._x.XkbKeycodeToKeysym.argtypes = [ctypes.c_void_p, ctypes.c_ubyte, ctypes.c_int, ctypes.c_int]
        self._x.XkbKeycodeToKeysym.restype = ctypes.c_ulong
        self._x.XSync.argtypes = [ctypes.c_void_p, ctypes.c_int]
        self._xtst.XTestFakeKeyEvent.argtypes = [ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_ulong]
        self._display = self._x.XOpenDisplay(display.encode())
        if not self._display:
            raise RuntimeError(f"no display {display}")

    def press(self, *combinations):
        """press("Ctrl+A", "Tab"): one after the other."""
        for combination in combinations:
            names = ["plus" if name == "" else name for name in combination.split("+")] if combination != "+" else ["plus"]
            self._stroke([self._key(_NAMES.get(name, name)) for name in names])

    def type(self, text):
        for character in text:
            name = _CHARACTERS.get(character)
            keysym = self._x.XStringToKeysym(name.encode()) if name else ord(character)
            code, shift = self._code(keysym, repr(character))
            self._stroke([self._key("Shift_L"), code] if shift else [code])

    def _key(self, name):
        keysym = self._x.XStringToKeysym((name.lower() if len(name) == 1 else name).encode())
        return self._code(keysym or ord(name[0]), name)[0]

    def _code(self, keysym, name):
        code = self._x.XKeysymToKeycode(self._display, keysym) if keysym else 0
        if not code:
            raise RuntimeError(f"this keyboard has no key for {name}")
        plain = self._x.XkbKeycodeToKeysym(self._display, code, 0, 0)
        return code, plain != keysym and self._x.XkbKeycodeToKeysym(self._display, code, 0, 1) == keysym

    def _stroke(self, codes):
        for code in codes:
            self._xtst.XTestFakeKeyEvent(self._display, code, 1, 0)
        for code in reversed(codes):
            self._xtst.XTestFakeKeyEvent(self._display, code, 0, 0)
        self._x.XSync(self._display, 0)
