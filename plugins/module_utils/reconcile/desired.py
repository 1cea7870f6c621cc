# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One mail domain as a user declares it: refused if it cannot be meant, then brought about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NamedTuple, Protocol

from ..api.errors import ApiError, InvalidOptionError
from ..resources.base import Change, LiveObject, Settings
from ..resources.domains import DOMAIN, Domains, domain_id_from, warning_of_dropped_mail

State = Literal["present", "absent"]
Waived = Callable[[str, str], bool]
# A word in the name of each host of Cloudflare's that takes mail in.
_CLOUDFLARES = ("cloudflare", "mxrecord", "cf-email")


class Directory(Protocol):
    """Where live domains are looked up: on the server, or in what one reading of the account found."""

    def read(self, live_id: str) -> LiveObject | None:
        """The live domain with that id, or None."""

    def find(self, title: str) -> LiveObject | None:
        """The live domain of that name, or None. Errors: CloudflareError (conflict) if there are several."""

    def label(self, live: LiveObject) -> str:
        """What to call a live domain in a message."""


class DesiredObject(NamedTuple):
    """What a task wants of one domain.

    C(settings) holds normal forms, the name among them where it was given. C(cleared): which of them the option C(clear) named.
    C(onboard): whether a domain that is not live may be onboarded.
    C(force): whether the domain may be removed although mail is delivered through it.
    """

    domain_id: str | None
    state: State
    settings: Settings
    cleared: frozenset[str] = frozenset()
    onboard: bool = True
    force: bool = False

    @property
    def name(self) -> str | None:
        return self.settings.get(DOMAIN.title)

    @property
    def label(self) -> str:
        return self.name or f"the domain with the id {self.domain_id}"

    def find(self, domains: Directory) -> LiveObject | None:
        """The live domain that is meant.

        Errors: CloudflareError (conflict) if the id is not that of the domain named: its settings would be overwritten with those
        of another, or the wrong domain removed. A name that no live domain has is a new name for the one with the id.
        """
        if self.domain_id is None:
            return domains.find(str(self.name))
        live = domains.read(self.domain_id)
        if not self.name or (live is not None and not DOMAIN.differing_fields({DOMAIN.title: self.name}, live)):
            return live
        if live is None and self.state == "present":
            return None
        advice = "Correct domain_id, or leave one of the two out."
        if live is not None and self.state == "absent":
            raise ApiError("conflict", f"Nothing was removed: the domain with the id {self.domain_id} is {domains.label(live)}, not {self.name}.", advice)
        named = domains.find(self.name)
        if named is None:
            return live
        nothing = "Nothing was removed" if live is None else "Nothing was written"
        is_another = "does not exist" if live is None else f"is {domains.label(live)}, not {self.name}"
        other = domains.label({"id": named.get("id")})
        raise ApiError("conflict", f"{nothing}: the domain with the id {self.domain_id} {is_another}, and {self.name} is live with the id {other}.", advice)

    def change(self, live: LiveObject | None) -> Change:
        """What there is to do. Errors: CloudflareError (not_found) if there is no such domain and too little to onboard it."""
        if self.state == "absent":
            return DOMAIN.to_absent(live)
        if live is None:
            self._refuse_if_it_cannot_be_created()
        return DOMAIN.to_present(self.settings, live, self.cleared)

    def unsafe(self, change: Change) -> ApiError | None:
        """Why a change must not be made: it would empty a list that has values, and the option clear did not ask for it."""
        return DOMAIN.unsafe(self.label, change.body, change.before, change.cleared)

    def outranking(self, defaults: DesiredObject) -> DesiredObject:
        """The same with the settings of the defaults that this domain does not give itself, be it a value or C(clear)."""
        cleared = self.cleared | (defaults.cleared - self.settings.keys())
        return self._replace(settings={**defaults.settings, **self.settings}, cleared=cleared)

    def _refuse_if_it_cannot_be_created(self) -> None:
        missing = DOMAIN.missing(self.settings)
        if self.domain_id is not None:
            advice = "Check domain_id. To onboard a new domain, leave domain_id out: the server gives the id."
        elif not self.onboard:
            advice = (
                "Check the name and account_id. If it is to be onboarded, say so: onboarding is switched off by the option onboard "
                "(in the playbook apply, by the variable email_security_onboard)."
            )
        elif missing:
            advice = f"To onboard it, {', '.join(missing)} must be given, too. If it should be there, check the name and account_id."
        else:
            return
        name = f" ({self.name})" if self.name else ""
        what = self.name if self.domain_id is None else f"domain with the id {self.domain_id}{name}"
        raise ApiError("not_found", f"Email Security has no {what} in this account.", advice)


