import type { LeafInput } from "#profiles/leaf";

/** The recommended leaf of a standard cluster. */
export function leafInput(over: Partial<LeafInput> = {}): LeafInput {
  return {
    fullname: "musterbook",
    queryName: "musterbook-leaf-query",
    externalLabels: { cluster: "c1", region: "eu-west-1", account: "111122223333", stage: "prod" },
    size: "standard",
    sourceRanges: ["10.0.0.0/16"],
    autoMode: false,
    alertTopicArn: "arn:aws:sns:eu-west-1:111122223333:musterbook-intake",
    ...over,
  };
}
