import type { S3ClientConfig } from "@aws-sdk/client-s3";

/** How one region of one account is reached. */
export interface AwsScope {
  readonly region: string;
  /** Default: the SDK's own chain, which in a function is its role. */
  readonly credentials?: NonNullable<S3ClientConfig["credentials"]>;
  /** URL of an emulator. Default: AWS, or what `AWS_ENDPOINT_URL` says. */
  readonly endpoint?: string;
}

const CONNECT_MS = 2_000;
// An answer that has not begun by then is tried again: three tries end within the shortest time-out of a function, 30 s.
const ANSWER_MS = 6_000;
// Nor may the rest of an answer fail to come: by itself the SDK waits for five minutes, and for S3's for ever.
const SILENT_MS = 20_000;

/** Limits on waiting and the SDK's own retries, the same for every client. */
export const PATIENCE = {
  maxAttempts: 3,
  retryMode: "standard",
  requestHandler: {
    connectionTimeout: CONNECT_MS,
    requestTimeout: ANSWER_MS,
    throwOnRequestTimeout: true,
    socketTimeout: SILENT_MS,
  },
} as const;

/** The configuration of an SDK client. Make one client per service and scope and keep it: it holds the connections. */
export function awsConfig({ region, credentials, endpoint }: AwsScope) {
  return {
    ...PATIENCE,
    region,
    ...(credentials === undefined ? {} : { credentials }),
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}
