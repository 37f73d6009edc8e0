import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import type { Clock } from "#fleet/clock";
import { partitionOf } from "#fleet/cluster";
import { TerminalError } from "#fleet/errors";

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

const PREFIX = "k8s-aws-v1.";
/** aws-iam-authenticator, pkg/token: a longer token is refused unread. */
const MAX_TOKEN_BYTES = 4096;
/** aws-iam-authenticator signs for 60 s; the token holds for 15 min after its date whatever this says. */
const EXPIRES_IN_SECONDS = 60;

/**
 * A bearer token for an EKS cluster: a presigned GetCallerIdentity of the region's STS with the cluster's name in a
 * signed header, good for 15 minutes (aws-iam-authenticator, pkg/token/token.go). TerminalError `token-too-long`
 * when the session token makes it longer than the verifier takes.
 */
export async function eksToken(of: {
  readonly clusterName: string;
  readonly region: string;
  readonly credentials: AwsCredentials;
  readonly clock: Clock;
}): Promise<string> {
  const { clusterName, region, credentials, clock } = of;
  const hostname = stsHost(region);
  const signer = new SignatureV4({ service: "sts", region, credentials, sha256: Sha256 });
  const signed = await signer.presign(
    {
      method: "GET",
      protocol: "https:",
      hostname,
      path: "/",
      query: { Action: "GetCallerIdentity", Version: "2011-06-15" },
      headers: { host: hostname, "x-k8s-aws-id": clusterName },
    },
    { expiresIn: EXPIRES_IN_SECONDS, signingDate: clock.now(), unhoistableHeaders: new Set(["x-k8s-aws-id"]) },
  );
  const url = `https://${hostname}/?${queryString(signed.query ?? {})}`;
  const token = PREFIX + Buffer.from(url).toString("base64url");
  if (token.length <= MAX_TOKEN_BYTES) return token;
  throw new TerminalError(`the token for ${clusterName} has ${token.length} bytes, EKS takes ${MAX_TOKEN_BYTES}`, {
    reason: "token-too-long",
    remedy:
      "Assume the role for clusters without session tags and without a session policy: they swell the session token.",
  });
}

function stsHost(region: string): string {
  return `sts.${region}.amazonaws.com${partitionOf(region) === "aws-cn" ? ".cn" : ""}`;
}

/** As Signature Version 4 writes a query, whose characters are part of what is signed. */
function queryString(query: Readonly<Record<string, string | readonly string[] | null>>): string {
  return Object.entries(query)
    .map(([name, value]) => `${escapeUri(name)}=${escapeUri(String(value))}`)
    .join("&");
}

function escapeUri(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
