"""What pages load: small, typed, and complete."""

import gzip
import json
import subprocess

import pytest
from node import COLLECTOR

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def built():
    """The folder that is published, built if it is not there; TypeScript checks the sources on the way."""
    subprocess.run([COLLECTOR.parent / "tools/collector"], check=True)
    return COLLECTOR / "dist"


@pytest.mark.parametrize("name", ["index.js", "sonde-collector.js"])
def test_it_is_small(built, name):
    """At most 5 kB go over the network, as a module and as a script."""
    assert len(gzip.compress((built / name).read_bytes())) <= 5000


def test_the_server_gives_what_is_built(built):
    """The script in the server's package is that of these sources; `make collector` makes it so."""
    given = COLLECTOR.parent / "src/sonde/api/ingest/collector.js"
    assert given.read_bytes() == (built / "sonde-collector.js").read_bytes()


def test_the_package_holds_what_it_names(built):
    """Everything that package.json points to is there, and it needs nothing else to run."""
    package = json.loads((COLLECTOR / "package.json").read_text())
    assert "dependencies" not in package
    for path in [*package["exports"]["."].values(), package["exports"]["./sonde-collector.js"]]:
        assert (COLLECTOR / path).is_file()
