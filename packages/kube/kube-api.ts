import * as v from "valibot";
import { RetryableError } from "#fleet/errors";
import type { KubeConnection } from "#kube/connection";
import { kubeError, parseStatus } from "#kube/errors";
import { parseJson, parseObject, parsePage, parseReply } from "#kube/reply";
import { pathOf, type Resource, resourceFinder } from "#kube/resources";
import { sent } from "#kube/sent";
import { httpTransport, type KubeReply, type Transport } from "#kube/transport";
import type { KubeApi, KubeObject, KubeRef, ProxyRequest } from "#onboard/ports";

export interface KubeApiOptions {
  /** For one whole answer; 20 s by default. */
  readonly timeoutMs?: number;
  /** Objects of one page of a list; 500 by default, as kubectl has it. */
  readonly pageSize?: number;
}

const FIELD_MANAGER = "musterbook";
/** A list whose pages expire under way begins anew, but not for ever. */
const MAX_LISTINGS = 3;
const Version = v.object({ gitVersion: v.string() });

interface Session {
  readonly send: Transport;
  readonly find: ReturnType<typeof resourceFinder>;
  readonly pageSize: number;
}

/** The Kubernetes API at the other end of `connection`; see the port for its errors. */
export function kubeApi(connection: KubeConnection, options: KubeApiOptions = {}): KubeApi {
  const { timeoutMs = 20_000, pageSize = 500 } = options;
  const send = httpTransport(connection, timeoutMs);
  const session: Session = { send, find: resourceFinder(send), pageSize };
  return {
    async version() {
      const doing = "read the version";
      const reply = await send({ method: "GET", path: "/version", doing });
      return parseReply(Version, succeeded(reply, doing).body, doing);
    },
    apply: (object) => apply(session, object),
    get: (ref) => get(session, ref),
    list: (of) => list(session, of),
    delete: (ref, { uid } = {}) => remove(session, ref, uid),
    proxyGet: (request) => proxyGet(session, request),
  };
}

async function apply({ send, find }: Session, object: KubeObject): Promise<KubeObject> {
  const { name, namespace } = object.metadata;
  const doing = describe("apply", { ...object, name, ...(namespace === undefined ? {} : { namespace }) });
  const resource = await find(object.apiVersion, object.kind);
  if (resource === undefined) throw kubeError(404, undefined, `${doing}: the kind is not served`);
  const reply = await send({
    method: "PATCH",
    path: `${pathOf(resource, object.metadata)}?fieldManager=${FIELD_MANAGER}`,
    contentType: "application/apply-patch+yaml",
    // JSON is YAML.
    body: JSON.stringify(sent(object)),
    doing,
  });
  return parseObject(succeeded(reply, doing).body, object, doing);
}

async function get({ send, find }: Session, ref: KubeRef): Promise<KubeObject | undefined> {
  const doing = describe("get", ref);
  const resource = await find(ref.apiVersion, ref.kind);
  if (resource === undefined) return undefined;
  const reply = await send({ method: "GET", path: pathOf(resource, ref), doing });
  return reply.status === 404 ? undefined : parseObject(succeeded(reply, doing).body, ref, doing);
}

async function list(session: Session, of: Parameters<KubeApi["list"]>[0]): Promise<readonly KubeObject[]> {
  const doing = `list ${of.apiVersion} ${of.kind}`;
  const resource = await session.find(of.apiVersion, of.kind);
  if (resource === undefined) return [];
  for (let listing = 0; listing < MAX_LISTINGS; listing += 1) {
    const objects = await listOnce(session, { of, resource, doing });
    if (objects !== "expired") return objects;
  }
  throw new RetryableError(`${doing}: the pages expired ${MAX_LISTINGS} times before the list was whole`, {
    reason: "server-error",
    remedy: "Nothing to do: it is tried again.",
  });
}

async function listOnce(
  { send, pageSize }: Session,
  { of, resource, doing }: { of: Parameters<KubeApi["list"]>[0]; resource: Resource; doing: string },
): Promise<readonly KubeObject[] | "expired"> {
  const objects: KubeObject[] = [];
  const query = new URLSearchParams({ limit: String(pageSize) });
  if (of.labelSelector !== undefined) query.set("labelSelector", of.labelSelector);
  for (;;) {
    const path = `${pathOf(resource, { namespace: of.namespace })}?${query}`;
    const reply = await send({ method: "GET", path, doing });
    if (reply.status === 410) return "expired";
    // The definition of a kind that was there before has gone.
    if (reply.status === 404) return [];
    const { items, next } = parsePage(succeeded(reply, doing).body, of, doing);
    objects.push(...items);
    if (next === "") return objects;
    query.set("continue", next);
  }
}

async function remove({ send, find }: Session, ref: KubeRef, uid: string | undefined): Promise<"deleted" | "absent"> {
  const doing = describe("delete", ref);
  const resource = await find(ref.apiVersion, ref.kind);
  if (resource === undefined) return "absent";
  const preconditions = uid === undefined ? {} : { preconditions: { uid } };
  const reply = await send({
    method: "DELETE",
    path: pathOf(resource, ref),
    contentType: "application/json",
    body: JSON.stringify({
      apiVersion: "v1",
      kind: "DeleteOptions",
      propagationPolicy: "Background",
      ...preconditions,
    }),
    doing,
  });
  if (reply.status === 404) return "absent";
  succeeded(reply, doing);
  return "deleted";
}

/** What the API server itself refuses is thrown; that it finds no Service, or nothing behind it, is an answer. */
async function proxyGet({ send }: Session, request: ProxyRequest): Promise<{ status: number; body: string }> {
  const { namespace, service, port, path } = request;
  const doing = `proxy to ${namespace}/${service}:${port}`;
  const root = `/api/v1/namespaces/${encodeURIComponent(namespace)}/services`;
  const reply = await send({
    method: "GET",
    path: `${root}/${encodeURIComponent(service)}:${port}/proxy${path}`,
    doing,
  });
  const refused = [401, 403, 429].includes(reply.status) ? parseStatus(parseJson(reply.body)) : undefined;
  if (refused !== undefined) throw kubeError(reply.status, refused, doing);
  return { status: reply.status, body: reply.body };
}

function succeeded(reply: KubeReply, doing: string): KubeReply {
  if (reply.status >= 200 && reply.status < 300) return reply;
  throw kubeError(reply.status, parseStatus(parseJson(reply.body)), doing);
}

function describe(verb: string, ref: KubeRef): string {
  return `${verb} ${ref.apiVersion} ${ref.kind} ${ref.namespace === undefined ? "" : `${ref.namespace}/`}${ref.name}`;
}
