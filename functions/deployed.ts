import type { Context } from "aws-lambda";
import { systemClock } from "#fleet/clock";
import { TerminalError } from "#fleet/errors";
import { awsPorts, type Reach } from "#functions/aws-ports";
import { readDeployment } from "#functions/deployment";
import type { HandlerFactory } from "#functions/lambda";

/** A handler with AWS for its outside. What the deploy left is read once, when the first event comes. */
export function deployed(factory: HandlerFactory, reach: Reach = outsideOnly): ReturnType<HandlerFactory> {
  let opened: Promise<ReturnType<HandlerFactory>> | undefined;
  const open = async () => {
    const clock = systemClock;
    const folder = process.env.LAMBDA_TASK_ROOT ?? process.cwd();
    return factory(awsPorts(await readDeployment({ environment: process.env, folder, clock }), clock, reach));
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
