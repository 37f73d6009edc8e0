import { describe, expect, it } from "vitest";
import { s3StoreList } from "#aws/s3-store-list";
import type { ObjectStore } from "#blocks/bucket/bucket";
import { RetryableError, TerminalError } from "#fleet/errors";
import { memoryObjectStore } from "#local/memory-object-store";
import { publishStoreList } from "#stores/publish";
import { textIn } from "#test/contracts/object-store";
import { storeListContract } from "#test/contracts/store-list";
import { addressOf, recordOf } from "#test/packages/stores/records";

const URL = "s3://state/stores";
const TLS = { caFile: "/tls/ca.crt", certFile: "/tls/tls.crt", keyFile: "/tls/tls.key" };

/** Publishes these clusters, and tells the YAML that a Querier would mount. */
async function publish(objects: ObjectStore, ...names: readonly string[]) {
  const records = names.map((name) => recordOf(name, "listed"));
  const now = new Date("2026-11-21T10:00:00Z");
  const { outcome } = await publishStoreList({ storeList: s3StoreList(objects, URL), records, tls: TLS, now });
  return { outcome, yaml: (await textIn(objects, "endpoints.yaml")) ?? "" };
}

storeListContract("s3StoreList", async () => s3StoreList(memoryObjectStore(), URL));

describe("s3StoreList", () => {
  it("keeps the YAML that a Querier reads as an object of its own", async () => {
    const { yaml } = await publish(memoryObjectStore(), "a");
    expect(yaml).toMatch(/^endpoints:\n {2}- address: thanos\.a\.example\.com:10901\n/);
  });

  it("is not written again when nothing has changed", async () => {
    const objects = memoryObjectStore();
    await publish(objects, "a");
    expect(await publish(objects, "a")).toMatchObject({ outcome: "unchanged" });
  });

  it("mends the YAML after a writer that died between the two objects", async () => {
    const objects = memoryObjectStore();
    await publish(objects, "a");
    const dying: ObjectStore = {
      ...objects,
      write: async (key, text, expected) => {
        if (key === "store-list.json") throw new RetryableError("the function was ended", { remedy: "try again" });
        return objects.write(key, text, expected);
      },
    };
    await expect(publish(dying, "a", "b")).rejects.toThrow("the function was ended");
    expect(await textIn(objects, "endpoints.yaml")).toContain(addressOf("b"));

    const { outcome, yaml } = await publish(objects, "a");

    expect(outcome).toBe("written");
    expect(yaml).not.toContain(addressOf("b"));
  });

  it("mends a YAML that somebody edited or removed", async () => {
    const objects = memoryObjectStore();
    const { yaml } = await publish(objects, "a");
    await objects.write("endpoints.yaml", "endpoints: []\n", (await objects.read("endpoints.yaml"))?.version ?? null);
    expect(await publish(objects, "a")).toEqual({ outcome: "written", yaml });
  });

  it("leaves the YAML alone when its write has lost already", async () => {
    const objects = memoryObjectStore();
    const list = s3StoreList(objects, URL);
    await publish(objects, "a");
    const stale = await list.read();
    const { yaml } = await publish(objects, "a", "b");
    if (stale === undefined) throw new Error("nothing was published");
    await expect(list.write(stale.state, stale.version)).rejects.toMatchObject({ reason: "store-list-conflict" });
    expect(await textIn(objects, "endpoints.yaml")).toBe(yaml);
  });

  it.each(["{", "null", '{"schemaVersion":99,"entries":[]}'])(
    "refuses to act on the unreadable truth %j",
    async (text) => {
      const objects = memoryObjectStore();
      await objects.write("store-list.json", text, null);
      const error = await s3StoreList(objects, URL)
        .read()
        .catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(TerminalError);
      expect(error).toMatchObject({
        reason: "store-list-unreadable",
        message: expect.stringContaining("s3://state/stores/store-list.json"),
      });
    },
  );
});
