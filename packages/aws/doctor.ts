import type { AwsScope } from "#aws/config";
import { accountFacts } from "#aws/doctor-account";
import { bucketFacts } from "#aws/doctor-bucket";
import { fleetFacts, thanosVersion } from "#aws/doctor-fleet";
import { trailsOf } from "#aws/doctor-trails";
import { hasFleet, type InstallationConfig } from "#config/installation-config";
import type { Facts } from "#doctor/facts";
import type { Clock } from "#fleet/clock";

/** What the doctor asks, by the read calls of AWS with the credentials of whoever runs it. */
export function awsDoctor(of: {
  readonly scope: AwsScope;
  readonly config: InstallationConfig;
  readonly clock: Clock;
}): Facts {
  const { scope, config, clock } = of;
  const account = accountFacts(scope);
  return {
    ...account,
    ...bucketFacts(scope),
    ...fleetFacts(scope, async () => (await account.identity()).account),
    trails: (region) => trailsOf(scope, region),
    thanosVersion: async () => (hasFleet(config) ? thanosVersion({ scope, config, clock }) : undefined),
  };
}
