import type { TestProject } from "vitest/node";
import { provision } from "#test/real/programs/provision";
import { type Emulator, startMinistack } from "#test/real/servers/ministack";
import { startMoto } from "#test/real/servers/moto";
import type { Server } from "#test/real/servers/process";
import { type S3Server, startVersitygw } from "#test/real/servers/versitygw";

declare module "vitest" {
  interface ProvidedContext {
    ministack: Emulator;
    moto: Emulator;
    versitygw: S3Server;
    /** Logs of the servers that all test files share. */
    sharedLogs: readonly Pick<Server, "name" | "logFile">[];
  }
}

/** Provisions every program, and starts the servers that all files share. */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  await provision((line) => process.stderr.write(`${line}\n`));
  const [ministack, moto, versitygw] = await Promise.all([startMinistack(), startMoto(), startVersitygw()]);
  provide("ministack", ministack.emulator);
  provide("moto", moto.emulator);
  provide("versitygw", versitygw.s3);
  const servers = [ministack.server, moto.server, versitygw.server];
  provide(
    "sharedLogs",
    servers.map(({ name, logFile }) => ({ name, logFile })),
  );
  return async () => {
    await Promise.all(servers.map((server) => server.stop()));
  };
}
