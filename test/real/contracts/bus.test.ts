import { describe, inject } from "vitest";
import { eventBus } from "#aws/event-bus";
import { defineBusContract } from "#test/contracts/bus";
import { newAccount } from "#test/real/aws/account";
import { INBOXES, inboxReader } from "#test/real/aws/inbox";
import { installWiring } from "#test/real/aws/wiring";

const ANY_EVENT = { source: [{ prefix: "" }] };

describe.concurrent("on ministack", () =>
  defineBusContract("eventBus", async (pattern) => {
    const scope = newAccount(inject("ministack"));
    const rules = [
      { pattern, queue: "inbox" },
      { pattern: ANY_EVENT, queue: "witness" },
    ];
    const { queueUrls } = await installWiring(scope, { queues: INBOXES, rules });
    const bus = eventBus(scope);
    const read = inboxReader(scope, queueUrls);
    let sent = 0;
    return {
      put: async (event) => {
        await bus.putEvent(event);
        sent += 1;
      },
      received: async () => (await read(sent)).map(({ Body }) => Body),
    };
  }));
