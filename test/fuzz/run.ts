import { CASES_OF_A_BUCKET, fuzzCase } from "#test/fuzz/fuzz-case";
import { violationsOf } from "#test/fuzz/judge";

/** A bucket that the audit does not stand. */
export interface FuzzFailure {
  readonly seed: number;
  /** The first of its cases. */
  readonly from: number;
  readonly done: readonly string[];
  readonly violations: readonly string[];
}

/** The cases of a seed from `from` on, before `to`; a bucket has a number of them, and those of one are judged together. */
export async function fuzz({
  seed,
  from,
  to,
}: {
  readonly seed: number;
  readonly from: number;
  readonly to: number;
}): Promise<readonly FuzzFailure[]> {
  const failures: FuzzFailure[] = [];
  for (let index = Math.floor(from / CASES_OF_A_BUCKET); index * CASES_OF_A_BUCKET < to; index += 1) {
    const made = fuzzCase(seed, index);
    const violations = await violationsOf(made);
    if (violations.length > 0) failures.push({ seed, from: index * CASES_OF_A_BUCKET, done: made.done, violations });
  }
  return failures;
}
