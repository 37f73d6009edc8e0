import { DatabaseSync } from "node:sqlite";
import type { Clock } from "#fleet/clock";
import { foreignRecord, otherTarget } from "#onboard/dns-refusals";
import type { Dns, DnsRecord } from "#onboard/ports";

/** Route53 says that most changes are everywhere within 60 s; the stand-in is quicker and just as late. */
const IN_SYNC_AFTER_MS = 20_000;

export interface LocalDnsOptions {
  readonly clock: Clock;
  readonly inSyncAfterMs?: number;
}

/** A private zone. `put` writes as somebody else would: without a marker, or over one of ours. */
export interface LocalDns extends Dns {
  put(record: DnsRecord): void;
  /** Every record, by name. */
  records(): readonly DnsRecord[];
}

type Row = { name: string; target: string; owner: string | null };

/** A zone that lives as long as the process. */
export function memoryDns(options: LocalDnsOptions): LocalDns {
  return sqliteDns(new DatabaseSync(":memory:"), options);
}

/** A zone in a database: tables `dns_record` and `dns_change` are made where they are missing. */
export function sqliteDns(db: DatabaseSync, { clock, inSyncAfterMs = IN_SYNC_AFTER_MS }: LocalDnsOptions): LocalDns {
  db.exec(`
    CREATE TABLE IF NOT EXISTS dns_record (name TEXT PRIMARY KEY, target TEXT NOT NULL, owner TEXT) STRICT;
    CREATE TABLE IF NOT EXISTS dns_change (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL) STRICT;
  `);
  const one = db.prepare("SELECT name, target, owner FROM dns_record WHERE name = ?");
  const every = db.prepare("SELECT name, target, owner FROM dns_record ORDER BY name");
  const write = db.prepare("INSERT OR REPLACE INTO dns_record (name, target, owner) VALUES (?, ?, ?)");
  const erase = db.prepare("DELETE FROM dns_record WHERE name = ?");
  const note = db.prepare("INSERT INTO dns_change (at) VALUES (?)");
  const change = db.prepare("SELECT at FROM dns_change WHERE id = ?");
  const read = (name: string) => one.get(name) as Row | undefined;
  const put = ({ name, target, owner }: DnsRecord) => void write.run(name, target, owner);

  return {
    put,
    records: () => (every.all() as Row[]).map((row) => ({ ...row })),
    find: async (name) => {
      const row = read(name);
      return row && { ...row };
    },
    upsert: async (record) => {
      const found = read(record.name);
      if (found !== undefined && found.owner !== record.owner) throw foreignRecord(found);
      put(record);
      return `change-${note.run(clock.now().getTime()).lastInsertRowid}`;
    },
    remove: async (record) => {
      const found = read(record.name);
      if (found === undefined) return;
      if (found.owner !== record.owner) throw foreignRecord(found);
      if (found.target !== record.target) throw otherTarget(found, record);
      erase.run(record.name);
      note.run(clock.now().getTime());
    },
    changeStatus: async (changeId) => {
      const row = change.get(Number(/^change-(\d+)$/.exec(changeId)?.[1] ?? 0)) as { at: number } | undefined;
      if (row === undefined) return "unknown";
      return clock.now().getTime() - row.at >= inSyncAfterMs ? "INSYNC" : "PENDING";
    },
  };
}
