"""The rules of `tools.tidy`, fed small sources: each finds what it must and spares what it may."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tools import tidy, tidy_code, tidy_registers
from tools.tidy_code import Finding, Module


def a_module(path: str, text: str) -> Module:
    return Module.parse(f"src/sanduq/{path}", text)


def messages(findings: Iterator[Finding]) -> list[str]:
    return [found.message for found in findings]


def found_in(check: Callable[[Module], Iterator[Finding]], path: str, text: str) -> bool:
    return bool(list(check(a_module(path, text))))


def a_project(texts: dict[str, str], root: Path = Path()) -> tidy.Project:
    return tidy.Project(root, texts)


class TestArrows:
    @pytest.mark.parametrize(
        ("path", "text"),
        [
            ("sarf/service.py", "from sanduq.obligations import model"),
            ("sarf/sessions/service.py", "import sanduq.qard.service"),
            ("sarf/model.py", "from sanduq.obligations.model import Debt"),
        ],
    )
    def test_a_spot_exchange_never_reaches_the_rooms_where_debts_are_made(
        self, path: str, text: str
    ) -> None:
        assert messages(tidy_code.check_arrows(a_module(path, text)))[0].startswith("sarf may not")

    def test_a_spot_exchange_may_use_the_ledger(self) -> None:
        assert not found_in(
            tidy_code.check_arrows, "sarf/service.py", "from sanduq.ledger import service"
        )

    @pytest.mark.parametrize(
        "text",
        [
            "from sanduq.parties import store",
            "from sanduq.parties.store import load_party",
            "from sanduq.parties.schemas import PartyOut",
            "import sanduq.parties.routes",
            "from sanduq.microfinance.products import store",
        ],
    )
    def test_another_domain_is_never_entered_by_its_private_files(self, text: str) -> None:
        assert found_in(tidy_code.check_arrows, "microfinance/loans/service.py", text)

    @pytest.mark.parametrize(
        ("path", "text"),
        [
            ("microfinance/loans/service.py", "from sanduq.microfinance.loans import store"),
            ("microfinance/loans/service/pay.py", "from sanduq.microfinance.loans import store"),
            ("microfinance/loans/service.py", "from sanduq.parties import service"),
            ("microfinance/loans/service.py", "from sanduq.parties.model import Party"),
            ("api/app.py", "from sanduq.microfinance.loans import routes"),
            ("console/app.py", "from sanduq.console.routes import pages"),
        ],
    )
    def test_a_domain_uses_its_own_files_and_the_doors_of_others(
        self, path: str, text: str
    ) -> None:
        assert not found_in(tidy_code.check_arrows, path, text)

    @pytest.mark.parametrize("path", ["parties/routes.py", "parties/jobs.py", "console/pages.py"])
    def test_routes_jobs_and_console_never_import_a_store(self, path: str) -> None:
        assert found_in(tidy_code.check_arrows, path, "from sanduq.parties import store")


class TestPurity:
    @pytest.mark.parametrize("word", ["model", "rules", "postings", "rules_fee", "model/terms"])
    @pytest.mark.parametrize(
        "text",
        ["import psycopg", "from sanduq.kit import db", "from sanduq.ledger import service"],
    )
    def test_decisions_import_nothing_that_touches_the_world(self, word: str, text: str) -> None:
        assert list(tidy_code.check_purity([a_module(f"qard/{word}.py", text)]))

    @pytest.mark.parametrize(
        "text",
        [
            "from __future__ import annotations",
            "from datetime import date",
            "from sanduq.kit.money import Money",
            "from sanduq.ledger.model import Journal",
            "from sanduq.ledger import model as books",
        ],
    )
    def test_decisions_import_the_standard_library_kit_and_models(self, text: str) -> None:
        assert not list(tidy_code.check_purity([a_module("qard/postings.py", text)]))

    def test_rules_read_the_rulebook_and_models_do_not(self) -> None:
        text = "from sanduq.shariah.rulebook import found"
        rulebook = a_module("shariah/rulebook.py", "import tomllib")
        assert not list(tidy_code.check_purity([rulebook, a_module("qard/rules.py", text)]))
        assert list(tidy_code.check_purity([rulebook, a_module("qard/model.py", text)]))

    def test_a_file_that_helps_a_model_is_held_to_the_same_rule(self) -> None:
        model = a_module("obligations/model.py", "from sanduq.obligations.schedule import Line")
        pure = a_module("obligations/schedule.py", "from datetime import date")
        impure = a_module("obligations/schedule.py", "import httpx")
        assert not list(tidy_code.check_purity([model, pure]))
        (found,) = tidy_code.check_purity([model, impure])
        assert found.path == "src/sanduq/obligations/schedule.py"


class TestImportPlaces:
    @pytest.mark.parametrize(
        "text",
        [
            "def f():\n    import json",
            "class A:\n    def f(self):\n        if True:\n            from json import loads",
            "def f():\n    def g():\n        import json",
            "import importlib\nx = importlib.import_module('json')",
        ],
    )
    def test_no_import_is_put_off(self, text: str) -> None:
        assert found_in(tidy_code.check_import_places, "ledger/service.py", text)

    def test_the_command_line_may_put_imports_off(self) -> None:
        text = "def demo():\n    import uvicorn"
        assert not found_in(tidy_code.check_import_places, "cli.py", text)

    def test_imports_at_the_top_stand_even_under_a_condition(self) -> None:
        text = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import json"
        assert not found_in(tidy_code.check_import_places, "ledger/service.py", text)


class TestMoneySafety:
    def test_only_kit_db_commits(self) -> None:
        text = "def pay(uow):\n    uow.connection.commit()"
        assert found_in(tidy_code.check_commit, "payments/service.py", text)
        assert not found_in(tidy_code.check_commit, "kit/db.py", text)

    @pytest.mark.parametrize(
        "text",
        [
            "amount = float('1.10')",
            "def f(amount: float) -> None: ...",
            "def amount() -> float: ...",
            "class A:\n    amount: dict[str, float]",
        ],
    )
    def test_no_float_comes_near_money(self, text: str) -> None:
        assert found_in(tidy_code.check_float, "ledger/model.py", text)

    @pytest.mark.parametrize(
        "text", ["def wait(timeout_s: float) -> None: ...", "x = isinstance(1, float)"]
    )
    def test_seconds_may_be_floats_and_floats_may_be_refused(self, text: str) -> None:
        assert not found_in(tidy_code.check_float, "ledger/model.py", text)


class TestNamesAndSizes:
    @pytest.mark.parametrize(
        "path", ["ledger/utils.py", "kit/loan_helpers.py", "common/money.py", "api/handler.py"]
    )
    def test_a_file_name_says_something(self, path: str) -> None:
        assert found_in(tidy_code.check_file_name, path, "")

    @pytest.mark.parametrize("path", ["ledger/model.py", "microfinance/common_fund/model.py"])
    def test_a_telling_file_name_passes(self, path: str) -> None:
        assert not found_in(tidy_code.check_file_name, path, "")

    def test_a_function_of_seventy_lines_passes_and_one_more_fails(self) -> None:
        seventy = "def f():\n" + "    x = 1\n" * 69
        assert not list(tidy_code.check_sizes([a_module("a.py", seventy)], {}))
        assert list(tidy_code.check_sizes([a_module("a.py", seventy + "    x = 1\n")], {}))

    def test_a_file_of_four_hundred_lines_passes_and_one_more_fails(self) -> None:
        assert not list(tidy_code.check_sizes([a_module("a.py", "x = 1\n" * 400)], {}))
        assert list(tidy_code.check_sizes([a_module("a.py", "x = 1\n" * 401)], {}))

    @pytest.mark.parametrize(
        ("listed", "said"),
        [(500, None), (499, "grew"), (501, "shrank")],
    )
    def test_a_listed_exception_is_listed_at_its_exact_size(
        self, listed: int, said: str | None
    ) -> None:
        module = a_module("a.py", "x = 1\n" * 500)
        found = messages(tidy_code.check_sizes([module], {"src/sanduq/a.py": listed}))
        assert [said] == [m.split()[1].rstrip(":") for m in found] if said else found == []

    def test_an_exception_for_what_is_gone_is_taken_off(self) -> None:
        assert "is gone" in messages(tidy_code.check_sizes([], {"src/sanduq/a.py": 500}))[0]

    def test_exceptions_are_neither_added_nor_raised(self) -> None:
        before = {"a": 500, "b": 450}
        assert not list(tidy.check_ratchet({"a": 499}, before))
        assert list(tidy.check_ratchet({"a": 501}, before))
        assert list(tidy.check_ratchet({"c": 401}, before))

    def test_a_line_longer_than_a_hundred_is_found(self) -> None:
        assert not list(tidy_code.check_line_length("a.sql", "x" * 100))
        assert list(tidy_code.check_line_length("a.sql", "x" * 101))


class TestDeadFiles:
    def dead(self, *modules: Module) -> list[str]:
        return [found.path for found in tidy_code.check_dead(modules)]

    def test_a_module_nobody_imports_is_dead(self) -> None:
        assert self.dead(a_module("ledger/model.py", "")) == ["src/sanduq/ledger/model.py"]

    @pytest.mark.parametrize(
        "text",
        [
            "from sanduq.ledger import model",
            "from sanduq.ledger.model import Journal",
            "import sanduq.ledger.model",
            "application = 'sanduq.ledger.model:app'",
        ],
    )
    def test_a_module_that_is_imported_or_named_is_alive(self, text: str) -> None:
        assert not self.dead(a_module("ledger/model.py", ""), a_module("cli.py", text))


GLOSSARY = """
## Banned spellings

