import type { Step } from "#onboard/steps/step";

/**
 * Decides that the endpoint belongs on the store list; the list's one writer follows the registry.
 * After success: the record says `listed`. After failure: nothing has changed. Repeating is safe: it is a decision.
 */
export const register: Step = async ({ seen, ports }) => {
  const { address } = seen.endpoint;
  const since = ports.clock.now().toISOString();
  return {
    message: `${address} belongs on the store list`,
    endpoint: { address, state: "listed", confirmedByEks: false, since },
  };
};
