// Calls RealtimeKit's API with Cloudflare's own client: each line is a question as JSON, each answer is a line.
import { createInterface } from "node:readline";
import Cloudflare from "cloudflare";

// What a client for another language names get_meeting_by_id is getMeetingByID in this one.
const find = (object, name) => {
  const wanted = name.replaceAll("_", "").toLowerCase();
  for (let owner = object; owner; owner = Object.getPrototypeOf(owner)) {
    const found = Object.getOwnPropertyNames(owner).find((each) => each.toLowerCase() === wanted);
    if (found) return found;
  }
  throw new Error(`the client has no ${name}`);
};

for await (const line of createInterface({ input: process.stdin })) {
  const { options, resource, method, given } = JSON.parse(line);
  const { realtimeKit } = new Cloudflare(options);
  const operations = realtimeKit[find(realtimeKit, resource)];
  try {
    const answer = await operations[find(operations, method)](...given);
    console.log(JSON.stringify({ answer }));
  } catch (error) {
    if (!(error instanceof Cloudflare.APIError)) throw error;
    const { status, message, errors, error: body } = error;
    const headers = Object.fromEntries(error.headers);
    console.log(JSON.stringify({ kind: error.constructor.name, status, message, errors, body, headers }));
  }
}
