import * as v from "valibot";
import { expect, it } from "vitest";
import { FleetConfig } from "#config/fleet-config";
import { fixedClock } from "#fleet/clock";
import { awsPorts } from "#functions/aws-ports";
import { clusterReach } from "#functions/cluster-reach";
import type { Installation } from "#functions/installation";

const INSTALLATION: Installation = {
  config: v.parse(FleetConfig, {
    scopes: [{ account: "111122223333", regions: ["eu-west-1"] }],
    zone: "obs.example.com",
    principalArn: "arn:aws:iam::111122223333:role/musterbook",
    observer: { cluster: "arn:aws:eks:eu-west-1:111122223333:cluster/observer" },
    buckets: [{ url: "s3://blocks" }, { url: "s3://blocks", region: "eu-central-1" }],
  }),
  hub: { region: "eu-west-1" },
  table: "fleet",
  zoneId: "Z1",
  state: { url: "s3://state", region: "eu-west-1" },
  queueUrls: { "cluster-events": "", "clusters.fifo": "", "block-events": "", "alerts-slack": "" },
  topicArns: { "musterbook-alerts": "" },
  roleFor: () => undefined,
  clusterRole: undefined,
  workDir: "/tmp",
  path: "",
};

it("opens each bucket once, so that its connections are used again", () => {
  const { bucket, config } = awsPorts(INSTALLATION, fixedClock("2026-11-21T10:00:00Z"), clusterReach);
  const [first, second] = config.buckets.map(bucket);
  expect(config.buckets.map(bucket)[0]).toBe(first);
  expect(second).not.toBe(first);
});
