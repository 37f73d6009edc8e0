/** What Musterbook may do to a cluster, in rising order. */
export type Mode = "observe" | "register" | "manage";

export const MODES = ["observe", "register", "manage"] as const satisfies readonly Mode[];

const RANK: Readonly<Record<Mode, number>> = { observe: 0, register: 1, manage: 2 };

/** Whether `mode` includes what `needed` allows. */
export function allows(mode: Mode, needed: Mode): boolean {
  return RANK[mode] >= RANK[needed];
}
