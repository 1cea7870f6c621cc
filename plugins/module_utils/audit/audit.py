# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit of an account: how it differs from the declaration, in which direction, and how severe that is. Pure, except for one reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from ..api.errors import InvalidOptionError
from ..reconcile.bulk import bulk_from_options, in_scope, read_account
from ..reconcile.change import DIRECTIONS, Direction
from ..reconcile.desired import DesiredObject
from ..reconcile.index import LiveIndex
from ..reconcile.plan import PlannedChange, make_plan, plan_digest, reject_unsafe, undeclared_objects
from ..reconcile.results import count_directions, planned_entries
from ..resources.base import LiveObject
from ..resources.registry import RESOURCES
from .findings import Finding, FindingMaker, count_findings, severities_from_options, worst_first
from .matching import Compared, RuleMatch, compare, find_matches, is_missing
from .overview import overview_of
from .registry import DOMAIN_AUDIT, ResourceAudit
from .rule import OFF
from .waived_differences import WaivedDifferences
from .waiver import DOMAINS, WaiverIndex
from .waivers import waivers_from_options

if TYPE_CHECKING:
    from ..api.client import Client


class Judgement(NamedTuple):
    """What an audit found out about the objects of one resource.

    Attributes:
        findings: the findings, except those on waivers.
        counts: the numbers of declared and live objects, by what they are.
        undeclared: the names of the live objects that are not declared, sorted.
        missing: the names of the declared objects that do not exist.
        scope: the labels of the audited objects; None if all of them were audited.
        audited_names: the names of the audited objects, if not all of them were audited.
        declared_ids: the objects with drift that are declared by id.
        digest: the digest of the changes that would apply the declaration.
        planned_changes: these changes.
        directions: their numbers by direction.
        overview: all audited objects at a glance.
    """

    findings: list[Finding]
    counts: dict[str, int]
    undeclared: list[str]
    missing: list[str]
    scope: list[str] | None
    audited_names: set[str | None] | None
    declared_ids: list[dict[str, str]]
    digest: str
    planned_changes: list[dict[str, Any]]
    directions: dict[Direction, int]
    overview: list[dict[str, Any]]


class Audit(NamedTuple):
    """The declaration, the waivers and the severities that an account is audited with.

    Attributes:
        severities: severities that override those of the rules, by the ids of rules.
        selected: the declared objects that are audited; None if all of them are, and all other live objects.
        judges_undeclared: whether a live object that is not declared is a finding. Not if nothing is declared at all.
    """

    desired_objects: list[DesiredObject]
    waivers: WaiverIndex
    severities: Mapping[str, str]
    selected: list[DesiredObject] | None = None
    resource_audit: ResourceAudit = DOMAIN_AUDIT
    judges_undeclared: bool = True

    def run(self, client: Client, now: datetime) -> dict[str, Any]:
        """Read the account and return the result of the module. Nothing is written."""
        return self.evaluate(self.read(client), now)

    def read(self, client: Client) -> LiveIndex:
        """Read the objects."""
        collection = RESOURCES[self.resource_audit.resource.name]()(client)
        return read_account(collection, self.desired_objects if self.selected is None else self.selected)

    def evaluate(self, live_index: LiveIndex, now: datetime) -> dict[str, Any]:
        """Return the result of the module for an account that was read."""
        maker = self.maker(now.date())
        judged = self.judge(live_index, now, maker)
        findings = [*judged.findings, *maker.of_waivers({DOMAINS}, judged.audited_names)]
        return audit_result(live_index.account_id, now, findings, judged, {DOMAINS: judged.counts}, self.severities)

    def maker(self, today: date) -> FindingMaker:
        """What makes the findings of one run."""
        return FindingMaker(self.waivers, self.severities, today, self.resource_audit.superseded_by)

    def judge(self, live_index: LiveIndex, now: datetime, maker: FindingMaker) -> Judgement:
        """Compare the objects with their declaration, and judge them."""
        whole_plan = make_plan(self.desired_objects, live_index)
        plan = in_scope(whole_plan, self.selected)
        is_partial = self.selected is not None
        undeclared_live = undeclared_objects(whole_plan, live_index)
        checked = None if is_partial else undeclared_live
        findings, states = self._compare(plan, checked, live_index, now, maker)
        undeclared = live_index.names(undeclared_live)
        missing = [planned.label for planned in plan if is_missing(planned)]
        # The digest is that of email_security_domains with the same options, which leaves waived differences unchanged.
        to_apply = make_plan([planned.desired for planned in plan], live_index, self._waived_differences(now.date())) if self.waivers.all else plan
        possible, direction_of = reject_unsafe(to_apply), self.resource_audit.direction_of
        result_key = self.resource_audit.resource.result_key
        return Judgement(
            findings=findings,
            counts={
                **_state_counts(states),
                "live": len(live_index.all),
                "missing": len(missing),
                "undeclared": len(undeclared),
            },
            undeclared=undeclared,
            missing=missing,
            scope=sorted(planned.label for planned in plan) if is_partial else None,
            audited_names={planned.desired.name for planned in plan} if is_partial else None,
            declared_ids=_declared_ids(plan, findings),
            digest=plan_digest(to_apply, live_index.account_id),
            planned_changes=sorted(planned_entries(possible, direction_of), key=lambda entry: (str(entry[result_key]), str(entry["id"]))),
            directions=count_directions(possible, direction_of),
            overview=overview_of(self.resource_audit, plan, states, checked or (), live_index),
        )

    def _compare(
        self, plan: list[PlannedChange], undeclared: list[LiveObject] | None, live_index: LiveIndex, now: datetime, maker: FindingMaker
    ) -> tuple[list[Finding], list[str]]:
        """The findings, and how each declared object compares with its declaration. Only these are kept, because the matches need much memory."""
        compared = [compare(self.resource_audit, planned) for planned in plan]
        groups: Iterable[list[RuleMatch]] = find_matches(self.resource_audit, compared, undeclared, live_index, now)
        if not self.judges_undeclared:
            groups = self._without_undeclared(groups)
        findings = list(maker.of_groups(groups))
        return findings, [_state(each, maker) for each in compared]

    def _waived_differences(self, today: date) -> WaivedDifferences:
        return WaivedDifferences(self.waivers, today, self.resource_audit)

    def _without_undeclared(self, groups: Iterable[list[RuleMatch]]) -> Iterator[list[RuleMatch]]:
        rule_id = self.resource_audit.existence_rules.undeclared
        yield from (group for group in groups if all(match.rule_id != rule_id for match in group))


