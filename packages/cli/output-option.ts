import { Option } from "commander";

export type OutputFormat = "table" | "json";

/** `--output table|json`, as every command that has results takes it. */
export function outputOption(): Option {
  return new Option("--output <format>", "for people or for programs").choices(["table", "json"]).default("table");
}
