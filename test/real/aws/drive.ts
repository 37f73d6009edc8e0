import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { SQSClient } from "@aws-sdk/client-sqs";
import { type AwsScope, awsConfig } from "#aws/config";
import { handlers } from "#functions/handlers";
import type { Ports } from "#functions/ports";
import { contextOf } from "#local/runtime/lambda";
import { type FunctionName, functions, type Source } from "#stacks/wiring";
import type { Calls } from "#test/real/aws/calls";
import type { Installing } from "#test/real/aws/installation";
import { pollOnce } from "#test/real/aws/poller";
import { tableStream } from "#test/real/aws/stream";

/** What drives the shipped handlers in place of Lambda: the pollers of queues and of the stream, and schedules on demand. */
export interface Drive {
  /**
   * Delivers until nothing has come for a while, since buses and topics deliver when they like; what a function threw is kept in
   * `failures`. `remainingMs`: what invocations of a queue's function have instead of their whole time-out.
   */
  untilQuiet(remainingMs?: Remaining): Promise<void>;
  /** A schedule's time has come. */
  tick(name: FunctionName): Promise<void>;
  readonly failures: readonly unknown[];
}

type Remaining = Readonly<Partial<Record<FunctionName, number>>>;

const QUIET_ROUNDS = 3;
const PAUSE_MS = 100;

type Wired = readonly [FunctionName, { readonly source: Source; readonly timeoutSeconds: number }];

/** `portsOf`: every function is a process of its own. `by`: what is around each invocation. */
export async function drive(
  hub: AwsScope,
  made: Installing,
  { portsOf, by }: { readonly portsOf: (name: FunctionName) => Ports; readonly by: Calls["by"] },
): Promise<Drive> {
  const client = new SQSClient(awsConfig(hub));
  const stream = await tableStream(hub, made.streamArn);
  const failures: unknown[] = [];
  const all = Object.entries(functions) as readonly Wired[];

  const invoke = (name: FunctionName, event: unknown, ms = functions[name].timeoutSeconds * 1000): Promise<unknown> => {
    const end = performance.now() + ms;
    const remainingMs = () => end - performance.now();
    return by(name, () =>
      handlers[name](portsOf(name))(event, contextOf({ name, requestId: randomUUID(), remainingMs })),
    );
  };
  const polled = async ([name, { source }]: Wired, remainingMs: Remaining): Promise<number> => {
    if (source.kind !== "queue") return 0;
    const [url = "", arn = ""] = [made.queueUrls[source.queue], made.queueArns[source.queue]];
    const { received, failed, error } = await pollOnce({ client, url, arn, batchSize: source.batchSize }, (event) =>
      invoke(name, event, remainingMs[name]),
    );
    if (failed.length > 0) failures.push(error ?? `${name} handed back ${failed.length} messages`);
    return received;
  };
  const streamed = async (): Promise<number> => {
    const event = await stream.next();
    if (event === undefined) return 0;
    for (const [name, { source }] of all) {
      if (source.kind !== "stream") continue;
      await invoke(name, event).catch((error: unknown) => failures.push(error));
    }
    return event.Records.length;
  };

  return {
    failures,
    untilQuiet: async (remainingMs = {}) => {
      for (let quiet = 0; quiet < QUIET_ROUNDS; ) {
        const delivered = await Promise.all([...all.map((one) => polled(one, remainingMs)), streamed()]);
        quiet = delivered.some((count) => count > 0) ? 0 : quiet + 1;
        if (quiet > 0) await sleep(PAUSE_MS);
      }
    },
    tick: async (name) => {
      const { source }: { readonly source: Source } = functions[name];
      await invoke(name, source.kind === "schedule" ? source.input : {});
    },
  };
}
