import { readFile } from "node:fs/promises";
import {
  CreateFunctionCommand,
  LambdaClient,
  PublishLayerVersionCommand,
  PutFunctionConcurrencyCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import * as v from "valibot";
import { client, does, type Make, maker, settings, text } from "#test/real/sst/maker";

/** Where the code of functions lies that the program puts into SST's own bucket: nothing is uploaded. */
const code = new Map<string, string>();
const WAIT_SECONDS = 120;

export const keepCode: Make = does(v.object({ key: text, source: v.object({ path: text }) }), async ({ key, source }) =>
  code.set(key, source.path),
);

const FunctionInputs = v.object({
  name: text,
  role: text,
  runtime: v.picklist(["nodejs24.x"]),
  architectures: v.array(v.picklist(["arm64", "x86_64"])),
  handler: text,
  timeout: v.number(),
  memorySize: v.number(),
  environment: v.object({ variables: v.record(text, text) }),
  layers: v.optional(v.array(text), []),
  vpcConfig: v.optional(v.object({ subnetIds: v.array(text), securityGroupIds: v.array(text) })),
  reservedConcurrentExecutions: v.optional(v.number()),
  s3Key: text,
});
type FunctionInputs = v.InferOutput<typeof FunctionInputs>;

/** Functions and layers. */
export const compute: Readonly<Record<string, Make>> = {
  "aws:lambda/layerVersion:LayerVersion": maker(
    v.object({ layerName: text, code: v.object({ path: text }) }),
    async ({ layerName: LayerName, code: archive }, { place }) => {
      const Content = { ZipFile: await readFile(archive.path) };
      const published = await client(LambdaClient, place).send(
        new PublishLayerVersionCommand({ LayerName, Content, CompatibleRuntimes: ["nodejs24.x"] }),
      );
      const { LayerVersionArn: arn = "", LayerArn: layerArn = "", Version } = published;
      return { id: arn, state: { arn, layerArn, version: String(Version) } };
    },
  ),
  "aws:lambda/function:Function": maker(FunctionInputs, async (inputs, { place }) => {
    const lambda = client(LambdaClient, place);
    const Code = { ZipFile: await codeOf(inputs) };
    const { FunctionArn: arn = "" } = await lambda.send(
      new CreateFunctionCommand({
        ...configurationOf(inputs),
        Runtime: inputs.runtime,
        Architectures: inputs.architectures,
        Code,
      }),
    );
    await waitUntilFunctionActiveV2(
      { client: lambda, maxWaitTime: WAIT_SECONDS, minDelay: 1 },
      { FunctionName: inputs.name },
    );
    const { reservedConcurrentExecutions: reserved = -1 } = inputs;
    if (reserved >= 0) {
      const concurrency = { FunctionName: inputs.name, ReservedConcurrentExecutions: reserved };
      await lambda.send(new PutFunctionConcurrencyCommand(concurrency));
    }
    return { state: { arn } };
  }),
};

/** In the order of the provider: the configuration, then the code. Each drops the processes that run. */
export const changeFunction: Make = does(FunctionInputs, async (inputs, { place }) => {
  const lambda = client(LambdaClient, place);
  const FunctionName = inputs.name;
  const updated = () =>
    waitUntilFunctionUpdatedV2({ client: lambda, maxWaitTime: WAIT_SECONDS, minDelay: 1 }, { FunctionName });
  await lambda.send(new UpdateFunctionConfigurationCommand(configurationOf(inputs)));
  await updated();
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: await codeOf(inputs) }));
  await updated();
});

function configurationOf(inputs: FunctionInputs) {
  const { vpcConfig: vpc } = inputs;
  return {
    FunctionName: inputs.name,
    Role: inputs.role,
    Handler: inputs.handler,
    Timeout: inputs.timeout,
    MemorySize: inputs.memorySize,
    Environment: { Variables: { ...inputs.environment.variables, ...settings.functionEnvironment } },
    Layers: inputs.layers,
    ...(vpc && { VpcConfig: { SubnetIds: vpc.subnetIds, SecurityGroupIds: vpc.securityGroupIds } }),
  };
}

async function codeOf({ name, s3Key }: FunctionInputs): Promise<Uint8Array> {
  const path = code.get(s3Key);
  if (path === undefined) throw new Error(`the program has put no code for ${name} into SST's bucket`);
  return readFile(path);
}
