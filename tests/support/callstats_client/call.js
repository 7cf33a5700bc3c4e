// A call between two people in one page, each with RealtimeKit's real statistics client around transports like
// mediasoup's: one connection that sends, one that receives, and a producer or consumer for each track.

import { InhouseCallStats } from "@cloudflare/realtimekit-callstats";
import EventEmitter from "events";

const SCREEN = "screen";
const DEVICES = [{ deviceId: "m1", kind: "audioinput", label: "Headset" }];
const quiet = { debug() {}, info() {}, log() {}, warn() {}, error: (...said) => failures.push(said) };
const failures = [];

/** One of mediasoup's, as far as the client looks at it. */
class Transport extends EventEmitter {
  _producers = new Map();
  _consumers = new Map();
  connection = new RTCPeerConnection();
  id = crypto.randomUUID();

  getStats() {
    return this.connection.getStats();
  }
}

class Media extends EventEmitter {
  id = crypto.randomUUID();

  constructor(end, track, appData) {
    super();
    Object.assign(this, { end, track, appData, kind: track.kind });
  }

  getStats() {
    return this.end.getStats();
  }
}

/** Connects a sender's transport with a receiver's; the receiver gets a consumer for each producer. */
async function connect(from, to, tracks, peerId) {
  const [a, b] = [from.connection, to.connection];
  a.onicecandidate = ({ candidate }) => b.addIceCandidate(candidate);
  b.onicecandidate = ({ candidate }) => a.addIceCandidate(candidate);
  for (const [track, appData] of tracks) {
    const producer = new Media(a.addTransceiver(track, { direction: "sendonly" }).sender, track, appData);
    from._producers.set(producer.id, producer);
  }
  await a.setLocalDescription();
  await b.setRemoteDescription(a.localDescription);
  await b.setLocalDescription();
  await a.setRemoteDescription(b.localDescription);
  const producers = [...from._producers.values()];
  for (const [index, { receiver }] of b.getTransceivers().entries()) {
    const { id: producerId, appData } = producers[index];
    const consumer = new Media(receiver, receiver.track, { ...appData, peerId });
    consumer.producerId = producerId;
    to._consumers.set(consumer.id, consumer);
  }
}

/** The client asks once which statistics are whose, so all of them must be there before it does. */
async function flowing({ connection, _producers, _consumers }) {
  for (;;) {
    const stats = [...(await connection.getStats()).values()];
    const media = stats.filter(({ packetsSent, packetsReceived, type }) => /^(in|out)bound/.test(type) && (packetsSent ?? packetsReceived));
    if (media.length === _producers.size + _consumers.size) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function screen() {
  const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 240 });
  const context = canvas.getContext("2d");
  let turn = 0;
  setInterval(() => {
    context.fillStyle = `hsl(${(turn += 11)} 80% 50%)`;
    context.fillRect(0, 0, 320, 240);
  }, 50);
  return canvas.captureStream(20).getVideoTracks()[0];
}

/** Has both people join; the hosts are the client's, and each person has a `peerId` and a `token`. */
window.call = async ({ hosts, people, collector }) => {
  if (collector) {
    window.collector = new Sonde.Collector(collector);
    window.collector.wrap();
  }
  const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  const shared = screen();
  for (const person of people) Object.assign(person, { send: new Transport(), receive: new Transport() });
  const [ann, bob] = people;
  const [sound, picture] = [media.getAudioTracks()[0], media.getVideoTracks()[0]];
  await connect(ann.send, bob.receive, [[sound, {}], [picture, {}], [shared, { screenShare: true }]], ann.peerId);
  await connect(bob.send, ann.receive, [[sound.clone(), {}], [picture.clone(), {}]], bob.peerId);
  await Promise.all(people.flatMap(({ send, receive }) => [flowing(send), flowing(receive)]));
  for (const person of people) await join(person, hosts);
  window.people = people;
  return people.map(({ peerId, send, receive }) => ({
    peerId,
    producers: [...send._producers.values()].map(({ id, kind, appData }) => [id, appData[`${SCREEN}Share`] ? SCREEN : kind]),
    consumers: [...receive._consumers.keys()],
  }));
};

async function join(person, hosts) {
  const { peerId, token, send, receive } = person;
  const client = (person.client = new InhouseCallStats());
  const about = { peerId, authToken: token, apiHostnames: hosts, engineName: "Blink", env: "prod", iceServers: [] };
  await client.initialize({ ...about, skipConnectivityChecks: true, flags: {}, logger: quiet });
  client.configureSendTransport(send);
  client.configureRecvTransport(receive);
  client.devices("AUDIO", DEVICES);
  client.selectedDevice("AUDIO", DEVICES[0]);
  client.mediaPermission("VIDEO", "ACCEPTED");
  client.audioOn();
  client.videoOn();
  client.roomJoined({
    peerId,
    userId: `user-${peerId}`,
    roomUUID: "room",
    roomViewType: "groupCall",
    sdkName: "web-core",
    sdkVersion: "2.0.2",
    deviceInfo: { browserName: "Chrome", osName: "Linux", engineName: "Blink", isMobile: false },
  });
}

window.mute = (index) => people[index].client.audioOff();
window.leave = async () => {
  for (const { client } of people) client.callEnded();
  await window.collector?.stop();
};
window.failures = () => failures.map((each) => JSON.stringify(each));
