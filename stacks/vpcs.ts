import { type FunctionName, type FunctionWiring, functions, type QueueWiring, queues } from "#stacks/wiring";

/*
 * What private clusters add to the wiring: for each VPC a reconciler in it, of the same code, with a queue of its own. Data only.
 */

/** A function of an installation: one of the wiring, or the reconciler of a VPC, `reconcile-cluster-vpc-0abc`. */
export type InstanceName = FunctionName | `${typeof RECONCILER}-vpc-${string}`;

const RECONCILER = "reconcile-cluster";
const LOOKS = "clusters.fifo";

/** The reconciler of a VPC; of undefined the one that is in none. */
export function reconcilerIn(vpc: string | undefined): InstanceName {
  return vpc === undefined ? RECONCILER : `${RECONCILER}-vpc-${vpc.replace(/^vpc-/, "")}`;
}

/** The queue of the looks that this reconciler takes. */
export function looksIn(vpc: string | undefined): string {
  return vpc === undefined ? LOOKS : `clusters-${vpc}.fifo`;
}

/** The VPC that an instance is in; undefined for none. */
export function vpcOf(instance: InstanceName): string | undefined {
  return /-(vpc-.+)$/.exec(instance)?.[1];
}

/** The function of the wiring whose code an instance is. */
export function functionOf(instance: InstanceName): FunctionName {
  return isOfWiring(instance) ? instance : RECONCILER;
}

function isOfWiring(name: string): name is FunctionName {
  return Object.hasOwn(functions, name);
}

/** The wiring with what VPCs add to it, by their ids. */
export function wiringWith(vpcs: readonly string[]): {
  readonly queues: Readonly<Record<string, QueueWiring>>;
  readonly functions: Readonly<Record<InstanceName, FunctionWiring>>;
} {
  return {
    queues: { ...queues, ...Object.fromEntries(vpcs.map((vpc) => [looksIn(vpc), queueIn(vpc)])) },
    functions: { ...functions, ...Object.fromEntries(vpcs.map((vpc) => [reconcilerIn(vpc), functionIn(vpc)])) },
  };
}

/** How an instance of an installation is driven. */
export function wiringOf(instance: InstanceName): FunctionWiring {
  const vpc = vpcOf(instance);
  return vpc === undefined ? functions[functionOf(instance)] : functionIn(vpc);
}

/** A queue of the wiring or of a VPC, by the name that it has there or in AWS, where app and stage stand before it. */
export function queueNamed(physical: string): readonly [name: string, wiring: QueueWiring] | undefined {
  const [queue = "", vpc] = /clusters-(vpc-[0-9a-f]+)\.fifo$/.exec(physical) ?? [];
  if (vpc !== undefined) return [queue, queueIn(vpc)];
  return Object.entries(queues).find(([name]) => physical === name || physical.endsWith(`-${name}`));
}

function queueIn(vpc: string): QueueWiring {
  return { ...queues[LOOKS], deadLetterQueue: `clusters-${vpc}-dlq.fifo` };
}

function functionIn(vpc: string): FunctionWiring {
  const { source, timeoutSeconds } = functions[RECONCILER];
  return { source: { ...source, queue: looksIn(vpc) }, timeoutSeconds };
}
