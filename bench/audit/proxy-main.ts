import { startProxy } from "#bench/audit/proxy";

/* The proxy as a process of its own: `<upstream> <delay in ms>`. Prints its port. Ends with its standard input. */

const [, , upstream = "", delay] = process.argv;
const port = await startProxy({ upstream, delayMs: Number(delay) });
process.stdout.write(`${port}\n`);
process.stdin.on("end", () => process.exit()).resume();