| write | never | where | unless |
|---|---|---|---|
| `instalment` | `installment` `installments` | text | `installments` |
| (no word) | `interest` | names | |
"""


class TestSpelling:
    def spelled(self, path: str, text: str) -> list[str]:
        project = a_project({"docs/glossary.md": GLOSSARY, path: text})
        return messages(tidy.check_spelling(project))

    @pytest.mark.parametrize("text", ["an installment", "InstallmentLine", "installment_count"])
    def test_a_banned_spelling_is_found_in_words_and_names(self, text: str) -> None:
        assert self.spelled("README.md", text)

    @pytest.mark.parametrize("text", ["an instalment", '"installments": 12'])
    def test_the_right_spelling_and_the_wire_field_pass(self, text: str) -> None:
        assert not self.spelled("README.md", text)

    def test_a_word_banned_in_names_may_be_spoken_of(self) -> None:
        assert self.spelled("src/sanduq/a.py", "interest_minor = 1")
        assert not self.spelled("src/sanduq/a.py", "# no interest is ever charged")

    def test_a_glossary_without_its_table_is_found(self) -> None:
        assert messages(tidy.check_spelling(a_project({}))) == ["has no table of banned spellings"]

    def test_the_glossary_of_the_project_is_read(self) -> None:
        text = Path(tidy.__file__).parents[1].joinpath("docs/glossary.md").read_text("utf-8")
        written = {spelling.write for spelling in tidy.read_spellings(text)}
        assert {"instalment", "qard", "sarf", "ujrah", "sadaqah"} <= written


class TestTextRules:
    @pytest.mark.parametrize(
        "text",
        [
            "see " + "pypi" + ".org",
            "https://registry." + "npmjs" + ".org/x",
            "open " + "/" + "home/someone/x",
            "cd " + "/" + "root/x",
        ],
    )
    def test_registries_and_machine_paths_are_found(self, text: str) -> None:
        assert list(tidy.check_hosts(a_project({"README.md": text})))

    @pytest.mark.parametrize("text", ["GET /v1/rails/work/orders", "~/data", "example.org/home/x"])
    def test_addresses_of_the_product_pass(self, text: str) -> None:
        assert not list(tidy.check_hosts(a_project({"README.md": text})))

    def test_a_link_to_a_missing_file_is_found(self, tmp_path: Path) -> None:
        tmp_path.joinpath("there.md").write_text("")
        text = "[a](there.md#x) [b](https://example.org) [c](#here) [d](gone.md)"
        found = messages(tidy.check_links(a_project({"README.md": text}, tmp_path)))
        assert found == ["gone.md leads nowhere"]

    def test_links_in_a_code_block_are_not_followed(self, tmp_path: Path) -> None:
        text = "```\n[d](gone.md)\n```"
        assert not list(tidy.check_links(a_project({"README.md": text}, tmp_path)))


class TestDecisions:
    complete = "## Context\n## Decision\n## Consequences\n## Rejected"

    def decided(self, *names: str, index: str, text: str = complete) -> list[str]:
        texts = {f"docs/decisions/{name}": text for name in names}
        return messages(tidy.check_decisions(a_project(texts | {tidy.DECISIONS: index})))

    def test_an_indexed_unbroken_row_passes(self) -> None:
        index = "[a](0001-a.md) [b](0002-b.md)"
        assert not self.decided("0001-a.md", "0002-b.md", index=index)

    def test_a_gap_in_the_numbers_is_found(self) -> None:
        assert self.decided("0001-a.md", "0003-b.md", index="(0001-a.md) (0003-b.md)")

    def test_a_record_missing_from_the_index_is_found(self) -> None:
        assert self.decided("0001-a.md", index="") == ["0001-a.md is not in the index"]

    def test_a_record_without_its_sections_is_found(self) -> None:
        assert len(self.decided("0001-a.md", index="(0001-a.md)", text="## Context")) == 3


class TestRegisters:
    def test_an_event_is_both_declared_and_listed(self) -> None:
        declared = a_module("microfinance/loans/events.py", "CREATED = 'microfinance.loan.created'")
        recorded = a_module(
            "qard/service.py", "def f(uow):\n    events.record(uow, 'qard.loan.paid', {})"
        )
        used = tidy_registers.used_events([declared, recorded])
        assert set(used) == {"microfinance.loan.created", "qard.loan.paid"}
        listed = {"microfinance.loan.created", "rahnu.margin.call"}
        found = messages(tidy_registers.compare_events(used, listed))
        assert len(found) == 2
        assert "qard.loan.paid is not in" in found[0]
        assert "rahnu.margin.call is declared nowhere" in found[1]

    @pytest.mark.parametrize(
        "document",
        [
            {"events": {"microfinance.loan.created": {"payload": "Loan"}}},
            {"events": [{"type": "microfinance.loan.created"}]},
            {"webhooks": {"microfinance.loan.created": {"post": {}}}},
            ["microfinance.loan.created"],
        ],
    )
    def test_a_list_of_events_is_read_in_any_shape(self, document: object) -> None:
        assert tidy_registers.listed_events(document) == {"microfinance.loan.created"}

    def test_docstrings_and_module_names_are_not_events(self) -> None:
        text = '"""a.b.c"""\nlog = "sanduq.ledger.events"\nnote = "Loan made. Then paid."'
        assert tidy_registers.used_events([a_module("qard/events.py", text)]) == {}

    def test_an_operation_is_listed_served_and_scoped(self) -> None:
        scoped = {"x-scope": "ledger:read"}
        generated = {"paths": {"/a": {"get": scoped, "post": {}}}}
        committed = {"paths": {"/a": {"get": scoped}, "/b": {"get": scoped, "parameters": []}}}
        assert messages(tidy_registers.compare_routes(generated, committed)) == [
            "POST /a is served but not listed",
            "GET /b is listed but not served",
            "POST /a carries no x-scope",
        ]

    def test_a_missing_register_is_a_finding(self, tmp_path: Path) -> None:
        found = {
            f.path for f in tidy_registers.check_registers(tmp_path, []) if "missing" in str(f)
        }
        assert found == {tidy_registers.OPENAPI, tidy_registers.EVENTS}

    def rules(self, *modules: Module) -> list[str]:
        checks = {"QRD-02": "sanduq.qard.rules.rule_qrd_02", "QRD-06": None}
        return messages(tidy_registers.compare_rules(checks, modules))

    def test_an_implemented_rule_has_its_function_and_a_test_that_names_it(self) -> None:
        written = a_module("qard/rules.py", "def rule_qrd_02(): ...  # QRD-02")
        tested = Module.parse("tests/unit/qard/test_rules.py", "# QRD-02")
        named = Module.parse("tests/unit/qard/test_rules.py", "def test_qrd_02_refuses(): ...")
        assert self.rules(written, tested) == []
        assert self.rules(written, named) == []
        assert self.rules(written) == ["QRD-02 is checked but no test names it"]
        assert "does not exist" in self.rules(tested)[0]

    def test_a_rule_id_the_rulebook_lacks_is_found(self) -> None:
        written = a_module("qard/rules.py", "def rule_qrd_02(): ...\nNOTE = 'QRD-99'")
        tested = Module.parse("tests/unit/qard/test_rules.py", "# QRD-02")
        assert self.rules(written, tested) == ["QRD-99 is not in the rulebook"]


def test_without_git_every_file_but_those_of_tools_is_read(tmp_path: Path) -> None:
    for name in ("a.md", ".venv/b.md", "src/c.py"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("")
    assert list(tidy.read_project(tmp_path).texts) == ["a.md", "src/c.py"]


def test_an_unknown_check_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert tidy.main(["grammar"]) == 2
    assert "no such check" in capsys.readouterr().out


def test_findings_read_as_place_rule_message_and_sort_by_place() -> None:
    found = [Finding("b", 2, "r", "m"), Finding("a", 10, "r", "m"), Finding("a", 9, "r", "m")]
    assert [str(f) for f in sorted(found)] == ["a:9: r: m", "a:10: r: m", "b:2: r: m"]
