import type { Step, StepInput } from "#onboard/steps/step";

/**
 * Takes the endpoint from the store list while EKS deletes the cluster, and its name when the cluster is gone: from
 * AWS's side alone, since the cluster's API server may be gone first. Blocks are never touched.
 * After success: the record says `removed`, confirmed by EKS; once the cluster is gone its record in the zone is gone.
 * After failure: the name is still there. Repeating is safe: absent is fine, and only a record that carries this
 * cluster's marker is removed, with the target that was just read.
 */
export const offboard: Step = async (input) => {
  const { seen, ports, endpoint } = input;
  const gone = seen.state.cluster.status === "absent";
  const removed = gone && (await removeName(input));
  const address = endpoint?.address ?? seen.endpoint.address;
  const message = `${address} leaves the store list${removed ? `; ${seen.endpoint.host} is removed` : ""}`;
  if (endpoint === null) return { message, dnsChange: null };
  const since = endpoint.state === "removed" ? endpoint.since : ports.clock.now().toISOString();
  return { message, dnsChange: null, endpoint: { address, state: "removed", confirmedByEks: true, since } };
};

async function removeName({ ref, seen, ports }: StepInput): Promise<boolean> {
  const found = await ports.dns.find(seen.endpoint.host);
  if (found === undefined || found.owner !== ref.arn) return false;
  await ports.dns.remove({ ...found, owner: found.owner });
  return true;
}
