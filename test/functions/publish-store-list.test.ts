import { describe, expect, it } from "vitest";
import type { FleetConfigInput } from "#config/fleet-config";
import { RetryableError } from "#fleet/errors";
import { memoryStoreList } from "#local/memory-store-list";
import { parseEndpoints } from "#stores/endpoints-yaml";
import { deployment } from "#test/factories/deployment";
import { addressOf, type EndpointState, recordOf } from "#test/packages/stores/records";

const NAMES = ["c1", "c2", "c3", "c4"];
const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap", namespace: "monitoring", name: "musterbook-endpoints" };

function publishing(config: Partial<FleetConfigInput> = {}, observerFails: () => Error | undefined = () => undefined) {
  const world = deployment({ only: ["publish-store-list"], config });
  const { ports, kube, settle } = world;
  const { connect } = ports.connector;
  Object.assign(ports.connector, {
    connect: async (...of: Parameters<typeof connect>) => {
      const error = observerFails();
      if (error !== undefined) throw error;
      return connect(...of);
    },
  });
  /** Brings the records into this state, which the registry's stream tells of. */
  const record = async (names: readonly string[], state: EndpointState): Promise<void> => {
    for (const name of names) {
      const next = recordOf(name, state);
      await ports.registry.put(next, (await ports.registry.get(next.arn))?.version ?? 0);
    }
    await settle();
  };
  const stored = async () => (await ports.storeList.read())?.state.entries.map(({ cluster }) => cluster.split("/")[1]);
  const onObserver = async () => {
    const data = (await kube.get(CONFIG_MAP))?.data as { "endpoints.yaml": string } | undefined;
    const parsed = data && parseEndpoints(data["endpoints.yaml"]);
    return parsed?.ok ? parsed.value.map(({ address }) => address) : undefined;
  };
  return { ...world, record, stored, onObserver };
}

describe("publish-store-list", () => {
  it("brings the list to what the registry says, where it is kept and on the observer", async () => {
    const { record, stored, onObserver, firing } = publishing();
    await record(NAMES, "listed");

    expect(await stored()).toEqual(NAMES);
    expect(await onObserver()).toEqual(NAMES.map((name) => addressOf(name)));
    expect(await firing()).toEqual([]);
  });

  it("removes what EKS confirms, however much it is", async () => {
    const { record, stored, firing } = publishing();
    await record(NAMES, "listed");
    await record(NAMES.slice(1), "confirmed");

    expect(await stored()).toEqual(["c1"]);
    expect(await firing()).toEqual([]);
  });

  it("refuses a mass removal, raises the alert, and resolves it when the records are back", async () => {
    const { record, stored, onObserver, firing, published, ports, clock } = publishing();
    await record(NAMES, "listed");
    const gone = NAMES.slice(2).map((name) => recordOf(name, "removed"));
    // Both at once: one by one the first would pass.
    const { registry } = ports;
    for (const next of gone) await registry.put(next, (await registry.get(next.arn))?.version ?? 0);
    await record([], "listed");

    expect(await stored()).toEqual(NAMES);
    expect(await onObserver()).toHaveLength(4);
    expect(await firing()).toEqual(["stores.mass-removal-refused"]);
    const [alert] = await ports.alertStates.allFiring();
    expect(alert?.alert).toMatchObject({
      severity: "critical",
      evidence: { refused: [addressOf("c3"), addressOf("c4")], limit: 1 },
    });

    clock.advance(2 * 60 * 60_000);
    await record(["c1"], "listed");
    expect(await stored()).toEqual(NAMES);

    await record(NAMES.slice(2), "listed");
    expect(await stored()).toEqual(NAMES);
    expect(await firing()).toEqual([]);
    expect(published).toEqual(["stores.mass-removal-refused opened", "stores.mass-removal-refused resolved"]);
  });

  it("raises the alert of a refused removal while the observer does not answer, too", async () => {
    let away: Error | undefined;
    const { record, ports, firing, settle } = publishing({}, () => away);
    await record(NAMES, "listed");
    away = new RetryableError("the observer does not answer", { remedy: "Wait.", reason: "unreachable" });
    const { registry } = ports;
    for (const next of NAMES.map((name) => recordOf(name, "removed"))) await registry.put(next, 1);
    await settle();

    expect(await firing()).toEqual(["stores.mass-removal-refused"]);
  });

  it("keeps the list, and tries again, while the observer does not answer", async () => {
    let away: Error | undefined;
    const { record, stored, onObserver, settle, clock } = publishing({}, () => away);
    await record(["c1"], "listed");
    away = new RetryableError("the observer does not answer", { remedy: "Wait.", reason: "unreachable" });
    await record(NAMES, "listed");
    expect([await stored(), await onObserver()]).toEqual([NAMES, [addressOf("c1")]]);

    away = undefined;
    clock.advance(60_000);
    await settle();

    expect(await onObserver()).toHaveLength(4);
  });

  it("takes over the list of the observer when the hub was rebuilt without one", async () => {
    const { record, onObserver, ports } = publishing();
    await record(NAMES, "listed");
    Object.assign(ports, { storeList: memoryStoreList() });
    const wiped = NAMES.map((name) => recordOf(name, "none"));
    for (const next of wiped) await ports.registry.put(next, (await ports.registry.get(next.arn))?.version ?? 0);
    await record(["c5"], "none");
    expect(await onObserver()).toEqual(NAMES.map((name) => addressOf(name)));

    await record(["c1", "c5"], "listed");

    expect(await onObserver()).toEqual([...NAMES, "c5"].map((name) => addressOf(name)));
    expect((await ports.storeList.read())?.state.entries[0]?.cluster).toBe(recordOf("c1", "listed").arn);
  });

  it("writes no list at all while it cannot know the one that the observer has", async () => {
    const away = new RetryableError("the observer does not answer", { remedy: "Wait.", reason: "unreachable" });
    const { record, stored } = publishing({}, () => away);
    await record(NAMES, "listed");

    expect(await stored()).toBeUndefined();
  });

  it("writes nothing while musterbook is paused", async () => {
    const { record, stored, onObserver, lines } = publishing({ paused: true });
    await record(NAMES, "listed");

    expect([await stored(), await onObserver()]).toEqual([undefined, undefined]);
    expect(lines.join("\n")).toContain("store list left as it is: musterbook is paused");
  });
});
