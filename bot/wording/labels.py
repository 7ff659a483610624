"""What stands on buttons and in forms."""

from __future__ import annotations

SUBMIT, RUN, SKIP, FINISH = "Submit", "Run", "Skip", "Finish"

KEEP_WRITING, SKIP_ANYWAY = "Keep writing", "Skip anyway"

SUBMIT_AND_FINISH, THROW_AWAY = "Submit and finish", "Discard the draft and finish"

RESCORE = "Re-score"

RESUME, RETRY, MODEL_ANSWER, SHARE, DISAGREE, MORE = (
    "Resume",
    "Retry",
    "Model answer",
    "Share",
    "I disagree",
    "More like this",
)

OPEN, DELETE, DELETE_YES, DELETE_ALL, DELETE_ALL_YES, CANCEL = (
    "Open",
    "Delete",
    "Yes, delete it",
    "Delete everything",
    "Yes, delete everything",
    "Cancel",
)

OLDER, PRIVACY, SETTINGS, POST_IT, JUDGE_AGAIN, TAKE_IT = (
    "Older",
    "Privacy",
    "Settings",
    "Post it",
    "Judge again with this",
    "Take the hint",
)

EASY, MEDIUM, HARD, HELP = "Easy", "Medium", "Hard", "Help"

SHARE_TITLE, SHARE_WHERE = "Share this score card", "Where?"

DISAGREE_ARGUMENT = "Where in your answer do you say it?"

DISAGREE_TITLE, DISAGREE_POINT, DISAGREE_QUOTE = (
    "I disagree",
    "Which point did you make?",
    "Your own words from the answer, copied exactly",
)

SETTINGS_TITLE, SETTINGS_KIND, SETTINGS_DIFFICULTY, SETTINGS_QUIET, SETTINGS_NUMBERS = (
    "Your settings",
    "Kind, when you name none",
    "Difficulty, when you name none",
    "Submit by itself after so many quiet seconds (0: never, else 30 or more)",
    "Show scores",
)

NUMBERS_EACH_TURN, NUMBERS_ON_CARD = "after each answer", "only on the card"
