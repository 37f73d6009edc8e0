import type { FunctionWiring, QueueWiring, RuleWiring, SubscriptionWiring } from "#stacks/wiring";

/** The wiring table, or a part of it. */
export interface Wiring<F extends string> {
  readonly queues: Readonly<Record<string, QueueWiring>>;
  readonly topics: readonly string[];
  readonly rules: readonly RuleWiring[];
  readonly subscriptions: readonly SubscriptionWiring[];
  readonly functions: Readonly<Record<F, FunctionWiring>>;
}

/** Something that AWS could hand to a function now. `at`: since when. */
export type Delivery<F extends string = string> =
  /** One batch of a queue; on a FIFO queue that of a free group, filled up from other free groups. */
  | {
      readonly kind: "queue";
      readonly function: F;
      readonly queue: string;
      readonly group: string | null;
      readonly at: Date;
    }
  | { readonly kind: "schedule"; readonly function: F; readonly at: Date }
  | { readonly kind: "stream"; readonly function: F; readonly at: Date };

/** `partly`: some messages of the batch came back. `nothing`: somebody else had taken it. */
export type Outcome = "done" | "partly" | "failed" | "nothing";

/** What drives functions: each kind of source answers the same three questions. Times in milliseconds since the epoch. */
export interface EventSource<F extends string> {
  pending(now: number): readonly Delivery<F>[];
  /** Takes the event durably before it first waits, so that it is no longer pending. */
  deliver(delivery: Delivery<F>, now: number): Promise<Outcome>;
  /** The earliest time after `now` at which something becomes deliverable that is not now. */
  nextAt(now: number): number | undefined;
}

export type SourceKind = FunctionWiring["source"]["kind"];

export interface Driven<F extends string, K extends SourceKind> {
  readonly name: F;
  readonly timeoutSeconds: number;
  readonly source: Extract<FunctionWiring["source"], { kind: K }>;
}

/** The functions that a kind of source drives, in the table's order. */
export function drivenBy<F extends string, K extends SourceKind>(
  functions: Readonly<Record<F, FunctionWiring>>,
  kind: K,
): readonly Driven<F, K>[] {
  return (Object.keys(functions) as F[]).flatMap((name) => {
    const { source, timeoutSeconds } = functions[name];
    return isOf(source, kind) ? [{ name, timeoutSeconds, source }] : [];
  });
}

function isOf<K extends SourceKind>(
  source: FunctionWiring["source"],
  kind: K,
): source is Extract<FunctionWiring["source"], { kind: K }> {
  return source.kind === kind;
}

/** The smallest of what is there. */
export function earliest(times: readonly (number | null | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined && time !== null);
  return known.length === 0 ? undefined : Math.min(...known);
}
