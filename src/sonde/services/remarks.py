"""What a sentence of a conversation is: a decision, something to do, a question. By rules, for English.

The rules look for how people say such things, not for what they talk about. In other languages they find
little, and every sentence is a point of the discussion.
"""

import re
from enum import StrEnum
from typing import Final


class Remark(StrEnum):
    """What kind of sentence it is."""

    DECISION = "decision"
    ACTION = "action"
    PROBLEM = "problem"
    QUESTION = "question"
    DONE = "done"
    POINT = "point"
    """None of the others."""


_PERSON: Final = r"(?:i|we|you|he|she|they|(?-i:[A-Z])[\w'-]+)"
_WILL: Final = r"(?:will|'ll|shall|(?:am|are|is|'m|'re) going to)"
_TASKS: Final = (
    "send|share|check|write|review|update|prepare|schedule|fix|follow|look|create|add|ask|call|book|set|test"
    "|finish|make|tell|remind|merge"
)
_FINISHED: Final = (
    "finished|completed|fixed|shipped|merged|deployed|delivered|released|closed|solved|wrote|built|tested"
)

_RULES: Final = {
    Remark.DECISION: (
        r"\b(?:we|they)(?:'ve| have)? (?:decided|agreed|settled|resolved|concluded|approved)\b",
        r"\b(?:it(?:'s| is| was)|that(?:'s| is| was)) (?:decided|agreed|settled|approved)\b",
        r"\b(?:the|our|my) (?:final )?decision\b",
        r"\blet(?:'s| us) (?:go with|stick with|settle on|agree)\b",
        r"\bwe(?:'ll| will| are going to|'re going to) (?:go with|stick with|use|drop|adopt|postpone|ship)\b",
    ),
    Remark.ACTION: (
        rf"\b{_PERSON}(?: {_WILL}|{_WILL}) (?!be\b|have\b|not be\b)\w+",
        rf"\b{_PERSON} (?:need|needs|have|has|ought) to (?!be\b)\w+",
        rf"\b(?:please|could you|can you|would you)\b.*\b(?:{_TASKS})\b",
        r"\baction items?\b|\bto-?do\b|\bnext steps?\b|\bdeadline\b|\bfollow(?:ing)? up\b",
        r"\b(?:by|before|until) (?:today|tomorrow|tonight|next week|(?:the )?end of|\w+day\b)",
    ),
    Remark.PROBLEM: (
        r"\b(?:blocked|blocker|stuck|problem|issue|bug|risk|outage|delay(?:ed)?|broken)s?\b",
        r"\b(?:concern(?:ed)?|worr(?:y|ied)|fail(?:s|ed|ing|ure)?|cannot|can't|do(?:es)?(?:n't| not) work)\b",
        r"\btoo (?:slow|late|expensive)\b",
    ),
    Remark.QUESTION: (r"\?\s*$",),
    Remark.DONE: (
        rf"\b{_PERSON}(?:'ve| have| has)? (?:just )?(?:{_FINISHED})\b",
        r"\b(?:is|are) (?:done|finished|ready)\b",
    ),
}
_COMPILED: Final = tuple(
    (remark, re.compile("|".join(patterns), re.IGNORECASE)) for remark, patterns in _RULES.items()
)

CONSIDERED: Final = 600
"""Characters of a sentence that the rules look at."""


def classify(sentence: str) -> Remark:
    """What a sentence is: the first kind whose rule it meets."""
    beginning = sentence[:CONSIDERED]
    return next((remark for remark, rule in _COMPILED if rule.search(beginning)), Remark.POINT)
