import { findTheProducer, lateEvidence, unsentSamples } from "#blocks/checks/upload-text";
import type { Finding } from "#blocks/finding";
import { type BucketModel, groupKeyFor } from "#blocks/model";
import { RETIRED_AFTER, type Verdict } from "#blocks/streams/verdict";
import { age, instant } from "#blocks/text";

/** `upload.silent`: a late stream whose newest block ended more than 24 h ago. It is given up after 7 d, unless it is expected. */
export function uploadSilent(model: BucketModel): readonly Finding[] {
  const { now, settings } = model;
  return [...model.clusters.values()]
    .flat()
    .filter(({ status, stream }) => status === "late" && now - stream.newest.maxTime > settings.thresholds.silence)
    .map((verdict) => finding(verdict, model));
}

function finding(verdict: Verdict, model: BucketModel): Finding {
  const { labels, newest } = verdict.stream;
  const quietFrom = newest.maxTime + RETIRED_AFTER;
  const end =
    quietFrom > model.now
      ? `The audit gives the stream up at ${instant(quietFrom)}, 7 d after its end, and is then quiet about it unless the settings expect its cluster.`
      : "The audit goes on about it because the settings expect its cluster.";
  return {
    id: "upload.silent",
    severity: "critical",
    summary: `Nothing new for ${age(model.now - newest.maxTime)}: the newest block ends at ${instant(newest.maxTime)}.`,
    labels,
    groupKey: groupKeyFor(0, labels, model),
    blocks: [newest.ulid],
    since: instant(newest.maxTime + model.settings.thresholds.silence),
    evidence: { silentForMs: model.now - newest.maxTime, ...lateEvidence(verdict) },
    consequence: `${unsentSamples(newest.maxTime)} Many installations keep 24 h locally: what is older may be lost by now. ${end}`,
    remedy: findTheProducer(verdict),
  };
}
