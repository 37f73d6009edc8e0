import type { AlertRecord } from "#alerts/alert";
import type { AlertPorts } from "#alerts/ports";
import { ConflictError } from "#fleet/errors";

/** Losing to other writers of one alert this often in a row is worth an error. */
const MAX_TRIES = 5;

/**
 * Changes one alert's record conditionally: `decide` is asked again with what is stored now whenever somebody else was
 * faster. Returns what was written, or `unchanged`. Throws ConflictError after five lost writes.
 */
export async function changeRecord(
  { alertStates }: Pick<AlertPorts, "alertStates">,
  key: string,
  decide: (stored: AlertRecord | undefined) => AlertRecord | "unchanged",
): Promise<AlertRecord | "unchanged"> {
  for (let tries = 1; ; tries += 1) {
    const stored = await alertStates.get(key);
    const next = decide(stored?.record);
    if (next === "unchanged") return next;
    try {
      await alertStates.put(next, stored?.version ?? 0);
      return next;
    } catch (error) {
      if (!(error instanceof ConflictError) || tries === MAX_TRIES) throw error;
    }
  }
}
