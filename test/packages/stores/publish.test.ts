import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConflictError } from "#fleet/errors";
import type { ClusterRecord } from "#fleet/record";
import { memoryStoreList } from "#local/memory-store-list";
import { type PublishResult, publishStoreList } from "#stores/publish";
import type { StoreList } from "#stores/store-list";
import { addressOf, arnOf, type EndpointState, recordOf } from "#test/packages/stores/records";

const TLS = { caFile: "/tls/ca.crt", certFile: "/tls/tls.crt", keyFile: "/tls/tls.key" };
const START = Date.parse("2026-11-21T10:00:00Z");
const MINUTE = 60_000;

function publisher(storeList: StoreList = memoryStoreList()) {
  return (records: readonly ClusterRecord[], minute = 0, approved: readonly string[] = []): Promise<PublishResult> =>
    publishStoreList({ storeList, records, tls: TLS, now: new Date(START + minute * MINUTE), approved });
}

function fleet(count: number, state: EndpointState = "listed", from = 0): readonly ClusterRecord[] {
  return Array.from({ length: count }, (_, i) => recordOf(`c${String(from + i).padStart(3, "0")}`, state));
}

function listed(result: PublishResult): readonly string[] {
  return result.state.entries.map(({ address }) => address);
}

describe("publishStoreList", () => {
  it("lists the endpoints that records name, sorted", async () => {
    const result = await publisher()([recordOf("b", "listed"), recordOf("a", "listed"), recordOf("c", "none")]);
    expect(result).toMatchObject({ outcome: "written", added: [addressOf("a"), addressOf("b")], removed: [] });
    expect(listed(result)).toEqual([addressOf("a"), addressOf("b")]);
    expect(result.state.yaml).toContain(addressOf("a"));
  });

  it("writes nothing when nothing changes, whatever the order", async () => {
    const storeList = memoryStoreList();
    await publisher(storeList)(fleet(3));
    const before = await storeList.read();
    expect(await publisher(storeList)(fleet(3).toReversed(), 5)).toMatchObject({ outcome: "unchanged", added: [] });
    expect(await storeList.read()).toEqual(before);
  });

  it("writes no first list for an empty registry", async () => {
    const storeList = memoryStoreList();
    expect(await publisher(storeList)([])).toMatchObject({ outcome: "unchanged" });
    expect(await storeList.read()).toBeUndefined();
  });

  it("keeps what a wiped registry does not know", async () => {
    const publish = publisher();
    await publish(fleet(20));
    expect(await publish([], 1)).toMatchObject({ outcome: "unchanged", removed: [] });
    const partial = await publish([...fleet(5), recordOf("new", "listed")], 2);
    expect(partial.added).toEqual([addressOf("new")]);
    expect(partial.state.entries).toHaveLength(21);
  });

  it("keeps the entry of a cluster whose record has no endpoint yet", async () => {
    const publish = publisher();
    await publish(fleet(2));
    expect(await publish(fleet(2, "none"), 1)).toMatchObject({ outcome: "unchanged" });
  });

  it("lets EKS-confirmed removals empty the list", async () => {
    const publish = publisher();
    await publish(fleet(3));
    const result = await publish(fleet(3, "confirmed"), 1);
    expect(result).toMatchObject({ outcome: "written", state: { yaml: "endpoints: []\n" } });
    expect(result.removed).toHaveLength(3);
  });

  it("refuses to empty the list by its own judgement", async () => {
    const publish = publisher();
    await publish(fleet(1));
    const result = await publish(fleet(1, "removed"), 1);
    expect(result).toMatchObject({ outcome: "refused", removed: [], refused: [addressOf("c000")], limit: 1 });
    expect(listed(result)).toEqual([addressOf("c000")]);
  });

  it("removes a tenth within an hour, and no more", async () => {
    const publish = publisher();
    await publish(fleet(30));
    expect(await publish([...fleet(3, "removed"), ...fleet(27, "listed", 3)], 1)).toMatchObject({ outcome: "written" });
    const next = [...fleet(4, "removed"), ...fleet(26, "listed", 4)];
    expect(await publish(next, 59)).toMatchObject({ outcome: "refused", removed: [], limit: 3 });
    expect(await publish(next, 62)).toMatchObject({ outcome: "written", removed: [addressOf("c003")] });
  });

  it("still writes additions and confirmed removals when it refuses the rest", async () => {
    const publish = publisher();
    await publish(fleet(10));
    const records = [...fleet(4, "removed"), ...fleet(1, "confirmed", 4), recordOf("new", "listed")];
    const result = await publish(records, 1);
    expect(result).toMatchObject({ outcome: "refused", added: [addressOf("new")], removed: [addressOf("c004")] });
    expect(result.refused).toHaveLength(4);
    expect(result.state.entries).toHaveLength(10);
  });

  it("lets go what a person approved, by address, and nothing else", async () => {
    const publish = publisher();
    await publish(fleet(20));
    const half = [...fleet(10, "removed"), ...fleet(10, "listed", 10)];
    const approved = Array.from({ length: 10 }, (_, at) => addressOf(`c00${at}`));
    expect(await publish(half, 1)).toMatchObject({ outcome: "refused" });
    expect(await publish(half, 2, approved)).toMatchObject({ outcome: "written", removed: approved });
    const more = [...fleet(12, "removed"), ...fleet(8, "listed", 12)];
    expect(await publish(more, 3)).toMatchObject({ outcome: "refused", limit: 1 });
  });

  it("lets an approved entry go that no record claims any more, and keeps one that a record lists", async () => {
    const publish = publisher();
    await publish(fleet(3));
    const approved = [addressOf("c000"), addressOf("c001")];
    const result = await publish(fleet(2, "listed", 1), 1, approved);
    expect(result).toMatchObject({ outcome: "written", removed: [addressOf("c000")] });
    expect(listed(result)).toEqual([addressOf("c001"), addressOf("c002")]);
  });

  it("moves a cluster to its new address", async () => {
    const publish = publisher();
    await publish(fleet(1));
    const result = await publish([recordOf("c000", "listed", "other.example.com:10901")], 1);
    expect(result).toMatchObject({ outcome: "written", removed: [addressOf("c000")] });
    expect(listed(result)).toEqual(["other.example.com:10901"]);
  });

  it("keeps the old addresses besides the new ones when too many move at once", async () => {
    const publish = publisher();
    await publish(fleet(4));
    const moved = ["c000", "c001", "c002", "c003"].map((name) => recordOf(name, "listed", `${name}.new.example.com:1`));
    const result = await publish(moved, 1);
    expect(result.outcome).toBe("refused");
    expect(result.state.entries).toHaveLength(8);
  });

  it("leaves an address to the cluster that listed it, when a namesake claims or removes it", async () => {
    const publish = publisher();
    await publish([recordOf("b", "listed")]);
    const claimed = await publish([recordOf("b", "listed"), recordOf("a", "listed", addressOf("b"))], 1);
    expect(claimed.state.entries).toEqual([{ address: addressOf("b"), cluster: arnOf("b") }]);
    const removed = await publish([recordOf("b", "listed"), recordOf("a", "confirmed", addressOf("b"))], 2);
    expect(removed).toMatchObject({ outcome: "unchanged" });
  });

  it("gives an address to the next cluster when its holder goes", async () => {
    const publish = publisher();
    await publish([recordOf("a", "listed")]);
    const result = await publish([recordOf("a", "confirmed"), recordOf("b", "listed", addressOf("a"))], 1);
    expect(result).toMatchObject({ outcome: "written", added: [], removed: [] });
    expect(result.state.entries).toEqual([{ address: addressOf("a"), cluster: arnOf("b") }]);
  });

  it("leaves out an address that Thanos could not dial with TLS, and says so", async () => {
    const publish = publisher();
    await publish(fleet(2));
    const result = await publish([recordOf("c000", "listed", "dns+x.example.com:1"), recordOf("new", "listed")], 1);
    expect(result.invalid).toEqual([{ address: "dns+x.example.com:1", cluster: arnOf("c000") }]);
    expect(listed(result)).toEqual([addressOf("c000"), addressOf("c001"), addressOf("new")]);
  });

  it("writes again when the TLS files change", async () => {
    const storeList = memoryStoreList();
    await publisher(storeList)(fleet(1));
    const tls = { ...TLS, caFile: "/tls/other.crt" };
    const result = await publishStoreList({ storeList, records: fleet(1), tls, now: new Date(START) });
    expect(result).toMatchObject({ outcome: "written", added: [], removed: [] });
    expect(result.state.yaml).toContain("/tls/other.crt");
  });

  it("reads again and decides again when another writer was faster", async () => {
    const inner = memoryStoreList();
    let lost = 0;
    const contended: StoreList = {
      read: () => inner.read(),
      write: async (state, expected) => {
        if (lost++ === 0) await publisher(inner)([recordOf("other", "listed")]);
        return inner.write(state, expected);
      },
    };
    const result = await publisher(contended)([recordOf("mine", "listed")]);
    expect(listed(result)).toEqual([addressOf("mine"), addressOf("other")]);
  });

  it("gives up after five lost writes", async () => {
    let writes = 0;
    const hopeless: StoreList = {
      read: async () => undefined,
      write: async () => {
        writes += 1;
        throw new ConflictError("lost", { remedy: "Try again." });
      },
    };
    await expect(publisher(hopeless)(fleet(1))).rejects.toBeInstanceOf(ConflictError);
    expect(writes).toBe(5);
  });
});

