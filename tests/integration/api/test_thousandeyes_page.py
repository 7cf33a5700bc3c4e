"""docs/thousandeyes.md, followed to the letter against a real server."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

PAGE = Path(__file__).parents[3] / "docs" / "thousandeyes.md"
WRITTEN_URL = "http://127.0.0.1:8700"


def test_the_python_of_the_page_runs(world, make_pair, capsys):
    """The lines for both clients show the tests and the agents of the workspace."""
    pair = make_pair(world, "Lima, Peru")
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    for block, shown in zip(blocks, (pair.name, pair.source_name), strict=True):
        assert WRITTEN_URL in block
        exec(block.replace(WRITTEN_URL, world.url), {"token": world.ours.admin})
        assert shown in capsys.readouterr().out
