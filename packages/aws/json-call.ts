import { Sha256 } from "@aws-crypto/sha256-js";
import { STSClient } from "@aws-sdk/client-sts";
import { SignatureV4 } from "@smithy/signature-v4";
import { type AwsAttempt, awsError } from "#aws/aws-error";
import { type AwsScope, awsConfig } from "#aws/config";
import { partitionOf } from "#fleet/cluster";

export interface JsonCall {
  /** As it signs and as its endpoint begins: `cloudtrail`. */
  readonly service: string;
  /** `CloudTrail_20131101.DescribeTrails`, with what the service puts before it. */
  readonly target: string;
  readonly body: object;
  readonly attempt: AwsAttempt;
}

const PATIENCE_MS = 10_000;

/**
 * One read call of a service that speaks AWS's JSON 1.1, for those of which we make too few to carry their client. Tried
 * once; errors as `awsError`.
 */
export async function jsonCall(scope: AwsScope, { service, target, body, attempt }: JsonCall): Promise<unknown> {
  const { region } = scope;
  const suffix = partitionOf(region) === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
  const url = new URL(scope.endpoint ?? `https://${service}.${region}.${suffix}`);
  const credentials = new STSClient(awsConfig(scope)).config.credentials;
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 });
  const text = JSON.stringify(body);
  const headers = { host: url.host, "content-type": "application/x-amz-json-1.1", "x-amz-target": target };
  try {
    const signed = await signer.sign({
      method: "POST",
      protocol: url.protocol,
      hostname: url.hostname,
      path: "/",
      query: {},
      headers,
      body: text,
    });
    const request = { method: "POST", headers: signed.headers, body: text, signal: AbortSignal.timeout(PATIENCE_MS) };
    const answer = await fetch(url, request);
    const said: unknown = JSON.parse(await answer.text());
    if (answer.ok) return said;
    throw refusal(answer.status, said);
  } catch (cause) {
    throw awsError(cause, attempt);
  }
}

/** The error as the SDK shapes it. */
function refusal(status: number, said: unknown): Error {
  const fields = typeof said === "object" && said !== null ? said : {};
  const type = "__type" in fields ? String(fields.__type) : "unknown";
  const message = "message" in fields ? fields.message : "Message" in fields ? fields.Message : type;
  const error = new Error(String(message));
  error.name = type.split("#").at(-1) ?? type;
  return Object.assign(error, { $metadata: { httpStatusCode: status } });
}
