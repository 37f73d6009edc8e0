import { access } from "#onboard/steps/access";
import { crds } from "#onboard/steps/crds";
import { dns } from "#onboard/steps/dns";
import { offboard } from "#onboard/steps/offboard";
import { register } from "#onboard/steps/register";
import { release } from "#onboard/steps/release";
import type { Step } from "#onboard/steps/step";
import type { StepName } from "#onboard/verdict";

export const STEPS = { access, crds, release, dns, register, offboard } as const satisfies Record<StepName, Step>;
