import { createHash, randomUUID } from "node:crypto";
import { link, mkdir, open, readdir, readFile, truncate, unlink } from "node:fs/promises";
import { join } from "node:path";
import { type ObjectStore, type StoredObject, UNCHANGED } from "#blocks/bucket/bucket";
import { ConflictError, TerminalError } from "#fleet/errors";
import { atPath, ifThere } from "#local/if-there";

// Numbers of this many older versions stay taken, so that a slow writer finds its own taken too.
const KEPT = 100;

/**
 * Objects in a directory, one folder per key with a file per version (`@0000000003`); the highest counts, older ones are
 * emptied. A version is written aside and then linked under the next number, which succeeds for one writer only: so
 * several processes may race, no lock can be left behind, and a crash leaves the last version as it was.
 */
export function fileObjectStore(root: string): ObjectStore {
  return {
    read: (key) => read(root, key),
    async readUnless(key, version) {
      const found = await read(root, key);
      return found?.version === version ? UNCHANGED : found;
    },
    async write(key, content, expected) {
      const folder = folderOf(root, key);
      return atPath(folder, () => replace(folder, key, Buffer.from(content), expected));
    },
  };
}

async function read(root: string, key: string): Promise<StoredObject | undefined> {
  const newest = await newestOf(folderOf(root, key));
  return newest && { bytes: newest.bytes, version: newest.version };
}

async function replace(folder: string, key: string, bytes: Buffer, expected: string | null): Promise<string> {
  await mkdir(folder, { recursive: true });
  const current = await newestOf(folder);
  if ((current?.version ?? null) !== expected) throw conflict(key, expected, current?.version);
  const number = (current?.number ?? 0) + 1;
  if (!(await writeVersion(folder, number, bytes))) throw conflict(key, expected, "newer");
  await prune(folder, number);
  return versionOf(bytes);
}

function folderOf(root: string, key: string): string {
  const parts = key.split("/");
  if (parts.every((part) => /^[^@.\\][^\\]*$/.test(part))) return join(root, ...parts);
  throw new TerminalError(`cannot store an object under the key ${key}`, {
    reason: "bad-object-key",
    field: "key",
    value: key,
    remedy: "Use a relative key whose parts begin with neither a dot nor @.",
  });
}

interface Version {
  readonly number: number;
  readonly bytes: Buffer;
  readonly version: string;
}

async function newestOf(folder: string): Promise<Version | undefined> {
  for (;;) {
    const number = await newestNumber(folder);
    if (number === undefined) return undefined;
    const file = fileOf(folder, number);
    const bytes = await ifThere(file, () => readFile(file));
    // Else a newer version came meanwhile, and this one was perhaps emptied while it was read.
    const isStill = (await newestNumber(folder)) === number;
    if (bytes !== undefined && isStill) return { number, bytes, version: versionOf(bytes) };
  }
}

async function newestNumber(folder: string): Promise<number | undefined> {
  return (await numbersIn(folder)).at(-1);
}

async function numbersIn(folder: string): Promise<readonly number[]> {
  const names = (await ifThere(folder, () => readdir(folder))) ?? [];
  return names.flatMap((name) => (/^@\d+$/.test(name) ? [Number(name.slice(1))] : [])).sort((a, b) => a - b);
}

function fileOf(folder: string, number: number): string {
  return join(folder, `@${String(number).padStart(10, "0")}`);
}

function versionOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Whether this writer was the one to write version `number`. */
async function writeVersion(folder: string, number: number, bytes: Buffer): Promise<boolean> {
  const aside = join(folder, `@new-${randomUUID()}`);
  const handle = await open(aside, "wx");
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  const linked = await link(aside, fileOf(folder, number)).then(
    () => true,
    (cause: unknown) => {
      if (cause instanceof Error && "code" in cause && cause.code === "EEXIST") return false;
      throw cause;
    },
  );
  await unlink(aside);
  if (!linked) return false;
  // Its number was free again, and not free still: this writer slept through more than `KEPT` versions.
  const slept = ((await newestNumber(folder)) ?? number) - number >= KEPT;
  if (slept) await unlink(fileOf(folder, number));
  return !slept;
}

async function prune(folder: string, newest: number): Promise<void> {
  for (const number of await numbersIn(folder)) {
    const file = fileOf(folder, number);
    if (number === newest - 1) await ifThere(file, () => truncate(file));
    if (number <= newest - KEPT) await ifThere(file, () => unlink(file));
  }
}

function conflict(key: string, expected: string | null, found: string | undefined): ConflictError {
  return new ConflictError(`${key} has changed: version ${found ?? "none"} instead of ${expected ?? "none"}`, {
    reason: "version-conflict",
    field: key,
    value: found,
    remedy: "Read it again and redo the change.",
  });
}
