import semver from "semver";
import type { Chart, Zone } from "#doctor/facts";
import { failure, ok, type Verdict, warning } from "#doctor/line";

/** `vpc`: of the observer; undefined where it is not known. */
export function judgeZone(name: string, zones: readonly Zone[], vpc: string | undefined): Verdict {
  const own = zones.filter(({ isPrivate }) => isPrivate);
  const [zone, ...more] = own;
  const make = `Make it: aws route53 create-hosted-zone --name ${name} --vpc VPCRegion=<region>,VPCId=<the observer's VPC> --caller-reference <any>`;
  if (zone === undefined) {
    return failure(
      zones.length === 0 ? "there is no such zone" : "the zone is public: names of clusters would be too",
      make,
    );
  }
  if (more.length > 0) {
    const remedy = "Deploying finds one of them, and not always the same: delete those that are not needed.";
    return failure(`there are ${own.length} private zones of this name: ${own.map(({ id }) => id).join(", ")}`, remedy);
  }
  if (vpc === undefined) return warning(`${zone.id} is private; the observer's VPC is not known`, CHECK_VPC);
  if (zone.vpcs.includes(vpc)) return ok(`${zone.id} is private and answers in the observer's ${vpc}`);
  const remedy = `The Querier there finds no endpoint by its name: aws route53 associate-vpc-with-hosted-zone --hosted-zone-id ${zone.id} --vpc VPCRegion=<region>,VPCId=${vpc}`;
  return failure(`${zone.id} does not answer in the observer's ${vpc}`, remedy);
}

const CHECK_VPC = "See that it is associated with the VPC of the cluster under observer.cluster.";

/** The release of Thanos from which on a store list may name certificates for each endpoint. */
const NEEDED = "0.42.0";

export function judgeThanos(version: string | undefined): Verdict {
  const release = semver.coerce(version);
  if (release === null) {
    const remedy = `See by hand that it is ${NEEDED} or newer: thanos --version in its pod.`;
    return warning("the central Querier does not tell its version", remedy);
  }
  if (semver.gte(release, NEEDED)) return ok(`the central Querier is ${version}`);
  const remedy = `Upgrade it to ${NEEDED} or newer: older ones take no certificates per endpoint and refuse the whole store list.`;
  return failure(`the central Querier is ${version}`, remedy);
}

/** The charts go with the functions: what is not here when it is deployed, no cluster can be given. */
export function judgeChart({ version, state }: Chart): Verdict {
  switch (state) {
    case "verified":
      return ok(`${version} is here, with the pinned digest`);
    case "absent":
      return warning(
        `${version} is not here: deployed so, clusters of mode manage wait with chart-absent`,
        "Before the deploy: musterbook charts pull",
      );
    case "unpinned":
      return warning(`${version} is here, and charts.json pins no digest`, "Before the deploy: musterbook charts pull");
    case "changed":
      return failure(
        `${version} is not the file that was pinned`,
        "See where it came from. Then delete it, and: musterbook charts pull",
      );
  }
}
