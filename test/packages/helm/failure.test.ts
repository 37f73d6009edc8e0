import { describe, expect, it } from "vitest";
import { failureOf } from "#helm/failure";

const TOKEN = `k8s-aws-v1.${"a1B2".repeat(300)}`;

describe("failureOf", () => {
  it("shows no part of a secret, wherever its words are cut", () => {
    const stderr = `Error: the server refused ${TOKEN} ${"x".repeat(1_000)}`;
    const { message } = failureOf("helm upgrade", { code: 1, signal: null, interrupted: false, stdout: "", stderr }, [
      TOKEN,
    ]);

    expect(message).not.toContain("a1B2");
    expect(message).toContain("refused ***");
  });
});
