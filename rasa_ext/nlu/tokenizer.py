"""Splits messages into tokens so that every entity value is a run of whole tokens."""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

_TOKEN = re.compile(
    r"""
    [\w.+-]+@[\w-]+(?:\.[\w-]+)+        # an e-mail address
  | \#?[A-Za-z]{2,5}-\d[\w-]*           # ORD-2023-0042
  | \d+(?:[.,]\d+)*(?:-[A-Z]\b)?        # 1,299.00 and 000123-X, without a sign or a unit
  | (?:Mr|Mrs|Ms|Dr|Prof|St)\.          # a title keeps its full stop
  | [^\W\d_]+(?:['’-][^\W\d_]+)*        # words, O'Brien, Jean-Luc
  | \S                                  # anything else, one by one
    """,
    re.VERBOSE,
)
# Tokens serve evaluation and sequence features; a flood of characters must stay cheap.
_MAX_TOKENS = 512


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class CareTokenizer(Tokenizer):
    """Tokenizer for customer messages: keeps ids, e-mail addresses and names whole."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Gives the options of Rasa's tokenizers; none needs changing."""
        return {
            # Whether to split an intent's name into several labels.
            "intent_tokenization_flag": False,
            # Where to split it.
            "intent_split_symbol": "_",
            # A further pattern to split tokens by.
            "token_pattern": None,
            # Where to split a prefix off.
            "prefix_separator_symbol": None,
        }

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Splits one attribute of a message."""
        text = message.get(attribute)
        tokens = []
        for match in _TOKEN.finditer(text):
            tokens.append(Token(match.group(), match.start()))
            if len(tokens) == _MAX_TOKENS:
                break
        return self._apply_token_pattern(tokens)
