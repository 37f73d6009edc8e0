import { describe, expect, it } from "vitest";
import { clusterRef } from "#fleet/cluster";
import { enqueueLook } from "#functions/enqueue";
import { deployment, PROD_A } from "#test/factories/deployment";

describe("enqueueLook", () => {
  it("groups by the ARN, and by its hash where the cluster's name is too long for a group", async () => {
    const { ports, runtime } = deployment({ only: [] });
    const long = clusterRef({ ...PROD_A, name: "x".repeat(100) });
    for (const { arn } of [PROD_A, long]) await enqueueLook(ports, { arn, because: "b", dedupId: "d" });

    const groups = runtime.messages("clusters.fifo").map(({ groupId }) => groupId);
    expect(groups).toEqual([PROD_A.arn, expect.stringMatching(/^[0-9a-f]{64}$/)]);
  });

  it("takes any id to drop repeats by, per cluster", async () => {
    const { ports, bodies } = deployment({ only: [] });
    const other = clusterRef({ ...PROD_A, name: "prod-b" });
    const dedupId = "any text, ünlimited ".repeat(20);
    for (const { arn } of [PROD_A, PROD_A, other]) await enqueueLook(ports, { arn, because: "b", dedupId });

    expect(bodies("clusters.fifo").map((body) => JSON.parse(body).arn)).toEqual([PROD_A.arn, other.arn]);
  });
});
