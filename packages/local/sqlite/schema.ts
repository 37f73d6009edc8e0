/** The tables of version 1. `cluster_change` is the registry's stream: written with the record, read by the runtime. */
const VERSION_1 = `
  CREATE TABLE cluster (
    arn TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    look_at INTEGER,
    record TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX cluster_due ON cluster (look_at, arn) WHERE look_at IS NOT NULL;

  CREATE TABLE cluster_change (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    arn TEXT NOT NULL,
    event TEXT NOT NULL,
    at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE alert (
    fingerprint TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    source TEXT NOT NULL,
    status TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    unpublished INTEGER NOT NULL,
    record TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX alert_firing ON alert (source, fingerprint) WHERE status = 'firing';
  CREATE INDEX alert_unpublished ON alert (changed_at, fingerprint) WHERE unpublished = 1;

  CREATE TABLE message (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    queue TEXT NOT NULL,
    body TEXT NOT NULL,
    attributes TEXT NOT NULL,
    group_id TEXT,
    dedup_id TEXT,
    sent_at INTEGER NOT NULL,
    first_received_at INTEGER,
    receives INTEGER NOT NULL,
    visible_at INTEGER NOT NULL,
    receipt TEXT,
    origin TEXT,
    reason TEXT,
    dead_at INTEGER
  ) STRICT;
  CREATE INDEX message_queue ON message (queue);
  CREATE INDEX message_group ON message (queue, group_id);
  CREATE INDEX message_visible ON message (queue, visible_at);
  CREATE INDEX message_received ON message (queue, receives) WHERE receives > 0;

  CREATE TABLE dedup (
    queue TEXT NOT NULL,
    dedup_id TEXT NOT NULL,
    ends_at INTEGER NOT NULL,
    PRIMARY KEY (queue, dedup_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX dedup_end ON dedup (ends_at);

  CREATE TABLE schedule (
    function TEXT PRIMARY KEY,
    next_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE invocation (
    id INTEGER PRIMARY KEY,
    function TEXT NOT NULL,
    event TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    reason TEXT
  ) STRICT;
  CREATE INDEX invocation_due ON invocation (function, due_at);

  CREATE TABLE stream_reader (
    function TEXT PRIMARY KEY,
    cursor INTEGER NOT NULL,
    batch_end INTEGER,
    attempts INTEGER NOT NULL,
    due_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/** When a record counts as gone, in seconds since the epoch. What is from before stays until it is written again. */
const VERSION_2 = `
  ALTER TABLE cluster ADD COLUMN expires_at INTEGER;
  ALTER TABLE alert ADD COLUMN expires_at INTEGER;
`;

/** Each brings a database from the version that is its index to the next. Appended to, never changed. */
export const MIGRATIONS: readonly string[] = [VERSION_1, VERSION_2];
