import { createWriteStream, openSync } from "node:fs";
import { atPath } from "#local/if-there";

export interface LogFile {
  write(line: string): void;
  /** Throws when not every line could be written. */
  close(): Promise<void>;
}

/** Lines into a file, for who wants to look behind the screen. Throws when the file cannot be opened. */
export async function logFile(path: string): Promise<LogFile> {
  const fd = await atPath(path, async () => openSync(path, "a", 0o600));
  const stream = createWriteStream(path, { fd });
  let failure: Error | undefined;
  stream.on("error", (error) => {
    failure ??= error;
  });
  const end = () =>
    new Promise<void>((resolve, reject) => {
      if (failure !== undefined) return reject(failure);
      stream.end((error?: Error | null) => (error ? reject(error) : resolve()));
    });
  return { write: (line) => void stream.write(`${line}\n`), close: () => atPath(path, end) };
}
