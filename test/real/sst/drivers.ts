import {
  CreateEventSourceMappingCommand,
  LambdaClient,
  PutFunctionEventInvokeConfigCommand,
} from "@aws-sdk/client-lambda";
import { CreateScheduleCommand, CreateScheduleGroupCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import * as v from "valibot";
import { Arn, client, does, type Make, maker, settings, text } from "#test/real/sst/maker";

const Patterns = v.object({ filters: v.array(v.object({ pattern: text })) });

/** What drives functions. */
export const drivers: Readonly<Record<string, Make>> = {
  "aws:lambda/eventSourceMapping:EventSourceMapping": does(
    v.object({
      functionName: text,
      eventSourceArn: text,
      batchSize: v.number(),
      maximumBatchingWindowInSeconds: v.optional(v.number()),
      functionResponseTypes: v.optional(v.array(v.picklist(["ReportBatchItemFailures"]))),
      startingPosition: v.optional(v.picklist(["TRIM_HORIZON"])),
      maximumRetryAttempts: v.optional(v.number()),
      filterCriteria: v.optional(Patterns),
      scalingConfig: v.optional(v.object({ maximumConcurrency: v.number() })),
      destinationConfig: v.optional(v.object({ onFailure: v.object({ destinationArn: text }) })),
    }),
    async (inputs, { place }) => {
      const { filterCriteria, scalingConfig, destinationConfig } = inputs;
      const Filters = filterCriteria?.filters.map(({ pattern: Pattern }) => ({ Pattern }));
      const Destination = destinationConfig?.onFailure.destinationArn;
      await client(LambdaClient, place).send(
        new CreateEventSourceMappingCommand({
          FunctionName: inputs.functionName,
          EventSourceArn: inputs.eventSourceArn,
          BatchSize: inputs.batchSize,
          MaximumBatchingWindowInSeconds: inputs.maximumBatchingWindowInSeconds,
          FunctionResponseTypes: inputs.functionResponseTypes,
          StartingPosition: inputs.startingPosition,
          MaximumRetryAttempts: inputs.maximumRetryAttempts,
          ...(Filters === undefined ? {} : { FilterCriteria: { Filters } }),
          ...(Destination === undefined ? {} : { DestinationConfig: { OnFailure: { Destination } } }),
          ...(scalingConfig && { ScalingConfig: { MaximumConcurrency: scalingConfig.maximumConcurrency } }),
        }),
      );
    },
  ),
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": does(
    v.object({
      functionName: text,
      maximumRetryAttempts: v.number(),
      maximumEventAgeInSeconds: v.number(),
      destinationConfig: v.object({ onFailure: v.object({ destination: text }) }),
    }),
    async (inputs, { place }) => {
      await client(LambdaClient, place).send(
        new PutFunctionEventInvokeConfigCommand({
          FunctionName: inputs.functionName,
          MaximumRetryAttempts: inputs.maximumRetryAttempts,
          MaximumEventAgeInSeconds: inputs.maximumEventAgeInSeconds,
          DestinationConfig: { OnFailure: { Destination: inputs.destinationConfig.onFailure.destination } },
        }),
      );
    },
  ),
  "aws:scheduler/scheduleGroup:ScheduleGroup": maker(v.object({ name: text }), async ({ name: Name }, { place }) => {
    const { ScheduleGroupArn: arn = "" } = await client(SchedulerClient, place).send(
      new CreateScheduleGroupCommand({ Name }),
    );
    return { state: { arn } };
  }),
  "aws:scheduler/schedule:Schedule": does(
    v.object({
      name: text,
      groupName: text,
      scheduleExpression: text,
      target: v.object({ arn: text, roleArn: text, input: text, deadLetterConfig: Arn }),
    }),
    async (inputs, { place }) => {
      const { arn: TargetArn, roleArn: RoleArn, input: Input, deadLetterConfig } = inputs.target;
      await client(SchedulerClient, place).send(
        new CreateScheduleCommand({
          Name: inputs.name,
          GroupName: inputs.groupName,
          ScheduleExpression: inputs.scheduleExpression,
          FlexibleTimeWindow: { Mode: "OFF" },
          State: settings.schedules,
          Target: { Arn: TargetArn, RoleArn, Input, DeadLetterConfig: { Arn: deadLetterConfig.arn } },
        }),
      );
    },
  ),
};
