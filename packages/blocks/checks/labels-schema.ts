import type { Finding } from "#blocks/finding";
import { type BucketModel, groupKeyFor } from "#blocks/model";
import { steps } from "#blocks/remedy";
import type { Verdict } from "#blocks/streams/verdict";
import { firstOf, instant } from "#blocks/text";

/** `labels.schema`: an active stream without a label that the settings require, or with one that they do not know. */
export function labelsSchema(model: BucketModel): readonly Finding[] {
  const { requiredLabels, knownLabels } = model.settings;
  const known = new Set([...requiredLabels, ...knownLabels]);
  return [...model.clusters.values()].flat().flatMap((verdict) => {
    if (verdict.status === "retired" || verdict.status === "succeeded") return [];
    const names = Object.keys(verdict.stream.labels);
    const missing = requiredLabels.filter((name) => !names.includes(name));
    const unknown = knownLabels.length === 0 ? [] : names.filter((name) => !known.has(name));
    return missing.length + unknown.length === 0 ? [] : [finding(verdict, { missing, unknown, model })];
  });
}

function finding(
  { stream }: Verdict,
  of: { readonly missing: readonly string[]; readonly unknown: readonly string[]; readonly model: BucketModel },
): Finding {
  const { missing, unknown, model } = of;
  const lacks = missing.length === 0 ? [] : [`lacks ${firstOf(missing)}`];
  const has = unknown.length === 0 ? [] : [`has ${firstOf(unknown)}, which the settings do not know`];
  return {
    id: "labels.schema",
    severity: "warning",
    summary: `The stream ${[...lacks, ...has].join(" and ")}.`,
    labels: stream.labels,
    groupKey: groupKeyFor(0, stream.labels, model),
    blocks: [stream.newest.ulid],
    since: instant(stream.firstMinTime),
    evidence: { missing, unknown, firstBlock: instant(stream.firstMinTime), newestBlock: stream.newest.ulid },
    consequence:
      "Queries that select or group by these labels pass its samples over, or count them twice: a replica label that is missing or has another name is not deduplicated. Every 2 h there are more such blocks, and their labels stay.",
    remedy: steps(
      "Set the external labels of this producer right. It is then another stream; the audit tells of that once as labels.changed.",
      "If they are right, add them to requiredLabels or knownLabels in the audit's settings.",
    ),
  };
}
