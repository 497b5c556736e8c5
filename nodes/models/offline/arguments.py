"""Fills a JSON Schema from a request: choices by shared words, the rest by what it says."""

import re
from dataclasses import dataclass, field
from typing import Any

from nodes.models.offline import reviewing, skills
from nodes.models.offline.facts import number, role_of, spaced
from nodes.models.offline.phrases import key_phrases
from nodes.models.offline.planning import title_of
from nodes.models.offline.ranking import summarise
from nodes.models.offline.reading import Request
from nodes.models.offline.schema import DEEP, Json, Schema, fitted, kind, resolve, within
from nodes.models.offline.words import QUOTED, content

_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?")
_NO = re.compile(r"\b(?:no|not|never|reject|false|without)\b|(?<!\w)(?:لا|ليس|بدون)(?!\w)", re.I)
_ALL = re.compile(r"query|question|prompt|input|request|task|expression|سؤال|طلب", re.I)
_TITLE = re.compile(r"title|topic|subject|headline|عنوان|موضوع", re.I)
_SUMMARY = re.compile(
    r"summar|answer|content|text|body|reason|feedback|result|description|overview|ملخص|جواب|نص|وصف",
    re.I,
)
_VERDICT = re.compile(r"^(?:is )?(?:approved|accepted|passed|ok|good)$", re.I)
_POINTS = re.compile(r"points|faults|issues|problems|mend", re.I)
_ENDED = re.compile(r"have worked on it already", re.I)  # in what a master is asked
_MEMBERS = 5