def desired_from_options(options: Mapping[str, Any]) -> DesiredObject:
    """The wish in a module's options. Errors: OptionError, which names option and value and what would be right."""
    state: State = options.get("state") or "present"
    given = DOMAIN.given(options)
    if state == "absent" and given:
        raise InvalidOptionError(
            f"state is 'absent', together with {', '.join(given)}: a domain that is to be removed has no settings. Leave out one or the other."
        )
    domain_id = options.get("domain_id")
    # Ansible asks for one of the two, and takes one that is null for given.
    if domain_id is None and options.get(DOMAIN.title) is None:
        raise InvalidOptionError("Neither domain nor domain_id is given, or both are null: one of the two must say which domain is meant.")
    return DesiredObject(
        domain_id=None if domain_id is None else domain_id_from(domain_id),
        state=state,
        settings=DOMAIN.desired(options),
        cleared=DOMAIN.cleared(options),
        onboard=options.get("onboard") is not False,
        force=options.get("force") is True,
    )


def apply(domains: Domains, desired: DesiredObject, *, check_mode: bool) -> dict[str, Any]:
    """Make the wish come true, or in check mode say what that would take. Answers with what the module returns."""
    live = desired.find(domains)
    read_at = domains.client.requested_at
    change = desired.change(live)
    if (unsafe := desired.unsafe(change)) is not None:
        raise unsafe
    if warning := warning_of_dropped_mail([(desired.label, desired.settings)]):
        domains.client.warn(warning)
    warn_of_stopped_mail(domains.client.warn, [(desired.label if live is None else domains.label(live), change.after, live)])
    title = str(desired.name or change.before.get(DOMAIN.title) or desired.domain_id)
    if change.action == "delete" and live is not None:
        _guard_removal(domains, desired, live, check_mode=check_mode)
    if check_mode or change.action == "none":
        return DOMAIN.report(change, change.predicted(live), title)
    # Loaded for a write only: each line of module_utils is compiled anew for each task, and most tasks find nothing to do.
    from .apply_one import apply_change

    done, after = apply_change(domains, change, live, read_at)
    result = DOMAIN.report(done, after, title)
    if done.action == "create" and after is not None:
        result["verification"] = domains.verification_if_readable(after)
    return result


def warn_of_stopped_mail(warn: Callable[[str], None], afterwards: Iterable[tuple[str, Settings, LiveObject | None]], waived: Waived | None = None) -> None:
    """Warn of domains whose settings stop their mail.

    Args:
        warn: what a warning is handed to.
        afterwards: of each domain what to call it, its settings after the change, and what is live before it.
        waived: says of a domain and a rule whether that was allowed; by default nothing was.
    """
    doubtful = [(label, settings, live) for label, settings, live in afterwards if may_stop_mail(settings, live)]
    if not doubtful:
        return
    # Loaded where there may be something to say only: each line of module_utils is compiled anew for each task.
    from .mail_warnings import warnings_of_stopped_mail

    for warning in warnings_of_stopped_mail(doubtful, waived):
        warn(warning)


def may_stop_mail(settings: Settings, live: LiveObject | None) -> bool:
    """Whether a look at settings is worth its cost: true wherever `_mail_flow.stops_mail` finds something, and seldom elsewhere."""
    if live is not None and live.get("integration_id") and "integration_id" in settings and not settings["integration_id"]:
        return True
    if "DIRECT" not in (settings.get("allowed_delivery_modes") or ()):
        return False
    transport = settings.get("transport")
    if not transport or transport == settings.get(DOMAIN.title) or any(word in transport for word in _CLOUDFLARES):
        return True
    return settings.get("lookback_hops") == 1 and bool(settings.get("ip_restrictions"))


def _guard_removal(domains: Domains, desired: DesiredObject, live: LiveObject, *, check_mode: bool) -> None:
    """Warn of mail that a removal would stop. Errors: CloudflareError (unsafe) if it would be written, and nobody said that it is meant."""
    # Loaded for a removal only.
    from datetime import datetime, timezone

    from .removal import FORCE, Removal, warnings_of_mail

    removal, now = Removal(domains.label(live), live, desired.force), datetime.now(timezone.utc)
    if not check_mode and (refusal := removal.refusal(now, FORCE)) is not None:
        raise refusal
    for warning in warnings_of_mail([removal], now, FORCE):
        domains.client.warn(warning)
