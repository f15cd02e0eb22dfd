"""The vertaalslag: ready when each of the four fields has ten words."""

from modules import ShortField, is_ready, short_fields

TEN = "Ik begroet elke leerling bij naam aan de deur, elke keer."
FIELDS = ("worked", "different", "action", "notice")


def test_it_works(greeting):
    assert is_ready(greeting.reflections[0], dict.fromkeys(FIELDS, TEN))


def test_a_field_with_nine_words_is_named(greeting):
    texts = {**dict.fromkeys(FIELDS, TEN), "action": "een twee drie vier vijf zes zeven acht negen"}
    assert short_fields(greeting.reflections[0], texts) == (ShortField("action", 9, 10),)


def test_a_field_that_was_not_written_counts_as_empty(greeting):
    short = short_fields(greeting.reflections[0], {})
    assert [(field.key, field.words) for field in short] == [(key, 0) for key in FIELDS]


def test_dots_and_dashes_are_no_words(greeting):
    assert not is_ready(greeting.reflections[0], dict.fromkeys(FIELDS, ". - … ! " * 10))
