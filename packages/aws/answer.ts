/** What the SDK's error tells of the answer. */
export interface Answer {
  /** Undefined when there was none. */
  readonly status: number | undefined;
  /** AWS's code, e.g. `NoSuchBucket`; the name of the error where the answer had none. */
  readonly code: string;
  /** Where the bucket is, when S3 says so. */
  readonly bucketRegion: string | undefined;
}

/** The HTTP status and code of what the SDK throws. */
export function answerOf(cause: unknown): Answer {
  const error = isRecord(cause) ? cause : {};
  const metadata = isRecord(error.$metadata) ? error.$metadata : {};
  const response = isRecord(error.$response) ? error.$response : {};
  const headers = isRecord(response.headers) ? response.headers : {};
  const status = metadata.httpStatusCode ?? response.statusCode;
  return {
    status: typeof status === "number" ? status : undefined,
    code: String(error.code ?? error.Code ?? error.name ?? "unknown"),
    bucketRegion: typeof headers["x-amz-bucket-region"] === "string" ? headers["x-amz-bucket-region"] : undefined,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Codes that say that the credentials are not valid, whatever the right. */
export const CREDENTIAL_CODES = new Set([
  "CredentialsProviderError",
  "TokenProviderError",
  "ExpiredToken",
  "ExpiredTokenException",
  "IncompleteSignature",
  "IncompleteSignatureException",
  "InvalidAccessKeyId",
  "InvalidClientTokenId",
  "InvalidSignatureException",
  "InvalidToken",
  "MissingAuthenticationToken",
  "MissingAuthenticationTokenException",
  "RequestExpired",
  "RequestTimeTooSkewed",
  "SignatureDoesNotMatch",
  "TokenRefreshRequired",
  "UnrecognizedClientException",
]);
/** Codes of throttling, whatever the status; SQS's errors about a key have a second, older name. */
export const THROTTLED = new Set([
  "KMS.ThrottlingException",
  "KMSThrottling",
  "KmsThrottled",
  "LimitExceededException",
  "PriorRequestNotComplete",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "RequestThrottled",
  "RequestThrottledException",
  "SlowDown",
  "Throttling",
  "ThrottlingException",
  "ThrottledException",
  "TooManyRequestsException",
  "TransactionInProgressException",
]);
/** Codes, with status 400, of a service that waited in vain for the rest of the request. */
export const CUT_OFF = new Set(["RequestTimeout", "RequestTimeoutException"]);
/** Codes of Node for a certificate that is not trusted. */
export const UNTRUSTED = /^(?:CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_|HOSTNAME_MISMATCH)/;
/** Codes and names of errors of the network, where there was no answer. */
export const NETWORK = /^(?:E[A-Z]+|EAI_[A-Z]+|HPE_[A-Z_]+|ERR_SSL_[A-Z_]+|TimeoutError|AbortError)$/;
