"""What the steps of an erasure have done, added up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dsar.actions.erasing.work import shown
from dsar.fulfilment.erasing.fate import Fate
from dsar.fulfilment.erasing.preview import Part, Preview
from dsar.fulfilment.joinkey import CollectionKey
from dsar.models import Step, StepKind, StepState


@dataclass(frozen=True)
class Result:
    """`approved`: what the last round was to do. `done`: what was changed, in all rounds.

    `erased_at` is when the last store was changed, or, where nothing was to be changed, looked at; `proof` is what was
    found when everything was read again, at `read_at`. Moments are aware.
    """

    approved: Preview
    done: Mapping[CollectionKey, Part]
    erased_at: datetime
    proof: Preview
    read_at: datetime

    @property
    def deleted(self) -> int:
        return sum(part.count(Fate.DELETE) for part in self.done.values())

    @property
    def masked(self) -> int:
        return sum(part.count(Fate.MASK) for part in self.done.values())

    @property
    def kept(self) -> int:
        """Rows that stay, by a duty or because they may be others' too."""
        return self.proof.count(Fate.KEEP, Fate.FLAGGED)


class NotProvenError(Exception):
    """Not everything has been read again yet: there is nothing to certify."""


def result_of(steps: Sequence[Step]) -> Result:
    """Return what the steps that are done have brought. Raises NotProvenError."""
    done = [step for step in steps if step.state == StepState.DONE and step.finished_at]
    previews = {step.stage: step for step in done if step.kind == StepKind.PREVIEW}
    erased = sorted((step for step in done if step.kind == StepKind.ERASE), key=lambda step: step.stage)
    proof = max((step for step in done if step.kind == StepKind.VERIFY), key=lambda step: step.stage, default=None)
    if proof is None or proof.snapshot_at is None or proof.stage not in previews:
        raise NotProvenError("nothing has been read again yet")
    moments = [step.finished_at for step in (previews[proof.stage], *erased) if step.finished_at]
    return Result(
        approved=_shown(previews[proof.stage]),
        done=_added_up([(_shown(previews[step.stage]), step.dataset) for step in erased]),
        erased_at=max(moments),
        proof=Preview.read(proof.report["preview"]),
        read_at=proof.snapshot_at,
    )


def unkept(steps: Sequence[Step]) -> frozenset[CollectionKey]:
    """Return the collections whose rows no copy can put back, whatever is kept: so previews have foretold it.

    Of the others a copy was kept, if one was at all (ErasureOrder.restorable_until).
    """
    previews = (step for step in steps if step.kind == StepKind.PREVIEW and step.state == StepState.DONE)
    return frozenset((dataset, name) for step in previews for dataset, name in step.report.get("unkept", ()))


def _shown(step: Step) -> Preview:
    preview = shown(step)
    if preview is None:
        raise NotProvenError("a preview is missing")
    return preview


def _added_up(rounds: Sequence[tuple[Preview, str]]) -> dict[CollectionKey, Part]:
    found: dict[CollectionKey, Part] = {}
    for preview, dataset in rounds:
        for key, part in preview.of(dataset).items():
            before = found.get(key)
            rows = Counter(before.rows if before else {})
            rows.update(part.rows)
            redacted = part.redacted + (before.redacted if before else 0)
            found[key] = Part(dict(rows), part.digest, part.rule, redacted, part.short)
    return found
