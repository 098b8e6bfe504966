// Calls every tool, reads every resource and gets every prompt as a client of the TypeScript SDK, and prints as JSON what
// came back.
//
//   node client.mjs http URL        streamable HTTP
//   node client.mjs stdio COMMAND…  a program of which the standard streams speak the protocol

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const [way, ...target] = process.argv.slice(2);
const transport =
  way === 'http'
    ? new StreamableHTTPClientTransport(new URL(target[0]))
    : new StdioClientTransport({ command: target[0], args: target.slice(1) });

const client = new Client({ name: 'braid-test', version: '1' });
await client.connect(transport);

const { tools } = await client.listTools();
// What each tool cannot do without; the rest have a default for everything.
const needed = {
  ask: { question: '오늘은 시스템이 왜 이래?' },
  get_incident: { id: 'inc-20261118-1' },
  search_knowledge: { topic: 'payment timeout' },
  propose_action: { request: 'payment 서비스의 Pod를 2배로 늘려줘' },
};
const called = {};
for (const { name } of tools) {
  // The SDK holds the structure that comes back against the tool's output schema.
  const got = await client.callTool({ name, arguments: needed[name] ?? {} });
  called[name] = { failed: got.isError === true, text: got.content?.[0]?.text ?? '', structure: got.structuredContent };
}

const read = {};
for (const { uri } of (await client.listResources()).resources) read[uri] = (await client.readResource({ uri })).contents[0].text;
const { resourceTemplates } = await client.listResourceTemplates();
const { prompts } = await client.listPrompts();
const got = {};
for (const { name } of prompts) got[name] = (await client.getPrompt({ name })).messages[0].content.text;

await client.close();
console.log(JSON.stringify({ size: JSON.stringify({ tools }).length, called, read, templates: resourceTemplates.map((t) => t.uriTemplate), prompts: got }));
