import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ChartRef } from "#onboard/ports";

const FILES: Readonly<Record<string, string>> = {
  "Chart.yaml": "apiVersion: v2\nname: tiny\nversion: 0.1.0\n",
  "values.yaml": "extraManifests: null\n",
  "templates/extra.yaml": "{{- range .Values.extraManifests }}\n---\n{{ tpl (toYaml .) $ }}\n{{- end }}\n",
  "templates/hook.yaml": JSON.stringify({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "hook", annotations: { "helm.sh/hook": "pre-install,pre-upgrade" } },
    spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "hook", image: "hook:1" }] } } },
  }),
  "crds/widgets.yaml": JSON.stringify({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.example.com" },
    spec: { group: "example.com", scope: "Namespaced", names: { plural: "widgets", kind: "Widget" }, versions: [] },
  }),
};

/** Writes a chart with a hook Job, `extraManifests` and one CRD. */
export async function writeTinyChart(folder: string): Promise<ChartRef> {
  for (const part of ["templates", "crds"]) await mkdir(join(folder, part), { recursive: true });
  for (const [file, text] of Object.entries(FILES)) await writeFile(join(folder, file), text);
  return { name: "tiny", version: "0.1.0", digest: "sha256:0", path: folder, standIn: false };
}
