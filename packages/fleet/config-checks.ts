import * as v from "valibot";
import { FleetConfig } from "#config/fleet-config";
import type { schemaFor } from "#config/installation-config";
import type { Problem } from "#config/schema";
import { parseClusterArn } from "#fleet/cluster";
import { isInScope } from "#fleet/select";

/** Clocks differ; a configuration that begins to work in a month is a mistake. */
const MAX_FUTURE_MS = 86_400_000;

type Fields = typeof FleetConfig.entries;

/**
 * What must hold across fields. Each part of the configuration is looked at if it is sound by itself, so that these
 * problems are told together with those of other parts.
 */
export function checkAcross(input: object, { entries }: ReturnType<typeof schemaFor>, now: Date): readonly Problem[] {
  const part = <K extends keyof Fields>(name: K) => (name in entries ? partOf(input, name) : undefined);
  return [
    ...checkScopes(part("scopes") ?? []),
    ...checkSince(part("newClusters")?.since, now),
    ...checkObserver(part("observer")?.cluster),
    ...checkReach(part("reach")?.vpc ?? [], part("scopes")),
    ...checkBuckets(part("buckets") ?? []),
    ...checkAlerts(part("alerts")?.slackWebhookSecret),
  ];
}

function partOf<K extends keyof Fields>(input: object, name: K): v.InferOutput<Fields[K]> | undefined {
  const result = v.safeParse(FleetConfig.entries[name], Reflect.get(input, name));
  return result.success ? result.output : undefined;
}

function checkScopes(scopes: FleetConfig["scopes"]): readonly Problem[] {
  const accounts = scopes.map(({ account }) => account);
  return [
    ...repeated(accounts).map(({ value, at, first }) => ({
      field: `scopes.${at}.account`,
      value,
      remedy: `this account stands in scopes.${first} already: put all its regions there`,
    })),
    ...scopes.flatMap(({ regions }, i) =>
      repeated(regions).map(({ value, at }) => ({
        field: `scopes.${i}.regions.${at}`,
        value,
        remedy: "this region stands in the list already: remove it here",
      })),
    ),
  ];
}

function checkSince(since: string | undefined, now: Date): readonly Problem[] {
  if (since === undefined || Date.parse(since) - now.getTime() <= MAX_FUTURE_MS) return [];
  const remedy = `this is in the future, so no new cluster would get the mode; write a time up to now (${now.toISOString()})`;
  return [{ field: "newClusters.since", value: since, remedy }];
}

function checkObserver(cluster: string | undefined): readonly Problem[] {
  if (cluster === undefined || parseClusterArn(cluster) !== undefined) return [];
  const remedy =
    "write it as arn:aws:eks:<region>:<account of twelve digits>:cluster/<name>, with letters, digits, - and _ in the name";
  return [{ field: "observer.cluster", value: cluster, remedy }];
}

function checkReach(vpcs: FleetConfig["reach"]["vpc"], scopes: FleetConfig["scopes"] | undefined): readonly Problem[] {
  const twice = repeated(vpcs.map(({ id }) => id)).map(({ value, at, first }) => ({
    field: `reach.vpc.${at}.id`,
    value,
    remedy: `this VPC stands in reach.vpc.${first} already: put all its subnets there`,
  }));
  const outside = vpcs.flatMap((vpc, at) => {
    if (scopes === undefined || isInScope(scopes, vpc)) return [];
    const remedy = `no cluster of ${vpc.account} ${vpc.region} is looked at: add them to scopes, or remove this VPC`;
    return [{ field: `reach.vpc.${at}`, value: vpc.id, remedy }];
  });
  return [...twice, ...outside];
}

function checkBuckets(buckets: FleetConfig["buckets"]): readonly Problem[] {
  const places = buckets.map(({ url, endpoint }) => [endpoint ?? "", url.replace(/\/+$/, "")].join(" "));
  return repeated(places).map(({ at, first }) => ({
    field: `buckets.${at}.url`,
    value: buckets[at]?.url,
    remedy: `this bucket stands in buckets.${first} already: remove one, or its alerts would overwrite each other`,
  }));
}

function checkAlerts(secret: string | undefined): readonly Problem[] {
  if (secret === undefined || !secret.includes("://")) return [];
  const remedy =
    "write the name of the secret that holds the URL, never the URL itself; if this file was shared, make a new webhook";
  return [{ field: "alerts.slackWebhookSecret", value: secret, remedy }];
}

function repeated(values: readonly string[]): readonly { value: string; at: number; first: number }[] {
  return values
    .map((value, at) => ({ value, at, first: values.indexOf(value) }))
    .filter(({ at, first }) => at !== first);
}
