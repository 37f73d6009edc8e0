import type { Call, Reply } from "#test/fakes/aws-server";

const HOP_BY_HOP = new Set(["host", "connection", "content-length", "keep-alive", "transfer-encoding", "expect"]);

/** Lets the emulator answer; `path` where it is to be asked something else than the shim was. */
export async function forward(upstream: string, call: Call, path = call.path): Promise<Reply> {
  const headers = Object.entries(call.headers).filter(([name]) => !HOP_BY_HOP.has(name));
  const body = call.method === "GET" || call.method === "HEAD" ? {} : { body: call.body };
  const response = await fetch(`${upstream}${path}`, { method: call.method, headers, ...body });
  const kept = [...response.headers].filter(([name]) => name === "content-type" || name.startsWith("x-amz"));
  return { status: response.status, headers: Object.fromEntries(kept), body: await response.text() };
}
