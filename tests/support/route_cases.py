"""Every route of every API: how to ask it for something that is there, and what it says then.

A route that is not in here fails the tests that walk all routes, so that none is served unwatched.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from litestar import Litestar
from litestar.routes import HTTPRoute, WebSocketRoute

from sonde.api.ingest.collect import METHODS
from sonde.api.realtimekit.openapi import PREFIX as CLOUDFLARE
from sonde.api.telnyx.openapi import PREFIX as TELNYX
from sonde.api.thousandeyes.addressing import PREFIX
from sonde.api.thousandeyes.refusals import NOWHERE as REFUSED
from sonde.api.videosdk.openapi import PREFIX as VIDEOSDK

KIT = f"{CLOUDFLARE}/accounts/{{account_id}}/realtime/kit"
"""Where the routes of a RealtimeKit account begin."""

MEETING = f"{KIT}/{{app_id}}/meetings/{{meeting_id}}"
"""Where those of one of its meetings begin."""

WEBHOOK = f"{KIT}/{{app_id}}/webhooks/{{webhook_id}}"
"""Where one of its webhooks is."""

V6, V7, NATIVE = f"{PREFIX}/v6", f"{PREFIX}/v7", "/v1"
NOWHERE = 99_999_999
"""An id that nothing has."""

NOBODY = "http://localhost:9/"
"""Where no webhook may go, so that what is sent there fails at once and for good."""


@dataclass(frozen=True)
class Case:
    """One route.

    Attributes:
        keys: top-level keys of a success, or of the first item of one that is a list; None for a body that is
            empty, or no JSON.
        status: of a success.
        body: what to send: fields, or `NEW_TEST` and the like; None where a body is not looked at.
        missing: status for a thing that is not there or not the caller's; None where nothing is named, and
            where the caller chooses the name, as of a file.
        credential: who is let in: `person`, `agent`, `enrolment` (a one-time token), `client` (a key that
            browsers report with, or a participant's token), `participant` (only the latter), `program` (a
            token signed for VideoSDK's API), or nobody asks.
            A Telnyx SDK shows its token in the body, so nobody asks.
        admin_only: members are refused.
        is_instant: it works with an instant test.
        is_of_caller: it is about the caller alone, whatever workspace is named.
        repeats: doing it again changes nothing, so that it is asked of what is there already.
        asks_stream: its query has to name a stream.
    """

    keys: set[str] | None
    status: int = 200
    body: Any = None
    missing: int | None = None
    credential: str = "person"
    admin_only: bool = False
    is_instant: bool = False
    is_of_caller: bool = False
    repeats: bool = False
    asks_stream: bool = False


NEW_TEST, NEW_GROUP, REPORTS, PRESENCE, ENROLMENT = "test", "group", "reports", "presence", "enrolment"
NEW_KEY, NEW_MEETING, NEW_PERSON, BATCH, FILE = "key", "meeting", "person", "batch", "file"
NEW_TOKEN, CALL_REPORT, NEW_WEBHOOK, VIDEOSDK_POST = "token", "call report", "webhook", "videosdk post"
NEW_PAIR, END, REMOVE = "pair", "end", "remove"
NEW_APP, NEW_PARTICIPANT, NEW_PRESET, KICK = "app", "participant", "preset", "kick"
MESSAGE = "message"
"""Bodies that name things of the world; see `Things.body`."""

OPEN = {"credential": ""}
AGENT = {"credential": "agent"}
CLIENT = {"credential": "client"}
PARTICIPANT = {"credential": "participant"}
ADMIN = {"admin_only": True}
INSTANT = {"is_instant": True}
OF_PROGRAM = {"credential": "program"}
OF_APP = {"missing": 403, "is_of_caller": True}
"""A route whose path names the workspace itself; whoever is no member of it learns nothing of it."""

ROUTES: dict[tuple[str, str], Case] = {
    ("GET", "/"): Case({"name", "version", "links"}, **OPEN),
    ("GET", "/healthz"): Case({"status", "store", "flusher", "spool"}, **OPEN),
    ("GET", "/docs"): Case(None, **OPEN),
    ("GET", "/collector.js"): Case(None, **OPEN),
    ("POST", "/v1/agent/enrol"): Case(
        {"agent_id", "agent_key", "workspace"}, 201, body=ENROLMENT, credential="enrolment"
    ),
    ("PUT", "/v1/agent/presence"): Case(None, 204, body=PRESENCE, **AGENT),
    ("GET", "/v1/agent/state"): Case({"version", "streams", "accept"}, **AGENT),
    ("POST", "/v1/agent/results"): Case({"accepted", "rejected"}, body=REPORTS, **AGENT),
    ("GET", f"{NATIVE}/openapi.json"): Case({"openapi", "paths"}, **OPEN),
    ("GET", f"{NATIVE}/workspaces"): Case({"items", "next"}, is_of_caller=True),
    ("GET", f"{NATIVE}/agents"): Case({"items", "next"}),
    ("GET", f"{NATIVE}/agents/{{agent_id}}"): Case({"agent_id", "name"}, missing=404),
    ("GET", f"{NATIVE}/voice-tests"): Case({"items", "next"}),
    ("POST", f"{NATIVE}/voice-tests"): Case({"test_id", "name"}, 201, body=NEW_TEST, missing=400, **ADMIN),
    ("GET", f"{NATIVE}/voice-tests/{{test_id}}"): Case({"test_id", "name"}, missing=404),
    ("PATCH", f"{NATIVE}/voice-tests/{{test_id}}"): Case(
        {"test_id", "name"}, body={"jitter_buffer": 0.03}, missing=404, **ADMIN
    ),
    ("DELETE", f"{NATIVE}/voice-tests/{{test_id}}"): Case(None, 204, missing=404, **ADMIN),
    ("GET", f"{NATIVE}/voice-tests/{{test_id}}/rounds"): Case({"items", "next"}, missing=404),
    ("GET", f"{NATIVE}/voice-tests/{{test_id}}/rounds/{{round_id}}"): Case({"results"}, missing=404),
    ("GET", f"{NATIVE}/results"): Case({"items", "next"}),
    ("GET", f"{NATIVE}/results/{{result_id}}"): Case({"result_id", "stream"}, missing=404),
    ("GET", f"{NATIVE}/results/{{result_id}}/histogram"): Case({"result_id"}, missing=404),
    ("GET", f"{NATIVE}/results/{{result_id}}/buffers"): Case({"result_id"}, missing=404),
    ("GET", f"{NATIVE}/results/{{result_id}}/packets"): Case({"result_id", "packets"}, missing=404),
    ("GET", f"{NATIVE}/collect"): Case({"time"}, **OPEN),
    ("POST", f"{NATIVE}/collect"): Case({"accepted", "skipped", "time"}, body=BATCH, **CLIENT),
    ("POST", f"{NATIVE}/collect/videosdk"): Case(
        {"accepted", "skipped", "time"}, body=VIDEOSDK_POST, **CLIENT
    ),
    ("GET", f"{NATIVE}/client-keys"): Case({"items", "next"}),
    ("POST", f"{NATIVE}/client-keys"): Case({"key_id", "secret"}, 201, body=NEW_KEY, **ADMIN),
    ("DELETE", f"{NATIVE}/client-keys/{{key_id}}"): Case(None, 204, missing=404, **ADMIN),
    ("GET", f"{NATIVE}/call-report-tokens"): Case({"items", "next"}),
    ("POST", f"{NATIVE}/call-report-tokens"): Case(
        {"token_id", "secret"}, 201, body=NEW_TOKEN, missing=404, **ADMIN
    ),
    ("DELETE", f"{NATIVE}/call-report-tokens/{{token_id}}"): Case(None, 204, missing=404, **ADMIN),
    ("GET", f"{NATIVE}/videosdk-keys"): Case({"items", "next"}),
    ("POST", f"{NATIVE}/videosdk-keys"): Case({"key_id", "secret"}, 201, body=NEW_PAIR, **ADMIN),
    ("POST", f"{NATIVE}/videosdk-keys/{{pair_id}}/rotate"): Case(
        {"key_id", "secret"}, 201, body={"overlap": 60}, missing=404, **ADMIN
    ),
    ("DELETE", f"{NATIVE}/videosdk-keys/{{pair_id}}"): Case(None, 204, missing=404, **ADMIN),
    ("POST", "/call_report"): Case({"accepted", "skipped", "time"}, body=CALL_REPORT, **OPEN),
    ("POST", "/call_recording"): Case(None, 204, **OPEN),
    ("GET", f"{KIT}/{{app_id}}/webhooks"): Case({"success", "data"}, **OF_APP, **ADMIN),
    ("POST", f"{KIT}/{{app_id}}/webhooks"): Case(
        {"success", "data"}, 201, body=NEW_WEBHOOK, **OF_APP, **ADMIN
    ),
    ("GET", f"{KIT}/{{app_id}}/webhooks/all"): Case({"success", "data"}, **OF_APP),
    ("GET", WEBHOOK): Case({"success", "data"}, **OF_APP, **ADMIN),
    ("PATCH", WEBHOOK): Case({"success", "data"}, body={"name": "renamed"}, **OF_APP, **ADMIN),
    ("PUT", WEBHOOK): Case({"success", "data"}, body=NEW_WEBHOOK, **OF_APP, **ADMIN),
    ("POST", "/api/v1/message"): Case({"accepted", "skipped", "time"}, body=MESSAGE, **PARTICIPANT),
    ("GET", "/api/v1/location"): Case({"ip"}, **OPEN),
    ("POST", "/api/v1/location"): Case({"ip"}, **OPEN),
    ("GET", "/.well-known/webhooks.json"): Case({"success", "data", "message"}, **OPEN),
    ("GET", f"{NATIVE}/webhooks"): Case({"items", "next"}, **ADMIN),
    ("POST", f"{NATIVE}/webhooks"): Case({"webhook_id", "url"}, 201, body=NEW_WEBHOOK, **ADMIN),
    ("GET", f"{NATIVE}/webhooks/{{webhook_id}}"): Case({"webhook_id", "url"}, missing=404, **ADMIN),
    ("PUT", f"{NATIVE}/webhooks/{{webhook_id}}"): Case(
        {"webhook_id", "url"}, body=NEW_WEBHOOK, missing=404, **ADMIN
    ),
    ("GET", f"{NATIVE}/webhooks/{{webhook_id}}/deliveries"): Case({"items", "next"}, missing=404, **ADMIN),
    ("GET", f"{NATIVE}/webhooks/{{webhook_id}}/deliveries/{{delivery_id}}"): Case(
        {"delivery_id", "attempts"}, missing=404, **ADMIN
    ),
    ("POST", f"{NATIVE}/webhooks/{{webhook_id}}/deliveries/{{delivery_id}}/replay"): Case(
        {"delivery_id", "attempts"}, missing=404, **ADMIN
    ),
    ("DELETE", f"{NATIVE}/webhooks/{{webhook_id}}"): Case(None, 204, missing=404, **ADMIN),
    # The servers of these tests know no vendor's key, so they take no vendor's events.
    ("POST", f"{NATIVE}/events/realtimekit"): Case({"error"}, 404, body={}, **CLIENT),
    ("POST", f"{NATIVE}/events/videosdk"): Case({"error"}, 404, body={}, **CLIENT),
    ("GET", f"{NATIVE}/meetings"): Case({"items", "next"}),
    ("POST", f"{NATIVE}/meetings"): Case({"meeting_id", "title"}, 201, body=NEW_MEETING, **ADMIN),
    ("GET", f"{NATIVE}/meetings/{{meeting_id}}"): Case({"meeting_id", "title"}, missing=404),
    ("PUT", f"{NATIVE}/meetings/{{meeting_id}}"): Case(
        {"meeting_id", "title"}, body=NEW_MEETING, missing=404, **ADMIN
    ),
    ("GET", f"{NATIVE}/meetings/{{meeting_id}}/participants"): Case({"items", "next"}, missing=404),
    ("POST", f"{NATIVE}/meetings/{{meeting_id}}/participants"): Case(
        {"participant_id", "name"}, 201, body=NEW_PERSON, missing=404, **ADMIN
    ),
    ("POST", f"{NATIVE}/meetings/{{meeting_id}}/peers"): Case(
        {"peer_id", "events"}, 201, body=NEW_PERSON, missing=404, **ADMIN
    ),
    ("GET", f"{NATIVE}/participants/{{participant_id}}"): Case({"participant_id", "name"}, missing=404),
    ("POST", f"{NATIVE}/participants/{{participant_id}}/tokens"): Case(
        {"token", "expires_at"}, 201, body={"ttl": 60}, missing=404, **ADMIN
    ),
    ("DELETE", f"{NATIVE}/participants/{{participant_id}}/tokens"): Case(None, 204, missing=404, **ADMIN),
    ("GET", f"{NATIVE}/sessions"): Case({"items", "next"}),
    ("GET", f"{NATIVE}/sessions/{{session_id}}"): Case({"session_id", "status"}, missing=404),
    ("POST", f"{NATIVE}/sessions/{{session_id}}/end"): Case({"session_id", "status"}, missing=404, **ADMIN),
    ("GET", f"{NATIVE}/sessions/{{session_id}}/peers"): Case({"items", "next"}, missing=404),
    ("GET", f"{NATIVE}/sessions/{{session_id}}/participants"): Case({"items", "next"}, missing=404),
    ("GET", f"{NATIVE}/sessions/{{session_id}}/issues"): Case({"items", "next"}, missing=404),
    ("GET", f"{NATIVE}/meetings/{{meeting_id}}/chat"): Case({"items", "next"}, missing=404),
    ("GET", f"{NATIVE}/sessions/{{session_id}}/chat"): Case({"items", "next"}, missing=404),
    ("POST", f"{NATIVE}/sessions/{{session_id}}/chat"): Case(
        {"message_ids"}, body={"messages": [{"text": "hello"}]}, missing=404, **ADMIN
    ),
    ("PATCH", f"{NATIVE}/sessions/{{session_id}}/chat/{{message_id}}"): Case(
        {"message_id", "text"}, body={"is_pinned": True}, missing=404, **ADMIN
    ),
    ("DELETE", f"{NATIVE}/sessions/{{session_id}}/chat/{{message_id}}"): Case(
        None, 204, missing=404, **ADMIN
    ),
    ("GET", f"{NATIVE}/sessions/{{session_id}}/chat/download"): Case({"url", "expires_at"}, missing=404),
    ("GET", f"{NATIVE}/sessions/{{session_id}}/transcript"): Case({"items", "next"}, missing=404),
    ("POST", f"{NATIVE}/sessions/{{session_id}}/transcript"): Case(
        {"segment_ids"}, body={"segments": [{"start": 9, "text": "hello"}]}, missing=404, **ADMIN
    ),
    ("POST", f"{NATIVE}/sessions/{{session_id}}/transcript/import"): Case(
        {"segment_ids"}, body=[{"startTime": 9, "sentence": "hello"}], missing=404, **ADMIN
    ),
    ("GET", f"{NATIVE}/sessions/{{session_id}}/transcript/download"): Case(
        {"url", "expires_at"}, missing=404
    ),
    ("GET", f"{NATIVE}/sessions/{{session_id}}/summary"): Case({"status", "text"}, missing=404),
    ("POST", f"{NATIVE}/sessions/{{session_id}}/summary"): Case(
        {"status", "text"}, 202, body={"word_limit": 150}, missing=404, **ADMIN
    ),
    ("GET", f"{NATIVE}/sessions/{{session_id}}/summary/download"): Case({"url", "expires_at"}, missing=404),
    ("GET", "/downloads/{workspace_id}/{session_id}/{file_name}"): Case({"error"}, 403, missing=403, **OPEN),
    ("GET", f"{NATIVE}/peers/{{peer_id}}"): Case({"peer_id", "events"}, missing=404),
    ("POST", f"{NATIVE}/peers/{{peer_id}}/leave"): Case({"peer_id", "events"}, missing=404, **ADMIN),
    ("GET", f"{NATIVE}/peers/{{peer_id}}/streams"): Case({"items", "next"}, missing=404),
    ("GET", f"{NATIVE}/peers/{{peer_id}}/samples"): Case({"items", "next"}, missing=404, asks_stream=True),
    ("GET", f"{NATIVE}/peers/{{peer_id}}/intervals"): Case({"items", "next"}, missing=404),
    ("GET", f"{NATIVE}/peers/{{peer_id}}/issues"): Case({"items", "next"}, missing=404),
    ("GET", f"{NATIVE}/peers/{{peer_id}}/summary"): Case({"streams", "distributions"}, missing=404),
    ("GET", f"{NATIVE}/peers/{{peer_id}}/scores"): Case({"call", "intervals"}, missing=404),
    ("GET", f"{NATIVE}/distributions"): Case({"items", "next"}),
    ("GET", f"{NATIVE}/sessions/{{session_id}}/distributions"): Case({"items", "next"}, missing=404),
    ("GET", f"{NATIVE}/peers/{{peer_id}}/distributions"): Case({"items", "next"}, missing=404),
    ("PUT", f"{NATIVE}/imports/{{file_id}}/pieces/{{number}}"): Case(None, 204, body={}, **ADMIN),
    ("POST", f"{NATIVE}/imports/{{file_id}}"): Case(
        {"format", "peers"}, body=FILE, missing=409, repeats=True, **ADMIN
    ),
    ("GET", f"{NATIVE}/ingest"): Case({"items", "next"}),
    ("GET", f"{NATIVE}/changes"): Case(None),
    ("GET", f"{TELNYX}/openapi.json"): Case({"openapi", "paths"}, **OPEN),
    ("GET", f"{TELNYX}/voice_sdk_call_reports"): Case({"data", "meta"}),
    ("GET", f"{TELNYX}/voice_sdk_call_reports/{{call_id}}"): Case({"call_id", "stored_at"}, missing=404),
    ("GET", f"{CLOUDFLARE}/openapi.json"): Case({"openapi", "paths"}, **OPEN),
    ("GET", f"{KIT}/{{app_id}}/sessions"): Case({"success", "data", "paging"}, **OF_APP),
    ("GET", f"{KIT}/{{app_id}}/sessions/{{session_id}}"): Case({"success", "data"}, **OF_APP),
    ("GET", f"{KIT}/apps"): Case({"success", "data", "paging"}, **OF_APP),
    ("POST", f"{KIT}/apps"): Case({"success", "data"}, 201, body=NEW_APP, **OF_APP, **ADMIN),
    ("GET", f"{KIT}/{{app_id}}/meetings"): Case({"success", "data", "paging"}, **OF_APP),
    ("POST", f"{KIT}/{{app_id}}/meetings"): Case(
        {"success", "data"}, 201, body=NEW_MEETING, **OF_APP, **ADMIN
    ),
    ("GET", MEETING): Case({"success", "data"}, **OF_APP),
    ("PATCH", MEETING): Case({"success", "data"}, body=NEW_MEETING, **OF_APP, **ADMIN),
    ("PUT", MEETING): Case({"success", "data"}, body=NEW_MEETING, **OF_APP, **ADMIN),
    ("GET", f"{MEETING}/participants"): Case({"success", "data", "paging"}, **OF_APP),
    ("POST", f"{MEETING}/participants"): Case(
        {"success", "data"}, 201, body=NEW_PARTICIPANT, **OF_APP, **ADMIN
    ),
    ("GET", f"{MEETING}/participants/{{participant_id}}"): Case({"success", "data"}, **OF_APP),
    ("PATCH", f"{MEETING}/participants/{{participant_id}}"): Case(
        {"success", "data"}, body=NEW_PERSON, **OF_APP, **ADMIN
    ),
    ("DELETE", f"{MEETING}/participants/{{participant_id}}"): Case({"success", "data"}, **OF_APP, **ADMIN),
    ("POST", f"{MEETING}/participants/{{participant_id}}/token"): Case(
        {"success", "data"}, **OF_APP, **ADMIN
    ),
    ("GET", f"{MEETING}/active-session"): Case({"success", "data"}, **OF_APP),
    ("POST", f"{MEETING}/active-session/kick"): Case({"success", "data"}, body=KICK, **OF_APP, **ADMIN),
    ("POST", f"{MEETING}/active-session/kick-all"): Case({"success", "data"}, **OF_APP, **ADMIN),
    ("GET", f"{KIT}/{{app_id}}/presets"): Case({"success", "data", "paging"}, **OF_APP),
    ("POST", f"{KIT}/{{app_id}}/presets"): Case({"success", "data"}, 201, body=NEW_PRESET, **OF_APP, **ADMIN),
    ("GET", f"{KIT}/{{app_id}}/presets/{{preset_id}}"): Case({"success", "data"}, **OF_APP),
    ("PATCH", f"{KIT}/{{app_id}}/presets/{{preset_id}}"): Case(
        {"success", "data"}, body={"ui": {}}, **OF_APP, **ADMIN
    ),
    ("PUT", f"{KIT}/{{app_id}}/presets/{{preset_id}}"): Case(
        {"success", "data"}, body=NEW_PRESET, **OF_APP, **ADMIN
    ),
    ("DELETE", f"{KIT}/{{app_id}}/presets/{{preset_id}}"): Case({"success", "data"}, **OF_APP, **ADMIN),
    ("GET", f"{KIT}/{{app_id}}/analytics/daywise"): Case({"success", "data"}, **OF_APP),
    ("GET", f"{KIT}/{{app_id}}/sessions/{{session_id}}/participants"): Case({"success", "data"}, **OF_APP),
    ("GET", f"{KIT}/{{app_id}}/sessions/{{session_id}}/participants/{{participant_id}}"): Case(
        {"success", "data"}, **OF_APP
    ),
    ("GET", f"{KIT}/{{app_id}}/sessions/{{session_id}}/chat"): Case({"success", "data"}, **OF_APP),
    ("GET", f"{KIT}/{{app_id}}/sessions/{{session_id}}/transcript"): Case({"success", "data"}, **OF_APP),
    ("GET", f"{KIT}/{{app_id}}/sessions/{{session_id}}/summary"): Case({"success", "data"}, **OF_APP),
    ("POST", f"{KIT}/{{app_id}}/sessions/{{session_id}}/summary"): Case(
        {"success", "data"}, **OF_APP, **ADMIN
    ),
    ("GET", f"{KIT}/{{app_id}}/sessions/peer-report/{{peer_id}}"): Case({"success", "data"}, **OF_APP),
    ("GET", f"{VIDEOSDK}/openapi.json"): Case({"openapi", "paths"}, **OPEN),
    ("GET", f"{VIDEOSDK}/v2/rooms/{{room_id}}"): Case({"id", "roomId"}, missing=402, **OF_PROGRAM),
    ("GET", f"{VIDEOSDK}/v2/sessions"): Case({"pageInfo", "data"}, **OF_PROGRAM),
    ("GET", f"{VIDEOSDK}/v2/sessions/{{session_id}}"): Case({"id", "roomId"}, missing=402, **OF_PROGRAM),
    ("GET", f"{VIDEOSDK}/v2/sessions/{{session_id}}/participants"): Case(
        {"pageInfo", "data"}, missing=402, **OF_PROGRAM
    ),
    ("GET", f"{VIDEOSDK}/v2/sessions/{{session_id}}/participants/active"): Case(
        {"pageInfo", "data"}, missing=402, **OF_PROGRAM
    ),
    ("GET", f"{VIDEOSDK}/v2/sessions/{{session_id}}/participants/{{participant_id}}"): Case(
        {"participantId", "timelog"}, missing=402, **OF_PROGRAM
    ),
    ("GET", f"{VIDEOSDK}/v2/sessions/{{session_id}}/stats"): Case(
        {"sessionId", "stats"}, missing=402, **OF_PROGRAM
    ),
    ("GET", f"{VIDEOSDK}/v2/sessions/{{session_id}}/participant/{{participant_id}}/stats"): Case(
        {"participantId", "stats", "resolutionUsage"}, missing=402, **OF_PROGRAM
    ),
    ("POST", f"{VIDEOSDK}/v2/sessions/end"): Case({"id", "roomId"}, body=END, missing=402, **OF_PROGRAM),
    ("POST", f"{VIDEOSDK}/v2/sessions/participants/remove"): Case(
        None, body=REMOVE, missing=402, **OF_PROGRAM
    ),
    ("GET", f"{V6}/openapi"): Case({"openapi", "paths"}, **OPEN),
    ("GET", f"{V6}/status"): Case({"timestamp"}, **OPEN),
    ("GET", f"{V6}/tests"): Case({"test"}),
    ("GET", f"{V6}/tests/voice"): Case({"test"}),
    ("GET", f"{V6}/tests/{{test_id}}"): Case({"test"}, missing=404),
    ("POST", f"{V6}/tests/voice/new"): Case({"test"}, 201, body=NEW_TEST, missing=400, **ADMIN),
    ("POST", f"{V6}/tests/voice/{{test_id}}/update"): Case(
        {"test"}, body={"jitterBuffer": 30}, missing=404, **ADMIN
    ),
    ("POST", f"{V6}/tests/voice/{{test_id}}/delete"): Case(None, 204, missing=404, **ADMIN),
    ("POST", f"{V6}/instant/voice"): Case({"test"}, 201, body=NEW_TEST, missing=400),
    ("POST", f"{V6}/instant/{{test_id}}/rerun"): Case(None, missing=404, **INSTANT),
    ("GET", f"{V6}/voice/rtp-stream/{{test_id}}"): Case({"pages", "voice"}, missing=400),
    ("GET", f"{V6}/voice/metrics/{{test_id}}"): Case(None, 301),
    ("GET", f"{V6}/net/metrics/{{test_id}}"): Case({"errorMessage"}, 400, missing=400),
    ("GET", f"{V6}/agents"): Case({"agents"}),
    ("GET", f"{V6}/agents/{{agent_id}}"): Case({"agents"}, missing=404),
    ("POST", f"{V6}/agents/{{agent_id}}/update"): Case({"agents"}, body={"enabled": 1}, missing=404, **ADMIN),
    ("POST", f"{V6}/agents/{{agent_id}}/delete"): Case(None, 204, missing=404, **ADMIN),
    ("GET", f"{V6}/account-groups"): Case({"accountGroups"}),
    ("GET", f"{V6}/accounts"): Case({"account"}),
    ("GET", f"{V6}/account-groups/{{aid}}"): Case({"accountGroups"}, missing=403),
    ("POST", f"{V6}/account-groups/new"): Case({"accountGroups"}, 201, body=NEW_GROUP, **ADMIN),
    ("POST", f"{V6}/account-groups/{{aid}}/update"): Case(
        {"accountGroups"}, body={"agents": []}, missing=403, **ADMIN
    ),
    ("POST", f"{V6}/account-groups/{{aid}}/delete"): Case(None, 204, missing=403, **ADMIN),
    ("GET", f"{V7}/openapi.json"): Case({"openapi", "paths"}, **OPEN),
    ("GET", f"{V7}/tests"): Case({"tests", "_links"}),
    ("GET", f"{V7}/tests/voice"): Case({"tests", "_links"}),
    ("GET", f"{V7}/tests/voice/{{test_id}}"): Case({"testId", "_links", "interval"}, missing=404),
    ("POST", f"{V7}/tests/voice"): Case(
        {"testId", "_links", "interval"}, 201, body=NEW_TEST, missing=400, **ADMIN
    ),
    ("PUT", f"{V7}/tests/voice/{{test_id}}"): Case(
        {"testId", "_links", "interval"}, body={"jitterBuffer": 30}, missing=404, **ADMIN
    ),
    ("DELETE", f"{V7}/tests/voice/{{test_id}}"): Case(None, 204, missing=404, **ADMIN),
    ("POST", f"{V7}/tests/voice/instant"): Case({"testId", "_links"}, 201, body=NEW_TEST, missing=400),
    ("POST", f"{V7}/tests/{{test_id}}/run"): Case(None, missing=404, **INSTANT),
    ("GET", f"{V7}/test-results/{{test_id}}/rtp-server"): Case({"results", "test", "_links"}, missing=404),
    ("GET", f"{V7}/test-results/{{test_id}}/rtp-stream"): Case({"results", "test", "_links"}, missing=404),
    ("GET", f"{V7}/agents"): Case({"agents", "_links"}),
    ("GET", f"{V7}/agents/{{agent_id}}"): Case({"agentId", "_links"}, missing=404),
    ("PUT", f"{V7}/agents/{{agent_id}}"): Case(
        {"agentId", "_links"}, body={"enabled": True}, missing=404, **ADMIN
    ),
    ("DELETE", f"{V7}/agents/{{agent_id}}"): Case(None, 204, missing=404, **ADMIN),
    ("GET", f"{V7}/account-groups"): Case({"accountGroups", "_links"}),
    ("GET", f"{V7}/account-groups/{{aid}}"): Case({"aid", "_links"}, missing=403),
    ("POST", f"{V7}/account-groups"): Case({"aid", "_links"}, 201, body=NEW_GROUP, **ADMIN),
    ("PUT", f"{V7}/account-groups/{{aid}}"): Case(
        {"aid", "_links"}, body={"agents": []}, missing=403, **ADMIN
    ),
    ("DELETE", f"{V7}/account-groups/{{aid}}"): Case(None, 204, missing=403, **ADMIN),
    # The last one: calls of one workspace share its webhook.
    ("DELETE", WEBHOOK): Case({"success", "data"}, **OF_APP, **ADMIN),
}

SOCKETS = {f"{NATIVE}/collect/live"}
"""The WebSockets; whom they let in has a test of its own."""

IDS = [f"{method} {path}" for method, path in ROUTES]


@dataclass(frozen=True)
class Call:
    """A call that a browser reported.

    Attributes:
        client_key: what it reports with.
        participant_token: what a client of the participant's own reports with.
        report_token: what a Telnyx SDK uploads with.
        program_token: what a program written for VideoSDK's API shows.
        email: of the person whose reports those are.
        ids: by their names in paths, everything there is of the call, and a file of another one.
        batch: what it reports.
    """

    client_key: str
    participant_token: str
    report_token: str
    program_token: str
    email: str
    ids: dict[str, Any]
    batch: dict[str, Any]


@dataclass(frozen=True)
class Things:
    """What one workspace has, and every name it goes by.

    Attributes:
        pair: a source, a target and a test between them that has results.
        aid: the workspace.
        group: another one of the same people, with nothing in it.
        instant: a test without a timetable.
        idle: an agent that no test uses.
        enrolment: a one-time token.
        round_id: the round of its result.
        mark: what is in every name that people gave.
        call: what a browser reported.
    """

    pair: Any
    aid: int
    group: int
    instant: int
    idle: int
    enrolment: str
    round_id: int
    mark: str
    call: Call

    def fill(self, path: str, case: Case) -> str:
        """A path with these things named in it."""
        named = {
            "test_id": self.instant if case.is_instant else self.pair.test,
            "agent_id": self.idle,
            "aid": self.group,
            "workspace_id": self.aid,
            "file_name": "chat.csv",
            "round_id": self.round_id,
            "result_id": f"{self.pair.test}-{self.round_id}-{self.pair.source}",
            **self.call.ids,
        }
        return re.sub(r"\{(\w+)\}", lambda found: str(named[found[1]]), path) + query(case)

    def token(self, case: Case, workspace: Any) -> str:
        """What lets somebody of their workspace in."""
        return {"": "", **self.credentials(workspace)}[case.credential]

    def credentials(self, workspace: Any) -> dict[str, str]:
        """What lets somebody of their workspace in, by who it is."""
        return {
            "person": workspace.admin,
            "agent": self.pair.key,
            "enrolment": self.enrolment,
            "client": self.call.client_key,
            "participant": self.call.participant_token,
            "program": self.call.program_token,
        }

    def strangers(self, credential: str, workspace: Any) -> list[str]:
        """What lets somebody of their workspace in elsewhere, and not where this is asked for."""
        found = self.credentials(workspace)
        del found[credential]
        if credential == "client":
            del found["participant"]
        return list(found.values())

    def body(self, path: str, case: Case, name: str) -> Any:
        """What to send about these things."""
        agent = str if path.startswith(V7) else int
        bodies = {
            NEW_TEST: {
                "agents": [{"agentId": agent(self.pair.source)}],
                "targetAgentId": agent(self.pair.target),
                "interval": 60,
                "testName": name,
            }
            if path.startswith(PREFIX)
            else {"name": name, "source_agent_ids": [self.pair.source], "target_agent_id": self.pair.target},
            NEW_GROUP: {"accountGroupName": name},
            REPORTS: {"results": [self.pair.report(self.round_id + self.pair.interval)]},
            PRESENCE: {"host": "198.51.100.9", "port": 50009, "version": "9"},
            NEW_KEY: {"label": name},
            NEW_TOKEN: {"label": name, "email": self.call.email},
            CALL_REPORT: {"call_id": str(uuid4()), "call_report_id": self.call.report_token},
            MESSAGE: {"peerId": str(uuid4()), "payload": {"entries": []}},
            NEW_WEBHOOK: {"name": name, "url": NOBODY, "events": ["meeting.participantJoined"]},
            VIDEOSDK_POST: {"meetingId": name, "participantId": name, "sessionId": name},
            NEW_MEETING: {"title": name},
            NEW_PERSON: {"custom_id": name, "name": name},
            BATCH: self.call.batch | {"peer": str(uuid4()), "meeting": name},
            FILE: {"name": name, "pieces": 1},
            NEW_PAIR: {"label": name},
            END: {"sessionId": self.call.ids["session_id"]},
            REMOVE: {
                "sessionId": self.call.ids["session_id"],
                "participantId": self.call.ids["participant_id"],
            },
            NEW_APP: {"name": name},
            NEW_PARTICIPANT: {"custom_participant_id": name, "preset_name": name, "name": name},
            NEW_PRESET: preset(name),
            KICK: {"custom_participant_ids": [f"{self.mark}person"]},
            ENROLMENT: {"name": name, "host": "198.51.100.9", "port": 50009, "version": "9"},
        }
        return bodies[case.body] if isinstance(case.body, str) else case.body


def preset(name: str) -> dict[str, Any]:
    """A preset of RealtimeKit with no more than this server asks of one."""
    return {"name": name, "config": {"view_type": "WEBINAR"}, "permissions": {}, "ui": {}}


STREAM = {"connection": "1", "stream_id": "IT01A2160025098"}
"""A stream of the call."""


def query(case: Case) -> str:
    """What a route needs to know beside its path."""
    return f"?{urlencode(STREAM)}" if case.asks_stream else ""


def served(app: Litestar, mounts: Mapping[str, Mapping[str, Litestar]]) -> Iterator[tuple[str, str]]:
    """Every method and path that an application answers.

    Args:
        app: the whole one.
        mounts: by the path of a mount, the applications behind it by where their paths begin.
    """
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for method in route.methods - {"OPTIONS"}:
                yield method, _plain(route.path)
        elif isinstance(route, WebSocketRoute):
            yield "SOCKET", route.path
        elif route.path == f"{NATIVE}/collect":  # plain ASGI
            yield from ((method, route.path) for method in METHODS)
        elif route.path in mounts:
            for prefix, mounted in mounts[route.path].items():
                yield from (
                    (method, prefix + path) for method, path in served(mounted, {}) if path != REFUSED
                )
        else:
            yield "MOUNT", route.path


def _plain(path: str) -> str:
    """A path whose names lack their types."""
    return re.sub(r"\{(\w+)(:\w+)?\}", r"{\1}", path)
