import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { type Grant, grantsOf, NETWORK_GRANTS, WITHOUT_RESOURCE } from "#stacks/permissions";
import { type FunctionName, functions } from "#stacks/wiring";
import { IN_VPC, permissionsPage } from "#test/scripts/permissions-page";
import { SAID } from "#test/scripts/permissions-words";

const names = Object.keys(functions) as FunctionName[];
const page = await readFile(new URL("../../docs/permissions.md", import.meta.url), "utf8");
const given = [
  ...names.map((name) => ({ name, grants: grantsOf(name) })),
  { name: IN_VPC, grants: NETWORK_GRANTS },
].flatMap(({ name, grants }) => grants.flatMap(({ actions, on }) => actions.map((action) => ({ name, action, on }))));

function sectionOf(heading: string): string {
  return page.split(/^## /m).find((section) => section.startsWith(`${heading}\n`)) ?? "";
}

describe("docs/permissions.md", () => {
  it("is what the stacks give (npm run permissions writes it anew)", () => {
    expect(page).toBe(permissionsPage());
  });

  it.each(given)("tells that $name may do $action on $on", ({ name, action }) => {
    expect(sectionOf(name)).toContain(`\`${action}\``);
  });

  it("gives no reason for what nobody may do", () => {
    const asked = new Set(given.flatMap(({ name, action, on }) => [`${action} ${on}`, `${name} ${action} ${on}`]));
    expect(SAID.filter((reason) => !asked.has(reason))).toEqual([]);
  });

  it("shows `*` for actions without resources, and for no other", () => {
    const anywhere = given.filter(({ on }): boolean => on === ("everything" satisfies Grant["on"]));
    expect([...new Set(anywhere.map(({ action }) => action))]).toEqual(WITHOUT_RESOURCE);
  });

  it("says rightly that nothing but handled messages, and by Lambda its interfaces, may be deleted", () => {
    const deleting = given.filter(({ action }) => /:(?:Delete|Batch|Transact|Remove|Terminate)/.test(action));
    const actions = [...new Set(deleting.map(({ action }) => action))];
    expect(actions).toEqual(["sqs:DeleteMessage", "ec2:DeleteNetworkInterface"]);
  });

  it("tells what each role of a member may do", () => {
    const members = sectionOf("Members");
    for (const role of ["forward", "observe", "register", "manage"])
      expect(members).toContain(`\`musterbook-${role}\``);
    expect(members).toMatch(/`musterbook-manage` +\| `reconcile-cluster` +\| `eks:AssociateAccessPolicy`/);
    expect(members).not.toMatch(/`musterbook-(?:observe|register)` .*eks:(?:Create|Associate)/);
  });
});
