import { describe, expect, it } from "vitest";
import { parseAlertEvent } from "#alerts/cloud-event";
import { publishPending } from "#alerts/publish";
import { ConflictError, RetryableError } from "#fleet/errors";
import { alertPorts, memoryAlertStates, openedRecord } from "#test/packages/alerts/fakes";

const record = openedRecord();

/** As a tick has them that comes a minute after the records were made. */
function laterPorts(change: Parameters<typeof alertPorts>[0]) {
  const world = alertPorts(change);
  world.clock.advance(60_000);
  return world;
}

async function statesWith(...records: readonly (typeof record)[]) {
  const states = memoryAlertStates();
  for (const each of records) await states.put(each, 0);
  return states;
}

describe("publishPending", () => {
  it("publishes a CloudEvent with the attributes that subscribers filter by", async () => {
    const { ports, published } = laterPorts({ alertStates: await statesWith(record) });
    await publishPending(ports, 10);
    expect(published).toMatchObject([
      {
        topic: "musterbook-alerts",
        groupId: "prod-a",
        attributes: {
          severity: "warning",
          status: "firing",
          cluster: "prod-a",
          id: "upload.late",
          transition: "opened",
          dedupkey: record.fingerprint,
        },
      },
    ]);
    expect(parseAlertEvent(published[0]?.message ?? "").data.summary).toBe(record.alert.summary);
  });

  it("has subscribers filter by what the alert was at worst, and tells what it is", async () => {
    const fallen = { ...openedRecord({ severity: "info" }), worst: "warning" } as const;
    const { ports, published } = laterPorts({ alertStates: await statesWith(fallen) });
    await publishPending(ports, 10);
    expect(published).toMatchObject([{ attributes: { severity: "warning" } }]);
    expect(parseAlertEvent(published[0]?.message ?? "")).toMatchObject({
      severity: "info",
      data: { severity: "info", worst: "warning" },
    });
  });

  it("never leaves an attribute empty, nor gives SNS a group that it refuses", async () => {
    const blank = openedRecord({ labels: { cluster: " \n" } });
    const strange = openedRecord({ labels: { cluster: "Köln 1" } });
    const { ports, published } = laterPorts({ alertStates: await statesWith(blank, strange) });
    await publishPending(ports, 10);
    expect(published.map(({ attributes, groupId }) => [attributes.cluster, groupId])).toEqual([
      ["none", "none"],
      ["Köln 1", expect.stringMatching(/^[0-9a-f]{64}$/)],
    ]);
  });

  it("leaves to who recorded it what he may be publishing right now", async () => {
    const { ports, published, clock } = alertPorts({ alertStates: await statesWith(record) });
    clock.advance(59_999);
    await publishPending(ports, 10);
    expect(published).toEqual([]);
    clock.advance(1);
    await publishPending(ports, 10);
    expect(published).toHaveLength(1);
  });

  it("publishes nothing twice, and no more than it is told to", async () => {
    const states = await statesWith(record, openedRecord({ id: "overlap.c-same-labels" }));
    const { ports, published } = laterPorts({ alertStates: states });
    await publishPending(ports, 1);
    expect(published).toHaveLength(1);
    await publishPending(ports, 10);
    await publishPending(ports, 10);
    expect(published).toHaveLength(2);
  });

  it("publishes the same id again after a crash between publishing and marking", async () => {
    const states = await statesWith(record);
    const crash = new Error("the process died");
    const dying = laterPorts({ alertStates: { ...states, put: async () => Promise.reject(crash) } });
    await expect(publishPending(dying.ports, 10)).rejects.toBeInstanceOf(RetryableError);
    const { ports, published } = laterPorts({ alertStates: states });
    await publishPending(ports, 10);
    expect([...dying.published, ...published].map(({ message }) => parseAlertEvent(message).id)).toEqual([
      parseAlertEvent(published[0]?.message ?? "").id,
      parseAlertEvent(published[0]?.message ?? "").id,
    ]);
  });

  it("marks under contention without losing the other change", async () => {
    const states = await statesWith(record);
    let races = 1;
    const { ports } = laterPorts({
      alertStates: {
        ...states,
        put: async (next, expected) => {
          if (races-- > 0) await states.put({ ...record, sequence: 2, transition: "updated" }, expected);
          return states.put(next, expected);
        },
      },
    });
    await publishPending(ports, 10);
    expect(await states.unpublished(10)).toMatchObject([{ sequence: 2, publishedSequence: 1, transition: "updated" }]);
  });

  it("publishes the others when one fails, and says so", async () => {
    const published: string[] = [];
    const { ports, logged } = laterPorts({
      alertStates: await statesWith(record, openedRecord({ id: "overlap.c-same-labels" })),
      topics: {
        publish: async (_topic, { attributes }) => {
          if (attributes.id === "upload.late") throw new ConflictError("no", { remedy: "-" });
          published.push(attributes.id ?? "");
        },
      },
    });
    await expect(publishPending(ports, 10)).rejects.toMatchObject({ reason: "publish-failed" });
    expect(published).toEqual(["overlap.c-same-labels"]);
    expect(logged).toHaveLength(1);
  });
});
