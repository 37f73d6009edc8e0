import { readFile } from "node:fs/promises";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  LambdaClient,
  PutFunctionEventInvokeConfigCommand,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { CreateScheduleCommand, CreateScheduleGroupCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import * as v from "valibot";
import { Arn, client, type Make, maker, maybe, text } from "#test/real/sst/maker";

/** Where the code of functions lies that the program puts into SST's own bucket: nothing is uploaded. */
const code = new Map<string, string>();

/** Functions, their roles, and what drives them. */
export const compute: Readonly<Record<string, Make>> = {
  "aws:s3/bucketObjectv2:BucketObjectv2": maker(
    v.object({ key: text, source: v.object({ path: text }) }),
    async ({ key, source }) => {
      code.set(key, source.path);
      return undefined;
    },
  ),
  "aws:iam/role:Role": maker(
    v.object({
      name: maybe,
      assumeRolePolicy: text,
      inlinePolicies: v.optional(v.array(v.object({ name: text, policy: text })), []),
    }),
    async (inputs, { name, place }) => {
      const iam = client(IAMClient, place);
      const RoleName = inputs.name ?? name;
      const AssumeRolePolicyDocument = inputs.assumeRolePolicy;
      const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
      for (const { name: PolicyName, policy: PolicyDocument } of inputs.inlinePolicies) {
        await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
      }
      return { id: RoleName, state: { name: RoleName, arn: Role?.Arn ?? "" } };
    },
  ),
  "aws:lambda/function:Function": maker(
    v.object({
      name: text,
      role: text,
      runtime: v.picklist(["nodejs24.x"]),
      handler: text,
      timeout: v.number(),
      memorySize: v.number(),
      environment: v.object({ variables: v.record(text, text) }),
      s3Key: text,
    }),
    async (inputs, { place }) => {
      const lambda = client(LambdaClient, place);
      const ZipFile = await readFile(code.get(inputs.s3Key) ?? "");
      const { FunctionArn: arn = "" } = await lambda.send(
        new CreateFunctionCommand({
          FunctionName: inputs.name,
          Role: inputs.role,
          Runtime: inputs.runtime,
          Handler: inputs.handler,
          Timeout: inputs.timeout,
          MemorySize: inputs.memorySize,
          Environment: { Variables: inputs.environment.variables },
          Code: { ZipFile },
        }),
      );
      await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 60 }, { FunctionName: inputs.name });
      return { state: { arn } };
    },
  ),
  "aws:lambda/eventSourceMapping:EventSourceMapping": maker(
    v.object({
      functionName: text,
      eventSourceArn: text,
      batchSize: v.number(),
      maximumBatchingWindowInSeconds: v.optional(v.number()),
      functionResponseTypes: v.optional(v.array(v.picklist(["ReportBatchItemFailures"]))),
      startingPosition: v.optional(v.picklist(["TRIM_HORIZON"])),
    }),
    async (inputs, { place }) => {
      await client(LambdaClient, place).send(
        new CreateEventSourceMappingCommand({
          FunctionName: inputs.functionName,
          EventSourceArn: inputs.eventSourceArn,
          BatchSize: inputs.batchSize,
          MaximumBatchingWindowInSeconds: inputs.maximumBatchingWindowInSeconds,
          FunctionResponseTypes: inputs.functionResponseTypes,
          StartingPosition: inputs.startingPosition,
        }),
      );
      return undefined;
    },
  ),
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": maker(
    v.object({
      functionName: text,
      maximumRetryAttempts: v.number(),
      destinationConfig: v.object({ onFailure: v.object({ destination: text }) }),
    }),
    async (inputs, { place }) => {
      await client(LambdaClient, place).send(
        new PutFunctionEventInvokeConfigCommand({
          FunctionName: inputs.functionName,
          MaximumRetryAttempts: inputs.maximumRetryAttempts,
          DestinationConfig: { OnFailure: { Destination: inputs.destinationConfig.onFailure.destination } },
        }),
      );
      return undefined;
    },
  ),
  "aws:scheduler/scheduleGroup:ScheduleGroup": maker(v.object({ name: text }), async ({ name: Name }, { place }) => {
    const { ScheduleGroupArn: arn = "" } = await client(SchedulerClient, place).send(
      new CreateScheduleGroupCommand({ Name }),
    );
    return { state: { arn } };
  }),
  "aws:scheduler/schedule:Schedule": maker(
    v.object({
      name: text,
      groupName: text,
      scheduleExpression: text,
      target: v.object({ arn: text, roleArn: text, input: text, deadLetterConfig: Arn }),
    }),
    async (inputs, { place }) => {
      const { arn: Arn, roleArn: RoleArn, input: Input } = inputs.target;
      await client(SchedulerClient, place).send(
        new CreateScheduleCommand({
          Name: inputs.name,
          GroupName: inputs.groupName,
          ScheduleExpression: inputs.scheduleExpression,
          FlexibleTimeWindow: { Mode: "OFF" },
          // Who applies a program wants to say himself when something runs.
          State: "DISABLED",
          Target: { Arn, RoleArn, Input, DeadLetterConfig: { Arn: inputs.target.deadLetterConfig.arn } },
        }),
      );
      return undefined;
    },
  ),
};
