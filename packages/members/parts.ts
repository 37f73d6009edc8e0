import type { FleetConfig } from "#config/fleet-config";

/** The hub, as a member has to know it. */
export interface Hub {
  readonly account: string;
  readonly region: string;
  /** `aws`, `aws-cn` or `aws-us-gov`. */
  readonly partition: string;
  /** SST's stage. */
  readonly stage: string;
}

export interface MemberOptions {
  readonly hub: Hub;
  readonly config: FleetConfig;
  /** The one region of each member in which its roles are made: IAM is the same in all. */
  readonly home: string;
}

/** A resource of a template, as far as ours go. `Condition` names one of the template's. */
export interface TemplateResource {
  readonly Type: string;
  readonly Condition?: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

export type Resources = Readonly<Record<string, TemplateResource>>;

export const ACCOUNT = { Ref: "AWS::AccountId" };
export const REGION = { Ref: "AWS::Region" };
/** Of every role. */
export const BOUNDARY = { "Fn::If": ["IsBounded", { Ref: "PermissionsBoundary" }, { Ref: "AWS::NoValue" }] };

/** The ARN of something in the member's own account. */
export function own({ partition }: Hub, service: string, region: unknown, resource: string) {
  return { "Fn::Join": [":", ["arn", partition, service, region, ACCOUNT, resource]] };
}

export function policy(...statements: readonly object[]) {
  return { Version: "2012-10-17", Statement: statements.map((statement) => ({ Effect: "Allow", ...statement })) };
}

export function arnOf(resource: string) {
  return { "Fn::GetAtt": [resource, "Arn"] };
}
