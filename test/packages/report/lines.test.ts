import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shellLines, wrapLines } from "#report/lines";

describe("wrapLines", () => {
  it("hangs numbered steps, and breaks a command as a shell takes it", () => {
    const text = "1. Stop the compactor first:\n   thanos tools bucket cleanup --delete-delay=0s\n10. Start it";
    expect(wrapLines(text, 20, "  ")).toEqual([
      "  1. Stop the",
      "     compactor",
      "     first:",
      "       thanos \\",
      "         tools \\",
      "         bucket \\",
      "         cleanup \\",
      "         --delete-delay=0s",
      "  10. Start it",
    ]);
  });
});

describe("shellLines", () => {
  it("leaves what fits as it is", () => {
    expect(shellLines("thanos tools bucket ls", 80, "  ")).toEqual(["  thanos tools bucket ls"]);
  });

  it("breaks between words, and hangs what follows", () => {
    const command = `thanos tools bucket mark --objstore.config-file=objstore.yaml --id=01M7 --details="two producers"`;
    expect(shellLines(command, 60, "    ")).toEqual([
      "    thanos tools bucket mark \\",
      "      --objstore.config-file=objstore.yaml --id=01M7 \\",
      `      --details="two producers"`,
    ]);
  });

  it("keeps a pipe with its command, and an option with its value, where there is room", () => {
    expect(shellLines("kubectl logs <pod> -c thanos-sidecar | grep shipper.go | tail", 50, "")).toEqual([
      "kubectl logs <pod> -c thanos-sidecar \\",
      "  | grep shipper.go | tail",
    ]);
    expect(shellLines("musterbook explain upload.late --of 01M7VN7C2JGV1", 46, "")).toEqual([
      "musterbook explain upload.late \\",
      "  --of 01M7VN7C2JGV1",
    ]);
    expect(shellLines("tool --quiet --of 01M7VN7C2JGV1", 16, "")).toEqual([
      "tool --quiet \\",
      "  --of \\",
      "  01M7VN7C2JGV1",
    ]);
  });

  it.each([
    "cat > objstore.yaml <<EOF and more that is long",
    "echo 'a quote that goes on in the next line",
    "thanos tools bucket cleanup # a comment of many words",
  ])("leaves whole what is not all words: %s", (command) => {
    expect(shellLines(command, 20, "  ")).toEqual([`  ${command}`]);
  });

  it("is to a shell what the one line is, at any width", () => {
    const plain = fc.stringMatching(/^[a-zA-Z0-9_=./:,@%+-]{1,20}$/);
    const text = fc.stringMatching(/^[a-zA-Z0-9 #$\\"<>|;&*()é集-]{0,20}$/);
    const quoted = text.map((inside) => `'${inside}'`);
    const doubled = text.map((inside) => JSON.stringify(inside.replaceAll("$", "")));
    const word = fc.oneof(
      plain,
      quoted,
      doubled,
      fc.tuple(plain, quoted).map((parts) => parts.join("")),
    );
    const command = fc.array(word, { minLength: 1, maxLength: 12 });
    const cases = fc.sample(fc.tuple(command, fc.integer({ min: 20, max: 80 })), { seed: 1, numRuns: 300 });

    const one = cases.map(([words]) => `printf '<%s>' ${words.join(" ")}; echo`);
    const many = cases.map(([words, width]) => shellLines(`printf '<%s>' ${words.join(" ")}`, width, "  ").join("\n"));
    const heard = (script: readonly string[]) =>
      execFileSync("sh", ["-c", script.join("\n")])
        .toString()
        .split("\n");

    expect(many.some((lines) => lines.includes("\\\n"))).toBe(true);
    expect(heard(many.map((lines) => `${lines}\necho`))).toEqual(heard(one));
  });
});
