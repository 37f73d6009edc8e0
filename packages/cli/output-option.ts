import { Option } from "commander";

export type OutputFormat = "table" | "json";

/** `--output table|json`, as every command that has results takes it; some have more formats. */
export function outputOption(more: readonly string[] = []): Option {
  return new Option("--output <format>", "for people or for programs")
    .choices(["table", "json", ...more])
    .default("table");
}
