import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { TerminalError } from "#fleet/errors";
import { leafValues } from "#profiles/leaf";
import { parseValueKeys, unknownValueKeys } from "#profiles/value-keys";
import { leafInput } from "#test/factories/leaf-input";

const KEYS = resolve(import.meta.dirname, "../../../charts/kube-prometheus-stack/value-keys-88.5.3.txt");

describe("leafValues", () => {
  it.each(["standard", "lean"] as const)("sets only keys that the chart knows, in size %s", async (size) => {
    const keys = parseValueKeys(await readFile(KEYS, "utf8"));
    expect(unknownValueKeys(leafValues(leafInput({ size })), keys)).toEqual([]);
  });

  it("gives a lean leaf one replica and no disruption budget", () => {
    expect(leafValues(leafInput({ size: "lean" }))).toMatchObject({
      prometheus: { podDisruptionBudget: { enabled: false }, prometheusSpec: { replicas: 1, podAntiAffinity: "soft" } },
      alertmanager: { alertmanagerSpec: { replicas: 1 } },
      extraManifests: { querier: { spec: { replicas: 1 } } },
    });
  });

  it.each([
    [true, "eks.amazonaws.com/nlb"],
    [false, "service.k8s.aws/nlb"],
  ])("chooses the load balancer class with Auto Mode %s", (autoMode, loadBalancerClass) => {
    expect(leafValues(leafInput({ autoMode }))).toMatchObject({
      extraManifests: { querierService: { spec: { loadBalancerClass, loadBalancerSourceRanges: ["10.0.0.0/16"] } } },
    });
  });

  it("annotates service accounts only for IRSA", () => {
    const roleArns = { prometheus: "arn:aws:iam::111122223333:role/leaf" };
    expect(leafValues(leafInput({ roleArns }))).toMatchObject({
      prometheus: { serviceAccount: { annotations: { "eks.amazonaws.com/role-arn": roleArns.prometheus } } },
    });
    expect(JSON.stringify(leafValues(leafInput()))).not.toContain("role-arn");
  });

  it("sets image and version of Thanos together, in the sidecar and in the leaf querier", () => {
    const thanos = { image: "registry.example.com/thanos:v0.43.0", version: "v0.43.0" };
    const values = leafValues(leafInput({ thanos }));
    expect(values).toMatchObject({ prometheus: { prometheusSpec: { thanos } } });
    expect(JSON.stringify(values.extraManifests)).toContain(thanos.image);
  });

  it("leaves out an external label without a value", () => {
    const values = leafValues(leafInput({ externalLabels: { cluster: "c1", stage: "" } }));
    expect(JSON.stringify(values.prometheus)).toContain('"externalLabels":{"cluster":"c1"}');
  });

  it("refuses a name that the chart would cut", () => {
    expect(() => leafValues(leafInput({ fullname: "a".repeat(27) }))).toThrow(TerminalError);
  });

  it("lays overrides over the profile, later ones last", () => {
    const overrides = [
      { prometheus: { prometheusSpec: { retention: "48h", replicas: 3 } } },
      { prometheus: { prometheusSpec: { retention: "72h" } } },
    ];
    expect(leafValues(leafInput({ overrides }))).toMatchObject({
      prometheus: { prometheusSpec: { retention: "72h", replicas: 3, walCompression: true } },
    });
  });

  it.each([
    ["fullnameOverride", { fullnameOverride: "other" }],
    [
      "prometheus.prometheusSpec.externalLabels.cluster",
      { prometheus: { prometheusSpec: { externalLabels: { cluster: "c2" } } } },
    ],
    [
      "prometheus.prometheusSpec.replicaExternalLabelName",
      { prometheus: { prometheusSpec: { replicaExternalLabelName: "r" } } },
    ],
    ["extraManifests.querier", { extraManifests: [{ kind: "ConfigMap" }] }],
  ])("refuses an override of %s, on which identity or endpoint depends", (field, over) => {
    expect(() => leafValues(leafInput({ overrides: [over] }))).toThrow(
      expect.objectContaining({ reason: "value-ours", field }),
    );
  });

  it("takes another external label and another manifest beside its own", () => {
    const over = {
      prometheus: { prometheusSpec: { externalLabels: { team: "a" } } },
      extraManifests: { mine: { kind: "Role" } },
    };
    expect(leafValues(leafInput({ overrides: [over] }))).toMatchObject({
      prometheus: { prometheusSpec: { externalLabels: { cluster: "c1", team: "a" } } },
      extraManifests: { mine: { kind: "Role" }, querier: { kind: "Deployment" } },
    });
  });

  it("refuses an override that the chart would ignore, with the nearest right key", () => {
    const knownKeys = parseValueKeys("prometheus.prometheusSpec.retention string");
    const overrides = [{ prometheus: { prometheusSpec: { retension: "48h" } } }];
    expect(() => leafValues(leafInput({ overrides, knownKeys }))).toThrow(
      expect.objectContaining({
        reason: "value-unknown",
        field: "prometheus.prometheusSpec.retension",
        remedy: expect.stringContaining("write prometheus.prometheusSpec.retention instead"),
      }),
    );
  });
});

describe("the leaf's Alertmanager", () => {
  function config(alertTopicArn: string | undefined) {
    return (leafValues(leafInput({ alertTopicArn })).alertmanager as { config: Record<string, unknown> }).config;
  }

  it("publishes to the topic in the topic's region", () => {
    expect(config("arn:aws:sns:us-east-1:444455556666:musterbook-intake")).toMatchObject({
      route: { receiver: "musterbook" },
      receivers: [
        { name: "null" },
        { name: "musterbook", sns_configs: [{ sigv4: { region: "us-east-1" }, subject: "", send_resolved: true }] },
        { name: "musterbook-heartbeat", sns_configs: [{ send_resolved: false }] },
      ],
    });
  });

  it("beats at least every five minutes", () => {
    const { route } = config("arn:aws:sns:us-east-1:444455556666:musterbook-intake");
    expect(route).toMatchObject({
      routes: [
        {
          receiver: "musterbook-heartbeat",
          matchers: ['alertname = "Watchdog"'],
          group_interval: "1m",
          repeat_interval: "4m",
        },
        { receiver: "null" },
      ],
    });
  });

  it("keeps alerts to itself without a topic", () => {
    expect(config(undefined)).toMatchObject({ route: { receiver: "null" }, receivers: [{ name: "null" }] });
  });

  it.each(["arn:aws:sns:eu-west-1:111122223333:alerts.fifo", "musterbook-intake"])("refuses %s as a topic", (topic) => {
    expect(() => config(topic)).toThrow(expect.objectContaining({ reason: "topic-invalid", value: topic }));
  });
});
