import { describe, expect, it } from "vitest";
import { auditBucket } from "#blocks/audit";
import type { Finding, FindingId } from "#blocks/finding";
import type { RecordedObject } from "#local/recorded-bucket";
import {
  at,
  type BlockSpec,
  blockObjects,
  bucketOf,
  HOUR,
  headBlocks,
  MINUTE,
  metaOf,
  object,
  settingsOf,
  ulidAt,
  ulidOf,
} from "#test/packages/blocks/factory";

const NOW = at("2026-11-20T13:10:00Z");
const NOON = at("2026-11-20T12:00:00Z");
const FRESH = headBlocks(NOON, 6);
const [BLOCK] = FRESH;
const ULID = ulidOf(BLOCK ?? { min: 0, max: 0 });

/** `overlap` for those of every class. */
async function findings(
  id: FindingId | "overlap",
  objects: readonly RecordedObject[],
  settings = settingsOf(),
): Promise<readonly Finding[]> {
  const report = await auditBucket({ bucket: bucketOf(objects), settings, now: new Date(NOW) });
  return report.findings.filter((finding) => finding.id === id || finding.id.startsWith(`${id}.`));
}

/** The fresh stream, with the first of its blocks changed. */
function changed(change: (entry: RecordedObject) => RecordedObject[], rest: Partial<BlockSpec> = {}): RecordedObject[] {
  return FRESH.flatMap((spec, index) =>
    index === 0 ? blockObjects({ ...spec, ...rest }).flatMap(change) : blockObjects(spec),
  );
}

function without(path: string) {
  return (entry: RecordedObject) => (entry.key === `${ULID}/${path}` ? [] : [entry]);
}

describe("block.incomplete", () => {
  it("names the missing file and what it does to the compactor", async () => {
    const [index] = await findings("block.incomplete", changed(without("index")));
    const [chunk] = await findings("block.incomplete", changed(without("chunks/000001")));

    expect(index).toMatchObject({ severity: "critical", blocks: [ULID], evidence: { missing: [`${ULID}/index`] } });
    expect(index?.consequence).toContain("exits with an error");
    expect(index?.remedy).toContain(" --delete-delay=0s --consistency-delay=0s");
    expect(chunk?.consequence).toContain("compacts this block it halts; when it downsamples it, it exits");
  });

  it.each([
    { age: 10 * MINUTE - 1, count: 0 },
    { age: 10 * MINUTE, count: 1 },
  ])("waits until meta.json is 10 minutes old: $age ms", async ({ age, count }) => {
    const objects = changed((entry) =>
      entry.key.endsWith("/meta.json") ? [{ ...entry, lastModified: NOW - age }] : without("index")(entry),
    );
    expect(await findings("block.incomplete", objects)).toHaveLength(count);
  });

  it.each([
    { age: 24 * HOUR, count: 1 },
    { age: 25 * HOUR, count: 0 },
  ])("is quiet once the block's deletion mark has taken effect: $age ms", async ({ age, count }) => {
    const objects = changed(without("index"), { markedAt: NOW - age });
    expect(await findings("block.incomplete", objects)).toHaveLength(count);
  });
});

describe("a meta.json that names a great many files", () => {
  it("is told in a few of them", async () => {
    const files = Array.from({ length: 200_000 }, (_, index) => ({ rel_path: `chunks/${index}`, size_bytes: 1 }));
    const objects = changed((entry) => {
      if (!entry.key.endsWith("/meta.json")) return [entry];
      const meta = JSON.parse(String(Buffer.from(entry.content ?? [])));
      const text = JSON.stringify({ ...meta, thanos: { ...meta.thanos, files } });
      return [object(entry.key, text, entry.lastModified)];
    });
    const [finding] = await findings("block.incomplete", objects);

    expect(finding?.evidence).toMatchObject({ missingFiles: 200_000 });
    expect(JSON.stringify(finding).length).toBeLessThan(10_000);
  });
});

