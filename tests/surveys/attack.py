"""Somebody who keeps the servers tries to find out who answered what. Imports nothing of the project.

    python attack.py FOLDER

FOLDER holds what an operator has: two dumps a day apart (`dump1/`, `dump2/`: every table as JSON lines, with the
place and transaction of each row), everything written to logs (`logs.txt`), and a physical copy of the data where
there is one (`data/`). Prints JSON: name of the attack -> {ticket id: response id}, the best guess for every ticket.
"""

import json
import re
import sys
from collections import defaultdict
from itertools import zip_longest
from pathlib import Path


def rows_of(dump: Path, table: str) -> list[dict]:
    path = dump / f"{table}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def place(row: dict) -> tuple:
    """Where the row lies on the disk."""
    return tuple(map(int, re.findall(r"\d+", str(row.get("ctid") or row.get("rowid")))))


def moment(row: dict) -> tuple:
    """Which transaction wrote it, then where it lies."""
    return (int(row.get("xmin") or 0), *place(row))


def in_step(tickets: list[dict], responses: list[dict]) -> dict[str, str]:
    """The first ticket gave the first response, and so on; of unequal lists, proportionally."""
    if not responses:
        return {}
    share = len(responses) / max(1, len(tickets))
    return {
        str(ticket["id"]): str(responses[min(len(responses) - 1, int(number * share))]["id"])
        for number, ticket in enumerate(tickets)
    }


def within_profiles(tickets: list[dict], responses: list[dict], order) -> dict[str, str]:
    """The same, but only among those who share a profile."""
    by_profile = defaultdict(list)
    for response in sorted(responses, key=order):
        by_profile[response["profile_id"]].append(response)
    groups = defaultdict(list)
    for ticket in sorted(tickets, key=lambda row: row["id"]):
        groups[ticket["profile_id"]].append(ticket)
    found = {}
    for profile, members in groups.items():
        found |= in_step(members, by_profile[profile])
    return found


def order_of_answers(dump: Path):
    """Answers lie somewhere too: the first answer of a response tells when it was written."""
    first = {}
    for answer in sorted(rows_of(dump, "surveys_answer"), key=moment):
        first.setdefault(answer["response_id"], len(first))
    return lambda row: first.get(row["id"], 1 << 60)


def by_times(tickets: list[dict], responses: list[dict]) -> dict[str, str]:
    """Any column that looks like a moment."""
    columns = [
        key for key in (responses[0] if responses else {}) if re.search(r"_at$|_on$|time|date|created", key)
    ]
    return (
        within_profiles(tickets, responses, lambda row: str([row[key] for key in columns])) if columns else {}
    )


def by_marks(dump: Path, tickets: list[dict], responses: list[dict]) -> dict[str, str]:
    """A mark and a response of one transaction or in the same order; tickets in theirs."""
    marks = sorted(rows_of(dump, "surveys_mark"), key=moment)
    written = {row["id"]: moment(row) for row in responses}
    near = sorted(responses, key=lambda row: written[row["id"]])
    paired = [response for _, response in zip_longest(marks[: len(near)], near) if response]
    return in_step(sorted(tickets, key=lambda row: row["id"]), paired)


def by_size(tickets: list[dict], responses: list[dict], dump: Path) -> dict[str, str]:
    """Long sealed tokens go with long answers."""
    weight = defaultdict(int)
    for answer in rows_of(dump, "surveys_answer"):
        weight[answer["response_id"]] += len(json.dumps(answer))
    heavy = sorted(responses, key=lambda row: weight[row["id"]])
    return in_step(sorted(tickets, key=lambda row: len(str(row))), heavy)


def by_difference(first: Path, second: Path, tickets: list[dict]) -> dict[str, str]:
    """What is new in the second dump was given between the two."""
    before = {json.dumps(given_in(first, row["id"])) for row in rows_of(first, "surveys_response")}
    responses = rows_of(second, "surveys_response")
    old = [row for row in responses if json.dumps(given_in(second, row["id"])) in before]
    new = [row for row in responses if json.dumps(given_in(second, row["id"])) not in before]
    ordered = sorted(tickets, key=lambda row: row["id"])
    cut = len(old)
    return in_step(ordered[:cut], sorted(old, key=moment)) | in_step(ordered[cut:], sorted(new, key=moment))


_given: dict[tuple[Path, str], list] = {}


def given_in(dump: Path, response_id: str) -> list:
    if (dump, "read") not in _given:
        _given[dump, "read"] = []
        for answer in rows_of(dump, "surveys_answer"):
            _given.setdefault((dump, answer["response_id"]), []).append([answer["question"], answer["value"]])
    return sorted(_given.get((dump, response_id), []))


def by_box(first: Path, second: Path, tickets: list[dict]) -> dict[str, str]:
    """What waited in the box of the first dump lay there in the order it came; find it again by its answers."""
    box = sorted(rows_of(first, "surveys_submission"), key=moment)
    responses = {json.dumps(given_in(second, row["id"])): row for row in rows_of(second, "surveys_response")}
    contents = [
        json.loads(row["content"]) if isinstance(row["content"], str) else row["content"] for row in box
    ]
    found = [responses.get(json.dumps(sorted(content["values"]))) for content in contents]
    known = [row for row in found if row]
    late = sorted(tickets, key=lambda row: row["id"])[len(rows_of(first, "surveys_response")) :][: len(known)]
    return {str(ticket["id"]): str(row["id"]) for ticket, row in zip(late, known, strict=False)}


def leaks(folder: Path, tickets: list[dict]) -> list[str]:
    """Tokens or their hashes in logs, or beside an answer."""
    logs = (folder / "logs.txt").read_text(errors="replace") if (folder / "logs.txt").exists() else ""
    answers = (folder / "dump2" / "surveys_response.jsonl").read_text()
    return [row["token_hash"] for row in tickets if row["token_hash"] in logs or row["token_hash"] in answers]


def attack(folder: Path) -> dict[str, dict[str, str]]:
    guesses = {}
    for name in ("dump1", "dump2"):
        dump = folder / name
        tickets, responses = rows_of(dump, "surveys_ticket"), rows_of(dump, "surveys_response")
        ordered = sorted(tickets, key=lambda row: row["id"])
        answered = ordered[: len(responses)]
        guesses |= {
            f"{name}: place on the disk": in_step(answered, sorted(responses, key=place)),
            f"{name}: transaction": in_step(answered, sorted(responses, key=moment)),
            f"{name}: place within the profile": within_profiles(answered, responses, place),
            f"{name}: transaction within the profile": within_profiles(answered, responses, moment),
            f"{name}: identifiers within the profile": within_profiles(
                answered, responses, lambda row: row["id"]
            ),
            f"{name}: order of the answers": within_profiles(answered, responses, order_of_answers(dump)),
            f"{name}: times": by_times(answered, responses),
            f"{name}: marks": by_marks(dump, answered, responses),
            f"{name}: size": by_size(answered, responses, dump),
        }
    tickets = rows_of(folder / "dump2", "surveys_ticket")
    guesses["both dumps: what is new"] = by_difference(folder / "dump1", folder / "dump2", tickets)
    guesses["both dumps: what waited in the box"] = by_box(folder / "dump1", folder / "dump2", tickets)
    guesses["leaks"] = {token: token for token in leaks(folder, tickets)}
    return guesses


if __name__ == "__main__":
    json.dump(attack(Path(sys.argv[1])), sys.stdout)