const STATES: readonly (EndpointState | "absent")[] = ["listed", "removed", "confirmed", "none", "absent"];

/** A registry as it may look at some minute: any part of the fleet, in any state, or mostly whole. */
const look = fc.record({
  minutes: fc.integer({ min: 0, max: 45 }),
  states: fc.oneof(
    fc.array(fc.constantFrom(...STATES), { maxLength: 40 }),
    fc.array(fc.constantFrom<EndpointState | "absent">("listed", "listed", "listed", "listed", "listed", "removed"), {
      minLength: 40,
      maxLength: 40,
    }),
  ),
});

function recordsOf(states: readonly (EndpointState | "absent")[]): readonly ClusterRecord[] {
  return states.flatMap((state, i) => (state === "absent" ? [] : [recordOf(`c${i}`, state)]));
}

/** Of everything listed in the last hour: what is gone without EKS's word, and the size of the fullest list. */
function lossOfTheHour(log: readonly { minute: number; list: readonly string[] }[], forgiven: ReadonlySet<string>) {
  const last = log.at(-1) ?? { minute: 0, list: [] };
  const hour = log.filter((_, i) => (log[i + 1]?.minute ?? Number.POSITIVE_INFINITY) > last.minute - 60);
  const lost = new Set(hour.flatMap(({ list }) => list)).difference(new Set([...last.list, ...forgiven]));
  return { lost: lost.size, fullest: Math.max(0, ...hour.map(({ list }) => list.length)) };
}

