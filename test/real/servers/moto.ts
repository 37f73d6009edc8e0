import { program } from "#test/real/programs/provision";
import type { Emulator } from "#test/real/servers/ministack";
import { answers, freePort, type Server, startServer } from "#test/real/servers/process";

/** moto as an independent referee. */
export async function startMoto(): Promise<{ readonly server: Server; readonly emulator: Emulator }> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = await startServer({
    name: "moto",
    command: await program("moto_server"),
    args: ["-H", "127.0.0.1", "-p", String(port)],
    ready: answers(`${url}/moto-api/data.json`),
  });
  return { server, emulator: { url } };
}
