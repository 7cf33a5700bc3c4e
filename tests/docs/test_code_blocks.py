"""Python in the documents runs as it stands, block after block, and its assertions hold."""

import ast

from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

NEEDS_A_SERVER = {"docs/thousandeyes.md", "docs/api.md"}
"""Pages whose blocks an integration test runs against a real server; here they are only read."""


def test_blocks_run(page, root):
    """Whoever copies a block gets what the page says."""
    document = Sybil(parsers=[PythonCodeBlockParser()], path=str(root)).parse(page.path)
    if page.name in NEEDS_A_SERVER:
        assert [ast.parse(block) for block in page.blocks("python")]
        return
    examples = list(document.examples())
    assert len(examples) == len(page.blocks("python"))
    for example in examples:
        example.evaluate()
