"""How a case shows what takes two people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import User
from accounts.permissions import Permission, permissions_of
from dsar import queries
from dsar.actions.seconding import rules, standing
from dsar.datamap.model import DataMap
from dsar.models import Proposal, ProposalEnd, ProposalKind, SubjectRequest


@dataclass(frozen=True, slots=True)
class ProposalCard:
    """One proposal as this member of the team sees it. `store` is the title of what would be left out."""

    proposal: Proposal
    stands: bool
    store: str
    may_confirm: bool
    may_withdraw: bool


@dataclass(frozen=True)
class SecondView:
    """`waiting` are open, `past` have ended; `needs_*` say what a decision of this kind would wait for.

    `nobody`: no account but the first's could confirm what waits.
    """

    waiting: Sequence[ProposalCard]
    past: Sequence[Proposal]
    needs_for_erasure: bool
    needs_for_refusal: bool
    needs_for_exception: bool
    nobody: bool

    @property
    def waits_for_erasure(self) -> bool:
        return any(card.proposal.kind == ProposalKind.ERASURE and card.stands for card in self.waiting)


def second_view(subject_request: SubjectRequest, data_map: DataMap, *, account: User) -> SecondView:
    """Return what a case shows of proposals, and of decisions that would become one."""
    found = list(subject_request.proposals.select_related("by", "ended_by"))
    for proposal in found:
        proposal.subject_request = subject_request
    waiting = [item for item in found if item.ended_at is None]
    may = permissions_of(account, subject_request.tenant)
    is_own = queries.is_own(account=account, subject_request=subject_request)
    may_second = Permission.APPROVE_SECOND in may and not is_own
    titles = {item.key: item.name or item.key for item in data_map.datasets}
    policy = queries.policy(subject_request.tenant)
    is_open = not subject_request.is_final
    return SecondView(
        waiting=[_card(item, account, titles.get(item.dataset, item.dataset), may_second) for item in waiting],
        past=[item for item in found if item.end in (ProposalEnd.REFUSED, ProposalEnd.WITHDRAWN, ProposalEnd.VOID)],
        needs_for_erasure=is_open and rules.erasure_needs_two(subject_request),
        needs_for_refusal=is_open and policy.two_for_refusal,
        needs_for_exception=is_open and policy.two_for_exception,
        nobody=any(not queries.seconds(item) for item in waiting),
    )


def _card(proposal: Proposal, account: User, store: str, may_second: bool) -> ProposalCard:
    stands = standing.stands(proposal)
    is_first = proposal.by_id == account.pk
    return ProposalCard(
        proposal=proposal,
        stands=stands,
        store=store,
        may_confirm=stands and may_second and not is_first,
        may_withdraw=is_first,
    )
