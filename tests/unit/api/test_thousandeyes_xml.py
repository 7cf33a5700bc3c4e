"""Answers as XML: the same data, nothing lost."""

from xml.etree import ElementTree as ET

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonde.api.thousandeyes.v6.schema import (
    AccountGroupDocument,
    AccountGroupList,
    AgentDocument,
    AgentList,
    AlertRuleRef,
    ApiLink,
    ErrorDocument,
    MetricsRow,
    Pages,
    TestDocument,
    Voice,
    VoiceResults,
)
from sonde.api.thousandeyes.v6.xml import to_xml

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\r\t"), max_size=12)

TEST = TestDocument(
    alerts_enabled=0,
    api_links=[ApiLink(rel="self", href="https://x/?a=1&b=2"), ApiLink(rel="data", href="y")],
    codec="G.711 @ 64 Kbps",
    codec_id=0,
    created_by="Ann <ann@ours.example>",
    created_date="2026-01-01 00:00:00",
    dscp="EF (DSCP 46)",
    dscp_id=46,
    enabled=1,
    interval=60,
    jitter_buffer=40,
    live_share=0,
    saved_event=0,
    target_agent_id=2,
    test_id=1,
    test_name="a",
    type="voice",
    alert_rules=[AlertRuleRef(rule_id=7)],
    groups=[],
)
ROW = MetricsRow(
    agent_id=1,
    agent_name="Cairo, Egypt",
    codec_max_mos=4.41,
    codec_name="G.711 @ 64 Kbps",
    country_id="EG",
    date="2026-01-01 00:00:00",
    permalink="p",
    round_id=60,
    loss=0.0,
    pdv=1,
    mos=4.351024,
)


@pytest.mark.parametrize(
    "document",
    [
        ErrorDocument(error_message="testId: there is none <&>."),
        AgentList(agents=[]),
        AccountGroupList(
            account_groups=[
                AccountGroupDocument(
                    account_group_name="Ours", aid=1, current=1, default=0, organization_name="O"
                )
            ]
        ),
        VoiceResults(pages=Pages(), voice=Voice(metrics=[], test=TEST)),
        VoiceResults(
            pages=Pages(current=2, next="https://x/?from=2026-01-01+00%3A00%3A00&lastRoundId=60"),
            voice=Voice(metrics=[ROW, msgspec.structs.replace(ROW, mos=msgspec.UNSET)], test=TEST),
            from_="2026-01-01 00:00:00",
            to="2026-01-02 00:00:00",
        ),
    ],
)
def test_xml_carries_what_json_carries(read_xml, document):
    """Read back by the schema alone, an answer is the same document; nothing is lost or added."""
    back = read_xml(to_xml(document), type(document))
    assert msgspec.json.decode(msgspec.json.encode(back)) == msgspec.json.decode(
        msgspec.json.encode(document)
    )


@given(name=TEXT, location=TEXT, addresses=st.lists(TEXT.filter(bool), max_size=3))
def test_any_text_survives(read_xml, name, location, addresses):
    """Markup, line ends and every script come back as they were."""
    agent = AgentDocument(
        agent_id=1,
        agent_name=name,
        agent_type="Enterprise",
        agent_state="Online",
        country_id="",
        location=location,
        enabled=1,
        ip_addresses=addresses,
        target_for_tests="h",
        created_date="d",
    )
    document = AgentList(agents=[agent])
    assert read_xml(to_xml(document), AgentList) == document


def test_the_shape_is_as_documented():
    """One root, an element for each field, one for each item of a list, no attributes."""
    document = AgentList(agents=[])
    assert to_xml(document) == b'<?xml version="1.0" encoding="UTF-8"?>\n<response><agents/></response>'
    root = ET.fromstring(
        to_xml(VoiceResults(pages=Pages(current=1), voice=Voice(metrics=[ROW, ROW], test=TEST)))
    )
    assert root.tag == "response"
    assert [each.tag for each in root.find("voice")] == ["metrics", "metrics", "test"]
    assert all(not each.attrib for each in root.iter())


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1f", "\ufffe", "\uffff"])
def test_what_xml_cannot_hold_becomes_the_replacement_character(character):
    """An agent's error sentence may hold anything; the document stays well-formed."""
    document = ErrorDocument(error_message=f"a{character}b")
    assert ET.fromstring(to_xml(document)).findtext("errorMessage") == "a\ufffdb"
