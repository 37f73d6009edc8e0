import { answers, freePort, startServer } from "#test/real/servers/process";

/** Starts a server, tells its process id, and never stops it: whoever kills this process does. */
const port = await freePort();
const listen = `require("node:http").createServer((_, answer) => answer.end("yes")).listen(${port}, "127.0.0.1")`;
const ready = answers(`http://127.0.0.1:${port}`);
const { pid } = await startServer({ name: "orphan", command: process.execPath, args: ["-e", listen], ready });
process.stdout.write(String(pid));
setInterval(() => undefined, 1_000);
