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
  {
    file: "contracts/object-store.test.ts",
    test: "on versitygw > s3ObjectStore, as an object store > keeps keys apart, also where one is the beginning of another",
    reason: "versitygw keeps objects as files, and a file is no folder; S3 has no folders",
  },
  {
    file: "contracts/bucket.test.ts",
    test: 'on versitygw > s3Bucket, as a bucket > has nothing at "01A/../01A/index"',
    reason: "versitygw takes the key for a path and resolves its dots; S3 takes a key as it is",
  },
  {
    file: "contracts/bucket.test.ts",
    test: "on moto > tells which multipart uploads have not ended",
    reason: "moto says of each upload that it was begun in 2010; S3 says when it was",
  },
  {
    file: "contracts/fleet-table.test.ts",
    test: "the fleet table on moto > takes no record of more than 400 KB",
    reason: "moto refuses the update and yet leaves an item with nothing but its key; DynamoDB leaves nothing",
  },
  {
    file: "contracts/message-limits.test.ts",
    test: "on ministack > SQS refuses more than 1 MiB with the attributes",
    reason: "ministack counts the body alone; SQS counts the attributes too",
  },
  {
    file: "contracts/message-limits.test.ts",
    test: "on ministack > SQS refuses eleven attributes",
    reason: "ministack takes any number of attributes; SQS takes ten",
  },
  {
    file: "contracts/message-limits.test.ts",
    test: "on ministack > SQS refuses an empty attribute",
    reason: "ministack takes an attribute without a value; SQS answers InvalidParameterValue",
  },
  {
    file: "contracts/message-limits.test.ts",
    test: "on ministack > SQS refuses a deduplication id on a standard queue",
    reason: "ministack ignores the id; SQS answers InvalidParameterValue",
  },
  {
    file: "contracts/message-limits.test.ts",
    test: "on ministack > SQS refuses a long group",
    reason: "ministack takes a group of any length; SQS takes 128 characters",
  },
  {
    file: "contracts/message-limits.test.ts",
    test: "on ministack > SQS refuses a space in a group",
    reason: "ministack takes a group of any characters; SQS takes letters, digits and punctuation",
  },
  {
    file: "contracts/message-limits.test.ts",
    test: "on ministack > SNS refuses an empty message",
    reason: "ministack publishes it; SNS answers InvalidParameter",
  },
  {
    file: "contracts/message-limits.test.ts",
    test: "on ministack > SNS refuses an empty attribute",
    reason: "ministack takes an attribute without a value; SNS answers InvalidParameterValue",
  },
  {
    file: "contracts/message-limits.test.ts",
    test: "on ministack > SNS refuses a long group",
    reason: "ministack takes a group of any length; SNS takes 128 characters",
  },
  {
    file: "scenarios/private-clusters.test.ts",
    test: "an installation with a member and a VPC, applied > lets the member's forwarding role, and nobody else, put our events onto the hub's bus, in fact",
    reason:
      "ministack knows no bus of another account; EventBridge judges by the bus's policy who may put events onto it",
  },
];
