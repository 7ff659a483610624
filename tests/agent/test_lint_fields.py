"""Each kind of broken field, text and file gets its exact message, to the line."""

from pathlib import Path

import pytest

from tests.agent.samples import QUICK, broken, rows

FIELDS = {
    "missing field": ("minutes: 5\n", "", "2: minutes: missing; a whole number is needed"),
    "unknown field": ("title:", "titel: x\ntitle:", "6: titel: unknown field; did you mean title?"),
    "strange field": (
        "title:",
        "zzz: x\ntitle:",
        "6: zzz: unknown field; known are id, kind, difficulty, topics, title, minutes, key_points, hints, follow_ups,"
        " code",
    ),
    "field twice": ("minutes: 5", "minutes: 5\nminutes: 4", "8: minutes: stands twice; only the last one would count"),
    "id not text": ("id: warm-kettle", "id: 7", "2: id: the number 7; text is needed"),
    "id is not the name": (
        "id: warm-kettle",
        "id: cold-kettle",
        "2: id: 'cold-kettle', but the file is named 'warm-kettle'; the two must be equal",
    ),
    "unknown kind": ("kind: quick", "kind: quik", "3: kind: 'quik' is no kind; did you mean quick?"),
    "unknown difficulty": (
        "difficulty: easy",
        "difficulty: simple",
        "4: difficulty: 'simple' is no difficulty; known are easy, medium, hard",
    ),
    "no topics": ("topics: [caching]", "topics: []", "5: topics: 0 topics; at least 1 is needed"),
    "too many topics": ("[caching]", "[a, b, c, d, e, f]", "5: topics: 6 topics; at most 5 are allowed"),
    "topics not a list": ("[caching]", "caching", "5: topics: the text 'caching'; a list of texts is needed"),
    "topic not text": ("[caching]", "[caching, 3]", "5: topics[1]: the number 3; text is needed"),
    "topic is a date": ("[caching]", "[2024-02-03]", "5: topics[0]: the date 2024-02-03; text is needed"),
    "topic spelling": ("[caching]", "[Page Cache]", "5: topics[0]: 'Page Cache' is not kebab-case; write page-cache"),
    "topic twice": (
        "[caching]",
        "[caching, caching]",
        "5: topics[1]: 'caching' is taken by topics[0]; each must be different",
    ),
    "empty title": ("title: The warm kettle", "title: ''", "6: title: empty text; text is needed"),
    "no title": ("title: The warm kettle", "title:", "6: title: nothing; text is needed"),
    "long title": ("The warm kettle", "x" * 61, "6: title: 61 characters; at most 60 are allowed"),
    "title of two lines": ("title: The warm kettle", 'title: "a\\nb"', "6: title: more than one line; one is needed"),
    "minutes as text": ("minutes: 5", "minutes: '5'", "7: minutes: the text '5'; a whole number is needed"),
    "minutes as a truth": (
        "minutes: 5",
        "minutes: true",
        "7: minutes: true, which is yes or no; a whole number is needed",
    ),
    "too few minutes": ("minutes: 5", "minutes: 0", "7: minutes: 0; a number from 1 to 5 is needed"),
    "too many minutes": ("minutes: 5", "minutes: 6", "7: minutes: 6; a number from 1 to 5 is needed"),
    "point is text": (
        '  - id: "1"\n    name: second run is cached\n    weight: 2\n',
        '  - cached\n  - id: "1"\n    name: second run is cached\n    weight: 2\n',
        "9: key_points[0]: the text 'cached'; a mapping is needed: id, name, weight, phrasings, mistakes",
        '10: key_points[1].id: "1"; ids count from "1", "2" is next',
    ),
    "point without a name": (
        "    name: second run is cached\n",
        "",
        "9: key_points[0].name: missing; text is needed",
    ),
    "unquoted point id": ('id: "1"', "id: 1", "9: key_points[0].id: the number 1; text is needed"),
    "wrong point id": ('id: "1"', 'id: "2"', '9: key_points[0].id: "2"; ids count from "1", "1" is next'),
    "long point name": (
        "second run is cached",
        "x" * 41,
        "10: key_points[0].name: 41 characters; at most 40 are allowed",
    ),
    "weight of zero": ("weight: 2", "weight: 0", "11: key_points[0].weight: 0; a number from 1 to 5 is needed"),
    "weight too large": ("weight: 2", "weight: 5.5", "11: key_points[0].weight: 5.5; a number from 1 to 5 is needed"),
    "endless weight": ("weight: 2", "weight: .inf", "11: key_points[0].weight: the number inf; a number is needed"),
    "two phrasings": (
        "      - reading again hits the page cache\n",
        "",
        "12: key_points[0].phrasings: 2 phrasings; at least 3 are needed",
    ),
    "nine phrasings": (
        "      - reading again hits the page cache\n",
        "".join(f"      - said in way number {number}\n" for number in range(7)),
        "12: key_points[0].phrasings: 9 phrasings; at most 8 are allowed",
    ),
    "phrasing too short": (
        "it was cached by the first one",
        "it was cached",
        "14: key_points[0].phrasings[1]: 3 words; at least 4 are needed",
    ),
    "phrasing too long": (
        "it was cached by the first one",
        "so " * 21,
        "14: key_points[0].phrasings[1]: 21 words; at most 20 are allowed",
    ),
    "phrasing with a colon": (
        "it was cached by the first one",
        "it was cached: by the first one",
        "14: key_points[0].phrasings[1]: a mapping; text is needed, put one with `: ` in it in quotes",
    ),
    "phrasing twice": (
        "it was cached by the first one",
        "The second run finds it, in memory!",
        "14: key_points[0].phrasings[1]: 'The second run finds it, in memory!' stands in key_points[0].phrasings[0]"
        " already; say it otherwise",
    ),
    "no mistakes": (
        "    mistakes:\n      - the disk spins faster when warm\n",
        "",
        "9: key_points[0].mistakes: missing; a list of texts is needed",
    ),
    "empty mistakes": (
        "    mistakes:\n      - the disk spins faster when warm\n",
        "    mistakes: []\n",
        "16: key_points[0].mistakes: 0 mistakes; at least 1 is needed",
    ),
    "mistake equals a phrasing": (
        "the disk spins faster when warm",
        "it was cached by the first one",
        "17: key_points[0].mistakes[0]: 'it was cached by the first one' stands in key_points[0].phrasings[1]"
        " already; say it otherwise",
    ),
    "mistake only negates": (
        "the disk spins faster when warm",
        "it was not cached by the first one",
        "17: key_points[0].mistakes[0]: only negates phrasings[1]; say what people do instead",
    ),
    "no hints": ("  - What did the first run leave behind?", "  []", "18: hints: 0 hints; at least 1 is needed"),
    "four hints": (
        "  - What did the first run leave behind?",
        "  - a\n  - b\n  - c\n  - d",
        "18: hints: 4 hints; at most 3 are allowed",
    ),
    "hint twice": (
        "  - What did the first run leave behind?",
        "  - Why?\n  - Why?",
        "20: hints[1]: 'Why?' is taken by hints[0]; each must be different",
    ),
    "follow-up of a quick question": (
        "hints:\n",
        "follow_ups:\n  - text: And then?\n    points: ['1']\nhints:\n",
        "18: follow_ups: 1 follow-up; the kind quick has none",
    ),
    "code of a quick question": (
        "hints:\n",
        "code: {}\nhints:\n",
        "18: code: not allowed; questions of the kind quick have no code to run",
    ),
    "YAML takes yes for a truth": (
        "title: The warm kettle",
        "title: yes",
        "6: title: YAML reads yes as true or false; put it in quotes",
        "6: title: true, which is yes or no; text is needed",
    ),
}

