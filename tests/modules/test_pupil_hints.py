"""A soft warning when a text seems to name a pupil, and silence when it does not."""

import time

import pytest

from modules import names_pupil_hints


@pytest.mark.parametrize(
    ("text", "hints"),
    [
        ("Mijn leerling Jonas vindt lezen moeilijk.", ["Jonas"]),
        ("De leerling, Zbigniew, kan goed tellen.", ["Zbigniew"]),
        ("Hij heet Quirijn en is negen.", ["Quirijn"]),
        ("Jonas was er niet. Later kwam Jonas wel.", ["Jonas"]),
        ("Het meisje Anne-Fleur las voor.", ["Anne-Fleur"]),
        ("Ik werkte met J.D. aan breuken.", ["J.D."]),
        ("De leerling J. telt vlot.", ["J."]),
        ("Geboren op 3/05/2015 in Gent.", ["Geboren op 3/05/2015"]),
        ("Hij is van 12-03-2014.", ["12-03-2014"]),
        ("De mama is te bereiken op 0475 12 34 56.", ["0475 12 34 56"]),
        ("Bel +32 475 12 34 56 of 0475/12.34.56.", ["+32 475 12 34 56", "0475/12.34.56"]),
        ("Mail naar ouder@voorbeeld.be als er iets is.", ["ouder@voorbeeld.be"]),
    ],
)
def test_dutch(text, hints):
    assert names_pupil_hints(text, "nl") == hints


@pytest.mark.parametrize(
    ("text", "hints"),
    [
        ("My pupil Xanthe reads slowly.", ["Xanthe"]),
        ("A boy called Brecht helped.", ["Brecht"]),
        ("Her name is Yasmine.", ["Yasmine"]),
        ("The child was born on 3 May 2015.", ["born on 3 May"]),
    ],
)
def test_english(text, hints):
    assert names_pupil_hints(text, "en") == hints


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Mijn leerlingen zijn jonger. In september begin ik, op maandag, in Antwerpen.",
        "Elke leerling Nederlands laten lezen, ook in Brugge en op Smartschool.",
        "Voor elke leerling Wiskunde of Frans. De kinderen Ik-boodschappen leren.",
        "De eerste sessie was op 12/11/2026 om 10u30, de tweede op 19/11/2026.",
        "Op 01/09/2026 10 minuten, daarna 15 minuten L.O. en P.A.V.",
        "Ik tel tot 100 000 000 met de klas. Het lukte 9 van de 10 keer.",
        "Toon eerst hoe het moet. Mei was druk. Dan doen we het samen.",
        "De leerling. De klas. Met vier leerlingen. Zij kozen zelf.",
        "Ik las een artikel van Leerpunt en van de KU Leuven, bv. over feedback.",
    ],
)
def test_no_false_alarm_in_ordinary_dutch(text):
    assert names_pupil_hints(text, "nl") == []


@pytest.mark.parametrize(
    "text",
    [
        "The pupil I help reads French with Bingel in May.",
        "Children in Ghent start on Monday. March was busy.",
        "A pupil. The class. When pupils The game play.",
    ],
)
def test_no_false_alarm_in_ordinary_english(text):
    assert names_pupil_hints(text, "en") == []


@pytest.mark.parametrize("piece", ["leerling ", "A.", "0 ", "a@", "Aa-", "geboren 1", "1/", "heet heet "])
def test_a_long_text_is_read_quickly(piece):
    started = time.process_time()
    names_pupil_hints(piece * (20_000 // len(piece)), "nl")
    assert time.process_time() - started < 0.5
