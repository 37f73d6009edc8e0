import { forwarding } from "#members/forwarding";
import { operations } from "#members/operations";
import type { MemberOptions, Resources } from "#members/parts";
import { memberRoles } from "#members/roles";

/** A CloudFormation template, as far as ours goes. */
export interface Template {
  readonly AWSTemplateFormatVersion: string;
  readonly Description: string;
  readonly Parameters: Readonly<Record<string, object>>;
  readonly Conditions: Readonly<Record<string, object>>;
  readonly Resources: Resources;
}

/**
 * What an account needs to be a member, as a CloudFormation template for a StackSet: in each region rules that send events
 * to the hub's bus, with alarms on what does not arrive, and once a role per mode that the hub's functions may assume.
 */
export function memberTemplate(options: MemberOptions): Template {
  const { conditions, resources } = forwarding(options);
  return {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: "Musterbook: a member account of its fleet",
    Parameters: {
      PermissionsBoundary: {
        Type: "String",
        Default: "",
        Description: "ARN of a policy that bounds what the roles may ever do; empty for none",
      },
    },
    Conditions: {
      IsHome: { "Fn::Equals": [{ Ref: "AWS::Region" }, options.home] },
      IsBounded: { "Fn::Not": [{ "Fn::Equals": [{ Ref: "PermissionsBoundary" }, ""] }] },
      ...conditions,
    },
    Resources: { ...resources, ...operations(options), ...memberRoles(options) },
  };
}
