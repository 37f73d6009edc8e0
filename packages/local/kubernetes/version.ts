/** What the embedded API says it is: helm compares it with a chart's `kubeVersion`. */
export const KUBERNETES_VERSION = "v1.36.3";
