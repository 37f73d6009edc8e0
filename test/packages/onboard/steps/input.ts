import { decide } from "#onboard/decide";
import type { Observed } from "#onboard/state";
import type { StepInput } from "#onboard/steps/step";
import { type active, DEV } from "#test/packages/onboard/world";

/** What a step would be given now, with what it is to believe of the state. */
export async function stepInput(world: ReturnType<typeof active>, state: Partial<Observed> = {}): Promise<StepInput> {
  const ports = world.ports();
  const { seen, generation } = await decide(DEV, ports, (await world.record(DEV)) ?? null, world.clock.now());
  const { endpoint } = generation;
  return { ref: DEV, ports, endpoint, deadline: ports.deadline, seen: { ...seen, state: { ...seen.state, ...state } } };
}
