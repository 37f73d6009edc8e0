import { run } from "#cli/program";
import { systemClock } from "#fleet/clock";

// `musterbook ... | head` closes the pipe early; that is no error, and there is nobody left to work for.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});
// Nobody reads what goes wrong, but the exit code still tells that it did.
process.stderr.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

const { stdout, stderr, env, argv } = process;
process.exitCode = await run(argv.slice(2), { stdout, stderr, env, clock: systemClock, exitCode: 0 });
