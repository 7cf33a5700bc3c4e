"""Sonde's own API under `/v1`, and the pages at `/docs` that explain it.

To add a route, write a handler into a module named after its noun, and that module's `HANDLERS` into
`MODULES` of `app.py`:

    class MeetingsQuery(PageQuery, frozen=True, kw_only=True):
        # Its docstring says under "Attributes" what each parameter means.
        name: str | None = None


    @get(
        "/meetings",
        opt=describe(tag="Meetings", summary="List meetings", query=MeetingsQuery, answer=Page[Meeting]),
        sync_to_thread=True,
    )
    def list_meetings(
        request: Call, use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
    ) -> Page[Meeting]:
        \"\"\"Meetings of the workspace, oldest first.\"\"\"
        query = read_query(request, MeetingsQuery)
        return page_by_id(use_cases.meetings.list(access, query.name), query, key=meeting_id)

The OpenAPI document, the pages and the check of `sonde.client` are made of that: the operation is called
like the handler, its description is the handler's docstring, its parameters are the fields of `query` and
the names in the path (`PATH_PARAMETERS` in `operation.py` explains those), and what the structs'
docstrings say under `Attributes:` becomes the description of each field. Units are in the field's type
(`units.py`). Then the method goes into `sonde.client`; a test fails until it is there.
"""
