import * as v from "valibot";

export interface JsonCall {
  /** URL of the emulator. */
  readonly endpoint: string;
  readonly account: string;
  readonly region: string;
  /** As it is signed for, such as `monitoring`. */
  readonly service: string;
  /** Of `X-Amz-Target`, such as `Logs_20140328.CreateLogGroup`. */
  readonly target: string;
  readonly input: object;
}

const Answer = v.looseObject({});

/**
 * Calls an action of a JSON protocol on ministack, where the SDK's client is no dependency of ours or speaks CBOR, which
 * ministack without `cbor2` does not. ministack looks at the scope of a signature and not at the signature.
 */
export async function callJson(call: JsonCall): Promise<v.InferOutput<typeof Answer>> {
  const { endpoint, account, region, service, target, input } = call;
  const scope = `${account}/20260101/${region}/${service}/aws4_request`;
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": target,
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`,
    },
    body: JSON.stringify(input),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${target}: ${response.status} ${text}`);
  return v.parse(Answer, text === "" ? {} : JSON.parse(text));
}
