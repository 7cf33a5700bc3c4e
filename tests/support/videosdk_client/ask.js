// Asks a server with VideoSDK's own client: each line is a question as JSON, each answer is a line.
import { createInterface } from "node:readline";
import { VideoSDK, VideoSDKError } from "@videosdk.live/server-sdk";

const pageOf = (page) => ({ data: page.data, total: page.total, more: page.hasNextPage });

const all = async (page) => {
  const found = [];
  for await (const item of page) found.push(item);
  return found;
};

const ways = {
  list: async ({ sessions }, { params }) => pageOf(await sessions.list(params)),
  listAll: async ({ sessions }, { params }) => all(await sessions.list(params)),
  get: ({ sessions }, { session }) => sessions.get(session),
  participants: async ({ sessions }, { session, params }) => all(await sessions.listParticipants(session, params)),
  active: async ({ sessions }, { session, params }) => all(await sessions.listActiveParticipants(session, params)),
  participant: ({ sessions }, { session, participant }) => sessions.getParticipant(session, participant),
  stats: ({ sessions }, { session }) => sessions.getStats(session),
  participantStats: ({ sessions }, { session, participant }) => sessions.getParticipantStats(session, participant),
  end: ({ sessions }, { options }) => sessions.end(options),
  remove: ({ sessions }, { options }) => sessions.removeParticipant(options),
  inRoom: async ({ participants }, { room, params }) => all(await participants.list(room, params)),
};

// What comes first, before the server is asked: statuses that the network answers in its place.
const failing = (statuses) => async (url, options) => {
  attempts += 1;
  const status = statuses.shift();
  return status ? new Response(JSON.stringify({ message: "later" }), { status }) : fetch(url, options);
};

let attempts = 0;

for await (const line of createInterface({ input: process.stdin })) {
  const { client, failures = [], way, ...asked } = JSON.parse(line);
  attempts = 0;
  try {
    const sdk = new VideoSDK({ ...client, fetch: failing(failures) });
    const answer = await ways[way](sdk, asked);
    console.log(JSON.stringify({ answer, attempts }));
  } catch (error) {
    if (!(error instanceof VideoSDKError)) throw error;
    const { name, httpStatus, code, message } = error;
    console.log(JSON.stringify({ kind: name, status: httpStatus, code, message, attempts }));
  }
}