describe("publishStoreList, over any sequence of registries", () => {
  it("never drops more than the guard allows within any hour, nor anything that no record removes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(look, { minLength: 2, maxLength: 12 }), async (looks) => {
        const publish = publisher();
        const forgiven = new Set<string>();
        const log: { minute: number; list: readonly string[] }[] = [];
        let minute = 0;
        for (const { minutes, states } of looks) {
          minute += minutes;
          const records = recordsOf(states);
          const result = await publish(records, minute);
          const stateOf = (address: string) => states[Number(/c(\d+)/.exec(address)?.[1])] ?? "absent";
          const own = result.removed.filter((address) => stateOf(address) === "removed");
          for (const address of result.removed) {
            expect(["removed", "confirmed"]).toContain(stateOf(address));
            if (stateOf(address) === "confirmed") forgiven.add(address);
          }
          log.push({ minute, list: listed(result) });
          const { lost, fullest } = lossOfTheHour(log, forgiven);
          if (own.length > 0) expect(lost).toBeLessThanOrEqual(Math.max(1, Math.floor(fullest / 10)));
          if (own.length > 0) expect(result.state.entries.length).toBeGreaterThan(0);
          const wanted = records.filter(({ endpoint }) => endpoint?.state === "listed");
          for (const { endpoint } of wanted) expect(listed(result)).toContain(endpoint?.address);
          // A refused removal may pass at the next look, since the additions of this one made the list fuller.
          const settled = { outcome: "unchanged", state: result.state };
          if (result.outcome !== "refused") expect(await publish(records, minute)).toMatchObject(settled);
        }
      }),
      { numRuns: 150, seed: 20261121 },
    );
  });
});
