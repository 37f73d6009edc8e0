import type { Stage } from "#stacks/stage";

type Text = string | $util.Output<string>;

/** A service may put messages into a queue only for these sources. Their ARNs hold the account: SNS tells no other. */
export function mayDeliver(of: {
  readonly service: string;
  readonly queue: Text;
  readonly sources: readonly Text[];
}): aws.types.input.iam.GetPolicyDocumentStatementArgs {
  return {
    actions: ["sqs:SendMessage"],
    resources: [of.queue],
    principals: [{ type: "Service", identifiers: [of.service] }],
    conditions: [{ test: "ArnLike", variable: "aws:SourceArn", values: [...of.sources] }],
  };
}

/** The trust of a role that one service works as, for one source or for anything of this account. */
export function trust(service: string, { account }: Stage, source?: Text): $util.Output<string> {
  const conditions = [
    ...(service === "lambda.amazonaws.com"
      ? [] // Lambda does not say for which function it asks.
      : [{ test: "StringEquals", variable: "aws:SourceAccount", values: [account] }]),
    ...(source === undefined ? [] : [{ test: "ArnEquals", variable: "aws:SourceArn", values: [source] }]),
  ];
  return aws.iam.getPolicyDocumentOutput({
    statements: [
      { actions: ["sts:AssumeRole"], principals: [{ type: "Service", identifiers: [service] }], conditions },
    ],
  }).json;
}

/** An inline policy that allows some actions on some resources. */
export function allowing(actions: readonly string[], resources: readonly Text[]): $util.Output<string> {
  return aws.iam.getPolicyDocumentOutput({ statements: [{ actions: [...actions], resources: [...resources] }] }).json;
}
