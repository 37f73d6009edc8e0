import { RULES_HOLD_FOR } from "#blocks/compactor/ranges";
import type { RulesInUse, SettingInUse } from "#blocks/finding";
import type { BucketModel } from "#blocks/model";
import { age, counted, firstOf, hours } from "#blocks/text";
import type { InferableName } from "#config/audit-settings";

/** By what this bucket was judged. */
export function rulesInUse(model: BucketModel): RulesInUse {
  const { first, last } = RULES_HOLD_FOR;
  const known = model.settings.thanosVersion ?? null;
  const holds = known === null ? null : compare(known, first) >= 0 && compare(known, last) <= 0;
  return { thanos: { first, last, known, holds }, settings: settingsInUse(model) };
}

function compare(a: string, b: string): number {
  const [left, right] = [a, b].map((version) =>
    version
      .replace(/^v|[-+].*$/g, "")
      .split(".")
      .map(Number),
  );
  const difference = [0, 1, 2].map((part) => (left?.[part] ?? 0) - (right?.[part] ?? 0));
  return difference.find((by) => by !== 0) ?? 0;
}

type Found = readonly [value: string, from: string | null];

function settingsInUse(model: BucketModel): readonly SettingInUse[] {
  const { settings } = model;
  const found: Readonly<Record<InferableName, Found>> = {
    replicaLabels: replicaLabels(model),
    verticalCompaction: [settings.verticalCompaction ? "on" : "off", overlapsFrom(model)],
    deduplicationReplicaLabels: [
      settings.deduplicationReplicaLabels.join(", ") || "none",
      model.inferred.deduplicationFrom === undefined
        ? null
        : `${model.inferred.deduplicationFrom} of the compactor lacks them, and heads have them`,
    ],
    deleteDelay: [hours(settings.deleteDelay), null],
    retention: retention(model),
    blockRange: blockRange(model),
    expectedClusters: expectedClusters(model),
    uploadSlack: uploadSlack(model),
  };
  const names: readonly InferableName[] = [
    "replicaLabels",
    "verticalCompaction",
    "deduplicationReplicaLabels",
    "deleteDelay",
    "retention",
    "blockRange",
    "expectedClusters",
    "uploadSlack",
  ];
  return names.map((name) => {
    const [value, from] = found[name];
    if (settings.given.includes(name)) return { name, value, origin: "given", from: null };
    return { name, value, origin: from === null ? "default" : "inferred", from };
  });
}

function overlapsFrom({ inferred }: BucketModel): string | null {
  const ulid = inferred.verticalCompactionFrom;
  return ulid === undefined ? null : `the compactor made ${ulid} of blocks that overlap`;
}

/** Of the usual names, those that some stream has. */
function replicaLabels({ settings, clusters }: BucketModel): Found {
  if (settings.given.includes("replicaLabels")) return [settings.replicaLabels.join(", ") || "none", null];
  const streams = [...clusters.values()].flat().map(({ stream }) => stream);
  const seen = settings.replicaLabels.filter((name) => streams.some(({ labels }) => Object.hasOwn(labels, name)));
  return [seen.join(", ") || "none", "of the usual names, those that external labels have"];
}

function retention({ retentionInUse: inUse, settings }: BucketModel): Found {
  const { raw, "5m": five, "1h": one } = inUse.retention;
  const text = [
    ["raw", raw],
    ["5m", five],
    ["1h", one],
  ].map(([name, kept]) => `${name} ${kept === 0 ? "for ever" : hours(Number(kept))}`);
  const isInferred = inUse.inferred.length > 0 && !settings.given.includes("retention");
  return [text.join(", "), isInferred ? "the details of the compactor's deletion marks" : null];
}

function blockRange({ settings, clusters }: BucketModel): Found {
  const streams = [...clusters.values()].flat().map(({ stream }) => stream);
  const ranges = [...new Set(streams.map(({ range }) => range))].sort((a, b) => a - b);
  if (settings.given.includes("blockRange") || ranges.length === 0) return [hours(settings.blockRange), null];
  return [firstOf(ranges.map(hours)), `the heads of ${counted(streams.length, "stream")}`];
}

function uploadSlack({ settings, clusters }: BucketModel): Found {
  const usual = age(settings.uploadSlack);
  const paces = [...clusters.values()].flat().map(({ pace }) => pace);
  const learned = paces.filter(({ origin }) => origin === "inferred").map(({ slack }) => slack);
  if (learned.length === 0) return [usual, null];
  const longest = age(learned.reduce((most, slack) => Math.max(most, slack), 0));
  return [`${usual}, and up to ${longest} for ${counted(learned.length, "stream")}`, "how long their uploads take"];
}

function expectedClusters({ settings, clusters }: BucketModel): Found {
  if (settings.given.includes("expectedClusters")) return [counted(settings.expectedClusters.length, "cluster"), null];
  const seen = [...clusters.values()].filter((verdicts) => verdicts.some(({ status }) => status !== "retired"));
  return [counted(seen.length, "cluster"), "all that uploaded in the last 7 d"];
}
