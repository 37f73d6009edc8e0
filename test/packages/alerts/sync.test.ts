import { describe, expect, it } from "vitest";
import type { AlertInput } from "#alerts/alert";
import { publishPending } from "#alerts/publish";
import { syncAlerts } from "#alerts/sync";
import { ConflictError, RetryableError } from "#fleet/errors";
import { alertOf, alertPorts, memoryAlertStates } from "#test/packages/alerts/fakes";

const late = alertOf();
const other = alertOf({ labels: { cluster: "prod-b" } });

function transitions(published: readonly { readonly attributes: Readonly<Record<string, string>> }[]) {
  return published.map(({ attributes }) => `${attributes.cluster} ${attributes.transition}`);
}

describe("syncAlerts", () => {
  it("opens, updates, resolves and reopens, each published once", async () => {
    const { ports, published, clock } = alertPorts();
    const looks = [[late], [late], [{ ...late, severity: "critical" as const }], [], [], [late]];
    for (const inputs of looks) {
      await syncAlerts(ports, "audit", inputs);
      clock.advance(60_000);
    }
    expect(transitions(published)).toEqual(["prod-a opened", "prod-a updated", "prod-a resolved", "prod-a reopened"]);
    expect(await ports.alertStates.unpublished(10)).toEqual([]);
  });

  it("neither opens nor resolves what an input explains", async () => {
    const { ports, published } = alertPorts();
    const cause = alertOf({ id: "upload.cluster-late", labels: { cluster: "prod-a" }, severity: "critical" });
    const sibling = alertOf({ labels: { cluster: "prod-a", replica: "1" } });
    await syncAlerts(ports, "audit", [late]);
    await syncAlerts(ports, "audit", [cause], [late, sibling]);
    expect(published.map(({ attributes }) => `${attributes.id} ${attributes.transition}`)).toEqual([
      "upload.late opened",
      "upload.cluster-late opened",
    ]);

    await syncAlerts(ports, "audit", [late]);
    await syncAlerts(ports, "audit", []);
    expect(published.slice(2).map(({ attributes }) => `${attributes.id} ${attributes.transition}`)).toEqual([
      "upload.cluster-late resolved",
      "upload.late resolved",
    ]);
  });

  it("publishes nothing of an alert that swings, but that it came back, and that it is gone for good", async () => {
    const { ports, published, clock } = alertPorts();
    const swing = async (inputs: readonly AlertInput[]) => {
      await syncAlerts(ports, "audit", inputs);
      clock.advance(5 * 60_000);
    };
    for (let times = 0; times < 6; times += 1) {
      await swing([late]);
      await swing([]);
    }
    expect(transitions(published)).toEqual(["prod-a opened", "prod-a resolved", "prod-a reopened"]);
    for (let times = 0; times < 7; times += 1) await swing([]);
    expect(transitions(published).slice(3)).toEqual(["prod-a resolved"]);
    expect(await ports.alertStates.unpublished(10)).toEqual([]);
  });

  it("tells what it changed", async () => {
    const { ports } = alertPorts();
    await syncAlerts(ports, "audit", [late]);
    const result = await syncAlerts(ports, "audit", [late, other]);
    expect(result).toMatchObject({ changed: [{ transition: "opened", alert: other }], unchanged: 1 });
  });

  it("records, resolves and publishes the others when one cannot be recorded, and then says so", async () => {
    const { ports, published } = alertPorts();
    await syncAlerts(ports, "audit", [other]);
    const stubborn = alertOf({ labels: { cluster: "prod-c" } });
    const alertStates: typeof ports.alertStates = {
      ...ports.alertStates,
      put: async (record, expected) => {
        if (record.alert.labels.cluster === "prod-c") throw new RetryableError("no", { remedy: "again" });
        return ports.alertStates.put(record, expected);
      },
    };
    await expect(syncAlerts({ ...ports, alertStates }, "audit", [stubborn, late])).rejects.toThrow(RetryableError);
    expect(transitions(published)).toEqual(["prod-b opened", "prod-a opened", "prod-b resolved"]);
  });

  it("resolves only its own", async () => {
    const { ports } = alertPorts();
    await syncAlerts(ports, "one", [late]);
    await syncAlerts(ports, "two", [other]);
    await syncAlerts(ports, "one", []);
    expect(await ports.alertStates.allFiring()).toMatchObject([{ source: "two" }]);
  });

  it("records an alert with more evidence than a record can hold, shortened", async () => {
    const { ports } = alertPorts();
    await syncAlerts(ports, "audit", [
      alertOf({ evidence: { blocks: Array(20_000).fill("01ARZ3NDEKTSV4RRFFQ69G5FAV") } }),
    ]);
    const [record] = await ports.alertStates.allFiring();
    expect(record?.alert.evidence).toMatchObject({ shortened: ["blocks"] });
  });

  it("takes an alert that is given twice as one", async () => {
    const { ports, published } = alertPorts();
    await syncAlerts(ports, "audit", [late, late]);
    expect(published).toHaveLength(1);
  });

  it("records before it publishes, and leaves what the topic refused to the next tick", async () => {
    let down = true;
    const { ports, logged, clock } = alertPorts({
      topics: {
        publish: async () => {
          if (down) throw new RetryableError("SNS is away", { remedy: "Wait." });
        },
      },
    });
    await syncAlerts(ports, "audit", [late]);
    expect(await ports.alertStates.unpublished(10)).toMatchObject([{ sequence: 1, publishedSequence: 0 }]);
    expect(logged).toMatchObject([{ fields: { alert: "upload.late", error: "SNS is away" } }]);
    down = false;
    clock.advance(60_000);
    await publishPending(ports, 10);
    expect(await ports.alertStates.unpublished(10)).toEqual([]);
  });

  it("decides again when another writer was faster", async () => {
    const alertStates = memoryAlertStates();
    const rival = alertPorts({ alertStates });
    let races = 1;
    const { ports, published } = alertPorts({
      alertStates: {
        ...alertStates,
        put: async (record, expected) => {
          if (races-- > 0) await syncAlerts(rival.ports, "audit", [late]);
          return alertStates.put(record, expected);
        },
      },
    });
    await syncAlerts(ports, "audit", [late]);
    expect(rival.published).toHaveLength(1);
    expect(published).toEqual([]);
  });

  it("leaves an alert that another source took over meanwhile", async () => {
    const alertStates = memoryAlertStates();
    const { ports } = alertPorts({ alertStates });
    await syncAlerts(ports, "two", [late]);
    const [record] = await alertStates.allFiring();
    const stale = alertPorts({
      alertStates: { ...alertStates, firing: async () => (record === undefined ? [] : [{ ...record, source: "one" }]) },
    });
    expect(await syncAlerts(stale.ports, "one", [])).toEqual({ changed: [], unchanged: 1 });
    expect(await alertStates.allFiring()).toHaveLength(1);
  });

  it("gives up after five lost writes", async () => {
    let writes = 0;
    const { ports } = alertPorts({
      alertStates: {
        ...memoryAlertStates(),
        put: async () => {
          writes += 1;
          throw new ConflictError("lost", { remedy: "Read again." });
        },
      },
    });
    await expect(syncAlerts(ports, "audit", [late])).rejects.toBeInstanceOf(ConflictError);
    expect(writes).toBe(5);
  });
});
