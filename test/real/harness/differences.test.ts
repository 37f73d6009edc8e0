import { access } from "node:fs/promises";
import { expect, it } from "vitest";
import { differences } from "#test/real/differences";

it.each(differences.map(({ file }) => file))("the difference in %s is of a file that is there", async (file) => {
  await expect(access(new URL(`../${file}`, import.meta.url))).resolves.toBeUndefined();
});
