import type { EmbeddedCluster, User } from "#local/kubernetes/embedded-cluster";
import { KubeFailure } from "#local/kubernetes/failure";
import { asArray, asObject, isObject, type JsonObject } from "#local/kubernetes/json";
import type { Kind } from "#local/kubernetes/kinds";
import type { KubeObject } from "#onboard/ports";

/** What a request is about, as roles speak of it. */
export interface Access {
  readonly verb: "create" | "delete" | "deletecollection" | "get" | "list" | "patch" | "update" | "watch";
  readonly kind: Pick<Kind, "group" | "plural" | "namespaced">;
  readonly subresource?: "status" | "proxy";
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

const RBAC = "rbac.authorization.k8s.io";
const NOBODY: User = { name: "musterbook", groups: [] };

/** KubeFailure 403 for what no role grants; null may do everything. Discovery and the version are for everybody, so they do not come here. */
export function authorize(cluster: EmbeddedCluster, user: User | null, access: Access): void {
  const who = cluster.behaviour.refuse === "forbidden" ? NOBODY : user;
  if (who === null || rulesFor(cluster, who, access.namespace).some((rule) => grants(rule, access))) return;
  throw forbidden(who, access);
}

/** The rules of all roles that are bound to the user: for the whole cluster, and for the namespace. */
function rulesFor(cluster: EmbeddedCluster, user: User, namespace: string | undefined): readonly JsonObject[] {
  const { store } = cluster;
  const everywhere = store.list(`${RBAC}/clusterrolebindings`);
  const here = namespace === undefined ? [] : store.list(`${RBAC}/rolebindings`, namespace);
  return [...everywhere, ...here]
    .filter((binding) => asArray(binding.subjects).some((subject) => isSubject(asObject(subject), user)))
    .flatMap((binding) => asArray(roleOf(cluster, binding)?.rules).filter(isObject));
}

function roleOf(cluster: EmbeddedCluster, binding: KubeObject): KubeObject | undefined {
  const { kind, name } = asObject(binding.roleRef);
  if (kind === "ClusterRole") return cluster.store.get(`${RBAC}/clusterroles`, undefined, String(name));
  return cluster.store.get(`${RBAC}/roles`, binding.metadata.namespace, String(name));
}

function isSubject({ kind, name }: JsonObject, user: User): boolean {
  return kind === "User" ? name === user.name : kind === "Group" && user.groups.includes(String(name));
}

function grants(rule: JsonObject, access: Access): boolean {
  const names = asArray(rule.resourceNames);
  return (
    includes(rule.verbs, access.verb) &&
    includes(rule.apiGroups, access.kind.group) &&
    includes(rule.resources, resourceIn(access)) &&
    (names.length === 0 || names.includes(access.name))
  );
}

function includes(list: unknown, item: string): boolean {
  return asArray(list).some((one) => one === item || one === "*");
}

function resourceIn({ kind, subresource }: Access): string {
  return subresource === undefined ? kind.plural : `${kind.plural}/${subresource}`;
}

function forbidden(user: User, access: Access): KubeFailure {
  const { kind, name, namespace } = access;
  const named = name === undefined ? "" : ` ${JSON.stringify(name)}`;
  const subject = `${kind.plural}${kind.group === "" ? "" : `.${kind.group}`}${named}`;
  const where =
    kind.namespaced && namespace !== undefined
      ? `in the namespace ${JSON.stringify(namespace)}`
      : "at the cluster scope";
  const what = `cannot ${access.verb} resource ${JSON.stringify(resourceIn(access))} in API group ${JSON.stringify(kind.group)}`;
  return new KubeFailure(
    403,
    "Forbidden",
    `${subject} is forbidden: User ${JSON.stringify(user.name)} ${what} ${where}`,
    {
      ...(name === undefined ? {} : { name }),
      ...(kind.group === "" ? {} : { group: kind.group }),
      kind: kind.plural,
    },
  );
}
