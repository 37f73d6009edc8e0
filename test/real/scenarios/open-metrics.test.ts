import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { SignatureV4 } from "@smithy/signature-v4";
import { describe, expect, it, onTestFinished } from "vitest";
import { s3ObjectStore } from "#aws/s3-object-store";
import { Sha256 } from "#aws/sha256";
import { auditBucket } from "#blocks/audit";
import type { AuditReport } from "#blocks/finding";
import { renderOpenMetrics } from "#report/open-metrics";
import { metricsKey, saveReport } from "#report/stored-report";
import { expectedOf, RECORDED_BUCKETS, type RecordedBucketName, recordedBucket } from "#test/factories/recorded-bucket";
import { settingsOf } from "#test/packages/blocks/factory";
import { program } from "#test/real/programs/provision";
import { until } from "#test/real/servers/block-producer";
import { type FreshBucket, freshBucket } from "#test/real/servers/buckets";
import { freePort } from "#test/real/servers/process";
import { startPrometheus } from "#test/real/servers/prometheus";

async function reportOf(name: RecordedBucketName): Promise<AuditReport> {
  const { config, now } = await expectedOf(name);
  return auditBucket({ bucket: await recordedBucket(name), settings: settingsOf(config), now: new Date(now) });
}

/** What `promtool check metrics` has to say of a text, and how it ends. */
async function lint(text: string): Promise<{ readonly code: unknown; readonly said: string }> {
  const child = spawn(await program("promtool"), ["check", "metrics"], { stdio: "pipe" });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      said += chunk.toString("utf8");
    });
  }
  child.stdin.end(text);
  const [code] = await once(child, "close");
  return { code, said };
}

/** What Prometheus is told of a URL that anybody may get for a week. */
async function presigned({ name, options }: FreshBucket, key: string) {
  const { endpoint, region = "us-east-1", credentials } = options;
  if (credentials === undefined) throw new Error("this server takes no signature");
  const { protocol, hostname, port, host } = new URL(endpoint);
  const path = `/${name}/${key}`;
  const headers = { host, "x-amz-content-sha256": "UNSIGNED-PAYLOAD" };
  const signer = new SignatureV4({ ...{ credentials, region, sha256: Sha256 }, service: "s3", uriEscapePath: false });
  const request = { ...{ protocol, hostname, headers, path }, method: "GET", port: Number(port), query: {} };
  const { query = {} } = await signer.presign(request, { expiresIn: 7 * 86_400 });
  return { host, path, params: Object.fromEntries(Object.entries(query).map(([of, value]) => [of, [value].flat()])) };
}

/** As a scrape target on loopback; its `host:port`. */
async function served(text: string): Promise<string> {
  const port = await freePort();
  const server = createServer((_, response) => {
    response.setHeader("content-type", "application/openmetrics-text; version=1.0.0; charset=utf-8").end(text);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `127.0.0.1:${port}`;
}

describe("the OpenMetrics text of an audit", () => {
  it.each(RECORDED_BUCKETS)("of %s is as promtool wants it", async (name) => {
    expect(await lint(renderOpenMetrics(await reportOf(name)))).toEqual({ code: 0, said: "" });
  });

  it("would not pass with a type that is none", async () => {
    const text = renderOpenMetrics(await reportOf("late")).replace(" gauge", " gouge");
    expect(await lint(text)).not.toMatchObject({ code: 0 });
  });

  it("is scraped by a real Prometheus, with all that labels can hold", async () => {
    const report = await reportOf("broken");
    const labels = { cluster: 'a "quoted" \\ back\nslash', "": "é\u001b\u202e" };
    const newest = "2026-11-20T12:00:00Z";
    const slack = { ms: 900_000, origin: "default" as const, uploads: 0 };
    const streams = [{ labels, status: "fresh" as const, newest, deadline: newest, expected: null, slack }];
    const target = await served(renderOpenMetrics({ ...report, streams }));
    const { url } = await startPrometheus({ externalLabels: {}, others: [target] });
    const query = async (text: string): Promise<string> =>
      (await fetch(`${url}/api/v1/query?query=${encodeURIComponent(text)}`)).text();

    await until(async () => (await query('up{job="others"}')).includes('"1"]'));
    expect(await query('musterbook_audit_findings{id="block.incomplete"}')).toContain('"severity":"critical"');
    expect(await query("musterbook_audit_stream_newest_block_timestamp_seconds")).toContain(
      JSON.stringify('=é\ufffd\ufffd,cluster=a "quoted" \\ back\nslash'),
    );
    expect(await query("sum(musterbook_audit_findings_by_severity)")).toContain(`"${report.findings.length}"]`);
  });

  it("is scraped from S3 itself as a stage has stored it, by a presigned URL", async () => {
    const report = await reportOf("late");
    const state = await freshBucket("versitygw");
    await saveReport(s3ObjectStore(`${state.url}/reports`, state.options), report);
    const { host, path, params } = await presigned(state, `reports/${metricsKey(report.url)}`);
    const { url } = await startPrometheus({
      externalLabels: {},
      scrapes: [{ job_name: "state", static_configs: [{ targets: [host] }], metrics_path: path, params }],
    });
    const query = async (text: string): Promise<string> =>
      (await fetch(`${url}/api/v1/query?query=${encodeURIComponent(text)}`)).text();

    await until(async () => (await query('up{job="state"}')).includes('"1"]'));
    expect(await query("musterbook_audit_timestamp_seconds")).toContain(`"${Date.parse(report.now) / 1000}"]`);
    expect(await query('musterbook_audit_findings{id="upload.late"}')).toContain('"severity"');
  });
});
