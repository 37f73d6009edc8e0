import type { KubeApi, KubeObject } from "#onboard/ports";

/** One cluster, and what the suite needs besides the port. */
export interface KubeSubject {
  readonly kube: KubeApi;
  /** The same server, to the user `reader`, to whom nothing is granted yet. */
  readonly reader: KubeApi;
  /** Server-side apply by another manager, by force. */
  readonly applyAs: (manager: string, object: KubeObject) => Promise<void>;
  /** Makes every request fail so, `forbidden` every one for objects; null ends it. */
  readonly refuse: (how: "unauthorized" | "forbidden" | "throttled" | "unavailable" | "unreachable" | null) => void;
  /** Puts a text behind a Service. */
  readonly serve: (
    service: { readonly namespace: string; readonly service: string; readonly port: number },
    answer: (path: string) => { readonly status: number; readonly body: string },
  ) => Promise<void>;
  /** Lets the server forget all history once, when the second page of the next list is asked for. The answer tells whether it came to that. */
  readonly forgetMidway: () => () => boolean;
  readonly close: () => Promise<void>;
}

/** What the cases of the suite share. */
export interface Scene {
  readonly kube: () => KubeApi;
  readonly subject: () => KubeSubject;
  readonly namespace: string;
  readonly configMap: (name: string, data: object, labels?: Readonly<Record<string, string>>) => KubeObject;
}

export async function failureOf(attempt: Promise<unknown>): Promise<unknown> {
  return attempt.then(
    () => "nothing was thrown",
    (error: unknown) => error,
  );
}
