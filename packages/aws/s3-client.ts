import { S3Client } from "@aws-sdk/client-s3";
import { type AwsScope, PATIENCE } from "#aws/config";

export interface S3ClientOptions extends Partial<AwsScope> {
  /** URL of an S3-compatible server; its buckets are then addressed by path. Default: AWS. */
  readonly endpoint?: string;
  /** Default: what the environment or the profile says. */
  readonly region?: string;
}

const ANSWER_MS = 20_000;
/** More than are ever asked at a time: waiting for a connection is waiting twice. */
const AGENT = { keepAlive: true, maxSockets: 256 };

/** A client with three tries and limits on waiting. */
export function s3Client({ endpoint, region, credentials }: S3ClientOptions): S3Client {
  return new S3Client({
    ...PATIENCE,
    // A page of a large bucket on a small server takes its time, and the functions that list have minutes.
    requestHandler: { ...PATIENCE.requestHandler, requestTimeout: ANSWER_MS, httpAgent: AGENT, httpsAgent: AGENT },
    ...(region === undefined ? {} : { region }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(endpoint === undefined ? { followRegionRedirects: true } : compatible(endpoint, region)),
  });
}

// The SDK's own checksums are an extension that not every server knows; any region name does for most.
function compatible(endpoint: string, region = "us-east-1") {
  return {
    endpoint,
    region,
    forcePathStyle: true,
    requestChecksumCalculation: "WHEN_REQUIRED" as const,
    responseChecksumValidation: "WHEN_REQUIRED" as const,
  };
}
