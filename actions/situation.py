"""Where in a form a turn stands: at its start, or with a new message for it."""

from __future__ import annotations

from actions.context import TurnContext


class Situation:
    """Whether a form is just starting and whether there is a new message for it.

    Rasa appends the form's own name to the copy of the tracker that it sends for validation; that last
    entry does not count.
    """

    def __init__(self, ctx: TurnContext, form: str) -> None:
        actions, started = [], False
        for event in reversed(ctx.tracker.events):
            if event.get("event") == "user":
                break
            if event.get("event") == "action":
                actions.append(event.get("name"))
            if event.get("event") == "active_loop" and event.get("name") == form:
                started = True
        before = actions[1:] if actions and actions[0] == form else actions
        self.fresh = not before
        active = ctx.active_form
        self.starting = started or active != form
