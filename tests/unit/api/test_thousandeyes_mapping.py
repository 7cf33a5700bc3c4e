"""The vendor's documented answers, rebuilt from our own objects."""

import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from outcomes import outcome_of

from sonde.api.thousandeyes import names, units
from sonde.api.thousandeyes.timerange import TimeRange
from sonde.api.thousandeyes.v6 import mapping, measurements
from sonde.api.thousandeyes.v6.older import older_form, older_label
from sonde.api.thousandeyes.v6.schema import Pages, TestDocument, VoiceResults
from sonde.api.thousandeyes.v6.xml import to_xml
from sonde.model.agents import Agent
from sonde.model.errors import Invalid
from sonde.model.rounds import RoundError, RoundReport, RoundResult
from sonde.model.voice_tests import VoiceTest, VoiceTestSettings
from sonde.quality.codecs import CODECS, codec
from sonde.quality.voice import score_voice
from sonde.rtp.summary import StreamSummary

VENDOR = "https://app.thousandeyes.com"

ALBUQUERQUE = Agent(
    agent_id=8641,
    workspace_id=75,
    name="Albuquerque",
    host="a1-docker1-abq.ag1.thousandeyes.com",
    port=49152,
    country_id="US",
    location="",
    addresses=("172.97.102.37",),
    version="0",
    enabled=True,
    created_at=datetime(2020, 1, 1, tzinfo=UTC),
    last_seen_at=None,
)
CAIRO = structs.replace(
    ALBUQUERQUE, agent_id=58, name="Cairo, Egypt", country_id="EG", location="Cairo", host="cairo", port=5004
)

TEST_2020 = VoiceTest(
    test_id=1661929,
    workspace_id=75,
    settings=VoiceTestSettings(
        name="RTP-Stream",
        source_agent_ids=(58,),
        target_agent_id=8641,
        interval=120,
        facade_settings={"thousandeyes": {"bgpMeasurements": 0, "usePublicBgp": 1}},
    ),
    created_by="ThousandEyes (support@thousandeyes.com)",
    created_at=datetime(2020, 9, 9, 2, 56, 3, tzinfo=UTC),
)

STREAM_2020 = StreamSummary(
    packets_sent=250,
    packets_received=250,
    packets_lost=0,
    packets_duplicated=0,
    packets_reordered=0,
    packets_discarded=0,
    loss_ratio=0.0,
    discard_ratio=0.0,
    one_way_delay_mean=0.103892,
    pdv_mean=0.001,
    dscp_received=46,
)

ROUND_2020 = RoundResult(
    workspace_id=75,
    source_agent_id=58,
    received_at=1599627492.0,
    report=RoundReport(
        test_id=1661929,
        round_id=1599627480,
        target_agent_id=8641,
        interval=120,
        duration=5,
        codec="g711",
        dscp=46,
        jitter_buffer=0.040,
        started_at=1599627486.7,
        target_address="172.97.102.37",
        target_port=49152,
        stream=STREAM_2020,
    ),
    score=score_voice(
        codec=codec("g711"), one_way_delay=0.103892, jitter_buffer=0.040, loss_ratio=0.0, discard_ratio=0.0
    ),
)

DOCUMENT_2020 = {
    "pages": {"current": 1},
    "voice": {
        "metrics": [
            {
                "agentId": 58,
                "agentName": "Cairo, Egypt",
                "codecMaxMos": 4.41,
                "codecName": "G.711 @ 64 Kbps",
                "countryId": "EG",
                "date": "2020-09-09 04:58:06",
                "discards": 0.0,
                "dscp": 46,
                "dscpName": "EF (DSCP 46)",
                "latency": 103,
                "loss": 0.0,
                "mos": 4.351024,
                "pdv": 1,
                "permalink": f"{VENDOR}/voice/metrics?__a=75&testId=1661929&roundId=1599627480&agentId=58",
                "roundId": 1599627480,
                "serverIp": "172.97.102.37",
            }
        ],
        "test": {
            "alertsEnabled": 0,
            "bgpMeasurements": 0,
            "codec": "G.711 @ 64 Kbps",
            "codecId": 0,
            "createdBy": "ThousandEyes (support@thousandeyes.com)",
            "createdDate": "2020-09-09 02:56:03",
            "dscp": "EF (DSCP 46)",
            "dscpId": 46,
            "duration": 5,
            "enabled": 1,
            "interval": 120,
            "jitterBuffer": 40,
            "liveShare": 0,
            "numPathTraces": 3,
            "savedEvent": 0,
            "server": "a1-docker1-abq.ag1.thousandeyes.com:49152",
            "targetAgentId": 8641,
            "testId": 1661929,
            "testName": "RTP-Stream",
            "type": "voice",
            "usePublicBgp": 1,
        },
    },
}


