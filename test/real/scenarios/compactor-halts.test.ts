import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { Finding, FindingId } from "#blocks/finding";
import { type Audited, auditWithCli, type BlockBucket, makeBlockBucket } from "#test/real/servers/block-bucket";
import {
  HOUR,
  type LocalBlock,
  localBlocks,
  scrapePast,
  startProducer,
  uploadWithSidecar,
} from "#test/real/servers/block-producer";
import {
  compactOnce,
  compactUntilExit,
  groupKeyIn,
  haltedCompactor,
  paste,
  thanos,
  thanosCommandsOf,
} from "#test/real/servers/compactor";
import type { Prometheus } from "#test/real/servers/prometheus";

const LABELS = { cluster: "prod-a", region: "eu-west-1", stage: "prod" };
/** As the compactors here are run; and nobody is late, though these audits are of ten minutes ahead. */
const settings = { consistencyDelay: "0s", uploadSlack: "2h" };
const END = Date.now();
/** Two whole windows of 8 h, and what came after. The first of them is compacted at the first look. */
const BEGIN = Math.floor(END / (8 * HOUR)) * 8 * HOUR - 16 * HOUR;
/** Files of a block are looked at once it is 10 minutes old. */
const SETTLED = 10 * (HOUR / 60) + 1000;

interface Uploader {
  readonly producer: Prometheus;
  readonly uploaded: BlockBucket;
}
let right: Uploader;
let wrong: Uploader;

beforeAll(async () => {
  [right, wrong] = await Promise.all([
    uploader("right", { from: BEGIN, to: END, series: 5 }),
    uploader("wrong", { from: BEGIN + 2 * HOUR, to: BEGIN + 9.5 * HOUR, series: 3 }),
  ]);
});

async function uploader(name: string, samples: Parameters<typeof scrapePast>[1]): Promise<Uploader> {
  const [producer, uploaded] = await Promise.all([startProducer(LABELS), makeBlockBucket(name)]);
  await scrapePast(producer, samples);
  await uploadWithSidecar(producer, uploaded);
  await producer.stop();
  return { producer, uploaded };
}

function findingOf({ report }: Audited, id: FindingId): Finding {
  const found = report.findings.find((finding) => finding.id === id);
  if (found === undefined) throw new Error(`no ${id} among ${JSON.stringify(report.findings)}`);
  return found;
}

/** Pastes the command with each of the blocks that a person chose. */
async function pasteFor(command: string, ulids: readonly string[], { desk }: BlockBucket): Promise<void> {
  for (const ulid of ulids) {
    expect(await paste(command.replaceAll("<ULID>", ulid), desk)).toMatchObject({ exitCode: 0 });
  }
}

/** The compaction levels and sources of the blocks that are not marked for deletion, by ULID. */
async function blocksIn({ objstore }: BlockBucket): Promise<Readonly<Record<string, string>>> {
  const args = [`--objstore.config-file=${objstore}`, "--log.level=error", "--exclude-delete"];
  const template = "--output={{.ULID}} level {{.Compaction.Level}} of {{.Thanos.Source}}";
  const lines = (await thanos(["tools", "bucket", "ls", ...args, template])).text.trim().split("\n");
  return Object.fromEntries(lines.map((line) => [line.slice(0, 26), line.slice(27)]));
}

/** It compacted what there was to compact, and nothing is wrong with the bucket any more; a hole that is left is a note. */
async function expectAllWell(bucket: BlockBucket, now: number): Promise<void> {
  expect(await compactOnce(bucket)).toMatchObject({ exitCode: 0 });
  expect(Object.values(await blocksIn(bucket))).toContain("level 2 of compactor");
  const { exitCode, report } = await auditWithCli(bucket, { now, settings });
  expect([exitCode, report.findings.filter(({ severity }) => severity !== "info")]).toEqual([0, []]);
}

/** A bucket with the blocks of one producer; the second of them will be in the first compaction. */
async function bucketOfRight(name: string): Promise<{ bucket: BlockBucket; second: LocalBlock; now: number }> {
  const bucket = await makeBlockBucket(name, [right.uploaded]);
  const [, second] = await localBlocks(right.producer.data);
  if (second === undefined) throw new Error("the producer has cut no blocks");
  return { bucket, second, now: Date.now() + SETTLED };
}

describe("two producers with the same external labels", () => {
  let bucket: BlockBucket;
  let before: Audited;
  let now: number;

  beforeAll(async () => {
    bucket = await makeBlockBucket("overlap", [right.uploaded, wrong.uploaded]);
    now = Date.now() + SETTLED;
    before = await auditWithCli(bucket, { now, settings });
  });

  it("are foretold to halt the compactor, which then halts and logs the group that was named", async () => {
    const { groupKey, severity } = findingOf(before, "compactor.will-halt");
    expect([before.exitCode, severity]).toEqual([1, "critical"]);

    const compactor = await haltedCompactor(bucket);
    onTestFinished(() => compactor.kill());

    expect(compactor.groupKey).toBe(groupKey);
    expect(compactor.line).toContain("overlaps found while gathering blocks");
    // Six hours later the bucket alone shows it.
    const overlapped = now - SETTLED;
    const early = await auditWithCli(bucket, { now: overlapped + 5.9 * HOUR, settings });
    const late = await auditWithCli(bucket, { now: overlapped + 6.1 * HOUR, settings });
    expect(early.report.findings.map(({ id }) => id)).not.toContain("compactor.stalled");
    expect(findingOf(late, "compactor.stalled")).toMatchObject({
      severity: "warning",
      evidence: { group: groupKey, lastUpload: null },
    });
    // What the finding says of its probes.
    expect((await fetch(`${compactor.url}/-/healthy`)).status).toBe(200);
    expect((await fetch(`${compactor.url}/-/ready`)).status).toBe(200);
  });

  // The copies that the remedy wants beforehand are a person's own.
  it("are told apart in the evidence, and the remedy as it is printed ends the halt", async () => {
    const { remedy, groupKey, evidence } = findingOf(before, "compactor.will-halt");
    const [mark = "", cleanup = ""] = thanosCommandsOf(remedy);
    const givenUp = blocksWith(evidence, 3 * 120);
    expect(givenUp.toSorted()).toEqual((await localBlocks(wrong.producer.data)).map(({ ulid }) => ulid).toSorted());

    await pasteFor(mark, givenUp, bucket);
    const marked = await compactOnce(bucket);
    const stillForetold = await auditWithCli(bucket, { now, settings });
    expect([marked.exitCode, groupKeyIn(marked.text)]).toEqual([1, groupKey]);
    expect(findingOf(stillForetold, "compactor.will-halt").groupKey).toBe(groupKey);

    await pasteFor(cleanup, [""], bucket);
    await expectAllWell(bucket, now);
  });
});

