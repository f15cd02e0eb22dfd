"""Passwords of accounts: which are taken, how they are kept, and how one is compared.

Argon2id with 19 MiB, two passes, one lane: the floor of the OWASP Password Storage Cheat Sheet
(https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html); what is kept by lesser measures is
hashed anew at the next sign-in.
"""

from functools import cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 15, 128

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)

#: what somebody who guesses tries first: words of this service, and passwords of fifteen characters and more that
#: everybody thinks of.  Compared without case, blanks and punctuation, and also when repeated or with digits behind.
_WORDS = """
    buddytrainer leerbuddy leerbuddies leerbuddiesvlaanderen buddytrainerbuddy trainer operator beheerder
    administrator administrateur wachtwoord welkom welkomwelkom geheim password passwordpassword passphrase
    correcthorsebatterystaple letmein letmeinplease changeme changemeplease qwerty qwertyuiop qwertyuiopasdfgh
    qwertyuiopasdfghjkl qwertyuiopasdfghjklzxcvbnm azerty azertyuiop azertyuiopqsdfgh azertyuiopqsdfghjklm
    asdfghjkl abcdefghijklmno abcdefghijklmnop abcdefghijklmnopqrstuvwxyz iloveyou iloveyouforever
    ditiseenwachtwoord ditismijnwachtwoord mijnwachtwoord thisisapassword thisismypassword
    hogeschool universiteit lerarenopleiding onderwijs vlaanderen belgie
    """
_GUESSED_FIRST = frozenset(_WORDS.split())


class PasswordRefused(Exception):
    """A password that is not taken; the text says why, in plain English for the person at the keyboard."""


def check_rules(password: str, *, about: tuple[str, ...] = ()) -> None:
    """Whether a new password is good enough: length, and not what one guesses first.  No rules of composition.

    Args:
        about: words that belong to the account, such as its address and name.

    Raises:
        PasswordRefused: with the reason.
    """
    if len(password) < SHORTEST:
        raise PasswordRefused(
            f"The password is shorter than {SHORTEST} characters: take a few words in a row."
        )
    if len(password) > LONGEST:
        raise PasswordRefused(f"The password is longer than {LONGEST} characters.")
    if not password.isprintable():
        raise PasswordRefused("The password holds a character that cannot be typed.")
    letters = "".join(character for character in password.casefold() if character.isalnum())
    word = _repeated(letters.strip("0123456789") or _repeated(letters))
    own = {"".join(filter(str.isalnum, part)) for text in about for part in (text, *text.split("@"))}
    if len(set(letters)) < 5 or word in _GUESSED_FIRST or word in {part.casefold() for part in own}:
        raise PasswordRefused("This password is among the first that somebody would guess.")


def _repeated(text: str) -> str:
    """The part that ``text`` repeats; ``text`` itself when it repeats none."""
    return text[: (text + text).find(text, 1)] if text else text


def hash_password(password: str) -> str:
    """What is kept of a password, in PHC format; takes some 30 ms and 19 MiB."""
    return _HASHER.hash(password)


def is_password(kept: str | None, password: str) -> bool:
    """Whether this is the password of which ``kept`` was kept.

    For an account that does not exist (None) the answer is no, after the same work: the time does not tell who has
    an account.
    """
    if len(password) > LONGEST:
        password = ""
    try:
        _HASHER.verify(kept if kept is not None else _nobodys(), password)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def needs_hashing_anew(kept: str) -> bool:
    """Whether it was kept by lesser measures than today's."""
    return _HASHER.check_needs_rehash(kept)


@cache
def _nobodys() -> str:
    return _HASHER.hash("the password of nobody at all")
