// One call of the real SDK under Node: its own client, session and collector, around them a browser that has
// only what they touch. Signalling is answered in here; call reports go to the host of the signalling URL.
//
//   node call.mjs <signalling url> <call_report_id> <what happens>
//
// What happens is a list of words: `talk` for two and a half seconds, `mute`, `hold`, `unload`, `hangup`. For each post
// of a report a line of JSON is printed: when it was sent, its body, and how it was answered.

const [url, callReportId, ...script] = process.argv.slice(2);
const TALK = 2500;
const FLUSH = 2000;

const handlers = {};
const kept = new Map();
const storage = {
  getItem: (name) => kept.get(name) ?? null,
  setItem: (name, value) => kept.set(name, String(value)),
  removeItem: (name) => kept.delete(name),
};
const browser = {
  window: globalThis,
  HTMLMediaElement: class {},
  MediaStream: class {},
  addEventListener: (name, handler) => (handlers[name] ??= []).push(handler),
  removeEventListener: () => {},
  localStorage: storage,
  sessionStorage: storage,
  document: { getElementById: () => null, addEventListener: () => {}, removeEventListener: () => {} },
  navigator: {
    userAgent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36",
    onLine: true,
    mediaDevices: { getSupportedConstraints: () => ({}), addEventListener: () => {} },
  },
};
for (const [name, value] of Object.entries(browser)) {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}

class Signalling {
  readyState = 0;
  listeners = {};

  constructor() {
    setTimeout(() => {
      this.readyState = 1;
      this.emit("open", {});
    });
  }

  addEventListener(name, listener) {
    (this.listeners[name] ??= []).push(listener);
  }

  removeEventListener() {}

  emit(name, event) {
    this[`on${name}`]?.(event);
    for (const listener of this.listeners[name] ?? []) listener(event);
  }

  tell(message) {
    const data = JSON.stringify({ jsonrpc: "2.0", voice_sdk_id: "VSDK1under-test", ...message });
    setTimeout(() => this.emit("message", { data }));
  }

  send(text) {
    const { id, method } = JSON.parse(text);
    const registered = { params: { state: "REGED", call_report_id: callReportId, dc: "a", region: "eu" } };
    const result = method === "telnyx_rtc.gatewayState" ? registered : { message: "logged in" };
    this.tell({ id, result: { ...result, sessid: "session-1" } });
    if (method === "login") this.tell({ id: 1, method: "telnyx_rtc.clientReady", params: {} });
  }

  close() {
    this.readyState = 3;
  }
}
globalThis.WebSocket = Signalling;

const send = globalThis.fetch;
globalThis.fetch = async (where, options) => {
  const at = Date.now();
  const answer = await send(where, options);
  const said = { at, where, headers: options.headers, body: JSON.parse(options.body), status: answer.status };
  process.stdout.write(`${JSON.stringify({ ...said, keepalive: options.keepalive ?? false })}\n`);
  return answer;
};

// 50 packets a second each way since the call began, of which the far side loses none, with 3 ms of jitter.
const microphone = {
  kind: "audio", id: "mic-1", label: "Headset", enabled: true, muted: false, readyState: "live",
  getSettings: () => ({ deviceId: "d1", echoCancellation: true }),
};
let began = 0;
const connection = {
  getStats: async () => {
    const seconds = (Date.now() - began) / 1000;
    const packets = Math.round(seconds * 50);
    const common = { timestamp: Date.now(), kind: "audio", mediaType: "audio", codecId: "C", transportId: "T" };
    const stats = [
      { id: "I", type: "inbound-rtp", ...common, packetsReceived: packets, bytesReceived: packets * 160,
        packetsLost: 0, packetsDiscarded: 0, jitter: 0.003, jitterBufferDelay: seconds * 48000 * 0.06,
        jitterBufferEmittedCount: Math.round(seconds * 48000), concealedSamples: 0, concealmentEvents: 0,
        totalSamplesReceived: Math.round(seconds * 48000), audioLevel: 0.1 },
      { id: "O", type: "outbound-rtp", ...common, packetsSent: packets, bytesSent: packets * 160, active: true },
      { id: "R", type: "remote-inbound-rtp", ...common, localId: "O", packetsLost: 0, fractionLost: 0,
        jitter: 0.0042, roundTripTime: 0.041, totalRoundTripTime: 0.041 * Math.floor(seconds),
        roundTripTimeMeasurements: Math.floor(seconds) },
      { id: "C", type: "codec", mimeType: "audio/PCMU", clockRate: 8000, channels: 1, payloadType: 0 },
      { id: "T", type: "transport", selectedCandidatePairId: "P", iceState: "connected",
        dtlsState: "connected", selectedCandidatePairChanges: 1 },
      { id: "P", type: "candidate-pair", state: "succeeded", nominated: true, localCandidateId: "L",
        remoteCandidateId: "M", currentRoundTripTime: 0.041, packetsSent: packets, bytesSent: packets * 200 },
      { id: "L", type: "local-candidate", address: "192.0.2.10", port: 50000, candidateType: "srflx",
        protocol: "udp", networkType: "wifi" },
      { id: "M", type: "remote-candidate", address: "198.51.100.7", port: 16000, candidateType: "host",
        protocol: "udp" },
    ];
    return new Map(stats.map((each) => [each.id, each]));
  },
  getSenders: () => [{ track: microphone }],
  getReceivers: () => [],
};

console.log = console.info = console.warn = console.error = console.debug = () => {};
const { Call, TelnyxRTC } = (await import("@telnyx/webrtc")).default;
const client = new TelnyxRTC({
  login_token: "any", host: url, callReportFlushInterval: FLUSH, hangupOnBeforeUnload: false,
});
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const settle = () => Promise.allSettled([...client._pendingCallReportUploads]);

await new Promise((resolve) => {
  client.on("telnyx.ready", resolve);
  client.connect();
});
const call = new Call(client, { destinationNumber: "+15550100", callerNumber: "+15550111" });
call.options.telnyxSessionId = "9A0F6B0E-FB1F-44C9-9B53-7F81442B4C5F";
call.setState(7);
began = Date.now();
call._callReportCollector.start(connection);
for (const step of script) {
  if (step === "talk") await pause(TALK);
  if (step === "mute") microphone.enabled = false;
  if (step === "hold") call.setState(8);
  if (step === "unload") for (const handler of handlers.beforeunload ?? []) handler({});
  if (step === "hangup") {
    call.setState(9);
    call._finalize();
  }
}
await settle();
process.exit(0);