def assert_same(seen, sample) -> None:
    """Equal, and every number of the same type: 0 is not 0.0 to a strict client."""
    assert seen == sample
    assert typed(seen) == typed(sample)


def typed(value):
    """A document with types for values."""
    if isinstance(value, dict):
        return {key: typed(each) for key, each in value.items()}
    return [typed(each) for each in value] if isinstance(value, list) else type(value)


def results(*rounds: RoundResult, test: VoiceTest = TEST_2020, asked: TimeRange | None = None):
    """The answer about these rounds as a client reads it."""
    document = measurements.results_document(
        test,
        map(outcome_of, rounds),
        agents={58: CAIRO, 8641: ALBUQUERQUE},
        base=VENDOR,
        pages=Pages(current=1),
        asked=asked,
    )
    return json.loads(msgspec.json.encode(document))


def with_stream(**changes) -> RoundResult:
    """The round of 2020, with other facts."""
    report = structs.replace(ROUND_2020.report, stream=structs.replace(STREAM_2020, **changes))
    return structs.replace(ROUND_2020, report=report)


def test_results_equal_the_vendors_sample_of_2020_field_by_field():
    """The sample answer of v6 comes out of our objects: same keys, values and types, nothing more."""
    document = results(ROUND_2020)
    links = document["voice"]["test"].pop("apiLinks")
    assert_same(document, DOCUMENT_2020)
    assert {"rel": "data", "href": f"{VENDOR}/thousandeyes/v6/voice/rtp-stream/1661929"} in links
    assert {"rel": "self", "href": f"{VENDOR}/thousandeyes/v6/tests/1661929"} in links


def test_numbers_have_the_types_of_the_vendors_sample():
    """Types that strict clients insist on: whole latency, code point and flags, real loss and discards."""
    row = results(ROUND_2020)["voice"]["metrics"][0]
    assert type(row["latency"]) is type(row["dscp"]) is type(row["agentId"]) is type(row["roundId"]) is int
    assert type(row["loss"]) is type(row["discards"]) is type(row["mos"]) is float
    test = results(ROUND_2020)["voice"]["test"]
    flags = ("alertsEnabled", "bgpMeasurements", "enabled", "liveShare", "savedEvent", "usePublicBgp")
    assert {type(test[name]) for name in (*flags, "jitterBuffer")} == {int}


TEST_2014 = VoiceTest(
    test_id=6627,
    workspace_id=11,
    settings=VoiceTestSettings(
        name="my second voice test",
        source_agent_ids=(97,),
        target_agent_id=11,
        interval=300,
        codec="g722.1-32",
        dscp=8,
        alerts_enabled=True,
    ),
    created_by="API Sandbox User (noreply@thousandeyes.com)",
    created_at=datetime(2014, 6, 13, 23, 19, 23, tzinfo=UTC),
    modified_by="API Sandbox User (noreply@thousandeyes.com)",
    modified_at=datetime(2014, 7, 11, 22, 53, 4, tzinfo=UTC),
)

