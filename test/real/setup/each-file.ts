import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach, inject, onTestFailed, type RunnerTestFile, type RunnerTestSuite } from "vitest";
import { differences } from "#test/real/differences";
import { logTail, runningServers, type Server } from "#test/real/servers/process";
import { removeScratchFolders } from "#test/real/servers/scratch";

const REAL = fileURLToPath(new URL("..", import.meta.url));

/** The SDK's chain must never find a person's own credentials or region. */
process.env.AWS_ACCESS_KEY_ID = "111122223333";
process.env.AWS_SECRET_ACCESS_KEY = "not-a-secret";
process.env.AWS_REGION = "eu-west-1";
process.env.AWS_EC2_METADATA_DISABLED = "true";
for (const name of ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"]) delete process.env[name];

let current: RunnerTestFile | undefined;

beforeEach(({ task }) => {
  current = task.file;
  const isKnown = knownIn(task.file).some(({ test }) => test === task.fullTestName);
  // What `it.fails` sets: the runner reads it when the test has ended.
  if (isKnown) Object.assign(task, { fails: true });
  else onTestFailed(printLogs);
});

afterAll(async () => {
  await Promise.all(runningServers().map((server) => server.stop()));
  await removeScratchFolders();
  if (current === undefined) return;
  // Those that a filter leaves out are there all the same.
  const there = new Set(testsOf(current));
  const stale = knownIn(current).filter(({ test }) => !there.has(test));
  if (stale.length > 0) throw new Error(`differences.ts names tests that do not exist: ${JSON.stringify(stale)}`);
});

function knownIn({ filepath }: Pick<RunnerTestFile, "filepath">) {
  return differences.filter(({ file }) => file === relative(REAL, filepath));
}

function testsOf(suite: RunnerTestSuite): readonly string[] {
  return suite.tasks.flatMap((task) => (task.type === "suite" ? testsOf(task) : [task.fullTestName]));
}

let isPrinted = false;

/** Once a file: the first failure is the one to look at. */
async function printLogs(): Promise<void> {
  if (isPrinted) return;
  isPrinted = true;
  for (const server of [...runningServers(), ...inject("sharedLogs")]) process.stderr.write(await show(server));
}

async function show(server: Pick<Server, "name" | "logFile">): Promise<string> {
  const tail = await logTail(server);
  return `--- ${server.name}, the end of its log ---\n${tail}\n`;
}
