import { blockOf } from "#bench/audit/blocks";
import { type FleetBlock, NOW } from "#bench/audit/fleet";
import type { Judged } from "#bench/audit/measured";
import { SHAPES, type ShapeName } from "#bench/audit/shapes";
import { judgeReading } from "#blocks/audit";
import type { Block } from "#blocks/block/block";
import { defaultAuditSettings } from "#config/audit-settings";

/** What all checks take over a bucket that is in memory: the model, every check, the findings in their order. */
export async function judge(shape: ShapeName, size: number): Promise<Judged> {
  const blocks = inKeyOrder(SHAPES[shape](size));
  const before = process.cpuUsage();
  const started = performance.now();
  const report = await judgeReading({
    url: "s3://bench",
    settings: defaultAuditSettings(),
    now: new Date(NOW),
    reading: {
      ...{ blocks, objects: 0, bytes: 0, foreign: [], uploads: undefined, headers: undefined, index: null },
      requests: { list: 0, get: 0 },
    },
  });
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(before);
  return {
    ...{ shape, blocks: blocks.length, findings: report.findings.length, seconds },
    cpuSeconds: (user + system) / 1e6,
    peakMb: peakMb(),
  };
}

/** Of the process up to now, MiB. */
export function peakMb(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}

function inKeyOrder(fleet: Iterable<FleetBlock>): readonly Block[] {
  const blocks: Block[] = [];
  for (const one of fleet) blocks.push(blockOf(one));
  return blocks.sort((a, b) => (a.ulid < b.ulid ? -1 : 1));
}
