/** Where an emulator is known to differ from AWS. A test listed here must fail: a difference that is gone is an error, too. */
export interface Difference {
  /** Relative to `test/real/`. */
  readonly file: string;
  /** The test's full name, describe blocks first, joined by " > ". */
  readonly test: string;
  /** What the emulator does, and what AWS does. */
  readonly reason: string;
}

export const differences: readonly Difference[] = [];