ROUND_2014 = RoundResult(
    workspace_id=11,
    source_agent_id=97,
    received_at=0.0,
    report=structs.replace(
        ROUND_2020.report,
        test_id=6627,
        round_id=1407374700,
        codec="g722.1-32",
        started_at=1407374731.0,
        stream=structs.replace(STREAM_2020, one_way_delay_mean=0.075, pdv_mean=0.0, dscp_received=8),
    ),
    score=score_voice(
        codec=codec("g722.1-32"), one_way_delay=0.075, jitter_buffer=0.040, loss_ratio=0.0, discard_ratio=0.0
    ),
)

DOCUMENT_2014 = {
    "voice": {
        "test": {
            "enabled": 1,
            "savedEvent": 0,
            "testId": 6627,
            "testName": "my second voice test",
            "type": "voice",
            "interval": 300,
            "server": "vps-lhr4.thousandeyes.com:49152",
            "codec": "G.722 @ 32 Kbps",
            "codecId": 2,
            "dscpId": 8,
            "jitterBuffer": 40,
            "alertsEnabled": 1,
            "liveShare": 0,
            "targetAgentId": 11,
            "modifiedDate": "2014-07-11 22:53:04",
            "createdBy": "API Sandbox User (noreply@thousandeyes.com)",
            "modifiedBy": "API Sandbox User (noreply@thousandeyes.com)",
            "dscp": "CS 1 (8)",
            "createdDate": "2014-06-13 23:19:23",
        },
        "metrics": [
            {
                "agentName": "va-office",
                "countryId": "US",
                "date": "2014-08-07 01:25:31",
                "dscp": 8,
                "mos": 3.95378,
                "codecName": "G.722 @ 32 Kbps",
                "codecMaxMos": 4.03,
                "dscpName": "CS 1 (8)",
                "loss": 0,
                "discards": 0,
                "permalink": f"{VENDOR}/voice/metrics?__a=11&testId=6627&roundId=1407374700&agentId=97",
                "agentId": 97,
                "roundId": 1407374700,
                "latency": 75,
                "pdv": 0,
                "errorDetail": "",
            }
        ],
    },
    "pages": {},
}


def older(*, pages: Pages | None = None) -> dict:
    """The round of 2014 in its own form."""
    target = structs.replace(ALBUQUERQUE, agent_id=11, host="vps-lhr4.thousandeyes.com")
    source = structs.replace(CAIRO, agent_id=97, name="va-office", country_id="US")
    document = measurements.results_document(
        TEST_2014,
        [outcome_of(ROUND_2014)],
        agents={11: target, 97: source},
        base=VENDOR,
        pages=pages or Pages(current=1),
        asked=None,
    )
    return json.loads(msgspec.json.encode(older_form(document)))


def test_results_equal_the_vendors_sample_of_2014_field_by_field():
    """The older sample comes out in the older form: same keys, values and types; MOS to its six digits."""
    document = older()
    [row] = document["voice"]["metrics"]
    row["mos"] = float(f"{row['mos']:.6g}")
    del document["voice"]["test"]["apiLinks"]
    assert_same(document, DOCUMENT_2014)


@pytest.mark.parametrize("sample", [DOCUMENT_2020, DOCUMENT_2014])
def test_both_samples_survive_the_way_through_xml(read_xml, sample):
    """XML says what JSON says of the vendor's own answers: read back by the schema, it is the same."""
    test = {**sample["voice"]["test"], "apiLinks": [{"rel": "self", "href": "x"}]}
    sample = {**sample, "voice": {**sample["voice"], "test": test}}
    document = msgspec.convert(sample, VoiceResults)
    assert_same(json.loads(msgspec.json.encode(document)), sample)
    back = read_xml(to_xml(document), VoiceResults)
    assert json.loads(msgspec.json.encode(back)) == sample


def test_the_older_form_has_pages_when_there_are_several():
    """An empty `pages` would lose the rest of a long answer."""
    assert older(pages=Pages(current=1, next="x"))["pages"] == {"current": 1, "next": "x"}


