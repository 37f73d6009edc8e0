import { type FuzzCase, fuzzCase } from "#test/fuzz/fuzz-case";
import { violationsOf } from "#test/fuzz/judge";

/** A case that the audit does not stand. */
export interface FuzzFailure {
  readonly seed: number;
  readonly index: number;
  readonly done: readonly string[];
  readonly violations: readonly string[];
}

/** The cases of a seed from `from` on, before `to`. */
export async function fuzz(
  { seed, from, to }: { readonly seed: number; readonly from: number; readonly to: number },
  onCase?: (index: number) => void,
): Promise<readonly FuzzFailure[]> {
  const failures: FuzzFailure[] = [];
  for (let index = from; index < to; index += 1) {
    onCase?.(index);
    const made: FuzzCase = fuzzCase(seed, index);
    const violations = await violationsOf(made);
    if (violations.length > 0) failures.push({ seed, index, done: made.done, violations });
  }
  return failures;
}
