import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "#fleet/clock";
import { ConflictError, RetryableError } from "#fleet/errors";
import type { StoreList, StoreListState } from "#stores/store-list";
import { readStoreListState } from "#stores/store-list-schema";

/** A lock older than this was left by a process that died: a write takes milliseconds. */
const STALE_LOCK_MS = 10_000;
const LOCK_TRIES = 200;
const LOCK_PAUSE_MS = 10;

/**
 * The store list as files in a folder: `store-list.json` is the truth, `endpoints.yaml` beside it is for people and for a
 * Querier's `--endpoint.sd-config-file`. Each is replaced as a whole. `yaml` is read from where it is used: so a
 * publication finds it wrong, and writes it again, when a writer died between the two or somebody edited it.
 */
export function fileStoreList(folder: string): StoreList {
  const truth = join(folder, "store-list.json");
  const yaml = join(folder, "endpoints.yaml");
  return {
    read: async () => {
      const found = await readTruth(truth);
      if (found === undefined) return undefined;
      const shown = await absentAsUndefined(readFile(yaml, "utf8"));
      return { state: { ...found.state, yaml: shown ?? "" }, version: found.version };
    },
    write: async (state, expected) => {
      await mkdir(folder, { recursive: true });
      return withLock(join(folder, "store-list.lock"), async () => {
        const current = await readTruth(truth);
        if ((current?.version ?? null) !== expected) throw conflict(folder);
        const text = `${JSON.stringify(state, null, 2)}\n`;
        await replace(yaml, state.yaml);
        await replace(truth, text);
        return versionOf(text);
      });
    },
  };
}

async function readTruth(path: string): Promise<{ state: StoreListState; version: string } | undefined> {
  const text = await absentAsUndefined(readFile(path, "utf8"));
  return text === undefined ? undefined : { state: readStoreListState(text, path), version: versionOf(text) };
}

function versionOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

async function replace(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, text, { flush: true });
  await rename(temporary, path);
}

async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  await lock(path);
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function lock(path: string): Promise<void> {
  for (let tries = 0; tries < LOCK_TRIES; tries += 1) {
    if (await createdAlone(path)) return;
    const held = await absentAsUndefined(stat(path));
    if (held !== undefined && systemClock.now().getTime() - held.mtimeMs > STALE_LOCK_MS)
      await rm(path, { force: true });
    await sleep(LOCK_PAUSE_MS);
  }
  throw new RetryableError(`${path} is held by another process`, {
    reason: "store-list-locked",
    remedy: `Wait for the other process to end; if there is none, remove ${path}.`,
  });
}

async function createdAlone(path: string): Promise<boolean> {
  try {
    await (await open(path, "wx")).close();
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
}

async function absentAsUndefined<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function conflict(folder: string): ConflictError {
  return new ConflictError(`the store list in ${folder} was written by somebody else meanwhile`, {
    reason: "store-list-conflict",
    remedy: "Read it again and decide again.",
  });
}
