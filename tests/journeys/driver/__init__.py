"""Drives the console's window from outside: a display, a keyboard and the accessibility tree, as a person and a screen reader have them."""
