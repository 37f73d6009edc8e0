import { describe, expect, it } from "vitest";
import { ProblemsError, renderError } from "#cli/errors";
import { RetryableError, TerminalError } from "#fleet/errors";

describe("an error in the terminal", () => {
  it("says what happened and what to do", () => {
    const error = new TerminalError("cannot list s3://blokcs: the bucket does not exist (NoSuchBucket, eu-west-1)", {
      field: "bucket",
      value: "s3://blokcs",
      remedy: "Check the name.",
    });
    expect(renderError(error, 80)).toBe(
      "musterbook: cannot list s3://blokcs: the bucket does not exist (NoSuchBucket,\neu-west-1).\nCheck the name.\n",
    );
  });

  it("names field and value where the message does not", () => {
    const error = new RetryableError("no answer", { field: "--endpoint", value: "http://x", remedy: "Check it." });
    expect(renderError(error, 80)).toBe('musterbook: no answer.\n  --endpoint: "http://x"\nCheck it.\n');
  });

  it("tells every problem", () => {
    const problems = [
      { field: "deleteDelay", value: 3, remedy: "write a duration" },
      { field: "retenton", value: undefined, remedy: "unknown name" },
    ];
    expect(renderError(new ProblemsError("cannot use a.json: 2 problems", problems, "Correct it."), 80)).toBe(
      "musterbook: cannot use a.json: 2 problems.\n  deleteDelay: 3: write a duration\n  retenton: unknown name\nCorrect it.\n",
    );
  });

  it("cuts long values", () => {
    const error = new TerminalError("bad", { field: "f", value: "x".repeat(500), remedy: "Look." });
    expect(renderError(error, 80).length).toBeLessThan(120);
  });

  it.each([new TypeError("x is not a function"), "thrown text"])("owns up to a defect of ours (%s)", (error) => {
    const text = renderError(error, 80);
    expect(text).toContain("a defect of Musterbook");
    expect(text).toContain("report it");
    expect(text).toContain(String(error instanceof Error ? error.message : error));
  });
});
