import { describe, expect, it } from "vitest";
import { patched } from "#local/kubernetes/patch";

const DOCUMENT = { a: { b: [1, 2, 3], "x/y": "z" }, c: "d" };

describe("a JSON patch", () => {
  it.each([
    ["adds to a list", [{ op: "add", path: "/a/b/1", value: 9 }], { a: { b: [1, 9, 2, 3], "x/y": "z" }, c: "d" }],
    ["appends to a list", [{ op: "add", path: "/a/b/-", value: 9 }], { a: { b: [1, 2, 3, 9], "x/y": "z" }, c: "d" }],
    ["replaces in a list", [{ op: "replace", path: "/a/b/0", value: 9 }], { a: { b: [9, 2, 3], "x/y": "z" }, c: "d" }],
    ["removes from a list", [{ op: "remove", path: "/a/b/2" }], { a: { b: [1, 2], "x/y": "z" }, c: "d" }],
    ["unescapes a path", [{ op: "replace", path: "/a/x~1y", value: "w" }], { a: { b: [1, 2, 3], "x/y": "w" }, c: "d" }],
    ["moves", [{ op: "move", from: "/a/b", path: "/c" }], { a: { "x/y": "z" }, c: [1, 2, 3] }],
    ["copies", [{ op: "copy", from: "/c", path: "/e" }], { ...DOCUMENT, e: "d" }],
    ["tests", [{ op: "test", path: "/c", value: "d" }], DOCUMENT],
  ])("%s", (_, patch, result) => {
    expect(patched(DOCUMENT, patch, "json")).toEqual(result);
  });

  it.each([
    ["a path that is not there", [{ op: "replace", path: "/nothing", value: 1 }]],
    ["a parent that is not there", [{ op: "add", path: "/nothing/b", value: 1 }]],
    ["an item that is not there", [{ op: "remove", path: "/a/b/3" }]],
    ["a test that fails", [{ op: "test", path: "/c", value: "e" }]],
    ["an unknown operation", [{ op: "burn", path: "/c" }]],
    ["a path that is no pointer", [{ op: "remove", path: "c" }]],
    ["something that is no list", { op: "remove", path: "/c" }],
  ])("refuses %s", (_, patch) => {
    expect(() => patched(DOCUMENT, patch, "json")).toThrow(expect.objectContaining({ name: "KubeFailure" }));
  });
});

describe("a strategic merge patch", () => {
  const pod = {
    spec: {
      containers: [
        { name: "a", image: "a:1", args: ["x"] },
        { name: "b", image: "b:1" },
      ],
    },
  };

  it("merges containers by name and replaces lists without a key", () => {
    const patch = {
      spec: {
        containers: [
          { name: "a", image: "a:2", args: ["y"] },
          { name: "c", image: "c:1" },
        ],
      },
    };
    expect(patched(pod, patch, "strategic")).toEqual({
      spec: {
        containers: [
          { name: "a", image: "a:2", args: ["y"] },
          { name: "b", image: "b:1" },
          { name: "c", image: "c:1" },
        ],
      },
    });
  });

  it("deletes and replaces by directive", () => {
    const patch = { spec: { containers: [{ name: "a", $patch: "delete" }] } };
    expect(patched(pod, patch, "strategic")).toEqual({ spec: { containers: [{ name: "b", image: "b:1" }] } });
    expect(patched(pod, { spec: { $patch: "replace", x: 1 } }, "strategic")).toEqual({ spec: { x: 1 } });
  });
});

describe("a merge patch", () => {
  it("replaces lists, merges maps and removes nulls", () => {
    expect(patched(DOCUMENT, { a: { b: [4], "x/y": null }, e: { f: 1 } }, "merge")).toEqual({
      a: { b: [4] },
      c: "d",
      e: { f: 1 },
    });
  });
});
