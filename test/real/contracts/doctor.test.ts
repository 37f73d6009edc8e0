import { AssociateVPCWithHostedZoneCommand, CreateHostedZoneCommand, Route53Client } from "@aws-sdk/client-route-53";
import {
  CreateBucketCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
} from "@aws-sdk/client-s3";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import * as v from "valibot";
import { describe, expect, inject, it } from "vitest";
import { type AwsScope, awsConfig } from "#aws/config";
import { awsDoctor } from "#aws/doctor";
import { jsonCall } from "#aws/json-call";
import { s3Client } from "#aws/s3-client";
import { AuditOnlyConfig } from "#config/fleet-config";
import { systemClock } from "#fleet/clock";
import { newAccount } from "#test/real/aws/account";

const REGION = "eu-west-1";

describe.each(["ministack", "moto"] as const)("what the doctor asks, on %s", (emulator) => {
  const scope: AwsScope = newAccount(inject(emulator));
  const config = v.parse(AuditOnlyConfig, { capabilities: ["audit"], buckets: [{ url: "s3://blocks" }] });
  const facts = awsDoctor({ scope, config, clock: systemClock });
  let names = 0;
  const newName = () => `doctor-${emulator}-${process.pid}-${names++}`;

  it("is who asks, and what time it is by AWS", async () => {
    const { account, arn } = await facts.identity();
    expect(account).toMatch(/^\d{12}$/);
    expect(arn).toContain(account);
    expect(Math.abs((await facts.time()).getTime() - Date.now())).toBeLessThan(60_000);
  });

  it("is a bucket's region, encryption, lifecycle and notifications", async () => {
    const s3 = s3Client({ ...scope, region: REGION });
    const bucket = { name: newName(), region: REGION };
    const Bucket = bucket.name;
    const location = { LocationConstraint: REGION } as const;
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: location }));
    expect(await facts.bucketRegion(bucket)).toBe(REGION);
    expect(await facts.bucketRegion({ ...bucket, name: newName() })).toBeUndefined();
    expect(await facts.lifecycle(bucket)).toEqual([]);
    expect(await facts.tellsEventBridge(bucket)).toBe(false);

    const rule = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: "key-1" } } as const;
    await s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules: [rule] } }));
    await s3.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket,
        LifecycleConfiguration: {
          Rules: [
            { ID: "old", Status: "Enabled", Filter: { Prefix: "prod/" }, Expiration: { Days: 30 } },
            { ID: "off", Status: "Disabled", Filter: { Prefix: "" }, Expiration: { Days: 1 } },
          ],
        },
      }),
    );
    await s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration: { EventBridgeConfiguration: {} },
      }),
    );
    expect(await facts.encryption(bucket)).toEqual({ algorithm: "aws:kms", key: "key-1" });
    expect(await facts.lifecycle(bucket)).toEqual([
      { id: "old", prefix: "prod/", byTags: false, expires: true, classes: [] },
    ]);
    // moto takes the setting and forgets it.
    if (emulator === "ministack") expect(await facts.tellsEventBridge(bucket)).toBe(true);
  });

  it("is a zone and where it answers", async () => {
    const name = `${newName()}.example.com`;
    expect(await facts.zones(name)).toEqual([]);
    const client = new Route53Client(awsConfig(scope));
    const created = await client.send(
      new CreateHostedZoneCommand({
        Name: name,
        CallerReference: name,
        HostedZoneConfig: { PrivateZone: true },
        VPC: { VPCId: "vpc-0abc", VPCRegion: REGION },
      }),
    );
    const HostedZoneId = created.HostedZone?.Id ?? "";
    await client.send(
      new AssociateVPCWithHostedZoneCommand({ HostedZoneId, VPC: { VPCId: "vpc-0def", VPCRegion: REGION } }),
    );
    const id = HostedZoneId.replace("/hostedzone/", "");
    expect(await facts.zones(name)).toEqual([{ id, isPrivate: true, vpcs: ["vpc-0abc", "vpc-0def"] }]);
  });

  it("is who has confirmed", async () => {
    const name = newName();
    const topic = { region: REGION, name };
    expect(await facts.subscriptions(topic)).toBeUndefined();
    const client = new SNSClient(awsConfig(scope));
    const { TopicArn } = await client.send(new CreateTopicCommand({ Name: name }));
    const Endpoint = "arn:aws:sqs:eu-west-1:111122223333:q";
    await client.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint }));
    expect(await facts.subscriptions(topic)).toEqual([{ endpoint: Endpoint, protocol: "sqs", confirmed: true }]);
  });
});

describe("a trail, on moto", () => {
  const scope: AwsScope = newAccount(inject("moto"));
  const config = v.parse(AuditOnlyConfig, { capabilities: ["audit"], buckets: [{ url: "s3://blocks" }] });
  const facts = awsDoctor({ scope, config, clock: systemClock });
  const call = (name: string, body: object) =>
    jsonCall(scope, {
      service: "cloudtrail",
      target: `com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.${name}`,
      body,
      attempt: { what: name, action: `cloudtrail:${name}`, resource: "*" },
    });

  it("is found with what it records", async () => {
    const bucket = `doctor-trail-${process.pid}`;
    await s3Client({ ...scope, region: REGION }).send(
      new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: REGION } }),
    );
    await call("CreateTrail", { Name: "all", S3BucketName: bucket, IsMultiRegionTrail: true });
    expect(await facts.trails(REGION)).toEqual([{ name: "all", logging: false, managementWrites: true }]);
    await call("StartLogging", { Name: "all" });
    expect(await facts.trails(REGION)).toEqual([{ name: "all", logging: true, managementWrites: true }]);
    const data = { FieldSelectors: [{ Field: "eventCategory", Equals: ["Data"] }] };
    await call("PutEventSelectors", { TrailName: "all", AdvancedEventSelectors: [data] });
    expect(await facts.trails(REGION)).toEqual([{ name: "all", logging: true, managementWrites: false }]);
  });
});
