import pMap from "p-map";
import type { AlertInput, AlertRecord } from "#alerts/alert";
import { changeRecord } from "#alerts/change";
import { fitAlert } from "#alerts/evidence";
import { fingerprint } from "#alerts/fingerprint";
import type { AlertPorts } from "#alerts/ports";
import { publishRecords } from "#alerts/publish";
import { nextRecord } from "#alerts/state";
import { describeError } from "#fleet/errors";

const PARALLEL = 8;

export interface SyncResult {
  /** Records of the transitions that were made, in the order of the inputs, then what was resolved. */
  readonly changed: readonly AlertRecord[];
  readonly unchanged: number;
}

/**
 * Brings the alerts of one source to what it sees now: `inputs` fire, `explained` stay as they are since an input tells of
 * them, and whatever else of this source fires is resolved. So both must be whole: a source that could not look must not
 * call. Each transition is recorded first and then published; what does not reach the topic stays recorded, and `publishPending` tries it again. One alert that cannot be
 * recorded never holds up the others: its error is thrown when they are done.
 */
export async function syncAlerts(
  ports: AlertPorts,
  source: string,
  inputs: readonly AlertInput[],
  explained: readonly AlertInput[] = [],
): Promise<SyncResult> {
  const now = ports.clock.now();
  const seen = new Map(inputs.map((alert) => [fingerprint(alert), fitAlert(alert)]));
  const kept = new Set([...seen.keys(), ...explained.map(fingerprint)]);
  const gone = (await ports.alertStates.firing(source)).filter((record) => !kept.has(record.fingerprint));
  const fire = ([key, alert]: readonly [string, AlertInput]) =>
    changeRecord(ports, key, (stored) => nextRecord(stored, { status: "firing", source, alert }, now));
  const outcomes = [
    ...(await settled(ports, seen, fire)),
    ...(await settled(ports, gone, (record) => resolve(ports, record, now))),
  ];
  const changed = outcomes.flatMap((outcome) =>
    "record" in outcome && isOwed(outcome.record) ? [outcome.record] : [],
  );
  await publishRecords(ports, changed);
  const failed = outcomes.find((outcome) => "error" in outcome);
  if (failed !== undefined) throw failed.error;
  return { changed, unchanged: outcomes.length - changed.length };
}

/** What only remembers something has nothing to publish. */
function isOwed({ sequence, publishedSequence }: AlertRecord): boolean {
  return publishedSequence < sequence;
}

type Outcome = { readonly record: AlertRecord } | { readonly error: unknown } | { readonly unchanged: true };

function settled<T>(
  { log }: AlertPorts,
  items: Iterable<T>,
  change: (item: T) => Promise<AlertRecord | "unchanged">,
): Promise<readonly Outcome[]> {
  const settle = async (item: T): Promise<Outcome> => {
    try {
      const record = await change(item);
      return record === "unchanged" ? { unchanged: true } : { record };
    } catch (error) {
      log.warn("alert not recorded; its source tries again at its next look", { error: describeError(error) });
      return { error };
    }
  };
  return pMap(items, settle, { concurrency: PARALLEL });
}

/** Resolves what sources report that nobody asks any more, such as a bucket that has left the configuration. */
export async function retireSources(ports: AlertPorts, isRetired: (source: string) => boolean): Promise<void> {
  const sources = new Set((await ports.alertStates.allFiring()).map(({ source }) => source));
  for (const source of sources) if (isRetired(source)) await syncAlerts(ports, source, []);
}

/** Another source may have taken the alert over since the listing: then it is not ours to resolve. */
function resolve(ports: AlertPorts, { fingerprint: key, source }: AlertRecord, now: Date) {
  return changeRecord(ports, key, (stored) =>
    stored?.source === source ? nextRecord(stored, { status: "resolved" }, now) : "unchanged",
  );
}
