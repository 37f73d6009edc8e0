import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderError } from "#cli/errors";
import { asDrill, readEvents } from "#cli/replay-events";
import { scratchFolder } from "#test/fakes/local-stage";

const EVENT = {
  source: "aws.eks",
  "detail-type": "AWS API Call via CloudTrail",
  detail: { eventName: "CreateCluster" },
};
const OTHER = { source: "musterbook.drill", "detail-type": "Object Created", detail: {}, id: "x" };

async function fileWith(text: string): Promise<string> {
  const file = join(await scratchFolder(), "events.json");
  await writeFile(file, text);
  return file;
}

async function errorOf(text: string): Promise<string> {
  const file = await fileWith(text);
  const error = await readEvents(file).then(
    () => new Error("it was read"),
    (thrown: unknown) => thrown,
  );
  return renderError(error, 1000).replaceAll(file, "FILE");
}

describe("readEvents", () => {
  it.each([
    ["one event", JSON.stringify(EVENT, null, 2), [EVENT]],
    ["an array", JSON.stringify([EVENT, OTHER]), [EVENT, OTHER]],
    ["one event a line", `${JSON.stringify(EVENT)}\n\n${JSON.stringify(OTHER)}\r\n`, [EVENT, OTHER]],
  ])("reads %s", async (_, text, events) => {
    expect(await readEvents(await fileWith(text))).toEqual(events);
  });

  it.each([
    ["no JSON", "hello", /^musterbook: cannot read events from FILE: /],
    ["nothing", "", /^musterbook: cannot read events from FILE: /],
    ["an empty array", "[]", /it holds no event/],
    ["a bad line", `${JSON.stringify(EVENT)}\n{"source"\n`, /cannot read events from FILE:2: /],
    ["something else", "42", /1 problem/],
    ["no source", JSON.stringify({ ...EVENT, source: undefined }), /\n {2}source: /],
    ["no detail", JSON.stringify([EVENT, { ...EVENT, detail: "x" }]), /\n {2}event 2, detail: "x": write an object\n/],
  ])("says what is wrong with %s, and that nothing was replayed", async (_, text, message) => {
    const error = await errorOf(text);
    expect(error).toMatch(message);
    expect(error).toMatch(/[Nn]othing was replayed/);
  });

  it("tells everything that is wrong at once", async () => {
    const error = await errorOf(JSON.stringify([{ source: "", "detail-type": "x", detail: {} }, {}]));
    expect(error).toContain("event 1, source");
    for (const field of ["source", "detail-type", "detail"]) expect(error).toContain(`event 2, ${field}: `);
  });

  it("says which file is not there", async () => {
    await expect(readEvents(join(await scratchFolder(), "none.json"))).rejects.toThrow(/none\.json: ENOENT/);
  });
});

describe("asDrill", () => {
  it.each(["aws.eks", "aws.s3"])("makes a drill of what %s tells, and changes nothing else", (source) => {
    expect(asDrill({ ...EVENT, source })).toEqual({ event: { ...EVENT, source: "musterbook.drill" }, was: source });
  });

  it("leaves every other source as it is", () => {
    fc.assert(
      fc.property(
        fc.string().filter((source) => source !== "aws.eks" && source !== "aws.s3"),
        (source) => {
          const event = { ...EVENT, source };
          expect(asDrill(event)).toEqual({ event, was: null });
        },
      ),
    );
  });
});