describe("block.size-mismatch", () => {
  it("tells both sizes", async () => {
    const objects = changed((entry) => [entry.key === `${ULID}/index` ? { ...entry, size: 7 } : entry]);
    const [finding] = await findings("block.size-mismatch", objects);

    expect(finding).toMatchObject({
      severity: "critical",
      evidence: { files: [{ object: `${ULID}/index`, expectedBytes: 50, actualBytes: 7 }] },
    });
  });

  it.each([
    { path: "index", size: 51, text: "exits with an error" },
    { path: "chunks/000001", size: 99, text: "compacts this block it halts;" },
    { path: "chunks/000001", size: 101, text: "if bytes were only added, queries and compaction go on" },
  ])("says what $size bytes of $path do", async ({ path, size, text }) => {
    const objects = changed((entry) => [entry.key === `${ULID}/${path}` ? { ...entry, size } : entry]);
    const [finding] = await findings("block.size-mismatch", objects);

    expect(finding?.consequence).toContain(text);
  });
});

describe("block.partial", () => {
  const partial = ulidAt(NOW - 60 * HOUR);

  it.each([
    { age: 2 * HOUR, severity: [] },
    { age: 2 * HOUR + 1, severity: ["warning"] },
    { age: 49 * HOUR, severity: ["warning"] },
    { age: 49 * HOUR + 1, severity: ["critical"] },
  ])("goes by the newest write: $age ms ago is $severity", async ({ age, severity }) => {
    const objects = [object(`${partial}/chunks/000001`, 9, NOW - 55 * HOUR), object(`${partial}/index`, 9, NOW - age)];
    expect((await findings("block.partial", objects)).map((finding) => finding.severity)).toEqual(severity);
  });

  it("says what else the cleanup deletes that it advises", async () => {
    const [finding] = await findings("block.partial", [object(`${partial}/index`, 9, NOW - 50 * HOUR)]);

    expect(finding?.remedy).toContain("thanos tools bucket cleanup");
    expect(finding?.remedy).toContain("block.meta-corrupt");
  });

  it("leaves marks without a block and deletions under way to other checks", async () => {
    const mark = object(`${partial}/deletion-mark.json`, '{"version":1,"deletion_time":1}', NOW - 55 * HOUR);
    const data = object(`${partial}/index`, 9, NOW - 55 * HOUR);

    expect(await findings("block.partial", [mark])).toEqual([]);
    expect(await findings("block.partial", [mark, data])).toEqual([]);
    expect(await findings("block.partial", [object(`${partial}/chunks/`, 0, 0)])).toEqual([]);
  });
});

describe("block.meta-corrupt", () => {
  it("reports a meta.json in the wrong directory", async () => {
    const objects = blockObjects(BLOCK ?? { min: 0, max: 1 }).map((entry) => ({
      ...entry,
      key: entry.key.replace(ULID, ulidAt(NOON, "W")),
    }));
    const [finding] = await findings("block.meta-corrupt", objects);

    expect(finding).toMatchObject({ blocks: [ulidAt(NOON, "W")], labels: {}, groupKey: null });
    expect(finding?.summary).toContain("expected the ULID of its directory");
    expect(finding?.consequence).toContain(`takes the block for ${ULID}`);
    expect(finding?.remedy).toContain(`--remove --marker=deletion-mark.json --id=${ULID}`);
  });

  function withMeta(change: object): RecordedObject[] {
    return changed((entry) =>
      entry.key.endsWith("/meta.json")
        ? [object(entry.key, JSON.stringify({ ...metaOf(BLOCK ?? { min: 0, max: 1 }), ...change }), NOON)]
        : [entry],
    );
  }

  it.each([
    { change: { minTime: "0" }, text: "the compactor deletes it for good from 2026-11-22T12:00:00Z", isDeleted: true },
    { change: { version: null }, text: "unexpected meta file", isDeleted: false },
    { change: { maxTime: 0 }, text: "loads the block as meta.json says", isDeleted: false },
  ])("tells what Thanos does with %j", async ({ change, text, isDeleted }) => {
    const [finding] = await findings("block.meta-corrupt", withMeta(change));
    expect(finding?.consequence).toContain(text);
    expect("deletableFrom" in (finding?.evidence ?? {})).toBe(isDeleted);
  });
});

