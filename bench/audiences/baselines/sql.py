"""A rule, as plain data, to one SQL statement that counts its members.

What people did is asked by `IN`: engines make hash tables of it once a query, whatever stands around it. A trait that is
missing passes no test and its negation passes, so every test of one is true or false, never unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bench.audiences.rules import Rule
from bench.audiences.shape import NOW, TRAITS

DUCKDB_INSTANT, CLICKHOUSE_INSTANT = "TIMESTAMP", "DateTime64(6, 'UTC')"
OPERATORS = {
    "at_least": ">=",
    "at_most": "<=",
    "greater_than": ">",
    "less_than": "<",
    "after": ">",
    "before": "<",
}


@dataclass(frozen=True)
class Asked:
    """Rules turned into statements.

    Attributes:
        audiences: the rules that others may refer to.
        instant: the engine's type of instants.
    """

    audiences: Mapping[str, Rule]
    instant: str

    def statement(self, rule: Rule) -> str:
        """How many profiles meet a rule."""
        return f"SELECT count(*) FROM profiles WHERE {self.test(rule)}"

    def test(self, rule: Rule) -> str:
        """What must hold of a row of `profiles`."""
        if "not" in rule:
            return f"NOT {self.test(rule['not'])}"
        for branch, word in (("all", " AND "), ("any", " OR ")):
            if branch in rule:
                return f"({word.join(self.test(inner) for inner in rule[branch])})"
        if "in_audience" in rule:
            return self.test(self.audiences[rule["in_audience"]])
        return self._trait(rule) if "trait" in rule else self._happened(rule)

    def happened(self, event: str, where: Rule, days: str | None = None) -> str:
        """What must hold of a row of `events`; `days`: as in `last: 30 days`."""
        tests = [f"event = {text(event)}", *(self._property(name, asked) for name, asked in where.items())]
        if days:
            since = NOW - timedelta(days=int(days.split()[0]))
            tests.append(f"occurred_at > {self.moment(f'{since:%Y-%m-%d %H:%M:%S}')}")
            tests.append(f"occurred_at <= {self.moment(f'{NOW:%Y-%m-%d %H:%M:%S}')}")
        return " AND ".join(tests)

    def moment(self, written: str) -> str:
        """An instant."""
        return f"CAST({text(written)} AS {self.instant})"

    def _happened(self, rule: Rule) -> str:
        event = rule.get("did") or rule["of"]
        rows = self.happened(event, rule.get("where", {}), rule["within"]["last"])
        chosen = f"SELECT profile_id FROM events WHERE {rows}"
        if "did" not in rule:
            return f"profile_id IN ({chosen} GROUP BY profile_id HAVING {_measured(rule)})"
        if "at_most" in rule or "exactly" in rule:  # exactly: only 0 is asked
            most = rule.get("at_most", 0)
            many = f" GROUP BY profile_id HAVING count(*) > {most}" if most else ""
            return f"profile_id NOT IN ({chosen}{many})"
        least = rule.get("at_least", 1)
        many = f" GROUP BY profile_id HAVING count(*) >= {least}" if least > 1 else ""
        return f"profile_id IN ({chosen}{many})"

    def _trait(self, rule: Rule) -> str:
        name, asked = rule["trait"], rule["is"]
        if isinstance(asked, list):
            return f"coalesce({name} IN ({texts(asked)}), FALSE)"
        ((comparison, operand),) = asked.items()
        if comparison == "exists":
            return f"{name} IS {'NOT ' if operand else ''}NULL"
        if comparison == "is_true":
            return f"coalesce({name} = {'TRUE' if operand else 'FALSE'}, FALSE)"
        value = self.moment(f"{operand} 00:00:00") if TRAITS[name].type == "instant" else operand
        return f"coalesce({name} {OPERATORS[comparison]} {value}, FALSE)"

    def _property(self, name: str, asked: Any) -> str:
        if isinstance(asked, dict):
            ((comparison, operand),) = asked.items()
            return f"{name} {OPERATORS[comparison]} {money(operand)}"
        return f"{name} IN ({texts(asked)})" if isinstance(asked, list) else f"{name} = {text(asked)}"


def _measured(rule: Rule) -> str:
    ((comparison, operand),) = rule["is"].items()
    if "total" in rule:
        return f"sum({rule['total']}) {OPERATORS[comparison]} {money(operand)}"
    return f"count(DISTINCT {rule['distinct']}) {OPERATORS[comparison]} {operand}"


def text(value: str) -> str:
    """A text in SQL."""
    return "'" + value.replace("'", "''") + "'"


def texts(values: list[str]) -> str:
    """Texts in SQL."""
    return ", ".join(map(text, values))


def money(amount: float) -> str:
    """An amount, exact."""
    return f"CAST('{amount}' AS DECIMAL(12, 2))"
