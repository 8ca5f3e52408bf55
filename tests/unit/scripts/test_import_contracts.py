"""The import rule that keeps a slice's tables and repositories to itself."""

from __future__ import annotations

from grimp import ImportGraph

from scripts.import_contracts import PrivateModulesContract


def check(*imports: tuple[str, str]) -> list[tuple[str, str]]:
    graph = ImportGraph()
    for importer, imported in imports:
        for name in (importer, imported):
            if name not in graph.modules:
                graph.add_module(name)
        graph.add_import(importer=importer, imported=imported)
    contract = PrivateModulesContract(
        name="private",
        session_options={},
        contract_options={"container": "closer", "private_names": ["repository", "tables"]},
    )
    result = contract.check(graph, verbose=False)
    found: list[tuple[str, str]] = result.metadata["found"]
    assert result.kept is (not found)
    return found


def test_own_repository_is_fine() -> None:
    assert check(("closer.orders.service", "closer.orders.repository")) == []
    assert check(("closer.orders.refunds.service", "closer.orders.refunds.tables")) == []


def test_other_service_is_fine() -> None:
    assert (
        check(
            ("closer.orders.service", "closer.catalog.service"),
            ("api.v1.orders", "closer.orders.service"),
        )
        == []
    )


def test_other_repository_is_not() -> None:
    wrong = ("closer.orders.service", "closer.catalog.repository")
    assert check(wrong) == [wrong]


def test_api_and_scripts_reach_no_tables() -> None:
    wrong = [("api.v1.orders", "closer.orders.tables"), ("scripts.x", "closer.orders.tables.items")]
    assert sorted(check(*wrong)) == sorted(wrong)


def test_name_that_only_begins_alike_is_a_stranger() -> None:
    wrong = ("closer.orders_archive.service", "closer.orders.tables")
    assert check(wrong) == [wrong]
