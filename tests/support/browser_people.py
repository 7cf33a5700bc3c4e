"""Two people who call each other, each with a page and a collector of their own."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from browser_call import BrowserPage, open_pages

PAGE = """<!doctype html><script>%s</script><script>
// A clock that is so many milliseconds ahead, wherever the collector could read it.
const OWN = ["timestamp", "lastPacketReceivedTimestamp", "lastPacketSentTimestamp"];
function setClock(error) {
  Object.defineProperty(performance, "timeOrigin", { value: performance.timeOrigin + error });
  const { getStats } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.getStats = async function () {
    const report = new Map(await getStats.call(this));
    for (const [id, stats] of report) {
      const moved = { ...stats };
      for (const name of OWN) if (moved[name]) moved[name] += error;
      report.set(id, moved);
    }
    return report;
  };
}

const send = window.fetch;
window.fetch = async (url, init) => {
  const answer = await send(url, init);
  if (init?.method === "POST" && answer.ok) {
    const body = init.body.stream().pipeThrough(new DecompressionStream("gzip"));
    const { peer, connections } = await new Response(body).json();
    for (const { key, first, at } of connections) void tellAcknowledged(peer, key, first, at.length);
  }
  return answer;
};

function enter(options, clockError) {
  setClock(clockError);
  window.collector = new Sonde.Collector(options);
  collector.wrap();
  return collector.peer;
}

async function connect(description) {
  window.media ??= await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  window.pc?.close();
  window.pc = new RTCPeerConnection();
  for (const track of media.getTracks()) pc.addTrack(track, media);
  if (description) await pc.setRemoteDescription(description);
  await pc.setLocalDescription();
  while (pc.iceGatheringState !== "complete") await new Promise((go) => setTimeout(go, 20));
  return pc.localDescription.toJSON();
}

async function look() {
  const stats = Array.from((await pc.getStats()).values());
  const sound = stats.find(({ type, kind }) => type === "inbound-rtp" && kind === "audio") ?? {};
  const { selectedCandidatePairId } = stats.find(({ type }) => type === "transport");
  const path = stats.find(({ id }) => id === selectedCandidatePairId) ?? {};
  return { lost: sound.packetsLost, received: sound.packetsReceived, trip: path.currentRoundTripTime };
}
</script>"""


class Person(BrowserPage):
    """Somebody in the call.

    Attributes:
        peers: what the server knows this person by, one for each life of the page.
        acknowledged: numbers of the ticks that the server took, by peer and connection.
    """

    def __init__(self, page: Any, address: str, *, clock_error: float) -> None:
        super().__init__(page, address)
        self._clock_error = clock_error
        self.peers: list[str] = []
        self.acknowledged: dict[tuple[str, str], set[int]] = defaultdict(set)
        page.expose_function("tellAcknowledged", self._hear)

    def enter(self, **options: Any) -> None:
        """Loads the page, anew if it is there, with a collector; options are the collector's."""
        self.page.goto(self._address)
        call = "([options, error]) => enter(options, error)"
        self.peers.append(self.page.evaluate(call, [options, self._clock_error * 1000]))

    def call(self, other: "Person") -> None:
        """Connects with somebody, in place of the connection that both may have."""
        offer = self.page.evaluate("() => connect()")
        answer = other.page.evaluate("offer => connect(offer)", offer)
        self.page.evaluate("answer => pc.setRemoteDescription(answer)", answer)

    def look(self) -> dict[str, Any]:
        """What the browser itself says: packets `lost` and `received` of the other's voice, the `trip`."""
        return self.page.evaluate("() => look()")

    def status(self) -> dict[str, Any]:
        """What the collector says of itself."""
        return self.page.evaluate("() => collector.status()")

    def leave(self) -> None:
        """Leaves; returns when the server has everything, however busy it is."""
        super().leave()
        self.page.wait_for_function("() => !collector.status().waiting", timeout=60_000)

    def load_script(self, url: str) -> str:
        """What `Sonde.Collector` is, in place of what it was, after a script from elsewhere."""
        self.page.evaluate("() => delete window.Sonde")
        self.page.add_script_tag(url=url)
        return self.page.evaluate("() => typeof Sonde.Collector")

    def _hear(self, peer: str, connection: str, first: int, ticks: int) -> None:
        self.acknowledged[peer, connection].update(range(first, first + ticks))


@contextmanager
def open_people(*clock_errors: float) -> Iterator[list[Person]]:
    """People in Debian's Chromium, whose clocks are so many seconds ahead."""
    with open_pages(PAGE) as open_page:
        yield [Person(*open_page(), clock_error=error) for error in clock_errors]
