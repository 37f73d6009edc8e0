import type { LayerName, Plan } from "#onboard/verdict";

/** A person has to do something. */
export function stop(at: LayerName, reason: string, message: string, remedy: string): Plan {
  return { stop: reason, at, message, remedy };
}

/** Nothing is concluded from what was not seen. */
export function notLookedAt(at: LayerName): Plan {
  return { wait: "not-looked-at", at, message: "an earlier layer hid it", until: "soon" };
}
