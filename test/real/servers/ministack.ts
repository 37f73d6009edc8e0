import { program } from "#test/real/programs/provision";
import { answers, freePort, type Server, startServer } from "#test/real/servers/process";

export interface Emulator {
  readonly url: string;
}

/**
 * The AWS emulator. The twelve digits of an access key are the account; a signature's region is the region.
 * `env` is added to its own.
 */
export async function startMinistack(
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly server: Server; readonly emulator: Emulator }> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = await startServer({
    name: "ministack",
    command: await program("ministack"),
    args: [],
    // It would listen on every interface and open a port for MQTT.
    env: {
      GATEWAY_PORT: String(port),
      BIND_HOST: "127.0.0.1",
      MINISTACK_HOST: "127.0.0.1",
      IOT_MTLS_ENABLED: "0",
      LOG_LEVEL: "WARNING",
      ...env,
    },
    ready: answers(`${url}/_ministack/health`),
  });
  return { server, emulator: { url } };
}
