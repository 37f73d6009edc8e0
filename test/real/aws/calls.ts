import { AsyncLocalStorage } from "node:async_hooks";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { vi } from "vitest";
import type { Target } from "#stacks/permissions";
import type { FunctionName } from "#stacks/wiring";

/** What the calls of functions are held against. */
export interface Known {
  /** The access key that functions have of their own; what is done with an assumed role needs that role's rights. */
  readonly accessKeyId: string;
  /** Names by URL or ARN, as the installation has them. */
  readonly queueUrls: Readonly<Record<string, string>>;
  readonly topicArns: Readonly<Record<string, string>>;
  readonly stateBucket: string;
  readonly principalArn: string;
}

export interface Calls {
  /** Calls made within belong to this function. */
  by<T>(name: FunctionName, run: () => Promise<T>): Promise<T>;
  /** `<action> on <target>` of every call that a function made with its own credentials. */
  of(name: FunctionName): readonly string[];
  stop(): void;
}

type Input = Readonly<Record<string, string | undefined>>;
interface Asked {
  readonly input: Input;
  readonly known: Known;
}
type Need = readonly [action: string, target: (asked: Asked) => Target];

const queueOf = ({ input, known }: Asked): Target => {
  const queue = nameOf(known.queueUrls, input.QueueUrl);
  return queue === "clusters.fifo" ? "looks" : `queue:${queue}`;
};
const topicOf = ({ input, known }: Asked): Target => `topic:${nameOf(known.topicArns, input.TopicArn)}`;
const tableOf = ({ input }: Asked): Target => (input.IndexName === undefined ? "table" : "indexes");
const bucketOf = ({ input, known }: Asked): Target => (input.Bucket === known.stateBucket ? "state" : "audited");
const objectOf = (asked: Asked): Target => {
  if (bucketOf(asked) === "audited") return "audited/*";
  const [folder = ""] = asked.input.Key?.split("/") ?? [];
  return folder === "indexes" || folder === "reports" ? `state:${folder}/*` : "state:stores/*";
};
const roleOf = ({ input, known }: Asked): Target =>
  input.RoleArn === known.principalArn ? "cluster-role" : "member-roles";

/**
 * The rights that a call needs, by service and command (Service Authorization Reference). A command that is not here is an
 * error: look its action up, and whether IAM knows a resource for it.
 */
const NEEDS: Readonly<Record<string, Need | null>> = {
  "DynamoDB GetCommand": ["dynamodb:GetItem", tableOf],
  "DynamoDB QueryCommand": ["dynamodb:Query", tableOf],
  "DynamoDB UpdateCommand": ["dynamodb:UpdateItem", tableOf],
  "EKS AssociateAccessPolicyCommand": ["eks:AssociateAccessPolicy", () => "access-entries"],
  "EKS CreateAccessEntryCommand": ["eks:CreateAccessEntry", () => "clusters"],
  "EKS DescribeClusterCommand": ["eks:DescribeCluster", () => "clusters"],
  "EKS ListAssociatedAccessPoliciesCommand": ["eks:ListAssociatedAccessPolicies", () => "access-entries"],
  "EKS ListClustersCommand": ["eks:ListClusters", () => "everything"],
  "Route 53 ChangeResourceRecordSetsCommand": ["route53:ChangeResourceRecordSets", () => "zone"],
  "Route 53 GetChangeCommand": ["route53:GetChange", () => "zone-changes"],
  "Route 53 ListResourceRecordSetsCommand": ["route53:ListResourceRecordSets", () => "zone"],
  "S3 GetObjectCommand": ["s3:GetObject", objectOf],
  "S3 ListMultipartUploadsCommand": ["s3:ListBucketMultipartUploads", bucketOf],
  "S3 ListObjectsV2Command": ["s3:ListBucket", bucketOf],
  "S3 PutObjectCommand": ["s3:PutObject", objectOf],
  "SNS PublishCommand": ["sns:Publish", topicOf],
  "SQS SendMessageCommand": ["sqs:SendMessage", queueOf],
  "STS AssumeRoleCommand": ["sts:AssumeRole", roleOf],
  // Everybody may ask who he is.
  "STS GetCallerIdentityCommand": null,
  "Secrets Manager GetSecretValueCommand": ["secretsmanager:GetSecretValue", () => "slack-secret"],
};

