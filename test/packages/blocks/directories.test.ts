import { describe, expect, it } from "vitest";
import type { ObjectEntry } from "#blocks/bucket";
import { foldListing } from "#blocks/directories";
import { FOREIGN_EXAMPLES } from "#blocks/foreign";

const ULID = "01M7WGP7RERE3QGV56284ZT01P";

function entry(key: string, size = 1): ObjectEntry {
  return { key, size, lastModified: 5, etag: "e", storageClass: "STANDARD" };
}

async function* pages(...list: (readonly ObjectEntry[] | Error)[]): AsyncIterable<readonly ObjectEntry[]> {
  for (const page of list) {
    if (page instanceof Error) throw page;
    yield page;
  }
}

describe("foldListing", () => {
  it("folds a block that is spread over pages into one directory", async () => {
    const listing = await foldListing(
      pages([entry(`${ULID}/chunks/000001`, 10)], [entry(`${ULID}/index`, 5), entry(`${ULID}/meta.json`, 2)]),
    );

    expect(listing).toMatchObject({ objects: 3, bytes: 17 });
    expect(listing.directories.map(({ ulid, files }) => [ulid, [...files.keys()]])).toEqual([
      [ULID, ["chunks/000001", "index", "meta.json"]],
    ]);
  });

  it("keeps the storage class of each file", async () => {
    const glacier: ObjectEntry = { ...entry(`${ULID}/index`), storageClass: "GLACIER" };
    const [directory] = (await foldListing(pages([entry(`${ULID}/chunks/000001`), glacier]))).directories;

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
  ])("counts $key as $kind", async ({ key, kind }) => {
    const listing = await foldListing(pages([entry(key, 7)]));

    expect(listing).toMatchObject({ directories: [], objects: 1 });
    expect(listing.foreign).toEqual([{ kind, objects: 1, bytes: 7, newest: 5, examples: [key] }]);
  });

  it.each([
    [`${ULID}/`, `${ULID}/chunks/`, `${ULID}/chunks/000001`],
    [`${ULID}/chunks/000001`, `${ULID}/chunks/`, `${ULID}/`],
  ])("passes over the markers of directories that hold files, in any order: %s", async (...keys) => {
    const listing = await foldListing(pages(keys.map((key) => entry(key))));

    expect(listing).toMatchObject({ objects: 3, foreign: [] });
    expect([...(listing.directories[0]?.files.keys() ?? [])]).toEqual(["chunks/000001"]);
  });

  it("counts many of a kind, and names the first few", async () => {
    const keys = Array.from({ length: 2500 }, (_, index) => `debug/metas/${String(index).padStart(4, "0")}.json`);
    const [debug, ...others] = (await foldListing(pages(keys.map((key) => entry(key, 2))))).foreign;

    expect(others).toEqual([]);
    expect(debug).toMatchObject({ objects: 2500, bytes: 5000, examples: keys.slice(0, FOREIGN_EXAMPLES) });
  });

  it("throws on a page that fails, with nothing to judge", async () => {
    await expect(foldListing(pages([entry(`${ULID}/index`)], new Error("503")))).rejects.toThrow("503");
  });
});