@dataclass
class Filler:
    """Makes values for one schema from one request. Its loose numbers are used once, in order."""

    root: Schema
    request: Request
    used: frozenset[str] = frozenset()  # options that earlier answers already chose
    _numbers: list[str] = field(init=False)

    def __post_init__(self) -> None:
        """Take the numbers of the instruction that no fact has taken."""
        facts = " ".join(value for _, given in self.request.facts.pairs for value in given)
        taken = set(_NUMBER.findall(facts))
        self._numbers = [n for n in _NUMBER.findall(self.request.instruction) if n not in taken]

    def value(self, schema: Schema | bool, name: str = "", depth: int = 0) -> Json:  # noqa: FBT001  JSON Schema allows a boolean
        """A value that `schema` allows, for a property called `name`."""
        found = resolve(schema, self.root, depth)
        if "const" in found:
            return found["const"]
        if "enum" in found:
            return self._choice(found["enum"], name, found.get("description", ""))
        match kind(found):
            case "object":
                return self._object(found, depth)
            case "array":
                return self._array(found, name, depth)
            case plain:
                return self._plain(plain, found, name)

    def _plain(self, plain: str, schema: Schema, name: str) -> str | float | bool | None:
        if plain == "null":
            return None
        if plain == "boolean" and _VERDICT.search(spaced(name)) and self._reviews:
            return not reviewing.points(self.request)
        if plain == "boolean":
            return bool(schema.get("default", not _NO.search(self.request.instruction)))
        if plain in ("integer", "number"):
            return self._number(schema, name, whole=plain == "integer")
        return self._string(schema, name)

    def _known(self, name: str) -> tuple[str, ...]:
        """What the request says under `name`, or under the role that it names."""
        facts, role = self.request.facts, role_of(name) or name
        if role == "interests":
            return facts.interests
        if role == "days" and facts.days:
            return (str(facts.days),)
        named = (values for key, values in facts.others() if spaced(key) == spaced(name))
        return facts.all(role) or next(named, ())

    @property
    def _reviews(self) -> bool:
        return bool(self.request.texts) and skills.skill_for(self.request) == "review"

    def _choice(self, offered: list[Json], name: str, about: str) -> Json:
        known = {value.lower() for value in self._known(name)}
        exact = (option for option in offered if str(option).lower() in known)
        return next(exact, None) or max(offered, key=lambda option: self._fit(option, about))

    def _fit(self, option: Json, about: str) -> tuple[bool, int, bool]:
        """How well an option fits: not chosen before, words shared, facts that call for it.

        Its words are its own and what `about` says of it: `billing: invoices, payments; …`.
        """
        told = re.search(rf"(?<!\w){re.escape(str(option))}:\s*([^;\n]+)", about)
        meant = f"{re.sub(r'[_.-]', ' ', spaced(str(option)))} {told.group(1) if told else ''}"
        words = set(content(meant))
        asked, text = content(self.request.asked), content(self.request.text)
        shared = sum(3 * asked.count(word) + text.count(word) for word in words)
        return str(option) not in self.used, shared, skills.calls_for(str(option), self.request)

    def _chosen(self, offered: list[Json], least: int, most: int | None) -> list[Json]:
        """The options that fit at all, at least one, in the order offered."""
        about = str(self.root.get("description", ""))
        fits = {str(option): self._fit(option, about) for option in offered}
        ranked = sorted(offered, key=lambda option: fits[str(option)], reverse=True)
        free = [option for option in ranked if fits[str(option)][0] and any(fits[str(option)][1:])]
        count = max(least, len(free), 1)
        return sorted(ranked[:count][:most], key=offered.index)

    def _number(self, schema: Schema, name: str, *, whole: bool) -> int | float:
        said = number(" ".join(self._known(name))) if name else None
        near = re.search(
            rf"(?<!\w){re.escape(spaced(name))}\D{{0,20}}?(-?\d+(?:\.\d+)?)",
            self.request.asked,
            re.I,
        )
        if said is not None:
            found = float(said)
        elif name and near:
            found = float(near.group(1))
        elif "default" in schema:
            found = float(schema["default"] or 0)
        else:
            found = float(self._numbers.pop(0)) if self._numbers else 0.0
        return within(schema, found, whole=whole)

    def _string(self, schema: Schema, name: str) -> str:
        known = ", ".join(self._known(name)) if name else ""
        text = known or schema.get("default") or self._words(name)
        return fitted(schema, text, self.request.asked)

    def _words(self, name: str) -> str:
        """The words of the request that a property called `name` most likely wants."""
        request = self.request
        if not name:
            return skills.answer(request)[1]
        quoted = QUOTED.search(request.instruction)
        if _ALL.search(name):
            return request.matter
        if _TITLE.search(name):
            return title_of(request.facts, request.language) or self._term()
        if _SUMMARY.search(name):
            found = summarise(request.sentences, 2, request.about)
            return " ".join(found) or request.instruction or self._term()
        return quoted.group(1) if quoted else self._term()

    def _term(self) -> str:
        """What the request is about, in its own words."""
        values = "\n".join(value for _, given in self.request.facts.pairs for value in given)
        spoken = (self.request.instruction, self.request.wish, values, self.request.text)
        terms = key_phrases("\n".join(spoken), most=1)
        return terms[0] if terms else self.request.asked.strip()

    def _object(self, schema: Schema, depth: int) -> dict[str, Json]:
        properties: dict[str, Any] = schema.get("properties", {})
        required: list[str] = schema.get("required", [])
        if "properties" not in schema and not required and depth == 0:
            return self._everything()
        wanted = [key for key in properties if key in required or self._wants(key, schema, depth)]
        wanted += [key for key in required if key not in properties]
        loose: Schema | bool = schema.get("additionalProperties", {})
        return {key: self.value(properties.get(key, loose), key, depth + 1) for key in wanted}

    def _wants(self, key: str, schema: Schema, depth: int) -> bool:
        """Fill an optional property: where none is required, or where the request speaks of it."""
        return depth < DEEP and ("required" not in schema or bool(self._known(key)))

    def _everything(self) -> dict[str, Json]:
        """What there is to say without a schema: the facts, and the answer in text."""
        facts = {
            key: _typed(values[0]) if len(values) == 1 else list(values)
            for key, values in self.request.facts.pairs
        }
        return {**facts, "answer": skills.answer(self.request)[1]}

    def _array(self, schema: Schema, name: str, depth: int) -> list[Json]:
        least, most = schema.get("minItems", 0), schema.get("maxItems")
        made = [self.value(part, name, depth + 1) for part in schema.get("prefixItems", ())]
        if schema.get("items") is not False and (depth < DEEP or len(made) < least):
            items = resolve(schema.get("items", {}), self.root, depth + 1)
            made += self._members(items, name, depth, (max(least - len(made), 0), most))
        return made[:most]

    def _members(
        self, items: dict[str, Any], name: str, depth: int, size: tuple[int, int | None]
    ) -> list[Json]:
        least, most = size
        if "enum" in items:
            return self._padded(self._chosen(items["enum"], least, most), items, least)
        choice = self._choice_property(items)
        if choice:
            return self._delegated(items, choice, depth, size)
        if kind(items) == "string" and "const" not in items:
            said = self._strings(name)
            made = [fitted(items, one, self.request.asked) for one in dict.fromkeys(said)]
            return self._padded(made[:most], items, least)
        return self._padded([self.value(items, name, depth + 1)], items, least)

    def _strings(self, name: str) -> list[str]:
        """What a list called `name` is to hold."""
        if _POINTS.search(name) and self._reviews:
            return reviewing.points(self.request)
        terms = key_phrases(self.request.text or self.request.asked, _MEMBERS)
        return list(self._known(name)) or terms

    def _choice_property(self, items: dict[str, Any]) -> str:
        """The property by which an object chooses, say, a sub-agent; "" where it does not."""
        properties: dict[str, Any] = items.get("properties", {})
        return next((k for k, s in properties.items() if "enum" in resolve(s, self.root)), "")

    def _delegated(
        self, items: dict[str, Any], choice: str, depth: int, size: tuple[int, int | None]
    ) -> list[Json]:
        """An object for each option that fits; the rest of it is filled from the request."""
        if _ENDED.search(str(self.root.get("description", ""))):
            return self._padded([], items, size[0])
        offered = resolve(items["properties"][choice], self.root)["enum"]
        made = [
            {**self.value(items, "", depth + 1), choice: option}
            for option in self._chosen(offered, *size)
        ]
        return self._padded(made, items, size[0])

    def _padded(self, made: list[Json], items: Schema, least: int) -> list[Json]:
        """`made` with variations of its first member up to `least`."""
        made = made or ([self.value(dict(items), "", DEEP)] if least else [])
        first = made[0] if made else None
        while len(made) < least:
            made.append(_varied(first, len(made), items))
        return made


def _typed(value: str) -> str | int:
    return int(value) if value.isdecimal() else value


def _varied(first: Json, count: int, items: Schema) -> Json:
    """Another value like `first`, different from those before where its schema leaves room."""
    if items.keys() & {"enum", "const"}:
        return first
    if isinstance(first, str) and "maxLength" not in items:
        return f"{first} {count + 1}"
    if isinstance(first, int | float) and not isinstance(first, bool):
        step = items.get("multipleOf", 1)
        return within(items, first + count * step, whole=kind(items) == "integer")
    return first


def fill(schema: Schema, request: Request, used: frozenset[str] = frozenset()) -> Json:
    """A value for `schema`; an object where it does not say what."""
    root = resolve(schema, schema)
    told = "type" in root or "enum" in root or "const" in root or kind(root) != "string"
    return Filler(schema, request, used).value(schema if told else {"type": "object"})
