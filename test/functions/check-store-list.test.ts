import { describe, expect, it } from "vitest";
import { RetryableError } from "#fleet/errors";
import { deployment } from "#test/factories/deployment";
import { recordOf } from "#test/packages/stores/records";

const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap", namespace: "monitoring", name: "musterbook-endpoints" };
const MINUTE = 60_000;

/** A registry whose stream nobody reads, or whose batches were given up. */
function checking() {
  let away: Error | undefined;
  const world = deployment({ only: ["check-store-list"] });
  const { ports, kube, settle, clock } = world;
  const { connect } = ports.connector;
  Object.assign(ports.connector, {
    connect: async (...of: Parameters<typeof connect>) => {
      if (away !== undefined) throw away;
      return connect(...of);
    },
  });
  const nextTick = async () => {
    clock.advance(5 * MINUTE);
    await settle();
  };
  const onObserver = async () => (await kube.get(CONFIG_MAP))?.data;
  const hide = (error?: Error) => {
    away = error;
  };
  return { ...world, nextTick, onObserver, hide };
}

describe("check-store-list", () => {
  it("writes nothing on the observer as long as no endpoint is to be listed", async () => {
    const { ports, nextTick, onObserver } = checking();
    await ports.registry.put({ ...recordOf("c1", "none"), mode: "observe" }, 0);
    await nextTick();

    expect([await onObserver(), await ports.storeList.read()]).toEqual([undefined, undefined]);
  });

  it("makes good what the observer missed while it was away", async () => {
    const { ports, nextTick, onObserver, hide } = checking();
    await ports.registry.put(recordOf("c1", "listed"), 0);
    hide(new RetryableError("the observer does not answer", { remedy: "Wait.", reason: "unreachable" }));
    await nextTick();
    expect(await onObserver()).toBeUndefined();

    hide();
    await nextTick();

    expect(await onObserver()).toEqual({ "endpoints.yaml": expect.stringContaining("thanos.c1.example.com:10901") });
  });

  it("writes the list again when somebody removed it from the observer", async () => {
    const { ports, nextTick, onObserver, kube } = checking();
    await ports.registry.put(recordOf("c1", "listed"), 0);
    await nextTick();
    const before = await onObserver();
    await kube.delete(CONFIG_MAP);
    await nextTick();

    expect([before === undefined, await onObserver()]).toEqual([false, before]);
  });
});
