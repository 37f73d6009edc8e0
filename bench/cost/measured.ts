import { readFileSync } from "node:fs";
import * as v from "valibot";

/** Fleets that are measured; a bill between and above them is on the line through both. */
export const SIZES = [6, 30] as const;
/** Blocks of each stream that are there before. */
export const HISTORY = 6;
export const MEASURED = new URL("measured.json", import.meta.url);

const Use = v.object({
  invocations: v.number(),
  calls: v.number(),
  readUnits: v.number(),
  writeUnits: v.number(),
  changes: v.number(),
  s3Reads: v.number(),
  s3Writes: v.number(),
  s3WrittenBytes: v.number(),
  sqsSends: v.number(),
  snsPublishes: v.number(),
  logBytes: v.number(),
});
const Hour = v.object({
  clusters: v.number(),
  present: v.number(),
  alerts: v.number(),
  recordBytes: v.number(),
  uses: v.record(v.string(), Use),
});
export type Measured = v.InferOutput<typeof Hour>;
export type MeasuredUse = v.InferOutput<typeof Use>;

/** What the last measurement counted. */
export function readMeasured(): readonly Measured[] {
  return v.parse(v.array(Hour), JSON.parse(readFileSync(MEASURED, "utf8")));
}
