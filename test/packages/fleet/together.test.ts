import { describe, expect, it } from "vitest";
import { together } from "#fleet/together";

/** Work that keeps its rounds, and cannot do these items. */
function recorded(...impossible: readonly string[]) {
  const rounds: (readonly string[])[] = [];
  const work = async (items: readonly string[]): Promise<void> => {
    rounds.push(items);
    await new Promise((resolve) => setTimeout(resolve, 1));
    const bad = items.find((item) => impossible.includes(item));
    if (bad !== undefined) throw new Error(`cannot do ${bad}`);
  };
  return { rounds, ask: together(work) };
}

describe("together", () => {
  it("does in one round what is asked for at the same time", async () => {
    const { rounds, ask } = recorded();
    await Promise.all(["a", "b", "c"].map(ask));
    expect(rounds).toEqual([["a", "b", "c"]]);
  });

  it("does in the next round what is asked for meanwhile", async () => {
    const { rounds, ask } = recorded();
    const first = ask("a").then(() => rounds.push(["a is done"]));
    await Promise.resolve();
    await Promise.resolve();
    await Promise.all([first, ask("b"), ask("c")]);
    expect(rounds).toEqual([["a"], ["a is done"], ["b", "c"]]);
  });

  it("lets one that cannot be done fail alone", async () => {
    const { rounds, ask } = recorded("b");
    const ends = await Promise.allSettled(["a", "b", "c"].map(ask));
    expect(ends.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(ends[1]).toHaveProperty("reason.message", "cannot do b");
    expect(rounds).toEqual([["a", "b", "c"], ["a", "b"], ["a"], ["b"], ["c"]]);
  });

  it("does a single one that failed once, and works on", async () => {
    const { rounds, ask } = recorded("a");
    await expect(ask("a")).rejects.toThrow("cannot do a");
    await ask("b");
    expect(rounds).toEqual([["a"], ["b"]]);
  });

  it("survives work that cannot even begin", async () => {
    let isBad = true;
    const ask = together((items: readonly string[]) => {
      if (isBad) throw new Error(`no work for ${items.join()}`);
      return Promise.resolve();
    });
    const ends = await Promise.allSettled(["a", "b"].map(ask));
    expect(ends.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    isBad = false;
    await ask("c");
  });
});
