import { describe, expect, it } from "vitest";
import type { Mode } from "#fleet/mode";
import type { Conditions } from "#fleet/record";
import { judge, UPLOAD_DEADLINE_MS, type UploadsSeen, unknownConditions } from "#onboard/conditions";
import { type Observed, UNOBSERVED } from "#onboard/state";

const NOW = new Date("2026-11-21T10:00:00.000Z");
const EARLIER = "2026-11-21T09:00:00.000Z";

const BLIND: Observed = {
  cluster: { status: "absent" },
  access: UNOBSERVED,
  reach: UNOBSERVED,
  crds: UNOBSERVED,
  release: UNOBSERVED,
  ready: UNOBSERVED,
  dns: UNOBSERVED,
  listing: { status: "not-listed" },
  proof: UNOBSERVED,
};

function judged(
  state: Partial<Observed>,
  more: { mode?: Mode; uploads?: UploadsSeen; previous?: Conditions | null; now?: Date } = {},
): Conditions {
  return judge({
    previous: null,
    mode: "manage",
    uploads: { status: "none" },
    now: NOW,
    state: { ...BLIND, ...state },
    ...more,
  });
}

describe("Installed", () => {
  it.each([
    ["nothing seen", {}, "unknown", "not-looked-at"],
    ["no right to look", { release: { status: "forbidden", message: "m", remedy: "r" } }, "unknown", "forbidden"],
    ["somebody else's", { release: { status: "foreign", owner: "Argo CD" } }, "theirs", "foreign-release"],
    ["none", { release: { status: "absent" } }, "due", "not-installed"],
    ["a failed one", { release: { status: "ours-failed", revision: 2 } }, "no", "release-failed"],
    [
      "one that is being removed",
      { release: { status: "uninstalling", since: EARLIER } },
      "no",
      "release-uninstalling",
    ],
    [
      "one under way",
      { release: { status: "pending", revision: 1, operation: "install", since: EARLIER, lastDeployed: null } },
      "due",
      "release-pending",
    ],
    ["a deployed one", { release: { status: "ours-current", revision: 1 } }, "yes", "deployed"],
    [
      "an outdated one",
      { release: { status: "ours-outdated", revision: 1, found: "a", wanted: "b" } },
      "yes",
      "outdated",
    ],
    [
      "one that is starting",
      {
        release: { status: "ours-current", revision: 1 },
        ready: { status: "waiting", missing: [{ what: "x", since: null }] },
      },
      "due",
      "not-ready",
    ],
  ] as const satisfies readonly (readonly [string, Partial<Observed>, string, string])[])(
    "of %s",
    (_, state, status, reason) => {
      expect(judged(state).Installed).toMatchObject({ status, reason });
    },
  );

  it("is not due but disproven where nobody is to install anything", () => {
    expect(judged({ release: { status: "absent" } }, { mode: "observe" }).Installed).toMatchObject({ status: "no" });
  });

  it("is disproven when what has run does not run any more", () => {
    const previous = judged({ release: { status: "ours-current", revision: 1 } });
    const ready = { status: "waiting", missing: [{ what: "x", since: null }] } as const;
    expect(judged({ release: { status: "ours-current", revision: 1 }, ready }, { previous }).Installed.status).toBe(
      "no",
    );
  });
});

describe("Registered and Queryable", () => {
  it.each([
    ["manage", {}, "due", "unknown"],
    ["observe", {}, "no", "unknown"],
    ["manage", { dns: { status: "foreign", owner: null } }, "no", "unknown"],
    ["manage", { listing: { status: "unpublished" } }, "due", "unknown"],
    ["manage", { listing: { status: "listed" }, proof: { status: "proven", evidence: "e" } }, "yes", "yes"],
    [
      "manage",
      { listing: { status: "listed" }, proof: { status: "refused", reason: "store-error", message: "m", remedy: "r" } },
      "yes",
      "no",
    ],
  ] as const satisfies readonly (readonly [Mode, Partial<Observed>, string, string])[])(
    "in mode %s with %j",
    (mode, state, registered, queryable) => {
      const conditions = judged(state, { mode });
      expect([conditions.Registered.status, conditions.Queryable.status]).toEqual([registered, queryable]);
    },
  );
});

describe("Uploading", () => {
  const listed = { listing: { status: "listed" } } as const;
  const registeredAt = (since: Date) => judged(listed, { now: since });
  const later = (ms: number) => new Date(NOW.getTime() + ms);

  it("is due for five hours from registration", () => {
    const first = registeredAt(NOW);
    expect(first.Uploading).toMatchObject({ status: "due", until: later(UPLOAD_DEADLINE_MS).toISOString() });
    const inTime = judged(listed, { previous: first, now: later(UPLOAD_DEADLINE_MS - 1) });
    expect(inTime.Uploading).toEqual(first.Uploading);
    const late = judged(listed, { previous: first, now: later(UPLOAD_DEADLINE_MS) });
    expect(late.Uploading).toMatchObject({ status: "no", reason: "no-stream" });
  });

  it.each([
    [-1, "yes", "on-time"],
    [-UPLOAD_DEADLINE_MS, "yes", "on-time"],
    [-UPLOAD_DEADLINE_MS - 1, "no", "late"],
  ])("goes by the end of the newest block, %i ms from now", (ms, status, reason) => {
    const uploads = { status: "newest", maxTime: later(ms).getTime() } as const;
    const previous = registeredAt(later(-2 * UPLOAD_DEADLINE_MS));
    expect(judged(listed, { previous, uploads }).Uploading).toMatchObject({ status, reason });
  });

  it("gives a cluster that comes back the same time, old blocks notwithstanding", () => {
    const uploads = { status: "newest", maxTime: later(-100 * UPLOAD_DEADLINE_MS).getTime() } as const;
    expect(judged(listed, { uploads }).Uploading.status).toBe("due");
  });

  it("stays as it was while the blocks cannot be read", () => {
    const previous = judged(listed, { uploads: { status: "newest", maxTime: NOW.getTime() } });
    const blind = judged(listed, { previous, uploads: { status: "unreadable", message: "m" } });
    expect(blind.Uploading).toEqual(previous.Uploading);
  });

  it("is unknown of a cluster that is not registered and has no blocks", () => {
    expect(judged({}).Uploading.status).toBe("unknown");
  });
});

describe("a condition", () => {
  it("keeps its time until its status changes", () => {
    const previous = unknownConditions("new", new Date(EARLIER));
    const kept = judged({}, { previous });
    const changed = judged({ release: { status: "ours-current", revision: 1 } }, { previous });
    expect(kept.Beating).toMatchObject({ since: EARLIER, reason: "not-watched-yet" });
    expect(kept.Installed).toEqual(previous.Installed);
    expect(changed.Installed.since).toBe(NOW.toISOString());
  });
});
