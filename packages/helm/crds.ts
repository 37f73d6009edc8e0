import * as v from "valibot";
import { parseAllDocuments } from "yaml";
import { TerminalError } from "#fleet/errors";
import type { ChartRef, KubeObject } from "#onboard/ports";

const Crd = v.looseObject({
  apiVersion: v.literal("apiextensions.k8s.io/v1"),
  kind: v.literal("CustomResourceDefinition"),
  metadata: v.looseObject({ name: v.string() }),
});

/** The definitions in the output of `helm show crds`. TerminalError `chart-invalid` for anything that is not one. */
export function parseCrds(text: string, chart: ChartRef): readonly KubeObject[] {
  // YAML 1.2, else a bare `=` in an enum of the real definitions breaks the parser.
  const documents = parseAllDocuments(text, { version: "1.2", logLevel: "error" });
  return [...documents]
    .map((document) => document.toJS() as unknown)
    .filter((body) => body !== null)
    .map(crd);

  function crd(body: unknown): KubeObject {
    const parsed = v.safeParse(Crd, body);
    if (parsed.success) return parsed.output;
    throw new TerminalError(`the crds folder of ${chart.name} ${chart.version} holds something that is no CRD`, {
      reason: "chart-invalid",
      field: v.getDotPath(parsed.issues[0]) ?? "crds",
      value: parsed.issues[0].input,
      remedy: "Pull the chart again: musterbook charts pull",
    });
  }
}