def audit_result(
    account_id: str,
    now: datetime,
    findings: list[Finding],
    domains: Judgement,
    counts: Mapping[str, dict[str, int]],
    severities: Mapping[str, str],
    lists: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What the module returns.

    Args:
        account_id: the account.
        now: the time of the audit.
        findings: all findings, in any order.
        domains: what was found out about the domains.
        counts: the counts of each resource that was read, by its name.
        severities: the severities that override those of the rules.
        lists: the members about lists: `unread`, `lists`, `exemptions` if there are any, and `plan`, `planned_changes` and `directions` of everything.
    """
    findings = worst_first(findings)
    found = {name: sum(not finding["waived"] and finding["resource"] == name for finding in findings) for name in counts}
    return {
        "changed": False,
        "account_id": account_id,
        "declared_ids": domains.declared_ids,
        "audited_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "scope": domains.scope,
        "findings": findings,
        "summary": {
            **domains.counts,
            **count_findings(findings),
            "resources": {name: {**of_resource, "synced": of_resource.get("synced", 0), "findings": found[name]} for name, of_resource in counts.items()},
        },
        "undeclared": domains.undeclared,
        "missing": domains.missing,
        "rules_off": sorted(rule_id for rule_id, severity in severities.items() if severity == OFF),
        "plan": domains.digest,
        "planned_changes": domains.planned_changes,
        "directions": domains.directions,
        "domains": domains.overview,
        "unread": {},
        "lists": {},
        **(lists or {}),
    }


def nothing_declared() -> Judgement:
    """What there is to say about domains that were not read."""
    counts = {**_state_counts([]), "live": 0, "missing": 0, "undeclared": 0}
    return Judgement([], counts, [], [], None, None, [], "", [], dict.fromkeys(DIRECTIONS, 0), [])


def audit_from_options(options: Mapping[str, Any], resource_audit: ResourceAudit = DOMAIN_AUDIT, problems: Iterable[str] = ()) -> Audit:
    """Create the audit that a module's options describe.

    Args:
        options: the options.
        resource_audit: the rules and checks of the resource.
        problems: what is wrong with options that the caller validates; reported together with the others.

    Raises:
        InvalidOptionError: options are invalid; the message names all mistakes.
    """
    mistakes: list[str] = [*problems]
    waivers = waivers_from_options(options.get("waivers") or (), resource_audit, mistakes)
    severities = severities_from_options(options.get("severities") or {}, mistakes)
    message = _joined(mistakes)
    try:
        declaration = bulk_from_options(resource_audit.resource, options)
    except InvalidOptionError as error:
        raise InvalidOptionError(" ".join(filter(None, (message, str(error))))) from None
    if message:
        raise InvalidOptionError(message)
    return Audit(declaration.desired_objects, waivers, severities, declaration.selected, resource_audit)


def _joined(mistakes: list[str]) -> str:
    if not mistakes:
        return ""
    # Imported only after a mistake: a packed module compiles each file that it imports.
    from ..api.mistakes import join_mistakes

    return join_mistakes(mistakes)


def _state(compared: Compared, maker: FindingMaker) -> str:
    """The state of a declared object, from the comparison: an object that differs counts as such even if the rule is off."""
    return "as_declared" if not compared.drift else "drift_waived" if all(map(maker.permits, compared.drift)) else "drifted"


def _state_counts(states: list[str]) -> dict[str, int]:
    """Count the declared objects by their state."""
    return {"declared": len(states), **{state: states.count(state) for state in ("as_declared", "drifted", "drift_waived")}}


def _declared_ids(plan: list[PlannedChange], findings: list[Finding]) -> list[dict[str, str]]:
    """List the domains with drift that are declared by id. A finding names them by their live name, which the policy may not contain."""
    drifted = {finding["domain"] for finding in findings if finding["category"] == "drift"}
    return [{"domain": planned.label, "domain_id": planned.desired.object_id} for planned in plan if planned.desired.object_id and planned.label in drifted]