@pytest.mark.parametrize(
    ("label", "then"),
    [
        ("CS1 (DSCP 8)", "CS 1 (8)"),
        ("AF41 (DSCP 34)", "AF 41 (34)"),
        ("EF (DSCP 46)", "EF (46)"),
        ("Best Effort (DSCP 0)", "Best Effort (0)"),
        ("Voice Admit (DSCP 44)", "Voice Admit (44)"),
        ("DSCP 3", "DSCP 3"),
    ],
)
def test_labels_of_2014(label, then):
    """The one that is known decides how the others are written."""
    assert older_label(label) == then


def test_a_range_that_was_asked_for_is_repeated():
    """With a range the answer says which one, in absolute UTC times."""
    document = results(asked=TimeRange(start=1599627480, end=1599631080))
    assert document["from"] == "2020-09-09 04:58:00"
    assert document["to"] == "2020-09-09 05:58:00"
    assert document["voice"]["metrics"] == []


def test_a_failed_round_has_no_numbers_and_says_why():
    """What was not measured is left out, never 0, and `errorDetail` has the sentence of the agent."""
    report = structs.replace(
        ROUND_2020.report,
        stream=None,
        target_address="",
        error=RoundError.NO_CONSENT,
        error_detail="agent 8641 did not answer",
    )
    score = score_voice(
        codec=codec("g711"), one_way_delay=None, jitter_buffer=0.04, loss_ratio=None, discard_ratio=None
    )
    row = results(structs.replace(ROUND_2020, report=report, score=score))["voice"]["metrics"][0]
    assert row["errorDetail"] == "agent 8641 did not answer"
    measured = {"mos", "loss", "discards", "latency", "pdv", "dscp", "dscpName", "serverIp"}
    assert measured.isdisjoint(row)
    assert {"agentId", "agentName", "codecName", "codecMaxMos", "date", "permalink", "roundId"} <= row.keys()


@pytest.mark.parametrize("error", RoundError)
def test_every_error_has_a_detail(error):
    """A failed round explains itself even if its agent said nothing."""
    report = structs.replace(ROUND_2020.report, error=error)
    assert names.error_detail(outcome_of(structs.replace(ROUND_2020, report=report)))


def test_total_loss_is_a_number_and_its_missing_mos_is_explained():
    """When nothing arrived the loss is 100, and `errorDetail` says why there is no MOS."""
    lost = with_stream(
        packets_received=0,
        packets_lost=250,
        loss_ratio=1.0,
        one_way_delay_mean=None,
        pdv_mean=None,
        dscp_received=None,
    )
    score = score_voice(
        codec=codec("g711"), one_way_delay=None, jitter_buffer=0.04, loss_ratio=1.0, discard_ratio=0.0
    )
    row = results(structs.replace(lost, score=score))["voice"]["metrics"][0]
    assert row["loss"] == 100.0
    assert "mos" not in row
    assert row["errorDetail"] == score.reason


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.103892, 103), (0.0005, 0), (1.001, 1001), (0.057, 57), (-0.0004, 0)]
)
def test_latency_is_cut_off_not_rounded(seconds, shown):
    """Latency loses its fraction, but a whole number of milliseconds never loses one to binary dust."""
    assert results(with_stream(one_way_delay_mean=seconds))["voice"]["metrics"][0]["latency"] == shown


@given(st.integers(0, 10_000_000))
def test_whole_milliseconds_survive_the_way_through_seconds(milliseconds):
    """No number of milliseconds changes when it is kept in seconds and shown again."""
    assert units.to_cut_milliseconds(units.to_seconds(milliseconds)) == milliseconds


@given(lost=st.integers(0, 3000), sent=st.integers(1, 3000))
def test_percent_stays_within_its_scale(lost, sent):
    """A ratio of packets becomes a percentage between 0 and 100, exact at both ends."""
    percent = units.to_percent(min(lost, sent) / sent)
    assert 0 <= percent <= 100
    assert (percent == 100) == (lost >= sent)
    assert (percent == 0) == (lost == 0)


def test_percent_has_no_dust():
    """7 of 100 packets are 7 percent, not 7.000000000000001."""
    assert units.to_percent(0.07) == 7.0


