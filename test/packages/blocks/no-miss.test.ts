import { describe, expect, it } from "vitest";
import { auditBucket } from "#blocks/audit";
import { FINDING_IDS, type Finding } from "#blocks/finding";
import { settingsOf } from "#test/packages/blocks/factory";
import { FAULTS } from "#test/packages/blocks/faults/all";
import { bucketAt, type Fault, TICK, tickFrom } from "#test/packages/blocks/faults/fault";

async function findingsOf({ world, settings }: Fault, now: number): Promise<readonly Finding[]> {
  const { findings } = await auditBucket({
    bucket: bucketAt(world, now),
    settings: settingsOf(settings),
    now: new Date(now),
  });
  return findings;
}

const told = new Set(FAULTS.map(({ id }) => id));

describe("every id of the catalogue", () => {
  it("has a fault that it is told by", () => {
    expect(FINDING_IDS.filter((id) => !told.has(id))).toEqual([]);
  });
});

describe.each(FAULTS)("$id: $what", (fault) => {
  const first = tickFrom(fault.from);

  it("is not told a tick too early", async () => {
    const early = await findingsOf(fault, first - TICK);

    expect(early.map(({ id, severity }) => `${severity} ${id}`)).not.toContain(`${fault.severity} ${fault.id}`);
  });

  it("is told at the first tick, and nothing else is", async () => {
    const findings = await findingsOf(fault, first);

    expect(idsOf(findings)).toEqual([fault.id, ...(fault.alongside ?? [])].sort());
    const severities = findings.filter(({ id }) => id === fault.id).map(({ severity }) => severity);
    expect(new Set(severities)).toEqual(new Set([fault.severity]));
  });

  it("is over once it is mended", async () => {
    expect(idsOf(await findingsOf(fault, fault.mended))).toEqual(fault.remains ?? []);
  });
});

function idsOf(findings: readonly Finding[]): readonly string[] {
  return [...new Set(findings.map(({ id }) => id))].sort();
}