TEXTS = {
    "body too short": (
        "The same report takes nine seconds in the morning and one second right after. Nothing in it changed. Why?",
        "Why is it fast the second time?",
        "21: body: 31 characters; at least 40 are needed",
    ),
    "body too long": ("Why?\n", "Why? " + "x" * 500 + "\n", "21: body: 606 characters; at most 500 are allowed"),
    "reference too short": (
        "The first run reads everything from disk, and the operating system keeps those pages in memory. ",
        "",
        "23: ## Reference answer: 28 words; at least 30 are needed",
    ),
    "reference too long": (
        "After a reboot",
        "so " * 90 + "After a reboot",
        "23: ## Reference answer: 134 words; at most 120 are allowed",
    ),
    "reference missing": (
        "## Reference answer\n",
        "### Reference answer\n",
        "26: ## Reference answer: missing; say what a strong candidate would say",
    ),
    "section misspelt": (
        "## Reference answer",
        "## Referense answer",
        "23: ## Referense answer: unknown section; did you mean Reference answer? A heading inside a text begins"
        " with ###",
        "26: ## Reference answer: missing; say what a strong candidate would say",
    ),
    "section of another kind": (
        "## Reference answer",
        "## Checker\n\nx\n\n## Reference answer",
        "23: ## Checker: unknown section; known are Reference answer, Variant: ... A heading inside a text begins"
        " with ###",
    ),
    "section twice": (
        "## Reference answer",
        "## Variant: a\n\nOnce.\n\n## Variant: a\n\nTwice.\n\n## Reference answer",
        "27: ## Variant: a[1]: stands on line 23 already; each section comes once",
    ),
    "section empty": (
        "## Reference answer",
        "## Variant: a\n\n## Reference answer",
        "23: ## Variant: a: the section is empty; write it or leave it out",
    ),
    "fence left open": (
        "## Reference answer",
        "## Variant: a\n\n```python\nx\n\n## Reference answer",
        "23: a code fence does not end; close it with ```",
    ),
    "invisible character": ("Nothing in it", "Nothing\u202e in it", "21: the invisible character U+202E; take it out"),
}

