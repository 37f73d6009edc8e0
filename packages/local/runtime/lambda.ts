/** Lambda's context object, structurally: what a handler of the Node runtime is given. */
export interface LambdaContext {
  callbackWaitsForEmptyEventLoop: boolean;
  functionName: string;
  functionVersion: string;
  invokedFunctionArn: string;
  memoryLimitInMB: string;
  awsRequestId: string;
  logGroupName: string;
  logStreamName: string;
  /** Until the time-out of the wiring, by the runtime's clock. */
  getRemainingTimeInMillis(): number;
  done(): void;
  fail(): void;
  succeed(): void;
}

/** A function as Lambda calls it; a promise that rejects is a failed invocation. */
export type LambdaHandler = (event: unknown, context: LambdaContext) => Promise<unknown>;

/** Where everything local says to be, in ARNs and events. */
export const ACCOUNT = "000000000000";
export const REGION = "us-east-1";

export function arnOf(service: "sqs" | "lambda" | "dynamodb", resource: string): string {
  return `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
}

export interface InvocationFacts {
  readonly name: string;
  readonly requestId: string;
  readonly remainingMs: () => number;
}

export function contextOf({ name, requestId, remainingMs }: InvocationFacts): LambdaContext {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: name,
    functionVersion: "$LATEST",
    invokedFunctionArn: arnOf("lambda", `function:${name}`),
    memoryLimitInMB: "1024",
    awsRequestId: requestId,
    logGroupName: `/aws/lambda/${name}`,
    logStreamName: requestId,
    getRemainingTimeInMillis: remainingMs,
    done: refuseCallback,
    fail: refuseCallback,
    succeed: refuseCallback,
  };
}

/** Node 24 on Lambda has no callback style any more. */
function refuseCallback(): never {
  throw new TypeError("answer with a promise: Lambda's Node 24 runtime has no callbacks");
}
