import { retentionEvidence } from "#blocks/checks/retention-text";
import { type Coverage, downsampledCoverage } from "#blocks/compactor/retention";
import type { Finding } from "#blocks/finding";
import type { BucketModel } from "#blocks/model";
import { steps } from "#blocks/remedy";
import { hours } from "#blocks/text";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Below these Thanos does not even start where it downsamples (cmd/thanos/compact.go). */
const LEAST_RAW = 40 * HOUR;
const LEAST_5M = 10 * DAY;

const SHARE: Readonly<Record<Coverage, string>> = { none: "none", part: "a part", all: "all" };

/**
 * `retention.misconfig`: with these retentions blocks are deleted before they are long enough to be downsampled. Thanos takes
 * them without a word. Critical where 1 h samples are meant to be kept longer than those of 5 m, which then do not exist.
 */
export function retentionMisconfig(model: BucketModel): readonly Finding[] {
  const { settings } = model;
  if (!settings.downsampling) return [];
  const { retention } = model.retentionInUse;
  const coverage = downsampledCoverage({ retention, deleteDelay: settings.deleteDelay });
  if (coverage.fiveMinutes === "all" && coverage.hour === "all") return [];
  const { raw } = retention;
  const [fiveMinutes, hour] = [retention["5m"], retention["1h"]].map((kept) => kept || Number.POSITIVE_INFINITY);
  const isWanted = (hour ?? 0) > (fiveMinutes ?? 0);
  const refused = (raw > 0 && raw < LEAST_RAW) || (retention["5m"] > 0 && retention["5m"] < LEAST_5M);
  const what =
    coverage.fiveMinutes === "none"
      ? "No block ever gets 5 m or 1 h samples"
      : `${sentence(coverage.hour)} gets 1 h samples`;
  return [
    {
      id: "retention.misconfig",
      severity: isWanted ? "critical" : "warning",
      summary: `${what}: raw samples are kept for ${kept(raw)}, those of 5 m for ${kept(retention["5m"])}, and --delete-delay is ${hours(settings.deleteDelay)}.`,
      labels: {},
      groupKey: null,
      blocks: [],
      since: null,
      evidence: {
        ...retentionEvidence(model),
        deleteDelayMs: settings.deleteDelay,
        fiveMinutesCoverage: SHARE[coverage.fiveMinutes],
        hourCoverage: SHARE[coverage.hour],
      },
      consequence: `A raw block is downsampled once it spans 40 h, and a 5 m block once it spans 10 d; blocks get so long when their window of 2 d or 14 d closes, and not before. Here they are marked earlier, and passed over half of --delete-delay later: what is beyond the retention of ${coverage.fiveMinutes === "none" ? "raw" : "5 m"} samples is lost at every resolution, each day another day.${refused ? " A Thanos that downsamples does not start with them." : ""}`,
      remedy: steps(
        "Raise --retention.resolution-raw to 13d or more, or --retention.resolution-5m to 17d or more (and raw to 2d at least): either alone is enough for 1 h samples. That costs some days of raw or 5 m blocks.",
        "Do it before the next raw blocks end: those that are marked already come back with their mark taken off (see retention.expires-undownsampled).",
        "If the compactor is meant not to downsample, run it with --downsampling.disable and tell the audit (downsampling: false).",
      ),
    },
  ];
}

function sentence(coverage: Coverage): string {
  return coverage === "part" ? "Only a part of the history" : "No part of the history";
}

function kept(ms: number): string {
  return ms === 0 ? "ever" : hours(ms);
}
