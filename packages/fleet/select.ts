import type { FleetConfig, Selector } from "#config/fleet-config";
import type { ClusterRef } from "#fleet/cluster";
import { MODES, type Mode } from "#fleet/mode";

export const IGNORE_TAG = "musterbook:ignore";
export const MODE_TAG = "musterbook:mode";

type Tags = Readonly<Record<string, string>>;

export interface Selection {
  readonly mode: Mode | "ignore";
  /** Which tag or rule decided, in words. */
  readonly because: string;
}

/**
 * What Musterbook may do to a cluster. The first of these decides: tag `musterbook:ignore`, tag `musterbook:mode`, the
 * selectors under `modes`, `newClusters` for a cluster created since then, else `observe`. A tag is written by anybody:
 * one that cannot be read lowers the mode to `observe` and says so; it never raises an error or a mode.
 */
export function selectCluster(of: {
  readonly config: Pick<FleetConfig, "modes" | "newClusters">;
  readonly ref: ClusterRef;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly tags: Tags;
}): Selection {
  return fromTags(of.tags) ?? fromConfig(of);
}

/** Whether the configuration names a cluster's account and region: nothing is begun anywhere else, whoever sends an event. */
export function isInScope(
  scopes: FleetConfig["scopes"],
  { account, region }: Pick<ClusterRef, "account" | "region">,
): boolean {
  return scopes.some((scope) => scope.account === account && scope.regions.includes(region));
}

function fromTags(tags: Tags): Selection | undefined {
  const ignore = tags[IGNORE_TAG];
  if (ignore !== undefined && ignore.trim().toLowerCase() !== "false") {
    return { mode: "ignore", because: `tag ${IGNORE_TAG} is "${ignore}"` };
  }
  const wanted = tags[MODE_TAG];
  if (wanted === undefined) return undefined;
  const mode = MODES.find((known) => known === wanted.trim().toLowerCase());
  if (mode !== undefined) return { mode, because: `tag ${MODE_TAG} is "${wanted}"` };
  return {
    mode: "observe",
    because: `tag ${MODE_TAG} is "${wanted}", which is not a mode: choose ${MODES.join(", ")}`,
  };
}

function fromConfig({ config, ref, createdAt, tags }: Parameters<typeof selectCluster>[0]): Selection {
  const index = config.modes.findIndex(({ select }) => matchesSelector(select, ref, tags));
  const rule = config.modes[index];
  if (rule !== undefined) return { mode: rule.mode, because: `modes.${index} of the configuration matches` };
  const { newClusters } = config;
  if (newClusters !== undefined && Date.parse(createdAt) >= Date.parse(newClusters.since)) {
    return { mode: newClusters.mode, because: `created at ${createdAt}, not before newClusters.since` };
  }
  return { mode: "observe", because: "no rule of the configuration names it" };
}

/** Whether every field that a selector gives matches; `*` in `name` stands for any text. An empty selector matches all. */
export function matchesSelector(select: Selector, ref: ClusterRef, tags: Tags): boolean {
  return (
    (select.account === undefined || select.account === ref.account) &&
    (select.region === undefined || select.region === ref.region) &&
    (select.name === undefined || globMatches(select.name, ref.name)) &&
    Object.entries(select.tags ?? {}).every(([key, value]) => tags[key] === value)
  );
}

/** Linear in the text: a pattern written by somebody must not be able to take for ever, as a regular expression may. */
function globMatches(pattern: string, text: string): boolean {
  const [head = "", ...rest] = pattern.split("*");
  const tail = rest.pop();
  if (tail === undefined) return text === head;
  if (!text.startsWith(head) || text.length < head.length + tail.length || !text.endsWith(tail)) return false;
  let at = head.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= text.length - tail.length;
}
