import { describe, expect, it } from "vitest";
import { explains } from "#blocks/causes";
import { everyFinding, found, NOON, NOW, told } from "#test/packages/blocks/checks/found";
import { DAY, HOUR, headBlocks } from "#test/packages/blocks/factory";

/** Streams of clusters 1, 2, ...: two replicas each, the last block ending at `until`. */
function clusters(names: readonly string[], until = NOON) {
  return names.flatMap((cluster) =>
    ["0", "1"].flatMap((replica) => headBlocks(until, 4, { labels: { cluster, replica } })),
  );
}

const LATE = NOON - 6 * HOUR;

describe("upload.global", () => {
  it("is one incident for all that became late together", async () => {
    const findings = await everyFinding({ specs: [...clusters(["a", "b", "c"], LATE), ...clusters(["d", "e", "f"])] });
    const [global] = findings.filter(({ id }) => id === "upload.global");
    const others = findings.filter(({ id }) => id !== "upload.global");

    expect(global).toMatchObject({
      severity: "critical",
      evidence: { lateStreams: 6, activeStreams: 12, clusters: 3 },
    });
    expect(others.map(({ id }) => id)).toContain("upload.cluster-late");
    expect(others.filter((other) => global === undefined || !explains(global, other))).toEqual([]);
  });

  it.each([
    {
      what: "30 % of the streams and no more",
      specs: [clusters(["a", "b", "c"], LATE), clusters([..."defghij"].concat("k", "l", "m", "n", "o", "p", "q"))],
    },
    { what: "two clusters only", specs: [clusters(["a", "b"], LATE)] },
    {
      what: "streams that stopped in different slots",
      specs: [clusters(["a"], LATE), clusters(["b"], LATE - 2 * HOUR), clusters(["c"], LATE - 4 * HOUR)],
    },
    { what: "nothing", specs: [clusters(["a", "b", "c"])] },
  ])("is not said of $what", async ({ specs }) => {
    expect(await told("upload.global", { specs: specs.flat() })).toEqual([]);
  });

  it("needs five streams", async () => {
    const four = clusters(["a", "b", "c"], LATE).filter(
      ({ labels }) => labels?.replica === "0" || labels?.cluster === "a",
    );
    const one = headBlocks(LATE, 4, { labels: { cluster: "b", replica: "1" } });

    expect(await told("upload.global", { specs: four })).toEqual([]);
    expect(await told("upload.global", { specs: [...four, ...one] })).toEqual(["critical upload.global"]);
  });
});

describe("upload.expected-missing", () => {
  const settings = { expectedClusters: [{ cluster: "a" }, { cluster: "b" }] };

  it("names a cluster of which there is nothing", async () => {
    const [missing, ...more] = await found("upload.expected-missing", { specs: clusters(["a"]), settings });

    expect(missing).toMatchObject({ severity: "critical", labels: { cluster: "b" }, blocks: [] });
    expect(more).toEqual([]);
  });

  it("is content with any block, however old", async () => {
    const specs = [...clusters(["a"]), ...clusters(["b"], NOON - 90 * DAY)];
    expect(await told("upload.expected-missing", { specs, settings })).toEqual([]);
  });
});

describe("upload.silent", () => {
  const sibling = headBlocks(NOON, 4, { labels: { cluster: "a", replica: "1" } });
  const of = (age: number) => {
    const until = NOON - 2 * DAY;
    return {
      specs: [...headBlocks(until, 4, { labels: { cluster: "a", replica: "0" } }), ...fresh(until + age)],
      now: until + age,
    };
  };
  /** The sibling, fresh at `now`. */
  function fresh(now: number) {
    return sibling.map((spec) => {
      const shift = Math.floor((now - HOUR - NOON) / (2 * HOUR)) * 2 * HOUR;
      return { ...spec, min: spec.min + shift, max: spec.max + shift };
    });
  }

  it.each([
    { age: DAY, ids: [] },
    { age: DAY + 1, ids: ["critical upload.silent"] },
    { age: 7 * DAY, ids: ["critical upload.silent"] },
    { age: 7 * DAY + 1, ids: [] },
  ])("lasts from 24 h to 7 d after the end of the newest block: $age ms", async ({ age, ids }) => {
    expect(await told("upload.silent", of(age))).toEqual(ids);
  });

  it("swallows that the stream is late", async () => {
    const findings = (await everyFinding(of(2 * DAY))).filter(({ id }) => id.startsWith("upload."));
    const [silent] = findings.filter(({ id }) => id === "upload.silent");

    expect(silent?.consequence).toContain("gives the stream up");
    expect(findings.filter((other) => other !== silent && !(silent && explains(silent, other)))).toEqual([]);
  });

  it("goes on for an expected cluster", async () => {
    const specs = headBlocks(NOON - 20 * DAY, 4);
    const settings = { expectedClusters: [{ cluster: "a" }] };
    const [silent] = await found("upload.silent", { specs, settings, now: NOW });

    expect(silent?.consequence).toContain("because the settings expect");
  });
});
