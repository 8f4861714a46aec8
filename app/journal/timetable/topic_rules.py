"""Rules of the topic plan of a journal, the work programme of annex 1: how its lines are read, which topic is next, and
which lesson deviates from it (4.1.1). Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.kernel.errors import FieldProblem, Invalid

MAX_TOPICS, MAX_TOPIC_LENGTH, MAX_TOPIC_HOURS = 200, 200, 200
DEFAULT_HOURS = 2
MAX_NAMED_PROBLEMS = 10
_NUMBERING = re.compile(r"^\s*\d{1,3}\s*[.)]\s+")
_SEPARATORS = re.compile(r"\t|;")
_TYPE_WORDS = {
    "LECTURE": ("лекция", "лекциялык", "лк", "лек", "lecture"),
    "PRACTICE": (
        "практика",
        "практикалык",
        "практическое",
        "пр",
        "практ",
        "семинар",
        "practice",
        "practical",
    ),
    "LAB": (
        "лаборатория",
        "лабораториялык",
        "лабораторная",
        "лабораторное",
        "лаб",
        "лб",
        "lab",
        "laboratory",
    ),
    "INDEPENDENT_WORK": ("срс", "өз", "өзбетинче", "самостоятельная", "independent"),
    "CONSULTATION": ("консультация", "конс", "consultation"),
}
_TYPE_BY_WORD = {word: type for type, words in _TYPE_WORDS.items() for word in words}


@dataclass(frozen=True, slots=True)
class TopicLine:
    """One planned topic: type of lesson, academic hours, text."""

    type: str
    hours: int
    topic: str


@dataclass(frozen=True, slots=True)
class LessonTopic:
    """The topic of a lesson with its type and hours; "" while nobody wrote it."""

    type: str
    hours: int
    topic: str


def topic_key(topic: str) -> str:
    """Return a topic as it is compared: without case, spaces at its ends and a full stop."""
    return " ".join(topic.split()).rstrip(".").casefold()


def read_topic_lines(text: str) -> list[TopicLine]:
    """Read a topic plan as it is typed or pasted from a table: one topic a line, with its type and its hours before or
    after it, separated by tabs or semicolons. A line without a type has that of the line before, at first a lecture;
    one without hours has two.

    Raises Invalid on `topics`, naming the lines.
    """
    found: list[TopicLine] = []
    problems: list[FieldProblem] = []
    type = "LECTURE"
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        parts = [part.strip() for part in _SEPARATORS.split(_NUMBERING.sub("", line)) if part.strip()]
        one = _read_line(parts, type)
        if isinstance(one, str):
            problems.append(
                FieldProblem(one, {"line": number, "max": MAX_TOPIC_LENGTH, "hours": MAX_TOPIC_HOURS})
            )
            continue
        type = one.type
        found.append(one)
    if len(found) > MAX_TOPICS:
        problems.append(FieldProblem("journal.topics.too_many", {"most": MAX_TOPICS}))
    if problems:
        raise Invalid({"topics": problems[:MAX_NAMED_PROBLEMS]})
    return found


def _read_line(parts: Sequence[str], type: str) -> TopicLine | str:
    """Return the topic of one line, or the code of its problem."""
    texts: list[str] = []
    hours: int | None = None
    named = False
    for part in parts:
        word = part.split()[0].strip(".,:").casefold() if part.split() else ""
        if part.isdecimal() and hours is None:
            hours = int(part[:6])
        elif not named and word in _TYPE_BY_WORD and len(part.split()) <= 2:
            type, named = _TYPE_BY_WORD[word], True
        else:
            texts.append(part)
    topic = " ".join("; ".join(texts).split())
    if not topic:
        return "journal.topics.no_topic"
    if len(topic) > MAX_TOPIC_LENGTH:
        return "journal.topics.long_topic"
    if hours is not None and not 1 <= hours <= MAX_TOPIC_HOURS:
        return "journal.topics.wrong_hours"
    return TopicLine(type, DEFAULT_HOURS if hours is None else hours, topic)


def find_next_topic(plan: Iterable[TopicLine], taught: Iterable[LessonTopic], type: str) -> TopicLine | None:
    """Return the first planned topic of this type of lesson whose hours are not taught yet; None when all are."""
    hours: Counter[str] = Counter()
    for lesson in taught:
        if lesson.type == type:
            hours[topic_key(lesson.topic)] += lesson.hours
    for line in plan:
        key = topic_key(line.topic)
        if line.type != type:
            continue
        if hours[key] < line.hours:
            return line
        # A topic that stands twice in the plan needs the hours of both.
        hours[key] -= line.hours
    return None


def deviates_from_plan(topic: str, plan: Iterable[TopicLine]) -> bool:
    """Return whether a lesson has a topic that the plan does not name (4.1.1). Without a plan nothing deviates."""
    keys = {topic_key(line.topic) for line in plan}
    return bool(keys and topic.strip()) and topic_key(topic) not in keys