def test_a_code_point_without_a_name_gets_a_label():
    """A network that remarks to an odd value shows as that value."""
    row = results(with_stream(dscp_received=3))["voice"]["metrics"][0]
    assert (row["dscp"], row["dscpName"]) == (3, "DSCP 3")


def test_every_codec_has_one_id():
    """The ids 0 to 9 name the ten codecs, each once."""
    assert len(names.CODEC_SLUGS) == 10
    assert set(names.CODEC_SLUGS) == set(CODECS)


@pytest.mark.parametrize(
    ("codec_id", "max_mos"),
    list(enumerate([4.41, 3.79, 4.03, 4.07, 3.95, 4.10, 4.10, 2.95, 4.42, 4.03])),
)
def test_codec_ids_have_the_published_maximum(codec_id, max_mos):
    """Each id stands for the codec that the vendor's table gives this maximum."""
    assert round(codec(names.CODEC_SLUGS[codec_id]).max_mos, 2) == max_mos


@pytest.mark.parametrize(
    ("enabled", "seen_ago", "state"),
    [(True, 1, "Online"), (True, 3600, "Offline"), (True, None, "Offline"), (False, 1, "Disabled")],
)
def test_agent_state(enabled, seen_ago, state):
    """An agent is online when it asked lately, and disabled whatever it does when people say so."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    seen_at = None if seen_ago is None else now - timedelta(seconds=seen_ago)
    agent = structs.replace(CAIRO, enabled=enabled, last_seen_at=seen_at)
    document = mapping.agent_document(agent, now)
    assert document.agent_state == state
    assert document.enabled == int(enabled)


def test_agent_document_as_clients_read_it():
    """An agent has the vendor's fields, and those that are not known are left out."""
    document = json.loads(msgspec.json.encode(mapping.agent_document(CAIRO, CAIRO.created_at)))
    assert document == {
        "agentId": 58,
        "agentName": "Cairo, Egypt",
        "agentType": "Enterprise",
        "agentState": "Offline",
        "countryId": "EG",
        "location": "Cairo",
        "enabled": 1,
        "ipAddresses": ["172.97.102.37"],
        "targetForTests": "cairo",
        "createdDate": "2020-01-01 00:00:00",
    }


def test_an_ipv6_target_is_shown_in_brackets():
    """Host and port stay separable."""
    assert names.join_host_port("2001:db8::7", 49152) == "[2001:db8::7]:49152"
    assert names.join_host_port("192.0.2.7", 49152) == "192.0.2.7:49152"


@pytest.mark.parametrize(
    ("text", "types"),
    [("", set()), ("ENTERPRISE", {"ENTERPRISE"}), ("cloud, enterprise", {"CLOUD", "ENTERPRISE"})],
)
def test_agent_types(text, types):
    """The filter is a comma list in any case."""
    assert mapping.read_agent_types(text) == types


def test_an_unknown_agent_type_is_named():
    """A slip in the filter does not silently become an empty list."""
    with pytest.raises(Invalid, match="ENTREPRISE") as caught:
        mapping.read_agent_types("CLOUD,ENTREPRISE")
    assert caught.value.field == "agentTypes"


def test_a_listed_test_and_a_full_one_add_to_the_short_one():
    """Lists add what people wrote, one test alone adds its agents, rules and groups."""
    agents = {58: CAIRO, 8641: ALBUQUERQUE}
    now = CAIRO.created_at
    short = mapping.test_document(TEST_2020, ALBUQUERQUE, VENDOR)
    listed = mapping.listed_test_document(TEST_2020, ALBUQUERQUE, VENDOR)
    full = mapping.full_test_document(TEST_2020, agents, base=VENDOR, now=now)
    assert shown(full).keys() - shown(listed).keys() == {"agents", "alertRules", "groups"}
    assert shown(listed).keys() - shown(short).keys() == {"description"}
    assert [agent["agentId"] for agent in shown(full)["agents"]] == [58]


def shown(document: TestDocument) -> dict:
    """A document as clients read it."""
    return json.loads(msgspec.json.encode(document))
