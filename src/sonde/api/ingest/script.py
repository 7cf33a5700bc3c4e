"""The browser's collector as a file, for pages that load it from the server that they report to.

`make collector` writes `collector.js` beside this module from the sources in the folder `collector`.
"""

from importlib.resources import files
from typing import Final

from litestar import Response, get

CACHE_SECONDS: Final = 3600
"""How long a browser may use the script before it asks again, and so keep an old one after an update."""

_SCRIPT: Final = files(__package__).joinpath("collector.js").read_bytes()

_HEADERS: Final = {
    "Cache-Control": f"public, max-age={CACHE_SECONDS}",
    # Pages of every origin may load it, those that ask for `crossorigin` or isolate themselves too.
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


@get("/collector.js", sync_to_thread=False)
def show_script() -> Response[bytes]:
    """Give the collector as a script, which makes `Sonde.Collector`."""
    return Response(_SCRIPT, media_type="text/javascript; charset=utf-8", headers=_HEADERS)
