import { readFile } from "node:fs/promises";
import * as v from "valibot";
import { hasFleet, type InstallationConfig } from "#config/installation-config";
import { formatProblems, parseWith } from "#config/schema";
import type { Clock } from "#fleet/clock";
import { TerminalError } from "#fleet/errors";
import { parseConfig } from "#fleet/load-config";
import type { Installation } from "#functions/installation";

/** What stacks/lambda.ts writes into `MUSTERBOOK_INSTALLATION`, JSON. */
const Deployment = v.object({
  account: v.string(),
  region: v.string(),
  table: v.string(),
  state: v.string(),
  zoneId: v.optional(v.string(), ""),
  queueUrls: v.record(v.string(), v.string()),
  topicArns: v.record(v.string(), v.string()),
  /** Name of the role that other accounts have for us; not where there is no fleet. */
  memberRole: v.optional(v.string()),
  /** The VPC that the function is in. */
  vpc: v.exactOptional(v.string()),
});

/** Where Lambda puts the layer with helm; see packages/helm/binary.ts. */
const LAYER_PATH = "/opt/helm:/opt/kubectl";

export interface DeploymentSource {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The folder of the function's code: `fleet.config.json` and `charts/` are in it. */
  readonly folder: string;
  readonly clock: Clock;
}

/** What the deploy left for its functions: names in the environment, the fleet's configuration beside the code. */
export async function readDeployment({
  environment,
  folder,
  clock,
}: DeploymentSource): Promise<Installation<InstallationConfig>> {
  const parsed = parseWith(Deployment, parseJson(environment.MUSTERBOOK_INSTALLATION ?? ""));
  if (!parsed.ok) throw broken("MUSTERBOOK_INSTALLATION", formatProblems(parsed.problems));
  const file = `${folder}/fleet.config.json`;
  const config = parseConfig(parseJson(await readFile(file, "utf8")), clock.now());
  if (!config.ok) throw broken(file, formatProblems(config.problems));
  const { region, table, state, zoneId, vpc } = parsed.value;
  return {
    config: config.value,
    hub: { region },
    ...{ table, zoneId, state: { url: state, region } },
    ...(vpc === undefined ? {} : { vpc }),
    queueUrls: parsed.value.queueUrls,
    topicArns: parsed.value.topicArns,
    ...rolesOf(parsed.value, config.value),
    workDir: "/tmp",
    ...{ path: LAYER_PATH, host: "lambda", charts: `${folder}/charts` },
  };
}

/** The roles that functions work as besides their own. */
function rolesOf(
  { account, memberRole }: v.InferOutput<typeof Deployment>,
  config: InstallationConfig,
): Pick<Installation, "roleFor" | "clusterRole"> {
  if (!hasFleet(config)) return { roleFor: () => undefined, clusterRole: undefined };
  if (memberRole === undefined) throw broken("MUSTERBOOK_INSTALLATION", "memberRole is missing");
  const { principalArn, members } = config;
  const external = members === undefined ? {} : { externalId: members.externalId };
  const partition = principalArn.split(":")[1];
  return {
    roleFor: (of) =>
      of === account ? undefined : { roleArn: `arn:${partition}:iam::${of}:role/${memberRole}`, ...external },
    clusterRole: { roleArn: principalArn },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function broken(field: string, problems: string): TerminalError {
  return new TerminalError(`this function was deployed without a sound ${field}:\n${problems}`, {
    reason: "deployment-broken",
    field,
    remedy: "Deploy again with stacks and functions of the same version.",
  });
}
