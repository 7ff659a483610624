"""The real page in Chromium, with the whole program behind it."""