/** Rows of the evidence with so many samples: the producer that a person gives up. */
function blocksWith({ blocks }: Finding["evidence"], samples: number): string[] {
  if (!Array.isArray(blocks)) throw new Error("the evidence has no rows");
  return blocks.filter((row) => row.samples <= samples).map((row) => row.block);
}

describe("a block whose chunks are lost", () => {
  it("halts the compactor as foretold, and no more once the chunks are put back from the producer's disk", async () => {
    const { bucket, second: broken, now } = await bucketOfRight("chunks-put-back");
    const key = `${broken.ulid}/chunks/000001`;
    await bucket.remove(key);
    const foretold = await auditWithCli(bucket, { now, settings });
    const finding = findingOf(foretold, "block.incomplete");
    expect(finding).toMatchObject({ severity: "critical", blocks: [broken.ulid], evidence: { missing: [key] } });
    expect(finding.consequence).toContain("compacts this block it halts");

    const compactor = await haltedCompactor(bucket);
    onTestFinished(() => compactor.kill());
    expect(compactor.groupKey).toBe(finding.groupKey);
    expect(compactor.line).toContain(broken.ulid);
    await compactor.kill();

    await bucket.put(key, await readFile(join(right.producer.data, key)));
    await expectAllWell(bucket, now);
  });

  it("is given up by the commands of the remedy", async () => {
    const { bucket, second: broken, now } = await bucketOfRight("chunks-given-up");
    await bucket.remove(`${broken.ulid}/chunks/000001`);
    const { remedy, groupKey } = findingOf(await auditWithCli(bucket, { now, settings }), "block.incomplete");
    const commands = thanosCommandsOf(remedy);
    expect(commands).toHaveLength(2);
    expect(commands[0]).toContain(`--id=${broken.ulid}`);

    const before = await compactOnce(bucket);
    expect([before.exitCode, groupKeyIn(before.text)]).toEqual([1, groupKey]);
    for (const command of commands) expect(await paste(command, bucket.desk)).toMatchObject({ exitCode: 0 });

    await expectAllWell(bucket, now);
  });
});

describe("a block whose index is lost", () => {
  it("ends the compactor with an error, as foretold, and does not halt it", async () => {
    const { bucket, second, now } = await bucketOfRight("index-lost");
    await bucket.remove(`${second.ulid}/index`);
    const { consequence } = findingOf(await auditWithCli(bucket, { now, settings }), "block.incomplete");
    const { exitCode, text } = await compactUntilExit(bucket);

    expect(consequence).toContain("exits with an error");
    expect(exitCode).toBe(1);
    expect(text).toContain(`${second.ulid}/index: no such file or directory`);
  });
});

describe("a chunk file to which bytes were added", () => {
  it("does not halt the compactor, as foretold", async () => {
    const { bucket, second, now } = await bucketOfRight("chunks-longer");
    const key = `${second.ulid}/chunks/000001`;
    await bucket.put(key, Buffer.concat([await readFile(join(right.producer.data, key)), Buffer.alloc(999, 7)]));
    const { consequence } = findingOf(await auditWithCli(bucket, { now, settings }), "block.size-mismatch");

    expect(consequence).toContain("if bytes were only added, queries and compaction go on as before");
    expect(await compactOnce(bucket)).toMatchObject({ exitCode: 0 });
    expect(Object.values(await blocksIn(bucket))).toContain("level 2 of compactor");
  });
});

describe("an overlap with vertical compaction on", () => {
  const merging = { ...settings, verticalCompaction: true };
  const flags = ["--compact.enable-vertical-compaction"];

  it("is merged, but for blocks with a no-compact mark, as foretold", async () => {
    const bucket = await makeBlockBucket("no-compact", [right.uploaded, wrong.uploaded]);
    const now = Date.now() + SETTLED;
    const [first, ...others] = (await localBlocks(wrong.producer.data)).map(({ ulid }) => ulid);
    const mark = "thanos tools bucket mark --objstore.config-file=objstore.yaml --marker=no-compact-mark.json";
    const foretold = async () =>
      findingOf(await auditWithCli(bucket, { now, settings: merging }), "overlap.c-same-labels").consequence;
    const command = `${mark} --id=<ULID> --details=test`;

    await pasteFor(command, others, bucket);
    expect(await foretold()).toMatch(/2 blocks here have a no-compact mark.* merges the others/);
    await pasteFor(command, [first ?? ""], bucket);
    expect(await foretold()).toContain("Nothing is merged");

    expect(await compactOnce({ ...bucket, flags })).toMatchObject({ exitCode: 0 });
    expect(Object.keys(await blocksIn(bucket))).toEqual(expect.arrayContaining([first, ...others]));
  });
});
