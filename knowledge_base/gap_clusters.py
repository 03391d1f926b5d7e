"""Groups of questions that ask the same: a graph of the nearest questions, merged by average linkage.

Density decides, not a number of groups that somebody has to guess: two groups become one as long as their questions are on
average alike enough; a question that is like no other stays alone, and most do.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from knowledge_base.encoders.base import Vectors

# A question's nearest others that are looked at; a group may be larger.
NEIGHBOURS = 20
# A block of 512 x 20,000 similarities takes 40 MB.
_BLOCK = 512


def groups_of(vectors: Vectors, *, alike: float, neighbours: int = NEIGHBOURS) -> list[list[int]]:
    """The numbers of the rows of each group, largest group first; rows that belong to none are in none.

    `vectors`: (questions, dimensions), whose inner product is how alike two are; `alike`: the least mean of two groups that
    become one.
    """
    pairs, _ = nearest_pairs(vectors, neighbours, floor=alike / 2)
    found = [sorted(group) for group in _linked(vectors, pairs, alike) if len(group) > 1]
    found.sort(key=lambda group: (-len(group), group))
    return found


def groups_by_level(vectors: Vectors, levels: Sequence[float], least: int) -> list[list[int]]:
    """`groups_of` at the first level; of what is in no group of `least` rows then, at the next, and so on: a tight group is
    not drawn into a loose one. Largest group first."""
    found: list[list[int]] = []
    left = np.arange(len(vectors))
    for level in levels:
        groups = [left[group].tolist() for group in groups_of(vectors[left], alike=level) if len(group) >= least]
        found += groups
        if groups:
            left = np.setdiff1d(left, np.concatenate(groups))
    found.sort(key=lambda group: (-len(group), group))
    return found


def with_the_alone(vectors: Vectors, groups: Sequence[Sequence[int]], alike: float) -> list[list[int]]:
    """The groups, each with those rows of no group that are most alike to it, and that at least so much on average."""
    found = [list(group) for group in groups]
    alone = np.setdiff1d(np.arange(len(vectors)), np.concatenate(groups)) if groups else np.zeros(0, dtype=np.int64)
    if len(alone):
        likeness = vectors[alone] @ np.stack([vectors[group].mean(axis=0) for group in found]).T
        for row, group, value in zip(alone.tolist(), likeness.argmax(axis=1), likeness.max(axis=1), strict=True):
            if value >= alike:
                found[group].append(row)
    return found


def nearest_pairs(vectors: Vectors, neighbours: int, *, floor: float) -> tuple[npt.NDArray[np.int64], Vectors]:
    """(pairs, 2) of rows one of which is among the other's nearest, each pair once, and how alike they are; those below
    `floor` are left out."""
    size = len(vectors)
    count = min(neighbours, size - 1)
    if count < 1:
        return np.zeros((0, 2), dtype=np.int64), np.zeros(0, dtype=np.float32)
    keys: list[npt.NDArray[np.int64]] = []
    values: list[Vectors] = []
    for start in range(0, size, _BLOCK):
        scores = vectors[start : start + _BLOCK] @ vectors.T
        rows = np.arange(len(scores))
        scores[rows, start + rows] = -2
        near = np.argpartition(-scores, count - 1, axis=1)[:, :count]
        own = np.repeat(start + rows, count)
        other, score = near.ravel(), scores[rows[:, None], near].ravel()
        kept = score >= floor
        low, high = np.minimum(own, other)[kept], np.maximum(own, other)[kept]
        keys.append(low.astype(np.int64) * size + high)
        values.append(score[kept].astype(np.float32))
    unique, first = np.unique(np.concatenate(keys), return_index=True)
    return np.stack([unique // size, unique % size], axis=1), np.concatenate(values)[first]


def _linked(vectors: Vectors, pairs: npt.NDArray[np.int64], alike: float) -> list[list[int]]:
    """Merges the two groups that are most alike until none is alike enough. The graph says which groups are compared; how
    alike they are is exact: as likeness is an inner product, the mean over all pairs is that of the groups' means."""
    sums = vectors.astype(np.float32, copy=True)
    sizes = np.ones(len(vectors), dtype=np.int64)
    members = {at: [at] for at in range(len(vectors))}
    near: list[set[int]] = [set() for _ in range(len(vectors))]
    for one, other in pairs.tolist():
        near[one].add(other)
        near[other].add(one)
    # How often a group has grown: what was computed of it before is void.
    grown = [0] * len(vectors)
    likeness = np.einsum("ij,ij->i", vectors[pairs[:, 0]], vectors[pairs[:, 1]])
    heap = [
        (-value, *pair, 0, 0) for value, pair in zip(likeness.tolist(), pairs.tolist(), strict=True) if value >= alike
    ]
    heapq.heapify(heap)
    while heap:
        _, one, other, first, second = heapq.heappop(heap)
        if one not in members or other not in members or (grown[one], grown[other]) != (first, second):
            continue
        if len(near[one]) < len(near[other]):
            one, other = other, one
        members[one] += members.pop(other)
        sums[one] += sums[other]
        sizes[one] += sizes[other]
        grown[one] += 1
        for each in near[other]:
            near[each].discard(other)
            if each != one:
                near[each].add(one)
                near[one].add(each)
        near[one].discard(other)
        near[other] = set()
        around = sorted(near[one])
        if around:
            means = (sums[around] @ sums[one]) / (sizes[around] * sizes[one])
            for each, value in zip(around, means.tolist(), strict=True):
                if value >= alike:
                    heapq.heappush(heap, (-value, one, each, grown[one], grown[each]))
    return list(members.values())
