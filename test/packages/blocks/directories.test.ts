import { describe, expect, it } from "vitest";
import type { ObjectEntry } from "#blocks/bucket";
import { foldListing } from "#blocks/directories";

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

  it("passes over other keys and directory markers, but counts them", async () => {
    const keys = [
      `${ULID}/`,
      `${ULID}/chunks/`,
      ULID,
      `debug/metas/${ULID}.json`,
      "thanos.shipper.json",
      `${ULID.toLowerCase()}/meta.json`,
    ];
    const listing = await foldListing(pages(keys.map((key) => entry(key))));

    expect(listing.directories).toEqual([]);
    expect(listing.objects).toBe(6);
  });

  it("throws on a page that fails, with nothing to judge", async () => {
    await expect(foldListing(pages([entry(`${ULID}/index`)], new Error("503")))).rejects.toThrow("503");
  });
});
