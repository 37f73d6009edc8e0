import { hasFleet } from "#config/installation-config";
import { systemClock } from "#fleet/clock";
import { TerminalError } from "#fleet/errors";
import { awsPorts, type Reach } from "#functions/aws-ports";
import { onFirstEvent } from "#functions/deployed";
import type { HandlerFactory } from "#functions/lambda";

/** A handler with AWS for its outside, in an installation that has a fleet of clusters. */
export function deployedForFleet(factory: HandlerFactory, reach: Reach = outsideOnly): ReturnType<HandlerFactory> {
  return onFirstEvent(({ config, ...installation }) => {
    if (!hasFleet(config)) throw noFleet();
    return factory(awsPorts({ ...installation, config }, systemClock, reach));
  });
}

/** For functions that never look into a cluster. */
const outsideOnly: Reach = () => ({
  connector: { connect: refuse },
  chart: refuse,
});

async function refuse(): Promise<never> {
  throw new TerminalError("this function was built without the means to reach a cluster", {
    reason: "no-reach",
    remedy: "Give its entry point clusterReach of #functions/cluster-reach.",
  });
}

function noFleet(): TerminalError {
  return new TerminalError("this function works for a fleet of clusters, and its configuration only audits", {
    reason: "deployment-broken",
    field: "capabilities",
    remedy: "Deploy again with stacks and functions of the same version.",
  });
}