interface SdkClient {
  readonly config: {
    readonly serviceId: string;
    readonly credentials: () => Promise<{ readonly accessKeyId: string }>;
  };
}
interface Request {
  readonly path: string;
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
}
type Handle = (this: unknown, request: Request, ...rest: unknown[]) => Promise<unknown>;
type Send = (this: SdkClient, command: { readonly input: Input }, ...rest: unknown[]) => Promise<unknown>;

/** Listens to every client of the SDK, which share the class that sends, and to what is sent without one. */
export function recordCalls(known: Known): Calls {
  const callers = new AsyncLocalStorage<FunctionName>();
  const made = new Map<FunctionName, Set<string>>();
  const shared = Object.getPrototypeOf(SQSClient.prototype) as { send: Send };
  const { send } = shared;
  const note = (call: string, input: Input): void => {
    const caller = callers.getStore();
    const need = needOf(call);
    if (caller === undefined || need === null) return;
    const calls = made.get(caller) ?? new Set();
    made.set(caller, calls.add(`${need[0]} on ${need[1]({ input, known })}`));
  };
  const viaSdk = new AsyncLocalStorage<true>();
  const sending = vi.spyOn(shared, "send").mockImplementation(async function (this: SdkClient, command, ...rest) {
    const isOwn = (await this.config.credentials()).accessKeyId === known.accessKeyId;
    if (isOwn && callers.getStore() !== undefined) {
      note(`${this.config.serviceId} ${command.constructor.name}`, command.input);
    }
    return viaSdk.run(true, () => send.call(this, command, ...rest));
  });
  const handler: { handle: Handle } = Object.getPrototypeOf(
    new S3Client({ region: "us-east-1" }).config.requestHandler,
  );
  const { handle } = handler;
  const handling = vi.spyOn(handler, "handle").mockImplementation(async function (this: unknown, request, ...rest) {
    const isOwn = request.headers.authorization?.includes(`Credential=${known.accessKeyId}/`);
    if (viaSdk.getStore() === undefined && isOwn) note(directCall(request), bucketAndKey(request));
    return handle.call(this, request, ...rest);
  });
  return {
    by: (name, run) => callers.run(name, run),
    of: (name) => [...(made.get(name) ?? [])].toSorted(),
    stop: () => {
      sending.mockRestore();
      handling.mockRestore();
    },
  };
}

/** What is sent to S3 without the SDK (packages/aws/s3-direct.ts), by its command there. */
function directCall({ path, query }: Request): string {
  if ("list-type" in query) return "S3 ListObjectsV2Command";
  if ("uploads" in query) return "S3 ListMultipartUploadsCommand";
  if (/^\/[^/]+\/./.test(path)) return "S3 GetObjectCommand";
  throw new Error(`a request that test/real/aws/calls.ts does not know: ${path}`);
}

/** Servers on loopback have the bucket in the path. */
function bucketAndKey({ path }: Request): Input {
  const [, Bucket, ...key] = path.split("/");
  return { Bucket, Key: key.join("/") };
}

function needOf(call: string): Need | null {
  const need = NEEDS[call];
  if (need === undefined) throw new Error(`a call of a function that test/real/aws/calls.ts does not know: ${call}`);
  return need;
}

function nameOf(names: Readonly<Record<string, string>>, value: string | undefined): string {
  const found = Object.entries(names).find(([, one]) => one === value);
  if (found === undefined) throw new Error(`nothing of the installation is ${value}`);
  return found[0];
}
