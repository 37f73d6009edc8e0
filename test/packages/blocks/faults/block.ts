import { CHUNKS, INDEX } from "#test/packages/blocks/block-files";
import { type BlockSpec, blockObjects, DAY, HOUR, MINUTE, object } from "#test/packages/blocks/factory";
import { CALM, STRIKE, settledBlock } from "#test/packages/blocks/faults/calm";
import { during, type Fault, lost, markObject, strangeUlid } from "#test/packages/blocks/faults/fault";

const BLOCK = settledBlock().spec.ulid;
const OTHER = strangeUlid(STRIKE);
/** Of nobody's stream, as tools put it there. */
const TOOL: BlockSpec = {
  ulid: OTHER,
  min: STRIKE - 40 * DAY - (STRIKE % (2 * HOUR)),
  max: STRIKE - 40 * DAY + 2 * HOUR - (STRIKE % (2 * HOUR)),
  labels: { tool: "backfill" },
  source: "bucket.upload",
  uploaded: STRIKE,
};
/** Beside the healthy fleet's, for an hour. */
const beside = (spec: BlockSpec) => [...CALM, ...during(blockObjects(spec), STRIKE + HOUR)];
const MENDED = { mended: STRIKE + HOUR };

/** The healthy fleet with chunk files and indexes that begin and end as they should. */
const REAL = CALM.map((one) => {
  if (one.key.endsWith("/chunks/000001")) return { ...one, content: CHUNKS, size: CHUNKS.length };
  if (one.key.endsWith("/index")) return { ...one, content: INDEX, size: INDEX.length };
  if (!one.key.endsWith("/meta.json") || one.content === undefined) return one;
  const text = new TextDecoder()
    .decode(one.content)
    .replace('"size_bytes":100', `"size_bytes":${CHUNKS.length}`)
    .replace('"size_bytes":50', `"size_bytes":${INDEX.length}`);
  return { ...one, content: Buffer.from(text), size: Buffer.byteLength(text) };
});

export const BLOCK_FAULTS: readonly Fault[] = [
  {
    id: "block.incomplete",
    severity: "critical",
    what: "somebody deletes a chunk file",
    world: lost(CALM, `${BLOCK}/chunks/000001`, STRIKE, STRIKE + HOUR),
    from: STRIKE,
    ...MENDED,
  },
  {
    id: "block.size-mismatch",
    severity: "critical",
    what: "an index is cut off",
    world: [...lost(CALM, `${BLOCK}/index`, STRIKE, STRIKE + HOUR), object(`${BLOCK}/index`, 49, STRIKE)],
    from: STRIKE,
    ...MENDED,
  },
  {
    id: "block.partial",
    severity: "warning",
    what: "an upload dies before its meta.json",
    world: [...CALM, ...during([object(`${OTHER}/chunks/000001`, 100, STRIKE)], STRIKE + 4 * HOUR)],
    from: STRIKE + 2 * HOUR + 1,
    mended: STRIKE + 4 * HOUR,
  },
  {
    id: "block.partial",
    severity: "critical",
    what: "nobody cleans up what an upload left",
    world: [...CALM, ...during([object(`${OTHER}/chunks/000001`, 100, STRIKE)], STRIKE + 50 * HOUR)],
    from: STRIKE + 49 * HOUR + 1,
    mended: STRIKE + 50 * HOUR,
  },
  {
    id: "block.meta-corrupt",
    severity: "critical",
    what: "a meta.json is cut off",
    world: [
      ...CALM,
      ...during([object(`${OTHER}/index`, 50, STRIKE), object(`${OTHER}/meta.json`, "{", STRIKE)], STRIKE + HOUR),
    ],
    from: STRIKE,
    ...MENDED,
  },
  {
    id: "block.version",
    severity: "critical",
    what: "a later Thanos sets a mark of a later version",
    world: [
      ...CALM,
      ...during([object(`${BLOCK}/no-compact-mark.json`, `{"id":"${BLOCK}","version":2}`, STRIKE)], STRIKE + HOUR),
    ],
    from: STRIKE,
    ...MENDED,
  },
  {
    id: "block.no-labels",
    severity: "critical",
    what: "somebody copies a TSDB directory into the bucket",
    world: beside({ ...TOOL, labels: {} }),
    from: STRIKE,
    ...MENDED,
  },
  {
    id: "block.orphan-mark",
    severity: "info",
    what: "a mark is all that a deletion leaves",
    world: [...CALM, ...during([markObject(OTHER, "deletion", { at: STRIKE })], STRIKE + 80 * HOUR)],
    from: STRIKE + 72 * HOUR + 1,
    mended: STRIKE + 80 * HOUR,
  },
  {
    id: "block.delete-stuck",
    severity: "warning",
    what: "a deletion stops after meta.json",
    world: [
      ...CALM,
      ...during(
        [object(`${OTHER}/index`, 50, STRIKE), markObject(OTHER, "deletion", { at: STRIKE })],
        STRIKE + 60 * HOUR,
      ),
    ],
    from: STRIKE + 54 * HOUR + 1,
    mended: STRIKE + 60 * HOUR,
  },
  {
    id: "block.empty",
    severity: "info",
    what: "a tool uploads a block without samples",
    world: beside({ ...TOOL, samples: 0 }),
    from: STRIKE,
    ...MENDED,
  },
  {
    id: "block.range",
    severity: "warning",
    what: "a backfill makes one block of 20 days",
    world: beside({ ...TOOL, max: TOOL.min + 20 * DAY }),
    from: STRIKE + 30 * MINUTE,
    ...MENDED,
  },
  {
    id: "block.range",
    severity: "warning",
    what: "a tool cuts a block of five minutes",
    world: beside({ ...TOOL, max: TOOL.min + 5 * MINUTE }),
    from: STRIKE + 30 * MINUTE,
    ...MENDED,
  },
  ...(
    [
      ["critical", "GLACIER"],
      ["critical", "DEEP_ARCHIVE"],
      ["info", "GLACIER_IR"],
    ] as const
  ).map(
    ([severity, storageClass]): Fault => ({
      id: "block.archived",
      severity,
      what: `a lifecycle rule moves an index to ${storageClass}`,
      world: [
        ...lost(CALM, `${BLOCK}/index`, STRIKE, STRIKE + HOUR),
        ...during([{ ...object(`${BLOCK}/index`, 50, STRIKE), storageClass }], STRIKE + HOUR),
      ],
      from: STRIKE,
      ...MENDED,
    }),
  ),
  {
    id: "block.header",
    severity: "critical",
    what: "an index is overwritten with zeros",
    settings: { headerShare: 1 },
    world: [
      ...lost(REAL, `${BLOCK}/index`, STRIKE, STRIKE + HOUR),
      ...during([object(`${BLOCK}/index`, INDEX.length, STRIKE)], STRIKE + HOUR),
    ],
    from: STRIKE,
    ...MENDED,
  },
  {
    id: "bucket.junk",
    severity: "info",
    what: "somebody keeps notes in the bucket",
    world: [...CALM, ...during([object("notes.txt", "mine", STRIKE)], STRIKE + HOUR)],
    from: STRIKE,
    ...MENDED,
  },
];
