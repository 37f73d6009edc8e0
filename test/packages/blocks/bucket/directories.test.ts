import { describe, expect, it } from "vitest";
import { NOTHING_BESIDE } from "#blocks/bucket/beside";
import type { ObjectEntry } from "#blocks/bucket/bucket";
import { foldEntries } from "#blocks/bucket/directories";
import { FOREIGN_EXAMPLES } from "#blocks/bucket/foreign";

const ULID = "01M7WGP7RERE3QGV56284ZT01P";

function entry(key: string, size = 1): ObjectEntry {
  return { key, size, lastModified: 5, etag: "e", storageClass: "STANDARD" };
}

describe("foldEntries", () => {
  it("folds the objects of a block into one directory", () => {
    const { directories, beside } = foldEntries([
      entry(`${ULID}/chunks/000001`, 10),
      entry(`${ULID}/index`, 5),
      entry(`${ULID}/meta.json`, 2),
    ]);

    expect(beside).toEqual(NOTHING_BESIDE);
    expect(directories.map(({ ulid, files }) => [ulid, [...files].map(([path, { size }]) => [path, size])])).toEqual([
      [
        ULID,
        [
          ["chunks/000001", 10],
          ["index", 5],
          ["meta.json", 2],
        ],
      ],
    ]);
  });

  it("keeps the storage class of each file", () => {
    const glacier: ObjectEntry = { ...entry(`${ULID}/index`), storageClass: "GLACIER" };
    const [directory] = foldEntries([entry(`${ULID}/chunks/000001`), glacier]).directories;

    expect(directory?.files.get("chunks/000001")?.storageClass).toBe("STANDARD");
    expect(directory?.files.get("index")?.storageClass).toBe("GLACIER");
  });

  it.each([
    { key: ULID, kind: "other" },
    { key: "notes.txt", kind: "other" },
    { key: `tenant/${ULID}/meta.json`, kind: "other" },
    { key: `debug/metas/${ULID}.json`, kind: "debug-meta" },
    { key: "thanos.shipper.json", kind: "shipper-state" },
    { key: "prometheus/thanos.shipper.json", kind: "shipper-state" },
    { key: `${ULID.toLowerCase()}/meta.json`, kind: "phantom-block" },
    { key: "01M7WGP7RERE3QGV56284ZT0IL/index", kind: "phantom-block" },
    { key: `8${ULID.slice(1)}/index`, kind: "other" },
    { key: `${ULID}/`, kind: "empty-directory" },
    { key: `${ULID}/chunks/`, kind: "empty-directory" },
  ])("counts $key as $kind", ({ key, kind }) => {
    const foreign = [{ kind, objects: 1, bytes: 7, newest: 5, examples: [key] }];

    expect(foldEntries([entry(key, 7)])).toEqual({ directories: [], beside: { objects: 1, bytes: 7, foreign } });
  });

  it.each([
    [`${ULID}/`, `${ULID}/chunks/`, `${ULID}/chunks/000001`],
    [`${ULID}/chunks/000001`, `${ULID}/chunks/`, `${ULID}/`],
  ])("passes over the markers of directories that hold files, in any order: %s", (...keys) => {
    const { directories, beside } = foldEntries(keys.map((key) => entry(key)));

    expect(beside).toEqual({ objects: 2, bytes: 2, foreign: [] });
    expect([...(directories[0]?.files.keys() ?? [])]).toEqual(["chunks/000001"]);
  });

  it("counts many of a kind, and names the first few", () => {
    const keys = Array.from({ length: 2500 }, (_, index) => `debug/metas/${String(index).padStart(4, "0")}.json`);
    const [debug, ...others] = foldEntries(keys.map((key) => entry(key, 2))).beside.foreign;

    expect(others).toEqual([]);
    expect(debug).toMatchObject({ objects: 2500, bytes: 5000, examples: keys.slice(0, FOREIGN_EXAMPLES) });
  });
});
