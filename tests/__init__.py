"""How TalkPro is tested; see README.md beside this file."""
