import { request } from "node:http";
import { text } from "node:stream/consumers";
import type { Call, Reply } from "#test/fakes/aws-server";

const HOP_BY_HOP = new Set(["connection", "content-length", "keep-alive", "transfer-encoding", "expect"]);

type Asked = Pick<Call, "method" | "path" | "headers" | "body">;

/** Lets the emulator answer a call as it came, host and all: whoever signed it, it can judge. */
export async function forward(upstream: string, { method, path, headers, body }: Asked): Promise<Reply> {
  const kept = Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name));
  const sent = request(new URL(path, upstream), { method, headers: Object.fromEntries(kept) });
  const answered = new Promise<Reply>((resolve, reject) => {
    sent.on("error", reject);
    sent.on("response", (response) => {
      const known = Object.entries(response.headersDistinct).filter(([name]) => /^(?:content-type$|x-amz)/.test(name));
      const replied = Object.fromEntries(known.map(([name, values = []]) => [name, values.join(", ")]));
      text(response).then(
        (said) => resolve({ status: response.statusCode ?? 0, headers: replied, body: said }),
        reject,
      );
    });
  });
  sent.end(method === "GET" || method === "HEAD" ? undefined : body);
  return answered;
}

/** A question of the shim's own about what a call is about, as the account itself: the emulator looks at no signature of it. */
export function ask(upstream: string, call: Call, account: string, path = call.path): Promise<Reply> {
  const scope = `${account}/20260101/${call.region}/${call.service}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`;
  return forward(upstream, { method: "GET", path, headers: { authorization }, body: "" });
}
