import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { type Made, memberRole, statementsOf } from "#stacks/grants";
import { ownPath } from "#stacks/own-files";
import { trust } from "#stacks/policy";
import { memoryOf, sizeOf } from "#stacks/sizes";
import { logicalName, type Stage } from "#stacks/stage";
import { functionOf, type InstanceName, vpcOf, wiringOf } from "#stacks/vpcs";

interface Extra {
  readonly layers?: readonly $util.Output<string>[];
  readonly copyFiles?: readonly { readonly from: string; readonly to: string }[];
}

/** A function of the wiring, with its own rights and nothing else. What drives it: `drive`. */
export function lambda(stage: Stage, made: Made, name: InstanceName, extra: Extra = {}): sst.aws.Function {
  const { architecture, reserved } = sizeOf(name);
  const functionName = stage.name(name);
  const logGroup = `arn:${stage.partition}:logs:${stage.region}:${stage.account}:log-group:/aws/lambda/${functionName}`;
  return new sst.aws.Function(logicalName(name), {
    name: functionName,
    handler: ownPath(`functions/entry/${functionOf(name)}.handler`),
    runtime: "nodejs24.x",
    architecture,
    memory: `${memoryOf(name, stage.config)} MB`,
    timeout: `${wiringOf(name).timeoutSeconds} seconds`,
    logging: { format: "json", retention: "1 month" },
    environment: { MUSTERBOOK_INSTALLATION: installation(stage, made, name) },
    copyFiles: [{ from: writeConfig(stage), to: "fleet.config.json" }, ...(extra.copyFiles ?? [])],
    permissions: [
      { actions: ["logs:CreateLogStream", "logs:PutLogEvents"], resources: [`${logGroup}:*`] },
      ...statementsOf(stage, made, name),
    ],
    ...attachment(stage, name),
    ...(reserved === undefined ? {} : { concurrency: { reserved } }),
    ...(extra.layers === undefined ? {} : { layers: [...extra.layers] }),
    transform: {
      role: (args) => {
        // SST 4.17 lets the whole account assume every function's role (anomalyco/sst, function.ts: `!dev` of an Output).
        args.name = functionName;
        args.assumeRolePolicy = trust("lambda.amazonaws.com", stage);
        // Its managed policy writes to any log group.
        args.managedPolicyArns = [];
      },
    },
  });
}

/** Subnets and security groups of a function that is in a VPC. */
function attachment({ vpcs }: Stage, name: InstanceName): Pick<sst.aws.FunctionArgs, "vpc"> {
  const vpc = vpcs.find(({ id }) => id === vpcOf(name));
  return vpc === undefined ? {} : { vpc: { privateSubnets: vpc.subnets, securityGroups: vpc.securityGroups } };
}

/** What functions/deployment.ts reads: names of what was made, no secret among them. */
function installation({ fleet, account, region }: Stage, made: Made, name: InstanceName): $util.Output<string> {
  const urls = [...made.queues].map(([name, { url }]) => [name, url] as const);
  const arns = [...made.topics].map(([name, { arn }]) => [name, arn] as const);
  return $jsonStringify({
    account,
    region,
    table: made.table.name,
    state: $interpolate`s3://${made.state.name}`,
    queueUrls: Object.fromEntries(urls),
    topicArns: Object.fromEntries(arns),
    ...(fleet === undefined ? {} : { memberRole: memberRole(fleet, name) }),
    ...(vpcOf(name) === undefined ? {} : { vpc: vpcOf(name) }),
    ...(made.zoneId === undefined ? {} : { zoneId: made.zoneId }),
  });
}

/** The configuration goes with the code: both change in one deploy. Path from the project's root. */
function writeConfig({ source }: Stage): string {
  const file = join($cli.paths.work, "musterbook", $app.stage, "fleet.config.json");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(source));
  return relative($cli.paths.root, file);
}
