"""The computer's voice: a chapter's sentences become sound, and we learn when each is spoken."""

from __future__ import annotations

import re
import sys
import tempfile
import wave
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from scripts.films.programs import run

#: Samples a second of espeak-ng; one channel of 16 bits.
RATE = 22050
LEAD, AFTER_SENTENCE, AFTER_CHAPTER = 0.6, 0.45, 0.9
#: Below this a sample counts as silence; so many samples are kept around the speech, lest it is clipped.
SILENCE, KEEP_BEFORE, KEEP_AFTER = 120, 200, 400

#: espeak-ng: voice, words a minute, pitch, pause between words (of 10 ms).
VOICES = {
    "nl": ("-v", "nl+f2", "-s", "145", "-p", "42", "-g", "2"),
    "en": ("-v", "en-gb+f2", "-s", "150", "-p", "42", "-g", "2"),
}
#: What the voice would misread, and how to spell it for the ear. What is shown stays as it is written.
FOR_THE_EAR = {
    "nl": {r"\b1e\b": "eerste", r"\b2e\b": "tweede", r"\b3e\b": "derde", "×": " maal ",
           r"\bGDPR\b": "gee dee pee er", r"\bLTI\b": "el tee ie", "webcast": "wepkaast"},
    "en": {"×": " times ", r"\b112\b": "one one two", r"\b1712\b": "seventeen twelve"},
}  # fmt: skip


@dataclass(slots=True)
class Narration:
    """A film's sound; and, in seconds, where each chapter starts and each sentence is spoken."""

    samples: array[int]
    chapters: list[Decimal] = field(default_factory=list)
    sentences: list[list[tuple[Decimal, Decimal]]] = field(default_factory=list)

    @property
    def duration(self) -> Decimal:
        return (Decimal(len(self.samples)) / RATE).quantize(Decimal("0.001"))

    def write(self, path: Path) -> None:
        """The sound as a WAV file."""
        with wave.open(str(path), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(RATE)
            sound.writeframes(_little_endian(self.samples).tobytes())


def narrate(chapters: Sequence[Sequence[str]], language: str) -> Narration:
    """Reads the chapters aloud, with a pause after each sentence and a longer one after each chapter."""
    narration = Narration(_silence(LEAD))
    for number, sentences in enumerate(chapters):
        narration.chapters.append(narration.duration if number else Decimal(0))
        spoken = []
        for sentence in sentences:
            start = narration.duration
            narration.samples.extend(speak(sentence, language))
            spoken.append((start, narration.duration))
            narration.samples.extend(_silence(AFTER_SENTENCE))
        narration.samples.extend(_silence(AFTER_CHAPTER))
        narration.sentences.append(spoken)
    return narration


def speak(sentence: str, language: str) -> array[int]:
    """The samples of one sentence, without the silence around it."""
    for pattern, replacement in FOR_THE_EAR[language].items():
        sentence = re.sub(pattern, replacement, sentence, flags=re.IGNORECASE)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sentence.wav"
        run("espeak-ng", *VOICES[language], "-w", str(path), "--", sentence)
        with wave.open(str(path), "rb") as sound:
            samples = _little_endian(array("h", sound.readframes(sound.getnframes())))
    loud = [position for position, sample in enumerate(samples) if abs(sample) >= SILENCE]
    if not loud:
        return samples
    return samples[max(0, loud[0] - KEEP_BEFORE) : loud[-1] + KEEP_AFTER]


def _silence(seconds: float) -> array[int]:
    return array("h", [0]) * int(RATE * seconds)


def _little_endian(samples: array[int]) -> array[int]:
    """WAV is little-endian, whatever the machine is."""
    if sys.byteorder == "big":
        samples = samples[:]
        samples.byteswap()
    return samples
