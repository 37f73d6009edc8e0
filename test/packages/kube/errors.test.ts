import { describe, expect, it } from "vitest";
import { kubeError, parseStatus, unreachable } from "#kube/errors";

function statusWith(...causes: readonly { message: string; field?: string }[]) {
  return parseStatus({ kind: "Status", message: "Apply failed", reason: "Conflict", details: { causes } });
}

describe("kubeError", () => {
  it.each([
    { code: 400, name: "TerminalError", reason: "invalid" },
    { code: 401, name: "TerminalError", reason: "unauthorized" },
    { code: 403, name: "TerminalError", reason: "forbidden" },
    { code: 404, name: "RetryableError", reason: "not-found" },
    { code: 409, name: "ConflictError", reason: "conflict" },
    { code: 413, name: "TerminalError", reason: "invalid" },
    { code: 422, name: "TerminalError", reason: "invalid" },
    { code: 429, name: "RetryableError", reason: "throttled" },
    { code: 500, name: "RetryableError", reason: "server-error" },
    { code: 504, name: "RetryableError", reason: "server-error" },
  ])("makes $code a $name, $reason", ({ code, name, reason }) => {
    const error = kubeError(code, undefined, "get v1 Secret a/b");
    expect(error).toMatchObject({ name, reason, message: `get v1 Secret a/b: HTTP ${code}`, cause: expect.any(Error) });
    expect(error.remedy).toMatch(/\.$/);
  });

  it("names every manager of a conflict once, and every field", () => {
    const error = kubeError(
      409,
      statusWith(
        { message: 'conflict with "argocd-controller" using apps/v1', field: ".spec.replicas" },
        { message: 'conflict with "argocd-controller" using apps/v1', field: ".spec.paused" },
        {
          message: 'conflict with "kubectl-edit" with subresource "scale" using apps/v1 at 2026-11-21T10:00:00Z',
          field: ".spec.a",
        },
      ),
      "apply apps/v1 Deployment a/b",
    );
    expect(error).toMatchObject({
      reason: "field-conflict",
      value: "argocd-controller, kubectl-edit",
      field: ".spec.replicas, .spec.paused, .spec.a",
      remedy: expect.stringContaining("argocd-controller, kubectl-edit"),
    });
  });

  it("knows a conflict that is none of fields", () => {
    expect(kubeError(409, statusWith(), "apply")).toMatchObject({ reason: "conflict" });
    expect(kubeError(409, statusWith({ message: "something else" }), "apply")).toMatchObject({ reason: "conflict" });
  });
});

describe("parseStatus", () => {
  it.each([undefined, null, "text", 3, [], {}, { kind: "Pod" }, { kind: "Status", details: 3 }])(
    "takes %j for no Status",
    (body) => {
      expect(parseStatus(body)).toBeUndefined();
    },
  );
});

describe("unreachable", () => {
  it("keeps its cause, whatever was thrown", () => {
    expect(unreachable("get", new Error("ECONNREFUSED"))).toMatchObject({
      message: "get: the Kubernetes API cannot be reached: ECONNREFUSED",
      reason: "unreachable",
    });
    expect(unreachable("get", "odd").message).toContain("odd");
  });
});
