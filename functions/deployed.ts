import type { Context } from "aws-lambda";
import { hasFleet, type InstallationConfig } from "#config/installation-config";
import { systemClock } from "#fleet/clock";
import { TerminalError } from "#fleet/errors";
import { awsPorts, type Installation, type Reach } from "#functions/aws-ports";
import { readDeployment } from "#functions/deployment";
import type { HandlerFactory } from "#functions/lambda";

type Handler = ReturnType<HandlerFactory>;

/** A handler with AWS for its outside, in any installation. */
export function deployed(factory: HandlerFactory<InstallationConfig>): Handler {
  return opening((installation) => factory(awsPorts(installation, systemClock, outsideOnly)));
}

/** A handler with AWS for its outside, in an installation that has a fleet of clusters. */
export function deployedForFleet(factory: HandlerFactory, reach: Reach = outsideOnly): Handler {
  return opening(({ config, ...installation }) => {
    if (!hasFleet(config)) throw noFleet();
    return factory(awsPorts({ ...installation, config }, systemClock, reach));
  });
}

/** What the deploy left is read once, when the first event comes; what failed is tried again by the next. */
function opening(make: (installation: Installation<InstallationConfig>) => Handler): Handler {
  let opened: Promise<Handler> | undefined;
  const open = async () => {
    const folder = process.env.LAMBDA_TASK_ROOT ?? process.cwd();
    return make(await readDeployment({ environment: process.env, folder, clock: systemClock }));
  };
  return async (event: unknown, context: Context) => {
    opened ??= open();
    const opening = opened;
    opening.catch(() => {
      if (opened === opening) opened = undefined;
    });
    return (await opening)(event, context);
  };
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