PARTS = {
    "empty file": (QUICK, " \n", "1: the file is empty; it needs front matter, a question and sections"),
    "no front matter": (
        "---\nid:",
        "id:",
        "1: the front matter is missing; the first line must be ---",
    ),
    "front matter without end": (
        "  - What did the first run leave behind?\n---\n",
        "  - What did the first run leave behind?\n",
        "1: the front matter does not end; a line --- must close it",
    ),
    "front matter is a list": (
        QUICK[: QUICK.index("---\nThe")],
        "---\n- one\n",
        "2: the front matter must be fields with values, such as `id: some-name`",
    ),
    "front matter is empty": (
        QUICK[: QUICK.index("---\nThe")],
        "---\n",
        "2: the front matter must be fields with values, such as `id: some-name`",
    ),
    "quote left open": (
        "title: The warm kettle",
        'title: "The warm kettle',
        "9: not YAML: while parsing a block mapping, did not find expected key",
    ),
    "colon in a text": (
        "title: The warm kettle",
        "title: Kettle: the warm one",
        "6: not YAML: mapping values are not allowed in this context; a text with `: ` in it needs quotes",
    ),
    "bracket left open": (
        "topics: [caching]",
        "topics: [caching",
        "6: not YAML: while parsing a flow sequence, did not find expected ',' or ']'",
    ),
    "no such day": ("title: The warm kettle", "title: 2024-13-01", "2: not YAML: month must be in 1..12"),
    "an object": (
        "title: The warm kettle",
        "title: !!python/name:os.system",
        "6: not YAML: could not determine a constructor for the tag 'tag:yaml.org,2002:python/name:os.system'",
    ),
    "an alias": (
        "topics: [caching]\ntitle: The warm kettle",
        "topics: &a [caching]\ntitle: *a",
        "6: the alias *a is not allowed; write it out",
    ),
    "too deep": (
        "topics: [caching]",
        f"topics: {'[' * 20_000}",
        "5: lists and fields nested more than 40 deep; at most that is allowed",
    ),
    "too large": ("Why?", "Why? " * 20_000, f"1: {len(QUICK) + 20_000 * 5 - 4} bytes; at most 100000 are allowed"),
}


@pytest.mark.parametrize(("sample", "old", "new", "messages"), rows("quick/warm-kettle", FIELDS | TEXTS | PARTS))
def test_what_is_wrong_is_told_to_the_line(
    tmp_path: Path, sample: str, old: str, new: str, messages: list[str]
) -> None:
    assert broken(tmp_path, sample, old, new) == messages