describe("block.version", () => {
  const metaWith = (change: object) =>
    changed((entry) =>
      entry.key.endsWith("/meta.json")
        ? [object(entry.key, JSON.stringify({ ...metaOf(BLOCK ?? { min: 0, max: 1 }), ...change }), NOON)]
        : [entry],
    );
  const META_OF_LATER = { ...Object(metaOf(BLOCK ?? { min: 0, max: 1 }).thanos), version: 2 };

  it.each([
    { change: { version: 2 }, field: "version", text: "Compaction, downsampling, retention and deletion stop" },
    { change: { version: 0 }, field: "version", text: "unexpected meta file" },
    { change: { thanos: META_OF_LATER }, field: "thanos.version", text: "loads the block as meta.json says" },
  ])("is a meta.json with nothing wrong but its $field", async ({ change, field, text }) => {
    const [finding] = await findings("block.version", metaWith(change));

    expect(finding).toMatchObject({ severity: "critical", blocks: [ULID], evidence: { problems: [{ field }] } });
    expect(finding?.consequence).toContain(text);
    expect(await findings("block.meta-corrupt", metaWith(change))).toEqual([]);
  });

  it("is none with more wrong than that", async () => {
    const objects = metaWith({ version: 2, minTime: "0" });
    expect(await findings("block.version", objects)).toEqual([]);
    expect(await findings("block.meta-corrupt", objects)).toHaveLength(1);
  });

  const refused = (name: string) => object(`${ULID}/${name}`, '{"version":2}', NOON);
  const withMark = (name: string) => [...changed((entry) => [entry]), refused(name)];

  it.each(["deletion-mark.json", "no-compact-mark.json", "no-downsample-mark.json"])(
    "names a %s that Thanos does not take, and the command that takes it off",
    async (name) => {
      const [finding] = await findings("block.version", withMark(name));

      expect(finding).toMatchObject({ severity: "critical", blocks: [ULID], evidence: { version: 2 } });
      expect(finding?.consequence).toContain(`unexpected ${name.replace(".json", "")} file version 2`);
      expect(finding?.remedy).toContain(`--remove --marker=${name} --id=${ULID}`);
    },
  );

  it("is quiet about a mark that the compactor does not come to read", async () => {
    const partial = [refused("deletion-mark.json"), object(`${ULID}/index`, 9, NOON)];
    const deleted = [...changed((entry) => [entry], { markedAt: NOW - 25 * HOUR }), refused("no-compact-mark.json")];

    expect(await findings("block.version", partial)).toEqual([]);
    expect(await findings("block.version", deleted)).toEqual([]);
    const settings = settingsOf({ downsampling: false });
    expect(await findings("block.version", withMark("no-downsample-mark.json"), settings)).toEqual([]);
  });
});

