import { describe, expect, it } from "vitest";
import { RetryableError } from "#fleet/errors";
import type { Topics } from "#fleet/messaging";
import { deployment } from "#test/factories/deployment";
import { alertOf, openedRecord } from "#test/packages/alerts/fakes";

/** Two transitions that were recorded and not published. */
async function pending(change: { readonly topics?: Topics } = {}) {
  const world = deployment({ only: ["publish-alerts"], ports: change });
  for (const replica of ["0", "1"]) {
    const { labels } = alertOf();
    await world.ports.alertStates.put(openedRecord({ labels: { ...labels, replica } }), 0);
  }
  world.clock.advance(60_000);
  return world;
}

describe("publish-alerts", () => {
  it("publishes what was recorded by a function that died, once", async () => {
    const { settle, published, clock, runtime } = await pending();
    await settle();
    clock.advance(60_000);
    await settle();

    expect(published).toEqual(["upload.late opened", "upload.late opened"]);
    expect(runtime.messages("alerts-slack")).toHaveLength(2);
  });

  it("keeps what the topic does not take, fails visibly, and tries again at the next tick", async () => {
    let away = true;
    const sent: string[] = [];
    const publish: Topics["publish"] = async (_, { attributes }) => {
      if (away && attributes.dedupkey === first) throw new RetryableError("SNS is away", { remedy: "Wait." });
      sent.push(attributes.dedupkey ?? "");
    };
    const { settle, clock, runtime, ports } = await pending({ topics: { publish } });
    const [{ fingerprint: first } = { fingerprint: "none" }] = await ports.alertStates.unpublished(1);
    await settle();

    expect(sent).toHaveLength(1);
    expect(runtime.deadLetters()).toEqual([
      expect.objectContaining({
        queue: "schedules-dlq",
        reason: expect.stringContaining("1 alerts could not be published: SNS is away"),
      }),
    ]);

    away = false;
    clock.advance(60_000);
    await settle();

    expect(sent).toHaveLength(2);
    expect(await ports.alertStates.unpublished(10)).toEqual([]);
  });
});
