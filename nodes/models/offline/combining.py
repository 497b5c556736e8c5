"""Skills that make one text of several: merge them, write one from them, edit one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from nodes.models.offline.facts import role_of, spaced
from nodes.models.offline.frames import FRAMES, bullets, say, unmarked
from nodes.models.offline.lexicon import CONTAINERS, DIRECTIONS, NOTES
from nodes.models.offline.planning import not_given, outline, title_of, topic_of
from nodes.models.offline.ranking import Seen, summarise
from nodes.models.offline.reading import Request, Source
from nodes.models.offline.words import BULLET, Language, sentences

_HEADING_WORDS = 10
_PARAGRAPH = 3  # sentences
_PROSE = 8  # sentences kept of a long text without headings
_LAST = (FRAMES["notes"].en, FRAMES["notes"].ar)  # the section that closes a text
_TRIP = ("origin", "dates", "travellers")
_DIRECTING = tuple(
    word.lower()
    for frame in (FRAMES["review"], FRAMES["outline"])
    for word in (frame.en.removesuffix(": {}"), frame.ar.removesuffix(": {}"))
)


@dataclass(slots=True)
class Section:
    """Lines under a heading; "" where there is none. Both as they stand in the text."""

    heading: str
    lines: list[str] = field(default_factory=list)

    @property
    def is_title(self) -> bool:
        """It says where a trip goes, with or without lines."""
        return bool(FRAMES["trip"].slots(unmarked(self.heading)))


def is_heading(line: str) -> bool:
    """`line` is bold, begins with # or ends with a colon, and is short."""
    text = line.strip()
    marked = text.startswith("#") or (len(text) > len("****") and text[:2] == text[-2:] == "**")
    colon = text.endswith(":") and not BULLET.match(line)
    return (marked or colon) and len(text.split()) <= _HEADING_WORDS


def sections(source: Source) -> list[Section]:
    """`source` cut at its headings; text before the first stands under the name of the source."""
    found = [Section(_name(source))]
    for line in source.text.split("\n"):
        if is_heading(line):
            found.append(Section(line.strip()))
        elif line.strip():
            found[-1].lines.append(line.rstrip())
    return [section for section in found if section.lines or section.is_title]


def _name(source: Source) -> str:
    """The name of `source` as a heading, unless it only says that it is a text."""
    plain = spaced(source.name).replace(" ", "")
    if not plain or plain in CONTAINERS or role_of(source.name):
        return ""
    return f"**{source.name}**"


def united(sources: Sequence[Source], language: Language) -> list[Section]:
    """The sections of all sources in order; those with one heading become one, notes last."""
    found: dict[str, Section] = {}
    for source in _with_headed_notes(sources, language):
        for section in sections(source):
            key = unmarked(section.heading).rstrip(":").lower()
            found.setdefault(key, Section(section.heading)).lines += section.lines
    return sorted(found.values(), key=lambda section: unmarked(section.heading) in _LAST)


def _with_headed_notes(sources: Sequence[Source], language: Language) -> list[Source]:
    """`sources`; where some have headings, prose called notes gets one, a line each sentence."""
    has_headings = any(is_heading(line) for s in sources for line in s.text.split("\n"))
    return [
        Source("", f"{say('notes', language)}\n{bullets(sentences(source.text) or [source.text])}")
        if has_headings and spaced(source.name) in NOTES
        else source
        for source in sources
    ]


def _is_prose(section: Section) -> bool:
    return not section.heading and not any(BULLET.match(line) for line in section.lines)


def _condensed(section: Section, about: Sequence[str]) -> Section:
    """Long prose cut to its main sentences."""
    found = sentences("\n".join(section.lines))
    if not _is_prose(section) or len(found) <= _PROSE:
        return section
    return Section("", [f"- {sentence}" for sentence in summarise(found, _PROSE, about)])


def _paragraphs(section: Section) -> Section:
    """Prose with a blank line after some sentences."""
    found = sentences("\n".join(section.lines))
    if not _is_prose(section) or len(section.lines) > 1 or len(found) <= _PARAGRAPH:
        return section
    rows = [found[n : n + _PARAGRAPH] for n in range(0, len(found), _PARAGRAPH)]
    return Section("", ["\n\n".join(" ".join(row) for row in rows)])


