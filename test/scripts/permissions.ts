import { writeFile } from "node:fs/promises";
import { permissionsPage } from "#test/scripts/permissions-page";

/* Writes docs/permissions.md. */

await writeFile(new URL("../../docs/permissions.md", import.meta.url), permissionsPage());
