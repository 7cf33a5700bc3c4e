"""What callers of the ThousandEyes API write about a test."""

import msgspec
import pytest

from sonde.api.thousandeyes.names import CODEC_SLUGS, kept_settings
from sonde.api.thousandeyes.v6.bodies import NewVoiceTest, VoiceTestChange
from sonde.api.thousandeyes.v6.changes import SHOWN_AGAIN, changed_settings, new_settings
from sonde.api.thousandeyes.v7 import bodies as v7_bodies
from sonde.api.thousandeyes.v7 import changes as v7
from sonde.model.errors import Invalid
from sonde.model.voice_tests import VoiceTestSettings

LEAST = {"agents": [{"agentId": 58}], "targetAgentId": 8641, "interval": 300}


def new(**fields) -> VoiceTestSettings:
    """Settings of a new test with these fields beside the required ones."""
    return new_settings(msgspec.convert({**LEAST, **fields}, NewVoiceTest), "Albuquerque")


def change(settings: VoiceTestSettings, **fields) -> VoiceTestSettings:
    """The settings after an update with these fields."""
    return changed_settings(settings, msgspec.convert(fields, VoiceTestChange))


def test_a_new_test_gets_the_documented_defaults():
    """Only agents, target and interval are needed; the rest is as the vendor documents it."""
    assert new() == VoiceTestSettings(
        name="Albuquerque",
        source_agent_ids=(58,),
        target_agent_id=8641,
        interval=300,
        duration=5,
        codec="g711",
        dscp=46,
        jitter_buffer=0.040,
        path_traces=3,
        enabled=True,
        alerts_enabled=True,
        description="",
        facade_settings={"thousandeyes": {"sourceIpAddresses": {}}},
    )


def test_every_field_is_read_in_the_vendors_units():
    """Milliseconds become seconds, ids become codecs, flags become booleans."""
    settings = new(
        testName="Cairo",
        description="to the office",
        codecId=2,
        dscpId=8,
        duration=30,
        jitterBuffer=150,
        numPathTraces=10,
        enabled=0,
        alertsEnabled=0,
    )
    assert settings.name == "Cairo"
    assert settings.description == "to the office"
    assert (settings.codec, settings.dscp, settings.duration) == ("g722.1-32", 8, 30)
    assert (settings.jitter_buffer, settings.path_traces) == (0.150, 10)
    assert (settings.enabled, settings.alerts_enabled) == (False, False)


def test_an_update_leaves_the_rest_as_it_is():
    """What a body does not name stays, kept fields and other vendors' fields included."""
    before = msgspec.structs.replace(
        new(testName="Cairo", bgpMeasurements=0),
        facade_settings={"other": {"x": 1}, "thousandeyes": {"a": 2}},
    )
    after = change(before, interval=600)
    assert after == msgspec.structs.replace(before, interval=600)


def test_fields_without_effect_are_kept_to_be_shown_again():
    """Everything that is accepted and only kept comes back as it was sent."""
    sent = {
        "alertRules": [{"ruleId": 7}],
        "bgpMeasurements": 0,
        "bgpMonitors": [{"monitorId": 3}],
        "groups": [{"groupId": 9, "name": "office", "builtIn": 0}],
        "liveShare": 1,
        "mtuMeasurements": 1,
        "networkMeasurements": 0,
        "savedEvent": 1,
        "sharedWithAccounts": [{"aid": 12, "name": "other"}],
        "usePublicBgp": 0,
    }
    assert sent.keys() == set(SHOWN_AGAIN)
    assert sent.items() <= kept_settings(new(**sent)).items()


def test_source_addresses_follow_the_agents():
    """A source address is kept for its agent, and goes when the agents are given anew."""
    settings = new(agents=[{"agentId": 58, "sourceIpAddress": "192.0.2.9"}, {"agentId": 59}])
    assert settings.source_agent_ids == (58, 59)
    assert kept_settings(settings)["sourceIpAddresses"] == {"58": "192.0.2.9"}
    assert kept_settings(change(settings, agents=[{"agentId": 59}]))["sourceIpAddresses"] == {}


@pytest.mark.parametrize(("codec_id", "slug"), list(enumerate(CODEC_SLUGS)))
def test_codec_ids(codec_id, slug):
    """Each id chooses its codec."""
    assert new(codecId=codec_id).codec == slug


@pytest.mark.parametrize("codec_id", [-1, 10, 2**40])
def test_an_unknown_codec_id_names_its_field(codec_id):
    """There are ten codecs, counted from 0; a negative id does not count from the end."""
    with pytest.raises(Invalid, match="from 0 to 9") as caught:
        new(codecId=codec_id)
    assert caught.value.field == "codecId"


def test_an_interval_that_version_7_does_not_know_stays_as_it_is():
    """What it shows in its place may be sent back; for a new test it is no interval."""
    before = new(interval=10)
    unchanged = v7.changed_settings(
        before, msgspec.convert({"interval": 11184809}, v7_bodies.VoiceTestChange)
    )
    assert unchanged == before


def test_version_7_keeps_what_version_6_shows():
    """Ids in quotes become the references that version 6 has, so both show the same test."""
    sent = {
        "agents": [{"agentId": "58", "sourceIpAddress": "192.0.2.9"}],
        "targetAgentId": "8641",
        "interval": 300,
        "codecId": "2",
        "dscpId": "8",
        "jitterBuffer": 150,
        "bgpMeasurements": False,
        "alertRules": ["7"],
        "labels": ["9"],
        "monitors": ["3"],
        "sharedWithAccounts": ["12"],
    }
    same = {
        "agents": [{"agentId": 58, "sourceIpAddress": "192.0.2.9"}],
        "codecId": 2,
        "dscpId": 8,
        "jitterBuffer": 150,
        "bgpMeasurements": 0,
        "alertRules": [{"ruleId": 7}],
        "groups": [{"groupId": 9}],
        "bgpMonitors": [{"monitorId": 3}],
        "sharedWithAccounts": [{"aid": 12}],
    }
    settings = v7.new_settings(msgspec.convert(sent, v7_bodies.NewVoiceTest), "Albuquerque")
    assert settings == new(**same)
