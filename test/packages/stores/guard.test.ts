import { describe, expect, it } from "vitest";
import { judgeRemovals, nextHistory, type RemovalRequest } from "#stores/guard";

const NOW = new Date("2026-11-21T12:00:00.000Z");

function at(minutesAgo: number, addresses: readonly string[]) {
  return { at: new Date(NOW.getTime() - minutesAgo * 60_000).toISOString(), addresses };
}

function names(count: number, from = 0): readonly string[] {
  return Array.from({ length: count }, (_, i) => `e${from + i}`);
}

function verdict(change: Partial<RemovalRequest>) {
  const request = { history: [], present: [], confirmed: [], unconfirmed: [], added: [], now: NOW };
  return judgeRemovals({ ...request, ...change });
}

describe("judgeRemovals", () => {
  it.each([
    ["one of two", { present: names(2), unconfirmed: names(1) }, { allowed: true, dropped: 1, limit: 1 }],
    ["two of nineteen", { present: names(19), unconfirmed: names(2) }, { allowed: false, dropped: 2, limit: 1 }],
    ["two of twenty", { present: names(20), unconfirmed: names(2) }, { allowed: true, dropped: 2, limit: 2 }],
    ["the last one", { present: names(1), unconfirmed: names(1) }, { allowed: false, dropped: 1, limit: 1 }],
    ["the last one for another", { present: names(1), unconfirmed: names(1), added: ["new"] }, { allowed: true }],
    ["none", { present: names(9), confirmed: names(9) }, { allowed: true, dropped: 0 }],
    [
      "a tenth of what EKS leaves",
      { present: names(20), confirmed: names(10), unconfirmed: names(2, 10) },
      { allowed: false, dropped: 2, limit: 1 },
    ],
  ])("judges the removal of %s", (_, change, expected) => {
    expect(verdict(change)).toMatchObject(expected);
  });

  it("counts what left within the hour, against the fullest list of the hour", () => {
    const present = names(38, 2);
    const history = [at(90, names(40)), at(30, present)];
    expect(verdict({ history, present, unconfirmed: names(2, 2) })).toEqual({ allowed: true, dropped: 4, limit: 4 });
    expect(verdict({ history, present, unconfirmed: names(3, 2) })).toEqual({ allowed: false, dropped: 5, limit: 4 });
  });

  it("forgets a list that was replaced more than an hour ago", () => {
    const present = names(38, 2);
    const history = [at(90, names(40)), at(61, present)];
    expect(verdict({ history, present, unconfirmed: names(3, 2) })).toEqual({ allowed: true, dropped: 3, limit: 3 });
  });

  it("does not count what left and came back", () => {
    const history = [at(30, names(10)), at(20, names(9)), at(10, names(10))];
    expect(verdict({ history, present: names(10), unconfirmed: ["e3"] })).toMatchObject({ allowed: true, dropped: 1 });
  });
});

describe("nextHistory", () => {
  const next = (addresses: readonly string[], forgiven: readonly string[] = []) => ({ addresses, forgiven, now: NOW });

  it("replaces a list by one that holds all of it, from the same time on", () => {
    expect(nextHistory([at(10, names(2))], next(names(3)))).toEqual([at(10, names(3))]);
  });

  it("keeps the list that something left", () => {
    expect(nextHistory([at(10, names(3))], next(names(2)))).toEqual([at(10, names(3)), at(0, names(2))]);
  });

  it("keeps nothing of what EKS confirmed", () => {
    expect(nextHistory([at(10, names(3))], next(names(2), ["e2"]))).toEqual([at(10, names(2))]);
  });

  it("keeps, of the lists before the hour, the one that was in force when it began", () => {
    const history = [at(200, names(9)), at(100, names(8)), at(50, names(7))];
    expect(nextHistory(history, next(names(6)))).toEqual([at(100, names(8)), at(50, names(7)), at(0, names(6))]);
  });
});
