"""The skill that shares a budget out, shown as arithmetic."""

import re
from collections.abc import Sequence
from decimal import Decimal

from nodes.models.offline.arithmetic import ARITHMETIC, addition, product, rest, share
from nodes.models.offline.facts import Facts, number, said_in, split_list
from nodes.models.offline.frames import FRAMES, bullets, listed, say
from nodes.models.offline.planning import SHOWN, headed, joined, money, not_given, stated
from nodes.models.offline.ranking import unique
from nodes.models.offline.reading import Request

_NOTES = 6
_EACH = {  # what a price in the notes is for one of
    "person": re.compile(r"\b(?:a|per) person\b|\beach\b|للشخص|لكل شخص", re.I),
    "night": re.compile(r"\b(?:a|per) night\b|لليلة|في الليلة", re.I),
    "day": re.compile(r"\b(?:a|per) day\b|لليوم|في اليوم", re.I),
}


def budget(request: Request) -> str:
    """The amount shared over days and people, as arithmetic, and the prices in the notes."""
    facts, language = request.facts, request.language
    missing = not_given(request, ("budget", "days", "travellers"))
    lines = []
    if (total := facts.amount) is not None:
        days, people = facts.days, facts.travellers
        lines.append(say("total", language, money(facts.one("budget"), facts)))
        if days:
            lines.append(say("a_day", language, money(share(total, days), facts)))
        if people and people > 1:
            lines.append(say("a_person", language, money(share(total, people), facts)))
            if days:
                lines.append(
                    say("a_person_a_day", language, money(share(total, days, people), facts))
                )
        lines += _items(request, total)
    else:
        lines = stated(request, SHOWN)
    prices = [s for s in request.notes if any(c.isdigit() for c in s) and _speaks_of_money(s)]
    heading = headed("budget", request)
    lines += _spent(unique(prices)[:_NOTES], request)
    return joined(f"{heading}\n{bullets(lines)}".strip(), missing)


def _spent(prices: Sequence[str], request: Request) -> list[str]:
    """The prices of the notes, what each comes to, what they make together and leave."""
    facts, language = request.facts, request.language
    lines, amounts = [], []
    for sentence in prices:
        price = Facts(tuple(said_in(sentence)))
        count, amount = _count(sentence, facts), number(price.one("budget"))
        if count and amount is not None and price.currency == facts.currency:
            amounts.append(amount * count)
            counted = money(product(amount, count), facts)
            lines.append(say("figure", language, counted, sentence))
        else:
            lines.append(sentence)
    if len(amounts) > 1:
        lines.append(say("together", language, money(addition(amounts), facts)))
        if facts.amount is not None:
            left = rest(facts.amount, sum(amounts, Decimal(0)))
            lines.append(say("left", language, money(left, facts)))
    return lines


def _count(sentence: str, facts: Facts) -> int | None:
    """How many people, nights or days the price in `sentence` is for, where it says so."""
    counts = {"person": facts.travellers, "night": (facts.days or 1) - 1, "day": facts.days}
    return next((counts[unit] for unit, each in _EACH.items() if each.search(sentence)), None)


def _items(request: Request, total: Decimal) -> list[str]:
    """An equal share for each item that the request wants money for."""
    named = next(
        (v for k, v in request.facts.others() if k.lower() in ("categories", "items", "البنود")), ()
    )
    items = split_list(named[0]) if len(named) == 1 else named
    if not items:
        return []
    part = money(share(total, len(items)), request.facts)
    return [say("an_item", request.language, listed(items, request.language), part)]


def _speaks_of_money(sentence: str) -> bool:
    """A currency stands in `sentence`, and it is not arithmetic of an earlier answer."""
    known = Facts((("budget", (sentence,)),)).currency
    passed_on = any(FRAMES[name].slots(sentence) for name in ("total", "amount"))
    return bool(known) and not ARITHMETIC.search(sentence) and not passed_on
