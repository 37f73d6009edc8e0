import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alertEvent, parseAlertEvent } from "#alerts/cloud-event";
import { TerminalError } from "#fleet/errors";
import { NOW, openedRecord } from "#test/packages/alerts/fakes";

describe("alertEvent", () => {
  it("is CloudEvents 1.0 with the alert in it", () => {
    expect(alertEvent(openedRecord())).toMatchObject({
      specversion: "1.0",
      source: "musterbook",
      type: "dev.musterbook.alert.v1",
      subject: "upload.late/prod-a",
      time: NOW,
      datacontenttype: "application/json",
      severity: "warning",
      status: "firing",
      cluster: "prod-a",
      data: { id: "upload.late", transition: "opened", sequence: 1, reporter: "test", truncated: false },
    });
  });

  it("has one id per transition", () => {
    const record = openedRecord();
    const { id } = alertEvent(record);
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(alertEvent({ ...record, publishedSequence: 1 }).id).toBe(id);
    expect(alertEvent({ ...record, sequence: 2 }).id).not.toBe(id);
    const sinceForgotten = { ...record, changedAt: "2027-11-20T12:00:00Z" };
    expect(alertEvent(sinceForgotten).id).not.toBe(id);
  });

  it("has the fields that the published schema promises", () => {
    const schema = JSON.parse(readFileSync(new URL("../../../docs/schemas/alert-v1.json", import.meta.url), "utf8"));
    const event = alertEvent(openedRecord());
    expect(Object.keys(event)).toEqual(schema.required);
    expect(Object.keys(schema.properties)).toEqual(schema.required);
    expect(Object.keys(event.data)).toEqual(schema.properties.data.required);
    const fallen = alertEvent({ ...openedRecord({ severity: "info" }), worst: "warning" });
    expect(Object.keys(schema.properties.data.properties)).toEqual(Object.keys(fallen.data));
    expect(event.type).toBe(schema.properties.type.const);
  });

  it("fits SNS, and reads back, whatever the alert holds", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constant("x".repeat(300_000)),
      fc.constant("\u0001".repeat(90_000)),
    );
    fc.assert(
      fc.property(fc.dictionary(text, text, { maxKeys: 4 }), text, text, (labels, summary, remedy) => {
        const event = alertEvent(openedRecord({ labels, summary, remedy, evidence: { summary } }));
        const message = JSON.stringify(event);
        expect(Buffer.byteLength(message)).toBeLessThan(256_000);
        expect(parseAlertEvent(message)).toEqual(JSON.parse(message));
        expect(event.cluster).not.toBe("");
      }),
      { numRuns: 50, seed: 20261121 },
    );
  });
});

describe("parseAlertEvent", () => {
  it.each(["", "{", "null", '{"specversion":"1.0"}', '{"type":"other"}'])("refuses %j", (text) => {
    expect(() => parseAlertEvent(text)).toThrow(TerminalError);
  });

  it("lets unknown fields pass", () => {
    const event = { ...alertEvent(openedRecord()), traceparent: "00-x" };
    expect(parseAlertEvent(JSON.stringify(event)).id).toBe(event.id);
  });
});
