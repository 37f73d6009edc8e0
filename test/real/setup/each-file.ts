import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach, inject, onTestFailed } from "vitest";
import { differences } from "#test/real/differences";
import { logTail, runningServers, type Server } from "#test/real/servers/process";
import { removeScratchFolders } from "#test/real/servers/scratch";

const REAL = fileURLToPath(new URL("..", import.meta.url));
const seen = new Set<string>();

/** The SDK's chain must never find a person's own credentials or region. */
process.env.AWS_ACCESS_KEY_ID = "111122223333";
process.env.AWS_SECRET_ACCESS_KEY = "not-a-secret";
process.env.AWS_REGION = "eu-west-1";
process.env.AWS_EC2_METADATA_DISABLED = "true";
for (const name of ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"]) delete process.env[name];

let file = "";

beforeEach(({ task }) => {
  file = relative(REAL, task.file.filepath);
  const name = task.fullTestName;
  if (differences.some((one) => one.file === file && one.test === name)) {
    seen.add(name);
    // What `it.fails` sets: the runner reads it when the test has ended.
    Object.assign(task, { fails: true });
    return;
  }
  onTestFailed(printLogs);
});

afterAll(async () => {
  await Promise.all(runningServers().map((server) => server.stop()));
  await removeScratchFolders();
  const stale = differences.filter((one) => one.file === file && !seen.has(one.test));
  if (stale.length > 0) throw new Error(`differences.ts names tests that do not exist: ${JSON.stringify(stale)}`);
});

async function printLogs(): Promise<void> {
  for (const server of [...runningServers(), ...inject("sharedLogs")]) process.stderr.write(await show(server));
}

async function show(server: Pick<Server, "name" | "logFile">): Promise<string> {
  const tail = await logTail(server);
  return `--- ${server.name}, the end of its log ---\n${tail}\n`;
}
