import { describe, expect, it } from "vitest";
import type { AlertInput } from "#alerts/alert";
import type { ClusterRecord } from "#fleet/record";
import { stepAlerts } from "#onboard/step-alerts";
import { DEV } from "#test/packages/onboard/world";
import { recordOf } from "#test/packages/stores/records";

const NOW = new Date("2026-11-21T10:00:00.000Z");
const MINUTE = 60_000;

/** A record that has been in its state for so long. */
function record(change: Partial<ClusterRecord>, minutes: number): ClusterRecord {
  const at = new Date(NOW.getTime() - minutes * MINUTE).toISOString();
  const history = [{ at, step: "x", outcome: "waiting", reason: "y", message: "" }] as const;
  return { ...recordOf("x", "none"), arn: DEV.arn, history, ...change };
}

const waiting = (reason: string) => ({ phase: "waiting", step: "ready", reason }) as const;

describe("stepAlerts", () => {
  it.each([
    [
      "a failure, at once",
      record({ phase: "failed", step: "reach", reason: "private-endpoint" }, 0),
      "cluster.step-failed critical",
    ],
    ["a wait in time", record(waiting("not-ready"), 60), undefined],
    ["a wait over an hour", record(waiting("not-ready"), 61), "cluster.stuck warning"],
    ["a short silence", record(waiting("unreachable"), 15), undefined],
    ["a long silence", record(waiting("unreachable"), 16), "cluster.unreachable warning"],
    ["silence of EKS", record(waiting("cluster-unobservable"), 16), "cluster.unreachable warning"],
    ["a pause that somebody wanted", record(waiting("paused"), 600), undefined],
    ["a cluster that is there", record({ phase: "present" }, 600), undefined],
  ])("of %s", (_, of, expected) => {
    const [alert] = stepAlerts(of, NOW) satisfies readonly AlertInput[];
    expect(alert && `${alert.id} ${alert.severity}`).toBe(expected);
  });

  it("names the cluster, what is wrong and what to do", () => {
    const failed = { phase: "failed", step: "reach", reason: "private-endpoint", remedy: "add vpc-0abc" } as const;
    expect(stepAlerts(record({ ...failed, message: "endpoint is private" }, 5), NOW)).toEqual([
      {
        id: "cluster.step-failed",
        severity: "critical",
        labels: { cluster: "dev-7", account: DEV.account, region: DEV.region, step: "reach" },
        summary: "dev-7 needs a person at step reach: private-endpoint",
        evidence: {
          arn: DEV.arn,
          reason: "private-endpoint",
          message: "endpoint is private",
          attempts: 0,
          since: "2026-11-21T09:55:00.000Z",
        },
        remedy: "add vpc-0abc",
      },
    ]);
  });

  it("says how to look at the cluster where the wait has no remedy of its own", () => {
    const [alert] = stepAlerts(record(waiting("not-ready"), 61), NOW);
    expect(alert?.remedy).toMatch(/musterbook observe --context .*dev-7/);
  });

  it("goes by the last update of a record without history", () => {
    const old = record({ ...waiting("not-ready"), history: [], updatedAt: "2026-11-21T08:00:00.000Z" }, 0);
    expect(stepAlerts(old, NOW)).toHaveLength(1);
  });

  describe("of a cluster that goes from wait to wait", () => {
    const line = (
      minutes: number,
      reason: string,
      outcome: "waiting" | "done" | "failed" = "waiting",
      step = "release",
    ) => {
      const at = new Date(NOW.getTime() - minutes * MINUTE).toISOString();
      return { at, step, outcome, reason, message: "" };
    };
    const flapping = (minutes: number) => [
      line(minutes, "helm-interrupted"),
      line(40, "release-pending"),
      line(20, "release-done", "done"),
      line(5, "helm-interrupted"),
    ];
    const alertOf = (history: ClusterRecord["history"], reason = "helm-interrupted") =>
      stepAlerts({ ...record(waiting(reason), 0), history }, NOW)[0];

    it("is one alert after two hours, the same whatever it waits for at the moment", () => {
      const [one, other] = [alertOf(flapping(121)), alertOf(flapping(121), "release-pending")];
      expect(one).toMatchObject({
        id: "cluster.stuck",
        labels: { step: "none" },
        summary: "dev-7 has not come to rest for over two hours",
        evidence: { reason: "helm-interrupted", since: "2026-11-21T07:59:00.000Z" },
      });
      expect([other?.labels, other?.summary, other?.remedy]).toEqual([one?.labels, one?.summary, one?.remedy]);
    });

    it.each([
      ["is in time before", flapping(120)],
      ["counts from when it was present", [line(300, "x"), line(30, "nothing-to-do", "done", "none"), line(5, "y")]],
      ["counts from the end of a pause", [line(300, "x"), line(30, "paused"), line(5, "y")]],
      ["counts from when a person had mended it", [line(300, "x"), line(30, "helm-failed", "failed"), line(5, "y")]],
    ])("%s", (_, history) => {
      expect(alertOf(history)).toBeUndefined();
    });
  });
});
