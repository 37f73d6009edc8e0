import { at, HOUR, MINUTE } from "#test/packages/blocks/factory";
import { fleetWith, outage, producer, STRIKE, worldOf } from "#test/packages/blocks/faults/calm";
import type { Fault } from "#test/packages/blocks/faults/fault";

/** The end of the newest block that is there when uploads stop at `STRIKE`. */
const NEWEST = at("2026-11-20T10:00:00Z");
/** When the next should be there: cut an hour after its end, and a quarter of an hour for the upload. */
const DEADLINE = NEWEST + 3 * HOUR + 15 * MINUTE;

const oneStops = (lasts: number) => worldOf(fleetWith(producer("a", "1", { upload: outage(lasts) })));

export const UPLOAD_FAULTS: readonly Fault[] = [
  {
    id: "upload.late",
    severity: "warning",
    what: "one of two replicas stops uploading for five hours",
    world: oneStops(5 * HOUR),
    from: DEADLINE,
    alongside: ["upload.replica-late"],
    mended: STRIKE + 5 * HOUR + 10 * MINUTE,
  },
];
