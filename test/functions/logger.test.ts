import { describe, expect, it } from "vitest";
import { RetryableError } from "#fleet/errors";
import { logTo, SinkLogger } from "#functions/logger";

function logging() {
  const lines: string[] = [];
  const log = logTo(new SinkLogger((line) => void lines.push(line)));
  return { log, told: () => lines.map((line) => JSON.parse(line)) };
}

describe("SinkLogger", () => {
  it("writes one line of JSON per message, with level and fields", () => {
    const { log, told } = logging();
    log.info("looking at a cluster", { cluster: "prod-a" });
    log.warn("message failed");
    log.error("messages dead-lettered", { queue: "clusters.fifo", messages: 2 });

    expect(told()).toEqual([
      expect.objectContaining({ level: "INFO", message: "looking at a cluster", cluster: "prod-a" }),
      expect.objectContaining({ level: "WARN", message: "message failed", service: "musterbook" }),
      expect.objectContaining({ level: "ERROR", queue: "clusters.fifo", messages: 2 }),
    ]);
  });

  it("keeps a line whole whatever a field holds", () => {
    const { log, told } = logging();
    const ring: Record<string, unknown> = { text: "two\nlines" };
    ring.self = ring;
    log.info("odd", { ring, big: 5n, error: new RetryableError("later", { remedy: "Wait." }) });

    expect(told()).toEqual([expect.objectContaining({ message: "odd", big: "5", ring: { text: "two\nlines" } })]);
  });
});
