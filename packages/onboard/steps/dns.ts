import { notSeen, type Step } from "#onboard/steps/step";

/**
 * Points the endpoint's name to the load balancer.
 * After success: record and owner marker are accepted by Route53 and on their way to its servers; the change is noted.
 * After failure: neither or both. Repeating is safe: it is an upsert of the same record, refused by the adapter where
 * the name belongs to somebody else.
 */
export const dns: Step = async ({ ref, seen, ports }) => {
  const { ready } = seen.state;
  if (ready.status !== "ready") throw notSeen(ref, "a load balancer");
  const { host } = seen.endpoint;
  const dnsChange = await ports.dns.upsert({ name: host, target: ready.loadBalancer, owner: ref.arn });
  return { message: `${host} points to ${ready.loadBalancer}`, dnsChange };
};
