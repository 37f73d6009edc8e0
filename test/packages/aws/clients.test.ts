import { describe, expect, it } from "vitest";
import { clientPerScope } from "#aws/clients";
import type { AwsScope } from "#aws/config";

const IRELAND = { account: "111122223333", region: "eu-west-1" };

describe("clientPerScope", () => {
  it("makes one client for a region of an account, however many ask at once", async () => {
    const made: AwsScope[] = [];
    const clientFor = clientPerScope({ reach: async ({ region }) => ({ region }) }, (scope) => made.push(scope));

    await Promise.all([clientFor(IRELAND), clientFor(IRELAND), clientFor({ ...IRELAND })]);
    await clientFor(IRELAND);
    expect(made).toEqual([{ region: "eu-west-1" }]);

    await clientFor({ ...IRELAND, region: "us-east-1" });
    await clientFor({ ...IRELAND, account: "444455556666" });
    expect(made).toHaveLength(3);
  });

  it("tries anew what it could not make", async () => {
    let isDown = true;
    const reach = async ({ region }: { region: string }): Promise<AwsScope> => {
      if (isDown) throw new Error("STS is down");
      return { region };
    };
    const clientFor = clientPerScope({ reach }, ({ region }) => region);

    await expect(clientFor(IRELAND)).rejects.toThrow("STS is down");
    isDown = false;
    await expect(clientFor(IRELAND)).resolves.toBe("eu-west-1");
  });
});
