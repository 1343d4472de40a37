from datetime import datetime

from agents.triage_agent import propose
from services.events import Event

WORDS = {"fall": {"fell", "floor", "bed"}, "medication": {"dose", "tablet", "infusion"}}


def event(text, harm="C"):
    return Event(1, 1, "3B", datetime(2026, 1, 4, 6, 30), harm, text, None)


def test_the_best_matching_category_wins():
    assert propose(event("patient fell out of bed"), WORDS).category == "fall"


def test_unknown_words_are_not_guessed_at():
    assert propose(event("the lift was stuck"), WORDS).category == "unclassified"


def test_harm_decides_the_priority():
    assert propose(event("wrong dose", harm="G"), WORDS).priority == 1
