"""Operations about voice tests and what they measured."""

from typing import Literal

from sonde.client.caller import Caller, Json, Moment, at
from sonde.client.rows import Rows


class Measurements(Caller):
    """Workspaces, agents, voice tests, rounds and results."""

    def list_workspaces(self, *, limit: int = 100) -> Rows:
        """The workspaces of the token's owner."""
        return Rows(self, "/v1/workspaces", {"limit": limit})

    def list_agents(self, *, limit: int = 100) -> Rows:
        """The agents of the workspace with their health."""
        return Rows(self, "/v1/agents", {"limit": limit})

    def get_agent(self, agent_id: int) -> Json:
        """One agent with its health."""
        return self.ask_one(at("/v1/agents/{}", agent_id))

    def list_voice_tests(self, *, limit: int = 100) -> Rows:
        """The voice tests that have a timetable."""
        return Rows(self, "/v1/voice-tests", {"limit": limit})

    def get_voice_test(self, test_id: int) -> Json:
        """One voice test."""
        return self.ask_one(at("/v1/voice-tests/{}", test_id))

    def create_voice_test(self, body: Json) -> Json:
        """Make a voice test; `body` has the fields of `NewVoiceTest`."""
        made: Json = self.ask("POST", "/v1/voice-tests", body=body)
        return made

    def update_voice_test(self, test_id: int, body: Json) -> Json:
        """Change the settings of a voice test that `body` names."""
        changed: Json = self.ask("PATCH", at("/v1/voice-tests/{}", test_id), body=body)
        return changed

    def delete_voice_test(self, test_id: int) -> None:
        """Delete a voice test."""
        self.ask("DELETE", at("/v1/voice-tests/{}", test_id))

    def list_rounds(
        self, test_id: int, *, from_: Moment | None = None, to: Moment | None = None, limit: int = 100
    ) -> Rows:
        """The rounds of a voice test, summed up; those of the last day without a range."""
        path = at("/v1/voice-tests/{}/rounds", test_id)
        return Rows(self, path, {"from": from_, "to": to, "limit": limit})

    def get_round(self, test_id: int, round_id: int) -> Json:
        """All results of one round."""
        return self.ask_one(at("/v1/voice-tests/{}/rounds/{}", test_id, round_id))

    def list_results(
        self,
        *,
        from_: Moment | None = None,
        to: Moment | None = None,
        test: int | None = None,
        agent: int | None = None,
        direction: Literal["forward", "reverse"] | None = None,
        limit: int = 100,
    ) -> Rows:
        """Results across voice tests; those of the last day without a range."""
        query = {"from": from_, "to": to, "test": test, "agent": agent, "direction": direction}
        return Rows(self, "/v1/results", {**query, "limit": limit})

    def get_result(self, result_id: str) -> Json:
        """One result."""
        return self.ask_one(at("/v1/results/{}", result_id))

    def get_histogram(self, result_id: str) -> Json:
        """How the delays of one result varied."""
        return self.ask_one(at("/v1/results/{}/histogram", result_id))

    def get_buffers(self, result_id: str, *, depth: float | None = None, discard_ratio: float = 0.01) -> Json:
        """What de-jitter buffers of other depths would have made of one result."""
        query = {"depth": depth, "discard_ratio": discard_ratio}
        return self.ask_one(at("/v1/results/{}/buffers", result_id), query)

    def get_packets(self, result_id: str) -> Rows:
        """What happened to each packet of one result."""
        return Rows(self, at("/v1/results/{}/packets", result_id), {}, key="packets")
