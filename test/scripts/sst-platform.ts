import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { platform, ROOT } from "#test/stacks/platform";

/* Provisions SST's platform and shows it to the type checker as `.sst/platform`, unless SST itself has put one there. */

const place = await platform();
await mkdir(join(ROOT, ".sst"), { recursive: true });
await symlink(place, join(ROOT, ".sst", "platform")).catch((error: NodeJS.ErrnoException) => {
  if (error.code !== "EEXIST") throw error;
});
await writeFile(join(ROOT, ".sst", "types.generated.d.ts"), "", { flag: "a" });
