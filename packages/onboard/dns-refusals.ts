import { TerminalError } from "#fleet/errors";
import type { DnsRecord } from "#onboard/ports";

/** A name belongs to somebody else: TerminalError `dns-foreign-record`. */
export function foreignRecord({ name, owner }: Pick<DnsRecord, "name" | "owner">): TerminalError {
  return new TerminalError(`${name} belongs to ${owner ?? "somebody who left no marker"}`, {
    reason: "dns-foreign-record",
    remedy: "remove the record by hand if nobody needs it, or rename the cluster",
    field: "name",
    value: name,
  });
}

/** A record is not as it was read: TerminalError `dns-changed`. */
export function otherTarget(found: DnsRecord, asked: DnsRecord): TerminalError {
  return new TerminalError(`${found.name} points to ${found.target} and not to ${asked.target}`, {
    reason: "dns-changed",
    remedy: "read the record again: somebody changed it",
    field: "target",
    value: found.target,
  });
}
