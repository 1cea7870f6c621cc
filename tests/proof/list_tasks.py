"""Tasks about the lists, and the account in which they are run: for the faults and the habits of lists.

What each task is to do is written here by hand, not computed: which entries are there at the end, and which changes protect or exempt.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from integration.support.step import Outcome, Step

ACCOUNT_MODULE = "mailops.cloudflare.email_security_account"
BLOCK_MODULE = "mailops.cloudflare.email_security_block_sender"
PERSON_MODULE = "mailops.cloudflare.email_security_impersonation_registry_entry"
KEYS = {"impersonation_registry": "email", "content_policies": "name", "sending_domain_restrictions": "domain"}

Entry = dict[str, Any]
Lists = Mapping[str, list[Entry]]


def identified(lists: Lists) -> dict[str, list[Entry]]:
    """The entries with ids that are the same in each run."""
    return {
        name: [{"id": f"0d3f1c55-7a0b-4a59-9c3e-{first:02x}{number:010x}", **entry} for number, entry in enumerate(entries, 1)]
        for first, (name, entries) in enumerate(lists.items(), 1)
    }


SYNCED = {"email": "sam@example.com", "name": "Sam", "provenance": "SNOOPY-OFFICE_365", "directory_id": 7}
LIVE = identified(
    {
        "block_senders": [{"pattern": "evil.example", "comments": "old"}, {"pattern": "gone.example"}, {"pattern": "other.example"}],
        "impersonation_registry": [{"email": "ceo@example.com", "name": "Anne Lee"}, {"email": "left@example.com", "name": "Lee Ann"}, SYNCED],
        "allow_policies": [{"pattern": "old.example", "is_acceptable_sender": True}, {"pattern": "news.example", "is_acceptable_sender": True}],
        "trusted_domains": [{"pattern": "forgotten.example", "is_similarity": True}],
        "url_ignore_patterns": [],
    }
)


@dataclass(frozen=True)
class Task:
    """A task about lists.

    Attributes:
        wanted: the keys that each list has at the end, with the fields that are to be so.
        tight: what stands for each change that protects, by list: its key, or the id of the entry.
        loose: the same for each change that exempts.
        is_singly: whether no batch is sent, so that the order counts within a list, too.
    """

    name: str
    module: str
    args: Mapping[str, Any]
    wanted: Mapping[str, Mapping[str, Mapping[str, Any]]]
    tight: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    loose: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_singly: bool = False

    @property
    def writes(self) -> bool:
        return bool(self.tight or self.loose)

    def step(self, args: Mapping[str, Any] | None = None, **more: Any) -> Step:
        return Step({**self.args, **(args or {})}, self.module, lists=None if more.get("keep_state") else LIVE, **more)


def id_of(name: str, number: int) -> str:
    return str(LIVE[name][number]["id"])


AS_IT_IS: dict[str, dict[str, Entry]] = {
    name: {entry[KEYS.get(name, "pattern")]: {key: value for key, value in entry.items() if key != "id"} for entry in entries} for name, entries in LIVE.items()
}


def changed(name: str, *gone: str, **new: Entry) -> dict[str, dict[str, Entry]]:
    """A list without these keys, and with these entries; the keys of Python's arguments have __ for a dot and _at_ for the sign in an address."""
    added = {key.replace("_at_", "@").replace("__", "."): value for key, value in new.items()}
    return {name: {**{key: value for key, value in AS_IT_IS[name].items() if key not in gone}, **added}}


