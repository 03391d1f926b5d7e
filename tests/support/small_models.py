"""Small models with seeded weights, saved by sentence-transformers as published ones are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

# fmt: off
WORDS = [
    "the", "a", "of", "to", "in", "for", "how", "do", "i", "my", "your", "card", "was", "charged", "twice",
    "refund", "order", "open", "page", "settings", "password", "reset", "domain", "connect", "report", "export",
    "sales", "shipping", "rate", "weight", "zone", "query", "passage", "represent", "this", "question", ":", ".",
    ",", "?", "tarjeta", "pedido", "reembolso", "conta", "senha", "loja", "pedidos", "relatório", "frete",
]
# fmt: on
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def tokenizer(longest: int) -> Any:
    from tokenizers import Tokenizer, normalizers, pre_tokenizers, processors
    from tokenizers.models import WordPiece
    from transformers import PreTrainedTokenizerFast

    letters = [chr(code) for code in range(33, 127)]
    vocabulary = [*SPECIAL, *dict.fromkeys([*WORDS, *letters]), *(f"##{letter}" for letter in letters)]
    made = Tokenizer(WordPiece({word: at for at, word in enumerate(vocabulary)}, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    names = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=made, model_max_length=longest, **{f"{name}_token": text for name, text in names.items()}
    )


SIZES: dict[str, Any] = {
    "hidden_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 96,
    "max_position_embeddings": 66,
    "pad_token_id": 0,
}


def make_model(
    folder: Path,
    name: str,
    *,
    family: str = "bert",
    pooling: str = "mean",
    prompts: dict[str, str] | None = None,
    activation: str = "gelu",
) -> Path:
    """A sentence encoder of 48 dimensions at `folder/name`."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from transformers import BertConfig, BertModel, RobertaConfig, RobertaModel

    torch.manual_seed(7)
    words = tokenizer(64)
    sizes = {**SIZES, "vocab_size": len(words), "hidden_act": activation, "initializer_range": 0.2}
    raw = BertModel(BertConfig(**sizes)) if family == "bert" else RobertaModel(RobertaConfig(**sizes))
    raw.save_pretrained(folder / "raw")
    words.save_pretrained(folder / "raw")
    transformer = Transformer(str(folder / "raw"), max_seq_length=64)
    modules = [transformer, Pooling(SIZES["hidden_size"], pooling_mode=pooling), Normalize()]
    SentenceTransformer(modules=modules, prompts=prompts, device="cpu").save(str(folder / name))
    return folder / name


def make_reranker(folder: Path, name: str, *, labels: int = 1) -> Path:
    """A cross-encoder at `folder/name`."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(11)
    words = tokenizer(64)
    config = BertConfig(**SIZES, vocab_size=len(words), initializer_range=0.2)
    config.num_labels = labels
    BertForSequenceClassification(config).save_pretrained(folder / name)
    words.save_pretrained(folder / name)
    return folder / name
