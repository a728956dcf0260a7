"""What the steps of an erasure have done, added up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dsar.fulfilment.erasing.fate import Fate
from dsar.fulfilment.erasing.preview import Preview
from dsar.fulfilment.joinkey import CollectionKey
from dsar.models import Step, StepKind, StepState


@dataclass(frozen=True, slots=True)
class Changed:
    """Rows of one collection that were deleted and masked."""

    deleted: int = 0
    masked: int = 0


@dataclass(frozen=True)
class Result:
    """`changed_in`: by collection, over all stores that were changed. `proof`: what the last reading has found."""

    proof: Preview
    changed_in: Mapping[CollectionKey, Changed] = field(default_factory=dict)

    @property
    def deleted(self) -> int:
        return sum(item.deleted for item in self.changed_in.values())

    @property
    def masked(self) -> int:
        return sum(item.masked for item in self.changed_in.values())

    @property
    def changed(self) -> int:
        return self.deleted + self.masked

    @property
    def kept(self) -> int:
        """Rows that stay, by a duty or because they may be others' too."""
        return self.proof.count(Fate.KEEP, Fate.FLAGGED)


def result_of(steps: Sequence[Step]) -> Result:
    """Return what was done, by all rounds of it, and what the last reading has proven. Raises ValueError before one."""
    done = [step for step in steps if step.state == StepState.DONE]
    proofs = [step for step in done if step.kind == StepKind.VERIFY]
    if not proofs:
        raise ValueError("nothing has been read again yet")
    changed: dict[CollectionKey, Changed] = {}
    for step in done:
        if step.kind == StepKind.ERASE:
            for name, counts in step.report["erased"].items():
                before = changed.get((step.dataset, name), Changed())
                changed[step.dataset, name] = Changed(
                    before.deleted + counts["deleted"], before.masked + counts["masked"]
                )
    latest = max(proofs, key=lambda step: step.stage)
    return Result(Preview.read(latest.report["preview"]), changed)
