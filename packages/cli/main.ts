import { run } from "#cli/program";
import { systemClock } from "#fleet/clock";

// `musterbook ... 2>&1 | head` closes the pipe early; that is no error.
for (const output of [process.stdout, process.stderr]) {
  output.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });
}

const { stdout, stderr, env, argv } = process;
process.exitCode = await run(argv.slice(2), { stdout, stderr, env, clock: systemClock, exitCode: 0 });
