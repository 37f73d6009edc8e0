/** Where an emulator is known to differ from AWS. A test listed here must fail: a difference that is gone is an error, too. */
export interface Difference {
  /** Relative to `test/real/`. */
  readonly file: string;
  /** The test's full name, describe blocks first, joined by " > ". */
  readonly test: string;
  /** What the emulator does, and what AWS does. */
  readonly reason: string;
}

export const differences: readonly Difference[] = [
  {
    file: "contracts/dns.test.ts",
    test: "on moto > route53Dns, as a Dns > tells a change under way from one that is everywhere, and from one that it does not know",
    reason:
      "moto says INSYNC of any change, and of those that never were; Route53 says PENDING first, and NoSuchChange",
  },
  {
    file: "contracts/dns.test.ts",
    test: "on moto > route53Dns in a zone > is told of a conflict when the name is taken between its look and its claim, and leaves no marker",
    reason:
      "moto lets CREATE write over another record of the name; Route53 refuses the whole batch (InvalidChangeBatch)",
  },
  {
    file: "contracts/dns.test.ts",
    test: "on moto > route53Dns in a zone > removes neither record nor marker when the record is changed between its look and its removal",
    reason:
      "moto deletes a record set whose values are not as given; Route53 refuses the whole batch (InvalidChangeBatch)",
  },
];
