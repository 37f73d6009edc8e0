import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ClusterEvent, parseClusterEvent } from "#fleet/events";
import { CLUSTER_EVENTS, eventText } from "#test/factories/events";

const ARN = "arn:aws:eks:eu-west-1:111122223333:cluster/prod-a";
interface Sample {
  id?: unknown;
  source?: unknown;
  account?: unknown;
  region?: unknown;
  time?: unknown;
  detail: Record<string, unknown>;
}

function changed(name: (typeof CLUSTER_EVENTS)[number], change: (event: Sample) => void): unknown {
  const event: Sample = JSON.parse(eventText(name));
  change(event);
  return event;
}

function problemFields(event: ClusterEvent): readonly string[] {
  return event.outcome === "reject" ? event.problems.map(({ field }) => field) : [];
}

describe("parseClusterEvent", () => {
  it.each([
    ["create-cluster", "CreateCluster"],
    ["create-cluster-2018", "CreateCluster"],
    ["delete-cluster", "DeleteCluster"],
    ["update-cluster-config", "UpdateClusterConfig EndpointAccessUpdate"],
    ["tag-resource", "TagResource"],
    ["untag-resource", "UntagResource"],
  ] as const)("looks at the cluster of %s", (name, because) => {
    const event = parseClusterEvent(eventText(name));
    expect(event).toMatchObject({ outcome: "look", because, at: "2026-11-21T10:00:00.000Z" });
    expect(event).toMatchObject({
      cluster: { arn: ARN, account: "111122223333", region: "eu-west-1", name: "prod-a" },
    });
  });

  it("takes an object as well as text", () => {
    expect(parseClusterEvent(JSON.parse(eventText("create-cluster")))).toEqual(
      parseClusterEvent(eventText("create-cluster")),
    );
  });

  it("ignores a call that failed", () => {
    expect(parseClusterEvent(eventText("create-cluster-failed"))).toEqual({
      outcome: "ignore",
      reason: "failed-call",
      detail: "CreateCluster failed with ResourceInUseException",
    });
  });

  it("ignores tags of a node group", () => {
    expect(parseClusterEvent(eventText("tag-nodegroup"))).toMatchObject({
      outcome: "ignore",
      reason: "not-a-cluster",
      detail: expect.stringContaining("nodegroup/prod-a"),
    });
  });

  it.each([
    ["another source", (event: Sample) => Object.assign(event, { source: "aws.s3" })],
    ["another service", (event: Sample) => Object.assign(event.detail, { eventSource: "ec2.amazonaws.com" })],
    ["another call", (event: Sample) => Object.assign(event.detail, { eventName: "CreateNodegroup" })],
  ])("ignores %s", (_, change) => {
    expect(parseClusterEvent(changed("create-cluster", change))).toMatchObject({
      outcome: "ignore",
      reason: "other-call",
    });
  });

  it("rejects what cannot even be looked at", () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const thrower = {
      get detail() {
        throw Object.create(null);
      },
    };
    expect(parseClusterEvent(proxy)).toMatchObject({ outcome: "reject" });
    expect(parseClusterEvent(thrower)).toMatchObject({ outcome: "reject" });
    expect(parseClusterEvent({ detail: { eventName: proxy } })).toMatchObject({ outcome: "reject" });
  });

  it("says that a drill is one", () => {
    const drill = changed("create-cluster", (event) => Object.assign(event, { source: "musterbook.drill" }));
    expect(parseClusterEvent(drill)).toMatchObject({
      outcome: "look",
      because: "CreateCluster (drill)",
      drill: true,
    });
  });

  it("prefers the ARN of the answer to the name of the request", () => {
    const event = changed("create-cluster", ({ detail }) =>
      Object.assign(detail, { requestParameters: { name: "other" } }),
    );
    expect(parseClusterEvent(event)).toMatchObject({ cluster: { name: "prod-a" } });
  });

  it("composes the ARN from the envelope where the record lacks account and region", () => {
    const event = changed("update-cluster-config", ({ detail }) => {
      delete detail.recipientAccountId;
      delete detail.awsRegion;
    });
    expect(parseClusterEvent(event)).toMatchObject({ outcome: "look", cluster: { arn: ARN } });
  });

  it("composes the partition of China", () => {
    const event = changed("update-cluster-config", ({ detail }) => Object.assign(detail, { awsRegion: "cn-north-1" }));
    expect(parseClusterEvent(event)).toMatchObject({ cluster: { partition: "aws-cn" } });
  });

  it("names every field that is wrong", () => {
    const event = changed("update-cluster-config", (whole) => {
      Object.assign(whole.detail, { recipientAccountId: "42", awsRegion: "mars", requestParameters: { name: "a b" } });
    });
    expect(problemFields(parseClusterEvent(event))).toEqual([
      "detail.recipientAccountId",
      "detail.awsRegion",
      "detail.requestParameters.name",
    ]);
  });

  it.each([
    [
      "an ARN of something else",
      "create-cluster",
      { responseElements: { cluster: { arn: "arn:aws:s3:::x" } } },
      "detail.responseElements.cluster.arn",
    ],
    [
      "a broken escape",
      "tag-resource",
      { requestParameters: { resourceArn: "arn%3" } },
      "detail.requestParameters.resourceArn",
    ],
    ["no resource ARN", "tag-resource", { requestParameters: null }, "detail.requestParameters.resourceArn"],
    ["a name of the wrong type", "delete-cluster", { requestParameters: { name: 7 } }, "detail.requestParameters.name"],
    ["no call", "delete-cluster", { eventName: undefined }, "detail.eventName"],
  ] as const)("rejects %s", (_, name, detail, field) => {
    const event = changed(name, (whole) => Object.assign(whole.detail, detail));
    expect(problemFields(parseClusterEvent(event))).toEqual([field]);
  });

  it.each(["", "{", "null", "[]", "5", '"text"'])("rejects the body %j", (body) => {
    expect(parseClusterEvent(body)).toMatchObject({ outcome: "reject" });
  });

  it("uses the record's eventID, else the envelope's id, else a hash of the facts, as dedup key", () => {
    const key = (change: (event: Sample) => void) => {
      const event = parseClusterEvent(changed("create-cluster", change));
      return event.outcome === "look" ? event.eventId : undefined;
    };
    expect(key(() => undefined)).toBe("3a1c5e70-0000-4000-8000-000000000001");
    expect(key(({ detail }) => delete detail.eventID)).toBe("6f1d4f0e-0000-4000-8000-000000000001");
    const hashed = key((event) => {
      event.id = null;
      event.detail.eventID = "x".repeat(300);
    });
    expect(hashed).toMatch(/^[0-9a-f]{64}$/);
  });

  it("knows no time where the event tells none", () => {
    const event = changed("create-cluster", (whole) => {
      whole.time = null;
      whole.detail.eventTime = "yesterday";
    });
    expect(parseClusterEvent(event)).toMatchObject({ outcome: "look", at: null });
  });

  it("repeats only the beginning of a long value", () => {
    const event = changed("delete-cluster", ({ detail }) =>
      Object.assign(detail, { responseElements: { cluster: { arn: "x".repeat(1_000_000) } } }),
    );
    expect(JSON.stringify(parseClusterEvent(event)).length).toBeLessThan(1_000);
  });
});