def _fresh(found: Sequence[Section], title: str = "") -> list[str]:
    """The sections as blocks under `title`, without lines that nearly repeat an earlier one."""
    seen, blocks = Seen(), []
    titles = {title}
    for section in found:
        lines = [kept for line in section.lines if (kept := _fresh_line(line, seen))]
        if lines or section.is_title:
            heading = _fresh_heading(section.heading, titles)
            blocks.append("\n".join([heading, *lines] if heading else lines))
    return blocks


def _fresh_heading(heading: str, titles: set[str]) -> str:
    """`heading` without a title that an earlier one gave, which is then in `titles`."""
    plain = unmarked(heading)
    name, _, title = plain.partition(": ")
    framed = (frame.slots(plain) for frame in FRAMES.values() if frame.kind == "heading")
    if not title or (title,) not in framed:
        return heading
    known = title in titles
    titles.add(title)
    return f"**{name}**" if known else heading


def _fresh_line(line: str, seen: Seen) -> str:
    """`line` without those of its sentences that were said before; "" where nothing is left."""
    if FRAMES["total"].slots(unmarked(line)):
        return line  # each section says what it counts with
    said = sentences(line)
    if len(said) < 2:  # noqa: PLR2004  a line of one sentence, or of none
        return line if seen.add(unmarked(line)) else ""
    kept, end = "", 0
    for sentence in said:
        start = line.index(sentence, end)
        kept += line[end:start]
        end = start + len(sentence)
        kept += sentence if seen.add(sentence) else ""
    kept = re.sub(r"(?<=\S)[ \t]{2,}", " ", kept + line[end:]).strip()
    return kept if BULLET.sub("", f"{kept} ").strip() else ""


def _shared(sources: Sequence[Source]) -> list[str]:
    """The sentences of prose that a later source nearly repeats."""
    seen, shared = Seen(), []
    for source in sources:
        said = [
            s
            for section in sections(source)
            if _is_prose(section)
            for s in sentences("\n".join(section.lines))
        ]
        shared += [sentence for sentence in said if seen.knows(sentence)]
        for sentence in said:
            seen.add(sentence)
    return shared


def merge(request: Request) -> str:
    """All texts in one: headings united, repeats left out, first what several of them say."""
    sources = request.texts
    shared = _shared(sources)
    found = [_condensed(each, request.about) for each in united(sources, request.language)]
    if shared:
        found.insert(0, Section(say("agreed", request.language), [f"- {line}" for line in shared]))
    return "\n\n".join([*_fresh(found), *_open(request)])


def _open(request: Request) -> list[str]:
    """What a trip still needs to be booked."""
    if not request.facts.one("destination"):
        return []
    missing = not_given(request, _TRIP)
    return [missing] if missing else []


def _material(request: Request) -> list[Section]:
    """The sections without reviews and outlines: those say how to write, not what."""
    sources = [source for source in request.texts if spaced(source.name) not in DIRECTIONS]
    return [
        section
        for section in united(sources, request.language)
        if not unmarked(section.heading).lower().startswith(_DIRECTING)
    ]


def write(request: Request) -> str:
    """One text of all there is, under a title; an outline where there is no text."""
    found = [_paragraphs(_condensed(each, request.about)) for each in _material(request)]
    title = _title(request)
    has_title = not title or any(section.heading == title for section in found)
    blocks = _fresh(found, "" if has_title else title_of(request.facts, request.language))
    if not blocks:
        return outline(request)
    return "\n\n".join([*([] if has_title else [title]), *blocks, *_open(request)])


def _title(request: Request) -> str:
    """A heading for all of it: the trip, or what it is about; "" where neither is known."""
    place = title_of(request.facts, request.language)
    if place:
        return say("trip", request.language, place)
    topic = topic_of(request)
    return f"**{topic}**" if topic else ""


def edit(request: Request) -> str:
    """The text without repeats and without what reviewers wrote into it."""
    return "\n\n".join(_fresh(_material(request))) or outline(request)
