import { type ApiCall, callApi, watchApi } from "#test/real/servers/api";

/** A Kubernetes API server, and what the suite needs besides its API. */
export interface KubeServerSubject {
  /** Without a slash at its end. */
  readonly server: string;
  /** PEM, base64; null over plain HTTP. */
  readonly certificateAuthority: string | null;
  /** Of somebody who may do everything. */
  readonly token: string;
  /** Makes it forget what was before now. What it keeps in memory it may remember still; of Events it keeps nothing there. */
  readonly forget: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** An object, a list or a Status, as far as a test looks at it. */
export interface Body {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
    readonly deletionTimestamp?: string;
    readonly managedFields?: readonly { readonly manager: string }[];
  };
  readonly items: readonly Body[];
  readonly message: string;
  readonly [key: string]: unknown;
}

export interface Reply {
  readonly code: number;
  readonly body: Body;
  /** Of the header `warning`. */
  readonly warning: string | undefined;
}

type Method = NonNullable<ApiCall["method"]>;
type Sent = Pick<ApiCall, "accept" | "contentType">;

/** One case's view of the server: a namespace of its own. */
export interface Scene {
  readonly namespace: string;
  /** Path of the namespace's ConfigMaps. */
  readonly configMaps: string;
  readonly subject: KubeServerSubject;
  call(method: Method, path: string, body?: unknown, more?: Sent): Promise<Reply>;
  /** `type` without `application/`. */
  patch(path: string, type: string, body: unknown): Promise<Reply>;
  /** Server-side apply of a ConfigMap of this name. */
  apply(
    manager: string,
    name: string,
    content: { metadata?: object; data?: object; dta?: object },
    query?: string,
  ): Promise<Reply>;
  /** `<type> <name>`, and the reason of an error, of the ConfigMaps unless another path is named. */
  watch(query: string, path?: string): AsyncGenerator<string>;
}

export function sceneOf(subject: KubeServerSubject, namespace: string): Scene {
  const { server, certificateAuthority, token } = subject;
  const trust = certificateAuthority === null ? {} : { certificateAuthority };
  const configMaps = `/api/v1/namespaces/${namespace}/configmaps`;

  async function call(method: Method, path: string, body?: unknown, more: Sent = {}): Promise<Reply> {
    const bytes = body instanceof Uint8Array ? body : JSON.stringify(body);
    const sent = body === undefined ? {} : { body: bytes };
    const url = `${server}${path}`;
    const reply = await callApi({ url, token, method, contentType: "application/json", ...trust, ...sent, ...more });
    const { warning } = reply.headers;
    return { code: reply.status, body: reply.json as Body, warning: warning === undefined ? undefined : `${warning}` };
  }

  const patch: Scene["patch"] = (path, type, body) => call("PATCH", path, body, { contentType: `application/${type}` });
  return {
    namespace,
    configMaps,
    subject,
    call,
    patch,
    apply: (manager, name, content, query = "") =>
      patch(`${configMaps}/${name}?fieldManager=${manager}${query}`, "apply-patch+yaml", {
        apiVersion: "v1",
        kind: "ConfigMap",
        ...content,
        metadata: { name, ...content.metadata },
      }),
    async *watch(query, path = configMaps) {
      const ending = new AbortController();
      const watch = await watchApi({ url: `${server}${path}?watch=true&${query}`, token, ...trust }, ending.signal);
      if (watch.events === undefined) throw new Error(`${watch.status} ${watch.body}`);
      try {
        for await (const event of watch.events) {
          const { type, object } = event as { type: string; object: Body & { reason?: string } };
          yield `${type} ${object.metadata.name ?? object.reason ?? ""}`.trimEnd();
        }
      } finally {
        ending.abort();
      }
    },
  };
}

export async function take(events: AsyncGenerator<string>, count: number): Promise<readonly string[]> {
  const taken: string[] = [];
  while (taken.length < count) {
    const { done, value } = await events.next();
    if (done === true) return [...taken, "(end)"];
    taken.push(value);
  }
  return taken;
}

export function configMap(name: string, data: object = {}, metadata: object = {}) {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, ...metadata }, data };
}