describe("overlap and compactor.will-halt", () => {
  const twin = { ...FRESH[2], ulid: ulidAt(NOON - 3 * HOUR, "T") } as BlockSpec;
  const objects = [...FRESH, twin].flatMap(blockObjects);

  it("are critical while vertical compaction is off", async () => {
    expect((await findings("overlap", objects)).map(({ severity }) => severity)).toEqual(["critical"]);
    const [halt] = await findings("compactor.will-halt", objects);
    expect(halt?.blocks).toEqual([ulidOf(FRESH[2] ?? twin), ulidOf(twin)].sort());
    expect(halt?.remedy).toContain("--id=<ULID>");
  });

  it("began now at the latest, by whatever clock the block was dated", async () => {
    const ahead = { ...twin, source: "compactor", uploaded: NOW + 10 * MINUTE };
    for (const id of ["compactor.will-halt", "overlap"] as const) {
      const [finding] = await findings(id, [...FRESH, ahead].flatMap(blockObjects));
      expect(finding?.since).toBe("2026-11-20T13:10:00Z");
    }
  });

  it.each([{ verticalCompaction: true }, { deduplicationReplicaLabels: ["x"] }])(
    "are harmless with %j",
    async (input) => {
      const settings = settingsOf(input);
      expect((await findings("overlap", objects, settings)).map(({ severity }) => severity)).toEqual(["info"]);
      expect(await findings("compactor.will-halt", objects, settings)).toEqual([]);
    },
  );

  it("say that nothing is merged where a no-compact mark leaves one block alone", async () => {
    const third = { ...twin, ulid: ulidAt(NOON - 3 * HOUR, "V") };
    const mark = object(`${ulidOf(twin)}/no-compact-mark.json`, '{"version":1,"reason":"manual"}', NOON);
    const settings = settingsOf({ verticalCompaction: true });
    const [two] = await findings("overlap", [...objects, mark], settings);
    const [three] = await findings("overlap", [...objects, ...blockObjects(third), mark], settings);

    expect(two?.consequence).toContain("Nothing is merged");
    expect(three?.consequence).toContain("1 block here has a no-compact mark");
    expect(three?.consequence).toContain("merges the others");
  });

  it("stay critical where two producers share labels, though they are merged", async () => {
    const settings = settingsOf({ verticalCompaction: true });
    const twins = (count: number, rest: Partial<BlockSpec>) =>
      FRESH.slice(0, count).map((spec, index) => ({ ...spec, ulid: ulidAt(spec.max + HOUR, `T${index}`), ...rest }));
    const severities = async (specs: readonly BlockSpec[]) =>
      (await findings("overlap", [...FRESH, ...specs].flatMap(blockObjects), settings)).map(({ severity }) => severity);

    expect(await severities(twins(3, { samples: 9 }))).toEqual(["critical"]);
    expect(await severities(twins(2, { samples: 9 }))).toEqual(["info"]);
    expect(await severities(twins(3, { samples: 9, hints: ["from-out-of-order"] }))).toEqual(["info"]);
  });

  it("are none of replicas that deduplication merges", async () => {
    const settings = settingsOf({ deduplicationReplicaLabels: ["replica"] });
    const sibling = FRESH.map((spec) => ({ ...spec, labels: { cluster: "a", replica: "1" }, samples: 9 }));
    const found = await findings("overlap", [...FRESH, ...sibling].flatMap(blockObjects), settings);

    expect(found).toEqual([]);
  });

  it.each([
    ["downsampled blocks", { resolution: 300_000 }, { resolution: 300_000 }],
    ["blocks of two compactors", { sources: [ulidAt(1), ulidAt(2)] }, { sources: [ulidAt(2), ulidAt(3)] }],
  ])("stay critical for %s, which nobody merges", async (_, one, other) => {
    const settings = settingsOf({ verticalCompaction: true });
    const block: BlockSpec = { min: NOON - 48 * HOUR, max: NOON - 8 * HOUR, level: 3, source: "compactor" };
    const specs: BlockSpec[] = [
      { ...block, ...one, ulid: ulidAt(NOON, "A") },
      { ...block, ...other, ulid: ulidAt(NOON, "B") },
    ];
    const found = await findings("overlap", [...FRESH, ...specs].flatMap(blockObjects), settings);

    expect(found.map(({ severity }) => severity)).toContain("critical");
  });

  it("end 24 h after a mark and not before, and say when", async () => {
    const marked = (age: number) => [...FRESH, { ...twin, markedAt: NOW - age }].flatMap((spec) => blockObjects(spec));

    const [halt] = await findings("compactor.will-halt", marked(23 * HOUR));
    expect(JSON.stringify(halt?.evidence)).toContain('"ignoredByCompactorFrom":"2026-11-20T14:10:00Z"');
    expect(await findings("compactor.will-halt", marked(25 * HOUR))).toEqual([]);
  });

  it("do not count parents that are still there beside the block made of them", async () => {
    const merged: BlockSpec = {
      min: FRESH[0]?.min ?? 0,
      max: FRESH[3]?.max ?? 0,
      level: 2,
      source: "compactor",
      sources: FRESH.slice(0, 4).map(ulidOf),
      ulid: ulidAt(NOW - HOUR, "M"),
    };
    expect(await findings("overlap", [...FRESH, merged].flatMap(blockObjects))).toEqual([]);
  });
});
