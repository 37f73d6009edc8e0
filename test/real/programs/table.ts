/** Every program that the real suite runs, with its version and how it is had. Versions and traps: docs/testing.md. */

/** Built by `go build` from the wrapper module in `go/<module>`. */
export interface GoRecipe {
  readonly kind: "go";
  /** Folder under `go/`. */
  readonly module: string;
  /** `go build` makes these, by name. */
  readonly packages: Readonly<Record<string, string>>;
  readonly version: string;
  readonly tags?: string;
  /** Variables that the linker sets. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Files that a published module lacks: their text by path in that module. */
  readonly missing?: { readonly from: string; readonly files: Readonly<Record<string, string>> };
}

/** Installed from PyPI into a virtual environment; `python/requirements.txt` has the hashes. */
export interface PythonRecipe {
  readonly kind: "python";
  readonly programs: readonly string[];
  readonly version: string;
}

/** Taken out of a Debian package, which is not installed. */
export interface DebianRecipe {
  readonly kind: "debian";
  readonly package: string;
  /** Path in the package, by name. */
  readonly files: Readonly<Record<string, string>>;
  /** Beginning of the package's version. */
  readonly version: string;
}

export type Recipe = GoRecipe | PythonRecipe | DebianRecipe;

const KUBERNETES = "v1.36.3";
const KUBERNETES_VERSION = "k8s.io/component-base/version";

/** The longest first: two are made at a time. */
export const recipes = {
  kubernetes: {
    kind: "go",
    module: "kubernetes",
    version: KUBERNETES,
    packages: {
      "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
      "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
    },
    // Without these /version says v0.0.0-master, and helm refuses every chart that has a kubeVersion.
    variables: {
      [`${KUBERNETES_VERSION}.gitVersion`]: KUBERNETES,
      [`${KUBERNETES_VERSION}.gitMajor`]: "1",
      [`${KUBERNETES_VERSION}.gitMinor`]: "36",
    },
  },
  prometheus: {
    kind: "go",
    module: "prometheus",
    version: "v0.315.0",
    packages: {
      prometheus: "github.com/prometheus/prometheus/cmd/prometheus",
      promtool: "github.com/prometheus/prometheus/cmd/promtool",
    },
  },
  thanos: {
    kind: "go",
    module: "thanos",
    version: "v0.42.4",
    packages: { thanos: "github.com/thanos-io/thanos/cmd/thanos" },
    // As the releases are built.
    tags: "slicelabels",
  },
  etcd: { kind: "go", module: "etcd", version: "v3.7.3", packages: { etcd: "go.etcd.io/etcd/server/v3" } },
  versitygw: {
    kind: "go",
    module: "versitygw",
    version: "v1.8.0",
    packages: { versitygw: "github.com/versity/versitygw/cmd/versitygw" },
  },
  alertmanager: {
    kind: "go",
    module: "alertmanager",
    version: "v0.34.0",
    packages: {
      alertmanager: "github.com/prometheus/alertmanager/cmd/alertmanager",
      amtool: "github.com/prometheus/alertmanager/cmd/amtool",
    },
    // The web interface is built by Node and is not in the published module, which embeds its folder.
    missing: {
      from: "github.com/prometheus/alertmanager",
      files: { "ui/app/dist/index.html": "<!doctype html><title>Alertmanager</title>\n" },
    },
  },
  emulators: { kind: "python", version: "1.5.33", programs: ["ministack", "moto_server"] },
  // The Alertmanager of Debian 12: an old one, as there are many in the field.
  "old-alertmanager": {
    kind: "debian",
    package: "prometheus-alertmanager",
    version: "0.25.",
    files: { "alertmanager-0.25": "usr/bin/prometheus-alertmanager" },
  },
} as const satisfies Readonly<Record<string, Recipe>>;

export type RecipeName = keyof typeof recipes;

/** Names of the programs that a recipe makes. */
export function programsOf(recipe: Recipe): readonly string[] {
  switch (recipe.kind) {
    case "go":
      return Object.keys(recipe.packages);
    case "python":
      return recipe.programs;
    case "debian":
      return Object.keys(recipe.files);
  }
}
