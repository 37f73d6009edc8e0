import { type ForeignObjects, mergeForeign } from "#blocks/bucket/foreign";

/** What a listing found that is no file of a block. */
export interface Beside {
  readonly objects: number;
  readonly bytes: number;
  readonly foreign: readonly ForeignObjects[];
}

export const NOTHING_BESIDE: Beside = { objects: 0, bytes: 0, foreign: [] };

/** Of two stretches of a listing, the first of which comes first. */
export function mergeBeside(a: Beside, b: Beside): Beside {
  return {
    objects: a.objects + b.objects,
    bytes: a.bytes + b.bytes,
    foreign: mergeForeign(a.foreign, b.foreign),
  };
}