const DEEP = "[".repeat(50_000) + "]".repeat(50_000);

/** Any value that JSON or a careless caller can bring. */
const anything = fc.oneof(
  fc.anything(),
  fc.string({ unit: "binary", maxLength: 2_000 }),
  fc.constantFrom<unknown>(null, 0, -1, "", "%", "x".repeat(100_000), [], {}, Object.create(null), Symbol("s"), 5n),
  fc.constant(JSON.parse('{"__proto__":{"arn":"x"},"constructor":{"prototype":1}}')),
);

function pathsOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}

function withValueAt(value: unknown, [key, ...rest]: readonly string[], replacement: unknown): unknown {
  if (key === undefined) return replacement;
  const copy: Record<string, unknown> = { ...(value as Record<string, unknown>) };
  copy[key] = withValueAt(copy[key], rest, replacement);
  return copy;
}

const mutated = fc.constantFrom(...CLUSTER_EVENTS).chain((name) => {
  const text = eventText(name);
  const event: unknown = JSON.parse(text);
  return fc.oneof(
    fc.integer({ min: 0, max: text.length - 1 }).map((end): unknown => text.slice(0, end)),
    fc.tuple(fc.constantFrom(...pathsOf(event)), anything).map(([path, value]) => withValueAt(event, path, value)),
    fc
      .constantFrom(...pathsOf(event))
      .map((path) => JSON.stringify(withValueAt(event, path, 0)).replace(":0", `:${DEEP}`)),
    fc.constantFrom(...pathsOf(event)).map((path) => withValueAt(event, [...path, "__proto__"], { arn: ARN })),
  );
});

function reasonsOf(event: ClusterEvent): readonly string[] {
  if (event.outcome === "look") return [event.because];
  if (event.outcome === "ignore") return [event.reason];
  return event.problems.map(({ field, remedy }) => field && remedy);
}

describe("parseClusterEvent, with events mutated", () => {
  it("never throws, and always answers one of the three outcomes with a reason", () => {
    fc.assert(
      fc.property(fc.oneof(mutated, anything), (body) => {
        const event = parseClusterEvent(body);
        expect(["look", "ignore", "reject"]).toContain(event.outcome);
        expect(reasonsOf(event).length).toBeGreaterThan(0);
        expect(reasonsOf(event).every((reason) => reason.length > 0)).toBe(true);
        expect(JSON.stringify(event).length).toBeLessThan(5_000);
      }),
      { numRuns: 1_000, seed: 20261121 },
    );
  });
});
