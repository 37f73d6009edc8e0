import type { JsonCall } from "#test/real/aws/json-call";

/** A VPC with what a function needs to be in it. */
export interface Network {
  readonly vpc: string;
  readonly subnet: string;
  readonly securityGroup: string;
}

/** EC2 has no client among our dependencies: its query protocol by hand. */
export async function makeNetwork(at: Pick<JsonCall, "endpoint" | "account" | "region">): Promise<Network> {
  const { endpoint, account, region } = at;
  const scope = `${account}/20260101/${region}/ec2/aws4_request`;
  const make = async (Action: string, id: string, input: Readonly<Record<string, string>>): Promise<string> => {
    const response = await fetch(endpoint, {
      method: "POST",
      headers: { authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none` },
      body: new URLSearchParams({ Action, Version: "2016-11-15", ...input }),
    });
    const answer = await response.text();
    const [, made] = new RegExp(`<${id}>([^<]+)</${id}>`).exec(answer) ?? [];
    if (made === undefined) throw new Error(`${Action}: ${response.status} ${answer}`);
    return made;
  };
  const vpc = await make("CreateVpc", "vpcId", { CidrBlock: "10.1.0.0/16" });
  const subnet = await make("CreateSubnet", "subnetId", { VpcId: vpc, CidrBlock: "10.1.0.0/24" });
  const group = { VpcId: vpc, GroupName: "reconciler", GroupDescription: "of the reconciler" };
  return { vpc, subnet, securityGroup: await make("CreateSecurityGroup", "groupId", group) };
}
