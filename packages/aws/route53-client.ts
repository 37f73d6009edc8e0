import { Route53Client } from "@aws-sdk/client-route-53";
import { type AwsScope, awsConfig } from "#aws/config";

/**
 * A client for the zone's account; its service is one for all regions. Route53 allows an account ten requests a second,
 * five until July 2026, which everything in the account shares
 * (https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html): so this one slows down by itself when
 * it is throttled, and has more tries than others. `PriorRequestNotComplete` is a code that the SDK tries again.
 */
export function route53Client(scope: AwsScope): Route53Client {
  return new Route53Client({ ...awsConfig(scope), retryMode: "adaptive", maxAttempts: 6 });
}
