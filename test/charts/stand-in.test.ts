import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { KubeObject } from "#onboard/ports";
import { leafValues } from "#profiles/leaf";
import { mergeValues } from "#profiles/overrides";
import { lineOf, renderStandIn } from "#test/charts/render";
import { leafInput } from "#test/factories/leaf-input";

const OBJECTS = resolve(import.meta.dirname, "../data/kube-prometheus-stack-88.5.3/objects.txt");

function find(objects: readonly KubeObject[], kind: string, name: string): KubeObject {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name}`);
  return found;
}

function decode(base64: unknown): string {
  return Buffer.from(String(base64), "base64").toString("utf8");
}

async function linesWith(over: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  return (await renderStandIn(mergeValues(leafValues(leafInput()), over))).map(lineOf);
}

describe("the stand-in chart", () => {
  it("renders every object that the real chart renders from the leaf's values", async () => {
    const expected = (await readFile(OBJECTS, "utf8")).trim().split("\n");
    const rendered = (await renderStandIn(leafValues(leafInput()))).map(lineOf);
    expect(rendered.toSorted()).toEqual(expected.toSorted());
  });

  it.each([
    [
      "alertmanager",
      { alertmanager: { enabled: false } },
      /Alertmanager|alertmanager-|-alertmanager$|alertmanager\.rules/,
    ],
    ["the thanos service", { prometheus: { thanosService: { enabled: false } } }, /thanos-(?:discovery|sidecar)/],
    ["the disruption budget", { prometheus: { podDisruptionBudget: { enabled: false } } }, /PodDisruptionBudget/],
    ["the webhooks", { prometheusOperator: { admissionWebhooks: { enabled: false } } }, /-admission|Job/],
    ["coredns", { coreDns: { enabled: false } }, /coredns/],
    ["node exporter", { nodeExporter: { enabled: false } }, /node-exporter/],
    ["a rule file", { defaultRules: { rules: { kubernetesApps: false } } }, /kubernetes-apps/],
    ["all default rules", { defaultRules: { create: false } }, /PrometheusRule(?!.*musterbook-musterbook-sidecar)/],
  ])("leaves %s out when its key is switched off", async (_, over, pattern) => {
    const lines = await linesWith(over);
    expect(lines.filter((line) => pattern.test(line))).toEqual([]);
    expect(lines.length).toBeGreaterThan(35);
  });

  it.each([
    ["kube-proxy", { kubeProxy: { enabled: true } }, "v1 Service kube-system musterbook-kube-proxy"],
    ["grafana", { grafana: { enabled: true, fullnameOverride: "g" } }, "apps/v1 Deployment monitoring g"],
    [
      "an unclean name",
      { cleanPrometheusOperatorObjectNames: false },
      "v1 Secret monitoring alertmanager-musterbook-alertmanager",
    ],
  ])("makes %s when its key asks for it", async (_, over, line) => {
    expect(await linesWith(over)).toContain(line);
  });

  it("shows plainly that it is not the real chart", async () => {
    const [deployment] = (await renderStandIn(leafValues(leafInput()))).filter(({ kind }) => kind === "DaemonSet");
    expect(JSON.stringify(deployment)).toContain("stand-in.invalid/kube-prometheus-stack:88.5.3-stand-in");
  });
});

describe("the leaf's values in a chart", () => {
  const hostile = "{{ .Values.secret }}{{{ `x` }} 'a': \"b\" {{- end -}} #";

  it("reach the Prometheus resource", async () => {
    const objects = await renderStandIn(leafValues(leafInput()));
    expect(find(objects, "Prometheus", "musterbook").spec).toMatchObject({
      replicas: 2,
      externalLabels: { cluster: "c1", region: "eu-west-1", account: "111122223333", stage: "prod" },
      replicaExternalLabelName: "prometheus_replica",
      prometheusExternalLabelName: "",
      thanos: { version: "v0.42.4", objectStorageConfig: { name: "thanos-objstore", key: "objstore.yml" } },
    });
  });

  it("are never evaluated where they come from outside", async () => {
    const externalLabels = { cluster: "c1", stage: hostile };
    const objects = await renderStandIn(leafValues(leafInput({ externalLabels, sourceRanges: [hostile] })));
    expect(find(objects, "Prometheus", "musterbook").spec).toMatchObject({ externalLabels });
    expect(find(objects, "Service", "musterbook-leaf-query").spec).toMatchObject({
      loadBalancerSourceRanges: [hostile],
    });
  });

  it("name the sidecars' discovery service and the namespace in the leaf querier", async () => {
    const query = find(await renderStandIn(leafValues(leafInput())), "Deployment", "musterbook-leaf-query");
    expect(JSON.stringify(query.spec)).toContain(
      "--endpoint=dnssrv+_grpc._tcp.musterbook-thanos-discovery.monitoring.svc.cluster.local",
    );
  });

  it("leave Alertmanager's templates to Alertmanager", async () => {
    const { data } = find(await renderStandIn(leafValues(leafInput())), "Secret", "alertmanager-musterbook");
    const files = data as Record<string, string>;
    const { receivers } = parse(decode(files["alertmanager.yaml"]));
    expect(receivers[1].sns_configs[0].message).toBe('{{ template "musterbook.message" . }}');
    expect(decode(files["musterbook.tmpl"])).toContain('{{ define "musterbook.message" }}{"schema"');
  });
});
