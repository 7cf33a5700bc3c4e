// Asks a server with Telnyx' own client: each line is a question as JSON, each answer is a line.
import { createInterface } from "node:readline";
import Telnyx from "telnyx";

const ways = {
  retrieve: (reports, { id }) => reports.retrieve(id),

  // One page, and whether the client believes that there is another.
  page: async (reports, { query }) => {
    const page = await reports.list(query);
    return { data: page.data, meta: page.meta, more: page.hasNextPage() };
  },

  // Every report, as the client goes through pages by itself.
  each: async (reports, { query }) => {
    const found = [];
    for await (const report of reports.list(query)) found.push(report);
    return found;
  },

  // Every page, one asked of the other.
  pages: async (reports, { query }) => {
    const sizes = [];
    for await (const page of (await reports.list(query)).iterPages()) sizes.push(page.data.length);
    return sizes;
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { url, token, way, ...asked } = JSON.parse(line);
  const client = new Telnyx({ apiKey: token, baseURL: url, maxRetries: 0 });
  try {
    const answer = await ways[way](client.voiceSDKCallReports, asked);
    console.log(JSON.stringify({ answer }));
  } catch (error) {
    if (!(error instanceof Telnyx.APIError)) throw error;
    console.log(JSON.stringify({ kind: error.constructor.name, status: error.status, body: error.error }));
  }
}
