import type { Context } from "aws-lambda";
import type { InstallationConfig } from "#config/installation-config";
import { systemClock } from "#fleet/clock";
import { commonPorts } from "#functions/common-ports";
import { readDeployment } from "#functions/deployment";
import type { Installation } from "#functions/installation";
import type { HandlerFactory } from "#functions/lambda";
import type { CommonPorts } from "#functions/ports";

type Handler = ReturnType<HandlerFactory>;

/** A handler with AWS for its outside, in any installation. */
export function deployed(factory: HandlerFactory<CommonPorts>): Handler {
  return onFirstEvent((installation) => factory(commonPorts(installation, systemClock)));
}

/** What the deploy left is read once, when the first event comes; what failed is tried again by the next. */
export function onFirstEvent(make: (installation: Installation<InstallationConfig>) => Handler): Handler {
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
