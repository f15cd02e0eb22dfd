"""A learning module and nothing else: what it is, how it is written down, what counts as having done it.

Pure: no web, no database, no LMS, no clock of its own. The names below are the face of the package.

A document      `read_document`, `parse_document`, `write_document`, `find_problems`; the format is `SCHEMA`
A folder        `load_module`, `check_module`, `load_library`, `library_folders`, `find_media`, `hash_file`
Links           `CartridgeLink`, `write_cartridge`: a Common Cartridge
Captions        `read_captions`, `write_captions`, `chapter_cues`, `transcript`, `transcript_text`
Watching        `Coverage`, `credit`; reading instead: `credit_reading`
Answering       `mark`, `score`, `best`, `shuffled`
Writing         `short_fields`, `is_ready`, `names_pupil_hints`
Completing      `decide`, `percent_done`, `film_via`; how long it holds: `academic_year`, `still_holds`
"""

from modules.academic_year import AcademicYear, academic_year, holds_until, still_holds
from modules.captions import (
    Cue,
    Paragraph,
    Section,
    chapter_cues,
    count_words,
    read_captions,
    transcript,
    transcript_text,
    write_captions,
)
from modules.cartridge import CartridgeLink, write_cartridge
from modules.checks import find_problems
from modules.completion import FilmProgress, Missing, Progress, Verdict, decide, film_via, percent_done
from modules.coverage import CAP, Coverage, Credit, Span, credit
from modules.document import NAMESPACE, SCHEMA, parse_document, read_document, write_document
from modules.marking import AnswerError, Feedback, Marked, Score, best, mark, score, shuffled
from modules.model import (
    LANGUAGES,
    Audience,
    Block,
    Chapter,
    Field,
    Film,
    FilmQuestion,
    KnowledgeCheck,
    Language,
    Media,
    Minutes,
    Module,
    Option,
    Question,
    Reading,
    Reflection,
    Rule,
    Step,
    StepKind,
    Text,
    Track,
    Webcast,
)
from modules.package import (
    DOCUMENT,
    Package,
    check_module,
    find_media,
    hash_file,
    library_folders,
    load_library,
    load_module,
)
from modules.problems import DocumentError, Problem
from modules.pupil_hints import names_pupil_hints
from modules.reading import WORDS_PER_MINUTE, ReadingCredit, credit_reading
from modules.reflection import ShortField, is_ready, short_fields

__all__ = [
    "CAP",
    "DOCUMENT",
    "LANGUAGES",
    "NAMESPACE",
    "SCHEMA",
    "WORDS_PER_MINUTE",
    "AcademicYear",
    "AnswerError",
    "Audience",
    "Block",
    "CartridgeLink",
    "Chapter",
    "Coverage",
    "Credit",
    "Cue",
    "DocumentError",
    "Feedback",
    "Field",
    "Film",
    "FilmProgress",
    "FilmQuestion",
    "KnowledgeCheck",
    "Language",
    "Marked",
    "Media",
    "Minutes",
    "Missing",
    "Module",
    "Option",
    "Package",
    "Paragraph",
    "Problem",
    "Progress",
    "Question",
    "Reading",
    "ReadingCredit",
    "Reflection",
    "Rule",
    "Score",
    "Section",
    "ShortField",
    "Span",
    "Step",
    "StepKind",
    "Text",
    "Track",
    "Verdict",
    "Webcast",
    "academic_year",
    "best",
    "chapter_cues",
    "check_module",
    "count_words",
    "credit",
    "credit_reading",
    "decide",
    "film_via",
    "find_media",
    "find_problems",
    "hash_file",
    "holds_until",
    "is_ready",
    "library_folders",
    "load_library",
    "load_module",
    "mark",
    "names_pupil_hints",
    "parse_document",
    "percent_done",
    "read_captions",
    "read_document",
    "score",
    "short_fields",
    "shuffled",
    "still_holds",
    "transcript",
    "transcript_text",
    "write_captions",
    "write_cartridge",
    "write_document",
]
