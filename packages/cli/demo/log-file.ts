import { createWriteStream } from "node:fs";

/** Lines into a file, for who wants to look behind the screen. */
export function logFile(path: string): { write(line: string): void; close(): Promise<void> } {
  const stream = createWriteStream(path, { flags: "a", mode: 0o600 });
  return {
    write: (line) => void stream.write(`${line}\n`),
    close: () =>
      new Promise((resolve, reject) => stream.end((error?: Error | null) => (error ? reject(error) : resolve()))),
  };
}
