"""Rasa's memoization on the states that all policies share: the same predictions, without computing states again."""

from __future__ import annotations

from rasa.core.policies.memoization import MemoizationPolicy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe

from rasa_ext.policies.states import SharedStates


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True
)
class SharedMemoizationPolicy(SharedStates, MemoizationPolicy):
    """Predicts as `MemoizationPolicy` does."""
