import { describe, expect, it } from "vitest";
import { runningServers } from "#test/real/servers/process";
import { startSet } from "#test/real/servers/set";

/** Any answer will do: some of them want to know who asks. */
async function answersAtAll(address: string): Promise<boolean> {
  const [url = ""] = address.split(" ");
  return fetch(url).then(
    () => true,
    () => false,
  );
}

describe("the set of a developer", () => {
  it("answers at every address that is printed, and is gone afterwards", async () => {
    const set = await startSet();
    const urls = Object.entries(set.addresses).filter(([, address]) => address.startsWith("http"));
    expect(urls.length).toBeGreaterThan(8);
    for (const [name, url] of urls) expect([name, await answersAtAll(url)]).toEqual([name, true]);
    await set.stop();
    expect(runningServers()).toEqual([]);
    for (const [name, url] of urls) expect([name, await answersAtAll(url)]).toEqual([name, false]);
  });
});
