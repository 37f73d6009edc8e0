import { setTimeout as pause } from "node:timers/promises";
import type { Narrator } from "#cli/demo/narrator";
import type { Stage } from "#cli/stage/stage";
import type { ClusterRecord } from "#fleet/record";

/** Two cores take two helms at once, and a little beside them. */
const CONCURRENCY = 3;
const TELL_MS = 100;
/** After as many looks in vain a cluster's wait is what there is to see. */
const LOOKS_IN_VAIN = 2;
/** Nothing of the demo takes longer by its clock; what does is a defect, and ends here. */
const LONGEST_MS = 60 * 60_000;

/**
 * Lets everything happen, putting the clock forward whenever only time is awaited, until every cluster is present, waits
 * for something that does not come by itself, or needs a person.
 */
export async function driveUntilSettled(stage: Stage, narrator: Narrator, signal: AbortSignal): Promise<void> {
  const { runtime, clock, ports } = stage;
  const end = clock.now().getTime() + LONGEST_MS;
  while (!signal.aborted) {
    await deliverAll(stage, narrator, signal);
    const next = runtime.nextAt();
    const settled = (await ports.registry.all()).every(isSettled);
    if (next === undefined || settled || next.getTime() > end) return;
    clock.skipTo(next);
  }
}

async function deliverAll({ runtime }: Stage, narrator: Narrator, signal: AbortSignal): Promise<void> {
  const state = { busy: true };
  const work = runtime.runUntilIdle({ concurrency: CONCURRENCY, maxSteps: MAX_STEPS, signal }).finally(() => {
    state.busy = false;
  });
  while (state.busy) {
    await Promise.race([work, pause(TELL_MS)]);
    await narrator.catchUp();
  }
  await work;
  await narrator.catchUp();
}

const MAX_STEPS = 1_000;

/** What waits for a load balancer waits for somebody to install a controller; everything else comes by itself. */
function isSettled({ phase, step, attempts }: ClusterRecord): boolean {
  if (phase !== "waiting") return true;
  return step === "ready" && attempts > LOOKS_IN_VAIN;
}
