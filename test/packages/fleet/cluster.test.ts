import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clusterRef, parseClusterArn, partitionOf } from "#fleet/cluster";

describe("parseClusterArn", () => {
  it.each([
    ["arn:aws:eks:eu-west-1:111122223333:cluster/prod-a", "aws", "eu-west-1", "prod-a"],
    ["arn:aws-cn:eks:cn-north-1:111122223333:cluster/x", "aws-cn", "cn-north-1", "x"],
    ["arn:aws-us-gov:eks:us-gov-west-1:111122223333:cluster/A_1", "aws-us-gov", "us-gov-west-1", "A_1"],
  ])("reads %s", (arn, partition, region, name) => {
    expect(parseClusterArn(arn)).toEqual({ arn, partition, region, account: "111122223333", name });
  });

  it.each([
    ["a node group", "arn:aws:eks:eu-west-1:111122223333:nodegroup/prod-a/ng/1"],
    ["another service", "arn:aws:ecs:eu-west-1:111122223333:cluster/prod-a"],
    ["a short account", "arn:aws:eks:eu-west-1:11112222333:cluster/prod-a"],
    ["no region", "arn:aws:eks::111122223333:cluster/prod-a"],
    ["an empty name", "arn:aws:eks:eu-west-1:111122223333:cluster/"],
    ["a name that begins with a dash", "arn:aws:eks:eu-west-1:111122223333:cluster/-a"],
    ["a name of 101 characters", `arn:aws:eks:eu-west-1:111122223333:cluster/${"x".repeat(101)}`],
    ["a line after it", "arn:aws:eks:eu-west-1:111122223333:cluster/prod-a\n"],
    ["nothing", ""],
  ])("does not take %s for a cluster", (_, arn) => {
    expect(parseClusterArn(arn)).toBeUndefined();
  });
});

describe("clusterRef", () => {
  it("makes the ARN that is read back", () => {
    const regions = fc.constantFrom("eu-west-1", "ap-southeast-2", "cn-northwest-1", "us-gov-east-1");
    const at = fc.record({
      account: fc.stringMatching(/^\d{12}$/),
      region: regions,
      name: fc.stringMatching(/^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$/),
    });
    fc.assert(
      fc.property(at, (given) => {
        expect(parseClusterArn(clusterRef(given).arn)).toEqual(clusterRef(given));
      }),
      { seed: 20_261_121 },
    );
  });
});

describe("partitionOf", () => {
  it.each([
    ["eu-west-1", "aws"],
    ["cn-north-1", "aws-cn"],
    ["us-gov-west-1", "aws-us-gov"],
    ["us-east-1", "aws"],
  ])("of %s is %s", (region, partition) => {
    expect(partitionOf(region)).toBe(partition);
  });
});
