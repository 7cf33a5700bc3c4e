"""A client of Sonde's own API, `/v1`.

    from sonde.client import Client

    with Client("https://sonde.example.org", token="snd_pat_...") as sonde:
        for result in sonde.list_results(test=7, from_="2026-07-29T00:00:00Z"):
            print(result["started_at"], result["score"]["mos_cq"])

There is a method for each operation of the OpenAPI document, called like it, with the same parameters; a
test compares the two. What it returns is the JSON that the document describes. What the server refuses is
raised as one of `sonde.model.errors`, with the server's sentence.
"""

from sonde.client.client import Client
from sonde.client.rows import Rows

__all__ = ["Client", "Rows"]
