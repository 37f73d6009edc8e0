import { describe, expect, it } from "vitest";
import { type ClusterLook, type FirstStep, renderClusterLook } from "#report/cluster-look";

function render(manage: Partial<FirstStep>): string {
  const look: ClusterLook = {
    ...{ schemaVersion: 1, now: "2026-11-21T10:00:00Z", context: "prod-a", server: "https://k", namespace: "mon" },
    rows: [
      { what: "nodes", state: "ok", detail: "3 of 3 ready" },
      {
        what: "release",
        state: "forbidden",
        detail: "needs the right to list secrets in the namespace mon, ".repeat(2),
      },
    ],
    manage: { kind: "do", reason: "release", message: "there is no release", remedy: "", ...manage },
  };
  return renderClusterLook(look, { width: 80 });
}

describe("renderClusterLook", () => {
  it("tells what, state and detail, one under the other, and what manage would do first", () => {
    expect(render({})).toBe(
      [
        "prod-a, https://k; namespace mon; nothing was written",
        "",
        "nodes    ok         3 of 3 ready",
        "release  forbidden  needs the right to list secrets in the namespace mon, needs",
        "                    the right to list secrets in the namespace mon,",
        "",
        "Mode manage would first do the step release: there is no release.",
        "",
      ].join("\n"),
    );
  });

  it.each([
    [{ kind: "wait", message: "no name yet" }, "Mode manage would wait: no name yet."],
    [
      { kind: "stop", message: "it is theirs", remedy: "remove it." },
      "Mode manage would stop: it is theirs. To do: remove it.",
    ],
    [{ kind: "nothing", message: "all is there" }, "Mode manage would change nothing on this cluster: all is there."],
    [{ kind: "unknown", message: "no answer" }, "What mode manage would do is not known: no answer."],
  ] as const)("tells of %j", (manage, line) => {
    expect(render(manage)).toContain(`\n\n${line}\n`);
  });
});
