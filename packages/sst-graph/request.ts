import { type App, isRecord, type JsonObject } from "#sst-graph/graph";

/** What the process of an evaluation is asked for. */
export interface Request {
  /** Folder of the project. */
  readonly root: string;
  /** Path of the program, from the root. */
  readonly config: string;
  readonly stage: string;
  readonly command: "deploy" | "dev";
  readonly region: string;
  readonly account: string;
  /** The folder that `sst install` filled: `.sst/platform`. */
  readonly platform: string;
  /** Stands for `.sst`: artifacts go here. */
  readonly work: string;
  /** An empty folder. */
  readonly home: string;
  /** What provider functions answer, by token. */
  readonly answers: Readonly<Record<string, JsonObject>>;
  /** Path of the module that makes resources for real; null for none. */
  readonly applier: string | null;
  /** The file that the result goes to, as JSON. */
  readonly result: string;
}

/** The app as the CLI completes it (project.New): defaults of removal and protection, providers as objects. */
export function completeApp(answer: unknown, stage: string): App {
  if (!isRecord(answer) || typeof answer.name !== "string" || typeof answer.home !== "string") {
    throw new Error("app() of the SST program must return an object with name and home");
  }
  const { name, home, removal } = answer;
  const providers: Record<string, JsonObject> = {};
  for (const [provider, value] of Object.entries(isRecord(answer.providers) ? answer.providers : {})) {
    providers[provider] = isRecord(value) ? JSON.parse(JSON.stringify(value)) : { version: String(value) };
  }
  if (home !== "local") providers[home] ??= {};
  return { name, home, stage, providers, removal: removalOf(removal), protect: answer.protect === true };
}

function removalOf(removal: unknown): App["removal"] {
  switch (removal) {
    case undefined:
    case "retain":
      return "retain";
    case "remove":
    case "retain-all":
      return removal;
    default:
      throw new Error(`app() of the SST program returns removal ${JSON.stringify(removal)}`);
  }
}
