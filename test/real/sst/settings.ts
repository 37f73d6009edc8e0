import * as v from "valibot";

/** What the process of an evaluation is told about how to apply, as JSON in the variable APPLIER. */
const Settings = v.object({
  /** URL of ministack. */
  endpoint: v.string(),
  /** What functions find in their environment besides what the program gives them. */
  functionEnvironment: v.record(v.string(), v.string()),
  /** `DISABLED`: who applies the program says himself when something runs. */
  schedules: v.picklist(["ENABLED", "DISABLED"]),
  /** File with what the deploy before has made, as Pulumi's state would have it; null for the first. */
  before: v.nullable(v.string()),
});
export type Settings = v.InferOutput<typeof Settings>;

export function settingsOf(environment: Readonly<Record<string, string | undefined>>): Settings {
  return v.parse(Settings, JSON.parse(environment.APPLIER ?? "null"));
}
