import { join, resolve } from "node:path";
import { s3ObjectStore } from "#aws/s3-object-store";
import type { ObjectStore } from "#blocks/bucket/bucket";
import type { AuditReport } from "#blocks/finding";
import { RECORDED } from "#cli/demo/fleet";
import { type OpenOptions, openBucket } from "#cli/open-bucket";
import { DATABASE, exists, REPORTS } from "#cli/stage/folder";
import { TerminalError } from "#fleet/errors";
import { fileObjectStore } from "#local/file-object-store";
import { loadReport, loadReportAt, type StoredReport } from "#report/stored-report";

/** The reports that a stage has stored. */
export interface StoredReports {
  /** The stage, as it was named. */
  readonly stage: string;
  /** The last report of a bucket, however its URL is written. */
  of(bucket: string): Promise<StoredReport | undefined>;
  /** Those of all buckets, as far as they can be read, by the names of the buckets. */
  all(): Promise<readonly AuditReport[]>;
  /** Whether the bucket is judged as of one time, for ever. */
  isRecorded(bucket: string): boolean;
}

/** The reports of a deployed stage (`s3://bucket`, its bucket), or of the local one in a folder. Throws TerminalError. */
export async function storedReports(stage: string, options: OpenOptions): Promise<StoredReports> {
  if (!hasScheme(stage)) return inFolder(stage);
  const url = `${stage.replace(/\/+$/, "")}/reports`;
  const { endpoint, region } = options;
  const at = { ...(endpoint === undefined ? {} : { endpoint }), ...(region === undefined ? {} : { region }) };
  const store = s3ObjectStore(url, at);
  return { ...reading(store, () => keysIn(url, options)), stage, isRecorded: () => false };
}

async function inFolder(stage: string): Promise<StoredReports> {
  const [folder, reports] = [resolve(stage), join(resolve(stage), REPORTS)];
  if (!(await exists(join(folder, DATABASE)))) throw noStage(stage);
  const keys = async () => ((await exists(reports)) ? keysIn(reports, {}) : []);
  const isRecorded = (bucket: string) => bucket === join(folder, "buckets", RECORDED.name);
  return { ...reading(fileObjectStore(reports), keys), stage, isRecorded };
}

function reading(store: ObjectStore, keys: () => Promise<readonly string[]>): Pick<StoredReports, "of" | "all"> {
  return {
    of: async (bucket) => {
      for (const url of spellingsOf(bucket)) {
        const found = await loadReport(store, url);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    all: async () => {
      const read = await Promise.allSettled((await keys()).map((key) => loadReportAt(store, key)));
      return read.flatMap((one) => (one.status === "fulfilled" && one.value !== undefined ? [one.value] : []));
    },
  };
}

/** As the stage's configuration may have it. */
function spellingsOf(bucket: string): readonly string[] {
  if (!hasScheme(bucket)) return [resolve(bucket), bucket];
  const plain = bucket.replace(/\/+$/, "");
  return [plain, `${plain}/`];
}

/** Keys of reports; in a folder there are files of versions below each. */
async function keysIn(place: string, options: OpenOptions): Promise<readonly string[]> {
  const keys = new Set<string>();
  for await (const page of openBucket(place, options).list()) {
    for (const { key } of page) {
      const [report] = /^[^/]+\/report\.json(?=\/|$)/.exec(key) ?? [];
      if (report !== undefined) keys.add(report);
    }
  }
  return [...keys];
}

function noStage(stage: string): TerminalError {
  return new TerminalError(`there is no stage in ${resolve(stage)}`, {
    reason: "no-stage",
    field: "--state",
    value: stage,
    remedy:
      "Name a deployed stage by its bucket, whose name sst deploy prints as state: --state s3://the-bucket. A local one is made by npx musterbook demo.",
  });
}

function hasScheme(text: string): boolean {
  return /^[a-z\d]+:\//i.test(text);
}
