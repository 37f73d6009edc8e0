import { startMinistack } from "#test/real/servers/ministack";
import { startMoto } from "#test/real/servers/moto";
import { runningServers } from "#test/real/servers/process";
import { startVersitygw } from "#test/real/servers/versitygw";

/** The whole set, for a developer. */
export async function startSet(): Promise<{
  readonly addresses: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}> {
  const [ministack, moto, versitygw] = await Promise.all([startMinistack(), startMoto(), startVersitygw()]);
  return {
    addresses: {
      "ministack (AWS)": ministack.emulator.url,
      "moto (AWS)": moto.emulator.url,
      "versitygw (S3)": `${versitygw.s3.url}  ${versitygw.s3.accessKeyId} / ${versitygw.s3.secretAccessKey}`,
    },
    stop: async () => {
      await Promise.all(runningServers().map((server) => server.stop()));
    },
  };
}
