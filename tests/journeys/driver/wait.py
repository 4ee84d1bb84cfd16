"""Waiting for what must become true, with a deadline; nothing here waits for a fixed time."""
import os
import time

# How much longer this build of the console may take than a plain one: sanitizers are slow.
SCALE = float(os.environ.get("ELEPHAAS_TIME_SCALE", "1"))


class Late(AssertionError):
    """What was waited for did not come."""


def until(condition, what, seconds=10.0, every=0.05):
    """Returns the first true value of condition(); raises Late with `what` (text, or a function that makes it) after the deadline."""
    seconds *= SCALE
    deadline = time.monotonic() + seconds
    while True:
        begun = time.monotonic()
        value = condition()
        if value:
            return value
        now = time.monotonic()
        if now > deadline:
            raise Late(f"not within {seconds:g} s: {what() if callable(what) else what}")
        time.sleep(max(every, now - begun))  # the program that is asked has something else to do, too
