import { describe, expect, it } from "vitest";
import { planStoreList } from "#stores/plan";
import { addressOf, arnOf, recordOf } from "#test/packages/stores/records";

const entryOf = (name: string, address = addressOf(name)) => ({ address, cluster: arnOf(name) });
const NOTHING = { put: [], confirmed: [], unconfirmed: [], invalid: [] };
const MOVED = "moved.example.com:10901";

describe("planStoreList", () => {
  it.each([
    ["lists what is new", [], [recordOf("a", "listed")], { put: [entryOf("a")] }],
    ["leaves what is listed", [entryOf("a")], [recordOf("a", "listed")], {}],
    ["keeps what has no record", [entryOf("a")], [], {}],
    ["keeps what has no endpoint", [entryOf("a")], [recordOf("a", "none")], {}],
    ["removes at EKS's word", [entryOf("a")], [recordOf("a", "confirmed")], { confirmed: [addressOf("a")] }],
    ["removes at ours", [entryOf("a")], [recordOf("a", "removed")], { unconfirmed: [addressOf("a")] }],
    ["removes nothing that is not there", [], [recordOf("a", "removed"), recordOf("b", "confirmed")], {}],
    [
      "moves an address",
      [entryOf("a")],
      [recordOf("a", "listed", MOVED)],
      { put: [entryOf("a", MOVED)], unconfirmed: [addressOf("a")] },
    ],
    [
      "keeps the address of a cluster whose new one is unusable",
      [entryOf("a")],
      [recordOf("a", "listed", "dns+x:1")],
      { invalid: [entryOf("a", "dns+x:1")] },
    ],
    [
      "gives one address to the first of two clusters that claim it",
      [],
      [recordOf("b", "listed", MOVED), recordOf("a", "listed", MOVED)],
      { put: [entryOf("a", MOVED)] },
    ],
  ])("%s", (_, present, records, expected) => {
    expect(planStoreList(present, records)).toEqual({ ...NOTHING, ...expected });
  });
});
