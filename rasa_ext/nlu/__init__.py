"""Understanding: the components of the NLU pipeline in config.yml, described in docs/nlu.md."""
