"""The tasks, one file a topic; each is a form with its validation and its submission (see actions.forms)."""
