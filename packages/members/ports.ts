/** A statement of a policy, as IAM keeps it: what may be one or several is always a list, in alphabetical order. */
export interface Statement {
  readonly effect: string;
  /** `AWS:arn:…` or `Service:events.amazonaws.com`. */
  readonly principals: readonly string[];
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** `StringEquals sts:ExternalId = fleet-1`. */
  readonly conditions: readonly string[];
}

export interface RoleFound {
  readonly trust: readonly Statement[];
  readonly rights: readonly Statement[];
  /** ARN of its permissions boundary. */
  readonly boundary: string | null;
}

export interface RuleFound {
  readonly enabled: boolean;
  readonly pattern: unknown;
  readonly targets: readonly {
    readonly arn: string;
    readonly roleArn: string | null;
    readonly deadLetters: string | null;
  }[];
}

export interface QueueFound {
  /** About how many messages wait in it. */
  readonly waiting: number;
  /** Who may send to it. */
  readonly policy: readonly Statement[];
}

export interface MemberPlace {
  readonly account: string;
  readonly region: string;
}

/**
 * A member account, by read calls only; undefined for what is not there. What may not be read is thrown as
 * TerminalError `forbidden`, which names the action.
 */
export interface MemberApi {
  role(at: MemberPlace, name: string): Promise<RoleFound | undefined>;
  rule(at: MemberPlace, name: string): Promise<RuleFound | undefined>;
  queue(at: MemberPlace, name: string): Promise<QueueFound | undefined>;
}