SENDERS = {
    "block_senders": [{"pattern": "new1.example"}, {"pattern": "evil.example", "comments": "new"}, {"pattern": "new2.example", "comments": "SEC-1"}],
    "purge": ["block_senders"],
    "keep": {"block_senders": ["other.*"]},
}
SENDERS_WANTED = changed("block_senders", "gone.example", new1__example={}, evil__example={"comments": "new"}, new2__example={"comments": "SEC-1"})
SENDERS_TIGHT = {"block_senders": ("new1.example", "new2.example")}
SENDERS_LOOSE = {"block_senders": (id_of("block_senders", 1),)}
PEOPLE = {
    "impersonation_registry": [
        {"email": "ceo@example.com", "name": "Ann Lee"},
        {"email": "cfo@example.com", "name": "Bo Li"},
        {"email": "left@example.com", "name": "Lee Ann", "state": "absent"},
    ]
}
PEOPLE_WANTED = changed("impersonation_registry", "left@example.com", ceo_at_example__com={"name": "Ann Lee"}, cfo_at_example__com={"name": "Bo Li"})
PEOPLE_TIGHT = {"impersonation_registry": ("cfo@example.com",)}
PEOPLE_LOOSE = {"impersonation_registry": (id_of("impersonation_registry", 1),)}
ALLOWED = {
    "allow_policies": [{"pattern": "old.example", "expires": "2020-01-31"}, {"pattern": "news.example"}, {"pattern": "more.example", "is_trusted_sender": True}]
}
WHOLE = {
    **SENDERS,
    **PEOPLE,
    **ALLOWED,
    "trusted_domains": [],
    "url_ignore_patterns": [{"pattern": r"^https://intranet\.example\.com/"}],
    "purge": ["block_senders", "trusted_domains"],
    "max_removals": "100%",
}
WHOLE_WANTED = {
    **SENDERS_WANTED,
    **PEOPLE_WANTED,
    **changed("allow_policies", "old.example", news__example={"is_acceptable_sender": False}, more__example={"is_trusted_sender": True}),
    "trusted_domains": {},
    "url_ignore_patterns": {r"^https://intranet\.example\.com/": {}},
}
WHOLE_TIGHT = {
    **SENDERS_TIGHT,
    **PEOPLE_TIGHT,
    "allow_policies": (id_of("allow_policies", 0), id_of("allow_policies", 1)),
    "trusted_domains": (id_of("trusted_domains", 0),),
}
WHOLE_LOOSE = {**SENDERS_LOOSE, **PEOPLE_LOOSE, "allow_policies": ("more.example",), "url_ignore_patterns": ("^https://intranet",)}
TASKS = {
    task.name: task
    for task in (
        Task(
            "one created",
            BLOCK_MODULE,
            {"pattern": "New.example", "comments": "SEC-1"},
            changed("block_senders", new__example={"comments": "SEC-1"}),
            {"block_senders": ("new.example",)},
        ),
        Task(
            "one updated",
            BLOCK_MODULE,
            {"pattern": "EVIL.example", "comments": "new"},
            changed("block_senders", evil__example={"comments": "new"}),
            {"block_senders": (id_of("block_senders", 0),)},
        ),
        Task(
            "one removed",
            BLOCK_MODULE,
            {"pattern": "gone.example", "state": "absent"},
            changed("block_senders", "gone.example"),
            loose={"block_senders": (id_of("block_senders", 1),)},
        ),
        Task("one absent already", BLOCK_MODULE, {"pattern": "never.example", "state": "absent"}, {}),
        Task("one there already", BLOCK_MODULE, {"pattern": "evil.example"}, {}),
        Task(
            "person created",
            PERSON_MODULE,
            {"email": "cfo@example.com", "name": "Bo Li"},
            changed("impersonation_registry", cfo_at_example__com={"name": "Bo Li"}),
            PEOPLE_TIGHT,
        ),
        Task(
            "person renamed",
            PERSON_MODULE,
            {"email": "ceo@example.com", "name": "Ann Lee"},
            changed("impersonation_registry", ceo_at_example__com={"name": "Ann Lee"}),
            {"impersonation_registry": (id_of("impersonation_registry", 0),)},
        ),
        Task("senders in a batch", ACCOUNT_MODULE, {**SENDERS, "batch": "always"}, SENDERS_WANTED, SENDERS_TIGHT, SENDERS_LOOSE),
        Task("senders singly", ACCOUNT_MODULE, {**SENDERS, "batch": "never"}, SENDERS_WANTED, SENDERS_TIGHT, SENDERS_LOOSE, is_singly=True),
        Task("people", ACCOUNT_MODULE, PEOPLE, PEOPLE_WANTED, PEOPLE_TIGHT, PEOPLE_LOOSE, is_singly=True),
        Task("account", ACCOUNT_MODULE, WHOLE, WHOLE_WANTED, WHOLE_TIGHT, WHOLE_LOOSE),
        Task("account singly", ACCOUNT_MODULE, {**WHOLE, "batch": "never"}, WHOLE_WANTED, WHOLE_TIGHT, WHOLE_LOOSE, is_singly=True),
        Task("account as it is", ACCOUNT_MODULE, {"block_senders": [{"pattern": "other.example"}], "trusted_domains": []}, {}),
    )
}


