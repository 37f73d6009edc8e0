import { blockOf } from "#bench/audit/blocks";
import { NOW } from "#bench/audit/fleet";
import { SHAPES, type ShapeName } from "#bench/audit/shapes";
import type { Block } from "#blocks/block";
import { CHECKS } from "#blocks/catalogue";
import { groupKeys } from "#blocks/group-key";
import { bucketModel } from "#blocks/model";
import { defaultAuditSettings } from "#config/audit-settings";

/** What all checks took over a bucket that is in memory. */
export interface Judged {
  readonly shape: ShapeName;
  readonly blocks: number;
  readonly findings: number;
  /** The model and every check, s. */
  readonly seconds: number;
  /** Of the process, blocks and all, MiB. */
  readonly peakMb: number;
}

export async function judge(shape: ShapeName, size: number): Promise<Judged> {
  const blocks = inKeyOrder(SHAPES[shape](size));
  const groupKeyOf = await groupKeys();
  const started = performance.now();
  const settings = defaultAuditSettings();
  const model = bucketModel({ url: "s3://bench", now: NOW, settings, blocks, foreign: [], groupKeyOf });
  let findings = 0;
  for (const check of CHECKS) findings += check(model).length;
  const seconds = (performance.now() - started) / 1000;
  const peakMb = Math.round(process.resourceUsage().maxRSS / 1024);
  return { shape, blocks: blocks.length, findings, seconds, peakMb };
}

function inKeyOrder(fleet: Iterable<Parameters<typeof blockOf>[0]>): readonly Block[] {
  const blocks: Block[] = [];
  for (const one of fleet) blocks.push(blockOf(one));
  return blocks.sort((a, b) => (a.ulid < b.ulid ? -1 : 1));
}
