import { describe, expect, it } from "vitest";
import { crds } from "#onboard/steps/crds";
import { release } from "#onboard/steps/release";
import { stepInput } from "#test/packages/onboard/steps/input";
import { active, DEV } from "#test/packages/onboard/world";

const NAMESPACE = { apiVersion: "v1", kind: "Namespace", name: "monitoring" };

/** A cluster that is ready for its release. */
async function prepared() {
  const world = active();
  await crds(await stepInput(world));
  return world;
}

const revisionsOf = (world: ReturnType<typeof active>) => world.helmOf(DEV).revisions("musterbook", "monitoring");

describe("the step release", () => {
  it("makes the namespace as ours, and marks the release with owner and values", async () => {
    const world = await prepared();
    const input = await stepInput(world);

    await release(input);

    const labels = (await world.kubeOf(DEV).get(NAMESPACE))?.metadata.labels;
    expect(labels).toMatchObject({ "app.kubernetes.io/managed-by": "musterbook" });
    const [revision] = await revisionsOf(world);
    expect(revision?.labels).toMatchObject({
      "musterbook.dev/owner": "musterbook",
      "musterbook.dev/values": input.seen.desired?.valuesHash,
    });
  });

  it("leaves a namespace as its owner made it", async () => {
    const world = await prepared();
    world
      .server(DEV)
      .put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "monitoring", labels: { team: "a" } } });

    await release(await stepInput(world));

    expect((await world.kubeOf(DEV).get(NAMESPACE))?.metadata.labels).not.toHaveProperty(
      "app.kubernetes.io/managed-by",
    );
  });

  it("can be repeated", async () => {
    const world = await prepared();
    await release(await stepInput(world));
    await release(await stepInput(world));
    expect((await revisionsOf(world)).map(({ status }) => status)).toEqual(["deployed", "superseded"]);
  });

  it("does not forget a revision that has come to its end since the look", async () => {
    const world = await prepared();
    await release(await stepInput(world));
    const since = world.clock.now().toISOString();
    const seen = { status: "pending", revision: 1, operation: "install", since, lastDeployed: null } as const;

    const { message } = await release(await stepInput(world, { release: seen }));

    expect(message).toContain("is not pending any more");
    expect(await revisionsOf(world)).toHaveLength(1);
  });

  it("refuses to run where the look found no connection", async () => {
    const world = await prepared();
    const input = await stepInput(world);
    await expect(release({ ...input, seen: { ...input.seen, leaf: null } })).rejects.toMatchObject({
      reason: "defect",
    });
  });
});
