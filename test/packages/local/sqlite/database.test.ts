import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, it } from "vitest";
import { systemClock } from "#fleet/clock";
import { copyDatabase, openDatabase, transaction } from "#local/sqlite/database";
import { sqliteRegistry } from "#local/sqlite/registry";
import { MIGRATIONS } from "#local/sqlite/schema";
import { arnOf, clusterRecord } from "#test/contracts/registry";

const scratch = await mkdtemp(join(tmpdir(), "musterbook-"));
afterAll(() => rm(scratch, { recursive: true }));

describe("openDatabase", () => {
  it("keeps what was written when it is opened again", async () => {
    const path = join(scratch, "kept.db");
    const first = openDatabase(path);
    await sqliteRegistry(first, systemClock).put(clusterRecord("demo"), 0);
    first.close();
    const again = sqliteRegistry(openDatabase(path), systemClock);
    expect(await again.get(arnOf("demo"))).toEqual({ record: clusterRecord("demo"), version: 1 });
  });

  it("serves two at a time on one file", async () => {
    const path = join(scratch, "shared.db");
    const [one, two] = [openDatabase(path), openDatabase(path)].map((db) => sqliteRegistry(db, systemClock));
    await one?.put(clusterRecord("demo"), 0);
    await two?.put(clusterRecord("demo", { attempts: 1 }), 1);
    expect((await one?.get(arnOf("demo")))?.version).toBe(2);
  });

  it("brings a file of the first release up to date, and keeps what it holds", async () => {
    const path = join(scratch, "first.db");
    const old = new DatabaseSync(path);
    old.exec(MIGRATIONS[0] ?? "");
    old.exec("PRAGMA user_version = 1");
    const record = clusterRecord("demo", { phase: "removed", updatedAt: "2020-01-01T00:00:00Z" });
    old.prepare("INSERT INTO cluster (arn, version, record) VALUES (?, 3, ?)").run(record.arn, JSON.stringify(record));
    old.close();
    expect(await sqliteRegistry(openDatabase(path), systemClock).get(record.arn)).toEqual({ record, version: 3 });
  });

  it("refuses a file of a later release, and says what to do", () => {
    const path = join(scratch, "newer.db");
    const db = openDatabase(path);
    db.exec("PRAGMA user_version = 99");
    db.close();
    expect(() => openDatabase(path)).toThrow(
      expect.objectContaining({
        reason: "newer-database",
        value: 99,
        remedy: expect.stringContaining("later") as unknown,
      }),
    );
  });
});

describe("a file that is no database", () => {
  it("is told with its path and what to do, when it is opened and when it is copied", async () => {
    const path = join(scratch, "text.db");
    await writeFile(path, "a text that somebody has saved under the name of the database");
    const unusable = expect.objectContaining({ reason: "database-unusable", value: path });
    expect(() => openDatabase(path)).toThrow(unusable);
    expect(() => copyDatabase(path, join(scratch, "copy.db"))).toThrow(unusable);
  });
});

describe("transaction", () => {
  it("undoes all of what failed, the part of an inner one too", () => {
    const db = openDatabase(":memory:");
    const add = (name: string) => db.prepare("INSERT INTO schedule (function, next_at) VALUES (?, 0)").run(name);
    const failing = () =>
      transaction(db, () => {
        transaction(db, () => add("inner"));
        throw new Error("broken");
      });
    expect(failing).toThrow("broken");
    transaction(db, () => add("outer"));
    expect(db.prepare("SELECT function FROM schedule").all()).toEqual([{ function: "outer" }]);
  });
});
