import { beforeAll, describe, expect, it } from "vitest";
import { groupKeys } from "#blocks/block/group-key";
import { type BlockReport, blockReport } from "#blocks/block-report";
import type { Deletion } from "#blocks/compactor/deletion";
import type { CompactionFate } from "#blocks/compactor/fate";
import { bucketModel } from "#blocks/model";
import { readBucket } from "#blocks/read-bucket";
import { blockJson } from "#report/block-json";
import { renderBlock } from "#report/block-table";
import { displayWidth } from "#report/text";
import { AUDITED_AT } from "#test/factories/audit-report";
import { RECORDED_BUCKETS, recordedBucket } from "#test/factories/recorded-bucket";
import { DAY, settingsOf } from "#test/packages/blocks/factory";

const ULID = "01M74HPF4NMKP0CFMFNY9FRD1K";
const NOW = Date.parse(AUDITED_AT);

/** Of every block of every recorded bucket. */
let reports: readonly BlockReport[];
beforeAll(async () => {
  const groupKeyOf = await groupKeys();
  const models = await Promise.all(
    RECORDED_BUCKETS.map(async (name) => {
      const { blocks } = await readBucket({ bucket: await recordedBucket(name) });
      return bucketModel({ url: `s3://${name}`, now: NOW, settings: settingsOf(), blocks, groupKeyOf });
    }),
  );
  reports = models.flatMap((model) => model.readable.map((block) => blockReport(block, model)));
});

function withFate(compaction: CompactionFate): string {
  const [report] = reports;
  if (report === undefined) throw new Error("no block");
  return renderBlock({ ...report, compaction }, { width: 80 }).replaceAll(/\s+/g, " ");
}

describe("renderBlock", () => {
  it("fits 80 columns for every block of every recorded bucket", () => {
    const wide = reports.flatMap((report) =>
      renderBlock(report, { width: 80 })
        .split("\n")
        .filter((line) => displayWidth(line) > 80),
    );
    expect(wide).toEqual([]);
  });

  it.each<[CompactionFate, RegExp]>([
    [{ kind: "hidden", until: NOW + DAY }, /too fresh \(--consistency-delay\), and is seen from 11-21 13:10 on/],
    [{ kind: "covered", by: ULID }, new RegExp(`next look: ${ULID} holds all`)],
    [{ kind: "excluded", reason: "index-size-exceeding" }, /no-compact mark, reason index-size-exceeding/],
    [{ kind: "stays" }, /Leaves it as it is/],
    [{ kind: "halts", reason: "shared-sources", blocks: [ULID] }, /it halts: blocks of its next plan hold samples/],
    [
      { kind: "waits", range: 8 * (DAY / 24), from: NOW, to: NOW, notBefore: NOW + DAY },
      /to 8 h .* not before 2026-11-21 13:10 UTC/,
    ],
    [
      { kind: "planned", reason: { kind: "window", range: 14 * DAY, from: 0 }, ...plan(0) },
      /Compacts 1 block to 14 d, .*, at its next look. It could have done so since 13:10/,
    ],
    [
      { kind: "planned", reason: { kind: "overlap" }, ...plan(2), since: null },
      /because they overlap.* after 2 compactions/,
    ],
    [
      { kind: "planned", reason: { kind: "tombstones" }, ...plan(0), repeats: "same-sources" },
      /because of its tombstones.*again and again/,
    ],
  ])("says what %j means", (fate, text) => {
    expect(withFate(fate)).toMatch(text);
  });
});

function plan(before: number) {
  return { blocks: [ULID], minTime: NOW - DAY, maxTime: NOW, before, since: NOW, repeats: null };
}

describe("renderBlock, of the deletion", () => {
  it.each<[Deletion, RegExp]>([
    [{ kind: "compaction", markedFrom: NOW, deletedFrom: NOW + DAY }, /samples go on in the block .* 2026-11-21 13:10/],
    [{ kind: "empty", markedFrom: NOW, deletedFrom: NOW + DAY }, /holds no samples.* 2026-11-21 13:10/],
    [{ kind: "lost", markedFrom: NOW, deletedFrom: NOW + DAY }, /CRITICAL: its samples are lost from 2026-11-21 13:10/],
    [{ kind: "retention", markedFrom: NOW, deletedFrom: NOW + DAY }, /its samples are gone from 2026-11-21 13:10/],
    [{ kind: "never" }, /Never/],
  ])("says what %j means", (deletion, text) => {
    const [report] = reports;
    if (report === undefined) throw new Error("no block");
    expect(renderBlock({ ...report, deletion }, { width: 80 }).replaceAll(/\s+/g, " ")).toMatch(text);
  });
});

describe("blockJson", () => {
  it("writes instants in RFC 3339, durations in milliseconds", () => {
    const [report] = reports;
    if (report === undefined) throw new Error("no block");
    const compaction: CompactionFate = { kind: "planned", reason: { kind: "window", range: DAY, from: 0 }, ...plan(0) };
    expect(blockJson({ ...report, compaction })).toMatchObject({
      now: "2026-11-20T13:10:00.000Z",
      compaction: { since: "2026-11-20T13:10:00.000Z", reason: { range: DAY, from: "1970-01-01T00:00:00.000Z" } },
    });
  });
});
