import type { BlockReport } from "#blocks/block-report";

/** The report of a block for programs: as it is, with its instants in RFC 3339. Durations stay milliseconds. */
export function blockJson(report: BlockReport): object {
  const { compaction, deletion } = report;
  const reason =
    compaction.kind === "planned" && compaction.reason.kind === "window"
      ? { reason: withInstants(compaction.reason, ["from"]) }
      : {};
  return {
    ...withInstants(report, ["now", "minTime", "maxTime", "uploaded"]),
    compaction: {
      ...withInstants(compaction, ["until", "minTime", "maxTime", "since", "from", "to", "notBefore"]),
      ...reason,
    },
    deletion: withInstants(deletion, ["markedAt", "ignoredFrom", "markedFrom", "deletedFrom"]),
  };
}

function withInstants(object: object, names: readonly string[]): object {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => [
      name,
      names.includes(name) && typeof value === "number" ? new Date(value).toISOString() : value,
    ]),
  );
}
