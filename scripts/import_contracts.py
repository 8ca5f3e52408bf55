"""An import rule that the linter lacks: some modules of a slice are for that slice alone."""

from __future__ import annotations

from typing import Any, cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class PrivateModulesContract(Contract):
    """Each child of the container keeps its modules of certain names to itself.

    Attributes:
        container: The package whose children are the slices.
        private_names: Module names such as `repository`; nobody outside of the slice may import these.
        allowed: Modules that may nevertheless; each with its reason beside it in the configuration.
    """

    type_name = "private_modules"
    container = fields.StringField()
    private_names = fields.SetField(subfield=fields.StringField())
    allowed = fields.SetField(subfield=fields.StringField(), required=False, default=set())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Find the direct imports that break the rule."""
        found = []
        for imported in sorted(graph.modules):
            slice_name = self._owner(imported)
            if slice_name is None:
                continue
            importers = graph.find_modules_that_directly_import(imported) - cast(Any, self.allowed)
            strangers = sorted(
                name for name in importers if not f"{name}.".startswith(f"{slice_name}.")
            )
            found += [(name, imported) for name in strangers]
        return ContractCheck(kept=not found, metadata={"found": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print what was found."""
        for importer, imported in cast(list[tuple[str, str]], check.metadata["found"]):
            output.print_error(
                f"- {importer} imports {imported}; call that slice's service instead", bold=False
            )
        output.new_line()

    def _owner(self, module: str) -> str | None:
        """Return the slice that the module is private to, or None if anybody may import it."""
        container, names = cast(Any, self.container), cast(Any, self.private_names)
        words = module.removeprefix(f"{container}.").split(".")
        if (
            not module.startswith(f"{container}.")
            or len(words) < 2
            or not names.intersection(words[1:])
        ):
            return None
        return f"{container}.{words[0]}"
