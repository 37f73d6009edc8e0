import { describe, expect, it } from "vitest";
import { allows, MODES, type Mode } from "#fleet/mode";

describe("allows", () => {
  it.each([
    ["observe", ["observe"]],
    ["register", ["observe", "register"]],
    ["manage", ["observe", "register", "manage"]],
  ] satisfies [Mode, Mode[]][])("lets %s do what %j may", (mode, allowed) => {
    expect(MODES.filter((needed) => allows(mode, needed))).toEqual(allowed);
  });
});