def lists_wanted(task: Task) -> dict[str, dict[str, Mapping[str, Any]]]:
    return {**AS_IT_IS, **{name: dict(entries) for name, entries in task.wanted.items()}}


def difference(task: Task, lists: Mapping[str, Iterable[Entry]]) -> list[str]:
    """What is stored otherwise than the task wants it."""
    found = []
    for name, wanted in lists_wanted(task).items():
        stored = [(str(entry[KEYS.get(name, "pattern")]).lower(), entry) for entry in lists.get(name, ())]
        keys = sorted(key for key, _entry in stored)
        if keys != sorted(key.lower() for key in wanted):
            found.append(f"{name} has {keys}, not {sorted(wanted)}")
        by_key = dict(stored)
        for key, fields in wanted.items():
            entry = by_key.get(key.lower(), {})
            found += [
                f"{name}: {key}: {field} is {entry[field]!r}" for field, value in fields.items() if field in entry and (entry[field] or "") != (value or "")
            ]
    return found


def unexpected(task: Task, outcome: Outcome) -> list[str]:
    """What was lost, added or changed that nobody asked for, or stored twice without a word."""
    found = []
    said = str({key: value for key, value in outcome.result.items() if key != "invocation"})
    for name, wanted in lists_wanted(task).items():
        before = {entry["id"]: entry for entry in outcome.lists_before[name]}
        after = {entry["id"]: entry for entry in outcome.lists_after[name]}
        keys = [str(entry[KEYS.get(name, "pattern")]).lower() for entry in after.values()]
        allowed = {*(key.lower() for key in wanted), *(key.lower() for key in AS_IT_IS[name])}
        found += [f"{name}: {key} was never wanted" for key in keys if key not in allowed]
        twice = {key for key in keys if keys.count(key) > 1}
        found += [
            f"{name}: {key} is there twice, and nothing says so" for key in twice if "times" not in said and "twice" not in said and "is unknown" not in said
        ]
        for live_id, entry in before.items():
            key = str(entry[KEYS.get(name, "pattern")]).lower()
            if live_id not in after and key in wanted:
                found.append(f"{name}: {key} is lost")
            elif live_id in after and after[live_id] != entry and dict(wanted.get(key, {})) == AS_IT_IS[name].get(key):
                found.append(f"{name}: {key} was changed")
    return found


def too_early(task: Task, outcome: Outcome) -> list[str]:
    """The writes that exempt although one that protects had not been attempted."""
    writes = [
        (entry["path"].partition("/settings/")[2].partition("/")[0], f"{entry['path']} {entry['body']}")
        for entry in outcome.journal
        if entry["method"] != "GET"
    ]

    def first(token: str) -> int | None:
        # In the journal, bodies are shown as Python writes them.
        return next((number for number, (_name, text) in enumerate(writes) if token in text), None)

    tight = [(name, token, first(token)) for name, tokens in task.tight.items() for token in tokens if not _is_done(task, outcome, name, token)]
    loose = [(name, token, first(token)) for name, tokens in task.loose.items() for token in tokens]
    # Of a list that is not in the plan, or that may not be read, nothing can be done: the others go on.
    skipped = {each for each, kind in outcome.result.get("skipped_resources", {}).items() if kind in ("not_entitled", "permission")}
    return [
        f"{token} of {name} was sent before {other} of {other_name}"
        for name, token, at in loose
        for other_name, other, other_at in tight
        if at is not None and other_name not in skipped and (other_at is None or other_at > at) and _is_first(task, other_name, name)
    ]


def _is_done(task: Task, outcome: Outcome, name: str, token: str) -> bool:
    """Whether a change was made before this run."""
    wanted = lists_wanted(task)[name]
    for entry in outcome.lists_before[name]:
        key = str(entry[KEYS.get(name, "pattern")])
        if token == key:
            return True
        if token == entry["id"]:
            return key in wanted and all((entry.get(field) or "") == (value or "") for field, value in wanted[key].items() if field != "id")
    return token.startswith("0d3f1c55-")


def _is_first(task: Task, tight: str, loose: str) -> bool:
    """Whether what protects in one list has to come before what exempts in another: lists with both kinds stay whole."""
    if tight == loose:
        return task.is_singly
    if tight not in task.loose or loose not in task.tight:
        return True
    protecting = ("block_senders", "impersonation_registry")
    return tight in protecting and loose not in protecting
